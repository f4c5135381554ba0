//! Each keyed operation keeps its promise; whoever may ask, asks.

use payment_clients::{apis::merchant::CreateMerchant, conformance::keys::Trial};
use payment_services::registry::Name;

use crate::{
    accounts::account,
    channels::stripe,
    papers::{licence, passport},
    stage::*,
    support::{Promises, body},
    terms::{fee, limit},
    users::invitation,
};

fn trial(operation: &str, shop: &Shop) -> Option<Trial> {
    let merchant = |email: &str| {
        body(CreateMerchant { name: "S".into(), email: email.into(), password: PASSWORD.into(), ..Default::default() })
    };
    let register = |email: &str| body(registration(email));
    let invite = |email: &str| body(invitation(email));
    let channel = |name: &str| {
        let mut asked = stripe(shop, "sk_1");
        asked.channel = name.into();
        body(asked)
    };
    Some(match operation {
        "register_merchant" => Trial::new(register("a@x.com"), register("b@x.com")).at_once(register("c@x.com")),
        "create_merchant" => Trial::new(merchant("d@x.com"), merchant("e@x.com")).at_once(merchant("f@x.com")),
        "create_settlement_account" => Trial::new(body(account("111111")), body(account("222222"))),
        "create_channel" => Trial::new(channel("stripe"), channel("adyen")).at_once(channel("square")),
        "create_transaction_limit" => Trial::new(body(limit(shop.id, 1)), body(limit(shop.id, 2))),
        "create_fee_config" => Trial::new(body(fee(shop.id, "0.01")), body(fee(shop.id, "0.02"))),
        "invite_user" => Trial::new(invite("g@x.com"), invite("h@x.com")).at_once(invite("i@x.com")),
        "create_qualification" => Trial::new(body(licence("L-1")), body(licence("L-2"))),
        "upload_kyc_document" => Trial::new(body(passport("s3://1")), body(passport("s3://2"))),
        _ => return None,
    })
}

#[tokio::test]
async fn one_key_is_one_effect() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    let (staff, nobody) = (stage.staff(), stage.nobody());
    let mut promises = Promises::of(Name::Merchant);
    for operation in promises.untried() {
        let client = match operation.name {
            "register_merchant" => &nobody,
            "create_merchant" | "create_transaction_limit" | "create_fee_config" => &staff,
            _ => &shop.client,
        };
        promises.prove(client.base(), operation, trial(operation.name, &shop)).await;
    }
    promises.are_kept();
}
