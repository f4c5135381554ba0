//! The common wrapper of answers, `{"code","message","data","details","trace_id"}`, and its dialects.
//!
//! One reader takes the answers of our own services and those of services that are older than the wrapper, so that the
//! same client talks to both. What a body says of itself is found in `dialect`, what a refusal says in `refusal`,
//! what a status means in `statuses`.
//!
//! | a 2xx body | is |
//! |---|---|
//! | `{"code": "SUCCESS", "data": …}`, `{"code": 0, "data": …}` | a success with that payload |
//! | `{"success": true, …}` | a success; the payload is the body |
//! | `{"code": "NO_FUNDS", …}`, `{"code": 1, …}`, `{"success": false, …}`, `{"error": …}` | a refusal |
//! | `{"code": "INTERNAL_ERROR", …}`, `{"code": "IDEMPOTENCY_IN_PROGRESS", …}` | what it is with a status of its own: in doubt |
//! | a list, or an object with none of these members | the payload itself, if the declared type can be read from it |
//! | a text that holds one of the above | that: some servers write a stored answer down once more when they repeat it |
//! | anything else: no JSON, a yes and a no at once | unreadable, and so in doubt |
//!
//! **Where money moves only a code or `success` settles it**: a body that anything on the way could have written proves
//! neither the effect nor its refusal. That holds for the answer of a status query, too, when it is asked where money went.
//!
//! A bare answer has no such word. Where it is about money it counts if it can be read as the declared type.
//!
//! A payload that is `{"message": …, "data": …}` and no more, or a part of that, may be wrapped a second time. What
//! stands inside is taken if the declared type can be read from it, else the whole: so a type with a field `data` of its
//! own is read as declared.

mod dialect;
mod refusal;
mod statuses;
#[cfg(test)]
mod tests;

use bytes::Bytes;
use http::StatusCode;
use serde::Serialize;

use super::{
    certainty::Certainty,
    error::{Error, ErrorKind, Nack, Result},
    operation::EnvelopeKind,
};
use refusal::Refusal;

pub(super) use dialect::unwrapped;
pub use statuses::status_of;

const NULL: Bytes = Bytes::from_static(b"null");

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

/// The payload of a 2xx answer as a slice of its body; `null` where there is none. `money` says whether the answer tells
/// of money that moves.
///
/// # Errors
/// When the body refuses, cannot be read, or proves nothing.
pub fn open(envelope: EnvelopeKind, money: bool, status: StatusCode, body: &Bytes) -> Result<Bytes> {
    match envelope {
        EnvelopeKind::Bare => dialect::bare(money, status, body),
        EnvelopeKind::Platform => dialect::platform(money, status, body),
    }
}

/// The error that a non-2xx answer means. `nack` is the `x-nack` header.
pub fn error(status: StatusCode, body: &Bytes, nack: Option<Nack>) -> Error {
    let error = match Refusal::read(status, body) {
        Some(refusal) => refusal.into_error(|code| statuses::kind_of(status, code), status, body),
        None if statuses::is_no_route(status, body) => {
            let text = "the service has no such route; is its URL right, and does its release serve this operation?";
            Error::new(ErrorKind::NotImplemented, Certainty::Processed, text).with_status(status)
        }
        None => Error::new(statuses::kind_of(status, ""), Certainty::Processed, excerpt(body)).with_status(status),
    };
    let certainty = statuses::certainty_of(error.kind(), status, nack);
    match nack {
        Some(nack) => error.with_certainty(certainty).with_nack(nack),
        None => error.with_certainty(certainty),
    }
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
