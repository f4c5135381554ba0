//! Settings that change while a client works, and what they promise.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{sync::mpsc, thread, time::Duration};

use payment_clients::{
    client::{ClientConfig, report::Workload},
    contract::operation::{Service, Tier},
};
use support::{
    READ, SEND, SERVICE, call,
    servers::{Behaviour, Servers},
};
use tokio::time::Instant;

#[tokio::test(start_paused = true)]
async fn a_change_holds_from_the_next_call_on() {
    let servers = Servers::default();
    servers.set("a", Behaviour::Hangs);
    let client = servers.client("a");
    client.reconfigure(|config| config.all_tiers(|tier| tier.attempt_timeout = Duration::from_millis(300))).unwrap();
    let begun = Instant::now();
    call(&client, &SEND).await.unwrap_err();
    assert_eq!(begun.elapsed().as_millis(), 300);
    client.reconfigure(|config| config.all_tiers(|tier| tier.total = Duration::from_millis(300))).unwrap();
    let begun = Instant::now();
    call(&client, &READ).await.unwrap_err();
    assert_eq!(begun.elapsed().as_millis(), 300);
}

#[tokio::test(start_paused = true)]
async fn a_change_that_cannot_work_is_refused_and_changes_nothing() {
    let client = Servers::default().client("a");
    let before = client.config();
    let error =
        client.reconfigure(|config| config.all_tiers(|tier| tier.total = Duration::from_millis(3))).unwrap_err();
    assert!(error.to_string().contains("longer than the total of 3 ms"), "{error}");
    let error = client.reconfigure(|config| config.transport.pool_max_idle = 1).unwrap_err();
    assert!(error.to_string().contains("fixed once a client is built"), "{error}");
    assert_eq!(client.config(), before);
}

#[tokio::test(start_paused = true)]
async fn breakers_begin_anew_when_their_rules_change() {
    let servers = Servers::default();
    servers.set("a", Behaviour::Refuses);
    let client = servers.client("a");
    for _ in 0..5 {
        call(&client, &SEND).await.unwrap_err();
    }
    assert_eq!(call(&client, &SEND).await.unwrap_err().attempts(), 0);
    client.reconfigure(|config| config.gate.unreachable = 50).unwrap();
    assert!(call(&client, &SEND).await.unwrap_err().attempts() > 0);
}

#[tokio::test(start_paused = true)]
async fn a_retry_budget_that_is_switched_off_ends_retries() {
    let servers = Servers::default();
    let client = servers.client("a");
    for _ in 0..100 {
        call(&client, &READ).await.unwrap();
    }
    servers.set("a", Behaviour::Fails(503, &[("x-nack", "retry")]));
    client
        .reconfigure(|config| {
            config.all_tiers(|tier| tier.hedge.extra_permille = 0);
            config.retry_budget_permille = 0;
        })
        .unwrap();
    assert_eq!(call(&client, &READ).await.unwrap_err().attempts(), 1);
}

// === presets and reports ===

const ALL: [Service; 3] = [
    Service { tier: Tier::Critical, ..SERVICE },
    Service { tier: Tier::Standard, ..SERVICE },
    Service { tier: Tier::BestEffort, ..SERVICE },
];

#[test]
fn every_preset_is_valid_for_every_tier() {
    for service in &ALL {
        for config in [ClientConfig::of(service), ClientConfig::legacy(service), ClientConfig::seed_tiers(service)] {
            config.validate().unwrap();
        }
    }
}

#[test]
fn the_presets_differ_in_who_trips_first() {
    let consecutive = |preset: fn(&Service) -> ClientConfig| ALL.map(|service| preset(&service).gate.consecutive);
    assert!(consecutive(ClientConfig::seed_tiers).is_sorted());
    assert!(consecutive(ClientConfig::of).iter().rev().is_sorted());
}

#[test]
fn a_report_says_what_the_numbers_promise() {
    let workload = Workload { calls_per_kilosecond: 1000, instances: 2 };
    let report = ClientConfig::of(&SERVICE).report(workload);
    let critical = report.tiers[Tier::Critical as usize];
    // One call a second: the floor of one retry in ten seconds is a tenth of a retry per call.
    assert_eq!((critical.outage_attempts_permille, critical.worst_attempts_permille), (1100, 1200));
    assert_eq!((critical.storm_above_permille, critical.worst_latency), (909, Duration::from_secs(3)));
    // Five failures at a call every two seconds, and the longest attempt timeout.
    assert_eq!(report.silent_noticed_after, Duration::from_secs(12));
    assert_eq!(report.refusing_noticed_after, Duration::from_secs(6));
    let legacy = ClientConfig::legacy(&SERVICE).report(workload).tiers[0];
    assert_eq!((legacy.worst_latency, legacy.worst_attempts_permille), (Duration::from_secs(126), 2100));
}

#[tokio::test(start_paused = true)]
async fn hedges_that_are_turned_on_later_wait_as_long_as_their_share_says() {
    let servers = Servers::default();
    let (quick, slow) = (Behaviour::Takes(Duration::from_millis(10)), Behaviour::Takes(Duration::from_millis(500)));
    let client = servers.client_with("a,b", |builder| {
        builder.configure(|config| config.all_tiers(|tier| tier.hedge.extra_permille = 0))
    });
    client
        .reconfigure(|config| {
            config.retry_budget_permille = 1000;
            config.all_tiers(|tier| tier.hedge.extra_permille = 100);
        })
        .unwrap();
    // One call of twenty is slow, so the delay is that of the others.
    for number in 0..2000 {
        let behaviour = if number % 20 == 0 { slow } else { quick };
        ["a", "b"].into_iter().for_each(|host| servers.set(host, behaviour));
        call(&client, &READ).await.unwrap();
    }
    servers.calls("a");
    servers.set("a", slow);
    loop {
        let begun = Instant::now();
        call(&client, &READ).await.unwrap();
        if servers.calls("a") > 0 {
            assert!(begun.elapsed() < Duration::from_millis(60), "{:?}", begun.elapsed());
            return;
        }
    }
}

#[test]
fn changes_that_meet_are_both_made() {
    let client = Servers::default().client("a");
    let (inside, meet) = mpsc::sync_channel(1);
    thread::scope(|scope| {
        scope.spawn(|| {
            client.reconfigure(|config| {
                inside.send(()).unwrap();
                // Long enough for the other change to pass this one, if it could.
                (0..1000).for_each(|_| thread::yield_now());
                config.gate.consecutive = 50;
            })
        });
        meet.recv().unwrap();
        client.reconfigure(|config| config.gate.unreachable = 60).unwrap();
    });
    let gate = client.config().gate;
    assert_eq!((gate.consecutive, gate.unreachable), (50, 60));
}
