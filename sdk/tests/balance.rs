//! Several instances: who is chosen, who is left alone, who comes back, and how the set changes. Time is virtual.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{sync::Arc, time::Duration};

use payment_clients::{
    client::BaseClient,
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        explain::{Decision, Reason},
    },
    seams::Rng,
    transport::{
        discovery::{Discovery, Pending},
        instance::Instance,
    },
};
use support::{
    PAY, READ, SEND, SERVICE, call,
    servers::{Behaviour, Servers, instance},
};
use tokio::{
    runtime::{Builder, Runtime},
    sync::{Mutex, watch},
    time::{Instant, advance},
};

/// Calls one after another, so many milliseconds apart; the errors.
async fn calls(client: &BaseClient, count: usize, apart: u64) -> Vec<Error> {
    let mut errors = Vec::new();
    for _ in 0..count {
        errors.extend(call(client, &SEND).await.err());
        tokio::time::sleep(Duration::from_millis(apart)).await;
    }
    errors
}

#[tokio::test(start_paused = true)]
async fn traffic_spreads_over_equal_instances() {
    let servers = Servers::default();
    let client = servers.client("a,b,c");
    assert!(calls(&client, 300, 10).await.is_empty());
    for host in ["a", "b", "c"] {
        let share = servers.calls(host);
        assert!((60..=140).contains(&share), "{host} got {share} of 300");
    }
}

#[tokio::test(start_paused = true)]
async fn a_refused_connection_is_retried_elsewhere_at_once() {
    let servers = Servers::default();
    servers.set("a", Behaviour::Refuses);
    let client = servers.client("a,b");
    let begun = Instant::now();
    while servers.calls("a") == 0 {
        call(&client, &SEND).await.unwrap();
    }
    assert_eq!(begun.elapsed(), Duration::ZERO, "an unsafe call that was not sent waits for nothing");
}

#[tokio::test(start_paused = true)]
async fn a_dead_instance_costs_a_few_calls_and_is_then_left_alone() {
    let servers = Servers::default();
    servers.set("a", Behaviour::Hangs);
    let client = servers.client("a,b,c");
    let lost = calls(&client, 200, 20).await;
    assert!(lost.len() <= 6, "{} unsafe calls were lost", lost.len());
    assert!(lost.iter().all(|error| error.certainty() == Certainty::PossiblyProcessed));
    servers.calls("a");
    assert!(calls(&client, 200, 20).await.is_empty());
    assert_eq!(servers.calls("a"), 0);
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_is_probed_with_reads_of_the_health_path_and_never_with_a_call() {
    let servers = Servers::default();
    servers.set("a", Behaviour::Fails(502, &[]));
    let client = servers.client("a");
    assert_eq!(calls(&client, 5, 0).await.len(), 5);
    servers.calls("a");
    let gated = calls(&client, 100, 100).await;
    assert!(gated.iter().all(|error| (error.kind(), error.certainty()) == (ErrorKind::Rejected, Certainty::NotSent)));
    assert_eq!((gated.len(), servers.calls("a")), (100, 0), "no call is a probe");
    let probes = servers.take("a", "/health/ready");
    assert!((7..=14).contains(&probes.len()), "{} probes in ten seconds", probes.len());
    assert!(probes.iter().all(|probe| probe.method() == "GET" && probe.body().is_empty()));
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_is_back_has_its_traffic_within_seconds() {
    let servers = Servers::default();
    servers.set("a", Behaviour::Refuses);
    let client = servers.client("a,b");
    calls(&client, 100, 20).await;
    servers.set("a", Behaviour::Works);
    servers.calls("a");
    assert!(calls(&client, 100, 20).await.is_empty());
    assert!(servers.calls("a") > 0, "first traffic within two seconds");
    calls(&client, 200, 20).await;
    servers.calls("a");
    calls(&client, 100, 20).await;
    assert!(servers.calls("a") >= 30, "a full share after six seconds");
}

#[tokio::test(start_paused = true)]
async fn when_every_breaker_is_open_a_call_fails_at_once_and_says_so() {
    let servers = Servers::default();
    servers.set("a", Behaviour::Refuses);
    servers.set("b", Behaviour::Refuses);
    let client = servers.client("a,b");
    calls(&client, 20, 10).await;
    let (begun, error) = (Instant::now(), call(&client, &PAY).await.unwrap_err());
    assert_eq!(begun.elapsed(), Duration::ZERO);
    assert_eq!((error.certainty(), error.attempts()), (Certainty::NotSent, 0));
    assert!(error.to_string().contains("the breakers of all instances of test-service are open"), "{error}");
    let explanation = error.explain().unwrap();
    assert!(explanation.decisions().contains(&Decision::Refused(Reason::Gated)), "{explanation}");
}

#[tokio::test(start_paused = true)]
async fn when_most_but_not_all_breakers_are_open_none_is_asked() {
    let servers = Servers::default();
    servers.set("a", Behaviour::Refuses);
    servers.set("b", Behaviour::Refuses);
    let client = servers.client("a,b,c");
    calls(&client, 60, 10).await;
    servers.set("a", Behaviour::Works);
    servers.set("b", Behaviour::Works);
    servers.calls("a");
    servers.calls("b");
    // Within the time to the next probe: only the panic can have let these through.
    for _ in 0..60 {
        call(&client, &SEND).await.unwrap();
    }
    assert!(servers.calls("a") + servers.calls("b") > 0);
}

#[tokio::test(start_paused = true)]
async fn a_callers_mistakes_and_the_businesss_refusals_open_no_breaker() {
    let servers = Servers::default();
    let client = servers.client("a");
    for status in [400, 401, 402, 403, 404, 409, 410, 412, 422, 501] {
        servers.set("a", Behaviour::Fails(status, &[]));
        for _ in 0..20 {
            let error = call(&client, &SEND).await.unwrap_err();
            assert_eq!(error.attempts(), 1, "{status} must reach the server every time: {error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_sheds_load_is_busy_and_not_dead() {
    let servers = Servers::default();
    servers.set("a", Behaviour::Fails(429, &[("x-nack", "final")]));
    let client = servers.client("a");
    for _ in 0..9 {
        assert_eq!(call(&client, &SEND).await.unwrap_err().attempts(), 1, "no run of refusals opens the breaker");
    }
}

// === the set ===

/// A set that the test changes.
#[derive(Debug)]
struct Fed(Mutex<watch::Receiver<Result<Vec<Instance>, String>>>);

impl Discovery for Fed {
    fn resolve(&self) -> Pending<'_, Result<Vec<Instance>>> {
        Box::pin(async { self.0.lock().await.borrow_and_update().clone().map_err(Error::configuration) })
    }

    fn changed(&self) -> Pending<'_, ()> {
        Box::pin(async { self.0.lock().await.changed().await.unwrap() })
    }
}

type Feed = watch::Sender<Result<Vec<Instance>, String>>;

fn fed(servers: &Servers, first: Result<Vec<Instance>, String>) -> (BaseClient, Feed) {
    let (feed, source) = watch::channel(first);
    let builder = BaseClient::builder(SERVICE).discovery(Arc::new(Fed(Mutex::new(source)))).rng(Rng::seeded(7));
    (builder.build_on(&servers.transport()).unwrap(), feed)
}

#[tokio::test(start_paused = true)]
async fn instances_join_and_leave_while_calls_go_on() {
    let servers = Servers::default();
    let (client, feed) = fed(&servers, Ok(vec![instance("a")]));
    assert!(calls(&client, 10, 50).await.is_empty());
    feed.send(Ok(vec![instance("a"), instance("b")])).unwrap();
    assert!(calls(&client, 40, 50).await.is_empty());
    assert!(servers.calls("b") > 5);
    feed.send(Ok(vec![instance("b")])).unwrap();
    calls(&client, 4, 50).await;
    servers.calls("a");
    assert!(calls(&client, 40, 50).await.is_empty());
    assert_eq!(servers.calls("a"), 0);
    assert_eq!(client.instances(), [instance("b")]);
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_leaves_finishes_what_it_has_begun() {
    let servers = Servers::default();
    servers.set("a", Behaviour::Takes(Duration::from_millis(700)));
    let (client, feed) = fed(&servers, Ok(vec![instance("a")]));
    let under_way = tokio::spawn(async move { call(&client, &SEND).await });
    advance(Duration::from_millis(200)).await;
    feed.send(Ok(vec![instance("b")])).unwrap();
    assert!(under_way.await.unwrap().is_ok());
    assert_eq!((servers.calls("a"), servers.calls("b")), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn a_source_that_fails_changes_nothing() {
    let servers = Servers::default();
    let (client, feed) = fed(&servers, Ok(vec![instance("a")]));
    assert!(calls(&client, 5, 50).await.is_empty());
    for trouble in [Err("the name is gone".to_owned()), Ok(Vec::new())] {
        feed.send(trouble).unwrap();
        assert!(calls(&client, 20, 100).await.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn without_any_instance_a_call_says_why_and_sends_nothing() {
    let servers = Servers::default();
    let (client, feed) = fed(&servers, Err("no such name: orders.internal".to_owned()));
    let error = call(&client, &SEND).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Rejected, Certainty::NotSent));
    assert!(error.to_string().contains("no instance of test-service is known: no such name"), "{error}");
    feed.send(Ok(vec![instance("a")])).unwrap();
    tokio::time::sleep(Duration::from_secs(3)).await;
    call(&client, &READ).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_comes_back_by_steps_costs_no_call_while_another_works() {
    for other in ["b", "b,c"] {
        let servers = Servers::default();
        servers.set("a", Behaviour::Refuses);
        let client = servers.client(&format!("a,{other}"));
        calls(&client, 200, 50).await;
        servers.set("a", Behaviour::Works);
        let lost = calls(&client, 1200, 5).await;
        assert!(lost.is_empty(), "{} calls: {}", lost.len(), lost[0].explain().unwrap());
    }
}

// === runtimes that end ===

fn runtime() -> Runtime {
    Builder::new_current_thread().enable_all().start_paused(true).build().unwrap()
}

#[test]
fn a_breaker_that_opened_in_a_runtime_that_is_gone_closes_in_the_next() {
    for hosts in ["a", "a,b"] {
        let servers = Servers::default();
        servers.set("a", Behaviour::Refuses);
        let client = servers.client(hosts);
        runtime().block_on(calls(&client, 200, 50));
        servers.set("a", Behaviour::Works);
        servers.calls("a");
        runtime().block_on(calls(&client, 200, 100));
        assert!(servers.calls("a") > 20, "{hosts}");
    }
}

#[test]
fn instances_are_followed_in_every_runtime_that_calls() {
    let servers = Servers::default();
    let (client, feed) = fed(&servers, Ok(vec![instance("a")]));
    assert!(runtime().block_on(calls(&client, 5, 50)).is_empty());
    feed.send(Ok(vec![instance("b")])).unwrap();
    assert!(runtime().block_on(calls(&client, 5, 50)).is_empty());
    assert_eq!(client.instances(), [instance("b")]);
}

#[test]
fn calls_may_be_dropped_outside_of_any_runtime() {
    let servers = Servers::default();
    servers.set("a", Behaviour::Hangs);
    let (client, runtime) = (servers.client("a"), runtime());
    let mut under_way = Vec::new();
    runtime.block_on(async {
        for _ in 0..20 {
            let mut one = Box::pin(call(&client, &SEND));
            assert!(futures_util::poll!(&mut one).is_pending());
            under_way.push(one);
        }
    });
    // Enough of them to open the breaker.
    drop(under_way);
    runtime.block_on(async {
        assert_eq!(call(&client, &SEND).await.unwrap_err().attempts(), 0);
        servers.set("a", Behaviour::Works);
        calls(&client, 100, 100).await;
        call(&client, &SEND).await.unwrap();
    });
}
