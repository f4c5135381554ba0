//! One handle for the clients of all services: a file says what holds, variables overrule it, and code overrules both.
//!
//! Run: `cargo run -p payment-examples --example 07_platform`
//!
//! ```text
//! order OD1 is pending, payment PY1 is processing
//! order-service: 3 attempts in 800 ms
//! payment-gateway: 2 attempts in 2000 ms
//! 2 calls were recorded
//! order-service, from now on and for everybody: 3 attempts in 1500 ms
//! the address of risk-service is missing; set RISK_SERVICE_URL, or `risk-service.url` in …
//! ```
//!
//! The file beside this program names the deadlines. The address of order-service and its attempts come from variables,
//! the address of payment-gateway and its attempts from the code.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{sync::Arc, time::Duration};

use payment_clients::{
    apis::{
        order::{MockOrderApi, order_api},
        payment_gateway::{MockPaymentApi, payment_api},
    },
    observe::recorder::Counters,
    prelude::*,
};
use payment_examples::{a_payment, an_order, serve};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/07_platform.toml");

#[tokio::main]
async fn main() -> Result<()> {
    // Stand in for the services.
    let orders = serve(order_api::router(MockOrderApi::new().on_get_order(|_| Ok(an_order("OD1"))))).await?;
    let payments = serve(payment_api::router(MockPaymentApi::new().on_get_payment(|_| Ok(a_payment())))).await?;

    let counters = Arc::new(Counters::default());
    let recorder = counters.clone();
    let platform = Platform::builder()
        .file(FILE)
        // A program writes `.env()`, or `Platform::from_file(FILE)` where it has nothing to say in the code.
        .variables(move |name| match name {
            "ORDER_SERVICE_URL" => Some(orders.clone()),
            "ORDER_SERVICE_MAX_ATTEMPTS" => Some("3".to_owned()),
            _ => None,
        })
        .defaults(move |client| client.recorder(recorder.clone()))
        .service(payment_api::SERVICE, move |client| {
            client.url(&payments).configure(|config| config.all_tiers(|tier| tier.max_attempts = 2))
        })
        .build()?;

    let order = platform.order()?.get_order(&"OD1".into()).await?;
    let payment = platform.payment_gateway()?.get_payment(&"PY1".into()).await?;
    println!("order {} is {}, payment {} is {}", order.order_no, order.status, payment.payment_no, payment.status);
    println!("order-service: {}", numbers(platform.order()?.base()));
    println!("payment-gateway: {}", numbers(platform.payment_gateway()?.base()));
    println!("{} calls were recorded", counters.calls());

    // All clients of a service are one: a change is everybody's.
    let held_elsewhere = platform.clone().order()?;
    let slower = |config: &mut ClientConfig| config.all_tiers(|tier| tier.total = Duration::from_millis(1500));
    platform.order()?.base().reconfigure(slower)?;
    println!("order-service, from now on and for everybody: {}", numbers(held_elsewhere.base()));

    if let Err(error) = platform.risk() {
        println!("{}", error.message());
    }
    Ok(())
}

/// Attempts and deadline of a critical call.
fn numbers(client: &BaseClient) -> String {
    let critical = client.config().tiers[Tier::Critical as usize];
    format!("{} attempts in {} ms", critical.max_attempts, critical.total.as_millis())
}
