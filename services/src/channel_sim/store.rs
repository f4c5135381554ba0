//! The channel's book, and the webhooks that it still has to send.

use std::collections::BTreeMap;

use payment_clients::contract::error::{Error, Result};

use super::{
    api::{IntentId, Refund, RefundId},
    domain::{Intent, Shape, State},
};
use crate::{
    args,
    kit::{
        idempotency,
        store::{Row, Tx, View},
    },
};

/// The schema. `intents.payment_no` is not unique: a customer who pays one payment twice is the customer's mistake, and
/// the books must show it.
pub const MIGRATIONS: &[&str] = &[idempotency::TABLES, TABLES, SHAPES, TOO_LATE];

const TABLES: &str = "
CREATE TABLE intents(
  id TEXT PRIMARY KEY, payment_no TEXT NOT NULL, amount {{int}} NOT NULL CHECK(amount > 0), currency TEXT NOT NULL,
  status TEXT NOT NULL CHECK(status IN ('processing', 'captured', 'declined', 'failed', 'canceled')),
  refunded {{int}} NOT NULL DEFAULT 0 CHECK(refunded BETWEEN 0 AND amount AND (refunded = 0 OR status = 'captured')),
  metadata TEXT NOT NULL, created_at {{int}} NOT NULL, capture_at {{int}}
) {{clustered}};
CREATE INDEX intents_payment_no ON intents(payment_no);
CREATE INDEX intents_capture_at ON intents(capture_at) WHERE status = 'processing';
CREATE TABLE refunds(
  id TEXT PRIMARY KEY, intent_id TEXT NOT NULL REFERENCES intents(id), amount {{int}} NOT NULL CHECK(amount > 0),
  body TEXT NOT NULL
) {{clustered}};
CREATE TABLE events(
  id TEXT PRIMARY KEY, body TEXT NOT NULL, copies {{int}} NOT NULL, attempts {{int}} NOT NULL DEFAULT 0,
  next_at {{int}} NOT NULL, delivered_at {{int}}
) {{clustered}};
CREATE INDEX events_next_at ON events(next_at) WHERE delivered_at IS NULL;";

const SHAPES: &str = "
ALTER TABLE intents ADD COLUMN shape TEXT NOT NULL DEFAULT 'stripe' CHECK(shape IN ('stripe', 'paypal', 'crypto'));
ALTER TABLE events ADD COLUMN shape TEXT NOT NULL DEFAULT 'stripe' CHECK(shape IN ('stripe', 'paypal'));";

/// Whether a cancellation is answered and then forgotten.
const TOO_LATE: &str = "ALTER TABLE intents ADD COLUMN too_late {{int}} NOT NULL DEFAULT 0 CHECK(too_late IN (0, 1))";

/// A webhook to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Names it.
    pub id: String,
    /// In whose manner it is sent.
    pub shape: Shape,
    /// What is sent, byte for byte the same at every attempt.
    pub body: String,
    /// How often it is sent.
    pub copies: u32,
    /// Attempts that failed.
    pub attempts: u32,
}

// === payments ===

/// Writes a new payment. `capture_at` is when one on its way is captured; one that is `too_late` is when it is cancelled.
///
/// # Errors
/// When the store fails.
pub fn insert_intent(tx: &mut Tx<'_>, intent: &Intent, capture_at: Option<i64>, too_late: bool) -> Result<()> {
    const INSERT: &str =
        "INSERT INTO intents(id, payment_no, amount, currency, status, metadata, created_at, capture_at, shape, too_late)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let metadata = serde_json::to_string(&intent.metadata).map_err(Error::internal)?;
    let Intent { id, amount, currency, state, created_at, .. } = intent;
    let (id, payment_no, status, shape) = (id.as_str(), intent.payment_no(), state.as_str(), intent.shape.as_str());
    let too_late = i64::from(too_late);
    let row = args![id, payment_no, amount, currency, status, metadata, created_at, capture_at, shape, too_late];
    tx.execute(INSERT, row).map(drop)
}

/// The payment with this number.
///
/// # Errors
/// When the store fails.
pub fn intent(view: &View<'_>, id: &IntentId) -> Result<Option<Intent>> {
    const FIND: &str =
        "SELECT id, amount, currency, status, refunded, metadata, created_at, shape FROM intents WHERE id = $1";
    view.optional(FIND, args![id.as_str()], read_intent)
}

/// The payments with this reference that were asked for in a manner, oldest first.
///
/// # Errors
/// When the store fails.
pub fn intents_of(view: &View<'_>, shape: Shape, payment_no: &str) -> Result<Vec<Intent>> {
    const FIND: &str = "SELECT id, amount, currency, status, refunded, metadata, created_at, shape FROM intents
        WHERE payment_no = $1 AND shape = $2 ORDER BY created_at, id";
    view.all(FIND, args![payment_no, shape.as_str()], read_intent)
}

/// Moves a payment that is on its way to its end. False when it is not on its way.
///
/// # Errors
/// When the store fails.
pub fn end_intent(tx: &mut Tx<'_>, id: &IntentId, state: State) -> Result<bool> {
    const UPDATE: &str = "UPDATE intents SET status = $2 WHERE id = $1 AND status = 'processing'";
    tx.execute(UPDATE, args![id.as_str(), state.as_str()]).map(|changed| changed == 1)
}

/// Lets a payment that is too late to be cancelled be captured at a time. False for any other.
///
/// # Errors
/// When the store fails.
pub fn cancel_too_late(tx: &mut Tx<'_>, id: &IntentId, capture_at: i64) -> Result<bool> {
    const UPDATE: &str = "UPDATE intents SET capture_at = COALESCE(capture_at, $2)
        WHERE id = $1 AND status = 'processing' AND too_late = 1";
    tx.execute(UPDATE, args![id.as_str(), capture_at]).map(|changed| changed == 1)
}

/// Payments on their way whose time has come.
///
/// # Errors
/// When the store fails.
pub fn to_be_captured(view: &View<'_>, now: i64) -> Result<Vec<Intent>> {
    const FIND: &str = "SELECT id, amount, currency, status, refunded, metadata, created_at, shape FROM intents
        WHERE status = 'processing' AND capture_at <= $1 ORDER BY capture_at LIMIT 64";
    view.all(FIND, args![now], read_intent)
}

fn read_intent(row: &Row<'_>) -> Result<Intent> {
    let metadata: BTreeMap<String, String> =
        serde_json::from_str(&row.get::<String>("metadata")?).map_err(Error::internal)?;
    Ok(Intent {
        id: row.parse("id")?,
        shape: row.parse("shape")?,
        amount: row.get("amount")?,
        currency: row.get("currency")?,
        state: row.parse("status")?,
        refunded: row.get("refunded")?,
        metadata,
        created_at: row.get("created_at")?,
    })
}

// === refunds ===

/// Writes a refund and counts it in its payment.
///
/// # Errors
/// When more is paid back than was taken, or the store fails.
pub fn insert_refund(tx: &mut Tx<'_>, refund: &Refund) -> Result<()> {
    const INSERT: &str = "INSERT INTO refunds(id, intent_id, amount, body) VALUES ($1, $2, $3, $4)";
    const COUNT: &str = "UPDATE intents SET refunded = refunded + $2 WHERE id = $1";
    let body = serde_json::to_string(refund).map_err(Error::internal)?;
    let intent_id = refund.payment_intent.as_str();
    tx.execute(COUNT, args![intent_id, refund.amount])?;
    tx.execute(INSERT, args![refund.id.as_str(), intent_id, refund.amount, body]).map(drop)
}

/// The refund with this number.
///
/// # Errors
/// When the store fails.
pub fn refund(view: &View<'_>, id: &RefundId) -> Result<Option<Refund>> {
    const FIND: &str = "SELECT body FROM refunds WHERE id = $1";
    view.optional(FIND, args![id.as_str()], |row| {
        serde_json::from_str(&row.get::<String>("body")?).map_err(Error::internal)
    })
}

// === events ===

/// Queues a webhook.
///
/// # Errors
/// When the store fails.
pub fn insert_event(tx: &mut Tx<'_>, event: &Event, next_at: i64) -> Result<()> {
    const INSERT: &str = "INSERT INTO events(id, shape, body, copies, next_at) VALUES ($1, $2, $3, $4, $5)";
    tx.execute(INSERT, args![event.id, event.shape.as_str(), event.body, event.copies, next_at]).map(drop)
}

/// Webhooks whose time has come.
///
/// # Errors
/// When the store fails.
pub fn due_events(view: &View<'_>, now: i64, most: u32) -> Result<Vec<Event>> {
    const FIND: &str = "SELECT id, shape, body, copies, attempts FROM events
        WHERE delivered_at IS NULL AND next_at <= $1 ORDER BY next_at LIMIT $2";
    view.all(FIND, args![now, most], |row| {
        Ok(Event {
            id: row.get("id")?,
            shape: row.parse("shape")?,
            body: row.get("body")?,
            copies: row.get("copies")?,
            attempts: row.get("attempts")?,
        })
    })
}

/// When, after `now`, the next webhook or capture is due.
///
/// # Errors
/// When the store fails.
pub fn next_due(view: &View<'_>, now: i64) -> Result<Option<i64>> {
    const FIND: &str = "SELECT MIN(due) FROM (
        SELECT MIN(next_at) AS due FROM events WHERE delivered_at IS NULL AND next_at > $1
        UNION ALL SELECT MIN(capture_at) FROM intents WHERE status = 'processing' AND capture_at > $1) AS either";
    view.one(FIND, args![now], |row| row.get(0))
}

/// A webhook was taken.
///
/// # Errors
/// When the store fails.
pub fn delivered(tx: &mut Tx<'_>, id: &str, now: i64) -> Result<()> {
    const UPDATE: &str = "UPDATE events SET delivered_at = $2, attempts = attempts + 1 WHERE id = $1";
    tx.execute(UPDATE, args![id, now]).map(drop)
}

/// A webhook was not taken; it is sent again later.
///
/// # Errors
/// When the store fails.
pub fn put_off(tx: &mut Tx<'_>, id: &str, next_at: i64) -> Result<()> {
    const UPDATE: &str = "UPDATE events SET attempts = attempts + 1, next_at = $2 WHERE id = $1";
    tx.execute(UPDATE, args![id, next_at]).map(drop)
}
