//! Stand-ins for the other end of a call, at four depths.
//!
//! * The typed mock of an API (`MockOrderApi`, written by `#[api]`) replaces the whole client; [`Calls`] counts for it.
//! * [`Wire`] replaces the stack below a declaration: for asserting method, path, headers and body of a call.
//! * `network` (with the feature `server`) puts the whole stack in front of a router: for both ends at once, without a
//!   socket.
//! * [`Stub`] makes a wiremock server answer an operation: for tests through the real stack and a real socket.

#[cfg(feature = "server")]
mod network;
mod stub;
mod wire;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::contract::error::Error;

#[cfg(feature = "server")]
pub use network::network;
pub use stub::Stub;
pub use wire::Wire;

/// Counts the calls of a typed mock, operation by operation. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Calls(Arc<Mutex<BTreeMap<&'static str, usize>>>);

// === impl Calls ===

impl Calls {
    /// Counts a call of `operation`.
    pub fn record(&self, operation: &'static str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry(operation).or_default() += 1;
    }

    /// How often `operation` was called.
    pub fn count(&self, operation: &str) -> usize {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(operation).copied().unwrap_or_default()
    }
}

/// What a typed mock answers when no answer was set.
pub fn unanswered(mock: &str, operation: &str) -> Error {
    Error::rejected(format!("{mock}::{operation} was called and has no answer; set one with on_{operation}"))
}
