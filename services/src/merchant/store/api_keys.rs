//! API keys, their secrets sealed.

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{ApiKey, ApiKeyId, Environment, MerchantKycStatus, MerchantStatus},
    },
    contract::error::Result,
};

use super::{Scope, missing, one};
use crate::{
    args,
    kit::{
        store::{Row, Tx, View},
        vault,
    },
    merchant::domain::api_keys::MASKED,
};

pub(super) const TABLE: &str = "
CREATE TABLE api_keys(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL REFERENCES merchants(id), api_key TEXT NOT NULL UNIQUE,
    secret TEXT NOT NULL, name TEXT NOT NULL, environment TEXT NOT NULL CHECK(environment IN('test','production')),
    is_active {{int}} NOT NULL CHECK(is_active IN(0, 1)), revoked_at {{int}}, last_used_at {{int}},
    expires_at {{int}}, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
    CHECK(revoked_at IS NULL OR is_active = 0)) {{strict}};
CREATE INDEX api_keys_of_merchant ON api_keys(merchant_id, created_at);";

/// How secrets lie here.
pub const SECRETS: vault::Column = vault::Column {
    kind: "api_secret",
    select: "SELECT merchant_id AS owner, id, secret AS sealed FROM api_keys
        WHERE substr(secret, 1, length($1)) <> $1 LIMIT $2",
    update: "UPDATE api_keys SET secret = $2 WHERE id = $1 AND secret = $3",
};

/// A key, and what no answer about it tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Stored {
    /// Its secret masked.
    pub key: ApiKey,
    /// Whether it was ended for good.
    pub is_revoked: bool,
}

/// A key with what decides whether it counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Signing {
    /// Its secret masked.
    pub key: ApiKey,
    /// The secret, sealed.
    pub sealed: String,
    /// Whether its merchant may do business.
    pub status: MerchantStatus,
    /// What was found about its merchant's papers.
    pub kyc_status: MerchantKycStatus,
}

macro_rules! select {
    ($($rest:literal),*) => {
        concat!(
            "SELECT id, merchant_id, api_key, name, environment, is_active, revoked_at, last_used_at, expires_at, \
             created_at, updated_at FROM api_keys " $(, $rest)*
        )
    };
}

/// Stores a new key.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, key: &ApiKey, sealed: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO api_keys(id, merchant_id, api_key, secret, name, environment, is_active, expires_at, created_at,
            updated_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        args![
            key.id.to_string(),
            key.merchant_id.to_string(),
            key.api_key,
            sealed,
            key.name,
            key.environment.as_str(),
            key.is_active,
            key.expires_at,
            key.created_at,
        ],
    )
    .map(drop)
}

/// How many keys a merchant has for an environment.
///
/// # Errors
/// When the statement fails.
pub fn count(view: &View<'_>, owner: MerchantId, environment: &Environment) -> Result<i64> {
    const COUNT: &str = "SELECT count(*) FROM api_keys WHERE merchant_id = $1 AND environment = $2";
    view.one(COUNT, args![owner.to_string(), environment.as_str()], |row| row.get(0))
}

/// One key.
///
/// # Errors
/// 404 when there is none in this scope.
pub fn require(view: &View<'_>, id: ApiKeyId, scope: &Scope) -> Result<Stored> {
    let found = view.optional(
        select!("WHERE id = $1 AND ($2 IS NULL OR merchant_id = $2)"),
        args![id.to_string(), scope],
        |row| Ok(Stored { key: read(row)?, is_revoked: row.get::<Option<i64>>("revoked_at")?.is_some() }),
    )?;
    found.ok_or_else(|| missing("API key", id))
}

/// A merchant's keys, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, owner: MerchantId, environment: Option<&Environment>) -> Result<Vec<ApiKey>> {
    view.all(
        select!("WHERE merchant_id = $1 AND ($2 IS NULL OR environment = $2) ORDER BY created_at DESC, id DESC"),
        args![owner.to_string(), environment.map(Environment::as_str)],
        read,
    )
}

/// Writes what can be changed of a key.
///
/// # Errors
/// When the statement fails.
pub fn update(tx: &mut Tx<'_>, key: &ApiKey) -> Result<()> {
    let updated = tx.execute(
        "UPDATE api_keys SET name = $2, is_active = $3, expires_at = $4, updated_at = $5 WHERE id = $1",
        args![key.id.to_string(), key.name, key.is_active, key.expires_at, key.updated_at],
    )?;
    one(updated, "API key", key.id)
}

/// Replaces the secret of a key.
///
/// # Errors
/// When the statement fails.
pub fn rotate(tx: &mut Tx<'_>, id: ApiKeyId, sealed: &str, now: i64) -> Result<()> {
    const ROTATE: &str = "UPDATE api_keys SET secret = $2, updated_at = $3 WHERE id = $1 AND revoked_at IS NULL";
    let rotated = tx.execute(ROTATE, args![id.to_string(), sealed, now])?;
    one(rotated, "API key", id)
}

/// Ends a key for good.
///
/// # Errors
/// When the statement fails.
pub fn revoke(tx: &mut Tx<'_>, id: ApiKeyId, now: i64) -> Result<()> {
    const REVOKE: &str = "UPDATE api_keys SET is_active = 0, revoked_at = $2, updated_at = $2
        WHERE id = $1 AND revoked_at IS NULL";
    let revoked = tx.execute(REVOKE, args![id.to_string(), now])?;
    one(revoked, "API key", id)
}

/// Ends all keys of a merchant for good.
///
/// # Errors
/// When the statement fails.
pub fn revoke_all(tx: &mut Tx<'_>, owner: MerchantId, now: i64) -> Result<()> {
    const REVOKE: &str = "UPDATE api_keys SET is_active = 0, revoked_at = $2, updated_at = $2
        WHERE merchant_id = $1 AND revoked_at IS NULL";
    tx.execute(REVOKE, args![owner.to_string(), now]).map(drop)
}

/// Deletes a key.
///
/// # Errors
/// When the statement fails.
pub fn delete(tx: &mut Tx<'_>, id: ApiKeyId) -> Result<()> {
    let deleted = tx.execute("DELETE FROM api_keys WHERE id = $1", args![id.to_string()])?;
    one(deleted, "API key", id)
}

/// The key that programs name so, with what decides whether it counts.
///
/// # Errors
/// 404 when nobody has it.
pub fn signing(view: &View<'_>, api_key: &str) -> Result<Signing> {
    let found = view.optional(
        "SELECT k.id, k.merchant_id, k.api_key, k.secret, k.name, k.environment, k.is_active, k.last_used_at,
            k.expires_at, k.created_at, k.updated_at, m.status, m.kyc_status
         FROM api_keys k JOIN merchants m ON m.id = k.merchant_id WHERE k.api_key = $1 AND m.deleted_at IS NULL",
        args![api_key],
        |row| {
            let (status, kyc_status) = (row.parse("status")?, row.parse("kyc_status")?);
            Ok(Signing { key: read(row)?, sealed: row.get("secret")?, status, kyc_status })
        },
    )?;
    // The name of a key is no secret, but a text that is none may be one.
    found.ok_or_else(|| missing("API key", "of this name"))
}

/// Notes that a key was used.
///
/// # Errors
/// When the statement fails.
pub fn used(tx: &mut Tx<'_>, id: ApiKeyId, now: i64) -> Result<()> {
    tx.execute("UPDATE api_keys SET last_used_at = $2 WHERE id = $1", args![id.to_string(), now]).map(drop)
}

fn read(row: &Row<'_>) -> Result<ApiKey> {
    Ok(ApiKey {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        api_key: row.get("api_key")?,
        api_secret: MASKED.into(),
        name: row.get("name")?,
        environment: row.parse("environment")?,
        is_active: row.get("is_active")?,
        last_used_at: row.get("last_used_at")?,
        expires_at: row.get("expires_at")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
