//! Operations, and asking them.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{Router, body::Body};
use bytes::Bytes;
use http::{HeaderMap, Method, Request, StatusCode};
use payment_clients::{
    contract::{
        error::Result,
        operation::{Class, EnvelopeKind, Operation, Service, Tier},
    },
    server::{Incoming, Routes},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower::ServiceExt;

pub const SERVICE: Service = Service { name: "order-service", port: None, tier: Tier::Standard };

pub static CREATE: Operation =
    Operation::new(SERVICE, "create_order", Method::POST, "/orders").class(Class::Keyed).tier(Tier::Critical);
pub static GET: Operation = Operation::new(SERVICE, "get_order", Method::GET, "/orders/{order_no}");
pub static PAY: Operation =
    Operation::new(SERVICE, "pay_order", Method::POST, "/orders/{number}/pay").class(Class::Unsafe);
pub static PING: Operation = Operation::new(SERVICE, "ping", Method::GET, "/ping").envelope(EnvelopeKind::Bare);

#[derive(Debug, Deserialize, Serialize)]
pub struct Create {
    pub currency: String,
    pub items: Vec<Item>,
}

#[derive(Debug, Deserialize, Serialize)]
pub struct Item {
    pub unit_price: i64,
    pub quantity: u32,
}

#[derive(Debug, Deserialize)]
pub struct Filter {
    pub page: Option<u32>,
    pub status: Option<String>,
    pub currency: String,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap().to_owned()
    }

    pub fn message(&self) -> String {
        self.json()["message"].as_str().unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

pub async fn ask(router: &Router, request: Request<Body>) -> Answer {
    let (parts, body) = router.clone().oneshot(request).await.unwrap().into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
    Answer { status: parts.status, headers: parts.headers, body }
}

pub fn request(method: &str, uri: &str) -> http::request::Builder {
    Request::builder().method(method).uri(uri)
}

pub async fn get(router: &Router, uri: &str) -> Answer {
    ask(router, request("GET", uri).body(Body::empty()).unwrap()).await
}

pub async fn create(router: &Router, body: impl Into<Body>) -> Answer {
    ask(router, request("POST", "/orders").header("idempotency-key", "k1").body(body.into()).unwrap()).await
}

/// A router with one operation, whose handler does `work`.
pub fn serving<F, Fut, T>(operation: &'static Operation, work: F) -> Router
where
    F: Fn(Incoming) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = Result<T>> + Send + 'static,
    T: Serialize + Send + 'static,
{
    Routes::new(()).route(operation, move |_, incoming| work(incoming)).into_router()
}

/// A router for `CREATE` that counts how often its handler ran.
pub fn counting() -> (Router, Arc<AtomicUsize>) {
    let runs = Arc::new(AtomicUsize::new(0));
    let counted = runs.clone();
    let router = serving(&CREATE, move |incoming| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move { incoming.json::<Create>().map(drop) }
    });
    (router, runs)
}

pub const ORDER: &str = r#"{"currency":"EUR","items":[{"unit_price":1999,"quantity":1}]}"#;
