//! One call as bytes: an operation, its arguments in their places, a body serialised once.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Serialize;
use std::{
    fmt::{Display, Write},
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::SystemTime,
};

use super::{
    certainty::Certainty,
    deadline::Deadline,
    error::{Error, Result},
    idempotency::{Fingerprint, IdempotencyKey},
    operation::{Operation, Tier},
    options::CallOptions,
    trace::TraceContext,
};

/// Everything but RFC 3986's unreserved characters is encoded, in path segments and in queries alike.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A call on its way to the wire. Layers pass it on, and the retry layer clones it for each attempt, which copies no
/// bytes of the body.
#[derive(Clone, Debug)]
pub struct Request {
    operation: &'static Operation,
    path: String,
    query: String,
    headers: HeaderMap,
    body: Bytes,
    options: CallOptions,
    /// What the stack has decided about the call so far.
    pub(crate) state: CallState,
}

/// What the layers of the stack decide about one call and hand inwards.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallState {
    pub(crate) key: Option<IdempotencyKey>,
    pub(crate) deadline: Option<Deadline>,
    pub(crate) tier: Tier,
    pub(crate) trace: Option<TraceContext>,
    pub(crate) request_id: Option<HeaderValue>,
    pub(crate) attempt: u32,
    pub(crate) max_attempts: u32,
    pub(crate) record: Arc<CallRecord>,
}

/// What has become of the attempts of one call, seen from outside of them: the deadline layer and foreign layers drop
/// attempts in flight and must still know what those may have done.
#[derive(Debug, Default)]
pub(crate) struct CallRecord {
    attempts: AtomicU32,
    doubts: AtomicU32,
    sent_at: OnceLock<SystemTime>,
}

impl CallRecord {
    /// An attempt is about to reach the wire: from here on its effect may happen.
    pub(crate) fn attempt_begins(&self, now: SystemTime) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        self.doubts.fetch_add(1, Ordering::Relaxed);
        self.sent_at.get_or_init(|| now);
    }

    /// An attempt ended and what it did is known. Attempts that are dropped, or end in doubt, never come here.
    pub(crate) fn attempt_is_certain(&self) {
        self.doubts.fetch_sub(1, Ordering::Relaxed);
    }

    /// Attempts that reached the wire.
    pub(crate) fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// Attempts whose effect may have happened.
    pub(crate) fn doubts(&self) -> u32 {
        self.doubts.load(Ordering::Relaxed)
    }

    /// When the first attempt reached the wire.
    pub(crate) fn sent_at(&self) -> Option<SystemTime> {
        self.sent_at.get().copied()
    }

    /// The certainty of a call that ends here without an answer.
    pub(crate) fn certainty(&self) -> Certainty {
        self.certainty_since(0)
    }

    /// The certainty of the part of a call that began with `doubts` and ends here without an answer.
    pub(crate) fn certainty_since(&self, doubts: u32) -> Certainty {
        if self.doubts() > doubts { Certainty::PossiblyProcessed } else { Certainty::NotSent }
    }
}

// === building, by generated code ===

impl Request {
    /// Begins a call with the options of the surrounding [`Scoped`](super::options::Scoped) handle, if any.
    pub fn new(operation: &'static Operation) -> Self {
        Self {
            operation,
            path: operation.path.to_owned(),
            query: String::new(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            options: CallOptions::take_scoped(),
            state: CallState::default(),
        }
    }

    /// Puts an argument into the path, percent-encoded as one segment.
    ///
    /// # Errors
    /// When the value is empty, `.` or `..`: no encoding keeps these from changing the route.
    pub fn path_arg(&mut self, name: &str, value: &(impl Display + ?Sized)) -> Result<()> {
        let text = value.to_string();
        if matches!(text.as_str(), "" | "." | "..") {
            let rule = "must name something: empty, `.` and `..` would address another route";
            return Err(Error::invalid_request(format!("path argument `{name}` = `{text}` {rule}")));
        }
        let encoded = utf8_percent_encode(&text, ENCODED).to_string();
        self.path = self.path.replacen(&format!("{{{name}}}"), &encoded, 1);
        Ok(())
    }

    /// Adds `name=value` to the query; `None` adds nothing.
    pub fn query_arg(&mut self, name: &str, value: Option<&(impl Display + ?Sized)>) {
        if let Some(value) = value {
            let separator = if self.query.is_empty() { "" } else { "&" };
            let name = utf8_percent_encode(name, ENCODED);
            let text = value.to_string();
            // Writing to a String cannot fail.
            let _ = write!(self.query, "{separator}{name}={}", utf8_percent_encode(&text, ENCODED));
        }
    }

    /// Adds the fields of a flat struct to the query; absent options add nothing.
    ///
    /// # Errors
    /// When the struct is not flat.
    pub fn query_struct(&mut self, value: &impl Serialize) -> Result<()> {
        let text = serde_urlencoded::to_string(value).map_err(|error| {
            Error::invalid_request(format!("the query must be a flat struct: {error}")).with_source(error)
        })?;
        if !text.is_empty() {
            let separator = if self.query.is_empty() { "" } else { "&" };
            self.query.push_str(separator);
            self.query.push_str(&text);
        }
        Ok(())
    }

    /// Adds a header; `None` adds nothing.
    ///
    /// # Errors
    /// When the value holds characters that no header may carry.
    pub fn header_arg(&mut self, name: &'static str, value: Option<&(impl Display + ?Sized)>) -> Result<()> {
        let Some(value) = value else { return Ok(()) };
        let value = HeaderValue::from_str(&value.to_string()).map_err(|_| {
            Error::invalid_request(format!("header `{name}` must be visible ASCII without line breaks"))
        })?;
        self.headers.insert(HeaderName::from_static(name), value);
        Ok(())
    }

    /// Serialises the body, once for all attempts.
    ///
    /// # Errors
    /// When the value cannot be JSON, such as a map with keys that are no strings.
    pub fn json(&mut self, body: &impl Serialize) -> Result<()> {
        let bytes = serde_json::to_vec(body).map_err(|error| {
            Error::invalid_request(format!("the body cannot be written as JSON: {error}")).with_source(error)
        })?;
        self.raw(bytes.into());
        Ok(())
    }

    /// Sends these bytes as they stand, for bodies that a signature covers.
    pub fn raw(&mut self, body: Bytes) {
        self.headers.insert(http::header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        self.body = body;
    }
}

// === reading, by layers and mocks ===

impl Request {
    /// The declared operation.
    pub fn operation(&self) -> &'static Operation {
        self.operation
    }

    /// The encoded path, arguments filled in.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The encoded query without its question mark; empty when there is none.
    pub fn query(&self) -> &str {
        &self.query
    }

    /// Headers so far; the stack adds its own for each attempt.
    pub fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Headers, to add to.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.headers
    }

    /// The body, the same bytes on every attempt.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// Options that the caller set for this call.
    pub fn options(&self) -> &CallOptions {
        &self.options
    }

    /// The idempotency key, once the client has chosen it.
    pub fn key(&self) -> Option<&IdempotencyKey> {
        self.state.key.as_ref()
    }

    /// The end of the call, once the deadline layer has set it.
    pub fn deadline(&self) -> Option<Deadline> {
        self.state.deadline
    }

    /// Number of this attempt, from 1; 0 outside the retry layer.
    pub fn attempt(&self) -> u32 {
        self.state.attempt
    }

    /// Fingerprint of method, path and body.
    pub fn fingerprint(&self) -> Fingerprint {
        Fingerprint::of(&self.operation.method, &self.path, &self.body)
    }
}
