//! What always holds in the store of orders, read from it alone.

use payment_clients::contract::error::Result;

use super::domain;
use crate::kit::{
    invariants::{History, Violation},
    store::View,
};

/// The steps of orders. A part refund leaves an order where it is.
const HISTORY: History = History {
    of: "order",
    first: "pending",
    entities: "SELECT order_no, status, version FROM orders",
    steps: "SELECT order_no, version, came_from, went_to FROM transitions ORDER BY order_no, version",
    may_become: |from, to| from == to || domain::may_become(&from.into(), &to.into()),
};

/// I18: histories lead where the rows stand, and what they pay back is what was paid back.
///
/// # Errors
/// When the store fails.
pub fn histories(view: &View<'_>) -> Result<Vec<Violation>> {
    const REFUNDED: &str = "SELECT o.order_no, o.refunded_amount, CAST(COALESCE(SUM(t.refunded), 0) AS BIGINT)
        FROM orders o LEFT JOIN transitions t ON t.order_no = o.order_no GROUP BY o.order_no, o.refunded_amount
        HAVING COALESCE(SUM(t.refunded), 0) <> o.refunded_amount";
    const STILL: &str = "SELECT order_no, version FROM transitions WHERE came_from = went_to AND refunded = 0";
    let mut found = HISTORY.violations(view)?;
    found.extend(view.all(REFUNDED, &[], |row| {
        let (number, kept, told): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Violation::new("I18", format!("order {number}"), format!("has paid {kept} back, its steps {told}")))
    })?);
    found.extend(view.all(STILL, &[], |row| {
        let (number, version): (String, i64) = (row.get(0)?, row.get(1)?);
        Ok(Violation::new("I18", format!("order {number}"), format!("step {version} changes nothing")))
    })?);
    Ok(found)
}

/// I19: each version of an order is one event.
///
/// # Errors
/// When the store fails.
pub fn told(view: &View<'_>) -> Result<Vec<Violation>> {
    const ORDERS: &str = "SELECT e.order_no, e.version + 1, COUNT(o.id) FROM orders e
        LEFT JOIN outbox o ON o.aggregate = e.order_no GROUP BY e.order_no, e.version
        HAVING COUNT(o.id) <> e.version + 1";
    view.all(ORDERS, &[], |row| {
        let (number, changes, events): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let wrong = format!("has changed {changes} times, and {events} events tell of it");
        Ok(Violation::new("I19", format!("order {number}"), wrong))
    })
}
