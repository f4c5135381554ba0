//! Every header that the platform adds to a call, named once.

use std::time::Duration;

use http::{HeaderMap, HeaderName};

use super::error::Nack;

/// One per call, the same on every attempt; see [`idempotency`](super::idempotency).
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
/// `true` on an answer that was stored by an earlier request with the same key.
pub const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// Milliseconds left until the caller stops waiting; relative, so that clocks need not agree.
pub const DEADLINE_MS: HeaderName = HeaderName::from_static("x-deadline-ms");
/// `n/max`: which attempt this is, of how many at most.
pub const ATTEMPT: HeaderName = HeaderName::from_static("x-attempt");
/// Tier of the call: `critical`, `standard` or `best_effort`.
pub const CRITICALITY: HeaderName = HeaderName::from_static("x-criticality");
/// On a refusal: the server did not begin. `retry` may be tried again, `final` must not.
pub const NACK: HeaderName = HeaderName::from_static("x-nack");
/// `none`, on a request: an attempt in front of this one has already failed, so whoever serves it must not repeat its own
/// calls. `none`, on an answer: a service further on has already been asked again. Either way one hop retries, not all.
pub const RETRY_BUDGET: HeaderName = HeaderName::from_static("x-retry-budget");
/// Names one request through all services; echoed in the answer.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// W3C trace context.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// W3C vendor state. Named only: nothing here reads it or hands it on yet.
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
/// W3C baggage. Named only: nothing here reads it or hands it on yet.
pub const BAGGAGE: HeaderName = HeaderName::from_static("baggage");

/// What is left of a quota.
const RATE_LIMIT: HeaderName = HeaderName::from_static("ratelimit");

impl Nack {
    /// The word of `x-nack`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Final => "final",
        }
    }
}

/// Reads `x-nack`; an unknown word counts as silence.
pub fn nack(headers: &HeaderMap) -> Option<Nack> {
    match headers.get(NACK)?.as_bytes() {
        b"final" => Some(Nack::Final),
        b"retry" => Some(Nack::Retry),
        _ => None,
    }
}

/// Reads `x-retry-budget`.
pub fn is_retry_budget_spent(headers: &HeaderMap) -> bool {
    headers.get(RETRY_BUDGET).is_some_and(|value| value == "none")
}

/// Reads `RateLimit`: how long the service wants no calls, when the quota has nothing left. Both forms in use are read,
/// `limit=10, remaining=0, reset=5` and `"default";r=0;t=5`.
pub fn quota_used_up(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RATE_LIMIT)?.to_str().ok()?;
    let number = |names: [&str; 2]| {
        let mut parts = text.split([',', ';']).filter_map(|part| part.trim().split_once('='));
        parts.find(|(name, _)| names.contains(name)).and_then(|(_, value)| value.trim().parse::<u32>().ok())
    };
    (number(["remaining", "r"])? == 0).then(|| number(["reset", "t"])).flatten().map(|s| Duration::from_secs(s.into()))
}

/// What `Cache-Control` says to a cache that serves one principal at a time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheControl {
    /// `no-store`, and `no-cache`, which nobody can keep to without asking the service each time.
    pub no_store: bool,
    /// `max-age`.
    pub max_age: Option<Duration>,
    /// `must-revalidate`: an expired answer is worth nothing.
    pub must_revalidate: bool,
}

/// Reads `Cache-Control`; what it does not know does not count.
pub fn cache_control(headers: &HeaderMap) -> CacheControl {
    let mut control = CacheControl::default();
    let values = headers.get_all(http::header::CACHE_CONTROL).iter().filter_map(|value| value.to_str().ok());
    for directive in values.flat_map(|value| value.split(',')) {
        let directive = directive.trim().to_ascii_lowercase();
        match directive.split_once('=').unwrap_or((&directive, "")) {
            ("no-store" | "no-cache", _) => control.no_store = true,
            ("must-revalidate", _) => control.must_revalidate = true,
            ("max-age", seconds) => {
                control.max_age = seconds.trim_matches('"').parse().ok().map(Duration::from_secs);
            }
            _ => {}
        }
    }
    control
}

/// Reads `Retry-After` as seconds, the only form that needs no calendar; a date is ignored.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u32 = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.into()))
}
