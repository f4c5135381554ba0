//! Brings a store's schema up to date. A migration is a numbered text that never changes once it has run anywhere.
//!
//! `{{int}}` stands for a 64-bit integer column, `{{strict}}` ends a table, `{{clustered}}` ends one that is stored in
//! the order of its primary key, `{{immutable:table}}` refuses every change of the table's rows: what SQLite and
//! PostgreSQL call differently.

use payment_clients::contract::error::Error;
use sha2::{Digest, Sha256};

use super::{
    engine::Connection,
    sql::{Tx, View},
};
use crate::args;

const NUMBERS: &str =
    "CREATE TABLE IF NOT EXISTS migrations(number {{int}} PRIMARY KEY, digest TEXT NOT NULL) {{strict}}";

const KNOWN: &str = "SELECT number, digest FROM migrations ORDER BY number";

/// Runs what is missing, all of it in one transaction: a store is never between two programs, and of two programs that
/// start at once, the second finds nothing left to do.
pub(super) fn apply(connection: &dyn Connection, store: &str, migrations: &[&str]) -> Result<(), Error> {
    let failed = |step: &str, cause: &dyn std::error::Error| {
        Error::configuration(format!("{store}: {step} failed: {cause}; what it changed is undone"))
    };
    connection.begin().map_err(|cause| failed("beginning the migrations", &cause))?;
    let done = migrate(connection, store, migrations, &failed)
        .and_then(|()| connection.commit().map_err(|cause| failed("committing the migrations", &cause)));
    if done.is_err() {
        // The first error is the one to tell.
        let _ = connection.rollback();
    }
    done
}

/// True when a store has these tables: the text is among the migrations that it has run.
///
/// # Errors
/// When the store fails.
pub fn holds(view: &View<'_>, tables: &str) -> Result<bool, Error> {
    const RUN: &str = "SELECT COUNT(*) FROM migrations WHERE digest = $1";
    view.one(RUN, args![digest(tables)], |row| row.get::<i64>(0)).map(|found| found > 0)
}

fn migrate(
    connection: &dyn Connection,
    store: &str,
    migrations: &[&str],
    failed: &dyn Fn(&str, &dyn std::error::Error) -> Error,
) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO migrations(number, digest) VALUES ($1, $2)";
    let dialect = connection.dialect();
    connection.batch(&dialect.speak(NUMBERS)).map_err(|cause| failed("reading the migrations", &cause))?;
    let mut tx = Tx::new(connection, store);
    let known = tx.all(KNOWN, &[], |row| Ok((row.get::<i64>(0)?, row.get::<String>(1)?)))?;
    let done = compare(store, &known, migrations)?;
    for (number, migration) in (1_i64..).zip(migrations).skip(done) {
        let step = format!("migration {number}");
        connection.batch(&dialect.speak(migration)).map_err(|cause| failed(&step, &cause))?;
        tx.execute(INSERT, args![number, digest(migration)])?;
    }
    Ok(())
}

/// Refuses a store that is not at this program's schema. Changes nothing.
pub(super) fn verify(view: &View<'_>, store: &str, migrations: &[&str]) -> Result<(), Error> {
    let known = view.all(KNOWN, &[], |row| Ok((row.get::<i64>(0)?, row.get::<String>(1)?)))?;
    let (done, ours) = (compare(store, &known, migrations)?, migrations.len());
    if done == ours {
        return Ok(());
    }
    let text =
        format!("{store}: the store has {done} of {ours} migrations; start its service once, which adds the rest");
    Err(Error::configuration(text))
}

/// How many of the migrations have run; they must be the first ones, unchanged.
fn compare(store: &str, known: &[(i64, String)], migrations: &[&str]) -> Result<usize, Error> {
    if known.len() > migrations.len() {
        let (found, ours) = (known.len(), migrations.len());
        let text = format!("{store}: the store has {found} migrations and this program knows {ours}; use a newer one");
        return Err(Error::configuration(text));
    }
    for ((number, migration), (found, kept)) in (1_i64..).zip(migrations).zip(known) {
        if *found != number {
            let text = format!("{store}: migration {number} is missing and {found} is there; restore a backup");
            return Err(Error::configuration(text));
        }
        if *kept != digest(migration) {
            let text = format!("{store}: migration {number} was changed after it had run; add a new one instead");
            return Err(Error::configuration(text));
        }
    }
    Ok(known.len())
}

fn digest(migration: &str) -> String {
    Sha256::digest(migration).iter().map(|byte| format!("{byte:02x}")).collect()
}
