//! One answer as plain values: status, headers, body. Servers and stubs write theirs from here, so that no stub answers
//! what no server would.

use std::{any::TypeId, borrow::Cow, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::contract::{
    envelope::{self, Envelope},
    error::{Error, ErrorKind, Nack, Result, code},
    headers,
    operation::EnvelopeKind,
};

/// What a server answers.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Bytes,
    code: Option<Cow<'static, str>>,
    retry_after: Option<Duration>,
    nack: Option<Nack>,
    /// A call made for this one has been tried as often as was worth it, so that whoever asked need not ask again.
    spent: bool,
    replayed: bool,
}

/// Whose failure an error is, which decides how much of it may be shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The handler's own word, or a refusal by a service behind this one that is an answer for our caller too.
    Answer,
    /// Something broke in this service: the cause is logged and never sent.
    Internal,
    /// A call that this service made brought no usable answer. Whatever that call's server said about repeating it
    /// holds for that call and not for ours, whose other effects may have happened.
    Upstream,
}

// === impl Origin ===

impl Origin {
    pub(crate) fn of(error: &Error) -> Self {
        use ErrorKind::{Configuration, Conflict, Declined, Internal, InvalidInput, NotFound};
        match error.kind() {
            InvalidInput | NotFound | Conflict | Declined => Self::Answer,
            _ if error.facts().is_some() => Self::Upstream,
            Internal | Configuration => Self::Internal,
            _ => Self::Answer,
        }
    }
}

// === impl Answer ===

impl Answer {
    /// 200 with the payload in its declared wrapping; `()` is no payload.
    pub(crate) fn success<T: Serialize + 'static>(kind: EnvelopeKind, payload: &T, request_id: &str) -> Result<Self> {
        let data = (TypeId::of::<T>() != TypeId::of::<()>()).then_some(payload);
        let body = match (kind, data) {
            (EnvelopeKind::Bare, None) => Ok(Vec::new()),
            (EnvelopeKind::Bare, Some(payload)) => serde_json::to_vec(payload),
            (EnvelopeKind::Platform, data) => serde_json::to_vec(&Envelope {
                code: code::SUCCESS,
                message: "ok",
                data,
                details: None,
                trace_id: Some(request_id),
            }),
        };
        Ok(Self::new(StatusCode::OK, body.map_err(Error::internal)?.into()))
    }

    /// 304 without a body: what the caller knows is current.
    pub(crate) fn not_modified() -> Self {
        Self::new(StatusCode::NOT_MODIFIED, Bytes::new())
    }

    /// Status, code and text of an error, as much of it as may be shown.
    pub(crate) fn error(error: &Error, request_id: &str) -> Self {
        if let Some((status, body)) = error.stored_answer() {
            return Self { replayed: true, ..Self::new(status, body) };
        }
        match Origin::of(error) {
            Origin::Answer => {
                let status = status_of(error);
                let code = error.code().map_or_else(|| code_of(status), |code| Cow::Owned(code.to_owned()));
                let answer = Self::refusal(status, code, error.message(), error.details(), request_id);
                // The words of another server about another call are not ours to repeat.
                let own = error.facts().is_none();
                Self { retry_after: error.retry_after(), nack: error.nack().filter(|_| own), ..answer }
            }
            Origin::Internal => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                Self::refusal(status, code::INTERNAL.into(), "internal error", None, request_id)
            }
            Origin::Upstream => {
                const TEXT: &str = "a service behind this one gave no usable answer; the effect may have happened";
                let status = upstream_status(error.kind());
                Self { spent: true, ..Self::refusal(status, "UPSTREAM_FAILED".into(), TEXT, None, request_id) }
            }
        }
    }

    fn refusal(
        status: StatusCode,
        code: Cow<'static, str>,
        message: &str,
        details: Option<&str>,
        request_id: &str,
    ) -> Self {
        let envelope = Envelope::<()> { code: &code, message, data: None, details, trace_id: Some(request_id) };
        // Four texts: nothing in them can fail to be JSON.
        let body = serde_json::to_vec(&envelope).unwrap_or_default();
        Self { code: Some(code), ..Self::new(status, body.into()) }
    }

    fn new(status: StatusCode, body: Bytes) -> Self {
        Self { status, body, code: None, retry_after: None, nack: None, spent: false, replayed: false }
    }

    /// The code of the envelope, where this answer knows it.
    pub(crate) fn code(&self) -> &str {
        match &self.code {
            Some(code) => code,
            None if self.replayed => "REPLAYED",
            None => code::SUCCESS,
        }
    }

    /// Adds the headers of this answer.
    pub(crate) fn write_headers(&self, headers: &mut HeaderMap) {
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        if let Some(wait) = self.retry_after {
            // Whole seconds, rounded up: too late is polite, too early is not.
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.spent {
            headers.insert(headers::RETRY_BUDGET, HeaderValue::from_static("none"));
        }
        if let Some(nack) = self.nack {
            headers.insert(headers::NACK, HeaderValue::from_static(nack.as_str()));
        }
        if self.replayed {
            headers.insert(headers::IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
        }
    }
}

// === statuses ===

/// The status of an answer: the one that the error was given, else its kind's. What is no refusal, such as the 200 of
/// a foreign envelope that carries an error code, does not count.
fn status_of(error: &Error) -> StatusCode {
    let given = error.status().filter(|status| status.is_client_error() || status.is_server_error());
    given.unwrap_or_else(|| envelope::status_of(error.kind()))
}

fn upstream_status(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::Unavailable | ErrorKind::RateLimited | ErrorKind::Unreachable | ErrorKind::Rejected => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ErrorKind::Timeout | ErrorKind::Gateway => StatusCode::GATEWAY_TIMEOUT,
        _ => StatusCode::BAD_GATEWAY,
    }
}

/// The code of an error that names none: its status as a word, such as `TOO_MANY_REQUESTS`.
fn code_of(status: StatusCode) -> Cow<'static, str> {
    let reason = status.canonical_reason().unwrap_or("REFUSED");
    reason.replace([' ', '-'], "_").to_ascii_uppercase().into()
}
