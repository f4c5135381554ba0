//! How often the provider was asked, by account and day.

use payment_clients::contract::error::Result;

use crate::{
    args,
    kit::store::{Tx, View},
};

/// The schema.
pub const MIGRATIONS: &[&str] = &["
CREATE TABLE asked(
  account TEXT NOT NULL, day {{int}} NOT NULL, times {{int}} NOT NULL CHECK(times > 0), PRIMARY KEY(account, day)
) {{clustered}};"];

/// Counts a question.
///
/// # Errors
/// When the store fails.
pub fn count(tx: &mut Tx<'_>, account: &str, day: i64) -> Result<()> {
    const COUNT: &str = "INSERT INTO asked(account, day, times) VALUES ($1, $2, 1)
        ON CONFLICT (account, day) DO UPDATE SET times = asked.times + 1";
    tx.execute(COUNT, args![account, day]).map(drop)
}

/// How often an account has asked on a day.
///
/// # Errors
/// When the store fails.
pub fn asked(view: &View<'_>, account: &str, day: i64) -> Result<i64> {
    const FIND: &str = "SELECT times FROM asked WHERE account = $1 AND day = $2";
    Ok(view.optional(FIND, args![account, day], |row| row.get(0))?.unwrap_or(0))
}
