//! One key is one effect, for every keyed operation that is served.

use payment_clients::{
    apis::admin::{CreateRole, admin_api, role_api},
    conformance::{
        Arguments,
        keys::{Trial, prove},
    },
    contract::operation::{Class, Operation},
};
use serde::Serialize;

use crate::stage::{Stage, applicant};

fn body(body: impl Serialize) -> Arguments {
    Arguments { body: Some(serde_json::to_value(body).unwrap()), ..Arguments::default() }
}

fn trial(operation: &Operation) -> Option<Trial> {
    let admin = |name: &str| body(applicant(name, &[]));
    let role =
        |name: &str| body(CreateRole { name: name.to_owned(), display_name: name.to_owned(), ..CreateRole::default() });
    Some(match operation.name {
        "create_admin" => Trial::new(admin("ada"), admin("bob")).at_once(admin("eve")),
        "create_role" => Trial::new(role("one"), role("two")).at_once(role("three")),
        _ => return None,
    })
}

#[tokio::test]
async fn one_key_is_one_effect() {
    let stage = Stage::new().await;
    let first = stage.first().await;
    let served = admin_api::OPERATIONS.iter().chain(role_api::OPERATIONS).copied();
    let (mut failures, mut proven) = (Vec::new(), 0);
    for operation in served.filter(|operation| operation.class == Class::Keyed) {
        let trial = trial(operation).unwrap_or_else(|| panic!("{operation} is keyed: add it to `trial`"));
        let verdict = prove(first.client.base(), operation, trial).await;
        failures.extend(verdict.err().map(|failures| failures.to_string()));
        proven += 1;
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(proven, 2);
    stage.check().await;
}
