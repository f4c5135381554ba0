//! What stands before a service's routes: how much one merchant may ask, how much all may ask at once, how long anybody
//! waits. The layers are tower-resilience's; here they are keyed, follow the configuration, and say no in the words that
//! clients understand.
//!
//! | refused | answer | proves |
//! |---|---|---|
//! | a merchant's bucket is empty | 429, `Retry-After`, `x-nack: retry` | nothing was begun, no key was claimed |
//! | too many requests at once | 503, `x-nack: retry` | the same; another instance may have room at once |
//! | the answer takes too long | 504 | nothing: the work goes on, a repeat with the same key hears its answer |
//! | the body passes 256 KiB | 413, by the routes themselves | it was refused |
//!
//! Who calls is the [`Principal`] that the layer around this one has authenticated, and whose the buckets are says the
//! [`Quotas`] beside it; without any they are this instance's own. Services have no bucket; they count among all.

mod quotas;
#[cfg(feature = "redis")]
pub mod shared;

use std::{
    convert::Infallible,
    num::NonZeroU32,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use axum::{
    Router,
    extract::{Request, State},
    middleware::{Next, from_fn_with_state},
    response::Response,
};
use http::Method;
use moka::sync::Cache;
use payment_clients::{
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Nack, Result},
    },
    server::{self, Principal},
};
use tower::{Layer, ServiceExt, service_fn};
use tower_resilience::{
    bulkhead::{BulkheadLayer, BulkheadServiceError},
    ratelimiter::{RateLimiterLayer, RateLimiterServiceError},
};

pub use quotas::Quotas;

use super::configuration::{Bucket, Class, Configuration};

/// Merchants whose buckets are remembered; whoever is forgotten begins with a full one.
const REMEMBERED: u64 = 20_000;
/// When an empty bucket has a token again: each gets one a second or more.
const COME_BACK: Duration = Duration::from_secs(1);

/// A merchant's bucket, by the size it has: another size is another bucket.
type Key = (String, Class, Bucket);
/// What the layers make of a request.
type Answer = Result<Response, RateLimiterServiceError<BulkheadServiceError<Infallible>>>;

struct Limits {
    configuration: Configuration,
    buckets: Cache<Key, RateLimiterLayer>,
    gate: Mutex<Option<(NonZeroU32, BulkheadLayer)>>,
}

/// Lays the limits of a configuration around a service's routes.
pub fn around(routes: Router, configuration: &Configuration) -> Router {
    let (configuration, buckets) = (configuration.clone(), Cache::new(REMEMBERED));
    let limits = Limits { configuration, buckets, gate: Mutex::default() };
    routes.layer(from_fn_with_state(Arc::new(limits), admit))
}

async fn admit(State(limits): State<Arc<Limits>>, request: Request, next: Next) -> Response {
    let headers = request.headers().clone();
    limits.serve(request, next).await.unwrap_or_else(|refusal| server::refuse(&headers, &refusal))
}

// === impl Limits ===

impl Limits {
    async fn serve(&self, request: Request, next: Next) -> Result<Response> {
        let values = self.configuration.current();
        let limits = &values.rate_limits;
        let class = if matches!(*request.method(), Method::GET | Method::HEAD) { Class::Read } else { Class::Write };
        let merchant = request.extensions().get::<Principal>().and_then(|caller| caller.0.strip_prefix("merchant:"));
        let key = merchant.map(|merchant| (merchant.to_owned(), class, limits.of(merchant, class)));
        let quotas = request.extensions().get::<Quotas>().cloned().unwrap_or_default();
        let served = service_fn(move |request| {
            let next = next.clone();
            async move { Ok::<_, Infallible>(next.run(request).await) }
        });
        let gated = self.gate(limits.concurrency)?.layer(served);
        let answer = async {
            let bucket = match key {
                Some(key) => self.own_bucket(&quotas, key).await?,
                None => None,
            };
            let answer: Answer = match bucket {
                Some(bucket) => bucket.layer(gated).oneshot(request).await,
                None => gated.oneshot(request).await.map_err(RateLimiterServiceError::Inner),
            };
            answer.map_err(|refused| match refused {
                RateLimiterServiceError::RateLimited => too_many(class),
                RateLimiterServiceError::Inner(_) => crowded(limits.concurrency),
            })
        };
        let longest = Duration::from_millis(limits.timeout_ms.get().into());
        tokio::time::timeout(longest, answer).await.map_err(|_| too_slow(longest))?
    }

    /// The bucket of this instance that decides; none where the one of all instances has.
    async fn own_bucket(&self, quotas: &Quotas, key: Key) -> Result<Option<RateLimiterLayer>> {
        match quotas.admits(self.configuration.service(), &key).await {
            Some(true) => Ok(None),
            Some(false) => Err(too_many(key.1)),
            None => self.bucket(key).map(Some),
        }
    }

    /// The bucket of a merchant, shared by all requests of a class.
    fn bucket(&self, key: Key) -> Result<RateLimiterLayer> {
        let bucket = key.2;
        let made = self.buckets.try_get_with(key, || {
            let layer = RateLimiterLayer::builder()
                .limit_for_period(wide(bucket.per_second.get()))
                .burst_size(wide(bucket.burst))
                .refresh_period(Duration::from_secs(1))
                .timeout_duration(Duration::ZERO);
            // With its handle, so that all services that the layer makes share one bucket.
            layer.build_with_handle().map(|(layer, _)| layer)
        });
        made.map_err(Error::internal)
    }

    /// What counts the requests at once. When the number changes, those under way are not counted again.
    fn gate(&self, most: NonZeroU32) -> Result<BulkheadLayer> {
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((known, layer)) = &*gate
            && *known == most
        {
            return Ok(layer.clone());
        }
        let layer = BulkheadLayer::builder().max_concurrent_calls(wide(most.get())).reject_when_full();
        let (layer, _) = layer.build_with_handle().map_err(Error::internal)?;
        *gate = Some((most, layer.clone()));
        Ok(layer)
    }
}

const fn word(class: Class) -> &'static str {
    match class {
        Class::Read => "reading",
        Class::Write => "writing",
    }
}

fn wide(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

// === refusals ===

fn too_many(class: Class) -> Error {
    let word = word(class);
    let message = format!("too many {word} requests of this merchant; nothing was begun, repeat it in a second");
    Error::new(ErrorKind::RateLimited, Certainty::NotProcessed, message)
        .with_code("RATE_LIMITED")
        .with_retry_after(COME_BACK)
        .with_nack(Nack::Retry)
}

/// Without a time to come back: another instance may have room at once.
fn crowded(most: NonZeroU32) -> Error {
    let message = format!("this instance serves {most} requests already; nothing was begun, repeat it elsewhere");
    Error::new(ErrorKind::Unavailable, Certainty::NotProcessed, message).with_code("OVERLOADED").with_nack(Nack::Retry)
}

fn too_slow(longest: Duration) -> Error {
    let millis = longest.as_millis();
    let message = format!(
        "no answer within {millis} ms, and the work may go on; ask what became of it, or repeat it with its key"
    );
    Error::new(ErrorKind::Gateway, Certainty::PossiblyProcessed, message).with_code("REQUEST_TIMEOUT")
}
