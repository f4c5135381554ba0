//! The limits before a service's routes, and what the client makes of them.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use axum::{
    Router,
    body::Body,
    extract::Request,
    middleware::map_response,
    response::Response,
    routing::{get, post},
};
use futures_util::future::join_all;
use http::StatusCode;
use payment_clients::{
    apis::{
        config_service::{ServiceConfig, ServiceConfigApi, service_config_api},
        ids::ServiceName,
    },
    contract::error::ErrorKind,
    mock,
    platform::ConfigClient,
    prelude::*,
    server::Principal,
};
use payment_services::kit::{configuration::Configuration, limits};
use serde_json::{Value, json};
use tokio::sync::Notify;
use tower::ServiceExt;

use crate::stage::{Script, Stage};

/// A configuration with these limits.
async fn limited(stage: &Stage, limits: &Value) -> Configuration {
    let configuration = stage.configuration();
    set(&configuration, 1, limits).await;
    configuration
}

async fn set(configuration: &Configuration, version: i64, limits: &Value) {
    let script = Script::default();
    script.say(version, &[("api_rate_limits", limits.clone())]);
    let source: Arc<dyn ServiceConfigApi> = Arc::new(script);
    configuration.refresh(&source).await.unwrap();
}

/// Limits by which each merchant may ask so often a second, and save up so much.
fn per_second(per_second: u32, burst: u32) -> Value {
    let bucket = json!({"per_second": per_second, "burst": burst});
    json!({"default": {"read": bucket, "write": bucket}})
}

async fn ask(routes: &Router, method: &str, who: Option<&str>) -> Response {
    let mut request = Request::builder().method(method).uri("/").body(Body::empty()).unwrap();
    if let Some(who) = who {
        request.extensions_mut().insert(Principal(who.to_owned()));
    }
    routes.clone().oneshot(request).await.unwrap()
}

async fn passed(routes: &Router, method: &str, who: Option<&str>, times: usize) -> usize {
    let answers = join_all((0..times).map(|_| ask(routes, method, who))).await;
    answers.iter().filter(|answer| answer.status() == StatusCode::OK).count()
}

#[tokio::test(start_paused = true)]
async fn a_merchant_has_a_bucket_for_reading_and_one_for_the_rest() {
    let stage = Stage::open();
    let configuration = limited(&stage, &per_second(2, 1)).await;
    let routes = Router::new().route("/", get(async || "read").post(async || "written"));
    let routes = limits::around(routes, &configuration);
    let (one, other) = (Some("merchant:1"), Some("merchant:2"));
    assert_eq!(passed(&routes, "POST", one, 10).await, 3);
    assert_eq!(passed(&routes, "GET", one, 10).await, 3);
    assert_eq!(passed(&routes, "POST", other, 10).await, 3);
    assert_eq!(passed(&routes, "POST", Some("service:risk-service"), 10).await, 10);
    assert_eq!(passed(&routes, "POST", None, 10).await, 10);

    let refusal = ask(&routes, "POST", one).await;
    assert_eq!(refusal.status(), StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refusal.headers()["retry-after"], "1");
    assert_eq!(refusal.headers()["x-nack"], "retry");
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(passed(&routes, "POST", one, 10).await, 2, "what a second brings");
    set(&configuration, 2, &per_second(4, 0)).await;
    assert_eq!(passed(&routes, "POST", one, 10).await, 4, "other limits are other buckets");
}

/// Answers once it is let go, so that whoever comes meanwhile finds no room.
#[derive(Clone, Default)]
struct Busy {
    entered: Arc<Notify>,
    let_go: Arc<Notify>,
}

#[async_trait]
impl ServiceConfigApi for Busy {
    async fn get_service_config(
        &self,
        service: &ServiceName,
        _: Option<&str>,
        _: Option<&str>,
    ) -> Result<Option<ServiceConfig>> {
        if service.as_str() == "slow" {
            self.entered.notify_one();
            self.let_go.notified().await;
        }
        Ok(None)
    }
}

#[tokio::test(start_paused = true)]
async fn who_finds_no_room_is_told_that_nothing_began_and_comes_again() {
    let stage = Stage::open();
    let configuration = limited(&stage, &json!({"concurrency": 1})).await;
    let busy = Busy::default();
    let routes = service_config_api::router(busy.clone());
    let shed = Arc::new(AtomicU32::new(0));
    let (turned_away, letting_go) = (Arc::clone(&shed), Arc::clone(&busy.let_go));
    // The first that is turned away lets the one inside go, so that the next finds room.
    let watch = move |response: Response| {
        if response.status() == StatusCode::SERVICE_UNAVAILABLE {
            assert_eq!(response.headers()["x-nack"], "retry");
            assert!(!response.headers().contains_key("retry-after"), "another instance may have room at once");
            turned_away.fetch_add(1, Ordering::SeqCst);
            letting_go.notify_one();
        }
        std::future::ready(response)
    };
    let routes = limits::around(routes, &configuration).layer(map_response(watch));
    let client: ConfigClient = mock::client(routes).unwrap();
    let client = client.with(CallOptions::new().fresh());
    let (slow, quick) = ("slow".into(), "quick".into());
    let known = Some("\"v1\"");
    let (first, second) = tokio::join!(client.get_service_config(&slow, None, known), async {
        busy.entered.notified().await;
        client.get_service_config(&quick, None, known).await
    });
    assert_eq!((first.unwrap(), second.unwrap()), (None, None));
    assert_eq!(shed.load(Ordering::SeqCst), 1, "turned away once, and let in at the next attempt");
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_after_no_room_may_go_elsewhere() {
    let stage = Stage::open();
    let configuration = limited(&stage, &json!({"concurrency": 1})).await;
    let busy = Busy::default();
    let routes = service_config_api::router(busy.clone());
    let client: ConfigClient = mock::client(limits::around(routes, &configuration)).unwrap();
    let inside = client.clone();
    let inside = tokio::spawn(async move { inside.get_service_config(&"slow".into(), None, None).await });
    busy.entered.notified().await;
    let once = client.with(CallOptions::new().fresh().max_attempts(1));
    let error = once.get_service_config(&"quick".into(), None, None).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Unavailable, Some("OVERLOADED")), "{error}");
    assert!(error.certainty().nothing_happened());
    inside.abort();
}

#[tokio::test(start_paused = true)]
async fn nobody_waits_longer_than_the_limit() {
    let stage = Stage::open();
    let configuration = limited(&stage, &json!({"timeout_ms": 1000})).await;
    let slow = post(async || tokio::time::sleep(Duration::from_secs(2)).await);
    let routes = limits::around(Router::new().route("/", slow), &configuration);
    let began = tokio::time::Instant::now();
    let answer = ask(&routes, "POST", None).await;
    assert_eq!((answer.status(), began.elapsed().as_secs()), (StatusCode::GATEWAY_TIMEOUT, 1));
    assert!(!answer.headers().contains_key("x-nack"), "the work may go on");
}
