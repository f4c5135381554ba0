//! The request that a saga follows from. It is kept with the saga: whoever drives it later, in this process or the next,
//! calls on behalf of that request, in its trace, and tells of it under its name.

use std::sync::Arc;

use http::HeaderValue;
use payment_clients::{
    contract::{context::CallContext, trace::TraceContext},
    observe::propagate,
};
use tracing::{
    Instrument, Span,
    field::{Empty, display},
};

use super::Run;

/// A request, as far as it is kept.
#[derive(Clone, Debug, Default)]
pub(super) struct Origin {
    trace: Option<TraceContext>,
    request_id: Option<HeaderValue>,
}

// === impl Origin ===

impl Origin {
    /// The request that is being served; none in background work of nobody's.
    pub(super) fn current() -> Self {
        let call = CallContext::current();
        call.map(|call| Self { trace: call.trace, request_id: call.request_id.clone() }).unwrap_or_default()
    }

    /// What was kept as these texts. What is none is left out.
    pub(super) fn read(trace: &str, request_id: &str) -> Self {
        let request_id = HeaderValue::from_str(request_id).ok().filter(|id| !id.is_empty());
        Self { trace: TraceContext::parse(trace), request_id }
    }

    /// To be kept.
    pub(super) fn texts(&self) -> [String; 2] {
        let trace = self.trace.map(|trace| trace.to_string()).unwrap_or_default();
        let request_id = self.request_id.as_ref().and_then(|id| id.to_str().ok()).unwrap_or_default();
        [trace, request_id.to_owned()]
    }

    /// Where what is done for it is told, while it is not being served itself.
    fn span(&self, run: &Run) -> Span {
        let open = || tracing::info_span!("saga", saga = run.id, kind = run.kind, request_id = Empty, trace_id = Empty);
        let span = propagate::heeding(self.trace, open);
        // What is done for it later is a part of its trace.
        propagate::join(&span, self.trace);
        if let Some(trace) = self.trace {
            span.record("trace_id", display(format_args!("{:032x}", trace.trace_id)));
        }
        if let Some(id) = self.request_id.as_ref().and_then(|id| id.to_str().ok()) {
            span.record("request_id", id);
        }
        span
    }
}

impl Run {
    /// Does `work` on behalf of the request that the saga follows from, while that is not being served itself.
    pub(super) fn on_behalf<F: Future>(&self, work: F) -> impl Future<Output = F::Output> + use<F> {
        let Origin { trace, request_id } = &*self.origin;
        let mut context = CallContext::default();
        (context.trace, context.request_id) = (*trace, request_id.clone());
        Arc::new(context).scope(work).instrument(self.origin.span(self))
    }
}
