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
/// Names one request through all services; echoed in the answer.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// W3C trace context.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// W3C vendor state, handed on unread.
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");
/// W3C baggage, handed on unread.
pub const BAGGAGE: HeaderName = HeaderName::from_static("baggage");

/// Reads `x-nack`; an unknown word counts as silence.
pub fn nack(headers: &HeaderMap) -> Option<Nack> {
    match headers.get(NACK)?.as_bytes() {
        b"final" => Some(Nack::Final),
        b"retry" => Some(Nack::Retry),
        _ => None,
    }
}

/// Reads `Retry-After` as seconds, the only form that needs no calendar; a date is ignored.
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u32 = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.into()))
}
