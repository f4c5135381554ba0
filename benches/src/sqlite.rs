//! A connection as the services' stores open theirs, for plain loops beside them.

use std::path::Path;

use rusqlite::{Connection, Result};

/// A connection to the file with the store's settings.
///
/// # Errors
/// When it cannot be opened.
pub fn open(path: &Path) -> Result<Connection> {
    let connection = Connection::open(path)?;
    connection.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON;
         PRAGMA wal_autocheckpoint = 4000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -16384",
    )?;
    Ok(connection)
}
