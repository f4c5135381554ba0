//! A service that is nothing but its metrics.

use axum::{Router, body::Body};
use http::{Request, StatusCode, header};
use payment_clients::platform::Platform;
use payment_services::kit::{
    app,
    bus::Bus,
    clock::Clock,
    health::{Checks, Health},
    incident,
    metrics::{Metrics, Scrape},
    store::Store,
    tasks::{Stop, shutdown},
};
use tower::ServiceExt;

pub struct Stage {
    pub metrics: Metrics,
    pub router: Router,
    store: Store,
    platform: Platform,
    _drain: Stop,
    _dir: tempfile::TempDir,
}

impl Stage {
    /// A service with these routes and clients.
    pub fn new(routes: Router, platform: impl FnOnce(&Metrics) -> Platform) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let (clock, _) = Clock::manual(1_761_307_200_000);
        let store = Store::open(&dir.path().join("s.db"), "s", &[incident::TABLES]).unwrap();
        let (drain, draining) = shutdown();
        let health = Health::new("s-service", Checks::default(), &store, &Bus::Embedded, &clock, draining);
        let metrics = Metrics::new("s-service");
        let platform = platform(&metrics);
        let mut stage = Self { metrics, router: Router::new(), store, platform, _drain: drain, _dir: dir };
        stage.router = app::with_system_routes("s-service", routes, &health, stage.scrape());
        stage
    }

    pub fn scrape(&self) -> Scrape {
        let (metrics, platform, store) = (self.metrics.clone(), self.platform.clone(), self.store.clone());
        Scrape { metrics, platform, store, bus: Bus::Embedded, configuration: None }
    }

    pub async fn send(&self, request: Request<Body>) -> StatusCode {
        self.router.clone().oneshot(request).await.unwrap().status()
    }

    /// Type and text of the metrics for who accepts this.
    pub async fn metrics(&self, accept: &str) -> (String, String) {
        let request = Request::get("/metrics").header(header::ACCEPT, accept).body(Body::empty()).unwrap();
        let answer = self.router.clone().oneshot(request).await.unwrap();
        let content_type = answer.headers()[header::CONTENT_TYPE].to_str().unwrap().to_owned();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 24).await.unwrap();
        (content_type, String::from_utf8(body.to_vec()).unwrap())
    }

    pub async fn text(&self) -> String {
        self.metrics("*/*").await.1
    }
}

/// The value of the first sample of this name that has all these labels.
#[track_caller]
pub fn value(text: &str, name: &str, labels: &[&str]) -> String {
    let is_it =
        |line: &&str| line.split(['{', ' ']).next() == Some(name) && labels.iter().all(|label| line.contains(label));
    let line = text.lines().find(is_it).unwrap_or_else(|| panic!("no {name} {labels:?} in\n{text}"));
    line.rsplit_once(' ').unwrap().1.to_owned()
}

/// How many samples have this name.
pub fn count(text: &str, name: &str) -> usize {
    text.lines().filter(|line| line.split(['{', ' ']).next() == Some(name)).count()
}
