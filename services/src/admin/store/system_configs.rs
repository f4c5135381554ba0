//! Settings of the platform. A value may be a credential, so it lies here sealed, bound to its setting.

use payment_clients::{
    apis::admin::{Paginated, SystemConfig, SystemConfigCategory, SystemConfigId, SystemConfigKey},
    contract::{
        error::{Error, Result},
        secret::SecretText,
    },
};

use super::audit_logs::{Act, Author, paginated};
use crate::{
    args,
    kit::{
        paging,
        store::{Row, Tx, View},
        vault::{About, Column, Vault},
    },
};

/// What values are sealed as.
const KIND: &str = "system_config";
/// Whose they are: the platform's.
const OWNER: &str = "platform";

/// The column of sealed values.
pub const SEALED: Column = Column {
    kind: KIND,
    select: "SELECT 'platform' AS owner, id, sealed FROM system_configs
        WHERE substr(sealed, 1, length($1)) <> $1 ORDER BY id LIMIT $2",
    update: "UPDATE system_configs SET sealed = $2 WHERE id = $1 AND sealed = $3",
};

macro_rules! select_config {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, name, sealed, value_type, category, description, is_public, updated_by, created_at, updated_at \
             FROM system_configs WHERE deleted_at IS NULL " $(, $rest)*
        )
    };
}

// === reading ===

/// One setting.
///
/// # Errors
/// 404 when there is none.
pub fn get(view: &View<'_>, vault: &Vault, id: SystemConfigId) -> Result<SystemConfig> {
    let found = view.optional(select_config!("AND id = $1"), args![id.to_string()], |row| config(row, vault))?;
    found.ok_or_else(missing)
}

/// One setting by its key.
///
/// # Errors
/// 404 when there is none.
pub fn by_key(view: &View<'_>, vault: &Vault, key: &SystemConfigKey) -> Result<SystemConfig> {
    let found = view.optional(select_config!("AND name = $1"), args![key.as_str()], |row| config(row, vault))?;
    found.ok_or_else(missing)
}

/// A page of settings, by category and key.
///
/// # Errors
/// When the store fails.
pub fn list(
    view: &View<'_>,
    vault: &Vault,
    category: Option<&SystemConfigCategory>,
    page: (i64, i64),
) -> Result<Paginated<SystemConfig>> {
    const COUNT: &str = "SELECT COUNT(*) AS total FROM system_configs
        WHERE deleted_at IS NULL AND ($1 IS NULL OR category = $1)";
    const LIST: &str = select_config!("AND ($1 IS NULL OR category = $1) ORDER BY category, name LIMIT $2 OFFSET $3");
    let category = category.map(SystemConfigCategory::as_str);
    paging::read(view, [COUNT, LIST], args![category], page, |row| config(row, vault)).map(paginated)
}

/// All settings, by category and key.
///
/// # Errors
/// When the store fails.
pub fn all(view: &View<'_>, vault: &Vault) -> Result<Vec<SystemConfig>> {
    view.all(select_config!("ORDER BY category, name"), &[], |row| config(row, vault))
}

fn config(row: &Row<'_>, vault: &Vault) -> Result<SystemConfig> {
    let (id, sealed): (String, String) = (row.get("id")?, row.get("sealed")?);
    let opened = vault.open(about(&id), &sealed)?;
    let value = str::from_utf8(opened.expose()).map_err(Error::internal)?;
    Ok(SystemConfig {
        id: row.parse("id")?,
        key: row.parse("name")?,
        value: SecretText::from(value),
        value_type: row.parse("value_type")?,
        category: row.parse("category")?,
        description: row.get("description")?,
        is_public: row.get("is_public")?,
        updated_by: row.parse("updated_by")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}

const fn about(id: &str) -> About<'_> {
    About { owner: OWNER, kind: KIND, id }
}

fn missing() -> Error {
    Error::not_found("the setting")
}

// === writing ===

/// Stores a new setting.
///
/// # Errors
/// 409 when the key is, or was, another's.
pub fn insert(tx: &mut Tx<'_>, author: &Author, vault: &Vault, config: &SystemConfig) -> Result<()> {
    const INSERT: &str = "INSERT INTO system_configs(id, name, sealed, value_type, category, description, is_public,
            updated_by, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT (name) DO NOTHING";
    let (id, by) = (config.id.to_string(), config.updated_by.to_string());
    let sealed = vault.seal(about(&id), config.value.expose().as_bytes())?;
    if tx.execute(
        INSERT,
        args![
            id,
            config.key.as_str(),
            sealed,
            config.value_type.as_str(),
            config.category.as_str(),
            config.description,
            config.is_public,
            by,
            config.created_at,
        ],
    )? == 0
    {
        return Err(taken(&config.key));
    }
    tell(tx, author, "config.created", config)
}

/// Stores a setting as it is now.
///
/// # Errors
/// 409 when its new key is, or was, another's.
pub fn update(tx: &mut Tx<'_>, author: &Author, vault: &Vault, config: &SystemConfig) -> Result<()> {
    const TAKEN: &str = "SELECT 1 AS one FROM system_configs WHERE name = $1 AND id <> $2";
    const UPDATE: &str = "UPDATE system_configs SET name = $2, sealed = $3, value_type = $4, category = $5,
        description = $6, is_public = $7, updated_by = $8, updated_at = $9 WHERE id = $1 AND deleted_at IS NULL";
    let (id, by) = (config.id.to_string(), config.updated_by.to_string());
    if tx.optional(TAKEN, args![config.key.as_str(), id], |_| Ok(()))?.is_some() {
        return Err(taken(&config.key));
    }
    let sealed = vault.seal(about(&id), config.value.expose().as_bytes())?;
    tx.execute(
        UPDATE,
        args![
            id,
            config.key.as_str(),
            sealed,
            config.value_type.as_str(),
            config.category.as_str(),
            config.description,
            config.is_public,
            by,
            config.updated_at,
        ],
    )?;
    tell(tx, author, "config.updated", config)
}

/// Deletes a setting; one that is not there is deleted already. Its value is forgotten, its key stays taken.
///
/// # Errors
/// When the store fails.
pub fn delete(tx: &mut Tx<'_>, author: &Author, vault: &Vault, id: SystemConfigId) -> Result<()> {
    const DELETE: &str = "UPDATE system_configs SET deleted_at = $2, sealed = $3 WHERE id = $1 AND deleted_at IS NULL";
    let name = id.to_string();
    let nothing = vault.seal(about(&name), b"")?;
    if tx.execute(DELETE, args![name, author.now, nothing])? == 0 {
        return Ok(());
    }
    let act = Act { action: "config.deleted", resource: "config", id: &name, ..Act::default() };
    author.tell(tx, &act).map(drop)
}

/// Tells of a change. Of the value nothing, not even the hash, which can be guessed at.
fn tell(tx: &mut Tx<'_>, author: &Author, action: &str, config: &SystemConfig) -> Result<()> {
    let id = config.id.to_string();
    let act = Act { action, resource: "config", id: &id, description: config.key.as_str(), ..Act::default() };
    author.tell(tx, &act).map(drop)
}

fn taken(key: &SystemConfigKey) -> Error {
    Error::conflict("CONFIG_EXISTS", format!("there is or was a setting `{key}`; change it, or take another key"))
}
