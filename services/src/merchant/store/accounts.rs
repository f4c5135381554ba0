//! Settlement accounts, their numbers sealed.

use payment_clients::{
    apis::{
        ids::{MerchantId, SettlementAccountId},
        merchant::{SettlementAccount, SettlementAccountStatus, VerificationMethod},
    },
    contract::error::Result,
};

use super::{Scope, missing, one, step};
use crate::{
    args,
    kit::{
        store::{Row, Tx, View},
        vault,
    },
};

/// An account is verified at the version that somebody has looked at, and at no other.
pub(super) const TABLE: &str = "
CREATE TABLE settlement_accounts(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL REFERENCES merchants(id),
    account_type TEXT NOT NULL CHECK(account_type IN('bank_account','paypal','crypto_wallet','alipay','wechat')),
    bank_name TEXT NOT NULL, number TEXT NOT NULL, number_masked TEXT NOT NULL, account_name TEXT NOT NULL,
    swift_code TEXT NOT NULL, iban TEXT, iban_masked TEXT NOT NULL, currency TEXT NOT NULL CHECK(length(currency) = 3),
    country TEXT NOT NULL, is_default {{int}} NOT NULL DEFAULT 0 CHECK(is_default IN(0, 1)),
    status TEXT NOT NULL DEFAULT 'pending_verify'
        CHECK(status IN('pending_verify','verified','rejected','suspended')),
    version {{int}} NOT NULL DEFAULT 0, verified_version {{int}}, verified_at {{int}}, reject_reason TEXT NOT NULL DEFAULT '',
    created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
    CHECK(status <> 'verified' OR (verified_at IS NOT NULL AND verified_version = version)),
    CHECK((iban IS NULL) = (iban_masked = ''))) {{strict}};
CREATE UNIQUE INDEX settlement_accounts_default ON settlement_accounts(merchant_id) WHERE is_default = 1;
CREATE INDEX settlement_accounts_of_merchant ON settlement_accounts(merchant_id, created_at);";

/// Takes the verdict one step.
pub const VERDICT: &str = step!("settlement_accounts", "status");

/// How numbers lie here.
pub const NUMBERS: vault::Column = vault::Column {
    kind: "account_number",
    select: "SELECT merchant_id AS owner, id, number AS sealed FROM settlement_accounts
        WHERE substr(number, 1, length($1)) <> $1 LIMIT $2",
    update: "UPDATE settlement_accounts SET number = $2 WHERE id = $1 AND number = $3",
};

/// How IBANs lie here.
pub const IBANS: vault::Column = vault::Column {
    kind: "iban",
    select: "SELECT merchant_id AS owner, id, iban AS sealed FROM settlement_accounts
        WHERE iban IS NOT NULL AND substr(iban, 1, length($1)) <> $1 LIMIT $2",
    update: "UPDATE settlement_accounts SET iban = $2 WHERE id = $1 AND iban = $3",
};

macro_rules! select {
    ($($rest:literal),*) => {
        concat!(
            "SELECT id, merchant_id, account_type, bank_name, number_masked, account_name, swift_code, iban_masked, \
             currency, country, is_default, status, verified_at, reject_reason, created_at, updated_at \
             FROM settlement_accounts " $(, $rest)*
        )
    };
}

/// Stores a new account.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, account: &SettlementAccount, number: &str, iban: Option<&str>) -> Result<()> {
    tx.execute(
        "INSERT INTO settlement_accounts(id, merchant_id, account_type, bank_name, number, number_masked, account_name,
            swift_code, iban, iban_masked, currency, country, created_at, updated_at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)",
        args![
            account.id.to_string(),
            account.merchant_id.to_string(),
            account.account_type.as_str(),
            account.bank_name,
            number,
            account.account_number,
            account.account_name,
            account.swift_code,
            iban,
            account.iban,
            account.currency,
            account.country,
            account.created_at,
        ],
    )
    .map(drop)
}

/// Writes what can be changed of an account, under a new version; `iban` where it is another.
///
/// # Errors
/// When the statement fails.
pub fn update(tx: &mut Tx<'_>, account: &SettlementAccount, iban: Option<&str>) -> Result<()> {
    let updated = tx.execute(
        "UPDATE settlement_accounts SET bank_name = $2, account_name = $3, swift_code = $4, iban_masked = $5,
            iban = CASE WHEN $5 = '' THEN NULL ELSE COALESCE($6, iban) END, verified_at = NULL,
            verified_version = NULL, reject_reason = '', version = version + 1, updated_at = $7 WHERE id = $1",
        args![
            account.id.to_string(),
            account.bank_name,
            account.account_name,
            account.swift_code,
            account.iban,
            iban,
            account.updated_at,
        ],
    )?;
    one(updated, "settlement account", account.id)
}

/// Writes what was found about the account as it is now, in the unit that then takes the step.
///
/// # Errors
/// When the statement fails.
pub fn verdict(tx: &mut Tx<'_>, id: SettlementAccountId, verified: bool, reason: &str, now: i64) -> Result<()> {
    let written = tx.execute(
        "UPDATE settlement_accounts SET reject_reason = $3,
            verified_at = CASE WHEN $2 = 1 THEN $4 ELSE verified_at END,
            verified_version = CASE WHEN $2 = 1 THEN version + 1 ELSE verified_version END
         WHERE id = $1 AND (status <> 'verified' OR $2 = 0)",
        args![id.to_string(), verified, reason, now],
    )?;
    one(written, "settlement account", id)
}

/// Makes an account the only default of its merchant.
///
/// # Errors
/// When the statement fails.
pub fn set_default(tx: &mut Tx<'_>, account: &SettlementAccount, now: i64) -> Result<()> {
    const CLEAR: &str = "UPDATE settlement_accounts SET is_default = 0, updated_at = $2
        WHERE merchant_id = $1 AND is_default = 1";
    const SET: &str = "UPDATE settlement_accounts SET is_default = 1, updated_at = $2 WHERE id = $1";
    tx.execute(CLEAR, args![account.merchant_id.to_string(), now])?;
    let set = tx.execute(SET, args![account.id.to_string(), now])?;
    one(set, "settlement account", account.id)
}

/// Deletes an account.
///
/// # Errors
/// When the statement fails.
pub fn delete(tx: &mut Tx<'_>, id: SettlementAccountId) -> Result<()> {
    let deleted = tx.execute("DELETE FROM settlement_accounts WHERE id = $1", args![id.to_string()])?;
    one(deleted, "settlement account", id)
}

/// One account.
///
/// # Errors
/// 404 when there is none in this scope.
pub fn require(view: &View<'_>, id: SettlementAccountId, scope: &Scope) -> Result<SettlementAccount> {
    let sql = select!("WHERE id = $1 AND ($2 IS NULL OR merchant_id = $2)");
    let found = view.optional(sql, args![id.to_string(), scope], read)?;
    found.ok_or_else(|| missing("settlement account", id))
}

/// A merchant's accounts, the default first, then newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, owner: MerchantId) -> Result<Vec<SettlementAccount>> {
    let sql = select!("WHERE merchant_id = $1 ORDER BY is_default DESC, created_at DESC, id DESC");
    view.all(sql, args![owner.to_string()], read)
}

fn read(row: &Row<'_>) -> Result<SettlementAccount> {
    let status: SettlementAccountStatus = row.parse("status")?;
    let verified_at = row.get("verified_at")?;
    // Staff are the one way so far.
    let method = if status == SettlementAccountStatus::Verified { VerificationMethod::Manual } else { "".into() };
    Ok(SettlementAccount {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        account_type: row.parse("account_type")?,
        bank_name: row.get("bank_name")?,
        bank_code: String::new(),
        account_number: row.get("number_masked")?,
        account_name: row.get("account_name")?,
        swift_code: row.get("swift_code")?,
        iban: row.get("iban_masked")?,
        bank_address: String::new(),
        currency: row.get("currency")?,
        country: row.get("country")?,
        is_default: row.get("is_default")?,
        status,
        verification_method: method,
        verified_at,
        verification_data: "{}".to_owned(),
        reject_reason: row.get("reject_reason")?,
        metadata: "{}".to_owned(),
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
