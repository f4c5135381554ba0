//! Exchange rates as they were published, each publication once.

use payment_clients::{
    apis::exchange_rate::LatestRatesV4,
    contract::{
        error::{Error, Result},
        money::Currency,
    },
};

use crate::{
    args,
    kit::store::{Tx, View},
};

pub(super) const TABLES: &str = "
CREATE TABLE published_rates(
  base TEXT NOT NULL CHECK(length(base) = 3), published_at {{int}} NOT NULL, heard_at {{int}} NOT NULL,
  rates TEXT NOT NULL, PRIMARY KEY(base, published_at)
) {{clustered}};";

/// Keeps a publication, unless it is kept already.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, published: &LatestRatesV4, now: i64) -> Result<()> {
    const INSERT: &str = "INSERT INTO published_rates(base, published_at, heard_at, rates) VALUES ($1, $2, $3, $4)
        ON CONFLICT (base, published_at) DO NOTHING";
    let text = serde_json::to_string(published).map_err(Error::internal)?;
    tx.execute(INSERT, args![published.base, published.time_last_updated, now, text]).map(drop)
}

/// Whether a publication is kept already.
///
/// # Errors
/// When the statement fails.
pub fn holds(view: &View<'_>, published: &LatestRatesV4) -> Result<bool> {
    const FIND: &str = "SELECT COUNT(*) FROM published_rates WHERE base = $1 AND published_at = $2";
    view.one(FIND, args![published.base, published.time_last_updated], |row| Ok(row.get::<i64>(0)? > 0))
}

/// What was published last about a currency.
///
/// # Errors
/// When the statement fails.
pub fn latest(view: &View<'_>, base: Currency) -> Result<Option<LatestRatesV4>> {
    const LATEST: &str = "SELECT rates FROM published_rates WHERE base = $1 ORDER BY published_at DESC LIMIT 1";
    view.optional(LATEST, args![base], |row| serde_json::from_str(&row.get::<String>(0)?).map_err(Error::internal))
}

/// The currencies that were ever converted from.
///
/// # Errors
/// When the statement fails.
pub fn bases(view: &View<'_>) -> Result<Vec<Currency>> {
    view.all("SELECT DISTINCT base FROM published_rates ORDER BY base", &[], |row| row.get(0))
}
