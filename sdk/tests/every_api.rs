//! Every API of the crate keeps what it declares: the suite is written once, in `payment_clients::conformance`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "support/schemas.rs"]
mod schemas;

use payment_clients::{
    apis::{
        channel_adapter::{channel_config_api, channel_payment_api, channel_refund_api, channel_webhook_api},
        order::{order_api, order_statistics_api},
        payment_gateway::{gateway_webhook_api, payment_api, refund_api},
        risk::{blacklist_api, risk_check_api, risk_rule_api},
    },
    conformance::{Declaration, Failures, Suite},
};

use schemas::against_schema;

const DECLARATIONS: [Declaration; 12] = [
    payment_api::DECLARATION,
    refund_api::DECLARATION,
    gateway_webhook_api::DECLARATION,
    order_api::DECLARATION,
    order_statistics_api::DECLARATION,
    channel_payment_api::DECLARATION,
    channel_refund_api::DECLARATION,
    channel_config_api::DECLARATION,
    channel_webhook_api::DECLARATION,
    risk_check_api::DECLARATION,
    risk_rule_api::DECLARATION,
    blacklist_api::DECLARATION,
];

#[tokio::test(flavor = "multi_thread")]
async fn every_api_keeps_what_it_declares() {
    let suites = DECLARATIONS.map(|declaration| tokio::spawn(Suite::of(declaration).schemas(against_schema).prove()));
    let mut failures = Vec::new();
    for suite in suites {
        failures.extend(suite.await.unwrap().err().into_iter().flat_map(|Failures(list)| list));
    }
    assert!(failures.is_empty(), "{}", Failures(failures));
}
