//! What always holds in the store of settlements, and what holds once everything has come to rest; read from the store
//! alone, beside the store of withdrawals where the two are compared.

use std::collections::BTreeMap;

use payment_clients::contract::error::Result;

use crate::kit::store::{Book, View};

/// What holds at every moment: histories end where the rows stand, listed items make the total, and who made a
/// settlement has not approved it. Each violation is a sentence with its row.
///
/// # Errors
/// When the store fails.
pub fn always(view: &View<'_>) -> Result<Vec<String>> {
    const HISTORY: &str = "SELECT s.settlement_no, s.status, s.version FROM settlements s
        LEFT JOIN transitions t ON t.id = s.id GROUP BY s.settlement_no, s.status, s.version, s.id
        HAVING COUNT(t.version) <> s.version OR COALESCE(MAX(t.version), 0) <> s.version
            OR (s.version > 0 AND s.status <> (SELECT l.went_to FROM transitions l WHERE l.id = s.id
                ORDER BY l.version DESC LIMIT 1))";
    const ITEMS: &str = "SELECT s.settlement_no, s.total_amount, CAST(SUM(i.amount) AS BIGINT) FROM settlements s
        JOIN items i ON i.settlement_id = s.id GROUP BY s.settlement_no, s.total_amount, s.fee_amount
        HAVING SUM(i.amount) <> s.total_amount OR SUM(i.fee) <> s.fee_amount";
    const APPROVERS: &str = "SELECT s.settlement_no, s.created_by FROM settlements s
        JOIN approvals a ON a.settlement_id = s.id WHERE a.approver_id = s.created_by";
    let mut found = view.all(HISTORY, &[], |row| {
        let (number, status, version): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!("settlement {number} is {status} in version {version}, and its history does not say so"))
    })?;
    found.extend(view.all(ITEMS, &[], |row| {
        let (number, total, listed): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!("settlement {number} is over {total}, and its items make {listed}"))
    })?);
    found.extend(view.all(APPROVERS, &[], |row| {
        let (number, creator): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(format!("settlement {number} was decided by {creator}, who made it"))
    })?);
    Ok(found)
}

/// What holds once everything has come to rest: no saga on its way, and each that needs a person has an open incident.
///
/// # Errors
/// When the store fails.
pub fn at_rest(view: &View<'_>) -> Result<Vec<String>> {
    const SAGAS: &str = "SELECT s.id, s.kind, s.state FROM saga s
        LEFT JOIN incident i ON i.subject = s.id AND i.closed_at IS NULL
        WHERE s.state IN ('running', 'compensating') OR (s.state = 'attention') <> (i.subject IS NOT NULL)";
    view.all(SAGAS, &[], |row| {
        let (id, kind, state): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!("saga {id} ({kind}) is {state}, and its incident does not say so, or there must be none"))
    })
}

/// What holds between settlements and withdrawals once everything has come to rest: each completed settlement is paid
/// out by one withdrawal over its whole amount, and no withdrawal pays a settlement that is not.
///
/// # Errors
/// When a store fails.
pub fn with_withdrawals(view: &Book, withdrawals: &Book) -> Result<Vec<String>> {
    const PAID: &str = "SELECT id, withdrawal_no, settlement_amount, currency FROM settlements
        WHERE status = 'completed'";
    const PAYOUTS: &str = "SELECT settlement_id, withdrawal_no, amount, currency FROM withdrawals
        WHERE settlement_id IS NOT NULL AND hold <> 'none'";
    let rows = |book: &Book, sql: &'static str| {
        book.read(move |view| {
            view.all(sql, &[], |row| {
                let (id, number): (String, String) = (row.get(0)?, row.get(1)?);
                Ok((id, (number, row.get::<i64>(2)?, row.get::<String>(3)?)))
            })
        })
    };
    let mut payouts: BTreeMap<_, _> = rows(withdrawals, PAYOUTS)?.into_iter().collect();
    let mut found = Vec::new();
    for (id, paid) in rows(view, PAID)? {
        let payout = payouts.remove(&id);
        if payout.as_ref() != Some(&paid) {
            found.push(format!("settlement {id} is paid out by {paid:?}, and the withdrawals have {payout:?}"));
        }
    }
    found.extend(payouts.iter().map(|(id, payout)| format!("{payout:?} pays settlement {id}, which is not completed")));
    Ok(found)
}
