//! Where merchants hear of events. Secrets are sealed; an answer shows their last four characters.

use payment_clients::{
    apis::notification::{EventType, WebhookEndpoint},
    contract::error::{Error, Result},
};

use super::{Scope, one};
use crate::{
    args,
    kit::{
        store::{Row, Tx, View},
        vault,
    },
};

pub(super) const TABLE: &str = "
CREATE TABLE endpoints(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, name TEXT NOT NULL, url TEXT NOT NULL, secret TEXT NOT NULL,
    masked TEXT NOT NULL, events TEXT NOT NULL, is_enabled {{int}} NOT NULL CHECK(is_enabled IN(0, 1)),
    version TEXT NOT NULL, timeout {{int}} NOT NULL, max_retry {{int}} NOT NULL, description TEXT NOT NULL,
    extra TEXT NOT NULL, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL) {{strict}};
CREATE INDEX endpoints_of_merchant ON endpoints(merchant_id, created_at);";

/// How secrets lie here.
pub const SECRETS: vault::Column = vault::Column {
    kind: "webhook_secret",
    select: "SELECT merchant_id AS owner, id, secret AS sealed FROM endpoints
        WHERE substr(secret, 1, length($1)) <> $1 LIMIT $2",
    update: "UPDATE endpoints SET secret = $2 WHERE id = $1 AND secret = $3",
};

macro_rules! select {
    ($($rest:literal),*) => {
        concat!(
            "SELECT id, merchant_id, name, url, secret, masked, events, is_enabled, version, timeout, max_retry, \
             description, extra, created_at, updated_at FROM endpoints " $(, $rest)*
        )
    };
}

/// Keeps a new endpoint, its secret masked, and the secret sealed.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, endpoint: &WebhookEndpoint, sealed: &str) -> Result<()> {
    const INSERT: &str = "INSERT INTO endpoints(id, merchant_id, name, url, secret, masked, events, is_enabled,
        version, timeout, max_retry, description, extra, created_at, updated_at)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $14)";
    let e = endpoint;
    tx.execute(
        INSERT,
        args![
            e.id.to_string(),
            e.merchant_id.to_string(),
            e.name,
            e.url,
            sealed,
            e.secret.expose(),
            e.events,
            e.is_enabled,
            e.version,
            e.timeout,
            e.max_retry,
            e.description,
            e.extra,
            e.created_at,
        ],
    )
    .map(drop)
}

/// Replaces an endpoint, and its secret where there is a new one.
///
/// # Errors
/// When the statement fails.
pub fn update(tx: &mut Tx<'_>, endpoint: &WebhookEndpoint, sealed: Option<&str>) -> Result<()> {
    const UPDATE: &str = "UPDATE endpoints SET name = $2, url = $3, secret = COALESCE($4, secret), masked = $5,
        events = $6, is_enabled = $7, version = $8, timeout = $9, max_retry = $10, description = $11, extra = $12,
        updated_at = $13 WHERE id = $1";
    let (e, id) = (endpoint, endpoint.id.to_string());
    one(
        tx.execute(
            UPDATE,
            args![
                id,
                e.name,
                e.url,
                sealed,
                e.secret.expose(),
                e.events,
                e.is_enabled,
                e.version,
                e.timeout,
                e.max_retry,
                e.description,
                e.extra,
                e.updated_at,
            ],
        )?,
        "endpoint",
        &id,
    )
}

/// Deletes an endpoint. False when there is none in this scope.
///
/// # Errors
/// When the statement fails.
pub fn delete(tx: &mut Tx<'_>, id: &str, scope: &Scope) -> Result<bool> {
    const DELETE: &str = "DELETE FROM endpoints WHERE id = $1 AND ($2 IS NULL OR merchant_id = $2)";
    Ok(tx.execute(DELETE, args![id, scope])? == 1)
}

/// One endpoint.
///
/// # Errors
/// 404 when there is none in this scope.
pub fn require(view: &View<'_>, id: &str, scope: &Scope) -> Result<WebhookEndpoint> {
    let one = select!("WHERE id = $1 AND ($2 IS NULL OR merchant_id = $2)");
    let found = view.optional(one, args![id, scope], read)?;
    found.ok_or_else(|| Error::not_found(format_args!("webhook endpoint {id}")))
}

/// One endpoint with its sealed secret, to be called.
///
/// # Errors
/// When the statement fails.
pub fn to_call(view: &View<'_>, id: &str) -> Result<Option<(WebhookEndpoint, String)>> {
    view.optional(select!("WHERE id = $1"), args![id], |row| Ok((read(row)?, row.get("secret")?)))
}

/// Endpoints in this scope, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, scope: &Scope) -> Result<Vec<WebhookEndpoint>> {
    view.all(select!("WHERE ($1 IS NULL OR merchant_id = $1) ORDER BY created_at DESC, id DESC"), args![scope], read)
}

/// The enabled endpoints of a merchant that ask for an event.
///
/// # Errors
/// When the statement fails.
pub fn subscribed(view: &View<'_>, owner: &str, event: &EventType) -> Result<Vec<WebhookEndpoint>> {
    let enabled = select!("WHERE merchant_id = $1 AND is_enabled = 1 ORDER BY created_at, id");
    let mut endpoints = view.all(enabled, args![owner], read)?;
    endpoints.retain(|endpoint| {
        // Checked when it was kept; an empty list asks for nothing.
        let events: Vec<String> = serde_json::from_str(&endpoint.events).unwrap_or_default();
        events.iter().any(|asked| asked == "*" || asked == event.as_str())
    });
    Ok(endpoints)
}

fn read(row: &Row<'_>) -> Result<WebhookEndpoint> {
    Ok(WebhookEndpoint {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        name: row.get("name")?,
        url: row.get("url")?,
        secret: row.get::<String>("masked")?.into(),
        events: row.get("events")?,
        is_enabled: row.get("is_enabled")?,
        version: row.get("version")?,
        timeout: row.get("timeout")?,
        max_retry: row.get("max_retry")?,
        description: row.get("description")?,
        extra: row.get("extra")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
