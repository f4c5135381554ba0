//! Each keyed operation keeps its promise.

use payment_clients::{
    apis::merchant_config::LimitType,
    conformance::{
        Arguments,
        keys::{Trial, prove},
    },
    contract::operation::Class,
    platform::REGISTRY,
};
use serde::Serialize;

use crate::stage::*;

fn body(body: impl Serialize) -> Arguments {
    Arguments { body: Some(serde_json::to_value(body).unwrap()), ..Arguments::default() }
}

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
    let entry = REGISTRY.iter().find(|entry| entry.service == *staff.base().service()).unwrap();
    let (mut failures, mut proven) = (Vec::new(), 0);
    for operation in entry.apis.iter().flat_map(|api| api.operations).filter(|one| one.class == Class::Keyed) {
        let trial = trial(operation.name).unwrap_or_else(|| panic!("{operation} is keyed: add it to `trial`"));
        failures.extend(prove(staff.base(), operation, trial).await.err().map(|failures| failures.to_string()));
        proven += 1;
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(proven, 3);
}
