//! What a person has to look at: opened in the unit that found it, never silent, never twice.

use payment_clients::contract::error::Error;

use super::store::Tx;
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
        tracing::error!(subject, reason, detail, "incident opened; somebody must look at it");
    }
    Ok(())
}

/// Closes an incident that somebody has looked at.
///
/// # Errors
/// When the store fails.
pub fn close(tx: &mut Tx<'_>, subject: &str, reason: &str, now: i64) -> Result<(), Error> {
    let sql = "UPDATE incident SET closed_at = $3 WHERE subject = $1 AND reason = $2 AND closed_at IS NULL";
    tx.execute(sql, args![subject, reason, now]).map(drop)
}
