//! One key is one effect, for every keyed operation that is served.

use payment_clients::{apis::admin::CreateRole, conformance::keys::Trial, contract::operation::Operation};
use payment_services::registry::Name;

use crate::{
    stage::{Stage, applicant},
    support::{Promises, body},
};

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
    let mut promises = Promises::of(Name::Admin);
    for operation in promises.untried() {
        promises.prove(first.client.base(), operation, trial(operation)).await;
    }
    promises.are_kept();
    stage.check().await;
}
