//! Testing code that calls a service: it holds `Arc<dyn OrderApi>`, and a test hands it a mock in one line.
//!
//! Run: `cargo run -p payment-examples --example 04_mocking`
//! Test: `cargo test -p payment-examples --example 04_mocking`
//!
//! ```text
//! OD1: ship it
//! OD2: wait for the payment
//! OD3: ask again later
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{sync::Arc, time::Duration};

use payment_clients::{
    apis::order::{MockOrderApi, Order, OrderApi, OrderNo, OrderStatus},
    prelude::*,
};
use payment_examples::an_order;

/// Decides what the warehouse does with an order. The code under test.
pub struct Warehouse {
    orders: Arc<dyn OrderApi>,
}

impl Warehouse {
    /// What to do with this order.
    pub async fn advice(&self, order_no: &OrderNo) -> &'static str {
        match self.orders.get_order(order_no).await {
            Ok(order) if order.status == OrderStatus::Paid => "ship it",
            Ok(_) => "wait for the payment",
            Err(_) => "ask again later",
        }
    }
}

/// Orders as this example wants them: OD1 paid, OD2 not, no answer for the rest.
fn orders() -> MockOrderApi {
    MockOrderApi::new().on_get_order(|order_no| match order_no.as_str() {
        "OD1" => Ok(Order { status: OrderStatus::Paid, ..an_order("OD1") }),
        "OD2" => Ok(an_order("OD2")),
        _ => Err(Error::unavailable("down for a minute", Duration::from_secs(60))),
    })
}

#[tokio::main]
async fn main() {
    let warehouse = Warehouse { orders: Arc::new(orders()) };
    for order_no in ["OD1", "OD2", "OD3"] {
        println!("{order_no}: {}", warehouse.advice(&order_no.into()).await);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{Warehouse, orders};

    #[tokio::test]
    async fn an_unpaid_order_is_not_shipped() {
        let warehouse = Warehouse { orders: Arc::new(orders()) };
        assert_eq!(warehouse.advice(&"OD2".into()).await, "wait for the payment");
    }
}
