//! Merchants.

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::{Merchant, MerchantFilter, MerchantKycStatus, MerchantStatus},
    },
    contract::{
        error::{Error, Result},
        page::Page,
    },
};

use super::{api_keys, channels, missing, one, step};
use crate::{
    args,
    kit::{
        paging,
        password::Hash,
        store::{Row, Tx, View},
    },
    merchant::domain::merchants,
};

/// An address is taken for good: a merchant that was deleted keeps its row.
pub(super) const TABLE: &str = "
CREATE TABLE merchants(
    id TEXT PRIMARY KEY, email TEXT NOT NULL UNIQUE CHECK(length(email) BETWEEN 3 AND 254),
    password_hash TEXT NOT NULL, name TEXT NOT NULL, phone TEXT NOT NULL, company_name TEXT NOT NULL,
    business_type TEXT NOT NULL CHECK(business_type IN('individual','company')), country TEXT NOT NULL,
    website TEXT NOT NULL, metadata TEXT NOT NULL,
    status TEXT NOT NULL DEFAULT 'pending' CHECK(status IN('pending','active','suspended','rejected')),
    kyc_status TEXT NOT NULL DEFAULT 'pending' CHECK(kyc_status IN('pending','verified','rejected')),
    version {{int}} NOT NULL DEFAULT 0, deleted_at {{int}}, created_at {{int}} NOT NULL,
    updated_at {{int}} NOT NULL) {{strict}};
CREATE INDEX merchants_by_age ON merchants(created_at);";

/// Takes the status one step.
pub const STATUS: &str = step!("merchants", "status");

/// Takes what was found about the papers one step.
pub const KYC: &str = step!("merchants", "kyc_status");

macro_rules! select {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, email, name, phone, company_name, business_type, country, website, metadata, status, \
             kyc_status, created_at, updated_at FROM merchants " $(, $rest)*
        )
    };
}

/// Stores a new merchant.
///
/// # Errors
/// 409 when its e-mail address is taken.
pub fn insert(tx: &mut Tx<'_>, merchant: &Merchant, password: &Hash) -> Result<()> {
    let inserted = tx.execute(
        "INSERT INTO merchants(id, email, password_hash, name, phone, company_name, business_type, country, website,
            metadata, created_at, updated_at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) ON CONFLICT DO NOTHING",
        args![
            merchant.id.to_string(),
            merchant.email,
            password.expose(),
            merchant.name,
            merchant.phone,
            merchant.company_name,
            merchant.business_type.as_str(),
            merchant.country,
            merchant.website,
            merchant.metadata,
            merchant.created_at,
        ],
    )?;
    if inserted == 1 {
        return Ok(());
    }
    Err(Error::conflict("EMAIL_TAKEN", "`email` belongs to a merchant; log in, or take another address"))
}

/// Writes what can be changed of a merchant.
///
/// # Errors
/// When the statement fails.
pub fn update(tx: &mut Tx<'_>, merchant: &Merchant) -> Result<()> {
    let updated = tx.execute(
        "UPDATE merchants SET name = $2, phone = $3, company_name = $4, business_type = $5, country = $6, website = $7,
            metadata = $8, updated_at = $9 WHERE id = $1",
        args![
            merchant.id.to_string(),
            merchant.name,
            merchant.phone,
            merchant.company_name,
            merchant.business_type.as_str(),
            merchant.country,
            merchant.website,
            merchant.metadata,
            merchant.updated_at,
        ],
    )?;
    one(updated, "merchant", merchant.id)
}

/// Deletes a merchant for everybody who looks for it.
///
/// # Errors
/// When the statement fails.
pub fn delete(tx: &mut Tx<'_>, id: MerchantId, now: i64) -> Result<()> {
    const DELETE: &str = "UPDATE merchants SET deleted_at = $2, updated_at = $2 WHERE id = $1 AND deleted_at IS NULL";
    let deleted = tx.execute(DELETE, args![id.to_string(), now])?;
    one(deleted, "merchant", id)
}

/// One merchant, without its keys and channels.
///
/// # Errors
/// 404 when there is none.
pub fn require(view: &View<'_>, id: MerchantId) -> Result<Merchant> {
    let found = view.optional(select!("WHERE id = $1 AND deleted_at IS NULL"), args![id.to_string()], read)?;
    found.ok_or_else(|| missing("merchant", id))
}

/// One merchant with its keys and channels, their secrets masked.
///
/// # Errors
/// 404 when there is none.
pub fn whole(view: &View<'_>, id: MerchantId) -> Result<Merchant> {
    let merchant = require(view, id)?;
    let (api_keys, channel_configs) = (api_keys::list(view, id, None)?, channels::list(view, id)?);
    Ok(Merchant { api_keys, channel_configs, ..merchant })
}

/// The merchant of an address.
///
/// # Errors
/// When the statement fails.
pub fn of_email(view: &View<'_>, email: &str) -> Result<Option<MerchantId>> {
    const FIND: &str = "SELECT id FROM merchants WHERE email = $1 AND deleted_at IS NULL";
    view.optional(FIND, args![email], |row| row.parse(0))
}

/// The hash of a merchant's password.
///
/// # Errors
/// 404 when there is no such merchant.
pub fn password(view: &View<'_>, id: MerchantId) -> Result<Hash> {
    const FIND: &str = "SELECT password_hash FROM merchants WHERE id = $1 AND deleted_at IS NULL";
    let found = view.optional(FIND, args![id.to_string()], |row| row.get::<String>(0))?;
    found.map(Hash::from).ok_or_else(|| missing("merchant", id))
}

/// Replaces the hash of a merchant's password, if it is still `old` where that is given.
///
/// # Errors
/// When the statement fails.
pub fn set_password(tx: &mut Tx<'_>, id: MerchantId, old: Option<&Hash>, new: &Hash, now: i64) -> Result<bool> {
    let replaced = tx.execute(
        "UPDATE merchants SET password_hash = $3, updated_at = $4
         WHERE id = $1 AND deleted_at IS NULL AND ($2 IS NULL OR password_hash = $2)",
        args![id.to_string(), old.map(Hash::expose), new.expose(), now],
    )?;
    Ok(replaced == 1)
}

/// One page of the merchants that a filter lets through, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, filter: &MerchantFilter, page: i64, page_size: i64) -> Result<Page<Merchant>> {
    macro_rules! matching {
        () => {
            "WHERE deleted_at IS NULL AND ($1 IS NULL OR status = $1) AND ($2 IS NULL OR kyc_status = $2) \
             AND ($3 IS NULL OR LOWER(name) LIKE $3 ESCAPE '!' OR email LIKE $3 ESCAPE '!' \
             OR LOWER(company_name) LIKE $3 ESCAPE '!')"
        };
    }
    let status = filter.status.as_ref().map(MerchantStatus::as_str);
    let kyc_status = filter.kyc_status.as_ref().map(MerchantKycStatus::as_str);
    let keyword = filter.keyword.as_deref().filter(|keyword| !keyword.is_empty()).map(part);
    let matching = args![status, kyc_status, keyword];
    let count = concat!("SELECT count(*) FROM merchants ", matching!());
    let newest = select!(matching!(), " ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5");
    paging::read(view, [count, newest], matching, (page, page_size), read)
}

/// The pattern of texts that contain this one, whatever it is made of.
fn part(keyword: &str) -> String {
    let mut pattern = String::from("%");
    for character in keyword.to_lowercase().chars() {
        if matches!(character, '%' | '_' | '!') {
            pattern.push('!');
        }
        pattern.push(character);
    }
    pattern + "%"
}

fn read(row: &Row<'_>) -> Result<Merchant> {
    let (status, kyc_status) = (row.parse("status")?, row.parse("kyc_status")?);
    Ok(Merchant {
        id: row.parse("id")?,
        name: row.get("name")?,
        email: row.get("email")?,
        phone: row.get("phone")?,
        company_name: row.get("company_name")?,
        business_type: row.parse("business_type")?,
        country: row.get("country")?,
        website: row.get("website")?,
        is_test_mode: !merchants::is_live(&status, &kyc_status),
        status,
        kyc_status,
        metadata: row.get("metadata")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
        api_keys: Vec::new(),
        channel_configs: Vec::new(),
    })
}
