//! The span of a wait: in a trace it shows where the time of a call went between its attempts.

use tracing::{Span, field::Empty};

/// The span of a wait for what `reason` names: `queue`, `quota`, `backoff`, `instances`, `another call`, `batch`.
pub(crate) fn wait_span(reason: &'static str) -> Span {
    tracing::info_span!(
        "wait",
        otel.name = %format_args!("wait for {reason}"),
        otel.kind = "internal",
        call.wait = reason,
        call.budget_left = Empty,
    )
}
