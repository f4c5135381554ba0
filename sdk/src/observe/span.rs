//! The two span levels. Both close with the outcome, and neither ever holds an id of the path: only templates.

use std::future::Future;

use tracing::{Instrument, Span, field::Empty};

use super::recorder::Story;
use crate::contract::{
    error::{Error, Result},
    record::CallRecord,
    request::Request,
    response::Response,
};

/// The span of a whole call.
pub(crate) fn of_call(request: &Request) -> Span {
    let operation = request.operation();
    tracing::info_span!(
        "call",
        otel.kind = "internal",
        service = operation.service.name,
        operation = operation.name,
        class = operation.class.as_str(),
        tier = request.state.settled().tier.as_str(),
        attempts = Empty,
        outcome = Empty,
        certainty = Empty,
    )
}

/// Runs a whole call in its span. What a call that failed has decided is part of its last event, and read only for a
/// subscriber that wants it.
pub(crate) async fn call<F>(span: Span, record: &CallRecord, story: Story<'_>, work: F) -> Result<Response>
where
    F: Future<Output = Result<Response>> + Send,
{
    let answer = work.instrument(span.clone()).await;
    let attempts = record.attempts();
    span.record("attempts", attempts);
    outcome(&span, answer.as_ref().err());
    span.in_scope(|| match &answer {
        Ok(_) => tracing::debug!(attempts, "call ended"),
        Err(error) => tracing::debug!(attempts, %error, decisions = %story.tell(), "call ended"),
    });
    answer
}

/// The span of one attempt.
pub(crate) fn of_attempt(request: &Request, instance: &str) -> Span {
    let operation = request.operation();
    tracing::info_span!(
        "attempt",
        otel.kind = "client",
        http.request.method = operation.method.as_str(),
        url.template = operation.path,
        server.address = instance,
        http.request.resend_count = request.attempt().saturating_sub(1),
        http.response.status_code = Empty,
        outcome = Empty,
        certainty = Empty,
    )
}

/// Runs one attempt in its span.
pub(crate) async fn attempt<F>(span: Span, work: F) -> Result<Response>
where
    F: Future<Output = Result<Response>> + Send,
{
    let answer = work.instrument(span.clone()).await;
    let status = match &answer {
        Ok(response) => Some(response.status()),
        Err(error) => error.status(),
    };
    if let Some(status) = status {
        span.record("http.response.status_code", status.as_u16());
    }
    outcome(&span, answer.as_ref().err());
    answer
}

fn outcome(span: &Span, error: Option<&Error>) {
    match error {
        None => span.record("outcome", "ok"),
        Some(error) => {
            span.record("outcome", tracing::field::debug(error.kind()));
            span.record("certainty", error.certainty().as_str())
        }
    };
}
