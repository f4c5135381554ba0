//! A chain of services: one of its hops retries, and not each of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]
#![cfg(all(feature = "server", feature = "mock"))]

mod support;

use std::sync::Arc;

use payment_clients::{
    client::BaseClient,
    contract::{call::Call, context::CallContext, error::Result, request::Request},
    mock::network,
    seams::Rng,
    server::Routes,
};
use support::{
    READ, SERVICE, call,
    servers::{Behaviour, Servers},
};

/// A service that answers `READ` by asking the next one.
fn hop(next: BaseClient) -> axum::Router {
    let handler = |next: Arc<BaseClient>, _| async move {
        let mut request = Request::new(&READ);
        request.path_arg("id", "7")?;
        next.call(request).await?.decode::<serde_json::Value>()
    };
    Routes::new(next).route(&READ, handler).into_router()
}

fn client_of(router: axum::Router) -> BaseClient {
    let builder = BaseClient::builder(SERVICE).url("http://hop").rng(Rng::seeded(3));
    builder.configure(|config| config.retry_budget_permille = 1000).build_on(&network(router)).unwrap()
}

/// Four hops in front of a leaf.
fn chain(leaf: &Servers) -> BaseClient {
    let at_leaf = leaf.client_with("leaf", |builder| builder.configure(|config| config.retry_budget_permille = 1000));
    (0..3).fold(at_leaf, |next, _| client_of(hop(next)))
}

async fn fund(client: &BaseClient, calls: usize) {
    for _ in 0..calls {
        call(client, &READ).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn when_the_leaf_fails_only_the_hop_in_front_of_it_retries() {
    let leaf = Servers::default();
    let client = chain(&leaf);
    fund(&client, 30).await;
    leaf.calls("leaf");
    leaf.set("leaf", Behaviour::Fails(503, &[("x-nack", "retry")]));
    let error = call(&client, &READ).await.unwrap_err();
    assert_eq!(leaf.calls("leaf"), 3, "the attempts of one hop, and not three to the fourth: {error}");
    assert_eq!(error.attempts(), 1);
}

#[tokio::test(start_paused = true)]
async fn calls_made_for_a_second_attempt_are_tried_once() {
    let leaf = Servers::default();
    let client = leaf.client_with("leaf", |builder| builder.configure(|config| config.retry_budget_permille = 1000));
    fund(&client, 30).await;
    leaf.calls("leaf");
    leaf.set("leaf", Behaviour::Refuses);
    let mut context = CallContext::default();
    context.retries_spent = true;
    let answer: Result<_> = Arc::new(context).scope(async { call(&client, &READ).await }).await;
    assert_eq!(answer.unwrap_err().attempts(), 1);
    let sent = leaf.take("leaf", "/");
    assert_eq!(sent.len(), 1);
    assert_eq!(sent[0].headers()["x-retry-budget"], "none", "and nobody further on repeats it either");
}
