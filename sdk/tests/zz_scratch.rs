#![allow(missing_docs, clippy::unwrap_used)]
use payment_clients::{apis::{channel_adapter::*, order::*, payment_gateway::*, risk::*}, contract::operation::*, openapi::Document};
#[test]
fn write() {
    let s = |n| Service { name: n, port: None, tier: Tier::Standard };
    std::fs::create_dir_all("/tmp/gen").unwrap();
    let put = |name: &'static str, f: &dyn Fn(&mut Document)| {
        let mut d = Document::new(&s(name), name, "1");
        f(&mut d);
        std::fs::write(format!("/tmp/gen/{name}.json"), serde_json::to_string_pretty(&d.into_json()).unwrap()).unwrap();
    };
    put("order-service", &|d| { orders::order_api::describe(d); statistics::order_statistics_api::describe(d); });
    put("payment-gateway", &|d| { payments::payment_api::describe(d); refunds::refund_api::describe(d); webhooks::gateway_webhook_api::describe(d); });
    put("risk-service", &|d| { checks::risk_check_api::describe(d); rules::risk_rule_api::describe(d); blacklist::blacklist_api::describe(d); });
}
