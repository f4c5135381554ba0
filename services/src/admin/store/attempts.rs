//! Failures in a row, counted before each attempt is looked at.

use payment_clients::{apis::admin::AdminId, contract::error::Result};

use crate::{
    admin::domain::{Failures, REMEMBERED},
    args,
    kit::{
        clock::millis,
        store::{Tx, View},
    },
};

/// Counts an attempt as failed. False while nobody is listened to.
///
/// # Errors
/// When the store fails.
pub fn begin(tx: &mut Tx<'_>, admin: AdminId, now: i64) -> Result<bool> {
    const FIND: &str = "SELECT failures, locked_until FROM attempts WHERE admin_id = $1";
    const COUNT: &str = "INSERT INTO attempts(admin_id, failures, locked_until, last_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (admin_id) DO UPDATE SET failures = $2, locked_until = $3, last_at = $4";
    let admin = admin.to_string();
    let found = tx.optional(FIND, args![admin], |row| {
        Ok(Failures { count: row.get("failures")?, locked_until: row.get("locked_until")? })
    })?;
    let Some(Failures { count, locked_until }) = found.unwrap_or_default().count(now) else { return Ok(false) };
    tx.execute(COUNT, args![admin, count, locked_until, now])?;
    Ok(true)
}

/// Takes one attempt back: it was no failure, and is no success yet.
///
/// # Errors
/// When the store fails.
pub fn take_back(tx: &mut Tx<'_>, admin: AdminId) -> Result<()> {
    const TAKE_BACK: &str = "UPDATE attempts SET failures = failures - 1, locked_until = 0
        WHERE admin_id = $1 AND failures > 0";
    tx.execute(TAKE_BACK, args![admin.to_string()]).map(drop)
}

/// Forgets the failures: a success has followed.
///
/// # Errors
/// When the store fails.
pub fn forget(tx: &mut Tx<'_>, admin: AdminId) -> Result<()> {
    tx.execute("DELETE FROM attempts WHERE admin_id = $1", args![admin.to_string()]).map(drop)
}

/// Forgets what is too old to count.
///
/// # Errors
/// When the store fails.
pub fn forget_old(tx: &mut Tx<'_>, now: i64) -> Result<()> {
    tx.execute("DELETE FROM attempts WHERE last_at <= $1", args![now - millis(REMEMBERED)]).map(drop)
}

/// Whether nobody is listened to who claims to be this one.
///
/// # Errors
/// When the store fails.
pub fn is_locked(view: &View<'_>, admin: AdminId, now: i64) -> Result<bool> {
    const FIND: &str = "SELECT 1 AS one FROM attempts WHERE admin_id = $1 AND locked_until > $2";
    Ok(view.optional(FIND, args![admin.to_string(), now], |_| Ok(()))?.is_some())
}
