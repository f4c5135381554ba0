//! Logins whose password was right and whose second factor is not proven yet. A pending login is taken by deleting it, so
//! it opens one session at most.

use payment_clients::{apis::ids::MerchantId, contract::error::Result};

use crate::{
    args,
    kit::{
        clock::millis,
        store::{Tx, View},
    },
    merchant_auth::domain::{PENDING, TRIES},
};

/// A login that waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending {
    /// As whom.
    pub merchant: MerchantId,
    /// How often the password had been changed when it was right.
    pub epoch: i64,
}

/// Lets a login wait for its second step. Returns until when.
///
/// # Errors
/// When the store fails.
pub fn insert(tx: &mut Tx<'_>, digest: &str, pending: Pending, now: i64) -> Result<i64> {
    const INSERT: &str = "INSERT INTO pending_logins(digest, merchant_id, epoch, expires_at) VALUES ($1, $2, $3, $4)";
    let expires_at = now.saturating_add(millis(PENDING));
    tx.execute(INSERT, args![digest, pending.merchant.to_string(), pending.epoch, expires_at])?;
    Ok(expires_at)
}

/// The login that waits under this digest.
///
/// # Errors
/// When the store fails.
pub fn find(view: &View<'_>, digest: &str, now: i64) -> Result<Option<Pending>> {
    const FIND: &str = "SELECT merchant_id, epoch FROM pending_logins
        WHERE digest = $1 AND expires_at > $2 AND tries < $3";
    view.optional(FIND, args![digest, now, TRIES], |row| {
        Ok(Pending { merchant: row.parse("merchant_id")?, epoch: row.get("epoch")? })
    })
}

/// Counts a code that was tried.
///
/// # Errors
/// When the store fails.
pub fn tried(tx: &mut Tx<'_>, digest: &str) -> Result<()> {
    tx.execute("UPDATE pending_logins SET tries = tries + 1 WHERE digest = $1", args![digest]).map(drop)
}

/// Takes the login: it waits no longer.
///
/// # Errors
/// When the store fails.
pub fn take(tx: &mut Tx<'_>, digest: &str) -> Result<()> {
    tx.execute("DELETE FROM pending_logins WHERE digest = $1", args![digest]).map(drop)
}

/// Forgets logins that waited in vain.
///
/// # Errors
/// When the store fails.
pub fn forget_old(tx: &mut Tx<'_>, now: i64) -> Result<()> {
    tx.execute("DELETE FROM pending_logins WHERE expires_at <= $1", args![now]).map(drop)
}
