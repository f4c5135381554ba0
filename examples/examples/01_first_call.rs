//! The first call: a client, a call, and an error that says what is known.
//!
//! Run: `cargo run -p payment-examples --example 01_first_call`
//!
//! ```text
//! order OD1 is pending and comes to 19.99 EUR
//! no such order: RESOURCE_NOT_FOUND, certainty processed
//! nobody there: certainty not_sent, so nothing happened: true
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use payment_clients::{
    apis::order::{MockOrderApi, order_api},
    prelude::*,
};
use payment_examples::{an_order, serve};

#[tokio::main]
async fn main() -> Result<()> {
    // Stands in for order-service. A platform sets ORDER_SERVICE_URL and the client comes from `OrderClient::from_env()`.
    let url = serve(order_api::router(MockOrderApi::new().on_get_order(|order_no| match order_no.as_str() {
        "OD1" => Ok(an_order("OD1")),
        _ => Err(Error::not_found("order")),
    })))
    .await?;
    let orders = OrderClient::connect(&url)?;

    let order = orders.get_order(&"OD1".into()).await?;
    let money = Money::new(order.total_amount, order.currency);
    println!("order {} is {} and comes to {money}", order.order_no, order.status);

    if let Err(error) = orders.get_order(&"OD2".into()).await {
        println!("no such order: {}, certainty {}", error.code().unwrap_or("no code"), error.certainty());
    }

    let nobody = OrderClient::connect("http://127.0.0.1:9")?;
    if let Err(error) = nobody.get_order(&"OD1".into()).await {
        let certainty = error.certainty();
        println!("nobody there: certainty {certainty}, so nothing happened: {}", certainty.nothing_happened());
    }
    Ok(())
}
