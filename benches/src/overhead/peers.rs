//! The clients that are compared. Each does what a careful user of it would write: connections are kept, the envelope is
//! decoded, a write carries an idempotency key. Where a peer offers retries, timeouts or tracing, they are on.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request, header::CONTENT_TYPE};
use http_body_util::{BodyExt, Full};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use reqwest_retry::{RetryTransientMiddleware, policies::ExponentialBackoff};
use reqwest_tracing::TracingMiddleware;
use tower::{BoxError, Service, ServiceExt};
use tower_resilience::{
    bulkhead::BulkheadLayer, circuitbreaker::CircuitBreakerLayer, retry::RetryLayer, timelimiter::TimeLimiterLayer,
};

use super::{
    Outcome,
    api::{BenchApi, BenchClient, ID, NewThing, Thing, Wrapped},
};

/// A client under comparison.
pub trait Contender {
    /// Reads a thing.
    async fn read(&self) -> Outcome<Thing>;
    /// Creates a thing, under a key of its own.
    async fn create(&self) -> Outcome<Thing>;
}

/// A key that differs with each call. Cheaper than ours, which comes from the operating system.
fn key() -> String {
    static NEXT: AtomicU64 = AtomicU64::new(0);
    format!("bench-{}", NEXT.fetch_add(1, Ordering::Relaxed))
}

fn payload(answer: &[u8]) -> Outcome<Thing> {
    Ok(serde_json::from_slice::<Wrapped>(answer)?.data)
}

/// Both calls as plain HTTP, for peers that take it.
struct Plain {
    read: String,
    create: String,
}

impl Plain {
    fn new(url: &str) -> Self {
        Self { read: format!("{url}/api/v1/things/{ID}"), create: format!("{url}/api/v1/things") }
    }

    fn read(&self) -> Outcome<Request<Bytes>> {
        Ok(Request::get(&self.read).body(Bytes::new())?)
    }

    fn create(&self) -> Outcome<Request<Bytes>> {
        let request = Request::builder().method(Method::POST).uri(&self.create);
        let request = request.header(CONTENT_TYPE, "application/json").header("idempotency-key", key());
        Ok(request.body(serde_json::to_vec(&NewThing::example())?.into())?)
    }
}

// === ours ===

impl Contender for BenchClient {
    async fn read(&self) -> Outcome<Thing> {
        Ok(self.thing(ID).await?)
    }

    async fn create(&self) -> Outcome<Thing> {
        Ok(BenchApi::create(self, &NewThing::example()).await?)
    }
}

// === hyper-util ===

/// The client below reqwest.
pub struct HyperUtil {
    client: Client<HttpConnector, Full<Bytes>>,
    plain: Plain,
}

impl HyperUtil {
    /// Calls `url`.
    pub fn new(url: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        Self { client: Client::builder(TokioExecutor::new()).build(connector), plain: Plain::new(url) }
    }

    async fn send(&self, request: Request<Bytes>) -> Outcome<Thing> {
        let answer = self.client.request(request.map(Full::new)).await?;
        payload(&answer.into_body().collect().await?.to_bytes())
    }
}

impl Contender for HyperUtil {
    async fn read(&self) -> Outcome<Thing> {
        self.send(self.plain.read()?).await
    }

    async fn create(&self) -> Outcome<Thing> {
        self.send(self.plain.create()?).await
    }
}

// === reqwest ===

fn reqwest_client() -> Outcome<reqwest::Client> {
    Ok(reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?)
}

/// Reqwest with nothing around it.
pub struct Reqwest {
    client: reqwest::Client,
    plain: Plain,
}

impl Reqwest {
    /// Calls `url`.
    pub fn new(url: &str) -> Outcome<Self> {
        Ok(Self { client: reqwest_client()?, plain: Plain::new(url) })
    }
}

impl Contender for Reqwest {
    async fn read(&self) -> Outcome<Thing> {
        let answer = self.client.get(&self.plain.read).send().await?.error_for_status()?;
        payload(&answer.bytes().await?)
    }

    async fn create(&self) -> Outcome<Thing> {
        let request = self.client.post(&self.plain.create).header(CONTENT_TYPE, "application/json");
        let request = request.header("idempotency-key", key()).body(serde_json::to_vec(&NewThing::example())?);
        payload(&request.send().await?.error_for_status()?.bytes().await?)
    }
}

/// Reqwest with the usual middlewares: retries and tracing, and nothing else.
pub struct ReqwestMiddleware {
    client: ClientWithMiddleware,
    plain: Plain,
}

impl ReqwestMiddleware {
    /// Calls `url`.
    pub fn new(url: &str) -> Outcome<Self> {
        let policy = ExponentialBackoff::builder().build_with_max_retries(2);
        let client = ClientBuilder::new(reqwest_client()?)
            .with(TracingMiddleware::default())
            .with(RetryTransientMiddleware::new_with_policy(policy))
            .build();
        Ok(Self { client, plain: Plain::new(url) })
    }
}

impl Contender for ReqwestMiddleware {
    async fn read(&self) -> Outcome<Thing> {
        let answer = self.client.get(&self.plain.read).send().await?.error_for_status()?;
        payload(&answer.bytes().await?)
    }

    async fn create(&self) -> Outcome<Thing> {
        let request = self.client.post(&self.plain.create).header(CONTENT_TYPE, "application/json");
        let request = request.header("idempotency-key", key()).body(serde_json::to_vec(&NewThing::example())?);
        payload(&request.send().await?.error_for_status()?.bytes().await?)
    }
}

// === tower-resilience ===

/// Retry, breaker, time limiter and bulkhead of tower-resilience around reqwest.
pub struct TowerResilience<S> {
    service: S,
    plain: Plain,
}

/// The stack of [`TowerResilience`], calling `url`.
pub fn tower_resilience(url: &str) -> Outcome<TowerResilience<impl Answers>> {
    let client = reqwest_client()?;
    let send = tower::service_fn(move |request: Request<Bytes>| {
        let client = client.clone();
        async move {
            let answer = client.execute(request.try_into()?).await?.error_for_status()?;
            answer.bytes().await
        }
    });
    let bulkhead = BulkheadLayer::builder().max_concurrent_calls(100).build()?;
    let limiter = TimeLimiterLayer::builder().timeout_duration(Duration::from_secs(1)).build();
    let breaker = CircuitBreakerLayer::builder().consecutive_failures(5).build()?;
    let retry = RetryLayer::builder().max_attempts(3).exponential_backoff(Duration::from_millis(50)).build();
    let service = tower::ServiceBuilder::new()
        .map_err(BoxError::from)
        .layer(retry)
        .layer(breaker)
        .layer(limiter)
        .layer(bulkhead)
        .service(send);
    Ok(TowerResilience { service, plain: Plain::new(url) })
}

/// A tower service that sends plain HTTP and answers the body.
pub trait Answers: Service<Request<Bytes>, Response = Bytes, Error = BoxError> + Clone {}
impl<S: Service<Request<Bytes>, Response = Bytes, Error = BoxError> + Clone> Answers for S {}

impl<S: Answers> Contender for TowerResilience<S> {
    async fn read(&self) -> Outcome<Thing> {
        payload(&self.service.clone().oneshot(self.plain.read()?).await?)
    }

    async fn create(&self) -> Outcome<Thing> {
        payload(&self.service.clone().oneshot(self.plain.create()?).await?)
    }
}
