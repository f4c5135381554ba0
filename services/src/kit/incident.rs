//! What a person has to look at: opened in the unit that found it, never silent, never twice.

use payment_clients::contract::{context::CallContext, error::Error};

use super::store::{Tx, View, holds};
use crate::args;

/// The table; a service lists it among its migrations.
pub const TABLES: &str = "
CREATE TABLE incident(
  subject TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, opened_at {{int}} NOT NULL, closed_at {{int}},
  PRIMARY KEY(subject, reason)
) {{clustered}};";

/// Opens an incident about `subject` (an id), unless the same one is known already.
///
/// # Errors
/// When the store fails.
pub fn open(tx: &mut Tx<'_>, subject: &str, reason: &str, detail: &str, now: i64) -> Result<(), Error> {
    const INSERT: &str = "INSERT INTO incident(subject, reason, detail, opened_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (subject, reason) DO NOTHING";
    if tx.execute(INSERT, args![subject, reason, detail, now])? > 0 {
        let [request_id, trace_id] = caller();
        tracing::error!(subject, reason, detail, request_id, trace_id, "incident opened; somebody must look at it");
    }
    Ok(())
}

/// Closes an incident, and keeps what was done about it.
///
/// # Errors
/// When the store fails.
pub fn close(tx: &mut Tx<'_>, subject: &str, reason: &str, done: &str, now: i64) -> Result<(), Error> {
    let sql = "UPDATE incident SET closed_at = $4, detail = detail || '; ' || $3
        WHERE subject = $1 AND reason = $2 AND closed_at IS NULL";
    if tx.execute(sql, args![subject, reason, done, now])? > 0 {
        let [request_id, trace_id] = caller();
        tracing::info!(subject, reason, done, request_id, trace_id, "incident closed");
    }
    Ok(())
}

/// The request and the trace in which it was found, where there are any.
fn caller() -> [Option<String>; 2] {
    let Some(call) = CallContext::current() else { return [None, None] };
    let request_id = call.request_id.as_ref().and_then(|id| id.to_str().ok());
    [request_id.map(str::to_owned), call.trace.map(|trace| format!("{:032x}", trace.trace_id))]
}

// === what is open ===

/// An incident that nobody has closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incident {
    /// What it is about.
    pub subject: String,
    /// Its kind.
    pub reason: String,
    /// What was found.
    pub detail: String,
    /// Since when.
    pub opened_at: i64,
}

/// The open incidents of a store, oldest first; none of a store that keeps no incidents.
///
/// # Errors
/// When the store fails.
pub fn listed(view: &View<'_>) -> Result<Vec<Incident>, Error> {
    const OPEN: &str = "SELECT subject, reason, detail, opened_at FROM incident WHERE closed_at IS NULL
        ORDER BY opened_at, subject, reason";
    if !holds(view, TABLES)? {
        return Ok(Vec::new());
    }
    view.all(OPEN, &[], |row| {
        Ok(Incident { subject: row.get(0)?, reason: row.get(1)?, detail: row.get(2)?, opened_at: row.get(3)? })
    })
}

/// What to do about an incident of this kind.
pub fn remedy(reason: &str) -> &'static str {
    match reason {
        "SAGA_ATTENTION" => "read the saga's steps, settle by hand what they left undone, then close it",
        "DEAD_LETTER" => {
            "mend what the letter's error names, then `payments redrive`; the events behind it wait for it"
        }
        "EVENT_GAP" => "find why the earlier event was not published; those that came after it wait",
        "LATE_SUCCESS" => {
            "the money came after the payment had ended, and is being paid back: it closes by itself; where it stays open, \
             look how the gateway has the payment"
        }
        "LATE_REFUND_REFUSED" => {
            "the channel does not pay back what came too late: give it back in another way, then close this and \
             LATE_SUCCESS"
        }
        "CHANNEL_UNRESOLVED" => "ask the channel's support how the payment ended, and note it",
        "CHANNEL_DIFFERS" | "CALLBACK_DIFFERS" => "compare the amounts with the channel's own statement",
        "EVENT_ALTERED" => "the channel sent one event with two contents: compare both with its statement",
        "NOTIFICATION_IN_DOUBT" => {
            "ask its provider, by the notification's id or by recipient and time, whether the message was taken; if it was \
             not, send it anew"
        }
        "order_out_of_step" => "the order and its payment disagree: bring the order in line with the payment",
        "stray_payment" => "find whose the payment is, and move it out of suspense",
        "refund_from_suspense" => "the refund was paid for a payment that is still in suspense: settle both",
        _ => "read its detail, and settle what it names by hand",
    }
}
