//! What a consumer remembers in its own store, in the units that its events change: which ones it has taken, how far it
//! has read, how far each entity has come, which events wait for an earlier one, and which could not be taken.

use payment_clients::contract::error::{Error, Result};

use super::{
    bus::Delivery,
    events::Envelope,
    store::{Row, Tx, View, holds as holds_tables},
};
use crate::args;

/// The tables; a service that listens lists them among its migrations, with those of [`incident`](super::incident).
pub const TABLES: &str = "
CREATE TABLE inbox(
  consumer TEXT NOT NULL, event_id TEXT NOT NULL, taken_at {{int}} NOT NULL, PRIMARY KEY(consumer, event_id)
) {{clustered}};
CREATE TABLE cursors(
  consumer TEXT NOT NULL, source TEXT NOT NULL, seq {{int}} NOT NULL, again {{int}} NOT NULL DEFAULT 0,
  PRIMARY KEY(consumer, source)
) {{clustered}};
CREATE TABLE entities(
  consumer TEXT NOT NULL, topic TEXT NOT NULL, aggregate TEXT NOT NULL, version {{int}} NOT NULL,
  PRIMARY KEY(consumer, topic, aggregate)
) {{clustered}};
CREATE TABLE parked(
  consumer TEXT NOT NULL, topic TEXT NOT NULL, aggregate TEXT NOT NULL, version {{int}} NOT NULL, event TEXT NOT NULL,
  parked_at {{int}} NOT NULL, PRIMARY KEY(consumer, topic, aggregate, version)
) {{clustered}};
CREATE TABLE dead_letters(
  consumer TEXT NOT NULL, event_id TEXT NOT NULL, topic TEXT NOT NULL, attempts {{int}} NOT NULL, error TEXT NOT NULL,
  payload TEXT NOT NULL, at {{int}} NOT NULL, state TEXT NOT NULL CHECK(state IN('open', 'redriven')),
  PRIMARY KEY(consumer, event_id)
) {{clustered}};";

/// An event that could not be taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// The event, or its place on the bus when it could not be read.
    pub event_id: String,
    /// The topic that it belongs to.
    pub topic: String,
    /// How often it was tried; 0 once it is put back, until its consumer tries it again.
    pub attempts: u32,
    /// Why it could not be taken.
    pub error: String,
    /// The event as it came.
    pub payload: String,
    /// When it was given up.
    pub at: i64,
}

// === impl DeadLetter ===

impl DeadLetter {
    /// True when an operator has put it back and it was not tried since.
    pub const fn is_put_back(&self) -> bool {
        self.attempts == 0
    }

    /// The event that it holds.
    ///
    /// # Errors
    /// 400 when what came was no event.
    pub(super) fn event(&self) -> Result<Envelope> {
        serde_json::from_str(&self.payload)
            .map_err(|error| Error::invalid_input("payload", format!("is no event: {error}")))
    }
}

// === which events were taken ===

/// Notes that an event is taken; false when it was before.
pub(super) fn note(tx: &mut Tx<'_>, consumer: &str, event: &Envelope, now: i64) -> Result<bool> {
    let sql = "INSERT INTO inbox(consumer, event_id, taken_at) VALUES($1, $2, $3)
        ON CONFLICT (consumer, event_id) DO NOTHING";
    Ok(tx.execute(sql, args![consumer, event.event_id.to_string(), now])? == 1)
}

/// True when an event is taken.
pub(super) fn holds(view: &View<'_>, consumer: &str, event: &Envelope) -> Result<bool> {
    let sql = "SELECT taken_at FROM inbox WHERE consumer = $1 AND event_id = $2";
    let found: Option<i64> = view.optional(sql, args![consumer, event.event_id.to_string()], |row| row.get(0))?;
    Ok(found.is_some())
}

// === how far ===

/// How far a consumer has read; 0 before it began.
pub(super) fn cursor(view: &View<'_>, consumer: &str, source: &str) -> Result<i64> {
    let sql = "SELECT seq FROM cursors WHERE consumer = $1 AND source = $2";
    Ok(view.optional(sql, args![consumer, source], |row| row.get(0))?.unwrap_or(0))
}

/// A consumer has read up to this event.
pub(super) fn advance(tx: &mut Tx<'_>, consumer: &str, delivery: &Delivery) -> Result<()> {
    let sql = "INSERT INTO cursors(consumer, source, seq) VALUES($1, $2, $3)
        ON CONFLICT (consumer, source) DO UPDATE SET seq = excluded.seq WHERE cursors.seq < excluded.seq";
    tx.execute(sql, args![consumer, delivery.stream, delivery.seq]).map(drop)
}

/// An event came again that was taken before.
pub(super) fn came_again(tx: &mut Tx<'_>, consumer: &str, delivery: &Delivery) -> Result<()> {
    let sql = "UPDATE cursors SET again = again + 1 WHERE consumer = $1 AND source = $2";
    tx.execute(sql, args![consumer, delivery.stream]).map(drop)
}

/// A consumer reads everything again, as after a restore of which nobody knows how old it is: what it has taken it drops.
///
/// # Errors
/// When the store fails.
pub fn read_again(tx: &mut Tx<'_>, consumer: &str) -> Result<()> {
    tx.execute("UPDATE cursors SET seq = 0 WHERE consumer = $1", args![consumer]).map(drop)
}

/// How far an entity has come; 0 before its first event.
pub(super) fn version(view: &View<'_>, consumer: &str, topic: &str, aggregate: &str) -> Result<i64> {
    let sql = "SELECT version FROM entities WHERE consumer = $1 AND topic = $2 AND aggregate = $3";
    Ok(view.optional(sql, args![consumer, topic, aggregate], |row| row.get(0))?.unwrap_or(0))
}

/// An entity has come this far.
pub(super) fn set_version(tx: &mut Tx<'_>, consumer: &str, topic: &str, aggregate: &str, version: i64) -> Result<()> {
    let sql = "INSERT INTO entities(consumer, topic, aggregate, version) VALUES($1, $2, $3, $4)
        ON CONFLICT (consumer, topic, aggregate) DO UPDATE SET version = excluded.version";
    tx.execute(sql, args![consumer, topic, aggregate, version]).map(drop)
}

// === what waits for an earlier event ===

/// Keeps an event until those before it have come.
pub(super) fn park(
    tx: &mut Tx<'_>,
    consumer: &str,
    topic: &str,
    event: &Envelope,
    version: i64,
    now: i64,
) -> Result<()> {
    let sql = "INSERT INTO parked(consumer, topic, aggregate, version, event, parked_at) VALUES($1, $2, $3, $4, $5, $6)
        ON CONFLICT (consumer, topic, aggregate, version) DO NOTHING";
    let text = serde_json::to_string(event).map_err(Error::internal)?;
    tx.execute(sql, args![consumer, topic, event.aggregate_id, version, text, now]).map(drop)
}

/// Takes the event out that waits at this version of an entity.
pub(super) fn unpark(
    tx: &mut Tx<'_>,
    consumer: &str,
    topic: &str,
    aggregate: &str,
    version: i64,
) -> Result<Option<Envelope>> {
    let sql = "DELETE FROM parked WHERE consumer = $1 AND topic = $2 AND aggregate = $3 AND version = $4
        RETURNING event";
    let text: Option<String> = tx.optional(sql, args![consumer, topic, aggregate, version], |row| row.get(0))?;
    text.map(|text| serde_json::from_str(&text).map_err(Error::internal)).transpose()
}

/// Entities whose events have waited since before `before` for one that is not in sight, with the number of those that
/// wait. Those that wait behind a dead letter have their incident already, and are listed all the same.
pub(super) fn gaps(view: &View<'_>, consumer: &str, before: i64) -> Result<Vec<(String, i64)>> {
    let sql = "SELECT aggregate, count(*) FROM parked WHERE consumer = $1
        GROUP BY topic, aggregate HAVING MIN(parked_at) < $2";
    view.all(sql, args![consumer, before], |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Events that wait for an earlier one.
///
/// # Errors
/// When the store fails.
pub fn waiting(view: &View<'_>, consumer: &str) -> Result<i64> {
    view.one("SELECT count(*) FROM parked WHERE consumer = $1", args![consumer], |row| row.get(0))
}

// === what could not be taken ===

/// Keeps an event that could not be taken.
pub(super) fn bury(tx: &mut Tx<'_>, consumer: &str, letter: &DeadLetter) -> Result<()> {
    let sql = "INSERT INTO dead_letters(consumer, event_id, topic, attempts, error, payload, at, state)
        VALUES($1, $2, $3, $4, $5, $6, $7, 'open') ON CONFLICT (consumer, event_id) DO NOTHING";
    let DeadLetter { event_id, topic, attempts, error, payload, at } = letter;
    tx.execute(sql, args![consumer, event_id, topic, *attempts, error, payload, *at]).map(drop)
}

/// True when an event is known as one that could not be taken.
pub(super) fn is_buried(view: &View<'_>, consumer: &str, event_id: &str) -> Result<bool> {
    letter(view, consumer, event_id).map(|letter| letter.is_some())
}

/// The open letter of this event.
pub(super) fn letter(view: &View<'_>, consumer: &str, event_id: &str) -> Result<Option<DeadLetter>> {
    let sql = "SELECT event_id, topic, attempts, error, payload, at FROM dead_letters
        WHERE consumer = $1 AND event_id = $2 AND state = 'open'";
    view.optional(sql, args![consumer, event_id], read_letter)
}

/// A letter is taken after all.
pub(super) fn close(tx: &mut Tx<'_>, consumer: &str, event_id: &str) -> Result<()> {
    let sql = "UPDATE dead_letters SET state = 'redriven' WHERE consumer = $1 AND event_id = $2";
    tx.execute(sql, args![consumer, event_id]).map(drop)
}

/// The open letters of a consumer, oldest first.
///
/// # Errors
/// When the store fails.
pub fn letters(view: &View<'_>, consumer: &str) -> Result<Vec<DeadLetter>> {
    let sql = "SELECT event_id, topic, attempts, error, payload, at FROM dead_letters
        WHERE consumer = $1 AND state = 'open' ORDER BY at, event_id";
    view.all(sql, args![consumer], read_letter)
}

/// The open letters of all consumers of a store, oldest first, each with its consumer; none of a store that listens to
/// nobody.
///
/// # Errors
/// When the store fails.
pub fn all_letters(view: &View<'_>) -> Result<Vec<(String, DeadLetter)>> {
    let sql = "SELECT event_id, topic, attempts, error, payload, at, consumer FROM dead_letters
        WHERE state = 'open' ORDER BY at, consumer, event_id";
    if !holds_tables(view, TABLES)? {
        return Ok(Vec::new());
    }
    view.all(sql, &[], |row| Ok((row.get(6)?, read_letter(row)?)))
}

/// Puts a letter back: it counts as not tried yet, and its consumer takes it when it starts. Until it has taken it, the
/// letter and its incident stay.
///
/// # Errors
/// 400 when the letter holds no event, so that nothing can be taken; its publisher has to send it anew.
pub fn put_back(tx: &mut Tx<'_>, consumer: &str, letter: &DeadLetter) -> Result<()> {
    let sql = "UPDATE dead_letters SET attempts = 0 WHERE consumer = $1 AND event_id = $2 AND state = 'open'";
    letter.event()?;
    tx.execute(sql, args![consumer, letter.event_id]).map(drop)
}

/// A letter that was put back could not be taken again.
pub(super) fn failed_again(tx: &mut Tx<'_>, consumer: &str, event_id: &str, error: &str) -> Result<()> {
    let sql = "UPDATE dead_letters SET attempts = attempts + 1, error = $3
        WHERE consumer = $1 AND event_id = $2 AND state = 'open'";
    tx.execute(sql, args![consumer, event_id, error]).map(drop)
}

fn read_letter(row: &Row<'_>) -> Result<DeadLetter> {
    Ok(DeadLetter {
        event_id: row.get(0)?,
        topic: row.get(1)?,
        attempts: row.get(2)?,
        error: row.get(3)?,
        payload: row.get(4)?,
        at: row.get(5)?,
    })
}
