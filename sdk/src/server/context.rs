//! Headers → the context of the call, and the span in which it is served.

use std::{sync::LazyLock, time::Instant};

use http::{HeaderMap, HeaderValue};
use tracing::{
    Level, Span,
    field::{Empty, display},
};
use uuid::{Builder, fmt::Hyphenated};

use crate::contract::{
    certainty::Certainty,
    context::CallContext,
    deadline::Deadline,
    error::{Error, ErrorKind, Nack, Result, code},
    headers,
    idempotency::IdempotencyKey,
    operation::{Class, Operation, Tier},
    secret::Secret,
    trace::TraceContext,
};
use crate::{
    observe::propagate,
    seams::{Clock, Rng},
};

/// Names requests and spans. Nothing secret is made of it, so a machine without randomness can still serve.
static RNG: LazyLock<Rng> = LazyLock::new(|| Rng::system().unwrap_or_else(|_| Rng::seeded(0)));
static CLOCK: LazyLock<Clock> = LazyLock::new(Clock::system);

/// Who calls. A layer that authenticates puts it among the request's extensions; the context takes it from there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal(pub String);

/// For whom the [`Principal`] acts, where it is not for itself. It comes the same way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnBehalfOf(pub String);

/// A secret that keys the fingerprints of a router's requests, so that what keeps them tells nobody what was asked. A
/// layer puts it among the extensions: `router.layer(axum::Extension(key))`. Without it they are plain hashes.
#[derive(Clone, Debug)]
pub struct FingerprintKey(pub Secret<String>);

/// What every request has, refused or not.
pub(super) struct Arrival {
    pub(super) request_id: HeaderValue,
    parent: Option<TraceContext>,
}

// === impl Arrival ===

impl Arrival {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let parent = headers.get(headers::TRACEPARENT).and_then(|value| TraceContext::parse(value.to_str().ok()?));
        Self { request_id: request_id(headers), parent }
    }

    /// Opens the server span, below the caller's span, and tells which trace calls made inside belong to: the
    /// caller's, or a new one for a request that comes from outside.
    pub(super) fn span(&self, operation: &'static Operation) -> (Span, TraceContext) {
        macro_rules! span {
            ($level:expr) => {
                tracing::span!(
                    $level,
                    "serve",
                    otel.name = %format_args!("{} {}", operation.method, operation.path),
                    otel.kind = "server",
                    otel.status_code = Empty,
                    http.request.method = operation.method.as_str(),
                    http.route = operation.path,
                    http.response.status_code = Empty,
                    "error.type" = Empty,
                    service = operation.service.name,
                    operation = operation.name,
                    request_id = text(&self.request_id),
                    trace_id = Empty,
                    span_id = Empty,
                    parent_span_id = Empty,
                    code = Empty,
                    payment.merchant_id = Empty,
                    payment.amount_minor = Empty,
                    payment.currency = Empty,
                )
            };
        }
        // As on the other end: waiting for news is no work.
        let open = || if operation.long_poll { span!(Level::DEBUG) } else { span!(Level::INFO) };
        let span = propagate::heeding(self.parent, open);
        let trace = propagate::join(&span, self.parent).unwrap_or_else(|| self.child());
        span.record("trace_id", display(format_args!("{:032x}", trace.trace_id)));
        span.record("span_id", display(format_args!("{:016x}", trace.span_id)));
        if let Some(parent) = self.parent {
            span.record("parent_span_id", display(format_args!("{:016x}", parent.span_id)));
        }
        (span, trace)
    }

    fn child(&self) -> TraceContext {
        let parent =
            self.parent.unwrap_or_else(|| TraceContext { trace_id: bits().max(1), span_id: 1, sampled: false });
        parent.child(RNG.bits())
    }
}

pub(super) fn now() -> Instant {
    CLOCK.now()
}

fn bits() -> u128 {
    (u128::from(RNG.bits()) << 64) | u128::from(RNG.bits())
}

/// The request's id: the caller's, if it can stand in a log and in JSON as it is, else a new one.
pub(super) fn request_id(headers: &HeaderMap) -> HeaderValue {
    const LONGEST: usize = 128;
    let given = headers.get(headers::REQUEST_ID);
    let usable = given.filter(|id| (1..=LONGEST).contains(&id.len()) && id.as_bytes().iter().all(u8::is_ascii_graphic));
    usable.cloned().unwrap_or_else(|| {
        let mut buffer = [0; Hyphenated::LENGTH];
        let id = Builder::from_random_bytes(bits().to_be_bytes()).into_uuid();
        HeaderValue::from_str(id.hyphenated().encode_lower(&mut buffer)).unwrap_or(HeaderValue::from_static("none"))
    })
}

/// The text of a request id.
pub(super) fn text(request_id: &HeaderValue) -> &str {
    request_id.to_str().unwrap_or_default()
}

/// Reads what travels beside the body, and refuses what cannot be served: see the order in the module's head.
pub(super) fn context(operation: &'static Operation, headers: &HeaderMap, now: Instant) -> Result<CallContext> {
    let deadline = headers.get(headers::DEADLINE_MS).map(|value| Deadline::from_header(value, now)).transpose();
    let deadline = deadline.map_err(malformed)?;
    refuse_if_passed(deadline, now)?;
    let key = headers.get(headers::IDEMPOTENCY_KEY).map(|value| String::from_utf8_lossy(value.as_bytes()));
    let key = key.map(IdempotencyKey::new).transpose().map_err(malformed)?;
    if key.is_none() && operation.class == Class::Keyed {
        return Err(key_missing());
    }
    let attempt = attempt(headers);
    Ok(CallContext {
        operation: Some(operation),
        deadline,
        tier: Some(tier(operation, headers)),
        key,
        attempt,
        // Whoever asks a second time will ask a third: our own repeats would multiply with theirs.
        retries_spent: attempt > 1 || headers::is_retry_budget_spent(headers),
        ..CallContext::default()
    })
}

/// Refuses a call for whose answer nobody waits any more. Nothing has been done by then, and nobody need try again.
pub(super) fn refuse_if_passed(deadline: Option<Deadline>, now: Instant) -> Result<()> {
    if deadline.is_some_and(|deadline| deadline.has_passed(now)) { Err(too_late()) } else { Ok(()) }
}

pub(super) fn too_late() -> Error {
    let message = "the caller's deadline passed before the work began; nothing was done";
    Error::new(ErrorKind::Unavailable, Certainty::NotProcessed, message)
        .with_code(code::DEADLINE_EXCEEDED)
        .with_nack(Nack::Final)
}

/// A caller may ask for less than the operation's tier, never for more.
fn tier(operation: &Operation, headers: &HeaderMap) -> Tier {
    let asked = headers.get(headers::CRITICALITY).and_then(|value| value.to_str().ok()?.parse().ok());
    operation.tier.min(asked.unwrap_or(Tier::Critical))
}

/// The `n` of `n/max`; a call that does not count its attempts is in its first.
fn attempt(headers: &HeaderMap) -> u32 {
    let number = headers.get(headers::ATTEMPT).and_then(|value| value.to_str().ok()?.split('/').next()?.parse().ok());
    number.unwrap_or(1).max(1)
}

fn malformed(rule: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::InvalidInput, Certainty::Processed, rule.to_string()).with_code(code::INVALID_REQUEST)
}

fn key_missing() -> Error {
    let message = "this operation needs an Idempotency-Key header: choose one key for the intended effect, such as a \
                   UUID, and send the same key with every repeat";
    Error::new(ErrorKind::InvalidInput, Certainty::Processed, message).with_code(code::KEY_MISSING)
}
