//! What a 2xx body says of itself: yes, no, both, or nothing.
//!
//! One pass finds the members that tell, and leaves everything else unread. Only what is no plain success is read again.

use std::borrow::Cow;

use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;

use super::{NULL, refusal::Refusal, statuses, unreadable};
use crate::contract::error::{Error, Result, code};

/// The members that tell what an answer is, unread.
#[derive(Debug, Deserialize)]
struct Members<'a> {
    #[serde(borrow, default)]
    code: Option<&'a RawValue>,
    #[serde(borrow, default)]
    success: Option<&'a RawValue>,
    #[serde(borrow, default)]
    error: Option<&'a RawValue>,
    #[serde(borrow, default)]
    data: Option<&'a RawValue>,
}

/// What a code says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Code {
    Success,
    Refusal,
    /// Neither a text nor a whole number.
    None,
}

/// The payload of an answer that the declaration calls wrapped.
pub(super) fn platform(money: bool, status: StatusCode, body: &Bytes) -> Result<Bytes> {
    match body.trim_ascii_start().first() {
        Some(b'{') => object(money, status, body),
        Some(b'[') => unmarked(money, status, body, body.clone()),
        Some(b'"') => written_twice(money, status, body),
        None if status == StatusCode::NO_CONTENT => unmarked(money, status, body, NULL),
        _ => Err(unreadable(status, body, "neither an envelope nor a payload")),
    }
}

/// The payload of an answer that the declaration calls bare. `"error": true` is the one word by which a refusal can tell
/// itself from a payload. About money it proves nothing, and neither does what is no JSON.
pub(super) fn bare(money: bool, status: StatusCode, body: &Bytes) -> Result<Bytes> {
    let begins = body.trim_ascii_start().first();
    let refuses = |members: Members<'_>| members.error.is_some_and(|error| error.get() == "true");
    let refuses = begins == Some(&b'{') && serde_json::from_slice(body).is_ok_and(refuses);
    match begins {
        _ if refuses && money => Err(unreadable(status, body, "it does not prove that no money moved")),
        _ if refuses => Err(refusal(status, body)),
        None => Ok(NULL),
        _ if money && !is_json(body) => Err(unreadable(status, body, "it does not prove that money moved")),
        Some(_) => Ok(body.clone()),
    }
}

fn is_json(body: &[u8]) -> bool {
    serde_json::from_slice::<&RawValue>(body).is_ok()
}

fn object(money: bool, status: StatusCode, body: &Bytes) -> Result<Bytes> {
    let members: Members<'_> = serde_json::from_slice(body).map_err(|error| unreadable(status, body, error))?;
    let code = members.code.map(Code::of);
    let success = members.success.map(RawValue::get).filter(|word| matches!(*word, "true" | "false"));
    let yes = code == Some(Code::Success) || success == Some("true");
    let no = code == Some(Code::Refusal) || success == Some("false") || members.error.is_some_and(is_error);
    match (yes, no) {
        _ if code == Some(Code::None) => Err(unreadable(status, body, "`code` is neither a text nor a whole number")),
        (true, true) => Err(unreadable(status, body, "it says both success and failure")),
        (true, false) if code.is_none() => Ok(body.clone()),
        (true, false) => Ok(members.data.map_or(NULL, |data| body.slice_ref(data.get().as_bytes()))),
        (false, true) if code.is_some() || success.is_some() => Err(refusal(status, body)),
        (false, true) => Err(unmarked_refusal(money, status, body)),
        (false, false) => unmarked(money, status, body, body.clone()),
    }
}

/// A body that does not say whether it is a success; the declared type decides, but never about money.
fn unmarked(money: bool, status: StatusCode, body: &Bytes, payload: Bytes) -> Result<Bytes> {
    if money {
        return Err(unreadable(status, body, "without a code it does not prove that money moved"));
    }
    Ok(payload)
}

/// Nothing but an error text tells a refusal; beside members of another kind it may as well be part of a payload.
fn unmarked_refusal(money: bool, status: StatusCode, body: &Bytes) -> Error {
    if money {
        return unreadable(status, body, "without a code it does not prove that no money moved");
    }
    if !Refusal::is_all_of(body) {
        return unreadable(status, body, "it may be a payload or a refusal");
    }
    refusal(status, body)
}

fn refusal(status: StatusCode, body: &Bytes) -> Error {
    match Refusal::read(status, body) {
        Some(refusal) => {
            let error = refusal.into_error(statuses::kind_of_code, status, body);
            let certainty = statuses::certainty_of(error.kind(), status, None);
            error.with_certainty(certainty)
        }
        None => unreadable(status, body, "a refusal that is no object"),
    }
}

/// A JSON text that holds the answer: what the deployed idempotency middleware makes of one that it has stored.
fn written_twice(money: bool, status: StatusCode, body: &Bytes) -> Result<Bytes> {
    let text: String = serde_json::from_slice(body).map_err(|error| unreadable(status, body, error))?;
    if !text.trim_start().starts_with('{') {
        return Err(unreadable(status, body, "a text is no payload"));
    }
    object(money, status, &text.into())
}

/// What stands inside of a second wrapping, `{"message": …, "data": …}` and no more; `null` where that is only a text
/// for people.
pub(in crate::contract) fn unwrapped(payload: &Bytes) -> Option<Bytes> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Wrapping<'a> {
        #[serde(borrow, default)]
        data: Option<&'a RawValue>,
        #[serde(borrow, default, rename = "message")]
        _message: Option<Cow<'a, str>>,
        #[serde(default, rename = "success")]
        _success: bool,
    }

    // Nearly all payloads are told by their first member, which costs nothing.
    let first = payload.trim_ascii_start().strip_prefix(b"{")?.trim_ascii_start();
    let may_be = [&b"\"data\""[..], b"\"message\"", b"\"success\""].iter().any(|name| first.starts_with(name));
    let wrapping: Wrapping<'_> = may_be.then(|| serde_json::from_slice(payload).ok())??;
    Some(wrapping.data.map_or(NULL, |data| payload.slice_ref(data.get().as_bytes())))
}

/// Whether the member `error` tells of one: some servers send it empty along with each success.
fn is_error(member: &RawValue) -> bool {
    !matches!(member.get(), "false" | "\"\"")
}

// === impl Code ===

impl Code {
    fn of(raw: &RawValue) -> Self {
        const SUCCESS: &str = "\"SUCCESS\"";
        match raw.get() {
            SUCCESS | "0" => Self::Success,
            "\"\"" => Self::None,
            text if text.starts_with('"') => match serde_json::from_str::<Cow<'_, str>>(text) {
                Ok(text) if text == code::SUCCESS => Self::Success,
                _ => Self::Refusal,
            },
            number if number.parse::<i64>().is_ok() => Self::Refusal,
            _ => Self::None,
        }
    }
}
