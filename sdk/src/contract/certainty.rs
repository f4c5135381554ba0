//! May the effect already have happened? The question that every result answers.

use std::fmt;

/// What is known, after a failed call, about the effect that it asked for.
///
/// The pessimistic value is the default wherever evidence is missing. Only the first two allow the same effect to be
/// asked for again without an idempotency key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Certainty {
    /// No byte of the request can have reached the server: refused locally, name not found, connection refused, TLS
    /// failed.
    NotSent,
    /// The server, or something trusted in front of it, says that it did not begin: `x-nack`, 421, 425, a credential
    /// refused before execution.
    NotProcessed,
    /// Bytes left and no complete answer came back. The effect may have happened; ask, never guess.
    #[default]
    PossiblyProcessed,
    /// A complete answer came back: the effect happened, or the server refused it for good.
    Processed,
}

impl Certainty {
    /// True when the effect certainly did not happen and nobody refused it for good, so that it may be tried elsewhere.
    pub fn nothing_happened(self) -> bool {
        matches!(self, Self::NotSent | Self::NotProcessed)
    }

    /// True when nobody can say yet: see [`Error::into_indeterminate`](super::error::Error::into_indeterminate).
    pub fn is_indeterminate(self) -> bool {
        self == Self::PossiblyProcessed
    }

    /// The value as it appears in logs, spans and tables.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotSent => "not_sent",
            Self::NotProcessed => "not_processed",
            Self::PossiblyProcessed => "possibly_processed",
            Self::Processed => "processed",
        }
    }
}

impl fmt::Display for Certainty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
