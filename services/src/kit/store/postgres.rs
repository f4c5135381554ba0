//! PostgreSQL: a store is a schema of one database. An advisory lock makes its writer the only one, even when several
//! instances of the service run: units were written to run one after another, and do.

mod link;
mod session;

use std::{error::Error as _, fmt::Write as _, time::Duration};

use payment_clients::contract::error::Error;
use tokio_postgres::{
    Config,
    config::Host,
    error::{DbError, SqlState},
};

use self::{link::Link, session::Session};
use super::engine::{Connection, Database};

/// How long a connection may take to come about, and a packet to be acknowledged.
const UNREACHABLE: Duration = Duration::from_secs(10);
/// Longest time that a connection may hold a transaction without a statement; a stuck instance must not hold the store.
const IDLE: Duration = Duration::from_secs(30);

/// A PostgreSQL database.
#[derive(Clone, Debug)]
pub struct Server(Box<Config>);

/// The store of one service in it.
#[derive(Clone, Debug)]
pub(super) struct Schema {
    pub(super) server: Server,
    pub(super) name: String,
}

// === impl Server ===

impl Server {
    /// Reads `postgres://user:password@host:port/database`.
    ///
    /// # Errors
    /// When it is none, or leaves out the user, the host or the database. The text tells no password.
    pub fn parse(url: &str) -> Result<Self, Error> {
        let form = "write postgres://user:password@host:port/database, with % codes for special characters";
        let bad = |what: &str| Error::configuration(format!("the database URL of --store {what}; {form}"));
        let mut config: Config = url.parse().map_err(|_| bad("cannot be read"))?;
        let missing = [
            ("user", config.get_user().is_none()),
            ("host", config.get_hosts().is_empty()),
            ("database", config.get_dbname().is_none_or(str::is_empty)),
        ];
        if let Some((part, _)) = missing.into_iter().find(|(_, missing)| *missing) {
            return Err(bad(&format!("names no {part}")));
        }
        config.connect_timeout(UNREACHABLE).tcp_user_timeout(UNREACHABLE).application_name("payments");
        Ok(Self(Box::new(config)))
    }

    /// True when a schema in it is a store.
    pub(super) fn is_used(&self) -> Result<bool, Error> {
        Ok(!self.names()?.is_empty())
    }

    /// True when the schema is a store.
    pub(super) fn has(&self, schema: &str) -> Result<bool, Error> {
        Ok(self.names()?.iter().any(|name| name == schema))
    }

    /// The schemas in it that are stores.
    pub(super) fn names(&self) -> Result<Vec<String>, Error> {
        const FIND: &str = "SELECT schemaname FROM pg_tables WHERE tablename = 'migrations' ORDER BY schemaname";
        super::aside(|| {
            let found = self.connect()?.wait(async |client| client.query(FIND, &[]).await);
            found.map(|rows| rows.iter().map(|row| row.get(0)).collect()).map_err(|cause| {
                Error::configuration(format!("{} cannot be looked at: {}", self.place(), words(&cause)))
            })
        })?
    }

    /// Where it is, without the password: `postgres://user@host:port/database`.
    pub(super) fn place(&self) -> String {
        let mut place = format!("postgres://{}@", self.0.get_user().unwrap_or_default());
        for (position, host) in self.0.get_hosts().iter().enumerate() {
            let port = self.0.get_ports().get(position).or(self.0.get_ports().first()).copied().unwrap_or(5432);
            let comma = if position > 0 { "," } else { "" };
            // Writing to a text cannot fail.
            let _ = match host {
                Host::Tcp(host) => write!(place, "{comma}{host}:{port}"),
                Host::Unix(path) => write!(place, "{comma}{}:{port}", path.display()),
            };
        }
        format!("{place}/{}", self.0.get_dbname().unwrap_or_default())
    }

    fn connect(&self) -> Result<Link, Error> {
        Link::open(&self.0)?.map_err(|cause| {
            let remedy = match cause.code() {
                Some(&SqlState::INVALID_PASSWORD | &SqlState::INVALID_AUTHORIZATION_SPECIFICATION) => {
                    "check the user and the password in --store"
                }
                Some(&SqlState::INVALID_CATALOG_NAME) => "create the database first, with createdb",
                Some(&SqlState::TOO_MANY_CONNECTIONS) => "raise max_connections, or run fewer instances",
                _ => "check that the server runs, and its address in --store",
            };
            let text = format!("{} cannot be reached: {}; {remedy}", self.place(), words(&cause));
            Error::configuration(text).with_source(cause)
        })
    }
}

/// What went wrong: the server's words, or the driver's with its cause.
pub(super) fn words(error: &tokio_postgres::Error) -> String {
    match (error.as_db_error(), error.source()) {
        (Some(told), _) => told.message().to_owned(),
        (None, Some(cause)) => format!("{error}: {cause}"),
        (None, None) => error.to_string(),
    }
}

// === impl Schema ===

impl Schema {
    /// A connection whose statements find this schema's tables and no other's.
    ///
    /// Committed means synced, whatever the server's default is.
    fn connect(&self) -> Result<Link, Error> {
        let link = self.server.connect()?;
        let settings = format!(
            "SET search_path = \"{}\"; SET synchronous_commit = on; SET lock_timeout = {};
             SET idle_in_transaction_session_timeout = {}; SET client_min_messages = warning",
            self.name,
            super::PATIENCE.as_millis(),
            IDLE.as_millis(),
        );
        link.run(&settings).map_err(|cause| self.failed(&cause, "is the server version 13 or newer?"))?;
        Ok(link)
    }

    /// Opens a session, and `make`s the schema first or needs it to be there.
    fn session(&self, make: bool) -> Result<Box<dyn Connection>, Error> {
        let link = self.connect()?;
        if make {
            self.create(&link)?;
        }
        Ok(Box::new(Session::new(self, link)?))
    }

    /// The number of the schema, which names its lock.
    fn number(&self, link: &Link) -> Result<u32, Error> {
        const FIND: &str = "SELECT oid FROM pg_namespace WHERE nspname = $1";
        let found = link.wait(async |client| client.query_opt(FIND, &[&self.name]).await);
        let found = found.map_err(|cause| self.failed(&cause, "check the server's log"))?;
        let found = found.ok_or_else(|| {
            let text =
                format!("{} has no schema {}; start its service with this --store first", self.place(), self.name);
            Error::configuration(text)
        })?;
        found.try_get(0).map_err(Error::internal)
    }

    /// Makes the schema. Two instances that start at once would both try, so they take turns.
    fn create(&self, link: &Link) -> Result<(), Error> {
        let sql = format!(
            "BEGIN; SELECT pg_advisory_xact_lock({}, 0); CREATE SCHEMA IF NOT EXISTS \"{}\"; COMMIT",
            session::LOCKS,
            self.name
        );
        link.run(&sql).map_err(|cause| self.failed(&cause, "grant CREATE on the database to the user"))
    }

    fn failed(&self, cause: &tokio_postgres::Error, remedy: &str) -> Error {
        let text = format!("the schema {} of {} cannot be opened: {}", self.name, self.server.place(), words(cause));
        Error::configuration(format!("{text}; {remedy}"))
    }
}

impl Database for Schema {
    fn writer(&self) -> Result<Box<dyn Connection>, Error> {
        self.session(true)
    }

    fn reader(&self) -> Result<Box<dyn Connection>, Error> {
        self.session(false)
    }

    /// Sixteen services with these and a writer each stay below the hundred connections that a server allows.
    fn most_readers(&self) -> usize {
        4
    }

    fn is_remote(&self) -> bool {
        true
    }

    fn place(&self) -> String {
        self.server.place()
    }
}

/// True for what passes by itself: a server that stops, starts or is full, and a lock that another held for too long.
fn passes(error: &DbError) -> bool {
    matches!(error.code().code().get(..2), Some("08" | "53" | "57" | "58"))
        || [
            SqlState::LOCK_NOT_AVAILABLE,
            SqlState::IDLE_IN_TRANSACTION_SESSION_TIMEOUT,
            SqlState::T_R_DEADLOCK_DETECTED,
            SqlState::T_R_SERIALIZATION_FAILURE,
        ]
        .contains(error.code())
}
