//! A small API. `order.expanded.rs` shows what the macros make of it, and `declare.rs` calls and serves it.

use payment_clients::prelude::*;
use serde::{Deserialize, Serialize};

/// Orders of the merchants.
#[api(service = "order-service", base_path = "/api/v1", port = 40004, tier = "critical")]
pub trait OrderApi {
    /// Creates an order. The server honours the idempotency key.
    #[post("/orders", keyed, money, timeout = "5s")]
    async fn create_order(&self, order: &CreateOrder) -> Result<Order>;

    /// Answers one order.
    #[get("/orders/{order_no}")]
    async fn get_order(&self, order_no: &OrderNo) -> Result<Order>;

    /// Lists orders, newest first.
    #[get("/orders", tier = "standard")]
    async fn list_orders(&self, #[query] filter: &OrderFilter, page: Option<u32>) -> Result<Page<Order>>;
}

payment_clients::text_id! {
    /// Number of an order.
    pub struct OrderNo
}

/// What is ordered.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateOrder {
    /// Minor units.
    pub amount: i64,
}

/// An order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Order {
    /// Its number.
    pub order_no: OrderNo,
    /// Minor units.
    pub amount: i64,
}

/// Which orders.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct OrderFilter {
    /// Only in this status.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
}

/// Client of the order service.
#[derive(Clone, Debug, ServiceClient)]
#[client(api(OrderApi))]
pub struct OrderClient {
    base: BaseClient,
}
