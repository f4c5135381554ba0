//! Each keyed operation keeps its promise.

use payment_clients::{
    conformance::{
        Arguments,
        keys::{Trial, prove},
    },
    contract::operation::Class,
    platform::REGISTRY,
};
use serde::Serialize;

use crate::{pages::template, stage::*};

fn body(body: impl Serialize) -> Arguments {
    Arguments { body: Some(serde_json::to_value(body).unwrap()), ..Arguments::default() }
}

#[tokio::test]
async fn one_key_is_one_effect() {
    let stage = Stage::new().await;
    let (shop, staff) = (stage.shop(), stage.staff());
    let entry = REGISTRY.iter().find(|entry| entry.service == *staff.base().service()).unwrap();
    let (mut failures, mut proven) = (Vec::new(), 0);
    for operation in entry.apis.iter().flat_map(|api| api.operations).filter(|one| one.class == Class::Keyed) {
        let (client, trial) = match operation.name {
            "create_session" => (&shop, Trial::new(body(session("A-1")), body(session("A-2")))),
            "create_template" => (&staff, Trial::new(body(template("A")), body(template("B")))),
            _ => panic!("{operation} is keyed: try it"),
        };
        failures.extend(prove(client.base(), operation, trial).await.err().map(|failures| failures.to_string()));
        proven += 1;
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(proven, 2);
}
