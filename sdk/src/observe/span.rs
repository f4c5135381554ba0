//! The two span levels. Both close with the outcome, and neither ever holds an id of the path: only templates.
//!
//! Attributes are those of OpenTelemetry's conventions for HTTP where these have a name, and `call.…` where they have
//! none. Numbers are `i64`, the only whole numbers that OpenTelemetry has. The spans of long polls are of level `debug`: they
//! tell of waiting for news, all day long, and not of work.

use std::{fmt, future::Future};

use http::uri::Authority;
use tracing::{
    Instrument, Level, Span,
    field::{Empty, display},
};

use super::recorder::Story;
use crate::contract::{
    error::{Error, Result},
    operation::{Operation, Tier},
    record::CallRecord,
    request::Request,
    response::Response,
};

/// The span of a whole call.
pub(crate) fn of_call(operation: &'static Operation, tier: Tier) -> Span {
    // A level belongs to the place of a span in the code, so each needs one of its own.
    macro_rules! span {
        ($level:expr) => {
            tracing::span!(
                $level,
                "call",
                otel.name = operation.name,
                otel.kind = "internal",
                otel.status_code = Empty,
                peer.service = operation.service.name,
                call.operation = operation.name,
                call.class = operation.class.as_str(),
                call.tier = tier.as_str(),
                call.attempts = Empty,
                call.certainty = Empty,
                "error.type" = Empty,
            )
        };
    }
    if operation.long_poll { span!(Level::DEBUG) } else { span!(Level::INFO) }
}

/// Runs a whole call in its span. What a call that failed has decided is part of its last event, and read only for a
/// subscriber that wants it.
pub(crate) async fn call<F>(
    span: Span,
    operation: &Operation,
    record: &CallRecord,
    story: Story<'_>,
    work: F,
) -> Result<Response>
where
    F: Future<Output = Result<Response>> + Send,
{
    let answer = work.instrument(span.clone()).await;
    let attempts = i64::from(record.attempts());
    span.record("call.attempts", attempts);
    outcome(&span, answer.as_ref().err());
    span.in_scope(|| told(operation, record, attempts, story, answer.as_ref().err()));
    answer
}

/// The line at the end of a call: `info` where it failed, since nothing else may tell of it, and `debug` where it did not.
/// Both name the request and the trace themselves: a call that no server makes has no span around it that does.
fn told(operation: &Operation, record: &CallRecord, attempts: i64, story: Story<'_>, error: Option<&Error>) {
    let (peer, operation) = (operation.service.name, operation.name);
    let (request_id, trace_id) = (record.settled.request_name(), record.settled.trace_name().map(display));
    match error {
        None => tracing::debug!(peer, operation, attempts, %request_id, trace_id, "call ended"),
        Some(error) => {
            let (kind, certainty) = (error.kind().as_str(), error.certainty().as_str());
            let decisions = display(Decisions(story));
            tracing::info!(
                peer, operation, attempts, kind, certainty, %request_id, trace_id, %error, decisions, "call ended"
            );
        }
    }
}

/// What a call has decided, read when it is written.
struct Decisions<'a>(Story<'a>);

impl fmt::Display for Decisions<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.tell().fmt(f)
    }
}

/// The span of one attempt.
pub(crate) fn of_attempt(request: &Request, instance: &str, server: &Authority) -> Span {
    let (operation, attempt) = (request.operation(), i64::from(request.attempt()));
    let (method, template) = (operation.method.as_str(), operation.path);
    // Only of those that are sent again.
    let resends = (attempt > 1).then(|| attempt - 1);
    macro_rules! span {
        ($level:expr) => {
            tracing::span!(
                $level,
                "attempt",
                otel.name = %format_args!("{method} {template}"),
                otel.kind = "client",
                otel.status_code = Empty,
                http.request.method = method,
                http.request.resend_count = resends,
                http.request.body.size = i64::try_from(request.body().len()).unwrap_or(i64::MAX),
                http.response.status_code = Empty,
                url.template = template,
                server.address = server.host(),
                server.port = server.port_u16().map(i64::from),
                peer.service = operation.service.name,
                call.instance = instance,
                call.attempt = attempt,
                call.most_attempts = i64::from(request.state.max_attempts),
                call.certainty = Empty,
                "error.type" = Empty,
            )
        };
    }
    if operation.long_poll { span!(Level::DEBUG) } else { span!(Level::INFO) }
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
        span.record("http.response.status_code", i64::from(status.as_u16()));
    }
    outcome(&span, answer.as_ref().err());
    answer
}

fn outcome(span: &Span, error: Option<&Error>) {
    if let Some(error) = error {
        span.record("otel.status_code", "ERROR");
        span.record("error.type", error.kind().as_str());
        span.record("call.certainty", error.certainty().as_str());
    }
}
