//! What always holds in the store of analytics, read from it alone.

use payment_clients::contract::error::Result;

use crate::kit::{invariants::Violation, store::View};

/// I22: what is counted is in the totals, once.
///
/// # Errors
/// When the store fails.
pub fn counted(view: &View<'_>) -> Result<Vec<Violation>> {
    const TOTALS: &str = "SELECT 'payments',
            (SELECT COUNT(*) FROM counted WHERE what = 'payment'),
            (SELECT CAST(COALESCE(SUM(payments), 0) AS BIGINT) FROM payment_days)
        UNION ALL SELECT 'refunds',
            (SELECT COUNT(*) FROM counted WHERE what = 'refund'),
            (SELECT CAST(COALESCE(SUM(refunds), 0) AS BIGINT) FROM payment_days)
        UNION ALL SELECT 'transactions',
            (SELECT COUNT(*) FROM counted WHERE what = 'transaction'),
            (SELECT CAST(COALESCE(SUM(transactions), 0) AS BIGINT) FROM channel_days)
        UNION ALL SELECT 'measured transactions',
            (SELECT COUNT(*) FROM counted WHERE what = 'duration'),
            (SELECT CAST(COALESCE(SUM(measured), 0) AS BIGINT) FROM channel_days)
        UNION ALL SELECT 'orders',
            (SELECT COUNT(*) FROM counted WHERE what IN ('order placed', 'order completed', 'order cancelled')),
            (SELECT CAST(COALESCE(SUM(orders + completed + cancelled), 0) AS BIGINT) FROM merchant_days)
        UNION ALL SELECT 'new customers',
            (SELECT COUNT(*) FROM customers),
            (SELECT CAST(COALESCE(SUM(new_customers), 0) AS BIGINT) FROM merchant_days)";
    let rows = view.all(TOTALS, &[], |row| {
        let (what, counted, total): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let wrong = format!("make {total}, and {counted} are counted");
        Ok((counted != total).then(|| Violation::new("I22", format!("totals of {what}"), wrong)))
    })?;
    Ok(rows.into_iter().flatten().collect())
}
