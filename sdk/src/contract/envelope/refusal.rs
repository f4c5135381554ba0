//! What a refusal says, in each of the forms in which services write one.
//!
//! | found at | form |
//! |---|---|
//! | most services | `{code, message, details, trace_id}`, the code a text or a whole number |
//! | shared middleware of the services | `{error}`, `{error, retry_after}`, `{error, idempotency_key}` |
//! | checkout and administration | `{error, message}`, `{error, details}` |
//! | system settings; public payment APIs | `{error: {code, message, details}}` |
//! | rates and geolocation | `{result, error_type}`, `{result, error-type}`, `{error: true, reason, message}` |
//! | RFC 9457 | `{type, title, status, detail, instance, …}` |
//!
//! Only failures come here, so the body may be read whole.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Map, Value};

use super::excerpt;
use crate::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind, code},
};

/// A refusal, whatever its form was.
#[derive(Debug, Default)]
pub(super) struct Refusal {
    code: Option<String>,
    message: Option<String>,
    details: Option<String>,
    trace_id: Option<String>,
    retry_after: Option<Duration>,
}

/// Every member that a refusal without code or `success` may have.
const MEMBERS: &[&str] = &[
    "error",
    "message",
    "details",
    "reason",
    "retry_after",
    "idempotency_key",
    "trace_id",
    "ip",
    "reserved",
    "version",
];

// === reading one ===

impl Refusal {
    /// Reads one; `None` when the body is no JSON object.
    pub(super) fn read(status: StatusCode, body: &[u8]) -> Option<Self> {
        let members: Map<String, Value> = serde_json::from_slice(body).ok()?;
        let mut refusal = if is_problem(&members) { Self::of_problem(members.clone()) } else { Self::of(&members) };
        refusal.trace_id = text(&members, "trace_id");
        refusal.retry_after = members.get("retry_after").and_then(seconds);
        // The middleware that keeps keys names the key, and has no code for it.
        if status == StatusCode::CONFLICT && refusal.code.is_none() && members.contains_key("idempotency_key") {
            refusal.code = Some(code::IN_PROGRESS.to_owned());
        }
        Some(refusal)
    }

    /// Whether each member of the object is one that a refusal may have.
    pub(super) fn is_all_of(body: &[u8]) -> bool {
        let members: serde_json::Result<Map<String, Value>> = serde_json::from_slice(body);
        members.is_ok_and(|members| members.keys().all(|name| MEMBERS.contains(&name.as_str())))
    }

    fn of(members: &Map<String, Value>) -> Self {
        match members.get("error") {
            Some(Value::Object(inner)) => {
                let inner = Self::of(inner);
                let message = inner.message.or_else(|| text(members, "message"));
                Self { message, code: inner.code.or_else(|| text(members, "code")), ..inner }
            }
            // The fixed text comes first, then what it was about.
            Some(Value::String(error)) if !error.is_empty() => Self {
                code: text(members, "code"),
                message: Some(error.clone()),
                details: text(members, "details").or_else(|| text(members, "message")),
                ..Self::default()
            },
            _ => {
                let reason = text(members, "reason");
                let named = ["code", "error_type", "error-type"].iter().find_map(|name| text(members, name));
                Self {
                    code: named.or_else(|| reason.clone()),
                    message: text(members, "message").or(reason),
                    details: text(members, "details"),
                    ..Self::default()
                }
            }
        }
    }

    /// Problem details of RFC 9457. The title is the same for every problem of a type; everything else, extensions
    /// included, is about this one.
    fn of_problem(mut members: Map<String, Value>) -> Self {
        // The status line says the same, and the trace has a place of its own.
        members.retain(|name, _| name != "status" && name != "trace_id");
        let mut take = |name: &str| members.remove(name).as_ref().and_then(written);
        let kind = take("type").filter(|kind| kind != "about:blank");
        let code = take("code").or(kind);
        let (title, detail, instance) = (take("title"), take("detail"), take("instance"));
        let extensions = (!members.is_empty()).then(|| Value::Object(members).to_string());
        let (message, detail) = if title.is_some() { (title, detail) } else { (detail, None) };
        let details: Vec<String> = [detail, instance, extensions].into_iter().flatten().collect();
        Self { code, message, details: (!details.is_empty()).then(|| details.join("; ")), ..Self::default() }
    }
}

/// Whether the members are those of RFC 9457 and of no envelope.
fn is_problem(members: &Map<String, Value>) -> bool {
    let has = |name: &str| members.get(name).is_some_and(Value::is_string);
    (has("title") || has("detail")) && !has("message") && !members.contains_key("error")
}

fn text(members: &Map<String, Value>, name: &str) -> Option<String> {
    members.get(name).and_then(written)
}

/// A member as text: codes may be numbers, and details anything.
fn written(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        Value::Null => None,
        other => Some(other.to_string()),
    }
}

fn seconds(value: &Value) -> Option<Duration> {
    Duration::try_from_secs_f64(value.as_f64()?).ok()
}

// === what it means ===

impl Refusal {
    /// The error; `kind` is told by the code, which is empty where there is none.
    pub(super) fn into_error(self, kind: impl FnOnce(&str) -> ErrorKind, status: StatusCode, body: &Bytes) -> Error {
        let kind = kind(self.code.as_deref().unwrap_or(""));
        let message = self.message.unwrap_or_else(|| excerpt(body));
        let mut error = Error::new(kind, Certainty::Processed, message).with_status(status);
        if let Some(code) = self.code {
            error = error.with_code(code);
        }
        if let Some(details) = self.details {
            error = error.with_details(details);
        }
        if let Some(trace_id) = self.trace_id {
            error = error.with_trace_id(trace_id);
        }
        match self.retry_after {
            Some(wait) => error.with_retry_after(wait),
            None => error,
        }
    }
}
