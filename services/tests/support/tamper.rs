//! Changes a store behind its service's back.

use std::{fs, path::Path};

use rusqlite::Connection;
use tempfile::TempDir;

/// A copy of the folder in which somebody has changed a store behind its service's back.
pub fn tampered(dir: &Path, store: &str, sql: &str) -> TempDir {
    let copy = TempDir::new().unwrap();
    for file in fs::read_dir(dir).unwrap().map(|file| file.unwrap().path()).filter(|path| path.is_file()) {
        fs::copy(&file, copy.path().join(file.file_name().unwrap())).unwrap();
    }
    let connection = Connection::open(copy.path().join(store).with_extension("db")).unwrap();
    let guards: Vec<String> = connection
        .prepare("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        .unwrap()
        .query_map([], |row| row.get(0))
        .unwrap()
        .collect::<rusqlite::Result<_>>()
        .unwrap();
    for guard in guards {
        connection.execute_batch(&format!("DROP TRIGGER {guard}")).unwrap();
    }
    connection.execute_batch("PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON").unwrap();
    connection.execute_batch(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    copy
}
