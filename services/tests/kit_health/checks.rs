//! What the checks find, and what becomes of it.

use std::{
    future::pending,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use axum::{Router, body::Body};
use http::{Request, StatusCode};
use payment_clients::{apis::order::order_api, platform::Platform};
use payment_services::{
    args,
    kit::{
        app,
        bus::Bus,
        clock::{Clock, Hand},
        configuration::{self, Configuration},
        health::{Checks, DEADLINE, FRESH, Finding, Health, Report, Status},
        incident,
        metrics::{Metrics, Scrape},
        outbox, saga,
        store::Store,
        tasks::{Stop, shutdown},
    },
};
use serde_json::Value;
use tokio::time::Instant;
use tower::ServiceExt;

const NOON: i64 = 1_761_307_200_000;

struct Stage {
    store: Store,
    clock: Clock,
    hand: Hand,
    drain: Stop,
    health: Health,
    _dir: tempfile::TempDir,
}

impl Stage {
    fn new(checks: impl FnOnce(&mut Checks, &Store, &Clock)) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (clock, hand) = Clock::manual(NOON);
        let tables = [incident::TABLES, saga::TABLES, saga::ORIGIN, outbox::TABLES, configuration::TABLES];
        let store = Store::open(&dir.path().join("s.db"), "s", &tables).unwrap();
        let (drain, draining) = shutdown();
        let mut own = Checks::default();
        checks(&mut own, &store, &clock);
        let health = Health::new("s-service", own, &store, &Bus::Embedded, &clock, draining);
        Self { store, clock, hand, drain, health, _dir: dir }
    }

    async fn get(&self, path: &str) -> (StatusCode, String) {
        let (platform, store) = (Platform::local().unwrap(), self.store.clone());
        let metrics = Metrics::new("s-service");
        let scrape = Scrape { metrics, platform, store, bus: Bus::Embedded, configuration: None };
        let router = app::with_system_routes("s-service", Router::new(), &self.health, scrape);
        let answer = router.oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    async fn ready(&self) -> (StatusCode, Value) {
        let (status, body) = self.get("/health/ready").await;
        (status, serde_json::from_str(&body).unwrap())
    }
}

fn found(report: &Report, name: &str) -> (Status, String) {
    let check = report.checks.iter().find(|check| check.name == name).unwrap();
    (check.status, check.message.clone())
}

#[tokio::test]
async fn a_service_is_ready_while_its_store_answers_and_lives_when_it_does_not() {
    let stage = Stage::new(|_, _, _| {});
    assert_eq!(stage.ready().await.0, StatusCode::OK);
    let report = stage.health.report().await;
    assert_eq!((report.status, found(&report, "store").0), (Status::Ok, Status::Ok));

    stage.store.close().await.unwrap();
    stage.hand.advance(FRESH);
    let (status, body) = stage.ready().await;
    assert_eq!((status, &body["status"]), (StatusCode::SERVICE_UNAVAILABLE, &"not_ready".into()));
    assert!(body["reason"].as_str().unwrap().starts_with("store: "), "{body}");
    assert_eq!(stage.get("/health").await.0, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(stage.get("/health/live").await.0, StatusCode::OK);
    assert_eq!(stage.get("/metrics").await.0, StatusCode::OK);
}

#[tokio::test]
async fn without_a_neighbour_that_it_needs_a_service_is_not_ready_and_without_another_it_is_degraded() {
    let stage = Stage::new(|checks, _, _| checks.add("soft", false, || async { Finding::unhealthy("away") }));
    assert_eq!(stage.ready().await.0, StatusCode::OK);
    let report = stage.health.report().await;
    assert_eq!((report.status, found(&report, "soft")), (Status::Degraded, (Status::Unhealthy, "away".into())));
    assert_eq!(stage.get("/health").await.0, StatusCode::OK);

    let stage = Stage::new(|checks, _, _| checks.add("hard", true, || async { Finding::unhealthy("away") }));
    let (status, body) = stage.ready().await;
    assert_eq!((status, &body["reason"]), (StatusCode::SERVICE_UNAVAILABLE, &"hard: away".into()));
}

#[tokio::test(start_paused = true)]
async fn a_check_that_hangs_is_given_up_at_its_deadline_and_not_asked_again_by_each_probe() {
    let looked = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&looked);
    let stage = Stage::new(|checks, _, _| {
        checks.add("hangs", false, move || {
            counted.fetch_add(1, Ordering::SeqCst);
            pending()
        });
    });
    let begun = Instant::now();
    let reports = futures_util::future::join_all((0..50).map(|_| stage.health.report())).await;
    assert!(begun.elapsed() <= DEADLINE + Duration::from_millis(5), "{:?}", begun.elapsed());
    assert!(reports.iter().all(|report| found(report, "hangs").1 == "no answer within 1s"));
    assert_eq!(looked.load(Ordering::SeqCst), 1);

    stage.hand.advance(FRESH);
    stage.health.report().await;
    assert_eq!(looked.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_configuration_that_was_never_read_degrades_and_the_age_of_a_finding_is_told() {
    let stage = Stage::new(|checks, store, clock| {
        checks.configuration(&Configuration::new(order_api::SERVICE, store, clock));
    });
    let report = stage.health.report().await;
    let (status, message) = found(&report, "configuration");
    assert_eq!((report.status, status), (Status::Degraded, Status::Degraded));
    assert!(message.contains("defaults are in force"), "{message}");
    assert_eq!(stage.ready().await.0, StatusCode::OK);
    stage.hand.advance(Duration::from_millis(700));
    assert!(stage.health.report().await.checks.iter().all(|check| check.age_ms == 700));
}

#[tokio::test]
async fn an_open_incident_degrades_until_it_is_closed_and_what_waits_is_counted() {
    let stage = Stage::new(|_, _, _| {});
    let at = stage.clock.now();
    let unit = move |tx: &mut payment_services::kit::store::Tx<'_>| {
        let event = "INSERT INTO outbox(id, event_id, aggregate, version, topic, kind, payload, created_at)
            VALUES(1, 'e', 'a', 1, 't', 'k', '{}', $1)";
        tx.execute(event, args![at])?;
        let saga =
            "INSERT INTO saga(id, kind, business_key, state, input, position, version, owner, due_at, created_at)
            VALUES('s', 'k', 'b', 'running', '{}', 0, 1, 'o', $1, $1)";
        tx.execute(saga, args![at])?;
        incident::open(tx, "P-1", "LATE_SUCCESS", "paid after it had failed", at)
    };
    stage.store.write(unit).await.unwrap();
    let report = stage.health.report().await;
    let (status, message) = found(&report, "incidents");
    assert_eq!((report.status, status), (Status::Degraded, Status::Degraded));
    assert!(message.starts_with("1 open"), "{message}");
    let (_, metrics) = stage.get("/metrics").await;
    for line in [
        "incidents_open{service=\"s-service\"} 1",
        "outbox_unpublished{service=\"s-service\"} 1",
        "sagas_open{service=\"s-service\",state=\"running\"} 1",
        "bus_ready{service=\"s-service\"} 1",
    ] {
        assert!(metrics.lines().any(|found| found == line), "{line} is not in\n{metrics}");
    }
    assert!(metrics.contains("store_durable_seconds_total{service=\"s-service\"} "), "{metrics}");
    assert!(!metrics.contains("dead_letters"), "the store has no inbox");

    stage.store.write(move |tx| incident::close(tx, "P-1", "LATE_SUCCESS", "paid back", at)).await.unwrap();
    stage.hand.advance(FRESH);
    assert_eq!(stage.health.report().await.status, Status::Ok);
}

#[tokio::test]
async fn a_drain_is_told_before_anything_else() {
    let stage = Stage::new(|_, _, _| {});
    assert_eq!(stage.ready().await.0, StatusCode::OK);
    stage.drain.begin();
    let (status, body) = stage.ready().await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(body["reason"].as_str().unwrap().starts_with("draining"), "{body}");
    assert_eq!(stage.get("/health/live").await.0, StatusCode::OK);
}
