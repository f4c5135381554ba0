//! A memory of effects in doubt that outlives the process.
//!
//! Before the first byte of a call that moves money leaves, the client writes down what it is about to send and under
//! which key; when the outcome is known, it says so. What a crash, a dropped future or a lost answer leaves open is
//! resolved by [`BaseClient::recover`](super::BaseClient::recover), by asking, or by repeating with the same key.
//!
//! Only calls marked `money` are written down. Each costs a write that must reach the disk, milliseconds that are
//! nothing beside a payment and much beside a notification, and a notification in doubt is not worth a recovery.
//!
//! The bodies are kept as sent, and may hold personal data: protect a journal as you protect the payments themselves.

mod entry;
mod file;
mod layer;
mod line;
mod memory;
mod writer;

use std::fmt;

use async_trait::async_trait;

pub use self::{
    entry::{Entry, State},
    file::FileJournal,
    memory::MemoryJournal,
};
use crate::contract::{error::Result, indeterminate::EntryId};

pub(super) use self::layer::Journaled;

/// Keeps the calls whose outcome is not known. [`FileJournal`] serves one process; several processes that shall recover
/// each other's calls implement it on their database.
#[async_trait]
pub trait KeyJournal: fmt::Debug + Send + Sync + 'static {
    /// Writes an entry down. It must be durable when this returns, because the call is sent then.
    ///
    /// # Errors
    /// When that cannot be promised. The call is then refused, and nothing of it sent. Should the entry be there all the
    /// same, [`mark`](Self::mark) must be able to void it, or fail.
    async fn begin(&self, entry: Entry) -> Result<()>;

    /// Sets the state of an entry; an entry that does not exist is none to set. [`State::Void`] must be durable when this
    /// returns. A lost [`State::Done`] costs no more than a question at the next recovery.
    ///
    /// # Errors
    /// When the state cannot be kept. A call that had no effect is then in doubt after all, because a recovery would find
    /// it open and make it.
    async fn mark(&self, id: EntryId, state: State) -> Result<()>;

    /// All entries whose outcome is not known, oldest first.
    ///
    /// # Errors
    /// When they cannot be read.
    async fn open(&self) -> Result<Vec<Entry>>;
}
