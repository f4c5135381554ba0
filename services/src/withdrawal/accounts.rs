//! Bank accounts: rows and statements. Bank, names and number of an account never change, so what a withdrawal was asked
//! for is what the bank is told, however much later. The number lies here sealed, and masked beside it for everybody but the
//! bank.

use payment_clients::{
    apis::{
        ids::MerchantId,
        withdrawal::{BankAccount, BankAccountId, BankAccountStatus, CreateBankAccount, UpdateBankAccount},
    },
    contract::{
        error::{Error, Result},
        secret::SecretText,
    },
};

use super::domain;
use crate::{
    args,
    kit::{
        store::{Row, Tx, View},
        vault::{About, Column, Vault},
    },
};

/// The schema. A merchant has at most one default account.
pub const TABLES: &str = "
CREATE TABLE bank_accounts(
  id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, bank_name TEXT NOT NULL, bank_code TEXT NOT NULL,
  bank_branch TEXT NOT NULL, account_name TEXT NOT NULL, account_no TEXT NOT NULL, account_type TEXT NOT NULL,
  is_default {{int}} NOT NULL CHECK(is_default IN (0, 1)), is_verified {{int}} NOT NULL CHECK(is_verified IN (0, 1)),
  verification_doc TEXT NOT NULL, status TEXT NOT NULL CHECK(status IN ('active', 'inactive', 'suspended')),
  version {{int}} NOT NULL DEFAULT 1, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL
) {{clustered}};
CREATE INDEX bank_accounts_of ON bank_accounts(merchant_id);
CREATE UNIQUE INDEX bank_accounts_default ON bank_accounts(merchant_id) WHERE is_default = 1;";

/// What everybody but the bank sees of a number; empty while the number itself lies in clear, as it once did.
pub const MASKED: &str = "ALTER TABLE bank_accounts ADD COLUMN account_masked TEXT NOT NULL DEFAULT ''";

/// How numbers lie here.
pub const SEALED: Column = Column {
    kind: "account_no",
    select: "SELECT merchant_id AS owner, id, account_no AS sealed FROM bank_accounts
        WHERE substr(account_no, 1, length($1)) <> $1 ORDER BY id LIMIT $2",
    update: "UPDATE bank_accounts SET account_no = $2 WHERE id = $1 AND account_no = $3",
};

macro_rules! select_account {
    ($rest:literal) => {
        concat!(
            "SELECT id, merchant_id, bank_name, bank_code, bank_branch, account_name, account_masked, \
             account_type, is_default, is_verified, verification_doc, status, version, created_at, updated_at \
             FROM bank_accounts ",
            $rest
        )
    };
}

/// An account with what no answer shows.
#[derive(Clone, Debug)]
pub struct Kept {
    /// As answers show it.
    pub shown: BankAccount,
    /// How often it was changed, from 1.
    pub version: i64,
}

// === writing ===

/// Stores a new account, active and not verified.
///
/// # Errors
/// When the store fails.
pub fn insert(
    tx: &mut Tx<'_>,
    vault: &Vault,
    id: BankAccountId,
    account: &CreateBankAccount,
    now: i64,
) -> Result<BankAccount> {
    const INSERT: &str = "INSERT INTO bank_accounts(id, merchant_id, bank_name, bank_code, bank_branch, account_name,
            account_no, account_masked, account_type, is_default, is_verified, verification_doc, status, created_at,
            updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, $10, 'active', $11, $11)";
    let (merchant, text) = (account.merchant_id.to_string(), id.to_string());
    let number = account.account_no.expose();
    let sealed = seal(vault, &merchant, &text, number)?;
    tx.execute(
        INSERT,
        args![
            text,
            merchant,
            account.bank_name,
            account.bank_code,
            account.bank_branch.as_deref().unwrap_or_default(),
            account.account_name,
            sealed,
            domain::masked(number),
            account.account_type.as_str(),
            account.verification_doc.as_deref().unwrap_or_default(),
            now,
        ],
    )?;
    if account.is_default == Some(true) {
        set_default(tx, account.merchant_id, id, now)?;
    }
    Ok(require(tx, id)?.shown)
}

/// Seals the numbers that lie in clear, from before they were sealed. Returns how many.
///
/// # Errors
/// When the store fails.
pub fn seal_clear(tx: &mut Tx<'_>, vault: &Vault) -> Result<usize> {
    const CLEAR: &str = "SELECT merchant_id, id, account_no FROM bank_accounts WHERE account_masked = ''";
    const SEAL: &str = "UPDATE bank_accounts SET account_no = $2, account_masked = $3 WHERE id = $1";
    let rows: Vec<[String; 3]> = tx.all(CLEAR, &[], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?]))?;
    for [merchant, id, number] in &rows {
        tx.execute(SEAL, args![id, seal(vault, merchant, id, number)?, domain::masked(number)])?;
    }
    Ok(rows.len())
}

fn seal(vault: &Vault, owner: &str, id: &str, number: &str) -> Result<String> {
    vault.seal(About { owner, kind: SEALED.kind, id }, number.as_bytes())
}

/// Changes what was given.
///
/// # Errors
/// When the store fails.
pub fn update(tx: &mut Tx<'_>, account: &BankAccount, changes: &UpdateBankAccount, now: i64) -> Result<()> {
    const UPDATE: &str = "UPDATE bank_accounts SET bank_branch = COALESCE($2, bank_branch),
            status = COALESCE($3, status), verification_doc = COALESCE($4, verification_doc),
            is_verified = COALESCE($5, is_verified), is_default = COALESCE($6, is_default), version = version + 1,
            updated_at = $7
        WHERE id = $1";
    let status = changes.status.as_ref().map(BankAccountStatus::as_str);
    // What is not active cannot be where payouts go by default.
    let stays_active = status.is_none_or(|status| status == BankAccountStatus::Active.as_str());
    let no_default = (changes.is_default == Some(false) || !stays_active).then_some(false);
    let (branch, doc) = (changes.bank_branch.as_deref(), changes.verification_doc.as_deref());
    let id = account.id.to_string();
    tx.execute(UPDATE, args![id, branch, status, doc, changes.is_verified, no_default, now])?;
    if changes.is_default == Some(true) && stays_active {
        set_default(tx, account.merchant_id, account.id, now)?;
    }
    Ok(())
}

/// Makes an account the default one, in place of the one before it.
///
/// # Errors
/// When the store fails.
pub fn set_default(tx: &mut Tx<'_>, merchant: MerchantId, id: BankAccountId, now: i64) -> Result<()> {
    const CLEAR: &str = "UPDATE bank_accounts SET is_default = 0, version = version + 1, updated_at = $3
        WHERE merchant_id = $1 AND is_default = 1 AND id <> $2";
    const SET: &str = "UPDATE bank_accounts SET is_default = 1, version = version + 1, updated_at = $3
        WHERE merchant_id = $1 AND id = $2 AND is_default = 0";
    let (merchant, id) = (merchant.to_string(), id.to_string());
    tx.execute(CLEAR, args![merchant, id, now])?;
    tx.execute(SET, args![merchant, id, now]).map(drop)
}

// === reading ===

/// One account, which must be there.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when it is not.
pub fn require(view: &View<'_>, id: BankAccountId) -> Result<Kept> {
    let found = view.optional(select_account!("WHERE id = $1"), args![id.to_string()], read)?;
    found.ok_or_else(|| missing(id))
}

/// The whole number of an account, for the bank alone.
///
/// # Errors
/// When there is no such account, or its number does not open.
pub fn number_of(view: &View<'_>, vault: &Vault, id: BankAccountId) -> Result<SecretText> {
    const FIND: &str = "SELECT merchant_id, account_no FROM bank_accounts WHERE id = $1";
    let id = id.to_string();
    let (owner, sealed): (String, String) = view.one(FIND, args![id], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let number = vault.open(About { owner: &owner, kind: SEALED.kind, id: &id }, &sealed)?;
    str::from_utf8(number.expose()).map(SecretText::from).map_err(Error::internal)
}

/// A merchant's active accounts, the default one first, then the newest.
///
/// # Errors
/// When the store fails.
pub fn list(view: &View<'_>, merchant: MerchantId) -> Result<Vec<BankAccount>> {
    let active = select_account!(
        "WHERE merchant_id = $1 AND status = 'active' ORDER BY is_default DESC, created_at DESC, id DESC LIMIT 100"
    );
    view.all(active, args![merchant.to_string()], |row| Ok(read(row)?.shown))
}

/// The answer to a name that nobody has, as far as this caller may know.
pub fn missing(id: BankAccountId) -> Error {
    Error::not_found(format_args!("bank account {id}"))
}

fn read(row: &Row<'_>) -> Result<Kept> {
    let shown = BankAccount {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        bank_name: row.get("bank_name")?,
        bank_code: row.get("bank_code")?,
        bank_branch: row.get("bank_branch")?,
        account_name: row.get("account_name")?,
        account_no: row.get("account_masked")?,
        account_type: row.parse("account_type")?,
        is_default: row.get("is_default")?,
        is_verified: row.get("is_verified")?,
        verification_doc: row.get("verification_doc")?,
        status: row.parse("status")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    };
    Ok(Kept { shown, version: row.get("version")? })
}
