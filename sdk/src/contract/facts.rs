//! What a call knows about itself at its end, kept with its error.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{
    explain::{Explanation, Names},
    idempotency::IdempotencyKey,
    operation::Operation,
    record::CallRecord,
};

/// What the call adds to an error on its way back to the caller.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CallFacts {
    /// The operation that was called.
    pub operation: &'static Operation,
    /// Attempts that were started.
    pub attempts: u32,
    /// Time from the start of the call to its end.
    pub elapsed: Duration,
    /// Key that every attempt carried.
    pub key: Option<IdempotencyKey>,
    /// When the first attempt was started.
    pub sent_at: Option<SystemTime>,
    /// The decisions, still packed, and who knows the instances by name.
    pub(crate) decisions: Option<(Arc<CallRecord>, Arc<dyn Names>)>,
}

impl CallFacts {
    /// The facts of a call that is about to begin.
    pub fn new(operation: &'static Operation) -> Self {
        Self { operation, attempts: 0, elapsed: Duration::ZERO, key: None, sent_at: None, decisions: None }
    }

    /// What the call decided on its way.
    pub fn explain(&self) -> Option<Explanation> {
        let (record, names) = self.decisions.as_ref()?;
        Some(record.explain(Some(Arc::clone(names))))
    }
}
