//! Each nonce of a key once, for as long as its signature could be taken again: kept in the service's own store, so that
//! a restart forgets none.
//!
//! A clock that goes back makes old signatures young again, and their nonces may be forgotten by then. So the newest one
//! that was forgotten leaves its time behind, in the row without a name, and nothing as old as that is taken any more.

use payment_clients::contract::{error::Result, signature::TOLERANCE};

use crate::{
    args,
    kit::{
        clock::millis,
        store::{Store, Tx},
    },
};

/// The table; a service whose operations are signed for lists it among its migrations.
pub const TABLES: &str = "
CREATE TABLE signature_nonces(
  key_id TEXT NOT NULL, nonce TEXT NOT NULL, expires_at {{int}} NOT NULL,
  PRIMARY KEY(key_id, nonce)
) {{clustered}};
CREATE INDEX signature_nonces_expiry ON signature_nonces(expires_at);";

/// Expired ones that a new one clears away: more than one, so that they never pile up.
const CLEARED: u32 = 4;

/// What came of taking a nonce.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is taken now.
    New,
    /// It was taken before.
    Again,
    /// Nonces of its age are forgotten: nobody knows.
    TooOld,
}

/// Takes the nonce of a signature that was made `seconds` after 1970.
///
/// # Errors
/// When the store fails.
pub async fn take(store: &Store, key_id: &str, nonce: &str, seconds: i64, now: i64) -> Result<Taken> {
    const FORGOTTEN: &str = "SELECT expires_at FROM signature_nonces WHERE key_id = '' AND nonce = ''";
    const TAKE: &str = "INSERT INTO signature_nonces(key_id, nonce, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT (key_id, nonce) DO NOTHING";
    let (key_id, nonce) = (key_id.to_owned(), nonce.to_owned());
    // One second more, since the last one still counts.
    let expires_at = seconds.saturating_add(1).saturating_mul(1000).saturating_add(millis(TOLERANCE));
    let unit = move |tx: &mut Tx<'_>| {
        purge(tx, now, CLEARED)?;
        let forgotten: Option<i64> = tx.optional(FORGOTTEN, &[], |row| row.get(0))?;
        if forgotten.is_some_and(|forgotten| expires_at <= forgotten) {
            return Ok(Taken::TooOld);
        }
        let taken = tx.execute(TAKE, args![key_id, nonce, expires_at])?;
        Ok(if taken == 1 { Taken::New } else { Taken::Again })
    };
    store.write(unit).await
}

/// Forgets nonces that have expired, `most` of them, and notes how old the newest one was. Returns how many.
///
/// # Errors
/// When the store fails.
pub fn purge(tx: &mut Tx<'_>, now: i64, most: u32) -> Result<u64> {
    const NEWEST: &str = "SELECT MAX(expires_at) FROM (SELECT expires_at FROM signature_nonces
        WHERE expires_at <= $1 AND key_id <> '' ORDER BY expires_at LIMIT $2) AS old";
    const PURGE: &str = "DELETE FROM signature_nonces WHERE (key_id, nonce) IN (SELECT key_id, nonce
        FROM signature_nonces WHERE expires_at <= $1 AND key_id <> '' ORDER BY expires_at LIMIT $2)";
    const NOTE: &str = "INSERT INTO signature_nonces(key_id, nonce, expires_at) VALUES ('', '', $1)
        ON CONFLICT (key_id, nonce) DO UPDATE SET expires_at = excluded.expires_at
            WHERE signature_nonces.expires_at < excluded.expires_at";
    let Some(newest) = tx.one(NEWEST, args![now, most], |row| row.get::<Option<i64>>(0))? else { return Ok(0) };
    tx.execute(NOTE, args![newest])?;
    tx.execute(PURGE, args![now, most])
}

/// Asks whether the table is there.
///
/// # Errors
/// When it is not, or the store fails.
pub async fn require(store: &Store) -> Result<()> {
    const ANY: &str = "SELECT COUNT(*) FROM signature_nonces WHERE key_id = ''";
    store.read(|view| view.one(ANY, &[], |row| row.get::<i64>(0))).await.map(drop)
}
