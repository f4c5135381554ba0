//! People who act for merchants.

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{MerchantUser, MerchantUserId},
    },
    contract::{
        error::{Error, Result},
        secret::PersonalText,
    },
};

use super::{Scope, missing, one, step};
use crate::{
    args,
    kit::store::{Row, Tx, View},
};

/// Who has left frees their address.
pub(super) const TABLE: &str = "
CREATE TABLE users(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL REFERENCES merchants(id), email TEXT NOT NULL, name TEXT NOT NULL,
    role TEXT NOT NULL CHECK(role IN('admin','finance','developer','support','viewer')), permissions TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending' CHECK(status IN('pending','active','suspended','deleted')),
    version {{int}} NOT NULL DEFAULT 0, invited_by TEXT, accepted_at {{int}}, created_at {{int}} NOT NULL,
    updated_at {{int}} NOT NULL) {{strict}};
CREATE UNIQUE INDEX users_by_email ON users(email) WHERE status <> 'deleted';
CREATE INDEX users_of_merchant ON users(merchant_id, created_at);";

/// Takes the status one step.
pub const STATUS: &str = step!("users", "status");

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, merchant_id, email, name, role, permissions, status, invited_by, accepted_at, created_at, \
             updated_at FROM users WHERE status <> 'deleted' AND ",
            $rest
        )
    };
}

/// Stores somebody who is invited.
///
/// # Errors
/// 409 when their address is used, at whatever merchant.
pub fn insert(tx: &mut Tx<'_>, user: &MerchantUser) -> Result<()> {
    let inserted = tx.execute(
        "INSERT INTO users(id, merchant_id, email, name, role, permissions, invited_by, created_at, updated_at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT DO NOTHING",
        args![
            user.id.to_string(),
            user.merchant_id.to_string(),
            user.email,
            user.name,
            user.role.as_str(),
            user.permissions,
            user.invited_by.map(|id| id.to_string()),
            user.created_at,
        ],
    )?;
    if inserted == 1 {
        return Ok(());
    }
    Err(Error::conflict("EMAIL_TAKEN", "`email` is used by somebody who was invited before; take another address"))
}

/// Writes what can be changed of somebody.
///
/// # Errors
/// When the statement fails.
pub fn update(tx: &mut Tx<'_>, user: &MerchantUser) -> Result<()> {
    let updated = tx.execute(
        "UPDATE users SET name = $2, role = $3, permissions = $4, updated_at = $5 WHERE id = $1",
        args![user.id.to_string(), user.name, user.role.as_str(), user.permissions, user.updated_at],
    )?;
    one(updated, "user", user.id)
}

/// Notes when somebody became active for the first time.
///
/// # Errors
/// When the statement fails.
pub fn accepted(tx: &mut Tx<'_>, id: MerchantUserId, now: i64) -> Result<()> {
    const ACCEPTED: &str = "UPDATE users SET accepted_at = COALESCE(accepted_at, $2) WHERE id = $1";
    let noted = tx.execute(ACCEPTED, args![id.to_string(), now])?;
    one(noted, "user", id)
}

/// Somebody who has not left.
///
/// # Errors
/// 404 when there is none in this scope.
pub fn require(view: &View<'_>, id: MerchantUserId, scope: &Scope) -> Result<MerchantUser> {
    let sql = select!("id = $1 AND ($2 IS NULL OR merchant_id = $2)");
    let found = view.optional(sql, args![id.to_string(), scope], read)?;
    found.ok_or_else(|| missing("user", id))
}

/// A merchant's people who have not left, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, owner: MerchantId) -> Result<Vec<MerchantUser>> {
    view.all(select!("merchant_id = $1 ORDER BY created_at DESC, id DESC"), args![owner.to_string()], read)
}

fn read(row: &Row<'_>) -> Result<MerchantUser> {
    let created_at = row.get("created_at")?;
    let invited_by: Option<String> = row.get("invited_by")?;
    Ok(MerchantUser {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        email: row.get("email")?,
        name: row.get("name")?,
        phone: PersonalText::default(),
        role: row.parse("role")?,
        permissions: row.get("permissions")?,
        status: row.parse("status")?,
        invited_by: invited_by.and_then(|id| id.parse().ok()),
        invited_at: created_at,
        accepted_at: row.get("accepted_at")?,
        last_login_at: None,
        last_login_ip: PersonalText::default(),
        two_factor_enabled: false,
        metadata: "{}".to_owned(),
        created_at,
        updated_at: row.get("updated_at")?,
    })
}
