//! Three instances of one service, and one dies: callers notice nothing, and a call can say what it decided on its way.
//!
//! Run: `cargo run -p payment-examples --example 06_instances`
//!
//! ```text
//! 60 calls answered
//! C dies
//! deadline in 3s
//! attempt 1: chose C, load …
//! attempt 1: failed after …
//! attempt 2 follows after …
//! attempt 2: chose …
//! attempt 2: failed after …
//! no further attempt: the answer is final
//! 60 calls answered, none by C
//! ```
//!
//! The first attempt failed, and reading may be repeated: the second one went elsewhere. Its failure is an answer, for
//! there is no such order.
#![allow(clippy::print_stdout, reason = "an example shows what it does")]

use std::{
    collections::BTreeSet,
    net::TcpListener,
    sync::{Arc, Mutex, PoisonError},
};

use futures_util::future::join_all;
use payment_clients::{
    apis::order::{MockOrderApi, order_api},
    contract::explain::{Decision, Explanation},
    prelude::*,
};
use payment_examples::an_order;
use tokio::runtime::Runtime;

/// The instances that were called.
type Called = Arc<Mutex<BTreeSet<char>>>;

/// One copy of order-service. It runs on threads of its own, so that it can die with all its connections.
struct Instance {
    name: char,
    url: String,
    threads: Runtime,
}

#[tokio::main]
async fn main() -> Result<()> {
    let called = Called::default();
    let mut instances = Vec::new();
    for name in ['A', 'B', 'C'] {
        instances.push(Instance::start(name, &called).map_err(Error::internal)?);
    }
    let urls: Vec<String> = instances.iter().map(|instance| instance.url.clone()).collect();
    let named =
        |text: String| urls.iter().zip('A'..).fold(text, |text, (url, name)| text.replace(url, &name.to_string()));
    // A platform sets ORDER_SERVICE_URL=http://10.0.0.1:40004,http://10.0.0.2:40004 or names a source of instances.
    // Without hedges, of which a busy machine would start some, so that the example always prints the same.
    let calm = |config: &mut ClientConfig| config.all_tiers(|tier| tier.hedge.extra_permille = 0);
    let orders = OrderClient::from_base(OrderClient::builder().url(&urls.join(",")).configure(calm).build()?);

    call(&orders, &called).await?;
    println!("60 calls answered");
    if let Some(last) = instances.pop() {
        println!("{} dies", last.name);
        last.threads.shutdown_background();
    }

    // Asks for an order that does not exist, many times at once: some of these calls meet the dead instance first.
    let missing = "OD2".into();
    let errors = join_all((0..30).map(|_| orders.get_order(&missing))).await.into_iter().filter_map(Result::err);
    let met_it =
        |told: &Explanation| told.decisions().iter().any(|decision| matches!(decision, Decision::Backoff(2, _)));
    if let Some(explanation) = errors.filter_map(|error| error.explain()).find(met_it) {
        let told = named(explanation.to_string());
        // How often a call had to wait for its place depends on the machine.
        told.lines().filter(|line| !line.starts_with("queued")).for_each(|line| println!("{line}"));
    }
    let by_whom = if call(&orders, &called).await?.contains(&'C') { "some" } else { "none" };
    println!("60 calls answered, {by_whom} by C");
    instances.into_iter().for_each(|instance| instance.threads.shutdown_background());
    Ok(())
}

/// Makes calls, each of which must be answered, and says by whom they were.
async fn call(orders: &OrderClient, called: &Called) -> Result<BTreeSet<char>> {
    called.lock().unwrap_or_else(PoisonError::into_inner).clear();
    for _ in 0..60 {
        orders.get_order(&"OD1".into()).await?;
    }
    Ok(called.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

impl Instance {
    fn start(name: char, called: &Called) -> std::io::Result<Self> {
        let called = Arc::clone(called);
        let api = MockOrderApi::new().on_get_order(move |order_no| {
            called.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
            if order_no.as_str() == "OD1" { Ok(an_order("OD1")) } else { Err(Error::not_found("order")) }
        });
        let (threads, listener) = (Runtime::new()?, TcpListener::bind("127.0.0.1:0")?);
        listener.set_nonblocking(true)?;
        let url = format!("http://{}", listener.local_addr()?);
        threads.spawn(async move {
            axum::serve(tokio::net::TcpListener::from_std(listener)?, order_api::router(api)).await
        });
        Ok(Self { name, url, threads })
    }
}
