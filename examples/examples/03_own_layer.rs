//! A tower layer of your own in the stack: here tower-resilience's bulkhead, around each attempt.
//!
//! Run: `cargo run -p payment-examples --example 03_own_layer`
//!
//! ```text
//! 4 calls at once through a bulkhead of 2: at most 2 were at the server
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{Router, middleware};
use futures_util::future::try_join_all;
use payment_clients::{
    apis::order::{MockOrderApi, OrderNo, order_api},
    client::Place,
    prelude::*,
};
use payment_examples::{an_order, serve};
use tower_resilience::bulkhead::BulkheadLayer;

#[tokio::main]
async fn main() -> Result<()> {
    let (inside, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let answers = order_api::router(MockOrderApi::new().on_get_order(|order_no| Ok(an_order(order_no.as_str()))));
    let url = serve(counted(answers, Arc::clone(&inside), Arc::clone(&most))).await?;

    let bulkhead = BulkheadLayer::builder().max_concurrent_calls(2).build();
    let bulkhead = bulkhead.map_err(|error| Error::configuration(error.to_string()))?;
    let orders = OrderClient::from_base(OrderClient::builder().url(&url).layer(Place::Attempt, bulkhead).build()?);

    let names: Vec<OrderNo> = (1..=4).map(|number| OrderNo::from(format!("OD{number}"))).collect();
    let all = try_join_all(names.iter().map(|order_no| orders.get_order(order_no))).await?;
    let most = most.load(Ordering::SeqCst);
    println!("{} calls at once through a bulkhead of 2: at most {most} were at the server", all.len());
    Ok(())
}

/// Notes how many requests are inside `router` at once; each stays for a while.
fn counted(router: Router, inside: Arc<AtomicUsize>, most: Arc<AtomicUsize>) -> Router {
    router.layer(middleware::from_fn(move |request, next: middleware::Next| {
        let (inside, most) = (Arc::clone(&inside), Arc::clone(&most));
        async move {
            most.fetch_max(inside.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
            tokio::time::sleep(Duration::from_millis(50)).await;
            let answer = next.run(request).await;
            inside.fetch_sub(1, Ordering::SeqCst);
            answer
        }
    }))
}
