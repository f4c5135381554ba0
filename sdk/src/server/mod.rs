//! The serving end of a declaration: `#[api]` writes a router out of [`Routes`], and everything between the socket and
//! the handler happens here, once for all operations.
//!
//! A request passes, in this order: body cap (413), request id, `traceparent`, deadline (400 when malformed, 503 with
//! `x-nack: final` when it has passed), criticality, attempt, idempotency key (400 when malformed, or missing where the
//! operation is keyed), body, the deadline once more, the handler. What the headers said is the
//! [`CallContext`] of the call: the handler reads it with [`current`], and every call that the handler makes inherits
//! it.
//!
//! A handler is never stopped half way. When the deadline passes, or the caller hangs up on anything but a safe
//! operation, it runs to its end; a panic becomes a 500 that says nothing about it.
//!
//! | file | does |
//! |---|---|
//! | `route` | operations → axum router, with answers for unknown paths and methods |
//! | `serve` | one call from its first byte to its answer |
//! | `context` | headers → [`CallContext`] and span |
//! | `body` | reads a body, up to a limit |
//! | `extract` | what generated code reads arguments from |
//! | `respond` | results → answers, stored answers |

mod body;
mod context;
mod extract;
mod respond;
mod route;
mod serve;

use std::{fmt, sync::Arc};

use crate::contract::{context::CallContext, money::Money, operation::Operation, trace::TraceContext};

pub use body::BodyLimit;
pub use context::{FingerprintKey, OnBehalfOf, Principal};
pub use extract::Incoming;
pub use respond::{Replay, refuse};
pub use route::{Routes, matched_path};

/// What was served: among the extensions of each answer of a declared operation, for layers around a router that count or
/// time.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Served {
    /// The operation.
    pub operation: &'static Operation,
    /// The trace that the call belongs to, and the span in which it was served.
    pub trace: TraceContext,
}

/// Says on the span of the call being served whose money it is about, and how much. A handler calls it, directly in its
/// own future: both are safe to tell, and what is not, such as who pays, has no place in a span.
pub fn note_payment(merchant_id: impl fmt::Display, money: Money) {
    let span = tracing::Span::current();
    span.record("payment.merchant_id", tracing::field::display(merchant_id));
    span.record("payment.amount_minor", money.minor_units).record("payment.currency", money.currency.as_str());
}

/// The call being served; an empty context outside of one.
pub fn current() -> Arc<CallContext> {
    CallContext::current().unwrap_or_default()
}
