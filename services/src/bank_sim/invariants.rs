//! What always holds in the bank's book, read from the book alone.

use payment_clients::contract::error::Result;

use crate::kit::{invariants::Violation, store::View};

/// Balances that are not the sum of their movements, and transfers whose movements do not fit their state.
///
/// # Errors
/// When the store fails.
pub fn violations(view: &View<'_>) -> Result<Vec<Violation>> {
    const BALANCES: &str = "SELECT a.currency, a.balance, CAST(COALESCE(SUM(l.amount), 0) AS BIGINT) FROM accounts a
        LEFT JOIN lines l ON l.currency = a.currency GROUP BY a.currency, a.balance
        HAVING a.balance <> COALESCE(SUM(l.amount), 0)";
    const TRANSFERS: &str = "SELECT t.order_no, t.status, COUNT(l.seq), CAST(COALESCE(SUM(l.amount), 0) AS BIGINT)
        FROM transfers t LEFT JOIN lines l ON l.trade_no = t.trade_no GROUP BY t.order_no, t.status, t.amount
        HAVING NOT ((t.status IN ('processing', 'failed') AND COUNT(l.seq) = 0)
            OR (t.status = 'success' AND COUNT(l.seq) = 1 AND SUM(l.amount) = -t.amount)
            OR (t.status = 'returned' AND COUNT(l.seq) = 2 AND SUM(l.amount) = 0))";
    let mut found = view.all(BALANCES, &[], |row| {
        let (currency, balance, moved): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let wrong = format!("holds {balance}, and its movements make {moved}");
        Ok(Violation::new("I16", format!("bank account {currency}"), wrong))
    })?;
    found.extend(view.all(TRANSFERS, &[], |row| {
        let (order_no, status): (String, String) = (row.get(0)?, row.get(1)?);
        let (lines, moved): (i64, i64) = (row.get(2)?, row.get(3)?);
        let wrong = format!("is {status} with {lines} movements that make {moved}");
        Ok(Violation::new("I16", format!("bank transfer {order_no}"), wrong))
    })?);
    Ok(found)
}
