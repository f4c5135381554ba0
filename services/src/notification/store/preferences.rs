//! What merchants, and people at them, want to hear of and what not.

use payment_clients::{
    apis::notification::{DeliveryChannel, EventType, NotificationPreference, UserId},
    contract::error::{Error, Result},
};

use super::{Scope, one};
use crate::{
    args,
    kit::store::{Row, Tx, View},
};

pub(super) const TABLE: &str = "
CREATE TABLE preferences(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, user_id TEXT NOT NULL, channel TEXT NOT NULL,
    event_type TEXT NOT NULL, is_enabled {{int}} NOT NULL CHECK(is_enabled IN(0, 1)), description TEXT NOT NULL,
    extra TEXT NOT NULL, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL) {{strict}};
CREATE INDEX preferences_of_merchant ON preferences(merchant_id, channel, event_type);";

macro_rules! select {
    ($($rest:literal),*) => {
        concat!(
            "SELECT id, merchant_id, user_id, channel, event_type, is_enabled, description, extra, created_at, \
             updated_at FROM preferences " $(, $rest)*
        )
    };
}

/// Keeps a new preference.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, preference: &NotificationPreference) -> Result<()> {
    const INSERT: &str = "INSERT INTO preferences(id, merchant_id, user_id, channel, event_type, is_enabled,
        description, extra, created_at, updated_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)";
    let p = preference;
    tx.execute(
        INSERT,
        args![
            p.id.to_string(),
            p.merchant_id.to_string(),
            p.user_id.to_string(),
            p.channel.as_str(),
            p.event_type.as_str(),
            p.is_enabled,
            p.description,
            p.extra,
            p.created_at,
        ],
    )
    .map(drop)
}

/// Replaces a preference.
///
/// # Errors
/// When the statement fails.
pub fn update(tx: &mut Tx<'_>, preference: &NotificationPreference) -> Result<()> {
    const UPDATE: &str = "UPDATE preferences SET user_id = $2, channel = $3, event_type = $4, is_enabled = $5,
        description = $6, extra = $7, updated_at = $8 WHERE id = $1";
    let (p, id) = (preference, preference.id.to_string());
    one(
        tx.execute(
            UPDATE,
            args![
                id,
                p.user_id.to_string(),
                p.channel.as_str(),
                p.event_type.as_str(),
                p.is_enabled,
                p.description,
                p.extra,
                p.updated_at,
            ],
        )?,
        "preference",
        &id,
    )
}

/// Deletes a preference, if there is one in this scope.
///
/// # Errors
/// When the statement fails.
pub fn delete(tx: &mut Tx<'_>, id: &str, scope: &Scope) -> Result<()> {
    const DELETE: &str = "DELETE FROM preferences WHERE id = $1 AND ($2 IS NULL OR merchant_id = $2)";
    tx.execute(DELETE, args![id, scope]).map(drop)
}

/// One preference.
///
/// # Errors
/// 404 when there is none in this scope.
pub fn require(view: &View<'_>, id: &str, scope: &Scope) -> Result<NotificationPreference> {
    let one = select!("WHERE id = $1 AND ($2 IS NULL OR merchant_id = $2)");
    let found = view.optional(one, args![id, scope], read)?;
    found.ok_or_else(|| Error::not_found(format_args!("preference {id}")))
}

/// Preferences in this scope, newest first; of one person where one is named.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, scope: &Scope, user: Option<UserId>) -> Result<Vec<NotificationPreference>> {
    let newest = select!(
        "WHERE ($1 IS NULL OR merchant_id = $1) AND ($2 IS NULL OR user_id = $2) ORDER BY created_at DESC, id DESC"
    );
    view.all(newest, args![scope, user.map(|id| id.to_string())], read)
}

/// What a merchant has said of an event and a way: for everybody, and by the person where one is named.
///
/// # Errors
/// When the statement fails.
pub fn about(
    view: &View<'_>,
    owner: &str,
    channel: &DeliveryChannel,
    event: &EventType,
    user: Option<UserId>,
) -> Result<Vec<NotificationPreference>> {
    let everybody = UserId::default();
    let said = select!(
        "WHERE merchant_id = $1 AND channel = $2 AND event_type = $3 AND user_id IN($4, $5) ORDER BY created_at, id"
    );
    let users = [everybody, user.unwrap_or(everybody)].map(|id| id.to_string());
    view.all(said, args![owner, channel.as_str(), event.as_str(), users[0], users[1]], read)
}

fn read(row: &Row<'_>) -> Result<NotificationPreference> {
    Ok(NotificationPreference {
        id: row.parse("id")?,
        user_id: row.parse("user_id")?,
        merchant_id: row.parse("merchant_id")?,
        channel: row.parse("channel")?,
        event_type: row.parse("event_type")?,
        is_enabled: row.get("is_enabled")?,
        description: row.get("description")?,
        extra: row.get("extra")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
