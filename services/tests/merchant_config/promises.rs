//! Each keyed operation keeps its promise.

use payment_clients::{apis::merchant_config::LimitType, conformance::keys::Trial};
use payment_services::registry::Name;

use crate::{
    stage::*,
    support::{Promises, body},
};

fn trial(operation: &str) -> Option<Trial> {
    let limit = |amount| body(limit(shop(7), LimitType::Single, amount));
    let channel = |name: &str| {
        let mut asked = stripe(shop(7), "sk_1");
        asked.channel = name.into();
        body(asked)
    };
    Some(match operation {
        "create_fee_config" => Trial::new(body(fee(shop(7))), body(fee(shop(8)))),
        "create_transaction_limit" => Trial::new(limit(1), limit(2)),
        "create_channel_config" => Trial::new(channel("stripe"), channel("adyen")).at_once(channel("square")),
        _ => return None,
    })
}

#[tokio::test]
async fn one_key_is_one_effect() {
    let stage = Stage::new();
    let staff = stage.staff(ALICE);
    let mut promises = Promises::of(Name::MerchantConfig);
    for operation in promises.untried() {
        promises.prove(staff.base(), operation, trial(operation.name)).await;
    }
    promises.are_kept();
}
