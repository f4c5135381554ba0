//! Where the stores of all services are: a folder of SQLite files, or a PostgreSQL database with a schema for each.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use payment_clients::contract::error::Error;

#[cfg(feature = "postgres")]
use super::postgres::{Schema, Server};
use super::{Book, Store, engine::Database, sqlite::File};

/// Where the stores of all services are: each has one of its own there, and reads no other.
#[derive(Clone, Debug)]
pub enum Stores {
    /// SQLite files in a folder, one a service.
    Folder(PathBuf),
    /// Schemas in a PostgreSQL database, one a service.
    #[cfg(feature = "postgres")]
    Postgres(Server),
}

impl Stores {
    /// The SQLite files of a folder.
    pub fn folder(dir: impl Into<PathBuf>) -> Self {
        Self::Folder(dir.into())
    }

    /// The folder, if it is one.
    pub fn dir(&self) -> Option<&Path> {
        match self {
            Self::Folder(dir) => Some(dir),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => None,
        }
    }

    /// Makes the folder, if it is one; a database is there already.
    ///
    /// # Errors
    /// When the folder cannot be made; the text names it.
    pub fn create(&self) -> Result<(), Error> {
        match self {
            Self::Folder(dir) => std::fs::create_dir_all(dir)
                .map_err(|cause| Error::configuration(format!("{}: {cause}", dir.display())).with_source(cause)),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => Ok(()),
        }
    }

    /// Opens or creates the store of a service, and brings its schema up to date.
    ///
    /// # Errors
    /// When it cannot be opened or a migration fails; the text names it.
    pub fn open(&self, service: &str, migrations: &[&str]) -> Result<Store, Error> {
        Store::start(self.database(service), service, migrations)
    }

    /// Opens the store of a service to be read, whether the service runs or not.
    ///
    /// # Errors
    /// When there is none.
    pub fn book(&self, service: &str) -> Result<Book, Error> {
        Book::of(&*self.database(service), service)
    }

    /// The stores that are there, by name.
    ///
    /// # Errors
    /// When they cannot be looked for.
    pub fn names(&self) -> Result<Vec<String>, Error> {
        match self {
            Self::Folder(dir) => {
                let failed = |cause| Error::configuration(format!("{}: {cause}", dir.display()));
                let files = dir.read_dir().map_err(failed)?.flatten().map(|file| file.path());
                let stores = files.filter(|file| file.extension().is_some_and(|extension| extension == "db"));
                let names = stores.filter_map(|file| Some(file.file_stem()?.to_str()?.to_owned()));
                let mut names: Vec<_> = names.collect();
                names.sort_unstable();
                Ok(names)
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.names(),
        }
    }

    /// True when a service has a store there.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn has(&self, service: &str) -> Result<bool, Error> {
        match self {
            Self::Folder(_) => Ok(Path::new(&self.database(service).place()).exists()),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.has(&service.replace('-', "_")),
        }
    }

    /// True when services have kept something there already.
    ///
    /// # Errors
    /// When it cannot be looked at.
    pub fn is_used(&self) -> Result<bool, Error> {
        match self {
            Self::Folder(dir) => {
                let Ok(files) = dir.read_dir() else { return Ok(false) };
                Ok(files.flatten().any(|file| file.path().extension().is_some_and(|extension| extension == "db")))
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => server.is_used(),
        }
    }

    fn database(&self, service: &str) -> Box<dyn Database> {
        let name = service.replace('-', "_");
        let database: Box<dyn Database> = match self {
            Self::Folder(dir) => Box::new(File(dir.join(name).with_extension("db"))),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => Box::new(Schema { server: server.clone(), name }),
        };
        #[cfg(feature = "mutants")]
        let database = Box::new(super::mistaken::Mistaken(database));
        database
    }
}

/// The folder, or the database without its password.
impl fmt::Display for Stores {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(dir) => dir.display().fmt(f),
            #[cfg(feature = "postgres")]
            Self::Postgres(server) => f.write_str(&server.place()),
        }
    }
}

/// A folder's path, or `postgres://user:password@host:port/database`.
impl FromStr for Stores {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        match text.split_once("://") {
            None if text.is_empty() => Err(Error::configuration("--store is empty; name a folder or a database")),
            None => Ok(Self::folder(Path::new(text))),
            Some(("postgres" | "postgresql", _)) => database(text),
            Some((scheme, _)) => {
                let text = format!("--store knows no `{scheme}://`; name a folder or postgres://user:password@host/db");
                Err(Error::configuration(text))
            }
        }
    }
}

#[cfg(feature = "postgres")]
fn database(url: &str) -> Result<Stores, Error> {
    Server::parse(url).map(Stores::Postgres)
}

#[cfg(not(feature = "postgres"))]
fn database(_: &str) -> Result<Stores, Error> {
    let remedy = "build it with `cargo build --release -p payment-services --features postgres`";
    Err(Error::configuration(format!("this program was built without PostgreSQL; {remedy}")))
}
