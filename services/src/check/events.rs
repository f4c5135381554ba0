//! Invariants of events between who tells them and who listens: each is taken once, and told on to the merchant once.

use std::collections::{BTreeMap, BTreeSet};

use payment_clients::{
    apis::notification::{DeliveryChannel, UserId},
    contract::error::{Error, Result},
};
use serde_json::Value;

use super::books::Books;
use crate::{
    accounting, analytics, args,
    kit::{invariants::Violation, store::Row},
    merchant_auth, merchant_config, notification,
};

/// Who listens.
pub(super) struct Listener {
    /// Its store.
    store: &'static str,
    /// Under which name it remembers what it has heard.
    consumer: &'static str,
    /// To whom it listens.
    publishers: &'static [&'static str],
    /// What it takes.
    heard: fn() -> Vec<&'static str>,
}

/// accounting-service.
pub(super) const ACCOUNTING: Listener = Listener {
    store: "accounting",
    consumer: accounting::events::CONSUMER,
    publishers: &["gateway"],
    heard: || accounting::events::HEARD.to_vec(),
};
/// analytics-service.
pub(super) const ANALYTICS: Listener = Listener {
    store: "analytics",
    consumer: analytics::events::CONSUMER,
    publishers: &["gateway", "order", "accounting", "settlement"],
    heard: || analytics::events::HEARD.to_vec(),
};
/// notification-service.
pub(super) const NOTIFICATION: Listener = Listener {
    store: "notification",
    consumer: notification::events::CONSUMER,
    publishers: &["gateway", "order", "settlement"],
    heard: || notification::events::heard().into_iter().map(|(kind, _)| kind).collect(),
};
/// merchant-auth-service.
pub(super) const MERCHANT_AUTH: Listener = Listener {
    store: "merchant-auth",
    consumer: merchant_auth::events::CONSUMER,
    publishers: &["merchant"],
    heard: || merchant_auth::events::HEARD.to_vec(),
};
/// merchant-config-service.
pub(super) const MERCHANT_CONFIG: Listener = Listener {
    store: "merchant-config",
    consumer: merchant_config::events::CONSUMER,
    publishers: &["gateway"],
    heard: || merchant_config::events::HEARD.to_vec(),
};

/// An event, as its publisher has it.
struct Told {
    kind: String,
    payload: Value,
}

// === taken ===

/// What a listener's publishers have told, by id.
fn told(books: &Books, listener: &Listener) -> Result<BTreeMap<String, Told>> {
    const EVENTS: &str = "SELECT event_id, kind, payload FROM outbox";
    let mut told = BTreeMap::new();
    for publisher in listener.publishers {
        told.extend(books.rows(publisher, EVENTS, |row| {
            let payload = serde_json::from_str(&row.get::<String>(2)?).map_err(Error::internal)?;
            Ok((row.get::<String>(0)?, Told { kind: row.get(1)?, payload }))
        })?);
    }
    Ok(told)
}

fn heard(books: &Books, listener: &Listener) -> Result<BTreeSet<String>> {
    const TAKEN: &str = "SELECT event_id FROM inbox WHERE consumer = $1";
    let id = |row: &Row<'_>| row.get(0);
    let taken: Vec<String> = books.book(listener.store)?.read(|view| view.all(TAKEN, args![listener.consumer], id))?;
    Ok(taken.into_iter().collect())
}

/// I19: what was taken was told.
pub(super) fn invented(books: &Books, listener: &Listener) -> Result<Vec<Violation>> {
    let told = told(books, listener)?;
    let wrong = format!("was taken by {}, and nobody told it", listener.store);
    let strange = heard(books, listener)?.into_iter().filter(|id| !told.contains_key(id));
    Ok(strange.map(|id| Violation::new("I19", format!("event {id}"), &wrong)).collect())
}

/// I19: what was told was taken; nothing is parked or dead.
pub(super) fn unheard(books: &Books, listener: &Listener) -> Result<Vec<Violation>> {
    const PARKED: &str = "SELECT aggregate, version FROM parked ORDER BY aggregate, version";
    const DEAD: &str = "SELECT event_id, error FROM dead_letters WHERE state = 'open'";
    let Listener { store, heard: listened_to, .. } = listener;
    let (taken, kinds) = (heard(books, listener)?, listened_to());
    let told = told(books, listener)?.into_iter();
    let missed = told.filter(|(id, told)| kinds.contains(&told.kind.as_str()) && !taken.contains(id));
    let mut found: Vec<_> = missed
        .map(|(id, Told { kind, .. })| {
            Violation::new("I19", format!("event {id}"), format!("`{kind}` was not taken by {store}"))
        })
        .collect();
    found.extend(books.rows(store, PARKED, |row| {
        let (aggregate, version): (String, i64) = (row.get(0)?, row.get(1)?);
        let wrong = format!("event {version} waits at {store} for an earlier one");
        Ok(Violation::new("I19", format!("entity {aggregate}"), wrong))
    })?);
    found.extend(books.rows(store, DEAD, |row| {
        let (id, error): (String, String) = (row.get(0)?, row.get(1)?);
        Ok(Violation::new("I19", format!("event {id}"), format!("could not be taken by {store}: {error}")))
    })?);
    Ok(found)
}

// === told on ===

/// What a merchant was told: the event, the way, the merchant.
type Notice = (String, String, String);

fn notices(books: &Books) -> Result<Vec<Notice>> {
    const NOTICES: &str = "SELECT event_id, channel, merchant_id FROM notifications ORDER BY event_id, channel";
    books.rows("notification", NOTICES, |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
}

/// Merchants that have opted out of an event in the console.
fn opted_out(books: &Books) -> Result<BTreeSet<(String, String)>> {
    const WORDS: &str = "SELECT merchant_id, event_type FROM preferences
        WHERE is_enabled = 0 AND channel = $1 AND user_id = $2";
    let (console, everybody) = (DeliveryChannel::InApp, UserId::default().to_string());
    let word = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?));
    let said = books.book("notification")?.read(|view| view.all(WORDS, args![console.as_str(), everybody], word));
    Ok(said?.into_iter().collect())
}

/// I22: of each event that merchants hear of, its merchant was told once in each way, and in the console always, unless
/// it has opted out there.
pub(super) fn notified_once(books: &Books) -> Result<Vec<Violation>> {
    let mut counts: BTreeMap<(String, String), u32> = BTreeMap::new();
    for (event, channel, _) in notices(books)? {
        *counts.entry((event, channel)).or_default() += 1;
    }
    let opted_out = opted_out(books)?;
    let told_as: BTreeMap<_, _> = notification::events::heard().into_iter().collect();
    let mut found = Vec::new();
    for (id, Told { kind, payload }) in told(books, &NOTIFICATION)? {
        let Some(told_as) = told_as.get(kind.as_str()) else { continue };
        let console = (id.clone(), DeliveryChannel::InApp.as_str().to_owned());
        let may_be_silent = opted_out.contains(&(owner(&payload).to_owned(), told_as.to_string()));
        if !may_be_silent && !counts.contains_key(&console) {
            found.push(Violation::new("I22", format!("event {id}"), format!("`{kind}` was not told in the console")));
        }
    }
    found.extend(counts.into_iter().filter(|(_, count)| *count > 1).map(|((event, channel), count)| {
        Violation::new("I22", format!("event {event}"), format!("was told {count} times by {channel}"))
    }));
    Ok(found)
}

/// I24: who is told of an event is whose it is.
pub(super) fn merchant_of_notices(books: &Books) -> Result<Vec<Violation>> {
    let told = told(books, &NOTIFICATION)?;
    let about = |(event, channel, merchant): Notice| {
        let theirs = owner(&told.get(&event)?.payload);
        let wrong = format!("is of merchant {theirs}, and was told to {merchant} by {channel}");
        (theirs != merchant).then(|| Violation::new("I24", format!("event {event}"), wrong))
    };
    Ok(notices(books)?.into_iter().filter_map(about).collect())
}

fn owner(payload: &Value) -> &str {
    payload.get("merchant_id").and_then(Value::as_str).unwrap_or_default()
}
