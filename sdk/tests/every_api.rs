//! Every API of the crate keeps what it declares: the suite is written once, in `payment_clients::conformance`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "support/schemas.rs"]
mod schemas;

use payment_clients::{
    conformance::{Failures, Suite},
    platform::REGISTRY,
};

use schemas::against_schema;

#[tokio::test(flavor = "multi_thread")]
async fn every_api_keeps_what_it_declares() {
    let declarations = REGISTRY.iter().flat_map(|entry| entry.apis).map(|api| api.declaration);
    let suites: Vec<_> =
        declarations.map(|declaration| tokio::spawn(Suite::of(declaration).schemas(against_schema).prove())).collect();
    let mut failures = Vec::new();
    for suite in suites {
        failures.extend(suite.await.unwrap().err().into_iter().flat_map(|Failures(list)| list));
    }
    assert!(failures.is_empty(), "{}", Failures(failures));
}
