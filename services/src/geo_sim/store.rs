//! How often each provider was asked, by day.

use payment_clients::contract::error::Result;

use crate::{
    args,
    kit::store::{Tx, View},
};

/// The schema.
pub const MIGRATIONS: &[&str] = &["
CREATE TABLE asked(
  provider TEXT NOT NULL, day {{int}} NOT NULL, times {{int}} NOT NULL CHECK(times > 0), PRIMARY KEY(provider, day)
) {{clustered}};"];

/// Counts a question.
///
/// # Errors
/// When the store fails.
pub fn count(tx: &mut Tx<'_>, provider: &str, day: i64) -> Result<()> {
    const COUNT: &str = "INSERT INTO asked(provider, day, times) VALUES ($1, $2, 1)
        ON CONFLICT (provider, day) DO UPDATE SET times = asked.times + 1";
    tx.execute(COUNT, args![provider, day]).map(drop)
}

/// How often a provider was ever asked.
///
/// # Errors
/// When the store fails.
pub fn asked(view: &View<'_>, provider: &str) -> Result<i64> {
    const FIND: &str = "SELECT CAST(COALESCE(SUM(times), 0) AS BIGINT) FROM asked WHERE provider = $1";
    view.one(FIND, args![provider], |row| row.get(0))
}
