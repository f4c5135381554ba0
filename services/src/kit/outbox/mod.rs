//! What a service tells the others, written in the unit that makes it true: either both are committed or neither is.
//!
//! ```text
//! unit       domain rows + outbox row                     `append`: the next version of its entity
//! relay      unpublished rows → a dense `pub_seq` → bus   `relay`: one a service
//! listeners  read by `pub_seq`                            `feed`, or Kafka
//! ```
//! Listeners do not follow `id`: numbers are given before the commit, so a row with a lower one may appear behind the
//! cursor of somebody who has read on. `pub_seq` is given to rows that are committed already, and has no gaps.

pub mod feed;
pub mod relay;
pub mod told;

use payment_clients::contract::{
    error::{Error, Result},
    timestamp::Timestamp,
};
use sha2::{Digest, Sha256};
use uuid::{Builder, Uuid};

use super::{
    events::{ENVELOPE_VERSION, Envelope, Kind, Payload},
    store::{Row, Tx, View},
};
use crate::args;

/// The services that listen to what others publish; who publishes opens `read_events` to them.
pub const LISTENERS: &[&str] = &[
    "accounting-service",
    "analytics-service",
    "merchant-config-service",
    "notification-service",
    "settlement-service",
];

/// The table; a service lists it among its migrations.
pub const TABLES: &str = "
CREATE TABLE outbox(
  id {{int}} PRIMARY KEY, event_id TEXT NOT NULL UNIQUE, aggregate TEXT NOT NULL,
  version {{int}} NOT NULL CHECK(version > 0), topic TEXT NOT NULL, kind TEXT NOT NULL, payload TEXT NOT NULL,
  created_at {{int}} NOT NULL, pub_seq {{int}} UNIQUE, published_at {{int}},
  UNIQUE(aggregate, version), CHECK(published_at IS NULL OR pub_seq IS NOT NULL)
) {{strict}};
CREATE INDEX outbox_waiting ON outbox(id) WHERE published_at IS NULL;";

/// A row of the outbox that has its place in the order of publication.
#[derive(Clone, Debug, PartialEq)]
pub struct Numbered {
    /// Its place, from 1.
    pub seq: i64,
    /// Where it goes.
    pub topic: String,
    /// What goes there.
    pub event: Envelope,
}

/// Writes that something happened, as the next event of its entity, and returns its version: the first is 1.
///
/// # Errors
/// When the store fails, or the entity has events in another topic.
pub fn append<P: Payload>(tx: &mut Tx<'_>, kind: Kind<P>, payload: &P, now: i64) -> Result<i64> {
    const LAST: &str = "SELECT version, topic FROM outbox WHERE aggregate = $1 ORDER BY version DESC LIMIT 1";
    const INSERT: &str = "INSERT INTO outbox(id, event_id, aggregate, version, topic, kind, payload, created_at)
        VALUES((SELECT COALESCE(MAX(id), 0) + 1 FROM outbox), $1, $2, $3, $4, $5, $6, $7)";
    let (aggregate, topic) = (payload.aggregate(), P::TOPIC.name);
    let last: Option<(i64, String)> =
        tx.optional(LAST, args![aggregate], |row| Ok((row.get("version")?, row.get("topic")?)))?;
    let version = match last {
        // A listener of one topic would take the events in the other for a gap.
        Some((_, other)) if other != topic => {
            return Err(Error::internal(format!("{aggregate} has events in {other}; it cannot have one in {topic}")));
        }
        Some((version, _)) => version + 1,
        None => 1,
    };
    let text = serde_json::to_string(payload).map_err(Error::internal)?;
    let id = event_id(topic, aggregate, version).to_string();
    tx.execute(INSERT, args![id, aggregate, version, topic, kind.name(), text, now])?;
    Ok(version)
}

/// Events that no listener can read yet.
///
/// # Errors
/// When the store fails.
pub fn unpublished(view: &View<'_>) -> Result<i64> {
    view.one("SELECT count(*) FROM outbox WHERE published_at IS NULL", &[], |row| row.get(0))
}

/// True when an event waits to be published.
fn is_waiting(view: &View<'_>) -> Result<bool> {
    view.optional(ANY, &[], |row| row.get::<i64>(0)).map(|found| found.is_some())
}

/// Forgets that the last events were published, as who dies between telling an outside bus and noting it: they are
/// published again, at their old places.
///
/// # Errors
/// When the store fails.
pub fn publish_again(tx: &mut Tx<'_>, count: i64) -> Result<()> {
    const FORGET: &str = "UPDATE outbox SET published_at = NULL
        WHERE pub_seq > (SELECT COALESCE(MAX(pub_seq), 0) FROM outbox) - $1";
    tx.execute(FORGET, args![count]).map(drop)
}

/// Made of what it names, so that one change can never be two events.
fn event_id(topic: &str, aggregate: &str, version: i64) -> Uuid {
    let digest = Sha256::digest(format!("{topic}\n{aggregate}\n{version}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

// === rows, for relay and feed ===

// What the relay asks again and again, of rows that wait and never of all: `+` keeps the index of all places out of it, and
// places are given in the order of ids.
const ANY: &str = "SELECT id FROM outbox WHERE published_at IS NULL LIMIT 1";
const WAITING: &str = "SELECT id FROM outbox WHERE published_at IS NULL AND pub_seq IS NULL ORDER BY id LIMIT $1";
const NUMBERED: &str = "SELECT pub_seq, topic, event_id, kind, aggregate, version, payload, created_at FROM outbox
    WHERE published_at IS NULL AND +pub_seq IS NOT NULL ORDER BY id LIMIT $1";
const MARK: &str = "UPDATE outbox SET published_at = $2 WHERE published_at IS NULL AND +pub_seq <= $1";

/// The highest place that was given; 0 before the first.
fn head(view: &View<'_>) -> Result<i64> {
    view.one("SELECT COALESCE(MAX(pub_seq), 0) FROM outbox", &[], |row| row.get(0))
}

/// Gives the oldest rows that have none their places, and returns the last of them. With `published` they are published
/// by it: the feed reads this very table.
fn number(tx: &mut Tx<'_>, most: i64, published: Option<i64>) -> Result<Option<i64>> {
    const NUMBER: &str = "UPDATE outbox SET pub_seq = $2, published_at = $3 WHERE id = $1";
    let waiting: Vec<i64> = tx.all(WAITING, args![most], |row| row.get(0))?;
    if waiting.is_empty() {
        return Ok(None);
    }
    let mut seq = head(tx)?;
    for id in waiting {
        seq += 1;
        tx.execute(NUMBER, args![id, seq, published])?;
    }
    Ok(Some(seq))
}

/// Rows that have a place and have not been taken by the bus, in order.
fn to_publish(view: &View<'_>, service: &str, most: i64) -> Result<Vec<Numbered>> {
    view.all(NUMBERED, args![most], |row| numbered(row, service))
}

/// The bus has taken everything up to this place.
fn mark(tx: &mut Tx<'_>, up_to: i64, now: i64) -> Result<()> {
    tx.execute(MARK, args![up_to, now]).map(drop)
}

/// Published rows behind a place, in order.
fn published(view: &View<'_>, service: &str, after: i64, most: i64) -> Result<Vec<Numbered>> {
    const PUBLISHED: &str = "SELECT pub_seq, topic, event_id, kind, aggregate, version, payload, created_at FROM outbox
        WHERE pub_seq > $1 AND published_at IS NOT NULL ORDER BY pub_seq LIMIT $2";
    view.all(PUBLISHED, args![after, most], |row| numbered(row, service))
}

fn numbered(row: &Row<'_>, service: &str) -> Result<Numbered> {
    let (kind, payload): (String, String) = (row.get(3)?, row.get(6)?);
    let event = Envelope {
        event_id: row.parse(2)?,
        aggregate_type: kind.split('.').next().unwrap_or_default().to_owned(),
        event_type: kind,
        aggregate_id: row.get(4)?,
        aggregate_version: Some(row.get(5)?),
        timestamp: row.get::<Timestamp>(7)?,
        version: ENVELOPE_VERSION.to_owned(),
        metadata: [("service".to_owned(), service.into())].into_iter().collect(),
        payload: serde_json::from_str(&payload).map_err(Error::internal)?,
    };
    Ok(Numbered { seq: row.get(0)?, topic: row.get(1)?, event })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use rusqlite::Connection;

    use super::{ANY, MARK, NUMBERED, TABLES, WAITING};

    #[test]
    fn the_relay_reads_nothing_that_was_published_long_ago() {
        let store = Connection::open_in_memory().unwrap();
        store.execute_batch(&TABLES.replace("{{int}}", "INTEGER").replace("{{strict}}", "STRICT")).unwrap();
        for sql in [ANY, WAITING, NUMBERED, MARK] {
            let mut plan = store.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            let plan = plan.raw_query().next().unwrap().unwrap().get::<_, String>("detail").unwrap();
            assert!(plan.contains("outbox_waiting") || plan.contains("pub_seq=?"), "{sql}: {plan}");
        }
    }
}
