//! Each keyed operation keeps its promise.

use payment_clients::conformance::keys::Trial;
use payment_services::registry::Name;

use crate::{
    pages::template,
    stage::*,
    support::{Promises, body},
};

#[tokio::test]
async fn one_key_is_one_effect() {
    let stage = Stage::new().await;
    let (shop, staff) = (stage.shop(), stage.staff());
    let mut promises = Promises::of(Name::Cashier);
    for operation in promises.untried() {
        let (client, trial) = match operation.name {
            "create_session" => (&shop, Trial::new(body(session("A-1")), body(session("A-2")))),
            "create_template" => (&staff, Trial::new(body(template("A")), body(template("B")))),
            _ => continue,
        };
        promises.prove(client.base(), operation, trial).await;
    }
    promises.are_kept();
}
