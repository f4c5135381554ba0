//! Statements inside a unit of work. SQL is `&'static str` with `$1` placeholders and only what SQLite and PostgreSQL
//! share; nothing here waits for anything but the file, so a unit cannot make a network call.

use std::{fmt, ops::Deref, str::FromStr};

use payment_clients::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind},
};
use rusqlite::{Connection, ErrorCode, Statement};

use super::value::{FromValue, Value};

/// One consistent state of a store, to be read.
pub struct View<'c> {
    connection: &'c Connection,
    store: &'c str,
}

/// A unit of work: everything that it changes is committed together, or nothing is.
pub struct Tx<'c> {
    view: View<'c>,
}

/// One row of a result.
pub struct Row<'r> {
    row: &'r rusqlite::Row<'r>,
    sql: &'static str,
}

/// Names a column of a row: its name, or its position from 0.
pub trait Column: Copy + fmt::Debug {
    /// The position, if there is such a column.
    fn position(self, row: &Row<'_>) -> Option<usize>;
}

/// Why a statement failed, with the statement.
#[derive(Debug, thiserror::Error)]
#[error("{store}: {cause}; in `{sql}`")]
struct StatementError {
    store: String,
    sql: &'static str,
    cause: String,
}

// === impl View ===

impl<'c> View<'c> {
    pub(super) fn new(connection: &'c Connection, store: &'c str) -> Self {
        Self { connection, store }
    }

    /// The first row, if there is one.
    ///
    /// # Errors
    /// When the statement fails or `read` does.
    pub fn optional<T>(
        &self,
        sql: &'static str,
        args: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Option<T>, Error> {
        let mut statement = self.prepare(sql, args)?;
        let mut rows = statement.raw_query();
        match rows.next().map_err(|cause| self.failed(sql, &cause))? {
            Some(row) => read(&Row { row, sql }).map(Some),
            None => Ok(None),
        }
    }

    /// The first row, which must be there.
    ///
    /// # Errors
    /// When there is no row, the statement fails, or `read` does.
    pub fn one<T>(
        &self,
        sql: &'static str,
        args: &[Value<'_>],
        read: impl FnOnce(&Row<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        self.optional(sql, args, read)?.ok_or_else(|| self.broken(sql, "no row where one must be"))
    }

    /// All rows.
    ///
    /// # Errors
    /// When the statement fails or `read` does.
    pub fn all<T>(
        &self,
        sql: &'static str,
        args: &[Value<'_>],
        mut read: impl FnMut(&Row<'_>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let mut statement = self.prepare(sql, args)?;
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next().map_err(|cause| self.failed(sql, &cause))? {
            found.push(read(&Row { row, sql })?);
        }
        Ok(found)
    }

    /// Compiles the statement, or takes it from the connection's cache, and binds its arguments by their numbers.
    fn prepare(&self, sql: &'static str, args: &[Value<'_>]) -> Result<rusqlite::CachedStatement<'c>, Error> {
        let mut statement = self.connection.prepare_cached(sql).map_err(|cause| self.failed(sql, &cause))?;
        let bound = bind(&mut statement, args).map_err(|cause| self.failed(sql, &cause))?;
        if bound == args.len() {
            return Ok(statement);
        }
        let given = args.len();
        Err(self.broken(sql, format!("the statement takes {bound} arguments and was given {given}")))
    }

    fn broken(&self, sql: &'static str, cause: impl Into<String>) -> Error {
        Error::internal(StatementError { store: self.store.to_owned(), sql, cause: cause.into() })
    }

    fn failed(&self, sql: &'static str, cause: &rusqlite::Error) -> Error {
        failed(self.store, sql, cause)
    }
}

/// Binds `$n` to the n-th argument wherever it stands, as PostgreSQL does. Returns the highest number.
fn bind(statement: &mut Statement<'_>, args: &[Value<'_>]) -> rusqlite::Result<usize> {
    let mut highest = 0;
    for position in 1..=statement.parameter_count() {
        let number = statement.parameter_name(position).and_then(|name| name.strip_prefix('$')?.parse().ok());
        let number: usize = number.ok_or_else(|| rusqlite::Error::InvalidParameterName("not $1, $2 …".to_owned()))?;
        highest = highest.max(number);
        let given = number.checked_sub(1).and_then(|index| args.get(index));
        if let Some(value) = given {
            statement.raw_bind_parameter(position, value)?;
        }
    }
    Ok(highest)
}

/// The error of a statement that failed: what only needs a free disk or less load is `Unavailable`, the rest is ours.
///
/// Neither says `NotProcessed`: the handler may have committed an earlier unit already.
pub(super) fn failed(store: &str, sql: &'static str, cause: &rusqlite::Error) -> Error {
    let passing = matches!(
        cause.sqlite_error_code(),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull | ErrorCode::OutOfMemory)
    );
    let source = StatementError { store: store.to_owned(), sql, cause: cause.to_string() };
    if passing { unavailable(store).with_source(source) } else { Error::internal(source) }
}

/// The store cannot take work now; what was asked may have been done in part by an earlier unit.
pub(super) fn unavailable(store: &str) -> Error {
    let message = format!("the store of {store} takes no work now; try again");
    Error::new(ErrorKind::Unavailable, Certainty::PossiblyProcessed, message)
        .with_code("STORE_UNAVAILABLE")
        .with_retry_after(std::time::Duration::from_secs(1))
}

// === impl Tx ===

impl<'c> Tx<'c> {
    pub(super) fn new(connection: &'c Connection, store: &'c str) -> Self {
        Self { view: View::new(connection, store) }
    }

    /// Runs a statement that changes rows, and returns how many it changed.
    ///
    /// # Errors
    /// When the statement fails, or breaks a constraint of the schema.
    pub fn execute(&mut self, sql: &'static str, args: &[Value<'_>]) -> Result<u64, Error> {
        let changed = self.view.prepare(sql, args)?.raw_execute().map_err(|cause| self.view.failed(sql, &cause))?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    /// Runs a part of the unit that may fail by itself: its changes are undone when it does, and the unit goes on.
    ///
    /// # Errors
    /// What `work` returned, or the failure of the savepoint around it.
    pub fn nested<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.execute("SAVEPOINT part", &[])?;
        let result = work(self);
        if result.is_err() {
            self.execute("ROLLBACK TO part", &[])?;
        }
        self.execute("RELEASE part", &[])?;
        result
    }
}

impl<'c> Deref for Tx<'c> {
    type Target = View<'c>;

    fn deref(&self) -> &View<'c> {
        &self.view
    }
}

// === impl Row ===

impl Row<'_> {
    /// Reads a column.
    ///
    /// # Errors
    /// When there is no such column, or it holds something else.
    pub fn get<T: FromValue>(&self, column: impl Column) -> Result<T, Error> {
        self.read(column, T::from_value)
    }

    /// Reads a text column through `FromStr`, for ids and words.
    ///
    /// # Errors
    /// When there is no such column, or its text is no `T`.
    pub fn parse<T: FromStr<Err: fmt::Display>>(&self, column: impl Column) -> Result<T, Error> {
        self.read(column, |value| match value {
            Value::Text(text) => text.parse().map_err(|error: T::Err| error.to_string()),
            other => Err(format!("expected text, found {other:?}")),
        })
    }

    fn read<T>(&self, column: impl Column, convert: impl FnOnce(Value<'_>) -> Result<T, String>) -> Result<T, Error> {
        let found = column.position(self).ok_or_else(|| "no such column".to_owned());
        let found = found.and_then(|position| self.row.get_ref(position).map_err(|error| error.to_string()));
        found.and_then(Value::of).and_then(convert).map_err(|cause| {
            let cause = format!("column {column:?}: {cause}");
            Error::internal(StatementError { store: "row".to_owned(), sql: self.sql, cause })
        })
    }
}

impl Column for usize {
    fn position(self, _: &Row<'_>) -> Option<usize> {
        Some(self)
    }
}

impl Column for &str {
    fn position(self, row: &Row<'_>) -> Option<usize> {
        row.row.as_ref().column_index(self).ok()
    }
}
