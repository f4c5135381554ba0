//! What always holds in the gateway's store, read from it alone.

use std::collections::BTreeMap;

use payment_clients::{
    apis::payment_gateway::{payment_api, refund_api},
    contract::error::Result,
};

use super::domain;
use crate::{
    args,
    kit::{
        invariants::{History, Violation},
        store::View,
    },
};

/// The steps of payments.
const HISTORY: History = History {
    of: "payment",
    first: "pending",
    entities: "SELECT payment_no, status, version FROM payments",
    steps: "SELECT payment_no, version, came_from, went_to FROM transitions ORDER BY payment_no, version",
    may_become: |from, to| domain::may_become(&from.into(), &to.into()),
};

/// I18: histories lead where the rows stand.
///
/// # Errors
/// When the store fails.
pub fn histories(view: &View<'_>) -> Result<Vec<Violation>> {
    HISTORY.violations(view)
}

/// I11: what is reserved for refunds is the sum of those that have not failed.
///
/// # Errors
/// When the store fails.
pub fn refunds(view: &View<'_>) -> Result<Vec<Violation>> {
    const RESERVED: &str = "SELECT p.payment_no, p.amount, p.refund_reserved,
            CAST(COALESCE(SUM(r.amount), 0) AS BIGINT) AS wanted
        FROM payments p LEFT JOIN refunds r ON r.payment_no = p.payment_no AND r.status <> 'failed'
        GROUP BY p.payment_no, p.amount, p.refund_reserved
        HAVING COALESCE(SUM(r.amount), 0) <> p.refund_reserved OR COALESCE(SUM(r.amount), 0) > p.amount";
    const STRAY: &str = "SELECT r.refund_no, p.payment_no FROM refunds r JOIN payments p ON p.payment_no = r.payment_no
        WHERE r.currency <> p.currency OR (r.status <> 'failed' AND p.status <> 'success')";
    let mut found = view.all(RESERVED, &[], |row| {
        let (number, amount): (String, i64) = (row.get(0)?, row.get(1)?);
        let (reserved, wanted): (i64, i64) = (row.get(2)?, row.get(3)?);
        let wrong = format!("is of {amount} with {reserved} reserved, and its refunds make {wanted}");
        Ok(Violation::new("I11", format!("payment {number}"), wrong))
    })?;
    found.extend(view.all(STRAY, &[], |row| {
        let (refund, payment): (String, String) = (row.get(0)?, row.get(1)?);
        let wrong = format!("cannot be of payment {payment}: it is not paid, or of another currency");
        Ok(Violation::new("I11", format!("refund {refund}"), wrong))
    })?);
    Ok(found)
}

/// I17: an answer that is kept for a key names what is there, and nothing is the effect of two keys.
///
/// # Errors
/// When the store fails.
pub fn effects(view: &View<'_>) -> Result<Vec<Violation>> {
    const ANSWERS: &str = "SELECT principal, key, body FROM idem
        WHERE route = $1 AND state = 'done' AND status BETWEEN 200 AND 299 ORDER BY principal, key";
    const PAYMENTS: &str = "SELECT payment_no, merchant_id FROM payments";
    const REFUNDS: &str = "SELECT refund_no, merchant_id FROM refunds";
    let mut found = Vec::new();
    let pairs = |sql: &'static str| view.all(sql, &[], |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)));
    for (route, number, rows) in [
        (payment_api::CREATE_PAYMENT.path, "/data/payment_no", PAYMENTS),
        (refund_api::CREATE_REFUND.path, "/data/refund_no", REFUNDS),
    ] {
        let owners: BTreeMap<String, String> = pairs(rows)?.into_iter().collect();
        let mut named: BTreeMap<String, String> = BTreeMap::new();
        view.all(ANSWERS, args![route], |row| {
            let (principal, key): (String, String) = (row.get(0)?, row.get(1)?);
            let body: serde_json::Value = serde_json::from_str(&row.get::<String>(2)?).unwrap_or_default();
            let effect = body.pointer(number).and_then(|number| number.as_str()).unwrap_or_default().to_owned();
            let about = format!("key {key} of {principal} on {route}");
            if !owners.get(&effect).is_some_and(|owner| principal.ends_with(owner.as_str())) {
                found.push(Violation::new("I17", &about, format!("was answered with `{effect}`, which is not there")));
            }
            if let Some(other) = named.insert(effect.clone(), key) {
                found.push(Violation::new("I17", about, format!("has the effect {effect} of key {other}")));
            }
            Ok(())
        })?;
    }
    Ok(found)
}

/// I19: each version of a payment or a refund is one event, and so is what became of money that came too late.
///
/// # Errors
/// When the store fails.
pub fn told(view: &View<'_>) -> Result<Vec<Violation>> {
    const PAYMENTS: &str = "SELECT e.payment_no, e.version + 1 + e.late, COUNT(o.id) FROM
            (SELECT p.payment_no, p.version, CASE WHEN l.status IS NULL THEN 0 WHEN l.status = 'refunded' THEN 2 ELSE 1 END
                AS late FROM payments p LEFT JOIN late_successes l ON l.payment_no = p.payment_no) AS e
        LEFT JOIN outbox o ON o.aggregate = e.payment_no GROUP BY e.payment_no, e.version, e.late
        HAVING COUNT(o.id) <> e.version + 1 + e.late";
    const REFUNDS: &str = "SELECT e.refund_no, CASE WHEN e.status = 'pending' THEN 1 ELSE 2 END, COUNT(o.id)
        FROM refunds e LEFT JOIN outbox o ON o.aggregate = e.refund_no GROUP BY e.refund_no, e.status
        HAVING COUNT(o.id) <> CASE WHEN e.status = 'pending' THEN 1 ELSE 2 END";
    let each = |of: &'static str, sql: &'static str| {
        view.all(sql, &[], move |row| {
            let (number, changes, events): (String, i64, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let wrong = format!("has changed {changes} times, and {events} events tell of it");
            Ok(Violation::new("I19", format!("{of} {number}"), wrong))
        })
    };
    let mut found = each("payment", PAYMENTS)?;
    found.extend(each("refund", REFUNDS)?);
    Ok(found)
}
