//! What is seen of services over sockets: those that run, one that is away, one that is slow, one that says too much.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Json, Router, response::IntoResponse, routing::get};
use http::StatusCode;
use payment_services::{
    kit::{clock::Clock, store::Stores},
    platform::{Bound, Ports, Setup, Urls},
    registry::Name,
    watch::{
        DEADLINE, MOST, Watch,
        picture::{Picture, Service, Status},
    },
};
use serde_json::json;
use tokio::net::TcpListener;

/// A service that tells what the test says.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<String>>);

impl Told {
    fn says(&self, text: impl Into<String>) {
        *self.0.lock().unwrap() = text.into();
    }

    async fn serve(&self, status: &'static str) -> String {
        let told = self.clone();
        let metrics = get(async move || told.0.lock().unwrap().clone());
        let code = if status == "unhealthy" { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::OK };
        let health = get(async move || (code, Json(json!({ "status": status }))).into_response());
        serve(Router::new().route("/metrics", metrics).route("/health", health)).await
    }
}

async fn serve(router: Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

fn of(picture: &Picture, name: Name) -> &Service {
    picture.services.iter().find(|service| service.name == name.service().name).unwrap()
}

#[tokio::test]
async fn each_service_is_seen_by_its_own_word() {
    let (order, risk) = (Told::default(), Told::default());
    order.says("sagas_open{state=\"running\"} 2\nincidents_open 1\n");
    risk.says("what is this");
    // Nobody listens there any more.
    let away = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let urls = Urls::from([
        (Name::Order, order.serve("degraded").await),
        (Name::Risk, risk.serve("unhealthy").await),
        (Name::Kyc, format!("http://{away}")),
    ]);
    let picture = Watch::new(&urls).unwrap().look().await;

    let order = of(&picture, Name::Order);
    assert_eq!((order.up, order.status, &order.note), (true, Status::Degraded, &None));
    assert_eq!((order.sagas_open, order.incidents, order.unpublished), (2, Some(1), None));
    let risk = of(&picture, Name::Risk);
    assert_eq!((risk.up, risk.status), (true, Status::Unhealthy));
    let note = risk.note.as_deref().unwrap();
    assert!(note.contains("/metrics cannot be read: line 1"), "{note}");
    let kyc = of(&picture, Name::Kyc);
    assert_eq!((kyc.up, kyc.status), (false, Status::Down));
    assert!(kyc.note.is_some());
}

#[tokio::test]
async fn a_second_look_tells_what_has_happened_since_the_first() {
    let order = Told::default();
    let calls = |count: u64| {
        format!(
            "http_server_request_duration_seconds_bucket{{le=\"0.01\"}} {count}\n\
             http_server_request_duration_seconds_bucket{{le=\"+Inf\"}} {count}\n\
             http_server_request_duration_seconds_count {count}\n"
        )
    };
    order.says(calls(1000));
    let mut watch = Watch::new(&Urls::from([(Name::Order, order.serve("ok").await)])).unwrap();
    let first = watch.look().await;
    assert_eq!((of(&first, Name::Order).per_second_milli, of(&first, Name::Order).p50_us), (0, None));
    order.says(calls(1500));
    let second = watch.look().await;
    let seen = of(&second, Name::Order);
    assert!(seen.per_second_milli > 0 && seen.p50_us == Some(5000), "{seen:?}");
    assert!(second.at_ms >= first.at_ms);
    // Started anew, and as busy as before.
    order.says(calls(500));
    let third = watch.look().await;
    assert!(of(&third, Name::Order).per_second_milli > 0);
}

#[tokio::test]
async fn a_service_that_says_nothing_or_too_much_keeps_nobody_waiting() {
    let silent = serve(Router::new().fallback(pending::<()>)).await;
    let endless = "a 1\n".repeat(MOST / 4 + 1);
    let loud = Router::new()
        .route("/health", get(async || Json(json!({ "status": "ok" }))))
        .route("/metrics", get(async move || endless));
    let urls = Urls::from([(Name::Order, silent), (Name::Risk, serve(loud).await)]);
    let mut watch = Watch::new(&urls).unwrap();
    let picture = tokio::time::timeout(2 * DEADLINE, watch.look()).await.expect("a look has a bound");
    assert_eq!(of(&picture, Name::Order).status, Status::Down);
    let loud = of(&picture, Name::Risk);
    assert_eq!((loud.status, loud.up), (Status::Ok, true));
    assert!(loud.note.as_deref().unwrap().contains("/metrics"), "{loud:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_platform_that_runs_is_seen_whole_and_what_it_tells_is_of_the_format() {
    let folder = tempfile::tempdir().unwrap();
    let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
    let mut watch = Watch::new(&bound.urls().unwrap()).unwrap();
    let running =
        bound.start(&Setup::new(folder.path(), Stores::folder(folder.path()), Clock::system())).await.unwrap();
    let look = async {
        loop {
            let picture = watch.look().await;
            if picture.services.iter().all(|service| service.status == Status::Ok) {
                return picture;
            }
        }
    };
    let picture = tokio::time::timeout(Duration::from_secs(60), look).await.expect("all are well in the end");
    assert_eq!(picture.services.len(), Name::ALL.len());
    for service in &picture.services {
        assert_eq!(service.note, None, "{}", service.name);
    }
    running.stop().await.unwrap();
    let picture = watch.look().await;
    assert!(picture.services.iter().all(|service| service.status == Status::Down && !service.up));
}
