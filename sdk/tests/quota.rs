//! Quotas: the configured one, and the one that the service announces. Time is virtual.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use payment_clients::{
    client::BaseClient,
    contract::{
        call::Call,
        certainty::Certainty,
        error::ErrorKind,
        explain::{Decision, Reason},
        operation::Tier,
        options::{CallOptions, Scoped},
    },
    resilience::rate::RateSettings,
};
use support::{
    READ, SEND, call, request,
    servers::{Behaviour, Servers},
};
use tokio::time::{Instant, advance};

fn limited(servers: &Servers, per_second: u32, burst: u32) -> BaseClient {
    servers.client_with("a", |builder| {
        builder.configure(|config| config.rate = Some(RateSettings::new(per_second, burst)))
    })
}

#[tokio::test(start_paused = true)]
async fn calls_beyond_the_burst_are_spread() {
    let servers = Servers::default();
    let client = limited(&servers, 10, 5);
    let begun = Instant::now();
    for _ in 0..15 {
        call(&client, &SEND).await.unwrap();
    }
    assert_eq!(begun.elapsed().as_millis(), 1000, "five at once, then one each tenth of a second");
}

#[tokio::test(start_paused = true)]
async fn who_would_wait_too_long_is_refused_and_takes_nothing() {
    let servers = Servers::default();
    let client = limited(&servers, 1, 1);
    call(&client, &SEND).await.unwrap();
    for _ in 0..3 {
        let error = call(&client, &SEND).await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::Rejected, Certainty::NotSent));
        assert!(error.explain().unwrap().decisions().contains(&Decision::Refused(Reason::NoQuota)));
    }
    advance(Duration::from_secs(1)).await;
    call(&client, &SEND).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn calls_that_matter_less_leave_some_of_the_burst() {
    let servers = Servers::default();
    let client = limited(&servers, 1, 10);
    let least = Scoped::new(client.clone(), CallOptions::new().tier(Tier::BestEffort));
    let mut admitted = 0;
    while least.scope(async { client.call(request(&SEND)).await }).await.is_ok() {
        admitted += 1;
    }
    assert_eq!(admitted, 5);
    for _ in 0..5 {
        call(&client, &SEND).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_asks_for_a_rest_gets_it_for_five_minutes_at_most() {
    for (asked, rests) in [("7", 7), ("999999", 300)] {
        let servers = Servers::default();
        let client = servers.client("a");
        let headers: &'static [(&str, &str)] = if asked == "7" {
            &[("retry-after", "7"), ("x-nack", "final")]
        } else {
            &[("retry-after", "999999"), ("x-nack", "final")]
        };
        servers.set("a", Behaviour::Fails(429, headers));
        call(&client, &READ).await.unwrap_err();
        servers.set("a", Behaviour::Works);
        servers.calls("a");
        advance(Duration::from_secs(rests - 2)).await;
        call(&client, &READ).await.unwrap_err();
        assert_eq!(servers.calls("a"), 0, "asked for {asked} s");
        advance(Duration::from_secs(2)).await;
        call(&client, &READ).await.unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn attempts_of_a_call_that_its_deadline_ended_are_charged_too() {
    let servers = Servers::default();
    let client = servers.client_with("a", |builder| {
        builder.configure(|config| {
            config.rate = Some(RateSettings::new(10, 20));
            config.retry_budget_permille = 1000;
            config.all_tiers(|tier| {
                tier.total = Duration::from_millis(350);
                tier.attempt_timeout = Duration::from_millis(150);
                (tier.backoff.base, tier.backoff.cap) = (Duration::from_millis(1), Duration::from_millis(1));
                tier.hedge.extra_permille = 0;
            });
            config.transport.connect_timeout = Duration::from_millis(100);
        })
    });
    for _ in 0..10 {
        call(&client, &READ).await.unwrap();
    }
    advance(Duration::from_secs(2)).await;
    servers.set("a", Behaviour::Hangs);
    let error = call(&client, &READ).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 3));
    servers.set("a", Behaviour::Works);
    let begun = Instant::now();
    for _ in 0..19 {
        call(&client, &SEND).await.unwrap();
    }
    assert!(begun.elapsed() > Duration::ZERO, "the two further attempts took a part of the burst");
}
