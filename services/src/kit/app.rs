//! What every service serves beside its operations: whether it lives, what it can do, and its document.

use std::{future::Future, io, net::SocketAddr};

use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
    serve::ListenerExt,
};
use http::StatusCode;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{clock::Clock, store::Store};
use crate::documents;

/// A service's own routes with the system routes around them.
pub fn with_system_routes(service: &'static str, routes: Router, store: &Store, clock: &Clock) -> Router {
    let health = {
        let (store, clock) = (store.clone(), clock.clone());
        move || health(service, store.clone(), clock.clone())
    };
    let live = {
        let clock = clock.clone();
        async move || Json(json!({ "status": "alive", "timestamp": clock.timestamp() }))
    };
    let metrics = {
        let store = store.clone();
        async move || metrics(service, &store)
    };
    let swagger = async move |Path(file): Path<String>| document(service, &file);
    routes
        .route("/health", get(health.clone()))
        .route("/health/live", get(live))
        .route("/health/ready", get(health))
        .route("/metrics", get(metrics))
        .route("/swagger/{*file}", get(swagger))
}

/// Healthy when the store answers; anything else would send traffic to a service that can only refuse it.
async fn health(service: &'static str, store: Store, clock: Clock) -> Response {
    let answered = store.read(|view| view.one("SELECT 1", &[], |row| row.get::<i64>(0))).await;
    let (status, word) = match answered {
        Ok(_) => (StatusCode::OK, "ok"),
        Err(error) => {
            tracing::warn!(service, %error, "the store does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, "unhealthy")
        }
    };
    let body = json!({ "status": word, "service": service, "time": clock.now().div_euclid(1000) });
    (status, Json(body)).into_response()
}

/// What the store has done, in Prometheus' text format.
fn metrics(service: &str, store: &Store) -> String {
    let stats = store.stats();
    let counter = |name: &str, help: &str, value: u64| {
        format!("# HELP {name} {help}\n# TYPE {name} counter\n{name}{{service=\"{service}\"}} {value}\n")
    };
    counter("store_units_total", "Units of work that were run.", stats.units)
        + &counter("store_units_failed_total", "Units of work that were undone.", stats.failed)
        + &counter("store_commits_total", "Commits that carried them.", stats.commits)
}

/// The service's OpenAPI document.
fn document(service: &str, file: &str) -> Response {
    let found: Option<Value> = (file == "doc.json").then(|| documents::of(service)).flatten();
    match found {
        Some(document) => Json(document).into_response(),
        None => (StatusCode::NOT_FOUND, "only doc.json is here\n").into_response(),
    }
}

/// Serves until `shutdown`, and then finishes what is in flight.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    listener: TcpListener,
    router: Router,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    // Answers are small and waited for: sent at once, not collected.
    let listener = listener.tap_io(|socket| {
        if let Err(error) = socket.set_nodelay(true) {
            tracing::debug!(%error, "a socket stays without nodelay");
        }
    });
    // Who fails to prove an identity is counted by address.
    let service = router.into_make_service_with_connect_info::<SocketAddr>();
    axum::serve(listener, service).with_graceful_shutdown(shutdown).await
}
