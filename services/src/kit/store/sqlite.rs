//! SQLite: a store is a file, written by one connection and read by others beside it.

use std::{
    path::{Path, PathBuf},
    thread,
    time::Duration,
};

use payment_clients::contract::error::Error;
use rusqlite::{CachedStatement, ErrorCode, OpenFlags, config::DbConfig, types::ValueRef};

use super::{
    dialect::{self, Dialect},
    engine::{Columns, Connection, Database, Fault, FaultKind, Show},
    value::{Kind, Value},
};

/// Statements that a connection keeps compiled; all that a service has.
const STATEMENTS: usize = 256;

/// Readers see a commit at once, writers wait for the disk, and the log is moved into the file every 16 MiB.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
    PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384";

/// Until a new store is looked at again that another program sets up.
const AGAIN: Duration = Duration::from_millis(5);

/// A store's file.
pub(super) struct File(pub(super) PathBuf);

struct Session(rusqlite::Connection);

// === impl File ===

impl File {
    fn connect(&self, mode: OpenFlags, pragmas: &str) -> Result<Box<dyn Connection>, Error> {
        match open(&self.0, mode, pragmas) {
            Ok(connection) => Ok(Box::new(Session(connection))),
            Err(cause) => Err(unopened(&self.0, cause)),
        }
    }
}

/// A connection that could write is needed to read as well: a killed service leaves commits in the log beside the file,
/// and no other can recover them.
fn open(path: &Path, mode: OpenFlags, pragmas: &str) -> rusqlite::Result<rusqlite::Connection> {
    let mode = mode | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = rusqlite::Connection::open_with_flags(path, mode)?;
    connection.busy_timeout(super::PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // One plan for whatever is bound. Without it, a statement with a bound LIMIT is compiled anew each time.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    set_up(&connection, pragmas)?;
    Ok(connection)
}

/// The change to the write-ahead log is refused while another program makes it, whatever the timeout is.
fn set_up(connection: &rusqlite::Connection, pragmas: &str) -> rusqlite::Result<()> {
    for _ in 0..super::PATIENCE.as_millis() / AGAIN.as_millis() {
        match connection.execute_batch(pragmas) {
            Err(cause) if cause.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) => pause(),
            done => return done,
        }
    }
    connection.execute_batch(pragmas)
}

#[allow(clippy::disallowed_methods, reason = "a store is opened before anything waits for its service")]
fn pause() {
    thread::sleep(AGAIN);
}

impl Database for File {
    fn writer(&self) -> Result<Box<dyn Connection>, Error> {
        self.connect(OpenFlags::SQLITE_OPEN_CREATE, PRAGMAS)
    }

    fn reader(&self) -> Result<Box<dyn Connection>, Error> {
        self.connect(OpenFlags::empty(), "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY")
    }

    fn most_readers(&self) -> usize {
        8
    }

    fn is_remote(&self) -> bool {
        false
    }

    fn place(&self) -> String {
        self.0.display().to_string()
    }
}

fn unopened(path: &Path, cause: rusqlite::Error) -> Error {
    let remedy = remedy(&cause);
    Error::configuration(format!("the store {} cannot be opened: {cause}{remedy}", path.display())).with_source(cause)
}

/// The way out of what no repeat mends.
fn remedy(cause: &rusqlite::Error) -> &'static str {
    match cause.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            "; stop what uses it, and restore it from a backup, or move it away"
        }
        _ => "",
    }
}

// === impl Session ===

impl Session {
    fn run(&self, sql: &'static str) -> Result<(), Fault> {
        self.0.prepare_cached(sql)?.execute([])?;
        Ok(())
    }

    /// Compiles the statement, or takes it from the cache, and binds `$n` to the n-th argument wherever it stands, as
    /// PostgreSQL does.
    fn prepare(&self, sql: &'static str, args: &[Value<'_>]) -> Result<CachedStatement<'_>, Fault> {
        let mut statement = self.0.prepare_cached(sql)?;
        let mut highest = 0;
        for position in 1..=statement.parameter_count() {
            let number = statement.parameter_name(position).and_then(|name| name.strip_prefix('$')?.parse().ok());
            let number: usize = number.ok_or_else(|| Fault::lasting("a placeholder is not $1, $2 …"))?;
            highest = highest.max(number);
            if let Some(value) = number.checked_sub(1).and_then(|index| args.get(index)) {
                statement.raw_bind_parameter(position, value)?;
            }
        }
        if highest == args.len() { Ok(statement) } else { Err(super::sql::miscounted(highest, args)) }
    }
}

impl Connection for Session {
    fn dialect(&self) -> &'static Dialect {
        &dialect::SQLITE
    }

    fn most_units(&self) -> usize {
        128
    }

    fn query(&self, sql: &'static str, args: &[Value<'_>], show: &mut Show<'_>) -> Result<(), Fault> {
        let mut statement = self.prepare(sql, args)?;
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next()? {
            if show(row).is_break() {
                break;
            }
        }
        Ok(())
    }

    fn execute(&self, sql: &'static str, args: &[Value<'_>]) -> Result<u64, Fault> {
        let changed = self.prepare(sql, args)?.raw_execute()?;
        Ok(u64::try_from(changed).unwrap_or(u64::MAX))
    }

    fn batch(&self, sql: &str) -> Result<(), Fault> {
        Ok(self.0.execute_batch(sql)?)
    }

    fn begin(&self) -> Result<(), Fault> {
        self.run("BEGIN IMMEDIATE")?;
        self.run("SAVEPOINT unit")
    }

    fn keep(&self) -> Result<(), Fault> {
        self.run("RELEASE unit")?;
        self.run("SAVEPOINT unit")
    }

    fn undo(&self) -> Result<(), Fault> {
        if self.0.is_autocommit() {
            return Err(Fault::passing("SQLite gave the transaction up: the disk is full or failing"));
        }
        self.run("ROLLBACK TO unit")
    }

    fn commit(&self) -> Result<(), Fault> {
        self.run("COMMIT")
    }

    fn look(&self) -> Result<(), Fault> {
        self.run("BEGIN")
    }

    fn rollback(&self) -> Result<(), Fault> {
        if self.0.is_autocommit() { Ok(()) } else { self.run("ROLLBACK") }
    }

    /// Moves everything into the main file, so that the file alone is the whole store.
    fn close(self: Box<Self>) -> Result<(), Fault> {
        let connection = self.0;
        connection.flush_prepared_statement_cache();
        connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?;
        Ok(connection.close().map_err(|(_, cause)| cause)?)
    }
}

impl Columns for rusqlite::Row<'_> {
    fn value(&self, position: usize) -> Result<Value<'_>, String> {
        match self.get_ref(position).map_err(|error| error.to_string())? {
            // SQLite's NULLs have no type.
            ValueRef::Null => Ok(Value::Null(Kind::Text)),
            ValueRef::Integer(number) => Ok(Value::Int(number)),
            ValueRef::Text(bytes) => std::str::from_utf8(bytes).map(Value::Text).map_err(|error| error.to_string()),
            ValueRef::Real(_) => Err("a fraction, which no column of ours may hold".to_owned()),
            ValueRef::Blob(_) => Err("a blob, which no column of ours may hold".to_owned()),
        }
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.as_ref().column_index(name).ok()
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        Ok(rusqlite::types::ToSqlOutput::Borrowed(match self {
            Self::Null(_) => ValueRef::Null,
            Self::Int(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
        }))
    }
}

impl From<rusqlite::Error> for Fault {
    fn from(error: rusqlite::Error) -> Self {
        let cause = format!("{error}{}", remedy(&error));
        let kind = match error.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => FaultKind::Constraint(dialect::sqlite_constraint(&cause)),
            Some(
                ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::DiskFull | ErrorCode::OutOfMemory,
            ) => FaultKind::Passing,
            _ => FaultKind::Lasting,
        };
        Self { cause, kind }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use std::{sync::Barrier, thread};

    use rusqlite::{OpenFlags, StatementStatus};

    use super::{PRAGMAS, open};

    #[test]
    fn programs_that_open_a_new_store_at_once_wait_for_one_another() {
        for _ in 0..50 {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("a.db");
            let started = Barrier::new(8);
            thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        started.wait();
                        open(&path, OpenFlags::SQLITE_OPEN_CREATE, PRAGMAS).unwrap();
                    });
                }
            });
        }
    }

    #[test]
    fn a_statement_is_compiled_once_whatever_is_bound() {
        let dir = tempfile::tempdir().unwrap();
        let connection = open(&dir.path().join("a.db"), OpenFlags::SQLITE_OPEN_CREATE, PRAGMAS).unwrap();
        connection.execute_batch("CREATE TABLE t(n INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3)").unwrap();
        let mut statement = connection.prepare_cached("SELECT n FROM t WHERE n > $1 LIMIT $2").unwrap();
        for (after, most, found) in [(0, 1, 1), (0, 2, 2), (1, 500, 2)] {
            assert_eq!(statement.query_map([after, most], |row| row.get::<_, i64>(0)).unwrap().count(), found);
        }
        assert_eq!(statement.get_status(StatementStatus::RePrepare), 0);
    }
}
