//! What tests share: callers that prove who they are (`identity`), all services over the network (`platform`), and here,
//! where a test keeps its stores: in a folder of its own, or, when `PAYMENTS_TEST_STORE` names a PostgreSQL server, in a
//! database of its own there. A test that cannot reach the server fails.
#![allow(dead_code, unused_imports, reason = "each test needs some of it")]

mod identity;
mod platform;

pub use identity::*;
pub use platform::*;

use std::path::Path;

use payment_services::kit::store::Stores;
use tempfile::TempDir;

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
        let dir = TempDir::new().unwrap();
        match std::env::var(SERVER) {
            Err(_) => Self {
                stores: Stores::folder(dir.path()),
                dir,
                #[cfg(feature = "postgres")]
                _database: None,
            },
            Ok(server) => Self::on(dir, &server),
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

    /// A folder for what is no store.
    pub fn path(&self) -> &Path {
        self.dir.path()
    }
}

#[cfg(feature = "postgres")]
mod database {
    use std::sync::atomic::{AtomicU32, Ordering};

    use postgres::{Client, NoTls};

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

        fn drop_it(&self) -> Result<(), postgres::Error> {
            self.run(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name))
        }

        /// On a thread of its own: the driver waits, which the runtime's threads may not.
        fn run(&self, sql: String) -> Result<(), postgres::Error> {
            let server = self.server.clone();
            std::thread::spawn(move || Client::connect(&server, NoTls)?.batch_execute(&sql)).join().unwrap()
        }
    }

    impl Drop for Database {
        fn drop(&mut self) {
            // A database that stays is no reason to fail; the next one of this name replaces it.
            let _ = self.drop_it();
        }
    }
}
