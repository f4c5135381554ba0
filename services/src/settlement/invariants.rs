//! What always holds in the store of settlements, and what holds once everything has come to rest; read from the store
//! alone, beside the store of withdrawals where the two are compared.

use std::collections::{BTreeMap, BTreeSet};

use payment_clients::contract::error::Result;

use super::domain;
use crate::kit::{
    invariants::{History, Violation},
    store::{Book, Row, View},
};

/// The steps of settlements.
const HISTORY: History = History {
    of: "settlement",
    first: "pending",
    entities: "SELECT id, status, version FROM settlements",
    steps: "SELECT id, version, came_from, went_to FROM transitions ORDER BY id, version",
    may_become: |from, to| domain::may_become(&from.into(), &to.into()),
};

/// What holds at every moment: histories lead where the rows stand, listed items make the total, and who made a
/// settlement has not approved it.
///
/// # Errors
/// When the store fails.
pub fn always(view: &View<'_>) -> Result<Vec<Violation>> {
    const ITEMS: &str = "SELECT s.settlement_no, s.total_amount, CAST(SUM(i.amount) AS BIGINT) FROM settlements s
        JOIN items i ON i.settlement_id = s.id GROUP BY s.settlement_no, s.total_amount, s.fee_amount
        HAVING SUM(i.amount) <> s.total_amount OR SUM(i.fee) <> s.fee_amount";
    const APPROVERS: &str = "SELECT s.settlement_no, s.created_by FROM settlements s
        JOIN approvals a ON a.settlement_id = s.id WHERE a.approver_id = s.created_by";
    let mut found = HISTORY.violations(view)?;
    found.extend(view.all(ITEMS, &[], |row| {
        let (number, total, listed): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Violation::new("I13", format!("settlement {number}"), format!("is over {total}, its items make {listed}")))
    })?);
    found.extend(view.all(APPROVERS, &[], |row| {
        let (number, creator): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(Violation::new("I13", format!("settlement {number}"), format!("was decided by {creator}, who made it")))
    })?);
    Ok(found)
}

/// What holds between settlements and accounting once everything has come to rest: whatever accounting has claimed and
/// not given up is a settlement's.
///
/// # Errors
/// When a store fails.
pub fn with_accounts(settlements: &Book, accounts: &Book) -> Result<Vec<Violation>> {
    const CLAIMS: &str = "SELECT settlement_no FROM settlements WHERE status <> 'cancelled'";
    const OURS: &str = "SELECT account_settlement_no FROM settlements WHERE account_settlement_no <> ''";
    let names = |book: &Book, sql| book.read(|view| view.all(sql, &[], |row| row.get::<String>(0)));
    let ours: BTreeSet<_> = names(settlements, OURS)?.into_iter().collect();
    let stray = names(accounts, CLAIMS)?.into_iter().filter(|claim| !ours.contains(claim));
    let told = |claim| Violation::new("I13", format!("claim {claim}"), "is held for no settlement that there is");
    Ok(stray.map(told).collect())
}

/// What holds between settlements and withdrawals once everything has come to rest: each completed settlement is paid
/// out by one withdrawal over its whole amount, and no withdrawal pays a settlement that is not.
///
/// # Errors
/// When a store fails.
pub fn with_withdrawals(settlements: &Book, withdrawals: &Book) -> Result<Vec<Violation>> {
    const PAID: &str = "SELECT id, withdrawal_no, settlement_amount, currency FROM settlements
        WHERE status = 'completed'";
    const PAYOUTS: &str = "SELECT settlement_id, withdrawal_no, amount, currency FROM withdrawals
        WHERE settlement_id IS NOT NULL AND hold <> 'none'";
    let rows = |book: &Book, sql: &'static str| {
        let read = |row: &Row<'_>| {
            let (id, number): (String, String) = (row.get(0)?, row.get(1)?);
            Ok((id, (number, row.get::<i64>(2)?, row.get::<String>(3)?)))
        };
        book.read(|view| view.all(sql, &[], read))
    };
    let mut payouts: BTreeMap<_, _> = rows(withdrawals, PAYOUTS)?.into_iter().collect();
    let mut found = Vec::new();
    for (id, paid) in rows(settlements, PAID)? {
        let payout = payouts.remove(&id);
        if payout.as_ref() != Some(&paid) {
            let wrong = format!("is paid out by {paid:?}, and the withdrawals have {payout:?}");
            found.push(Violation::new("I13", format!("settlement {id}"), wrong));
        }
    }
    found.extend(payouts.iter().map(|(id, payout)| {
        Violation::new("I13", format!("settlement {id}"), format!("is not completed, and {payout:?} pays it"))
    }));
    Ok(found)
}
