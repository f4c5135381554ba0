//! Pages of the merchants, and templates. Nobody searches in either, so each is one text.

use payment_clients::{
    apis::{
        cashier::{CashierConfig, CashierTemplate, CashierTemplateId},
        ids::MerchantId,
    },
    contract::error::{Error, Result},
};

use super::{read, text};
use crate::{
    args,
    kit::store::{Tx, View},
};

pub(super) const TABLES: &str = "
CREATE TABLE pages(merchant_id TEXT PRIMARY KEY, content TEXT NOT NULL, updated_at {{int}} NOT NULL) {{strict}};
CREATE TABLE templates(
    id TEXT PRIMARY KEY, content TEXT NOT NULL, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL) {{strict}};";

/// Keeps a page in place of the one before.
///
/// # Errors
/// When the statement fails.
pub fn save(tx: &mut Tx<'_>, page: &CashierConfig) -> Result<()> {
    const SAVE: &str = "INSERT INTO pages(merchant_id, content, updated_at) VALUES($1, $2, $3)
        ON CONFLICT(merchant_id) DO UPDATE SET content = excluded.content, updated_at = excluded.updated_at";
    tx.execute(SAVE, args![page.merchant_id.to_string(), text(page)?, page.updated_at]).map(drop)
}

/// A merchant's page, if it has one.
///
/// # Errors
/// When the statement fails.
pub fn page(view: &View<'_>, owner: MerchantId) -> Result<Option<CashierConfig>> {
    const PAGE: &str = "SELECT content FROM pages WHERE merchant_id = $1";
    let found: Option<String> = view.optional(PAGE, args![owner.to_string()], |row| row.get(0))?;
    found.map(|content| read(&content)).transpose()
}

/// Deletes a merchant's page, if it has one.
///
/// # Errors
/// When the statement fails.
pub fn delete(tx: &mut Tx<'_>, owner: MerchantId) -> Result<()> {
    tx.execute("DELETE FROM pages WHERE merchant_id = $1", args![owner.to_string()]).map(drop)
}

/// Merchants that have a page.
///
/// # Errors
/// When the statement fails.
pub fn count(view: &View<'_>) -> Result<i64> {
    view.one("SELECT COUNT(*) FROM pages", &[], |row| row.get(0))
}

// === templates ===

/// Stores a new template.
///
/// # Errors
/// When the statement fails.
pub fn insert_template(tx: &mut Tx<'_>, template: &CashierTemplate) -> Result<()> {
    const INSERT: &str = "INSERT INTO templates(id, content, created_at, updated_at) VALUES($1, $2, $3, $3)";
    tx.execute(INSERT, args![template.id.to_string(), text(template)?, template.created_at]).map(drop)
}

/// Replaces a template.
///
/// # Errors
/// When the statement fails.
pub fn update_template(tx: &mut Tx<'_>, template: &CashierTemplate) -> Result<()> {
    const UPDATE: &str = "UPDATE templates SET content = $2, updated_at = $3 WHERE id = $1";
    tx.execute(UPDATE, args![template.id.to_string(), text(template)?, template.updated_at]).map(drop)
}

/// Deletes a template, if there is one of this id.
///
/// # Errors
/// When the statement fails.
pub fn delete_template(tx: &mut Tx<'_>, id: CashierTemplateId) -> Result<()> {
    tx.execute("DELETE FROM templates WHERE id = $1", args![id.to_string()]).map(drop)
}

/// One template.
///
/// # Errors
/// 404 when there is none.
pub fn require_template(view: &View<'_>, id: CashierTemplateId) -> Result<CashierTemplate> {
    const TEMPLATE: &str = "SELECT content FROM templates WHERE id = $1";
    let found: Option<String> = view.optional(TEMPLATE, args![id.to_string()], |row| row.get(0))?;
    read(&found.ok_or_else(|| Error::not_found(format_args!("template {id}")))?)
}

/// All templates, newest first.
///
/// # Errors
/// When the statement fails.
pub fn templates(view: &View<'_>) -> Result<Vec<CashierTemplate>> {
    const TEMPLATES: &str = "SELECT content FROM templates ORDER BY created_at DESC, id DESC";
    view.all(TEMPLATES, &[], |row| read(&row.get::<String>(0)?))
}
