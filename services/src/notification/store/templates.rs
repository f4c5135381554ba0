//! Templates of merchants, and of the platform under the nil merchant.

use payment_clients::{
    apis::{
        ids::MerchantId,
        notification::{NotificationTemplate, TemplateCode},
    },
    contract::error::{Error, Result},
};

use super::{Scope, one};
use crate::{
    args,
    kit::store::{Row, Tx, View},
};

pub(super) const TABLE: &str = "
CREATE TABLE templates(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, code TEXT NOT NULL, name TEXT NOT NULL, kind TEXT NOT NULL,
    channel TEXT NOT NULL, subject TEXT NOT NULL, content TEXT NOT NULL, description TEXT NOT NULL,
    variables TEXT NOT NULL, is_enabled {{int}} NOT NULL CHECK(is_enabled IN(0, 1)),
    is_system {{int}} NOT NULL CHECK(is_system IN(0, 1)), extra TEXT NOT NULL, created_at {{int}} NOT NULL,
    updated_at {{int}} NOT NULL, UNIQUE(merchant_id, code)) {{strict}};";

macro_rules! select {
    ($($rest:literal),*) => {
        concat!(
            "SELECT id, merchant_id, code, name, kind, channel, subject, content, description, variables, is_enabled, \
             is_system, extra, created_at, updated_at FROM templates " $(, $rest)*
        )
    };
}

/// Keeps a new template.
///
/// # Errors
/// 409 when the merchant has one of this code.
pub fn insert(tx: &mut Tx<'_>, template: &NotificationTemplate) -> Result<()> {
    const INSERT: &str = "INSERT INTO templates(id, merchant_id, code, name, kind, channel, subject, content,
        description, variables, is_enabled, is_system, extra, created_at, updated_at)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14) ON CONFLICT DO NOTHING";
    let t = template;
    let inserted = tx.execute(
        INSERT,
        args![
            t.id.to_string(),
            t.merchant_id.to_string(),
            t.code.as_str(),
            t.name,
            t.kind.as_str(),
            t.channel.as_str(),
            t.subject,
            t.content,
            t.description,
            t.variables,
            t.is_enabled,
            t.is_system,
            t.extra,
            t.created_at,
        ],
    )?;
    if inserted == 1 { Ok(()) } else { Err(taken(&t.code)) }
}

/// Replaces a template.
///
/// # Errors
/// 409 when another one of the merchant has this code.
pub fn update(tx: &mut Tx<'_>, template: &NotificationTemplate) -> Result<()> {
    const OTHER: &str = "SELECT count(*) FROM templates WHERE merchant_id = $1 AND code = $2 AND id <> $3";
    const UPDATE: &str = "UPDATE templates SET code = $2, name = $3, kind = $4, channel = $5, subject = $6,
        content = $7, description = $8, variables = $9, is_enabled = $10, extra = $11, updated_at = $12 WHERE id = $1";
    let (t, id) = (template, template.id.to_string());
    let others: i64 = tx.one(OTHER, args![t.merchant_id.to_string(), t.code.as_str(), id], |row| row.get(0))?;
    if others > 0 {
        return Err(taken(&t.code));
    }
    let updated = tx.execute(
        UPDATE,
        args![
            id,
            t.code.as_str(),
            t.name,
            t.kind.as_str(),
            t.channel.as_str(),
            t.subject,
            t.content,
            t.description,
            t.variables,
            t.is_enabled,
            t.extra,
            t.updated_at,
        ],
    )?;
    one(updated, "template", &id)
}

/// Deletes a template, if there is one in this scope.
///
/// # Errors
/// When the statement fails.
pub fn delete(tx: &mut Tx<'_>, id: &str, scope: &Scope) -> Result<()> {
    const DELETE: &str = "DELETE FROM templates WHERE id = $1 AND ($2 IS NULL OR merchant_id = $2)";
    tx.execute(DELETE, args![id, scope]).map(drop)
}

/// One template.
///
/// # Errors
/// 404 when there is none in this scope.
pub fn require(view: &View<'_>, id: &str, scope: &Scope) -> Result<NotificationTemplate> {
    let one = select!("WHERE id = $1 AND ($2 IS NULL OR merchant_id = $2)");
    let found = view.optional(one, args![id, scope], read)?;
    found.ok_or_else(|| Error::not_found(format_args!("template {id}")))
}

/// The enabled template of a merchant, or of the platform under the nil merchant.
///
/// # Errors
/// When the statement fails.
pub fn enabled(view: &View<'_>, owner: MerchantId, code: &TemplateCode) -> Result<Option<NotificationTemplate>> {
    let one = select!("WHERE merchant_id = $1 AND code = $2 AND is_enabled = 1");
    view.optional(one, args![owner.to_string(), code.as_str()], read)
}

/// The templates of a merchant, or of the platform under the nil merchant.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, owner: MerchantId) -> Result<Vec<NotificationTemplate>> {
    view.all(select!("WHERE merchant_id = $1 ORDER BY code"), args![owner.to_string()], read)
}

fn taken(code: &TemplateCode) -> Error {
    let message = format!("there is a template {code} already; change that one, or take another code");
    Error::conflict("TEMPLATE_CODE_EXISTS", message)
}

fn read(row: &Row<'_>) -> Result<NotificationTemplate> {
    Ok(NotificationTemplate {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        code: row.get::<String>("code")?.as_str().into(),
        name: row.get("name")?,
        kind: row.parse("kind")?,
        channel: row.parse("channel")?,
        subject: row.get("subject")?,
        content: row.get("content")?,
        description: row.get("description")?,
        variables: row.get("variables")?,
        is_enabled: row.get("is_enabled")?,
        is_system: row.get("is_system")?,
        extra: row.get("extra")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
