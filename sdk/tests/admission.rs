//! Who is let in when an instance can take no more. Time is virtual.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use futures_util::future::join_all;
use payment_clients::{
    client::BaseClient,
    contract::{
        call::Call,
        certainty::Certainty,
        error::{ErrorKind, Result},
        explain::{Decision, Reason},
        operation::Tier,
        options::{CallOptions, Scoped},
        response::Response,
    },
};
use support::{
    NEWS, READ, SEND, call, request,
    servers::{Behaviour, Servers},
};
use tokio::{task::JoinHandle, time::advance};

/// A client whose one instance takes `limit` attempts at once, each of which lasts half a second.
fn narrow(servers: &Servers, limit: u64) -> BaseClient {
    servers.set("a", Behaviour::Takes(Duration::from_millis(500)));
    servers.client_with("a", |builder| {
        builder.configure(|config| (config.limit.start, config.limit.min, config.limit.max) = (limit, limit, limit))
    })
}

fn begin(client: &BaseClient, tier: Tier) -> JoinHandle<Result<Response>> {
    let client = client.clone();
    tokio::spawn(async move {
        let handle = Scoped::new(client.clone(), CallOptions::new().tier(tier));
        handle.scope(async { client.call(request(&SEND)).await }).await
    })
}

async fn settle() {
    for _ in 0..10 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test(start_paused = true)]
async fn calls_that_wait_for_news_keep_no_shorter_ones_out() {
    let servers = Servers::default();
    let client = servers.client("a");
    servers.set("a", Behaviour::Takes(Duration::from_secs(2)));
    for _ in 0..50 {
        client.call(request(&NEWS)).await.unwrap();
    }
    servers.set("a", Behaviour::Takes(Duration::from_millis(10)));
    let hurried = Scoped::new(client.clone(), CallOptions::new().deadline(Duration::from_millis(900)));
    hurried.scope(async { client.call(request(&READ)).await }).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_critical_call_waits_for_its_place_and_a_best_effort_call_hardly_does() {
    let servers = Servers::default();
    let client = narrow(&servers, 4);
    let busy: Vec<_> = (0..4).map(|_| begin(&client, Tier::Critical)).collect();
    settle().await;
    let error = begin(&client, Tier::BestEffort).await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Rejected, Certainty::NotSent));
    assert!(error.explain().unwrap().decisions().contains(&Decision::Refused(Reason::QueueTimeout)), "{error}");
    begin(&client, Tier::Critical).await.unwrap().unwrap();
    assert!(join_all(busy).await.into_iter().all(|call| call.unwrap().is_ok()));
}

#[tokio::test(start_paused = true)]
async fn best_effort_calls_never_take_all_places() {
    let servers = Servers::default();
    let client = narrow(&servers, 10);
    let crowd: Vec<_> = (0..20).map(|_| begin(&client, Tier::BestEffort)).collect();
    settle().await;
    assert_eq!(servers.calls("a"), 5);
    begin(&client, Tier::Critical).await.unwrap().unwrap();
    assert_eq!(join_all(crowd).await.into_iter().filter(|call| call.as_ref().unwrap().is_ok()).count(), 5);
}

#[tokio::test(start_paused = true)]
async fn among_those_who_wait_the_more_important_goes_first() {
    let servers = Servers::default();
    let client = narrow(&servers, 3);
    let _busy: Vec<_> = (0..3).map(|_| begin(&client, Tier::Critical)).collect();
    advance(Duration::from_millis(450)).await;
    let standard = begin(&client, Tier::Standard);
    settle().await;
    let critical: Vec<_> = (0..3).map(|_| begin(&client, Tier::Critical)).collect();
    advance(Duration::from_millis(60)).await;
    assert!(join_all(critical).await.into_iter().all(|call| call.unwrap().is_ok()));
    assert!(standard.await.unwrap().is_err(), "it may wait for a tenth of a second, and others went first");
}

#[tokio::test(start_paused = true)]
async fn a_call_that_waits_to_retry_holds_no_place() {
    let servers = Servers::default();
    let client = narrow(&servers, 1);
    servers.set("a", Behaviour::Fails(503, &[("x-nack", "retry"), ("retry-after", "1")]));
    let waiting = begin(&client, Tier::Critical);
    settle().await;
    servers.set("a", Behaviour::Works);
    // Its retry comes after a second; until then its place is ours. (The one free retry of a new client pays for it.)
    for _ in 0..5 {
        call(&client, &READ).await.unwrap();
    }
    waiting.await.unwrap().unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_gives_its_place_back() {
    let servers = Servers::default();
    let client = narrow(&servers, 3);
    servers.set("a", Behaviour::Hangs);
    for _ in 0..50 {
        let lost: Vec<_> = (0..5).map(|_| begin(&client, Tier::Critical)).collect();
        settle().await;
        lost.iter().for_each(JoinHandle::abort);
        settle().await;
    }
    servers.set("a", Behaviour::Works);
    tokio::time::sleep(Duration::from_secs(10)).await;
    let all = join_all((0..3).map(|_| begin(&client, Tier::Critical))).await;
    assert!(all.into_iter().all(|call| call.unwrap().is_ok()));
}
