//! One error type for both ends of a call. Its [`ErrorKind`] says what happened, its [`Certainty`] whether the effect
//! may have happened all the same.
//!
//! A handler returns `Error::not_found("payment")`; the server writes it as a status and a code; the client reads the
//! same kind back. What a call adds on its way (operation, attempts, time) is in [`CallFacts`].

mod kind;

use std::{borrow::Cow, error::Error as StdError, fmt, sync::Arc, time::Duration};

use http::StatusCode;

use super::{certainty::Certainty, explain::Explanation, facts::CallFacts};

pub use kind::ErrorKind;

/// What every call returns.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Any error below this one.
pub type BoxError = Box<dyn StdError + Send + Sync>;

/// Codes of the envelope that the clients and servers of this crate give a meaning to.
pub mod code {
    /// The envelope of a success.
    pub const SUCCESS: &str = "SUCCESS";
    /// A field breaks a rule.
    pub const INVALID_REQUEST: &str = "INVALID_REQUEST";
    /// The first request with this idempotency key still runs.
    pub const IN_PROGRESS: &str = "IDEMPOTENCY_IN_PROGRESS";
    /// The idempotency key was used for another request.
    pub const KEY_REUSED: &str = "IDEMPOTENCY_KEY_REUSED";
    /// A keyed operation was called without a key.
    pub const KEY_MISSING: &str = "IDEMPOTENCY_KEY_MISSING";
    /// The caller's deadline had passed before the work began.
    pub const DEADLINE_EXCEEDED: &str = "DEADLINE_EXCEEDED";
    /// Something broke inside the server.
    pub const INTERNAL: &str = "INTERNAL_ERROR";
    /// Nothing there.
    pub const NOT_FOUND: &str = "RESOURCE_NOT_FOUND";
}

/// Whether a refusing server invites another attempt, from the `x-nack` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Nack {
    /// Not begun; try again, here after a while or elsewhere at once.
    Retry,
    /// Not begun, and the whole service is in no state to take it: give up.
    Final,
}

/// A failed call, or a handler's refusal. One pointer wide.
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    certainty: Certainty,
    message: String,
    code: Option<Cow<'static, str>>,
    status: Option<StatusCode>,
    details: Option<String>,
    trace_id: Option<String>,
    retry_after: Option<Duration>,
    nack: Option<Nack>,
    spent_below: bool,
    answer: Option<(StatusCode, bytes::Bytes)>,
    facts: Option<CallFacts>,
    /// Shared, since one failure can end several calls.
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

// === making one ===

impl Error {
    /// An error of `kind`; `message` says what, where and what to do.
    pub fn new(kind: ErrorKind, certainty: Certainty, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            certainty,
            message: message.into(),
            code: None,
            status: None,
            details: None,
            trace_id: None,
            retry_after: None,
            nack: None,
            spent_below: false,
            answer: None,
            facts: None,
            source: None,
        }))
    }

    /// A setting is missing, impossible or dangerous.
    pub fn configuration(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Configuration, Certainty::NotSent, message)
    }

    /// An argument cannot be put on the wire.
    pub fn invalid_request(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidRequest, Certainty::NotSent, message)
    }

    /// Refused in this process before anything was sent.
    pub fn rejected(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Rejected, Certainty::NotSent, message)
    }

    /// Answer of a server: `field` breaks `rule`.
    pub fn invalid_input(field: &str, rule: impl fmt::Display) -> Self {
        Self::new(ErrorKind::InvalidInput, Certainty::Processed, format!("`{field}` {rule}"))
            .with_code(code::INVALID_REQUEST)
    }

    /// Answer of a server: nothing by that name, as far as this caller may know.
    pub fn not_found(what: impl fmt::Display) -> Self {
        Self::new(ErrorKind::NotFound, Certainty::Processed, format!("{what} not found")).with_code(code::NOT_FOUND)
    }

    /// Answer of a server: the state does not allow it.
    pub fn conflict(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Conflict, Certainty::Processed, message).with_code(code)
    }

    /// Answer of a server: the business answer is no.
    pub fn declined(code: impl Into<Cow<'static, str>>, message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Declined, Certainty::Processed, message).with_code(code)
    }

    /// Answer of a server that did not begin and may be asked again after `retry_after`.
    pub fn unavailable(message: impl Into<String>, retry_after: Duration) -> Self {
        Self::new(ErrorKind::Unavailable, Certainty::NotProcessed, message)
            .with_code("SERVICE_UNAVAILABLE")
            .with_retry_after(retry_after)
            .with_nack(Nack::Retry)
    }

    /// Answer of a server in which something broke; the effect may have happened. The cause is logged, not sent.
    pub fn internal(source: impl Into<BoxError>) -> Self {
        Self::new(ErrorKind::Internal, Certainty::PossiblyProcessed, "internal error")
            .with_code(code::INTERNAL)
            .with_source(source)
    }

    /// A stored answer, to be written as it stands; see `server::Replay`.
    #[cfg_attr(not(feature = "server"), allow(dead_code))]
    pub(crate) fn answer(status: StatusCode, body: bytes::Bytes) -> Self {
        let mut error = Self::new(ErrorKind::Conflict, Certainty::Processed, "a stored answer");
        error.0.answer = Some((status, body));
        error
    }

    /// Sets the text code of the envelope.
    #[must_use]
    pub fn with_code(mut self, code: impl Into<Cow<'static, str>>) -> Self {
        self.0.code = Some(code.into());
        self
    }

    /// Sets the status that was received, or that the server shall answer with instead of the kind's.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.0.status = Some(status);
        self
    }

    /// Adds technical detail for developers; servers send it, so it must hold no secret.
    #[must_use]
    pub fn with_details(mut self, details: impl Into<String>) -> Self {
        self.0.details = Some(details.into());
        self
    }

    /// Sets the id under which the server logged the request.
    #[must_use]
    pub fn with_trace_id(mut self, trace_id: impl Into<String>) -> Self {
        self.0.trace_id = Some(trace_id.into());
        self
    }

    /// Sets how long the server asks to wait.
    #[must_use]
    pub fn with_retry_after(mut self, wait: Duration) -> Self {
        self.0.retry_after = Some(wait);
        self
    }

    /// Sets the server's word on another attempt.
    #[must_use]
    pub fn with_nack(mut self, nack: Nack) -> Self {
        self.0.nack = Some(nack);
        self
    }

    /// Says that a service further on has already been asked again; see [`RETRY_BUDGET`](super::headers::RETRY_BUDGET).
    #[must_use]
    pub(crate) fn spent_below(mut self) -> Self {
        self.0.spent_below = true;
        self
    }

    /// Sets what is known about the effect.
    #[must_use]
    pub fn with_certainty(mut self, certainty: Certainty) -> Self {
        self.0.certainty = certainty;
        self
    }

    /// Keeps the error below this one.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }

    /// Adds what the call knows, for layers and mocks.
    #[must_use]
    pub fn with_facts(mut self, facts: CallFacts) -> Self {
        self.0.facts = Some(facts);
        self
    }

    /// The same failure, for another call that it ends too.
    pub(crate) fn copy(&self) -> Self {
        Self(self.0.clone())
    }

    /// Says in front of the message whose failure this is.
    pub(crate) fn of(mut self, whose: &str) -> Self {
        self.0.message = format!("{whose}: {}", self.0.message);
        self
    }
}

// === reading one ===

impl Error {
    /// What went wrong.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// What is known about the effect.
    pub fn certainty(&self) -> Certainty {
        self.0.certainty
    }

    /// The text code of the envelope, such as `INVALID_AMOUNT`.
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// Whether the service itself gave the code. The type of a problem (RFC 9457), a URI, may be that of any gateway on
    /// the way, and so may a code that is the status once more.
    pub(crate) fn is_in_own_words(&self) -> bool {
        let is_status = |code: &str| self.status().is_some_and(|status| status.as_str() == code);
        self.code().is_some_and(|code| !code.contains([':', '/']) && !is_status(code))
    }

    /// The message alone, without operation and attempts.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The status that was received, if an answer arrived.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.status
    }

    /// Technical detail of the answer.
    pub fn details(&self) -> Option<&str> {
        self.0.details.as_deref()
    }

    /// The id under which the server logged the request.
    pub fn trace_id(&self) -> Option<&str> {
        self.0.trace_id.as_deref()
    }

    /// How long the server asked to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.0.retry_after
    }

    /// The server's word on another attempt.
    pub fn nack(&self) -> Option<Nack> {
        self.0.nack
    }

    /// Whether a service further on has already been asked again.
    pub(crate) fn is_spent_below(&self) -> bool {
        self.0.spent_below
    }

    /// What the call knows, if the error came from one.
    pub fn facts(&self) -> Option<&CallFacts> {
        self.0.facts.as_ref()
    }

    /// What the call decided on its way here, if the error came from one.
    pub fn explain(&self) -> Option<Explanation> {
        self.facts()?.explain()
    }

    /// Attempts that were started; 0 when nothing was.
    pub fn attempts(&self) -> u32 {
        self.facts().map_or(0, |facts| facts.attempts)
    }

    #[cfg_attr(not(feature = "server"), allow(dead_code))]
    pub(crate) fn stored_answer(&self) -> Option<(StatusCode, bytes::Bytes)> {
        self.0.answer.clone()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = &self.0;
        if let Some(facts) = &inner.facts {
            write!(f, "{}: ", facts.operation)?;
        }
        if let Some(status) = inner.status {
            write!(f, "{} ", status.as_u16())?;
        }
        if let Some(code) = &inner.code {
            write!(f, "{code}: ")?;
        }
        f.write_str(&inner.message)?;
        if let Some(facts) = &inner.facts {
            let certainty = inner.certainty;
            write!(f, " [{certainty}; attempts: {}; {} ms]", facts.attempts, facts.elapsed.as_millis())?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("certainty", &self.0.certainty)
            .field("text", &self.to_string())
            .field("details", &self.0.details)
            .field("source", &self.0.source)
            .finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
