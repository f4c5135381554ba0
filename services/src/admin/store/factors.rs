//! Second factors. A code is taken by one statement that hits one row, so it is good once; each step that was taken is
//! written down, in the order of the commits.

use payment_clients::{
    apis::admin::AdminId,
    contract::{
        error::{Error, Result},
        secret::SecretText,
    },
};

use super::{
    audit_logs::{Act, Author},
    sessions::{self, Cause},
};
use crate::{
    admin::domain::backup_digest,
    args,
    kit::{
        store::{Tx, View},
        totp::Seed,
        vault::{About, Column, Vault},
    },
};

/// What seeds are sealed as.
const KIND: &str = "totp";

/// The column of sealed seeds.
pub const SEALED: Column = Column {
    kind: KIND,
    select: "SELECT admin_id AS owner, id, sealed FROM factors
        WHERE sealed IS NOT NULL AND substr(sealed, 1, length($1)) <> $1 ORDER BY id LIMIT $2",
    update: "UPDATE factors SET sealed = $2 WHERE id = $1 AND sealed = $3",
};

/// The second factor that an administrator has in use.
#[derive(Debug)]
pub struct Factor {
    /// The record.
    pub id: String,
    /// True once a code was confirmed.
    pub active: bool,
    /// What codes are computed from.
    pub seed: Seed,
}

/// The factor of an administrator, waiting for its first code or active.
///
/// # Errors
/// When the store fails, or the seed does not open.
pub fn find(view: &View<'_>, vault: &Vault, admin: AdminId) -> Result<Option<Factor>> {
    const FIND: &str = "SELECT id, state, sealed FROM factors WHERE admin_id = $1 AND state <> 'off'";
    let owner = admin.to_string();
    view.optional(FIND, args![owner], |row| {
        let (id, sealed): (String, String) = (row.get("id")?, row.get("sealed")?);
        let opened = vault.open(About { owner: &owner, kind: KIND, id: &id }, &sealed)?;
        Ok(Factor { active: row.get::<String>("state")? == "active", seed: Seed::from_bytes(opened.expose())?, id })
    })
}

/// Sets up a factor that counts once a code was confirmed, in place of one that waits for that.
///
/// # Errors
/// 409 while one is active.
pub fn set_up(
    tx: &mut Tx<'_>,
    vault: &Vault,
    admin: AdminId,
    (id, seed, codes): (&str, &Seed, &[SecretText]),
    now: i64,
) -> Result<()> {
    const INSERT: &str = "INSERT INTO factors(id, admin_id, state, sealed, created_at)
        VALUES ($1, $2, 'pending', $3, $4)";
    match find(tx, vault, admin)? {
        Some(factor) if factor.active => {
            let text = "a second factor is active already; turn it off first";
            return Err(Error::conflict("TWO_FACTOR_ACTIVE", text));
        }
        Some(waiting) => discard(tx, &waiting)?,
        None => {}
    }
    let owner = admin.to_string();
    let sealed = vault.seal(About { owner: &owner, kind: KIND, id }, seed.expose())?;
    tx.execute(INSERT, args![id, owner, sealed, now])?;
    keep_codes(tx, id, seed, codes)
}

/// Puts new backup codes in the place of the old ones, used or not.
///
/// # Errors
/// When the store fails.
pub fn replace_codes(tx: &mut Tx<'_>, author: &Author, factor: &Factor, codes: &[SecretText]) -> Result<()> {
    audited(tx, "two_factor.codes_replaced", author, factor)?;
    tx.execute("DELETE FROM backup_codes WHERE factor_id = $1", args![factor.id])?;
    keep_codes(tx, &factor.id, &factor.seed, codes)
}

fn keep_codes(tx: &mut Tx<'_>, factor: &str, seed: &Seed, codes: &[SecretText]) -> Result<()> {
    const CODE: &str = "INSERT INTO backup_codes(factor_id, digest) VALUES ($1, $2)";
    for code in codes {
        tx.execute(CODE, args![factor, backup_digest(seed, code)])?;
    }
    Ok(())
}

/// Removes a factor that was never confirmed.
///
/// # Errors
/// When the store fails.
pub fn discard(tx: &mut Tx<'_>, factor: &Factor) -> Result<()> {
    tx.execute("DELETE FROM backup_codes WHERE factor_id = $1", args![factor.id])?;
    tx.execute("DELETE FROM factors WHERE id = $1 AND state = 'pending'", args![factor.id]).map(drop)
}

/// Takes a code of an authenticator. False for a wrong one, and for one that was taken, or is older than one that was.
///
/// # Errors
/// When the store fails.
pub fn take_code(tx: &mut Tx<'_>, factor: &Factor, code: &SecretText, now: i64) -> Result<bool> {
    const TAKE: &str = "UPDATE factors SET last_step = $2 WHERE id = $1 AND last_step < $2";
    const NOTE: &str = "INSERT INTO code_uses(seq, factor_id, step, at)
        SELECT COALESCE(MAX(seq), 0) + 1, $1, CAST($2 AS BIGINT), CAST($3 AS BIGINT) FROM code_uses";
    let Some(step) = factor.seed.step_of(code.expose(), now) else { return Ok(false) };
    if tx.execute(TAKE, args![factor.id, step])? == 0 {
        return Ok(false);
    }
    tx.execute(NOTE, args![factor.id, step, now])?;
    Ok(true)
}

/// Takes a code of an authenticator, or a backup code in its place. False as [`take_code`].
///
/// # Errors
/// When the store fails.
pub fn take_any(tx: &mut Tx<'_>, factor: &Factor, code: &SecretText, now: i64) -> Result<bool> {
    const TAKE: &str = "UPDATE backup_codes SET used_at = $3
        WHERE factor_id = $1 AND digest = $2 AND used_at IS NULL";
    if take_code(tx, factor, code, now)? {
        return Ok(true);
    }
    Ok(tx.execute(TAKE, args![factor.id, backup_digest(&factor.seed, code), now])? == 1)
}

/// Activates a factor. Sessions that proved none end: from here on, every open one has proved it.
///
/// # Errors
/// When the store fails.
pub fn activate(tx: &mut Tx<'_>, author: &Author, factor: &Factor) -> Result<()> {
    const ACTIVATE: &str = "UPDATE factors SET state = 'active', enabled_audit = $2
        WHERE id = $1 AND state = 'pending'";
    let seq = audited(tx, "two_factor.enabled", author, factor)?;
    one_row(tx.execute(ACTIVATE, args![factor.id, seq])?)?;
    sessions::end_all(tx, author.admin, Cause::Factor, seq, author.now).map(drop)
}

/// Turns an active factor off; its seed is forgotten.
///
/// # Errors
/// When the store fails.
pub fn turn_off(tx: &mut Tx<'_>, author: &Author, factor: &Factor) -> Result<()> {
    const TURN_OFF: &str = "UPDATE factors SET state = 'off', sealed = NULL, disabled_audit = $2
        WHERE id = $1 AND state = 'active'";
    let seq = audited(tx, "two_factor.disabled", author, factor)?;
    one_row(tx.execute(TURN_OFF, args![factor.id, seq])?)
}

fn audited(tx: &mut Tx<'_>, action: &str, author: &Author, factor: &Factor) -> Result<i64> {
    author.tell(tx, &Act { action, resource: "factor", id: &factor.id, ..Act::default() })
}

fn one_row(changed: u64) -> Result<()> {
    if changed == 1 { Ok(()) } else { Err(Error::internal("a factor changed while a unit of work held it")) }
}
