//! The outcome that is neither success nor failure: bytes left and no answer came.

use std::time::SystemTime;

use super::{error::Error, idempotency::IdempotencyKey, operation::Operation};

/// A call whose effect may have happened. Ask the server, or repeat with [`key`](Self::key); never count it as failed.
#[derive(Debug)]
#[must_use = "the effect may have happened: ask for its state, or repeat the call with the same key"]
pub struct Indeterminate {
    error: Error,
}

impl Indeterminate {
    /// The operation that was called.
    pub fn operation(&self) -> Option<&'static Operation> {
        self.error.facts().map(|facts| facts.operation)
    }

    /// The key that every attempt carried. Repeating the call with it cannot do the effect twice.
    pub fn key(&self) -> Option<&IdempotencyKey> {
        self.error.facts().and_then(|facts| facts.key.as_ref())
    }

    /// When the first attempt was started.
    pub fn sent_at(&self) -> Option<SystemTime> {
        self.error.facts().and_then(|facts| facts.sent_at)
    }

    /// Why no answer came.
    pub fn cause(&self) -> &Error {
        &self.error
    }

    /// Back to the error, for callers that only pass it on.
    pub fn into_error(self) -> Error {
        self.error
    }
}

impl Error {
    /// Separates "unknown" from "failed": `Ok` when the effect may have happened, else the error unchanged.
    ///
    /// # Errors
    /// The error itself, when its certainty is not [`PossiblyProcessed`](super::certainty::Certainty).
    pub fn into_indeterminate(self) -> Result<Indeterminate, Self> {
        if self.certainty().is_indeterminate() { Ok(Indeterminate { error: self }) } else { Err(self) }
    }
}
