//! A journal that ends with the process: for tests, and for parking what one process will resolve itself.

use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;

use super::{
    KeyJournal,
    entry::{Entry, Event, Open, State},
};
use crate::contract::{error::Result, indeterminate::EntryId};

/// Keeps entries in memory. They survive dropped futures and lost answers, and no crash.
#[derive(Debug, Default)]
pub struct MemoryJournal(Mutex<Open>);

impl MemoryJournal {
    /// An empty journal.
    pub fn new() -> Self {
        Self::default()
    }

    fn entries(&self) -> MutexGuard<'_, Open> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl KeyJournal for MemoryJournal {
    async fn begin(&self, entry: Entry) -> Result<()> {
        self.entries().apply(&Event::Begin(Box::new(entry)));
        Ok(())
    }

    async fn mark(&self, id: EntryId, state: State) -> Result<()> {
        self.entries().apply(&Event::Mark { id, state });
        Ok(())
    }

    async fn open(&self) -> Result<Vec<Entry>> {
        Ok(self.entries().list())
    }
}
