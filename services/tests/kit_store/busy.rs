//! Another process holds the lock of a store: whoever wants to write is told to come back, in bounded time, and nothing
//! of it is done; whoever reads notices nothing.

use std::time::Duration;

use axum::{body::Body, extract::Request};
use http::{StatusCode, header};
use payment_services::{
    kit::{clock::Clock, store::Stores},
    order::Orders,
};
use serde_json::json;
use tempfile::TempDir;
use tower::ServiceExt;

/// Longer than a writer waits, with room for a slow machine.
const BOUND: Duration = Duration::from_secs(30);

/// Locks a file as another process would.
fn lock(dir: &TempDir, file: &str) -> rusqlite::Connection {
    let other = rusqlite::Connection::open(dir.path().join(file)).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    other
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_writes_beside_a_locked_store_is_sent_away_and_may_come_back() {
    let dir = TempDir::new().unwrap();
    let orders = Orders::open(&Stores::folder(dir.path()), Clock::system()).unwrap();
    let create = || {
        let item = json!({"product_id": "1", "product_name": "cup", "unit_price": 100, "quantity": 1});
        let order = json!({
            "merchant_id": "00000000-0000-4000-8000-000000000007", "customer_email": "payer@example.com",
            "customer_name": "Ada", "currency": "USD", "items": [item],
        });
        Request::post("/api/v1/orders")
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", "the-only-key-there-is")
            .body(Body::from(order.to_string()))
            .unwrap()
    };
    let list = || Request::get("/api/v1/orders").body(Body::empty()).unwrap();
    let send = |request| tokio::time::timeout(BOUND, orders.router().oneshot(request));

    let other = lock(&dir, "order.db");
    let refused = send(create()).await.expect("in bounded time").unwrap();
    assert_eq!(refused.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers().contains_key(header::RETRY_AFTER), "{refused:?}");
    assert_eq!(send(list()).await.expect("in bounded time").unwrap().status(), StatusCode::OK);

    drop(other);
    let count = "SELECT COUNT(*) FROM orders";
    let orders_made = || orders.store().read(move |view| view.one(count, &[], |row| row.get::<i64>(0)));
    assert_eq!(orders_made().await.unwrap(), 0, "nothing is half done");
    // The key was not taken, either.
    assert_eq!(send(create()).await.unwrap().unwrap().status(), StatusCode::OK);
    assert_eq!(orders_made().await.unwrap(), 1);
}
