//! Each nonce of a key once, for as long as its signature could be taken again: kept in the service's own store, so that
//! a restart forgets none.

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

/// Takes a nonce; false when it was taken before.
///
/// # Errors
/// When the store fails.
pub async fn take(store: &Store, key_id: &str, nonce: &str, now: i64) -> Result<bool> {
    const TAKE: &str = "INSERT INTO signature_nonces(key_id, nonce, expires_at) VALUES ($1, $2, $3)
        ON CONFLICT (key_id, nonce) DO NOTHING";
    let (key_id, nonce) = (key_id.to_owned(), nonce.to_owned());
    // A signature may be as far in the future as in the past; one second more, since both bounds count.
    let expires_at = now.saturating_add(2 * millis(TOLERANCE) + 1000);
    let unit = move |tx: &mut Tx<'_>| {
        purge(tx, now, CLEARED)?;
        Ok(tx.execute(TAKE, args![key_id, nonce, expires_at])? == 1)
    };
    store.write(unit).await
}

/// Forgets nonces that have expired, `most` of them. Returns how many.
///
/// # Errors
/// When the store fails.
pub fn purge(tx: &mut Tx<'_>, now: i64, most: u32) -> Result<u64> {
    const PURGE: &str = "DELETE FROM signature_nonces WHERE (key_id, nonce) IN (SELECT key_id, nonce
        FROM signature_nonces WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2)";
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
