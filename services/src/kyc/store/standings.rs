//! How merchants stand, and how much of it merchant-service has heard.

use payment_clients::{
    apis::{ids::MerchantId, merchant::MerchantKycStatus},
    contract::error::Result,
};

use super::{Step, advance, one};
use crate::{
    args,
    kit::store::{Tx, View},
    kyc::domain::standings::LIFECYCLE,
};

/// `told` counts the changes that were passed on, or declined.
pub(super) const TABLE: &str = "
CREATE TABLE standings(
    merchant_id TEXT PRIMARY KEY,
    status TEXT NOT NULL DEFAULT 'pending' CHECK(status IN('pending','verified','rejected')),
    version {{int}} NOT NULL DEFAULT 0, told {{int}} NOT NULL DEFAULT 0, updated_at {{int}} NOT NULL,
    CHECK(told BETWEEN 0 AND version)) {{clustered}};";

const STATUS: &str = "UPDATE standings SET status = $3, version = version + 1, updated_at = $4
    WHERE merchant_id = $1 AND status = $2 RETURNING version";

/// Changes how a merchant stands, and returns which change that is, from 1.
///
/// # Errors
/// When there is no such step, or the store fails.
pub fn change(
    tx: &mut Tx<'_>,
    merchant: MerchantId,
    [from, to]: [&MerchantKycStatus; 2],
    actor: &str,
    now: i64,
) -> Result<i64> {
    const INSERT: &str =
        "INSERT INTO standings(merchant_id, updated_at) VALUES($1, $2) ON CONFLICT (merchant_id) DO NOTHING";
    let id = merchant.to_string();
    tx.execute(INSERT, args![id, now])?;
    let (from, to, cause) = (from.as_str(), to.as_str(), "its papers");
    advance(tx, STATUS, &Step { lifecycle: &LIFECYCLE, id: &id, from, to, actor, cause, at: now })
}

/// One change was passed on, after all before it.
///
/// # Errors
/// When the statement fails.
pub fn set_told(tx: &mut Tx<'_>, merchant: MerchantId, version: i64) -> Result<()> {
    const TOLD: &str = "UPDATE standings SET told = $2 WHERE merchant_id = $1 AND told < $2";
    let told = tx.execute(TOLD, args![merchant.to_string(), version])?;
    one(told, "standing of merchant", merchant)
}

/// How a merchant stands.
///
/// # Errors
/// When the statement fails.
pub fn find(view: &View<'_>, merchant: MerchantId) -> Result<MerchantKycStatus> {
    const FIND: &str = "SELECT status FROM standings WHERE merchant_id = $1";
    let found = view.optional(FIND, args![merchant.to_string()], |row| row.parse(0))?;
    Ok(found.unwrap_or(MerchantKycStatus::Pending))
}

/// How many of a merchant's changes were passed on.
///
/// # Errors
/// When the statement fails.
pub fn told(view: &View<'_>, merchant: MerchantId) -> Result<i64> {
    const TOLD: &str = "SELECT told FROM standings WHERE merchant_id = $1";
    view.one(TOLD, args![merchant.to_string()], |row| row.get(0))
}

/// How many of a merchant's papers wait for somebody to decide.
///
/// # Errors
/// When the statement fails.
pub fn waiting(view: &View<'_>, merchant: MerchantId) -> Result<i64> {
    const WAITING: &str = "SELECT (SELECT COUNT(*) FROM documents WHERE merchant_id = $1 AND status = 'pending')
        + (SELECT COUNT(*) FROM qualifications WHERE merchant_id = $1 AND status = 'pending')";
    view.one(WAITING, args![merchant.to_string()], |row| row.get(0))
}
