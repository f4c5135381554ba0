//! A service's own state: one store, one writer thread, as many readers as there are calls.
//!
//! ```text
//! store.write(|tx| …)   queued; the writer runs it in its own savepoint, commits it with its neighbours, then answers
//! store.read(|view| …)  at once, on a connection of its own: the state of the last commit
//! ```
//! A unit of work is an ordinary closure and not a future, so it cannot wait for a network while it holds the store.
//! Durable means synced, on SQLite and on PostgreSQL: no answer before the commit that carries it.
//!
//! | file | does |
//! |---|---|
//! | `place` | where the stores of all services are |
//! | `sql` | statements and rows |
//! | `value` | what columns hold |
//! | `writer` | the queue, and many units in one commit |
//! | `migrate` | the schema |
//! | `engine` | what a database must be able to do |
//! | `sqlite`, `postgres` | the two databases |
//! | `dialect` | what they call differently |

mod dialect;
mod engine;
mod migrate;
#[cfg(feature = "mutants")]
mod mistaken;
mod place;
#[cfg(feature = "postgres")]
mod postgres;
mod sql;
mod sqlite;
mod value;
mod writer;

use std::{
    fmt,
    path::Path,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering},
    time::Duration,
};

use payment_clients::{contract::error::Error, seams::Clock};
use tokio::sync::{Semaphore, mpsc, oneshot};

#[cfg(feature = "postgres")]
pub use self::postgres::Server;
use self::{
    engine::{Connection, Database},
    sql::{failed, unavailable},
    sqlite::File,
    writer::{Counters, Message, Work, Writer},
};
pub use self::{
    migrate::holds,
    place::Stores,
    sql::{Column, Row, Tx, View, violated},
    value::{FromValue, Kind, ToValue, Value},
};
pub use crate::args;

/// Units that may wait for the writer; beyond it, callers wait to be let in.
const QUEUE: usize = 1024;
/// How long a writer waits for another process that writes to the same store.
const PATIENCE: Duration = Duration::from_secs(5);

/// A service's store. Cheap to clone; it is closed by [`close`](Self::close), or after the last clone.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
    queue: mpsc::Sender<Message>,
}

struct Shared {
    name: Arc<str>,
    database: Box<dyn Database>,
    /// Closed with the store.
    reading: Semaphore,
    idle: Mutex<Vec<Box<dyn Connection>>>,
    counters: Arc<Counters>,
    clock: Clock,
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

/// How long its units have taken since it was opened, all together.
#[derive(Clone, Copy, Debug, Default)]
pub struct Times {
    /// They waited for the writer.
    pub queued: Duration,
    /// They and their neighbours were run.
    pub run: Duration,
    /// They waited for their commit.
    pub durable: Duration,
    /// The writer committed: as before, and each commit once, however many units it carried.
    pub committing: Duration,
}

/// A store, opened to be read by somebody else: books are compared when everything has stopped.
pub struct Book {
    connection: Mutex<Box<dyn Connection>>,
    name: String,
}

// === impl Store ===

impl Store {
    /// Opens or creates a store in a file, brings its schema up to date and starts the writer.
    ///
    /// # Errors
    /// When the file cannot be opened or a migration fails; the text names the file.
    pub fn open(path: &Path, name: &str, migrations: &[&str]) -> Result<Self, Error> {
        Self::start(Box::new(File(path.to_owned())), name, migrations)
    }

    fn start(database: Box<dyn Database>, name: &str, migrations: &[&str]) -> Result<Self, Error> {
        let connection = aside(|| {
            let connection = database.writer()?;
            migrate::apply(&*connection, name, migrations)?;
            Ok::<_, Error>(connection)
        })??;
        let (queue, messages) = mpsc::channel(QUEUE);
        let name: Arc<str> = name.into();
        let counters = Arc::new(Counters::default());
        let clock = Clock::system();
        let (store, counted) = (Arc::clone(&name), Arc::clone(&counters));
        let writer = Writer { connection, store, messages, counters: counted, clock };
        let thread = std::thread::Builder::new().name(format!("store-{name}"));
        thread.spawn(|| writer.run()).map_err(Error::internal)?;
        let reading = Semaphore::new(database.most_readers());
        Ok(Self {
            shared: Arc::new(Shared { name, database, reading, idle: Mutex::default(), counters, clock }),
            queue,
        })
    }

    /// Queues a unit of work and answers once it is committed and durable. A unit that returns an error or panics is
    /// undone, and only it.
    ///
    /// A caller that stops waiting stops nothing: a queued unit runs and is committed all the same.
    ///
    /// # Errors
    /// What the unit returned; `Internal` when it panicked; `Unavailable` when the disk is full, the server
    /// is away, or the store is closed. Of a commit whose outcome is not known, it says that it may have been done.
    pub async fn write<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        let (unit, answer) = Work::new(self.shared.clock.now(), work);
        self.queue.send(Message::Unit(Box::new(unit))).await.map_err(|_| self.gone())?;
        answer.await.map_err(|_| self.gone())?
    }

    /// Reads the state of the last commit, all of `work` the same state. A file is read on the caller's thread: for
    /// statements that find their rows by an index.
    ///
    /// # Errors
    /// What `work` returned, or `Unavailable` when the store is closed or its server is away.
    pub async fn read<T, F>(&self, work: F) -> Result<T, Error>
    where
        F: FnOnce(&View<'_>) -> Result<T, Error> + Send + 'static,
        T: Send + 'static,
    {
        let _one_of_few = self.shared.reading.acquire().await.map_err(|_| self.gone())?;
        if !self.shared.database.is_remote() {
            return self.shared.read(work);
        }
        let shared = Arc::clone(&self.shared);
        tokio::task::spawn_blocking(move || shared.read(work)).await.map_err(Error::internal)?
    }

    /// Runs what is queued, refuses the rest, and closes the store; a file is whole without its log then.
    ///
    /// # Errors
    /// When it cannot be closed cleanly; what was committed is safe all the same.
    pub async fn close(&self) -> Result<(), Error> {
        self.shared.reading.close();
        self.shared.idle().clear();
        let (caller, closed) = oneshot::channel();
        if self.queue.send(Message::Close(caller)).await.is_err() {
            return Ok(());
        }
        closed.await.unwrap_or(Ok(()))
    }

    /// What the store has done since it was opened.
    pub fn stats(&self) -> Stats {
        let Counters { units, failed, commits, .. } = &*self.shared.counters;
        let [units, failed, commits] = [units, failed, commits].map(|counter| counter.load(Ordering::Relaxed));
        Stats { units, failed, commits }
    }

    /// How long its units have taken since it was opened.
    pub fn times(&self) -> Times {
        *self.shared.counters.times.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn gone(&self) -> Error {
        unavailable(&self.shared.name)
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Store").field("place", &self.shared.database.place()).finish_non_exhaustive()
    }
}

impl Shared {
    fn read<T>(&self, work: impl FnOnce(&View<'_>) -> Result<T, Error>) -> Result<T, Error> {
        let idle = self.idle().pop();
        let connection = idle
            .map_or_else(|| self.database.reader().map_err(|cause| unavailable(&self.name).with_source(cause)), Ok)?;
        let result = snapshot(&*connection, &self.name, work);
        let mut idle = self.idle();
        if !self.reading.is_closed() {
            idle.push(connection);
        }
        result
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Box<dyn Connection>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Book ===

impl Book {
    /// Opens a store's file to be read, whether its service runs, has stopped, or was killed.
    ///
    /// # Errors
    /// When there is no such file, or it is none of ours.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Self::of(&File(path.to_owned()), &name)
    }

    fn of(database: &dyn Database, name: &str) -> Result<Self, Error> {
        let connection = aside(|| database.reader())??;
        Ok(Self { connection: Mutex::new(connection), name: name.to_owned() })
    }

    /// Refuses a store whose schema is not the one of this program.
    ///
    /// # Errors
    /// When migrations are missing, changed, or more than this program knows.
    pub fn knows(&self, migrations: &[&str]) -> Result<(), Error> {
        self.read(|view| migrate::verify(view, &self.name, migrations))
    }

    /// Reads one consistent state.
    ///
    /// # Errors
    /// What `work` returned.
    pub fn read<T: Send>(&self, work: impl FnOnce(&View<'_>) -> Result<T, Error> + Send) -> Result<T, Error> {
        aside(|| {
            let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
            snapshot(&**connection, &self.name, work)
        })?
    }
}

// === connections ===

/// Runs what may wait for a server on a thread of its own, since the caller's may be the runtime's.
fn aside<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Error> {
    let done = std::thread::scope(|scope| scope.spawn(work).join());
    done.map_err(|_| Error::internal("opening or reading a store panicked"))
}

fn snapshot<T>(
    connection: &dyn Connection,
    store: &str,
    work: impl FnOnce(&View<'_>) -> Result<T, Error>,
) -> Result<T, Error> {
    connection.look().map_err(|cause| failed(store, "begin to read", &cause))?;
    let result = work(&View::new(connection, store));
    connection.rollback().map_err(|cause| failed(store, "end of reading", &cause))?;
    result
}
