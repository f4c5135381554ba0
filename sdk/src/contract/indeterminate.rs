//! The outcome that is neither success nor failure: bytes left and no answer came. It can be resolved, or parked; what it
//! cannot do is turn into a plain failure by accident.

use std::{
    fmt,
    str::FromStr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use futures_util::future::BoxFuture;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::{
    error::{Error, Result},
    facts::CallFacts,
    idempotency::IdempotencyKey,
    operation::Operation,
    response::Response,
};

/// How long [`Indeterminate::reconcile`] goes on: a minute outlasts a restart of the server and every attempt that may
/// still run there, and is about as long as anybody waits for a payment.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// A call whose effect may have happened. [`reconcile`](Self::reconcile) finds out, [`park`](Self::park) leaves it for
/// later; never count it as failed.
#[derive(Debug)]
#[must_use = "the effect may have happened: reconcile it, or park it"]
pub struct Indeterminate {
    error: Error,
}

/// What has become of an effect that was in doubt.
#[derive(Debug)]
#[must_use = "the effect may have happened: a resolution says whether it did"]
pub enum Resolution {
    /// The status query knows of the effect. Its answer says what has become of it.
    Found(Response),
    /// The call was repeated with its own key and bytes, and answered: with what the server had stored, or by doing it
    /// now. It happened once.
    Answered(Response),
    /// The call was repeated with its own key and bytes, and refused for good: it did not happen and will not.
    Refused(Error),
    /// The server was asked until patience ended, and does not know of the effect. That is no proof while the first
    /// request may still be under way.
    NotFound(Indeterminate),
    /// Nothing could be learned: nobody to ask, or no answer until patience ended.
    Unresolved(Indeterminate),
}

/// Names one entry of a journal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EntryId(u128);

/// Resolves the doubt about one call; the client that made the call hands it to its error.
pub(crate) trait Resolver: fmt::Debug + Send + Sync {
    fn reconcile(&self, unknown: Indeterminate, patience: Duration) -> BoxFuture<'_, Result<Resolution>>;

    fn park(&self) -> BoxFuture<'_, Result<EntryId>>;
}

// === impl Indeterminate ===

impl Indeterminate {
    /// The operation that was called.
    pub fn operation(&self) -> Option<&'static Operation> {
        self.facts().map(|facts| facts.operation)
    }

    /// The operation that answers for the effect, if one is declared.
    pub fn status_query(&self) -> Option<&'static Operation> {
        Some(self.operation()?.status?.operation)
    }

    /// The key that every attempt carried. Repeating the call with it cannot do the effect twice.
    pub fn key(&self) -> Option<&IdempotencyKey> {
        self.facts().and_then(|facts| facts.key.as_ref())
    }

    /// When the first attempt was started.
    pub fn sent_at(&self) -> Option<SystemTime> {
        self.facts().and_then(|facts| facts.sent_at)
    }

    /// Attempts that were started.
    pub fn attempts(&self) -> u32 {
        self.error.attempts()
    }

    /// Why no answer came.
    pub fn cause(&self) -> &Error {
        &self.error
    }

    /// Back to the error, for callers that only pass it on; it says that the effect may have happened.
    pub fn into_error(self) -> Error {
        self.error
    }

    fn facts(&self) -> Option<&CallFacts> {
        self.error.facts()
    }
}

// === resolving ===

impl Indeterminate {
    /// Finds out, for up to [`PATIENCE`].
    ///
    /// The status query is asked at 1 s, 2 s, 4 s and so on, a little jittered. Where it does not know of the effect, a keyed call is
    /// repeated with its own key and bytes, which settles it: the server answers from what it has stored, **or does it
    /// now**. It is repeated only while the server is sure to remember the key. A call that is not keyed is only asked
    /// for. The deadline of the call itself is over and plays no part.
    ///
    /// # Errors
    /// When there is no way to ask, such as a status query that needs a field which the call does not have. The effect
    /// is then as much in doubt as before, and the error can be made an [`Indeterminate`] again.
    pub async fn reconcile(self) -> Result<Resolution> {
        self.reconcile_within(PATIENCE).await
    }

    /// As [`reconcile`](Self::reconcile), with a patience of one's own.
    ///
    /// # Errors
    /// As [`reconcile`](Self::reconcile).
    pub async fn reconcile_within(self, patience: Duration) -> Result<Resolution> {
        match self.resolver() {
            Some(resolver) => resolver.reconcile(self, patience).await,
            None => Err(self.still(Error::configuration("the call was not made by a client that could ask again"))),
        }
    }

    /// Leaves the effect in doubt to the client's journal, from where `BaseClient::recover` takes it up, and gives the
    /// name of its entry.
    ///
    /// # Errors
    /// When the client has no journal, or it cannot be written. The effect is then as much in doubt as before.
    pub async fn park(self) -> Result<EntryId> {
        let parked = match self.resolver() {
            Some(resolver) => resolver.park().await,
            None => Err(Error::configuration("the call was not made by a client that has a journal")),
        };
        parked.map_err(|error| self.still(error))
    }

    fn resolver(&self) -> Option<Arc<dyn Resolver>> {
        self.facts()?.resolver.clone()
    }

    /// `error` stopped us from finding out, so the effect is still in doubt.
    pub(crate) fn still(self, error: Error) -> Error {
        let facts = self.facts().cloned();
        let error = error.with_certainty(self.error.certainty()).with_source(self.error);
        match facts {
            Some(facts) => error.with_facts(facts),
            None => error,
        }
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

// === impl EntryId ===

impl EntryId {
    /// An id of these bits, which no other entry has.
    pub const fn new(bits: u128) -> Self {
        Self(bits)
    }
}

impl fmt::Display for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for EntryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EntryId({self})")
    }
}

impl Serialize for EntryId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for EntryId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl FromStr for EntryId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let bits = u128::from_str_radix(text, 16);
        bits.map(Self).map_err(|_| format!("`{text}` is no entry of a journal: it must be a hexadecimal number"))
    }
}
