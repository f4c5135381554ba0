//! What always holds in the store of withdrawals, and what holds once everything has come to rest; read from the store
//! alone, beside the bank's book where two books are compared.

use std::collections::BTreeMap;

use payment_clients::contract::error::Result;

use super::domain;
use crate::kit::{
    invariants::{History, Violation},
    store::{Book, Row, View},
};

/// The steps of withdrawals.
const HISTORY: History = History {
    of: "withdrawal",
    first: "pending",
    entities: "SELECT id, status, version FROM withdrawals",
    steps: "SELECT id, version, came_from, went_to FROM transitions ORDER BY id, version",
    may_become: |from, to| domain::may_become(&from.into(), &to.into()),
};

/// What holds at every moment: approvals count, and histories lead where the rows stand.
///
/// # Errors
/// When the store fails.
pub fn always(view: &View<'_>) -> Result<Vec<Violation>> {
    const APPROVALS: &str = "SELECT w.withdrawal_no, w.status, w.approval_level, w.required_level FROM withdrawals w
        LEFT JOIN approvals a ON a.withdrawal_id = w.id AND a.action = 'approve'
        GROUP BY w.withdrawal_no, w.status, w.approval_level, w.required_level
        HAVING COUNT(a.id) <> w.approval_level
            OR (w.status IN ('approved', 'processing', 'completed', 'returned')
                AND w.approval_level <> w.required_level)";
    const CREATORS: &str = "SELECT w.withdrawal_no, a.approver_id FROM withdrawals w
        JOIN approvals a ON a.withdrawal_id = w.id WHERE a.approver_id = w.created_by";
    let mut found = HISTORY.violations(view)?;
    found.extend(view.all(APPROVALS, &[], |row| {
        let (number, status): (String, String) = (row.get(0)?, row.get(1)?);
        let (level, required): (i64, i64) = (row.get(2)?, row.get(3)?);
        let wrong = format!("is {status} on level {level} of {required}, and its approvals are others");
        Ok(Violation::new("I14", format!("withdrawal {number}"), wrong))
    })?);
    found.extend(view.all(CREATORS, &[], |row| {
        let (number, approver): (String, String) = (row.get(0)?, row.get(1)?);
        let wrong = format!("was decided by {approver}, who asked for it");
        Ok(Violation::new("I14", format!("withdrawal {number}"), wrong))
    })?);
    Ok(found)
}

/// What holds once everything has come to rest: every hold ended as its withdrawal did.
///
/// # Errors
/// When the store fails.
pub fn at_rest(view: &View<'_>) -> Result<Vec<Violation>> {
    const HOLDS: &str = "SELECT withdrawal_no, status, hold FROM withdrawals
        WHERE NOT ((status IN ('pending', 'approved', 'processing') AND hold = 'held')
            OR (status IN ('completed', 'returned') AND hold = 'captured')
            OR (status IN ('rejected', 'cancelled') AND hold = 'released')
            OR (status = 'failed' AND hold IN ('released', 'none')))";
    view.all(HOLDS, &[], |row| {
        let (number, status, hold): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Violation::new("I14", format!("withdrawal {number}"), format!("is {status}, and its hold is {hold}")))
    })
}

/// What holds between the withdrawals and the bank's book once everything has come to rest: completed is paid, returned
/// came back, anything else was not paid; the same amount, and no transfer without a withdrawal.
///
/// # Errors
/// When a store fails.
pub fn with_bank(withdrawals: &Book, bank: &Book) -> Result<Vec<Violation>> {
    const OURS: &str = "SELECT withdrawal_no, status, amount - fee, currency FROM withdrawals";
    const THEIRS: &str = "SELECT order_no, status, amount, currency FROM transfers";
    let rows = |book: &Book, sql: &'static str| {
        let read = |row: &Row<'_>| {
            let (number, status): (String, String) = (row.get(0)?, row.get(1)?);
            Ok((number, (status, (row.get::<i64>(2)?, row.get::<String>(3)?))))
        };
        book.read(|view| view.all(sql, &[], read))
    };
    let mut transfers: BTreeMap<_, _> = rows(bank, THEIRS)?.into_iter().collect();
    let mut found = Vec::new();
    for (number, (status, money)) in rows(withdrawals, OURS)? {
        let transfer = transfers.remove(&number);
        let told = transfer.as_ref().map_or("no transfer", |(status, _)| status.as_str());
        let fits = match status.as_str() {
            "completed" => matches!(told, "success" | "returned"),
            "returned" => told == "returned",
            "processing" => told != "failed",
            "failed" => matches!(told, "failed" | "no transfer"),
            _ => told == "no transfer",
        };
        let same = transfer.as_ref().is_none_or(|(_, theirs)| *theirs == money);
        if !fits || !same {
            let wrong = format!("is {status} over {money:?}, and the bank has {transfer:?}");
            found.push(Violation::new("I14", format!("withdrawal {number}"), wrong));
        }
    }
    found.extend(
        transfers
            .keys()
            .map(|number| Violation::new("I14", format!("bank transfer {number}"), "is of no withdrawal that we know")),
    );
    Ok(found)
}
