//! Statements inside a unit of work. SQL is `&'static str` with `$1` placeholders and only what SQLite and PostgreSQL
//! share; nothing here waits for anything but the file, so a unit cannot make a network call.

use std::{cell::Cell, error::Error as _, fmt, ops::ControlFlow, ops::Deref, str::FromStr};

use payment_clients::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind},
};

use super::{
    engine::{Columns, Connection, Fault, FaultKind},
    value::{FromValue, Value},
};

/// One consistent state of a store, to be read.
pub struct View<'c> {
    connection: &'c dyn Connection,
    store: &'c str,
    /// A statement has failed: nothing more may be done.
    failed: Cell<bool>,
}

/// A unit of work: everything that it changes is committed together, or nothing is.
///
/// A unit in which a statement failed returns that error. PostgreSQL would refuse every later statement, so a unit
/// that goes on is refused on either engine; [`nested`](Tx::nested) bounds a part that may fail.
pub struct Tx<'c> {
    view: View<'c>,
    /// What is done once all of it is committed.
    after: Vec<After>,
}

/// What is done after a commit.
pub(super) type After = Box<dyn FnOnce() + Send>;

/// One row of a result.
pub struct Row<'r> {
    columns: &'r dyn Columns,
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
    constraint: Option<String>,
}

/// The constraint of the schema that a failed statement broke: a CHECK by its name, so it must have one; a key by its
/// columns, `t.a, t.b`.
pub fn violated(error: &Error) -> Option<String> {
    error.source()?.downcast_ref::<StatementError>()?.constraint.clone()
}

// === impl View ===

impl<'c> View<'c> {
    pub(super) fn new(connection: &'c dyn Connection, store: &'c str) -> Self {
        Self { connection, store, failed: Cell::new(false) }
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
        let (mut read, mut found) = (Some(read), None);
        self.run(sql, args, || {
            self.connection.query(sql, args, &mut |columns| {
                found = read.take().map(|read| read(&Row { columns, sql }));
                ControlFlow::Break(())
            })
        })?;
        found.transpose()
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
        self.optional(sql, args, read)?.ok_or_else(|| broken(self.store, sql, "no row where one must be"))
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
        let mut found = Ok(Vec::new());
        self.run(sql, args, || {
            self.connection.query(sql, args, &mut |columns| match (&mut found, read(&Row { columns, sql })) {
                (Ok(rows), Ok(row)) => {
                    rows.push(row);
                    ControlFlow::Continue(())
                }
                (_, result) => {
                    found = result.map(|_| Vec::new());
                    ControlFlow::Break(())
                }
            })
        })?;
        found
    }

    /// Runs a statement, unless an earlier one failed.
    fn run<T>(
        &self,
        sql: &'static str,
        args: &[Value<'_>],
        statement: impl FnOnce() -> Result<T, Fault>,
    ) -> Result<T, Error> {
        self.usable(sql, args)?;
        statement().map_err(|cause| self.fail(sql, &cause))
    }

    /// Passes a statement that may be run.
    fn usable(&self, sql: &'static str, args: &[Value<'_>]) -> Result<(), Error> {
        if self.failed.get() {
            return Err(broken(self.store, sql, "an earlier statement failed; return its error"));
        }
        if args.iter().any(|value| matches!(value, Value::Text(text) if text.contains('\0'))) {
            // PostgreSQL could not keep it.
            return Err(Error::invalid_input("text", "must not contain the character U+0000"));
        }
        Ok(())
    }

    fn fail(&self, sql: &'static str, cause: &Fault) -> Error {
        self.failed.set(true);
        failed(self.store, sql, cause)
    }
}

/// A statement with more or fewer placeholders than arguments.
pub(super) fn miscounted(taken: usize, args: &[Value<'_>]) -> Fault {
    Fault::lasting(format!("the statement takes {taken} arguments and was given {}", args.len()))
}

fn broken(store: &str, sql: &'static str, cause: &str) -> Error {
    failed(store, sql, &Fault::lasting(cause))
}

/// The error of a statement that failed: what only needs a free disk, less load or a server that is back is
/// `Unavailable`, the rest is ours.
///
/// Neither says `NotProcessed`: the handler may have committed an earlier unit already.
pub(super) fn failed(store: &str, sql: &'static str, fault: &Fault) -> Error {
    let constraint = match &fault.kind {
        FaultKind::Constraint(name) => Some(name.clone()),
        FaultKind::Lasting | FaultKind::Passing => None,
    };
    let source = StatementError { store: store.to_owned(), sql, cause: fault.cause.clone(), constraint };
    if fault.kind == FaultKind::Passing { unavailable(store).with_source(source) } else { Error::internal(source) }
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
    pub(super) fn new(connection: &'c dyn Connection, store: &'c str) -> Self {
        Self { view: View::new(connection, store), after: Vec::new() }
    }

    /// Does something once the unit is committed, and never when it is not: for figures, which cannot be rolled back. It must
    /// not wait.
    pub fn after_commit(&mut self, then: impl FnOnce() + Send + 'static) {
        self.after.push(Box::new(then));
    }

    /// What is to be done once it is committed.
    pub(super) fn take_after(&mut self) -> Vec<After> {
        std::mem::take(&mut self.after)
    }

    /// Refuses what went on after a statement had failed.
    pub(super) fn whole(&self) -> Result<(), Error> {
        self.view.run("the end of the unit", &[], || Ok(()))
    }

    /// Runs a statement that changes rows, and returns how many it changed.
    ///
    /// # Errors
    /// When the statement fails, or breaks a constraint of the schema.
    pub fn execute(&mut self, sql: &'static str, args: &[Value<'_>]) -> Result<u64, Error> {
        self.view.run(sql, args, || self.view.connection.execute(sql, args))
    }

    /// Runs statements that change rows, one after another. Where the store is a server, they travel together.
    ///
    /// # Errors
    /// When one of them fails, or breaks a constraint of the schema.
    pub fn execute_all(&mut self, statements: &[(&'static str, Vec<Value<'_>>)]) -> Result<(), Error> {
        for (sql, args) in statements {
            self.view.usable(sql, args)?;
        }
        self.view.connection.execute_all(statements).map_err(|(place, fault)| {
            let sql = statements.get(place).map_or("", |(sql, _)| sql);
            self.view.fail(sql, &fault)
        })
    }

    /// Runs a part of the unit that may fail by itself: its changes are undone when it does, and the unit goes on.
    ///
    /// # Errors
    /// What `work` returned, or the failure of the savepoint around it.
    pub fn nested<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T, Error>) -> Result<T, Error> {
        self.savepoint("SAVEPOINT part")?;
        let before = self.after.len();
        let result = work(self).and_then(|done| self.whole().map(|()| done));
        if result.is_err() {
            self.after.truncate(before);
            self.view.failed.set(false);
            self.savepoint("ROLLBACK TO part")?;
        }
        self.savepoint("RELEASE part")?;
        result
    }

    fn savepoint(&self, sql: &'static str) -> Result<(), Error> {
        self.view.run(sql, &[], || self.view.connection.batch(sql))
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
        let found = found.and_then(|position| self.columns.value(position));
        found.and_then(convert).map_err(|cause| broken("row", self.sql, &format!("column {column:?}: {cause}")))
    }
}

impl Column for usize {
    fn position(self, _: &Row<'_>) -> Option<usize> {
        Some(self)
    }
}

impl Column for &str {
    fn position(self, row: &Row<'_>) -> Option<usize> {
        row.columns.position(self)
    }
}
