//! Channels of the merchants, their settings sealed.

use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant_config::{ChannelConfig, ChannelConfigId},
        words::Channel,
    },
    contract::{
        error::{Error, Result},
        secret::SecretText,
    },
};

use super::{missing, one};
use crate::{
    args,
    kit::{
        store::{Row, Tx, View},
        vault,
    },
};

pub(super) const TABLE: &str = "
CREATE TABLE channels(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, channel TEXT NOT NULL, settings TEXT NOT NULL,
    settings_masked TEXT NOT NULL, is_enabled {{int}} NOT NULL DEFAULT 0 CHECK(is_enabled IN(0, 1)),
    is_test_mode {{int}} NOT NULL CHECK(is_test_mode IN(0, 1)), created_at {{int}} NOT NULL,
    updated_at {{int}} NOT NULL, UNIQUE(merchant_id, channel)) {{strict}};";

/// How settings lie here.
pub const SETTINGS: vault::Column = vault::Column {
    kind: "channel_config",
    select: "SELECT merchant_id AS owner, id, settings AS sealed FROM channels
        WHERE substr(settings, 1, length($1)) <> $1 LIMIT $2",
    update: "UPDATE channels SET settings = $2 WHERE id = $1 AND settings = $3",
};

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, merchant_id, channel, settings_masked, is_enabled, is_test_mode, created_at, updated_at \
             FROM channels ",
            $rest
        )
    };
}

/// Stores a new channel.
///
/// # Errors
/// 409 when the merchant has it.
pub fn insert(tx: &mut Tx<'_>, channel: &ChannelConfig, sealed: &str) -> Result<()> {
    let inserted = tx.execute(
        "INSERT INTO channels(id, merchant_id, channel, settings, settings_masked, is_test_mode, created_at, updated_at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING",
        args![
            channel.id.to_string(),
            channel.merchant_id.to_string(),
            channel.channel.as_str(),
            sealed,
            channel.config.expose(),
            channel.is_test_mode,
            channel.created_at,
        ],
    )?;
    if inserted == 1 {
        return Ok(());
    }
    let message = format!("the merchant has set {} up; change that", channel.channel);
    Err(Error::conflict("CHANNEL_EXISTS", message))
}

/// Writes what can be changed of a channel; the sealed settings where they are others.
///
/// # Errors
/// When the statement fails.
pub fn update(tx: &mut Tx<'_>, channel: &ChannelConfig, sealed: Option<&str>) -> Result<()> {
    let updated = tx.execute(
        "UPDATE channels SET settings = COALESCE($2, settings), settings_masked = $3, is_enabled = $4,
            is_test_mode = $5, updated_at = $6 WHERE id = $1",
        args![
            channel.id.to_string(),
            sealed,
            channel.config.expose(),
            channel.is_enabled,
            channel.is_test_mode,
            channel.updated_at,
        ],
    )?;
    one(updated, "channel", channel.id)
}

/// Deletes a channel.
///
/// # Errors
/// When the statement fails.
pub fn delete(tx: &mut Tx<'_>, id: ChannelConfigId) -> Result<()> {
    let deleted = tx.execute("DELETE FROM channels WHERE id = $1", args![id.to_string()])?;
    one(deleted, "channel", id)
}

/// One channel, if there is one of this id.
///
/// # Errors
/// When the statement fails.
pub fn find(view: &View<'_>, id: ChannelConfigId) -> Result<Option<ChannelConfig>> {
    view.optional(select!("WHERE id = $1"), args![id.to_string()], read)
}

/// A merchant's settings for one channel.
///
/// # Errors
/// 404 when there are none.
pub fn of(view: &View<'_>, owner: MerchantId, channel: &Channel) -> Result<ChannelConfig> {
    let sql = select!("WHERE merchant_id = $1 AND channel = $2");
    let found = view.optional(sql, args![owner.to_string(), channel.as_str()], read)?;
    found.ok_or_else(|| missing("channel", channel))
}

/// A merchant's channels, by channel.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, owner: MerchantId) -> Result<Vec<ChannelConfig>> {
    view.all(select!("WHERE merchant_id = $1 ORDER BY channel"), args![owner.to_string()], read)
}

fn read(row: &Row<'_>) -> Result<ChannelConfig> {
    Ok(ChannelConfig {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        channel: row.parse("channel")?,
        config: row.get::<String>("settings_masked").map(SecretText::from)?,
        is_enabled: row.get("is_enabled")?,
        is_test_mode: row.get("is_test_mode")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
