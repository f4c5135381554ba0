//! What a database must be able to do to hold stores, and nothing else: SQLite and PostgreSQL do these few things
//! differently, and everything above is the same for both.

use std::ops::ControlFlow;

use payment_clients::contract::error::Error;

use super::{dialect::Dialect, value::Value};

/// Where one store is.
pub(super) trait Database: Send + Sync {
    /// Opens the connection that writes, and makes the store when there is none.
    fn writer(&self) -> Result<Box<dyn Connection>, Error>;
    /// Opens a connection that reads a store that is there.
    fn reader(&self) -> Result<Box<dyn Connection>, Error>;
    /// Connections that may read at once.
    fn most_readers(&self) -> usize;
    /// True when a statement waits for a network, which no thread of the runtime may.
    fn is_remote(&self) -> bool;
    /// Where it is, for people; without secrets.
    fn place(&self) -> String;
}

/// One connection. Between `begin` and `commit`, each unit of work has a savepoint of its own.
pub(super) trait Connection: Send {
    /// What this engine says in its own words.
    fn dialect(&self) -> &'static Dialect;
    /// Most units that share a commit; bounds how long the first of them waits for the last.
    fn most_units(&self) -> usize;

    /// Shows each row until it is told to stop.
    fn query(&self, sql: &'static str, args: &[Value<'_>], show: &mut Show<'_>) -> Result<(), Fault>;
    /// Changes rows, and says how many.
    fn execute(&self, sql: &'static str, args: &[Value<'_>]) -> Result<u64, Fault>;
    /// Changes rows by several statements, in this order and without a look at what is between them. Who fails is told
    /// with its place; what comes after it changes nothing.
    fn execute_all(&self, statements: &[(&'static str, Vec<Value<'_>>)]) -> Result<(), (usize, Fault)> {
        let mut numbered = statements.iter().enumerate();
        numbered.try_for_each(|(place, (sql, args))| match self.execute(sql, args) {
            Ok(_) => Ok(()),
            Err(fault) => Err((place, fault)),
        })
    }
    /// Runs statements that have neither arguments nor rows.
    fn batch(&self, sql: &str) -> Result<(), Fault>;

    /// Waits to be the one writer of the store, and begins a transaction and the first unit in it. A connection that
    /// was lost before is made anew.
    fn begin(&self) -> Result<(), Fault>;
    /// Keeps what the unit has done, and begins the next.
    fn keep(&self) -> Result<(), Fault>;
    /// Undoes what the unit has done; the next can begin.
    fn undo(&self) -> Result<(), Fault>;
    /// Makes everything durable.
    fn commit(&self) -> Result<(), Fault>;
    /// Begins to read: until `rollback`, one state.
    fn look(&self) -> Result<(), Fault>;
    /// Leaves nothing of the transaction behind.
    fn rollback(&self) -> Result<(), Fault>;
    /// Leaves the store whole and closes the connection.
    fn close(self: Box<Self>) -> Result<(), Fault>;
}

/// Sees a row, and says whether it wants another.
pub(super) type Show<'s> = dyn FnMut(&dyn Columns) -> ControlFlow<()> + 's;

/// The columns of a row.
pub(super) trait Columns {
    /// What a column holds, or in a few words why no store should hold that.
    fn value(&self, position: usize) -> Result<Value<'_>, String>;
    /// Where the column of this name is.
    fn position(&self, name: &str) -> Option<usize>;
}

/// Why a statement failed.
#[derive(Debug, thiserror::Error)]
#[error("{cause}")]
pub(super) struct Fault {
    pub(super) cause: String,
    pub(super) kind: FaultKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum FaultKind {
    /// The statement is wrong, or the store is broken: a repeat would fail too.
    Lasting,
    /// It broke this constraint of the schema.
    Constraint(String),
    /// It passes by itself: a full disk, another writer that takes too long, a server that is away.
    Passing,
}

impl Fault {
    pub(super) fn lasting(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), kind: FaultKind::Lasting }
    }

    pub(super) fn passing(cause: impl Into<String>) -> Self {
        Self { cause: cause.into(), kind: FaultKind::Passing }
    }
}
