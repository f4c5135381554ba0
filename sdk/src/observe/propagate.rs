//! Which trace a call belongs to: that of the current OpenTelemetry span (feature `otel`), else that of the call being
//! served, else a new one, not sampled.

use std::cell::Cell;

use tracing::Span;

use crate::{
    contract::{context::CallContext, trace::TraceContext},
    seams::Rng,
};

thread_local! {
    /// While a span is opened for a caller: whether he records the trace.
    static CALLERS_WORD: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Opens a span on behalf of somebody else, so that whoever decides which spans are recorded can heed
/// [what he says](callers_word).
pub fn heeding<T>(caller: Option<TraceContext>, open: impl FnOnce() -> T) -> T {
    CALLERS_WORD.set(caller.map(|caller| caller.sampled));
    let opened = open();
    CALLERS_WORD.set(None);
    opened
}

/// For a filter that is asked about a span: whether the caller on whose behalf it is opened records the trace. None where
/// the trace begins here.
pub fn callers_word() -> Option<bool> {
    CALLERS_WORD.get()
}

/// The trace of a call that begins here.
pub(crate) fn trace_of_call(served: Option<&CallContext>, rng: &Rng) -> TraceContext {
    of(&Span::current()).or_else(|| served.and_then(|context| context.trace)).unwrap_or_else(|| TraceContext {
        trace_id: (u128::from(rng.bits()) << 64) | u128::from(rng.bits()).max(1),
        span_id: rng.bits().max(1),
        sampled: false,
    })
}

/// What an attempt sends: the current OpenTelemetry span, else a span id of its own in the call's trace.
pub(crate) fn trace_of_attempt(call: TraceContext, rng: &Rng) -> TraceContext {
    of(&Span::current()).unwrap_or_else(|| call.child(rng.bits()))
}

/// Makes a span of somebody else the parent of ours, where an OpenTelemetry subscriber records it (feature `otel`), and
/// tells the place of ours in the trace: for work that follows from a call that is no longer being served. Nothing where
/// nobody records it.
#[cfg(feature = "otel")]
pub fn join(span: &Span, parent: Option<TraceContext>) -> Option<TraceContext> {
    use opentelemetry::{
        Context,
        trace::{SpanContext, SpanId, TraceContextExt, TraceFlags, TraceId, TraceState},
    };
    use tracing_opentelemetry::OpenTelemetrySpanExt;

    if let Some(parent) = parent {
        let remote = SpanContext::new(
            TraceId::from_bytes(parent.trace_id.to_be_bytes()),
            SpanId::from_bytes(parent.span_id.to_be_bytes()),
            if parent.sampled { TraceFlags::SAMPLED } else { TraceFlags::default() },
            true,
            TraceState::default(),
        );
        // Without an OpenTelemetry subscriber there is nothing to join.
        let _ = span.set_parent(Context::new().with_remote_span_context(remote));
    }
    of(span)
}

/// As with the feature `otel`, for whom nobody records anything.
#[cfg(not(feature = "otel"))]
pub fn join(_: &Span, _: Option<TraceContext>) -> Option<TraceContext> {
    None
}

/// The place of a span in its trace, where an OpenTelemetry subscriber knows it.
#[cfg(feature = "otel")]
fn of(span: &Span) -> Option<TraceContext> {
    use opentelemetry::trace::TraceContextExt;
    use tracing_opentelemetry::OpenTelemetrySpanExt;

    let context = span.context();
    let span = context.span().span_context().clone();
    span.is_valid().then(|| TraceContext {
        trace_id: u128::from_be_bytes(span.trace_id().to_bytes()),
        span_id: u64::from_be_bytes(span.span_id().to_bytes()),
        sampled: span.is_sampled(),
    })
}

#[cfg(not(feature = "otel"))]
fn of(_: &Span) -> Option<TraceContext> {
    None
}
