//! Results → answers. What failed inside is logged here and shown to nobody.

use std::{error::Error as _, fmt};

use axum::{body::Body, response::Response};
use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use super::context;
use crate::{
    answer::{Answer, Origin},
    contract::{
        error::{Error, Result},
        headers,
        operation::{Class, Operation},
    },
};

/// A stored answer. A handler that recognises a repeat returns it as its error (`Err(replay.into())`), and the repeat
/// is answered byte for byte like the first request, marked `Idempotency-Replayed: true`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// Status of the first answer.
    pub status: StatusCode,
    /// Body of the first answer.
    pub body: Bytes,
}

// === impl Replay ===

impl Replay {
    /// The answer that the call being served will give for `Ok(payload)`, to be stored together with the effect.
    ///
    /// # Errors
    /// When the payload cannot be JSON.
    pub fn success<T: Serialize + 'static>(payload: &T) -> Result<Self> {
        let context = super::current();
        let kind = context.operation.map_or_else(Default::default, |operation| operation.envelope);
        let request_id = context.request_id.as_ref().map_or("", context::text);
        Answer::success(kind, payload, request_id).map(Self::from)
    }

    /// The answer that the call being served will give for `Err(error)`.
    pub fn refusal(error: &Error) -> Self {
        let context = super::current();
        Answer::error(error, context.request_id.as_ref().map_or("", context::text)).into()
    }
}

impl From<Answer> for Replay {
    fn from(answer: Answer) -> Self {
        Self { status: answer.status, body: answer.body }
    }
}

impl From<Replay> for Error {
    fn from(replay: Replay) -> Self {
        Self::answer(replay.status, replay.body)
    }
}

// === writing ===

/// The answer of a layer that refuses a request before any route sees it, written as a route would.
pub fn refuse(request: &HeaderMap, error: &Error) -> Response {
    refusal(error, &context::request_id(request))
}

pub(super) fn refusal(error: &Error, request_id: &HeaderValue) -> Response {
    log(error);
    write(Answer::error(error, context::text(request_id)), request_id)
}

/// Answers a call, and tells the span how it ended. A `conditional` one names the version that the caller knows.
pub(super) fn respond<T: Serialize + 'static>(
    operation: &Operation,
    result: Result<T>,
    conditional: bool,
    request_id: &HeaderValue,
) -> Response {
    let id = context::text(request_id);
    let answer = match result.and_then(|payload| success(operation, &payload, conditional, id)) {
        Ok(answer) => answer,
        Err(error) => {
            log(&error);
            Answer::error(&error, id)
        }
    };
    let span = tracing::Span::current();
    span.record("http.response.status_code", i64::from(answer.status.as_u16())).record("code", answer.code());
    if answer.status.is_server_error() {
        span.record("otel.status_code", "ERROR").record("error.type", answer.status.as_str());
    }
    tracing::debug!(status = i64::from(answer.status.as_u16()), code = answer.code(), "served");
    write(answer, request_id)
}

/// 200 with the payload, or 304 where the caller knows a version and the handler has nothing newer to tell.
fn success<T: Serialize + 'static>(
    operation: &Operation,
    payload: &T,
    conditional: bool,
    request_id: &str,
) -> Result<Answer> {
    let nothing = || serde_json::to_vec(payload).is_ok_and(|json| json == b"null");
    if conditional && operation.class == Class::Safe && nothing() {
        return Ok(Answer::not_modified());
    }
    Answer::success(operation.envelope, payload, request_id)
}

fn log(error: &Error) {
    match Origin::of(error) {
        Origin::Answer => {}
        Origin::Internal => tracing::error!(error = %Chain(error), "the call broke inside the server"),
        Origin::Upstream => tracing::warn!(error = %Chain(error), "a call made on behalf of this one failed"),
    }
}

/// An error and everything below it, since not every subscriber looks for sources.
struct Chain<'a>(&'a Error);

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut below = self.0.source();
        while let Some(cause) = below {
            write!(f, ": {cause}")?;
            below = cause.source();
        }
        Ok(())
    }
}

fn write(answer: Answer, request_id: &HeaderValue) -> Response {
    let mut headers = HeaderMap::with_capacity(8);
    headers.insert(headers::REQUEST_ID, request_id.clone());
    answer.write_headers(&mut headers);
    if answer.status == StatusCode::PAYLOAD_TOO_LARGE {
        // The rest of the body is not read, so nothing can follow it on this connection; who pools it must know.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = answer.status;
    *response.headers_mut() = headers;
    response
}
