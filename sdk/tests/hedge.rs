//! Hedges: which calls get one, where it goes, what it may cost. Time is virtual.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{sync::Arc, time::Duration};

use payment_clients::{
    client::BaseClient,
    contract::{certainty::Certainty, error::Error, operation::Operation},
    observe::recorder::Counters,
    resilience::hedge::HedgeSettings,
    seams::Rng,
};
use support::{
    DONE, NEWS, PAY, PUT, READ, SEND, Script, Step, broken, call, fund, refused,
    servers::{Behaviour, Servers},
};
use tokio::time::Instant;

const FAST: Behaviour = Behaviour::Takes(Duration::from_millis(10));
const SLOW: Behaviour = Behaviour::Takes(Duration::from_millis(500));

/// A client that knows how long calls usually take, and has budget.
async fn warm(servers: &Servers, hosts: &str) -> BaseClient {
    hosts.split(',').for_each(|host| servers.set(host, FAST));
    let client = servers.client(hosts);
    for _ in 0..200 {
        call(&client, &READ).await.unwrap();
    }
    client
}

/// How long one call takes when whoever it goes to first has become slow.
async fn time_when_the_first_is_slow(operation: &'static Operation) -> (Duration, usize) {
    let servers = Servers::default();
    let client = warm(&servers, "a,b").await;
    servers.calls("a");
    servers.calls("b");
    servers.set("a", SLOW);
    loop {
        let begun = Instant::now();
        call(&client, operation).await.unwrap();
        let (time, a, b) = (begun.elapsed(), servers.calls("a"), servers.calls("b"));
        if a > 0 {
            return (time, a + b);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_slow_read_is_answered_by_another_instance() {
    for operation in [&READ, &PUT] {
        let (time, attempts) = time_when_the_first_is_slow(operation).await;
        assert!(time < Duration::from_millis(100), "{}: {time:?}", operation.name);
        assert_eq!(attempts, 2);
    }
}

#[tokio::test(start_paused = true)]
async fn what_changes_something_is_never_hedged() {
    for operation in [&PAY, &SEND] {
        let (time, attempts) = time_when_the_first_is_slow(operation).await;
        assert_eq!((time, attempts), (Duration::from_millis(500), 1), "{}", operation.name);
    }
}

#[tokio::test(start_paused = true)]
async fn what_waits_for_news_is_not_hedged() {
    assert_eq!(time_when_the_first_is_slow(&NEWS).await, (Duration::from_millis(500), 1));
}

#[tokio::test(start_paused = true)]
async fn without_a_second_instance_there_is_no_hedge() {
    let servers = Servers::default();
    let client = warm(&servers, "a").await;
    servers.calls("a");
    servers.set("a", SLOW);
    call(&client, &READ).await.unwrap();
    assert_eq!(servers.calls("a"), 1);
}

#[tokio::test(start_paused = true)]
async fn hedges_stay_within_their_share_when_everything_is_slow() {
    let servers = Servers::default();
    let client = warm(&servers, "a,b,c").await;
    for host in ["a", "b", "c"] {
        servers.calls(host);
        servers.set(host, SLOW);
    }
    let mut sent = 0;
    for _ in 0..500 {
        call(&client, &READ).await.unwrap();
        sent += 1;
    }
    let attempts: usize = ["a", "b", "c"].into_iter().map(|host| servers.calls(host)).sum();
    assert!(attempts - sent <= sent * 25 / 1000 + 1, "{} hedges for {sent} calls", attempts - sent);
}

#[tokio::test(start_paused = true)]
async fn a_hedge_counts_as_an_attempt_of_its_call() {
    let (servers, counters) = (Servers::default(), Arc::new(Counters::default()));
    servers.set("a", FAST);
    servers.set("b", FAST);
    let client = servers.client_with("a,b", |builder| builder.recorder(counters.clone()));
    for _ in 0..200 {
        call(&client, &READ).await.unwrap();
    }
    servers.set("a", SLOW);
    while counters.retries() == 0 {
        call(&client, &READ).await.unwrap();
    }
    assert_eq!(counters.attempts(), counters.calls() + 1);
}

/// How a change ends whose first attempt does `first`, and whose hedge, five milliseconds later, does `second`.
async fn hedged_change(first: Step, second: Step) -> Error {
    let script = Script::default();
    let client = script.client_with(|builder| {
        builder.url("http://a,http://b").configure(|config| config.all_tiers(|tier| tier.max_attempts = 2))
    });
    fund(&script, &client, 200).await;
    script.then([first, second]);
    let error = call(&client, &PUT).await.unwrap_err();
    assert!(script.finished(), "the hedge was sent: {error}");
    error
}

#[tokio::test(start_paused = true)]
async fn what_either_attempt_of_a_hedged_change_may_have_done_is_in_doubt() {
    let (soon, late) = (Duration::from_millis(20), Duration::from_millis(50));
    let gone = || Step::AnswerLate(soon, 404, r#"{"code":"RESOURCE_NOT_FOUND","message":"no such thing"}"#);
    for (first, second) in [
        (Step::FailLate(soon, refused), Step::FailLate(late, broken)),
        (Step::FailLate(late, refused), Step::FailLate(soon, broken)),
        (Step::FailLate(late, broken), Step::FailLate(soon, refused)),
        // The attempt that is dropped may be why nothing is there any more.
        (gone(), Step::Hang),
    ] {
        let error = hedged_change(first, second).await;
        assert_eq!(error.certainty(), Certainty::PossiblyProcessed, "{}", error.explain().unwrap());
    }
    let error = hedged_change(Step::FailLate(soon, refused), Step::FailLate(late, refused)).await;
    assert_eq!(error.certainty(), Certainty::NotSent);
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_the_hedge_counts_more_than_a_broken_first_attempt() {
    let script = Script::default();
    let client = script.client_with(|builder| builder.url("http://a,http://b"));
    fund(&script, &client, 200).await;
    let gone = Step::Answer(404, &[], r#"{"code":"RESOURCE_NOT_FOUND","message":"no such thing"}"#);
    script.then([Step::FailLate(Duration::from_millis(3), refused), gone]);
    // Below the shortest delay nothing is hedged, and a read goes elsewhere at once.
    assert_eq!(call(&client, &READ).await.unwrap_err().attempts(), 2);
    let gone =
        Step::AnswerLate(Duration::from_millis(50), 404, r#"{"code":"RESOURCE_NOT_FOUND","message":"no such thing"}"#);
    script.then([Step::FailLate(Duration::from_millis(20), refused), gone]);
    let error = call(&client, &READ).await.unwrap_err();
    assert_eq!((error.code(), error.attempts()), (Some("RESOURCE_NOT_FOUND"), 2), "{}", error.explain().unwrap());
}

#[tokio::test(start_paused = true)]
async fn a_hedge_that_no_attempt_is_left_for_costs_no_budget() {
    let script = Script::default();
    let client = script.client_with(|builder| {
        builder.url("http://a,http://b,http://c").configure(|config| {
            config.retry_budget_permille = 20;
            config.all_tiers(|tier| tier.max_attempts = 2);
        })
    });
    // Two retries funded, and the one that is free.
    fund(&script, &client, 100).await;
    for _ in 0..3 {
        script.then([Step::Fail(refused), Step::Slow(Duration::from_millis(100))]);
        call(&client, &READ).await.unwrap();
    }
    script.then([Step::Fail(refused)]);
    call(&client, &READ).await.unwrap_err();
    script.then([DONE]);
    call(&client, &READ).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_hedge_goes_to_the_better_one_of_the_others() {
    for seed in 0..20 {
        let servers = Servers::default();
        ["a", "b", "c"].into_iter().for_each(|host| servers.set(host, FAST));
        let client = servers.client_with("a,b,c", |builder| builder.rng(Rng::seeded(seed)));
        for calls in 0..300 {
            if calls == 200 {
                servers.set("c", SLOW);
            }
            call(&client, &READ).await.unwrap();
        }
        servers.set("a", SLOW);
        servers.calls("a");
        loop {
            let begun = Instant::now();
            call(&client, &READ).await.unwrap();
            if servers.calls("a") > 0 {
                assert!(begun.elapsed() < Duration::from_millis(100), "seed {seed}: {:?}", begun.elapsed());
                break;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_instance_that_loses_to_hedges_is_slow_and_not_abandoned() {
    let servers = Servers::default();
    servers.set("a", SLOW);
    servers.set("b", FAST);
    let client = servers.client_with("a,b", |builder| {
        builder.configure(|config| config.all_tiers(|tier| tier.hedge = HedgeSettings::new(100)))
    });
    let mut lost = 0;
    while lost < 25 {
        let begun = Instant::now();
        call(&client, &READ).await.unwrap();
        lost += if begun.elapsed() < Duration::from_millis(500) { servers.calls("a") } else { 0 };
        servers.calls("b");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert!(servers.take("a", "/health").is_empty(), "nobody looks after an instance whose breaker is closed");
}
