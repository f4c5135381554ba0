//! What the examples share: a server on a free port, and the values that their stand-ins answer with.

use axum::Router;
use payment_clients::{
    apis::{order::Order, payment_gateway::Payment},
    prelude::*,
};

/// Serves a router on a free port of this machine and gives its URL. It ends with the program.
///
/// # Errors
/// When no port is free.
pub async fn serve(router: Router) -> Result<String> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.map_err(Error::internal)?;
    let address = listener.local_addr().map_err(Error::internal)?;
    tokio::spawn(axum::serve(listener, router).into_future());
    Ok(format!("http://{address}"))
}

/// A pending order of 19.99 EUR.
pub fn an_order(order_no: &str) -> Order {
    Order { order_no: order_no.into(), ..literal(ORDER) }
}

/// A payment of 19.99 USD, on its way.
pub fn a_payment() -> Payment {
    literal(PAYMENT)
}

#[allow(clippy::expect_used, reason = "the texts below are read by every example")]
fn literal<T: serde::de::DeserializeOwned>(text: &str) -> T {
    serde_json::from_str(text).expect("a literal of the contract")
}

const ORDER: &str = r#"{
    "id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "order_no": "OD1", "payment_no": "", "total_amount": 1999, "pay_amount": 1999, "discount_amount": 0,
    "shipping_fee": 0, "currency": "EUR", "status": "pending", "pay_status": "pending", "shipping_status": "pending",
    "customer_id": "00000000-0000-0000-0000-000000000000", "customer_email": "payer@example.com",
    "customer_name": "P. Ayer", "customer_phone": "", "customer_ip": "", "shipping_method": "", "shipping_address": "",
    "billing_address": "", "remark": "", "extra": "", "language": "en", "paid_at": null, "shipped_at": null,
    "completed_at": null, "cancelled_at": null, "expired_at": null, "created_at": "2025-10-24T12:00:00Z",
    "updated_at": "2025-10-24T12:00:00Z", "items": []
}"#;

const PAYMENT: &str = r#"{
    "id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
    "order_no": "M-1", "payment_no": "PY1", "channel": "stripe", "channel_order_no": "", "amount": 1999,
    "currency": "USD", "status": "processing", "pay_method": "card", "customer_email": "payer@example.com",
    "customer_name": "", "customer_phone": "", "customer_ip": "", "description": "",
    "notify_url": "https://shop.example/notify", "return_url": "https://shop.example/back", "extra": "",
    "error_code": "", "error_msg": "", "notify_status": "pending", "notify_times": 0, "last_notify_at": null,
    "paid_at": null, "expired_at": null, "created_at": "2025-10-24T12:00:00Z", "updated_at": "2025-10-24T12:00:00Z"
}"#;
