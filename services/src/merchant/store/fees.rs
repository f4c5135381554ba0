//! Fees of the merchants.

use payment_clients::{
    apis::{
        ids::{MerchantId, OperatorId},
        merchant::{FeeConfig, FeeConfigId},
    },
    contract::error::Result,
};

use super::{missing, one};
use crate::{
    args,
    kit::store::{Row, Tx, View},
    merchant::domain::fees,
};

pub(super) const TABLE: &str = "
CREATE TABLE fees(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL REFERENCES merchants(id), channel TEXT NOT NULL,
    payment_method TEXT NOT NULL, fee_type TEXT NOT NULL CHECK(fee_type IN('percentage','fixed')),
    ten_thousandths {{int}} NOT NULL CHECK(ten_thousandths BETWEEN 0 AND 99999),
    fee_fixed {{int}} NOT NULL CHECK(fee_fixed >= 0), min_fee {{int}} NOT NULL CHECK(min_fee >= 0),
    max_fee {{int}} NOT NULL CHECK(max_fee >= 0), currency TEXT NOT NULL CHECK(length(currency) = 3),
    priority {{int}} NOT NULL, status TEXT NOT NULL CHECK(status IN('active','inactive')), created_by TEXT,
    created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL, CHECK(max_fee = 0 OR min_fee <= max_fee)) {{strict}};
CREATE INDEX fees_of_merchant ON fees(merchant_id, priority, created_at);";

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, merchant_id, channel, payment_method, fee_type, ten_thousandths, fee_fixed, min_fee, max_fee, \
             currency, priority, status, created_by, created_at, updated_at FROM fees ",
            $rest
        )
    };
}

/// Stores a new fee.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, fee: &FeeConfig) -> Result<()> {
    tx.execute(
        "INSERT INTO fees(id, merchant_id, channel, payment_method, fee_type, ten_thousandths, fee_fixed, min_fee,
            max_fee, currency, priority, status, created_by, created_at, updated_at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)",
        args![
            fee.id.to_string(),
            fee.merchant_id.to_string(),
            fee.channel.as_str(),
            fee.payment_method.as_str(),
            fee.fee_type.as_str(),
            fees::ten_thousandths(fee.fee_percentage)?,
            fee.fee_fixed,
            fee.min_fee,
            fee.max_fee,
            fee.currency,
            fee.priority,
            fee.status.as_str(),
            fee.created_by.map(|id| id.to_string()),
            fee.created_at,
        ],
    )
    .map(drop)
}

/// Writes what can be changed of a fee.
///
/// # Errors
/// When the statement fails.
pub fn update(tx: &mut Tx<'_>, fee: &FeeConfig) -> Result<()> {
    let updated = tx.execute(
        "UPDATE fees SET ten_thousandths = $2, fee_fixed = $3, min_fee = $4, max_fee = $5, status = $6, updated_at = $7
         WHERE id = $1",
        args![
            fee.id.to_string(),
            fees::ten_thousandths(fee.fee_percentage)?,
            fee.fee_fixed,
            fee.min_fee,
            fee.max_fee,
            fee.status.as_str(),
            fee.updated_at,
        ],
    )?;
    one(updated, "fee", fee.id)
}

/// Deletes a fee.
///
/// # Errors
/// When the statement fails.
pub fn delete(tx: &mut Tx<'_>, id: FeeConfigId) -> Result<()> {
    let deleted = tx.execute("DELETE FROM fees WHERE id = $1", args![id.to_string()])?;
    one(deleted, "fee", id)
}

/// One fee, for staff.
///
/// # Errors
/// 404 when there is none.
pub fn require(view: &View<'_>, id: FeeConfigId) -> Result<FeeConfig> {
    let found = view.optional(select!("WHERE id = $1"), args![id.to_string()], read)?;
    found.ok_or_else(|| missing("fee", id))
}

/// A merchant's fees, highest priority first, then newest.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, owner: MerchantId) -> Result<Vec<FeeConfig>> {
    let sql = select!("WHERE merchant_id = $1 ORDER BY priority DESC, created_at DESC, id DESC");
    view.all(sql, args![owner.to_string()], read)
}

fn read(row: &Row<'_>) -> Result<FeeConfig> {
    let created_at = row.get("created_at")?;
    let created_by: Option<String> = row.get("created_by")?;
    let created_by: Option<OperatorId> = created_by.and_then(|id| id.parse().ok());
    Ok(FeeConfig {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        channel: row.parse("channel")?,
        payment_method: row.parse("payment_method")?,
        fee_type: row.parse("fee_type")?,
        fee_percentage: fees::rate(row.get("ten_thousandths")?)?,
        fee_fixed: row.get("fee_fixed")?,
        min_fee: row.get("min_fee")?,
        max_fee: row.get("max_fee")?,
        currency: row.get("currency")?,
        tiered_rules: "{}".to_owned(),
        effective_date: created_at,
        expiry_date: None,
        priority: row.get("priority")?,
        status: row.parse("status")?,
        created_by,
        approved_by: created_by,
        approved_at: Some(created_at),
        metadata: "{}".to_owned(),
        created_at,
        updated_at: row.get("updated_at")?,
    })
}
