//! Which trace a call belongs to: that of the current OpenTelemetry span (feature `otel`), else that of the call being
//! served, else a new one, not sampled.

use crate::{
    contract::{context::CallContext, trace::TraceContext},
    seams::Rng,
};

/// The trace of a call that begins here.
pub(crate) fn trace_of_call(served: Option<&CallContext>, rng: &Rng) -> TraceContext {
    from_otel().or_else(|| served.and_then(|context| context.trace)).unwrap_or_else(|| TraceContext {
        trace_id: (u128::from(rng.bits()) << 64) | u128::from(rng.bits()).max(1),
        span_id: rng.bits().max(1),
        sampled: false,
    })
}

/// What an attempt sends: the current OpenTelemetry span, else a span id of its own in the call's trace.
pub(crate) fn trace_of_attempt(call: TraceContext, rng: &Rng) -> TraceContext {
    from_otel().unwrap_or_else(|| call.child(rng.bits()))
}

#[cfg(feature = "otel")]
fn from_otel() -> Option<TraceContext> {
    use opentelemetry::trace::TraceContextExt;
    use tracing_opentelemetry::OpenTelemetrySpanExt;

    let context = tracing::Span::current().context();
    let span = context.span().span_context().clone();
    span.is_valid().then(|| TraceContext {
        trace_id: u128::from_be_bytes(span.trace_id().to_bytes()),
        span_id: u64::from_be_bytes(span.span_id().to_bytes()),
        sampled: span.is_sampled(),
    })
}

#[cfg(not(feature = "otel"))]
fn from_otel() -> Option<TraceContext> {
    None
}
