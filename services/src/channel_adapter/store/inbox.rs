//! The inbox: every verified event, byte for byte, once for its id; and what is still to be told to the gateway.

use payment_clients::{apis::words::Channel, contract::error::Result};

use crate::{args, kit::store::Tx};

/// How an event was found when it came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arrived {
    /// Never seen.
    New,
    /// A repeat.
    Again,
    /// The id of another event: somebody signs what they should not.
    Altered,
}

/// How an event ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The gateway knows.
    Delivered,
    /// Nobody had to be told.
    Ignored,
    /// A person has to look; see the incident.
    Parked,
}

/// An event whose payment's gateway has to be told.
#[derive(Clone, Debug)]
pub struct Waiting {
    /// From where.
    pub channel: Channel,
    /// Its id there.
    pub event_id: String,
    /// As it came.
    pub body: String,
    /// Whose, by the platform's number.
    pub payment_no: String,
    /// Deliveries that failed.
    pub asked: u32,
}

// === impl End ===

impl End {
    fn as_str(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Ignored => "ignored",
            Self::Parked => "parked",
        }
    }
}

// === statements ===

/// Keeps an event, to be delivered by whoever has the lease until `deliver_at`.
///
/// # Errors
/// When a statement fails.
pub fn receive(
    tx: &mut Tx<'_>,
    [channel, event_id]: [&str; 2],
    body: &str,
    payment_no: &str,
    now: i64,
    deliver_at: i64,
) -> Result<Arrived> {
    const INSERT: &str =
        "INSERT INTO webhook_inbox(channel, event_id, body, payment_no, state, deliver_at, received_at)
        VALUES ($1, $2, $3, $4, 'waiting', $5, $6) ON CONFLICT (channel, event_id) DO NOTHING";
    const SAME: &str = "SELECT body = $3 FROM webhook_inbox WHERE channel = $1 AND event_id = $2";
    if tx.execute(INSERT, args![channel, event_id, body, payment_no, deliver_at, now])? == 1 {
        return Ok(Arrived::New);
    }
    let same = tx.one(SAME, args![channel, event_id, body], |row| row.get(0))?;
    Ok(if same { Arrived::Again } else { Arrived::Altered })
}

/// Ends an event.
///
/// # Errors
/// When the statement fails.
pub fn end(tx: &mut Tx<'_>, [channel, event_id]: [&str; 2], end: End, now: i64) -> Result<()> {
    const END: &str = "UPDATE webhook_inbox SET state = $3, deliver_at = NULL, ended_at = $4
        WHERE channel = $1 AND event_id = $2 AND state = 'waiting'";
    tx.execute(END, args![channel, event_id, end.as_str(), now]).map(drop)
}

/// The gateway did not take it; it is told again at `deliver_at`.
///
/// # Errors
/// When the statement fails.
pub fn put_off(tx: &mut Tx<'_>, [channel, event_id]: [&str; 2], deliver_at: i64) -> Result<()> {
    const PUT_OFF: &str = "UPDATE webhook_inbox SET deliver_at = $3, asked = asked + 1
        WHERE channel = $1 AND event_id = $2 AND state = 'waiting'";
    tx.execute(PUT_OFF, args![channel, event_id, deliver_at]).map(drop)
}

/// Takes up to `most` events whose time has come, and keeps others away from them until `until`.
///
/// # Errors
/// When the statement fails.
pub fn take_due(tx: &mut Tx<'_>, now: i64, until: i64, most: u32) -> Result<Vec<Waiting>> {
    const TAKE: &str = "UPDATE webhook_inbox SET deliver_at = $2 WHERE (channel, event_id) IN
            (SELECT channel, event_id FROM webhook_inbox WHERE deliver_at <= $1 ORDER BY deliver_at LIMIT $3)
        RETURNING channel, event_id, body, payment_no, asked";
    tx.all(TAKE, args![now, until, most], |row| {
        Ok(Waiting {
            channel: row.parse("channel")?,
            event_id: row.get("event_id")?,
            body: row.get("body")?,
            payment_no: row.get("payment_no")?,
            asked: row.get("asked")?,
        })
    })
}
