//! What tests share: callers that prove who they are (`identity`), all services over the network (`platform`), events that a
//! test carries itself (`events`), changes behind a store's back (`tamper`), and here, where a test keeps its stores: in a folder of its own, or, when
//! `PAYMENTS_TEST_STORE` names a PostgreSQL server, in a database of its own there. A test that cannot reach the server
//! fails.
#![allow(dead_code, unused_imports, reason = "each test needs some of it")]

mod events;
mod identity;
mod keys;
mod platform;
mod tamper;

pub use events::bring;
pub use identity::*;
pub use keys::*;
pub use platform::*;
pub use tamper::tampered;

use std::{path::Path, sync::Arc, time::Duration};

use payment_clients::{
    apis::exchange_rate::MockExchangeRateApi,
    contract::{certainty::Certainty, error::Result},
};
use payment_services::{accounting, kit::store::Stores};
use tempfile::TempDir;

/// Runs these at once, each a task of its own, and gives back what came of them.
pub async fn at_once<T: Send + 'static>(
    calls: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let running: Vec<_> = calls.into_iter().map(tokio::spawn).collect();
    let mut ended = Vec::new();
    for call in running {
        ended.push(call.await.unwrap());
    }
    ended
}

/// Makes a call again, under its own key, while nobody knows what came of it: on a busy machine an answer may come late.
pub async fn patiently<T>(call: impl AsyncFn() -> Result<T>) -> Result<T> {
    let wait = async {
        loop {
            match call().await {
                Err(error) if error.certainty() != Certainty::Processed => tokio::time::sleep(SOON).await,
                answer => return answer,
            }
        }
    };
    tokio::time::timeout(60 * SOON * 10, wait).await.expect("a call is answered in the end")
}

/// Until a call is made again.
const SOON: Duration = Duration::from_millis(100);

/// For accounting-service where nobody converts.
pub fn no_rates() -> accounting::deps::Deps {
    accounting::deps::Deps { rates: Arc::new(MockExchangeRateApi::new()) }
}

/// Names the server: `postgres://user:password@host:port/database`.
const SERVER: &str = "PAYMENTS_TEST_STORE";

/// A test's own stores, gone when it ends.
pub struct Place {
    dir: TempDir,
    stores: Stores,
    #[cfg(feature = "postgres")]
    _database: Option<database::Database>,
}

impl Place {
    pub fn new() -> Self {
        match std::env::var(SERVER) {
            Err(_) => Self::files(),
            Ok(server) => Self::on(TempDir::new().unwrap(), &server),
        }
    }

    /// In files, on whatever server others are: for a test that looks into them.
    pub fn files() -> Self {
        let dir = TempDir::new().unwrap();
        Self {
            stores: Stores::folder(dir.path()),
            dir,
            #[cfg(feature = "postgres")]
            _database: None,
        }
    }

    #[cfg(feature = "postgres")]
    fn on(dir: TempDir, server: &str) -> Self {
        let database = database::Database::create(server);
        Self { stores: database.url.parse().unwrap(), dir, _database: Some(database) }
    }

    #[cfg(not(feature = "postgres"))]
    fn on(_: TempDir, server: &str) -> Self {
        panic!("{SERVER} names a server: {:?}", server.parse::<Stores>())
    }

    /// In a database on the server, which must be named.
    #[cfg(feature = "postgres")]
    pub fn on_postgres() -> (Self, String) {
        let server = std::env::var(SERVER).expect("PAYMENTS_TEST_STORE names a PostgreSQL server for these tests");
        let place = Self::on(TempDir::new().unwrap(), &server);
        let url = place._database.as_ref().unwrap().url.clone();
        (place, url)
    }

    pub fn stores(&self) -> &Stores {
        &self.stores
    }

    /// Where the engine is PostgreSQL's.
    pub fn is_on_a_server(&self) -> bool {
        !matches!(self.stores, Stores::Folder(_))
    }

    /// A folder for what is no store.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

#[cfg(feature = "postgres")]
mod database {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio_postgres::{Error, NoTls};

    /// A database of one test.
    pub struct Database {
        pub url: String,
        server: String,
        name: String,
    }

    impl Database {
        pub fn create(server: &str) -> Self {
            static NEXT: AtomicU32 = AtomicU32::new(0);
            let name = format!("test_{}_{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
            let (host, _) = server.rsplit_once('/').expect("postgres://user:password@host:port/database");
            let this = Self { url: format!("{host}/{name}"), server: server.to_owned(), name };
            this.drop_it().unwrap();
            this.run(format!("CREATE DATABASE {}", this.name)).unwrap();
            this
        }

        fn drop_it(&self) -> Result<(), Error> {
            self.run(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name))
        }

        /// On a thread of its own, which may wait, as the runtime's threads may not.
        fn run(&self, sql: String) -> Result<(), Error> {
            let server = self.server.clone();
            let run = async move {
                let (client, connection) = tokio_postgres::connect(&server, NoTls).await?;
                tokio::spawn(connection);
                client.batch_execute(&sql).await
            };
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            std::thread::spawn(move || runtime.block_on(run)).join().unwrap()
        }
    }

    impl Drop for Database {
        fn drop(&mut self) {
            // A database that stays is no reason to fail; the next one of this name replaces it.
            let _ = self.drop_it();
        }
    }
}
