//! What always holds in the store of withdrawals, and what holds once everything has come to rest; read from the store
//! alone, beside the bank's book where two books are compared.

use std::collections::BTreeMap;

use payment_clients::contract::error::Result;

use crate::kit::store::{Book, View};

/// What holds at every moment: approvals count, histories end where the rows stand, one withdrawal a settlement. Each
/// violation is a sentence with its row.
///
/// # Errors
/// When the store fails.
pub fn always(view: &View<'_>) -> Result<Vec<String>> {
    const APPROVALS: &str = "SELECT w.withdrawal_no, w.status, w.approval_level, w.required_level FROM withdrawals w
        LEFT JOIN approvals a ON a.withdrawal_id = w.id AND a.action = 'approve'
        GROUP BY w.withdrawal_no, w.status, w.approval_level, w.required_level
        HAVING COUNT(a.id) <> w.approval_level
            OR (w.status IN ('approved', 'processing', 'completed', 'returned')
                AND w.approval_level <> w.required_level)";
    const HISTORY: &str = "SELECT w.withdrawal_no, w.status, w.version FROM withdrawals w
        LEFT JOIN transitions t ON t.id = w.id GROUP BY w.withdrawal_no, w.status, w.version, w.id
        HAVING COUNT(t.version) <> w.version OR COALESCE(MAX(t.version), 0) <> w.version
            OR (w.version > 0 AND w.status <> (SELECT l.went_to FROM transitions l WHERE l.id = w.id
                ORDER BY l.version DESC LIMIT 1))";
    const CREATORS: &str = "SELECT w.withdrawal_no, a.approver_id FROM withdrawals w
        JOIN approvals a ON a.withdrawal_id = w.id WHERE a.approver_id = w.created_by";
    let mut found = view.all(APPROVALS, &[], |row| {
        let (number, status): (String, String) = (row.get(0)?, row.get(1)?);
        let (level, required): (i64, i64) = (row.get(2)?, row.get(3)?);
        Ok(format!("withdrawal {number} is {status} on level {level} of {required}, and its approvals are others"))
    })?;
    found.extend(view.all(HISTORY, &[], |row| {
        let (number, status, version): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!("withdrawal {number} is {status} in version {version}, and its history does not say so"))
    })?);
    found.extend(view.all(CREATORS, &[], |row| {
        let (number, approver): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(format!("withdrawal {number} was decided by {approver}, who asked for it"))
    })?);
    Ok(found)
}

/// What holds once everything has come to rest: no saga on its way, each that needs a person has an open incident, and
/// every hold ended as its withdrawal did.
///
/// # Errors
/// When the store fails.
pub fn at_rest(view: &View<'_>) -> Result<Vec<String>> {
    const SAGAS: &str = "SELECT s.id, s.kind, s.state FROM saga s
        LEFT JOIN incident i ON i.subject = s.id AND i.closed_at IS NULL
        WHERE s.state IN ('running', 'compensating') OR (s.state = 'attention') <> (i.subject IS NOT NULL)";
    const HOLDS: &str = "SELECT withdrawal_no, status, hold FROM withdrawals
        WHERE NOT ((status IN ('pending', 'approved', 'processing') AND hold = 'held')
            OR (status IN ('completed', 'returned') AND hold = 'captured')
            OR (status IN ('rejected', 'cancelled') AND hold = 'released')
            OR (status = 'failed' AND hold IN ('released', 'none')))";
    let mut found = view.all(SAGAS, &[], |row| {
        let (id, kind, state): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!("saga {id} ({kind}) is {state}, and its incident does not say so, or there must be none"))
    })?;
    found.extend(view.all(HOLDS, &[], |row| {
        let (number, status, hold): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(format!("withdrawal {number} is {status}, and its hold is {hold}"))
    })?);
    Ok(found)
}

/// What holds between the withdrawals and the bank's book once everything has come to rest: completed is paid, returned
/// came back, anything else was not paid; the same amount, and no transfer without a withdrawal.
///
/// # Errors
/// When a store fails.
pub fn with_bank(view: &Book, bank: &Book) -> Result<Vec<String>> {
    const OURS: &str = "SELECT withdrawal_no, status, amount - fee, currency FROM withdrawals";
    const THEIRS: &str = "SELECT order_no, status, amount, currency FROM transfers";
    let rows = |book: &Book, sql: &'static str| {
        book.read(move |view| {
            view.all(sql, &[], |row| {
                let (number, status): (String, String) = (row.get(0)?, row.get(1)?);
                Ok((number, (status, (row.get::<i64>(2)?, row.get::<String>(3)?))))
            })
        })
    };
    let mut transfers: BTreeMap<_, _> = rows(bank, THEIRS)?.into_iter().collect();
    let mut found = Vec::new();
    for (number, (status, money)) in rows(view, OURS)? {
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
            found.push(format!("withdrawal {number} is {status} over {money:?}, and the bank has {transfer:?}"));
        }
    }
    found.extend(
        transfers.keys().map(|number| format!("the bank has a transfer {number} that no withdrawal asked for")),
    );
    Ok(found)
}
