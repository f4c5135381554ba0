//! Fees of the merchants.

use payment_clients::{
    apis::{
        ids::{MerchantId, OperatorId},
        merchant_config::{FeeConfig, FeeConfigId},
    },
    contract::error::Result,
};

use super::{By, missing, one};
use crate::{
    args,
    kit::store::{Row, Tx, View},
    merchant_config::domain::fees,
};

/// `made_by` and `approved_by` are names as the audit has them, and never the same: nobody approves what is his own.
pub(super) const TABLE: &str = "
CREATE TABLE fees(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, channel TEXT NOT NULL, payment_method TEXT NOT NULL,
    fee_type TEXT NOT NULL CHECK(fee_type IN('percentage','fixed','tiered')),
    ten_thousandths {{int}} NOT NULL CHECK(ten_thousandths BETWEEN 0 AND 99999),
    fee_fixed {{int}} NOT NULL CHECK(fee_fixed >= 0), min_fee {{int}} NOT NULL CHECK(min_fee >= 0),
    max_fee {{int}} NOT NULL CHECK(max_fee >= 0), currency TEXT NOT NULL CHECK(length(currency) = 3),
    tiered_rules TEXT NOT NULL, effective_at {{int}} NOT NULL, expires_at {{int}}, priority {{int}} NOT NULL,
    status TEXT NOT NULL CHECK(status IN('active','inactive')), created_by TEXT, made_by TEXT NOT NULL,
    approved_by TEXT, approved_at {{int}}, version {{int}} NOT NULL DEFAULT 1, created_at {{int}} NOT NULL,
    updated_at {{int}} NOT NULL, CHECK(max_fee = 0 OR min_fee <= max_fee),
    CHECK(expires_at IS NULL OR effective_at < expires_at), CHECK(fee_type <> 'tiered' OR tiered_rules <> ''),
    CHECK((approved_by IS NULL) = (approved_at IS NULL)), CHECK(status = 'inactive' OR approved_at IS NOT NULL),
    CHECK(approved_by IS NULL OR approved_by <> made_by)) {{strict}};
CREATE INDEX fees_of_merchant ON fees(merchant_id, priority, created_at);";

/// A fee with what no answer shows.
#[derive(Clone, Debug)]
pub struct Kept {
    /// As answers show it.
    pub shown: FeeConfig,
    /// Who made its terms what they are.
    pub made_by: String,
    /// One more with each change.
    pub version: i64,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, merchant_id, channel, payment_method, fee_type, ten_thousandths, fee_fixed, min_fee, max_fee, \
             currency, tiered_rules, effective_at, expires_at, priority, status, created_by, made_by, approved_by, \
             approved_at, version, created_at, updated_at FROM fees ",
            $rest
        )
    };
}

/// Stores a new fee, which nobody has approved.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, fee: &FeeConfig, by: &By) -> Result<()> {
    tx.execute(
        "INSERT INTO fees(id, merchant_id, channel, payment_method, fee_type, ten_thousandths, fee_fixed, min_fee,
            max_fee, currency, tiered_rules, effective_at, expires_at, priority, status, created_by, made_by,
            created_at, updated_at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 'inactive', $15, $16, $17, $17)",
        args![
            fee.id.to_string(),
            fee.merchant_id.to_string(),
            fee.channel.as_str(),
            fee.payment_method.as_str(),
            fee.fee_type.as_str(),
            fees::ten_thousandths("fee_percentage", fee.fee_percentage)?,
            fee.fee_fixed,
            fee.min_fee,
            fee.max_fee,
            fee.currency,
            fee.tiered_rules,
            fee.effective_date,
            fee.expiry_date,
            fee.priority,
            fee.created_by.map(|id| id.to_string()),
            by.actor,
            fee.created_at,
        ],
    )
    .map(drop)
}

/// Writes what can be changed of a fee over the version that was found. Where its approval has lapsed, who changes it is
/// who made it.
///
/// # Errors
/// When the statement fails.
pub fn update(tx: &mut Tx<'_>, before: &Kept, fee: &FeeConfig, by: &By) -> Result<()> {
    let made_by = if fee.approved_at.is_none() { &by.actor } else { &before.made_by };
    let updated = tx.execute(
        "UPDATE fees SET ten_thousandths = $3, fee_fixed = $4, min_fee = $5, max_fee = $6, tiered_rules = $7,
            expires_at = $8, priority = $9, status = $10, made_by = $11,
            approved_by = CASE WHEN $12 = 1 THEN approved_by END, approved_at = CASE WHEN $12 = 1 THEN approved_at END,
            version = version + 1, updated_at = $13
         WHERE id = $1 AND version = $2",
        args![
            fee.id.to_string(),
            before.version,
            fees::ten_thousandths("fee_percentage", fee.fee_percentage)?,
            fee.fee_fixed,
            fee.min_fee,
            fee.max_fee,
            fee.tiered_rules,
            fee.expiry_date,
            fee.priority,
            fee.status.as_str(),
            made_by,
            fee.approved_at.is_some(),
            fee.updated_at,
        ],
    )?;
    one(updated, "fee", fee.id)
}

/// Approves a fee, which counts from now on; false when it was approved before.
///
/// # Errors
/// When the statement fails.
pub fn approve(tx: &mut Tx<'_>, id: FeeConfigId, by: &By) -> Result<bool> {
    let approved = tx.execute(
        "UPDATE fees SET status = 'active', approved_by = $2, approved_at = $3, version = version + 1, updated_at = $3
         WHERE id = $1 AND approved_at IS NULL",
        args![id.to_string(), by.actor, by.at],
    )?;
    Ok(approved == 1)
}

/// Deletes a fee.
///
/// # Errors
/// When the statement fails.
pub fn delete(tx: &mut Tx<'_>, id: FeeConfigId) -> Result<()> {
    let deleted = tx.execute("DELETE FROM fees WHERE id = $1", args![id.to_string()])?;
    one(deleted, "fee", id)
}

/// One fee, if there is one of this id.
///
/// # Errors
/// When the statement fails.
pub fn find(view: &View<'_>, id: FeeConfigId) -> Result<Option<Kept>> {
    view.optional(select!("WHERE id = $1"), args![id.to_string()], read)
}

/// One fee.
///
/// # Errors
/// 404 when there is none.
pub fn require(view: &View<'_>, id: FeeConfigId) -> Result<Kept> {
    find(view, id)?.ok_or_else(|| missing("fee", id))
}

/// A merchant's fees, highest priority first, then newest.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, owner: MerchantId) -> Result<Vec<FeeConfig>> {
    let sql = select!("WHERE merchant_id = $1 ORDER BY priority DESC, created_at DESC, id DESC");
    view.all(sql, args![owner.to_string()], |row| read(row).map(|kept| kept.shown))
}

fn read(row: &Row<'_>) -> Result<Kept> {
    let operator = |column: &'static str| -> Result<Option<OperatorId>> {
        let name: Option<String> = row.get(column)?;
        Ok(name.and_then(|name| name.strip_prefix("admin:").unwrap_or(&name).parse().ok()))
    };
    let shown = FeeConfig {
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
        tiered_rules: row.get("tiered_rules")?,
        effective_date: row.get("effective_at")?,
        expiry_date: row.get("expires_at")?,
        priority: row.get("priority")?,
        status: row.parse("status")?,
        created_by: operator("created_by")?,
        approved_by: operator("approved_by")?,
        approved_at: row.get("approved_at")?,
        metadata: String::new(),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    };
    Ok(Kept { shown, made_by: row.get("made_by")?, version: row.get("version")? })
}
