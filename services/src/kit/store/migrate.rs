//! Brings a file's schema up to date. A migration is a numbered text that never changes once it has run anywhere.
//!
//! `{{int}}` stands for a 64-bit integer column, `{{strict}}` ends a table, `{{clustered}}` ends one that is stored in
//! the order of its primary key, `{{immutable:table}}` refuses every change of the table's rows: what SQLite and
//! PostgreSQL call differently.

use payment_clients::contract::error::Error;
use rusqlite::Connection;
use sha2::{Digest, Sha256};

const NUMBERS: &str = "CREATE TABLE IF NOT EXISTS migrations(number INTEGER PRIMARY KEY, digest TEXT NOT NULL) STRICT";

/// Runs what is missing, each migration in a transaction of its own.
pub(super) fn apply(connection: &mut Connection, store: &str, migrations: &[&str]) -> Result<(), Error> {
    let broken = |number: usize, cause: rusqlite::Error| {
        Error::configuration(format!("{store}: migration {number} failed: {cause}")).with_source(cause)
    };
    connection.execute_batch(NUMBERS).map_err(|cause| broken(0, cause))?;
    let known = read(connection).map_err(|cause| broken(0, cause))?;
    if known.len() > migrations.len() {
        let (found, ours) = (known.len(), migrations.len());
        let message =
            format!("{store}: the file has {found} migrations and this program knows {ours}; use a newer one");
        return Err(Error::configuration(message));
    }
    for (number, migration) in (1..).zip(migrations) {
        let digest = Sha256::digest(migration).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        match known.get(number - 1) {
            Some(found) if *found == digest => {}
            Some(_) => {
                let text = format!("{store}: migration {number} was changed after it had run; add a new one instead");
                return Err(Error::configuration(text));
            }
            None => run(connection, number, migration, &digest).map_err(|cause| broken(number, cause))?,
        }
    }
    Ok(())
}

fn read(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT digest FROM migrations ORDER BY number")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

fn run(connection: &mut Connection, number: usize, migration: &str, digest: &str) -> rusqlite::Result<()> {
    let sql = immutable(migration)
        .replace("{{int}}", "INTEGER")
        .replace("{{strict}}", "STRICT")
        .replace("{{clustered}}", "STRICT, WITHOUT ROWID");
    let transaction = connection.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
    transaction.execute_batch(&sql)?;
    let number = i64::try_from(number).unwrap_or(i64::MAX);
    transaction.execute("INSERT INTO migrations(number, digest) VALUES (?1, ?2)", (number, digest))?;
    transaction.commit()
}

/// Writes the triggers of tables whose rows never change.
fn immutable(migration: &str) -> String {
    let mut parts = migration.split("{{immutable:");
    let mut sql = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (table, rest) = part.split_once("}}").unwrap_or((part, ""));
        for change in ["UPDATE", "DELETE"] {
            sql.push_str(&format!(
                "CREATE TRIGGER {table}_no_{change} BEFORE {change} ON {table} \
                 BEGIN SELECT RAISE(ABORT, '{table} never change'); END;\n"
            ));
        }
        sql.push_str(rest);
    }
    sql
}
