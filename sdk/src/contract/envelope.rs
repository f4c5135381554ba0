//! The common wrapper of answers, `{"code","message","data","details","trace_id"}`, and the one table between kinds of
//! error and HTTP statuses.

use std::borrow::Cow;

use bytes::Bytes;
use http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    certainty::Certainty,
    error::{Error, ErrorKind, Nack, Result, code},
    operation::EnvelopeKind,
};

/// An answer as it stands on the wire, its payload unread.
#[derive(Debug, Deserialize)]
struct Incoming<'a> {
    #[serde(borrow)]
    code: Cow<'a, str>,
    #[serde(borrow, default)]
    message: Cow<'a, str>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
    #[serde(borrow, default)]
    details: Option<Text<'a>>,
    #[serde(borrow, default)]
    trace_id: Option<Text<'a>>,
}

/// A text that is copied only where it holds escapes, also inside of an `Option`.
#[derive(Debug, Deserialize)]
#[serde(transparent)]
struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

/// An answer to be written.
#[derive(Debug, Serialize)]
pub struct Envelope<'a, T> {
    /// `SUCCESS`, or an error code.
    pub code: &'a str,
    /// Text for people.
    pub message: &'a str,
    /// The payload; absent on errors and on successes without one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub data: Option<T>,
    /// Technical detail of an error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub details: Option<&'a str>,
    /// The request id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<&'a str>,
}

/// The payload of a 2xx answer as a slice of its body; `null` where there is none.
///
/// # Errors
/// When the body is no JSON of the declared wrapping, or when the envelope carries a code other than `SUCCESS`.
pub fn open(kind: EnvelopeKind, status: StatusCode, body: &Bytes) -> Result<Bytes> {
    const NULL: Bytes = Bytes::from_static(b"null");
    match kind {
        EnvelopeKind::Bare if body.is_empty() => Ok(NULL),
        EnvelopeKind::Bare => Ok(body.clone()),
        EnvelopeKind::Platform => {
            let incoming: Incoming<'_> =
                serde_json::from_slice(body).map_err(|error| unreadable(status, body, error))?;
            if incoming.code != code::SUCCESS {
                return Err(refusal(status, incoming));
            }
            Ok(incoming.data.map_or(NULL, |data| body.slice_ref(data.get().as_bytes())))
        }
    }
}

/// The error that a non-2xx answer means. `nack` is the `x-nack` header.
pub fn error(status: StatusCode, body: &Bytes, nack: Option<Nack>) -> Error {
    let error = match serde_json::from_slice::<Incoming<'_>>(body) {
        Ok(incoming) => refusal(status, incoming),
        Err(_) => Error::new(kind_of(status, ""), Certainty::Processed, excerpt(body)).with_status(status),
    };
    let certainty = certainty_of(error.kind(), status, nack);
    match nack {
        Some(nack) => error.with_certainty(certainty).with_nack(nack),
        None => error.with_certainty(certainty),
    }
}

fn refusal(status: StatusCode, incoming: Incoming<'_>) -> Error {
    let kind = if status.is_success() { ErrorKind::Declined } else { kind_of(status, &incoming.code) };
    let mut error = Error::new(kind, Certainty::Processed, incoming.message.into_owned())
        .with_code(incoming.code.into_owned())
        .with_status(status);
    if let Some(details) = incoming.details {
        error = error.with_details(details.0.into_owned());
    }
    if let Some(trace_id) = incoming.trace_id {
        error = error.with_trace_id(trace_id.0.into_owned());
    }
    error
}

/// A complete 2xx answer that is not what was declared: the effect probably happened, but nothing proves it.
pub fn unreadable(status: StatusCode, body: &Bytes, error: impl std::fmt::Display) -> Error {
    let message = format!("the answer cannot be read: {error}; it begins with {:?}", excerpt(body));
    Error::new(ErrorKind::Unreadable, Certainty::PossiblyProcessed, message).with_status(status)
}

/// The beginning of a body, for error texts.
fn excerpt(body: &Bytes) -> String {
    const LONGEST: usize = 200;
    let text = String::from_utf8_lossy(&body[..body.len().min(LONGEST)]);
    if body.is_empty() { "an empty body".to_owned() } else { text.into_owned() }
}

// === kinds and statuses ===

/// What a status means; `code` tells apart what shares one.
fn kind_of(status: StatusCode, code: &str) -> ErrorKind {
    match status.as_u16() {
        400 | 413 | 414 | 415 => ErrorKind::InvalidInput,
        401 => ErrorKind::Unauthenticated,
        403 => ErrorKind::Forbidden,
        404 => ErrorKind::NotFound,
        409 if code == code::IN_PROGRESS => ErrorKind::InProgress,
        409 | 412 => ErrorKind::Conflict,
        422 if code == code::KEY_REUSED => ErrorKind::KeyReused,
        408 | 502 | 504 => ErrorKind::Gateway,
        421 | 425 | 503 => ErrorKind::Unavailable,
        429 => ErrorKind::RateLimited,
        501 | 505 => ErrorKind::NotImplemented,
        500..=599 => ErrorKind::Internal,
        300..=399 => ErrorKind::Unreadable,
        _ => ErrorKind::Declined,
    }
}

/// What an error status says about the effect: the table of retry safety, status by status.
fn certainty_of(kind: ErrorKind, status: StatusCode, nack: Option<Nack>) -> Certainty {
    match kind {
        _ if nack.is_some() && matches!(status.as_u16(), 408 | 429 | 503) => Certainty::NotProcessed,
        _ if matches!(status.as_u16(), 401 | 421 | 425) => Certainty::NotProcessed,
        ErrorKind::Gateway
        | ErrorKind::Internal
        | ErrorKind::Unavailable
        | ErrorKind::RateLimited
        | ErrorKind::InProgress
        | ErrorKind::Unreadable => Certainty::PossiblyProcessed,
        _ => Certainty::Processed,
    }
}

/// The status with which a server answers a kind.
pub fn status_of(kind: ErrorKind) -> StatusCode {
    match kind {
        ErrorKind::InvalidInput | ErrorKind::InvalidRequest => StatusCode::BAD_REQUEST,
        ErrorKind::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorKind::Forbidden => StatusCode::FORBIDDEN,
        ErrorKind::NotFound => StatusCode::NOT_FOUND,
        ErrorKind::Conflict | ErrorKind::InProgress => StatusCode::CONFLICT,
        ErrorKind::KeyReused | ErrorKind::Declined => StatusCode::UNPROCESSABLE_ENTITY,
        ErrorKind::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ErrorKind::Unavailable | ErrorKind::Rejected | ErrorKind::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
        ErrorKind::NotImplemented => StatusCode::NOT_IMPLEMENTED,
        ErrorKind::Timeout | ErrorKind::Gateway => StatusCode::GATEWAY_TIMEOUT,
        ErrorKind::Interrupted | ErrorKind::Unreadable => StatusCode::BAD_GATEWAY,
        ErrorKind::Configuration | ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
