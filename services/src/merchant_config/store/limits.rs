//! Limits of the merchants.

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_config::{TransactionLimit, TransactionLimitId},
    },
    contract::error::Result,
};

use super::{missing, one};
use crate::{
    args,
    kit::store::{Row, Tx, View},
};

pub(super) const TABLE: &str = "
CREATE TABLE limits(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL,
    limit_type TEXT NOT NULL CHECK(limit_type IN('single','daily','monthly')), payment_method TEXT NOT NULL,
    channel TEXT NOT NULL, currency TEXT NOT NULL CHECK(length(currency) = 3),
    min_amount {{int}} NOT NULL CHECK(min_amount >= 0), max_amount {{int}} NOT NULL CHECK(max_amount >= 0),
    max_count {{int}} NOT NULL CHECK(max_count >= 0), status TEXT NOT NULL CHECK(status IN('active','inactive')),
    effective_at {{int}} NOT NULL, expires_at {{int}}, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
    CHECK(max_amount = 0 OR min_amount < max_amount), CHECK(min_amount + max_amount + max_count > 0),
    CHECK(expires_at IS NULL OR effective_at < expires_at)) {{strict}};
CREATE INDEX limits_of_merchant ON limits(merchant_id, limit_type, created_at);";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, merchant_id, limit_type, payment_method, channel, currency, min_amount, max_amount, max_count, \
             status, effective_at, expires_at, created_at, updated_at FROM limits ",
            $rest
        )
    };
}

/// Stores a new limit.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, limit: &TransactionLimit) -> Result<()> {
    tx.execute(
        "INSERT INTO limits(id, merchant_id, limit_type, payment_method, channel, currency, min_amount, max_amount,
            max_count, status, effective_at, expires_at, created_at, updated_at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)",
        args![
            limit.id.to_string(),
            limit.merchant_id.to_string(),
            limit.limit_type.as_str(),
            limit.payment_method.as_str(),
            limit.channel.as_str(),
            limit.currency,
            limit.min_amount,
            limit.max_amount,
            limit.max_count,
            limit.status.as_str(),
            limit.effective_date,
            limit.expiry_date,
            limit.created_at,
        ],
    )
    .map(drop)
}

/// Writes what can be changed of a limit.
///
/// # Errors
/// When the statement fails.
pub fn update(tx: &mut Tx<'_>, limit: &TransactionLimit) -> Result<()> {
    let updated = tx.execute(
        "UPDATE limits SET min_amount = $2, max_amount = $3, max_count = $4, expires_at = $5, status = $6,
            updated_at = $7 WHERE id = $1",
        args![
            limit.id.to_string(),
            limit.min_amount,
            limit.max_amount,
            limit.max_count,
            limit.expiry_date,
            limit.status.as_str(),
            limit.updated_at,
        ],
    )?;
    one(updated, "limit", limit.id)
}

/// Deletes a limit.
///
/// # Errors
/// When the statement fails.
pub fn delete(tx: &mut Tx<'_>, id: TransactionLimitId) -> Result<()> {
    let deleted = tx.execute("DELETE FROM limits WHERE id = $1", args![id.to_string()])?;
    one(deleted, "limit", id)
}

/// One limit, if there is one of this id.
///
/// # Errors
/// When the statement fails.
pub fn find(view: &View<'_>, id: TransactionLimitId) -> Result<Option<TransactionLimit>> {
    view.optional(select!("WHERE id = $1"), args![id.to_string()], read)
}

/// One limit.
///
/// # Errors
/// 404 when there is none.
pub fn require(view: &View<'_>, id: TransactionLimitId) -> Result<TransactionLimit> {
    find(view, id)?.ok_or_else(|| missing("limit", id))
}

/// A merchant's limits by type, then newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, owner: MerchantId) -> Result<Vec<TransactionLimit>> {
    let sql = select!("WHERE merchant_id = $1 ORDER BY limit_type, created_at DESC, id DESC");
    view.all(sql, args![owner.to_string()], read)
}

fn read(row: &Row<'_>) -> Result<TransactionLimit> {
    Ok(TransactionLimit {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        limit_type: row.parse("limit_type")?,
        payment_method: row.parse("payment_method")?,
        channel: row.parse("channel")?,
        currency: row.get("currency")?,
        min_amount: row.get("min_amount")?,
        max_amount: row.get("max_amount")?,
        max_count: row.get("max_count")?,
        status: row.parse("status")?,
        effective_date: row.get("effective_at")?,
        expiry_date: row.get("expires_at")?,
        metadata: String::new(),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
