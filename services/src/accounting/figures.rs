//! What the ledger shows of itself: whether it adds up, and what is held. Read of the balances and of what is open, so that
//! it costs the same however long the history is.

use payment_clients::contract::error::Result;

use crate::kit::{
    metrics::{Family, Point},
    store::View,
};

/// By currency, for each in which there is an account.
const FIGURES: &str = "SELECT currency,
        CAST(SUM(dp) - SUM(cp) + SUM(dh) - SUM(ch) AS BIGINT) AS imbalance,
        (SELECT COUNT(*) FROM holds h WHERE h.status = 'held' AND h.currency = a.currency) AS held
    FROM ledger_accounts a GROUP BY currency ORDER BY currency";

/// Reads both figures.
///
/// # Errors
/// When the store fails.
pub fn read(view: &View<'_>) -> Result<Vec<Family>> {
    let found = view.all(FIGURES, &[], |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<i64>(2)?)))?;
    let points = |value: fn(&(String, i64, i64)) -> i64| {
        found.iter().map(|row| Point::new([("currency", row.0.as_str())], value(row))).collect()
    };
    Ok(vec![
        Family::gauge(
            "ledger_imbalance_minor",
            "Debits less credits of all accounts, posted and held, in minor units; 0 when the ledger adds up.",
            points(|row| row.1),
        ),
        Family::gauge("ledger_holds_open", "Holds that nobody has ended.", points(|row| row.2)),
    ])
}
