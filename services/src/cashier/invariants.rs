//! What always holds in the store of the cashier, and between it and the gateway's.

use std::collections::BTreeMap;

use payment_clients::contract::error::Result;

use super::domain::sessions;
use crate::kit::{
    invariants::{History, Violation},
    store::{Book, Row, View},
};

/// The steps of sessions.
const HISTORY: History = History {
    of: "session",
    first: "pending",
    entities: "SELECT id, status, version FROM sessions",
    steps: "SELECT id, version, came_from, went_to FROM transitions ORDER BY id, version",
    may_become: |from, to| sessions::may_become(&from.into(), &to.into()),
};

/// I18: histories lead where the rows stand.
///
/// # Errors
/// When the store fails.
pub fn histories(view: &View<'_>) -> Result<Vec<Violation>> {
    HISTORY.violations(view)
}

/// I24: the payment of a session is its merchant's, and over the same money.
///
/// # Errors
/// When a store fails.
pub fn with_payments(cashier: &Book, gateway: &Book) -> Result<Vec<Violation>> {
    const SESSIONS: &str = "SELECT payment_no, merchant_id, amount, UPPER(currency) FROM sessions
        WHERE payment_no <> '' ORDER BY payment_no";
    const PAYMENTS: &str = "SELECT payment_no, merchant_id, amount, UPPER(currency) FROM payments";
    let rows = |book: &Book, sql: &'static str| {
        let read = |row: &Row<'_>| {
            let (number, merchant): (String, String) = (row.get(0)?, row.get(1)?);
            Ok((number, (merchant, row.get::<i64>(2)?, row.get::<String>(3)?)))
        };
        book.read(|view| view.all(sql, &[], read))
    };
    let payments: BTreeMap<_, _> = rows(gateway, PAYMENTS)?.into_iter().collect();
    let differs = |(number, wanted): (String, (String, i64, String))| {
        let payment = payments.get(&number);
        let wrong = format!("pays a session of {wanted:?}, and is {payment:?}");
        (payment != Some(&wanted)).then(|| Violation::new("I24", format!("payment {number}"), wrong))
    };
    Ok(rows(cashier, SESSIONS)?.into_iter().filter_map(differs).collect())
}
