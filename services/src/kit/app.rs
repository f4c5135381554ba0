//! What every service serves beside its operations: whether it lives, what it can do, its metrics, and its document.

use std::{future::Future, io, net::SocketAddr};

use axum::{
    Json, Router,
    extract::Path,
    response::{IntoResponse, Response},
    routing::get,
    serve::ListenerExt,
};
use http::{HeaderMap, StatusCode};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::{
    health::{Health, Status},
    metrics::Scrape,
};
use crate::documents;

/// A service's own routes with the system routes around them; what is asked of all of them is recorded.
pub fn with_system_routes(service: &'static str, routes: Router, health: &Health, scrape: Scrape) -> Router {
    let [live, ready, report] = [(); 3].map(|()| health.clone());
    let metrics = scrape.metrics.clone();
    let swagger = async move |Path(file): Path<String>| document(service, &file);
    let routes = routes
        .route("/health", get(async move || self::report(&report).await))
        .route("/health/live", get(async move || Json(live.live())))
        .route("/health/ready", get(async move || self::ready(&ready).await))
        .route("/metrics", get(async move |headers: HeaderMap| scrape.answer(&headers).await))
        .route("/swagger/{*file}", get(swagger));
    metrics.around(routes)
}

/// Everything that the checks found. Degraded is no failure: the service works.
async fn report(health: &Health) -> Response {
    let report = health.report().await;
    let works = report.status != Status::Unhealthy;
    (if works { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE }, Json(report)).into_response()
}

/// Whether to send calls here; anything but 200 sends them elsewhere.
async fn ready(health: &Health) -> Response {
    let timestamp = health.timestamp();
    match health.refusal().await {
        None => Json(json!({ "status": "ready", "timestamp": timestamp })).into_response(),
        Some(reason) => {
            let body = json!({ "status": "not_ready", "reason": reason, "timestamp": timestamp });
            (StatusCode::SERVICE_UNAVAILABLE, Json(body)).into_response()
        }
    }
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
