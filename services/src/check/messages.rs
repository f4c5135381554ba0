//! Invariants of what services tell each other: keys, webhooks, versions of the configuration.

use std::collections::{BTreeMap, BTreeSet};

use payment_clients::{apis::channel_adapter::PaypalAmount, contract::error::Result};
use serde_json::Value;

use super::books::Books;
use crate::kit::{invariants::Violation, store::View};

/// I17: a key that was claimed is answered in the end.
pub(super) fn unanswered(view: &View<'_>) -> Result<Vec<Violation>> {
    const OPEN: &str = "SELECT key, principal, route FROM idem WHERE state = 'in_progress'";
    view.all(OPEN, &[], |row| {
        let (key, principal, route): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        Ok(Violation::new("I17", format!("key {key} of {principal} on {route}"), "was never answered"))
    })
}

// === webhooks ===

/// Causes of the gateway's steps that are no webhook.
const OTHER_CAUSES: [&str; 5] = ["asked", "callback", "channel", "merchant", "refused"];

/// I21: each step that an event caused has that event in the inbox, about the same payment and money, and no event
/// caused two.
pub(super) fn webhooks(books: &Books) -> Result<Vec<Violation>> {
    const STEPS: &str = "SELECT t.cause, t.payment_no, p.amount, UPPER(p.currency) FROM transitions t
        JOIN payments p ON p.payment_no = t.payment_no ORDER BY t.payment_no, t.version";
    const INBOX: &str = "SELECT event_id, payment_no, body FROM webhook_inbox";
    let inbox = books.rows("channel-adapter", INBOX, |row| {
        Ok((row.get::<String>(0)?, (row.get::<String>(1)?, row.get::<String>(2)?)))
    })?;
    let inbox: BTreeMap<_, _> = inbox.into_iter().collect();
    let steps = books.rows("gateway", STEPS, |row| {
        Ok((row.get::<String>(0)?, row.get::<String>(1)?, (row.get::<i64>(2)?, row.get::<String>(3)?)))
    })?;
    let mut found = Vec::new();
    let mut applied = BTreeSet::new();
    for (cause, payment, money) in steps.iter().filter(|(cause, ..)| !OTHER_CAUSES.contains(&cause.as_str())) {
        let wrong = match inbox.get(cause) {
            _ if !applied.insert(cause) => Some(format!("webhook {cause} was applied twice")),
            None => Some(format!("took a step by webhook {cause}, which never came")),
            Some((about, body)) => {
                let told = told(body);
                (about != payment || told.as_ref() != Some(money))
                    .then(|| format!("is of {money:?}; webhook {cause} is about {about} and {told:?}"))
            }
        };
        found.extend(wrong.map(|wrong| Violation::new("I21", format!("payment {payment}"), wrong)));
    }
    Ok(found)
}

/// The money that a webhook speaks of, in the words of either channel.
fn told(body: &str) -> Option<(i64, String)> {
    let body: Value = serde_json::from_str(body).ok()?;
    if let Some(amount) = body.pointer("/resource/amount") {
        let money = serde_json::from_value::<PaypalAmount>(amount.clone()).ok()?.money()?;
        return Some((money.minor_units, money.currency.to_string()));
    }
    let object = body.pointer("/data/object")?;
    Some((object.get("amount")?.as_i64()?, object.get("currency")?.as_str()?.to_ascii_uppercase()))
}

/// I21: what came in was told on, or somebody looks at it.
pub(super) fn webhooks_waiting(view: &View<'_>) -> Result<Vec<Violation>> {
    const WAITING: &str = "SELECT event_id, payment_no FROM webhook_inbox WHERE state = 'waiting'";
    view.all(WAITING, &[], |row| {
        let (id, payment): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(Violation::new(
            "I21",
            format!("webhook {id}"),
            format!("about payment {payment} was not told to the gateway"),
        ))
    })
}

// === configuration ===

/// I28, the gateway.
pub(super) fn payments_let_in(books: &Books) -> Result<Vec<Violation>> {
    const DECIDED: &str = "SELECT payment_no, config_version, created_at FROM payments WHERE config_version > 0";
    versions(books, "gateway", DECIDED)
}

/// I28, risk.
pub(super) fn risk_judged(books: &Books) -> Result<Vec<Violation>> {
    const DECIDED: &str = "SELECT id, config_version, created_at FROM checks WHERE config_version > 0";
    versions(books, "risk", DECIDED)
}

/// I28: each version by which something was decided was there before it.
fn versions(books: &Books, store: &str, decisions: &'static str) -> Result<Vec<Violation>> {
    const REVISIONS: &str = "SELECT version, MIN(created_at) FROM revisions GROUP BY version";
    let revisions = books.rows("config", REVISIONS, |row| Ok((row.get::<i64>(0)?, row.get::<i64>(1)?)))?;
    let revisions: BTreeMap<_, _> = revisions.into_iter().collect();
    let decided =
        books.rows(store, decisions, |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?, row.get::<i64>(2)?)))?;
    let early = decided.iter().filter(|(_, version, at)| revisions.get(version).is_none_or(|since| since > at));
    let told = early.map(|(id, version, _)| {
        Violation::new("I28", format!("{store} {id}"), format!("was decided by version {version}, which was not there"))
    });
    Ok(told.collect())
}
