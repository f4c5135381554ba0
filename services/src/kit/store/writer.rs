//! The one writer of a file. It takes whatever is queued, gives each unit a savepoint of its own, commits all of them at
//! once and only then answers: the price of a durable commit is shared, and the more load, the more share it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use payment_clients::contract::error::Error;
use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::sql::{Tx, failed, unavailable};

/// Most units that share a commit; bounds how long the first of them waits for the last.
const MOST_UNITS: usize = 128;

/// What the writer is asked for.
pub(super) enum Message {
    Unit(Box<dyn Unit>),
    Close(oneshot::Sender<Result<(), Error>>),
}

/// A queued unit of work, its types erased.
pub(super) trait Unit: Send {
    /// Runs it; true when its changes shall stay.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Tells the caller, who may be gone: the result of the run, or why it could not be committed.
    fn answer(self: Box<Self>, failure: Option<Error>);
}

/// The unit's work, then its result.
pub(super) struct Work<F, T> {
    work: Option<F>,
    result: Option<Result<T, Error>>,
    caller: oneshot::Sender<Result<T, Error>>,
}

/// What a store has done since it was opened.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) units: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) commits: AtomicU64,
}

/// Why a whole batch was undone.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0} failed: {1}")]
    Statement(&'static str, rusqlite::Error),
    #[error("SQLite gave the transaction up: the disk is full or failing")]
    Undone,
}

/// The thread that owns the writing connection.
pub(super) struct Writer {
    pub(super) connection: Connection,
    pub(super) store: Arc<str>,
    pub(super) messages: mpsc::Receiver<Message>,
    pub(super) counters: Arc<Counters>,
}

// === impl Work ===

impl<F, T> Work<F, T> {
    pub(super) fn new(work: F) -> (Self, oneshot::Receiver<Result<T, Error>>) {
        let (caller, answer) = oneshot::channel();
        (Self { work: Some(work), result: None, caller }, answer)
    }
}

impl<F, T> Unit for Work<F, T>
where
    F: FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send,
    T: Send,
{
    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let Some(work) = self.work.take() else { return false };
        let result = catch_unwind(AssertUnwindSafe(|| work(tx)));
        let result = result.unwrap_or_else(|_| Err(Error::internal("a unit of work panicked and was rolled back")));
        self.result.insert(result).is_ok()
    }

    fn answer(self: Box<Self>, failure: Option<Error>) {
        let result = failure.map(Err).or(self.result);
        let result = result.unwrap_or_else(|| Err(Error::internal("a unit of work was answered before it ran")));
        // A caller who went away does not change what was committed.
        let _ = self.caller.send(result);
    }
}

// === impl Failure ===

impl Failure {
    fn to_error(&self, store: &str) -> Error {
        match self {
            Self::Statement(sql, cause) => failed(store, sql, cause),
            Self::Undone => unavailable(store),
        }
    }
}

// === impl Writer ===

impl Writer {
    /// Works until every handle is gone or the store is closed, then empties the queue and closes the file.
    pub(super) fn run(mut self) {
        let mut messages = Vec::with_capacity(MOST_UNITS);
        let mut units = Vec::with_capacity(MOST_UNITS);
        let mut closing = Vec::new();
        while self.messages.blocking_recv_many(&mut messages, MOST_UNITS) > 0 {
            for message in messages.drain(..) {
                match message {
                    Message::Unit(unit) => units.push(unit),
                    Message::Close(caller) => {
                        self.messages.close();
                        closing.push(caller);
                    }
                }
            }
            if !units.is_empty() {
                self.batch(&mut units);
            }
        }
        let store = Arc::clone(&self.store);
        let closed = self.close();
        for caller in closing {
            let result = closed.as_ref().map_err(|cause| failed(&store, "close", cause));
            let _ = caller.send(result.copied());
        }
    }

    /// Runs the units in one transaction and answers all of them.
    fn batch(&self, units: &mut Vec<Box<dyn Unit>>) {
        let outcome = self.transact(units);
        let counters = &self.counters;
        counters.commits.fetch_add(1, Ordering::Relaxed);
        counters.units.fetch_add(u64::try_from(units.len()).unwrap_or(0), Ordering::Relaxed);
        if let Err(failure) = &outcome {
            tracing::error!(
                store = &*self.store,
                units = units.len(),
                "{failure}; the units of this commit are undone"
            );
            // Nothing of the transaction may stay, or the next one could not begin.
            let _ = self.connection.execute_batch("ROLLBACK");
        }
        for unit in units.drain(..) {
            // Failed units are answered after the commit too: what they have read may be of units in this batch.
            unit.answer(outcome.as_ref().err().map(|failure| failure.to_error(&self.store)));
        }
    }

    fn transact(&self, units: &mut [Box<dyn Unit>]) -> Result<(), Failure> {
        self.statement("BEGIN IMMEDIATE")?;
        for unit in units {
            self.statement("SAVEPOINT unit")?;
            let kept = unit.run(&mut Tx::new(&self.connection, &self.store));
            if self.connection.is_autocommit() {
                return Err(Failure::Undone);
            }
            if !kept {
                self.counters.failed.fetch_add(1, Ordering::Relaxed);
                self.statement("ROLLBACK TO unit")?;
            }
            self.statement("RELEASE unit")?;
        }
        self.statement("COMMIT")
    }

    fn statement(&self, sql: &'static str) -> Result<(), Failure> {
        let run = || self.connection.prepare_cached(sql)?.execute([]);
        run().map(drop).map_err(|cause| Failure::Statement(sql, cause))
    }

    /// Moves everything into the main file, so that the file alone is the whole store.
    fn close(self) -> rusqlite::Result<()> {
        let Self { connection, .. } = self;
        connection.flush_prepared_statement_cache();
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        connection.close().map_err(|(_, cause)| cause)
    }
}
