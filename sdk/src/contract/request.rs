//! One call as bytes: an operation, its arguments in their places, a body serialised once.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Serialize;
use std::{
    borrow::Cow,
    fmt::{self, Display, Write},
    sync::Arc,
};

use super::{
    deadline::Deadline,
    error::{Error, Result},
    idempotency::{Fingerprint, IdempotencyKey},
    operation::Operation,
    options::CallOptions,
    question::Question,
    record::{CallRecord, Settled},
    secret::Secret,
};

/// Everything but RFC 3986's unreserved characters is encoded, in path segments and in queries alike.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A call on its way to the wire. Layers pass it on, and each attempt is a clone: what the caller asked for is shared,
/// so a clone copies no path, header or body.
#[derive(Clone, Debug)]
pub struct Request {
    parts: Arc<Parts>,
    /// What the stack has decided about the call so far.
    pub(crate) state: CallState,
}

/// What the caller asked for, the same on every attempt.
#[derive(Clone)]
struct Parts {
    operation: &'static Operation,
    path: Cow<'static, str>,
    query: String,
    headers: HeaderMap,
    body: Bytes,
    options: CallOptions,
}

/// What the layers of the stack decide about one call and hand inwards. Every layer moves it, so it is kept small: what
/// is the same for all attempts is in the record that they share.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallState {
    pub(crate) deadline: Option<Deadline>,
    /// What the call asks, where its answer may be shared.
    pub(crate) question: Option<Arc<Question>>,
    pub(crate) attempt: u32,
    pub(crate) max_attempts: u32,
    /// Whether this call settles an earlier one, which stands in the journal already. No fallback answers it.
    pub(crate) settles: bool,
    /// Whether the answer tells of money that moves: that of this call, or of the one that it asks for.
    pub(crate) money: bool,
    /// Header that proves who calls; not among the headers, which the user's layers see.
    pub(crate) credential: Option<Arc<(HeaderName, Secret<HeaderValue>)>>,
    pub(crate) record: Arc<CallRecord>,
}

/// Without arguments and body, which may be personal, or secret.
impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("operation", &self.operation.name).finish_non_exhaustive()
    }
}

impl CallState {
    /// What was settled before the first attempt.
    pub(crate) fn settled(&self) -> &Settled {
        &self.record.settled
    }

    /// Begins a call. A request that was kept and is sent again is another call, with a record of its own.
    pub(crate) fn settle(&mut self, settled: Settled) {
        match Arc::get_mut(&mut self.record) {
            Some(record) if !record.is_used() && record.entry().is_none() => record.settled = settled,
            _ => self.record = Arc::new(CallRecord::new(settled)),
        }
    }
}

// === building, by generated code ===

impl Request {
    /// Begins a call with the options of the surrounding [`Scoped`](super::options::Scoped) handle, if any.
    pub fn new(operation: &'static Operation) -> Self {
        let parts = Parts {
            operation,
            path: Cow::Borrowed(operation.path),
            query: String::new(),
            headers: HeaderMap::new(),
            body: Bytes::new(),
            options: CallOptions::take_scoped(),
        };
        Self { parts: Arc::new(parts), state: CallState { money: operation.money, ..CallState::default() } }
    }

    /// The same request once more, to settle what `call` did: another call, with options of its own.
    pub(crate) fn again(&self, call: &Operation, options: CallOptions) -> Self {
        let parts = Parts { options, ..Parts::clone(&self.parts) };
        let state = CallState { settles: true, money: call.money || self.operation().money, ..CallState::default() };
        Self { parts: Arc::new(parts), state }
    }

    /// A request as it was kept: path and query are encoded already.
    pub(crate) fn kept(operation: &'static Operation, path: String, query: String, body: Bytes) -> Self {
        let options = CallOptions::new();
        let parts =
            Parts { operation, path: Cow::Owned(path), query, headers: HeaderMap::new(), body: Bytes::new(), options };
        let state = CallState { money: operation.money, ..CallState::default() };
        let mut request = Self { parts: Arc::new(parts), state };
        if !body.is_empty() {
            request.raw(body);
        }
        request
    }

    fn parts_mut(&mut self) -> &mut Parts {
        Arc::make_mut(&mut self.parts)
    }

    /// Puts an argument into the path, percent-encoded as one segment.
    ///
    /// # Errors
    /// When the value is empty, `.` or `..`: no encoding keeps these from changing the route.
    pub fn path_arg(&mut self, name: &str, value: &(impl Display + ?Sized)) -> Result<()> {
        let path = &mut self.parts_mut().path;
        let Some((before, after)) = around(path, name) else { return Ok(()) };
        let mut filled = String::with_capacity(path.len() + 32);
        filled.push_str(before);
        encode(&mut filled, value);
        if matches!(&filled[before.len()..], "" | "." | "..") {
            let rule = "must name something: empty, `.` and `..` would address another route";
            return Err(Error::invalid_request(format!("path argument `{name}` {rule}")));
        }
        filled.push_str(after);
        *path = Cow::Owned(filled);
        Ok(())
    }

    /// Adds `name=value` to the query; `None` adds nothing.
    pub fn query_arg(&mut self, name: &str, value: Option<&(impl Display + ?Sized)>) {
        if let Some(value) = value {
            let query = &mut self.parts_mut().query;
            if !query.is_empty() {
                query.push('&');
            }
            encode(query, name);
            query.push('=');
            encode(query, value);
        }
    }

    /// Adds the fields of a flat struct to the query; absent options add nothing.
    ///
    /// # Errors
    /// When the struct is not flat.
    pub fn query_struct(&mut self, value: &impl Serialize) -> Result<()> {
        let text = flat("query", value)?;
        if !text.is_empty() {
            let query = &mut self.parts_mut().query;
            query.push_str(if query.is_empty() { "" } else { "&" });
            query.push_str(&text);
        }
        Ok(())
    }

    /// Adds a header; `None` adds nothing.
    ///
    /// # Errors
    /// When the value holds characters that no header may carry.
    pub fn header_arg(&mut self, name: &'static str, value: Option<&(impl Display + ?Sized)>) -> Result<()> {
        let Some(value) = value else { return Ok(()) };
        // Bytes beyond ASCII are legal in a header and read differently by everyone.
        let written = HeaderValue::from_str(&value.to_string()).ok().filter(|value| value.to_str().is_ok());
        let value = written.ok_or_else(|| {
            Error::invalid_request(format!("header `{name}` must be visible ASCII without line breaks"))
        })?;
        self.headers_mut().insert(HeaderName::from_static(name), value);
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

    /// Writes the fields of a flat struct as a form, once for all attempts; absent options add nothing.
    ///
    /// # Errors
    /// When the struct is not flat.
    pub fn form(&mut self, body: &impl Serialize) -> Result<()> {
        let text = flat("form", body)?;
        self.raw(text.into());
        Ok(())
    }

    /// Sends these bytes as they stand, for bodies that a signature covers.
    pub fn raw(&mut self, body: Bytes) {
        let parts = self.parts_mut();
        let content_type = HeaderValue::from_static(parts.operation.body.content_type());
        parts.headers.insert(http::header::CONTENT_TYPE, content_type);
        parts.body = body;
    }
}

// === reading, by layers and mocks ===

impl Request {
    /// The declared operation.
    pub fn operation(&self) -> &'static Operation {
        self.parts.operation
    }

    /// The encoded path, arguments filled in.
    pub fn path(&self) -> &str {
        &self.parts.path
    }

    /// The path argument of this name, decoded; `None` when the operation has none, or it is no text.
    pub fn path_argument(&self, name: &str) -> Option<Cow<'_, str>> {
        let segments = self.operation().path.split('/').zip(self.path().split('/'));
        let mut arguments = segments
            .filter(|(segment, _)| segment.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')) == Some(name));
        percent_decode_str(arguments.next()?.1).decode_utf8().ok()
    }

    /// The encoded query without its question mark; empty when there is none.
    pub fn query(&self) -> &str {
        &self.parts.query
    }

    /// Headers so far; the stack adds its own for each attempt.
    pub fn headers(&self) -> &HeaderMap {
        &self.parts.headers
    }

    /// Headers, to add to.
    pub fn headers_mut(&mut self) -> &mut HeaderMap {
        &mut self.parts_mut().headers
    }

    /// The body, the same bytes on every attempt.
    pub fn body(&self) -> &Bytes {
        &self.parts.body
    }

    /// Options that the caller set for this call.
    pub fn options(&self) -> &CallOptions {
        &self.parts.options
    }

    /// The idempotency key, once the client has chosen it.
    pub fn key(&self) -> Option<&IdempotencyKey> {
        self.state.settled().key.as_ref()
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
        Fingerprint::of(&self.parts.operation.method, &self.parts.path, &self.parts.body)
    }
}

// === encoding ===

/// The fields of a flat struct as `name=value&…`.
fn flat(place: &str, value: &impl Serialize) -> Result<String> {
    serde_urlencoded::to_string(value).map_err(|error| {
        Error::invalid_request(format!("the {place} must be a flat struct: {error}")).with_source(error)
    })
}

/// What stands before and after `{name}` in a path.
fn around<'a>(path: &'a str, name: &str) -> Option<(&'a str, &'a str)> {
    path.match_indices('{').find_map(|(at, _)| {
        let after = path[at + 1..].strip_prefix(name)?.strip_prefix('}')?;
        Some((&path[..at], after))
    })
}

/// Appends a value, percent-encoded, without writing it down in between.
fn encode(to: &mut String, value: &(impl Display + ?Sized)) {
    struct Encoder<'a>(&'a mut String);

    impl Write for Encoder<'_> {
        fn write_str(&mut self, text: &str) -> fmt::Result {
            self.0.extend(utf8_percent_encode(text, ENCODED));
            Ok(())
        }
    }

    // Writing to a String cannot fail.
    let _ = write!(Encoder(to), "{value}");
}
