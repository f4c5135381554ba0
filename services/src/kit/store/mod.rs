//! A service's own state: one SQLite file, one writer thread, as many readers as there are calls.
//!
//! ```text
//! store.write(|tx| …)   queued; the writer runs it in its own savepoint, commits it with its neighbours, then answers
//! store.read(|view| …)  at once, on a connection of its own: the state of the last commit
//! ```
//! A unit of work is an ordinary closure and not a future, so it cannot wait for a network while it holds the file.
//! Durable means synced: `synchronous=FULL`, and no answer before the commit that carries it.
//!
//! | file | does |
//! |---|---|
//! | `sql` | statements and rows |
//! | `value` | what columns hold |
//! | `writer` | the queue, and many units in one commit |
//! | `migrate` | the schema |

mod migrate;
mod sql;
mod value;
mod writer;

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use payment_clients::contract::error::Error;
use rusqlite::{Connection, OpenFlags};
use tokio::sync::{mpsc, oneshot};

pub use self::{
    sql::{Column, Row, Tx, View},
    value::{FromValue, ToValue, Value},
};
use self::{
    sql::{failed, unavailable},
    writer::{Counters, Message, Work, Writer},
};
pub use crate::args;

/// Units that may wait for the writer; beyond it, callers wait to be let in.
const QUEUE: usize = 1024;
/// Reading connections that are kept open between calls.
const IDLE_READERS: usize = 8;
/// Statements that a connection keeps compiled; all that a service has.
const STATEMENTS: usize = 256;

/// Readers see a commit at once, writers wait for the disk, and the log is moved into the file every 16 MiB.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
    PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384";

/// Where the stores of all services are: each has one of its own there, and reads no other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stores {
    /// SQLite files in a folder, one a service.
    Folder(PathBuf),
}

/// A service's store. Cheap to clone; the file is closed by [`close`](Self::close), or after the last clone.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Message>,
}

struct Shared {
    name: Arc<str>,
    path: PathBuf,
    readers: Mutex<Vec<Connection>>,
    closed: AtomicBool,
    counters: Arc<Counters>,
}

/// What a store has done since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    /// Units that were run.
    pub units: u64,
    /// Units among them that failed and were undone.
    pub failed: u64,
    /// Commits that carried them.
    pub commits: u64,
}

/// A store's file, opened to be read by somebody else: books are compared when everything has stopped.
pub struct Book {
    connection: Connection,
    name: String,
}

// === impl Stores ===

impl Stores {
    /// The SQLite files of a folder.
    pub fn folder(dir: impl Into<PathBuf>) -> Self {
        Self::Folder(dir.into())
    }

    /// Opens or creates the store of a service, and brings its schema up to date.
    ///
    /// # Errors
    /// When it cannot be opened or a migration fails; the text names it.
    pub fn open(&self, service: &str, migrations: &[&str]) -> Result<Store, Error> {
        match self {
            Self::Folder(dir) => Store::open(&file(dir, service), service, migrations),
        }
    }

    /// Opens the store of a service to be read, whether the service runs or not.
    ///
    /// # Errors
    /// When there is none.
    pub fn book(&self, service: &str) -> Result<Book, Error> {
        match self {
            Self::Folder(dir) => Book::open(&file(dir, service)),
        }
    }
}

/// The file of a service's store.
fn file(dir: &Path, service: &str) -> PathBuf {
    dir.join(service.replace('-', "_")).with_extension("db")
}

// === impl Store ===

impl Store {
    /// Opens or creates the file, brings its schema up to date and starts the writer.
    ///
    /// # Errors
    /// When the file cannot be opened or a migration fails; the text names the file.
    pub fn open(path: &Path, name: &str, migrations: &[&str]) -> Result<Self, Error> {
        let mut connection = connect(path, OpenFlags::SQLITE_OPEN_CREATE).map_err(|cause| unopened(path, cause))?;
        connection.execute_batch(PRAGMAS).map_err(|cause| unopened(path, cause))?;
        migrate::apply(&mut connection, name, migrations)?;
        let (queue, messages) = mpsc::channel(QUEUE);
        let name: Arc<str> = name.into();
        let counters = Arc::new(Counters::default());
        let writer = Writer { connection, store: Arc::clone(&name), messages, counters: Arc::clone(&counters) };
        let thread = std::thread::Builder::new().name(format!("store-{name}"));
        thread.spawn(|| writer.run()).map_err(Error::internal)?;
        let (readers, closed) = (Mutex::default(), AtomicBool::new(false));
        Ok(Self { shared: Arc::new(Shared { name, path: path.to_owned(), readers, closed, counters }), queue })
    }

    /// Queues a unit of work and answers once it is committed and durable. A unit that returns an error or panics is
    /// undone, and only it.
    ///
    /// A caller that stops waiting stops nothing: a queued unit runs and is committed all the same.
    ///
    /// # Errors
    /// What the unit returned; `Internal` when it panicked; `Unavailable` when the disk is full or the store closed.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        let (unit, answer) = Work::new(work);
        self.queue.send(Message::Unit(Box::new(unit))).await.map_err(|_| self.gone())?;
        answer.await.map_err(|_| self.gone())?
    }

    /// Reads the state of the last commit, all of `work` the same state. Runs on the caller's thread: for statements
    /// that find their rows by an index.
    ///
    /// # Errors
    /// What `work` returned, or `Unavailable` when the store is closed.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: FnOnce(&View<'_>) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        if self.shared.closed.load(Ordering::Acquire) {
            return Err(self.gone());
        }
        let idle = self.shared.readers().pop();
        let connection = idle.map_or_else(|| reader(&self.shared.path), Ok)?;
        let result = snapshot(&connection, &self.shared.name, work);
        let mut readers = self.shared.readers();
        if readers.len() < IDLE_READERS && !self.shared.closed.load(Ordering::Acquire) {
            readers.push(connection);
        }
        result
    }

    /// Runs what is queued, refuses the rest, moves the log into the file and closes it.
    ///
    /// # Errors
    /// When the file cannot be closed cleanly; what was committed is safe all the same.
    pub async fn close(&self) -> Result<(), Error> {
        self.shared.closed.store(true, Ordering::Release);
        self.shared.readers().clear();
        let (caller, closed) = oneshot::channel();
        if self.queue.send(Message::Close(caller)).await.is_err() {
            return Ok(());
        }
        closed.await.unwrap_or(Ok(()))
    }

    /// What the store has done since it was opened.
    pub fn stats(&self) -> Stats {
        let Counters { units, failed, commits } = &*self.shared.counters;
        let [units, failed, commits] = [units, failed, commits].map(|counter| counter.load(Ordering::Relaxed));
        Stats { units, failed, commits }
    }

    fn gone(&self) -> Error {
        unavailable(&self.shared.name)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("path", &self.shared.path).finish_non_exhaustive()
    }
}

impl Shared {
    fn readers(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.readers.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Book ===

impl Book {
    /// Opens a store's file to be read, whether its service runs, has stopped, or was killed.
    ///
    /// A killed service leaves commits in the log beside the file. Only a connection that could write can recover it,
    /// so this one could, and is told not to.
    ///
    /// # Errors
    /// When there is no such file, or it is none of ours.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let connection = reader(path)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { connection, name })
    }

    /// Reads one consistent state.
    ///
    /// # Errors
    /// What `work` returned.
    pub fn read<T>(&self, work: impl FnOnce(&View<'_>) -> Result<T, Error>) -> Result<T, Error> {
        snapshot(&self.connection, &self.name, work)
    }
}

// === connections ===

fn connect(path: &Path, mode: OpenFlags) -> rusqlite::Result<Connection> {
    let mode = mode | OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, mode)?;
    connection.busy_timeout(std::time::Duration::from_secs(5))?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    Ok(connection)
}

fn reader(path: &Path) -> Result<Connection, Error> {
    let open = || {
        let connection = connect(path, OpenFlags::empty())?;
        connection.execute_batch("PRAGMA query_only = ON; PRAGMA temp_store = MEMORY")?;
        Ok(connection)
    };
    open().map_err(|cause| unopened(path, cause))
}

fn snapshot<T>(
    connection: &Connection,
    store: &str,
    work: impl FnOnce(&View<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    let statement = |sql: &'static str| {
        let run = || connection.prepare_cached(sql)?.execute([]);
        run().map_err(|cause| failed(store, sql, &cause))
    };
    statement("BEGIN")?;
    let result = work(&View::new(connection, store));
    statement("ROLLBACK")?;
    result
}

fn unopened(path: &Path, cause: rusqlite::Error) -> Error {
    Error::configuration(format!("the store {} cannot be opened: {cause}", path.display())).with_source(cause)
}
