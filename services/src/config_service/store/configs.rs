//! Entries, and what they were before.

use std::collections::BTreeMap;

use payment_clients::{
    apis::config_service::{ChangeType, Config, ConfigFilter, ConfigHistory, ConfigHistoryId, ConfigId},
    contract::{
        error::{Error, Result},
        page::Page,
        secret::SecretText,
        timestamp::Timestamp,
    },
};

use super::super::domain::EVERYBODY;
use crate::{
    args,
    kit::{
        paging,
        store::{Row, Tx, View},
        vault::Column,
    },
};

macro_rules! select_config {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, service_name, config_key, config_value, value_type, environment, description, is_encrypted, \
             version, created_by, updated_by, created_at, updated_at FROM configs WHERE deleted_at IS NULL "
            $(, $rest)*
        )
    };
}

/// Whose sealed values are.
pub const OWNER: &str = "config-service";
/// What they are sealed as.
pub const KIND: &str = "value";

/// The columns of sealed values. A value of the history is its entry's: the same sealed text is what it was then, wherever
/// it stands.
pub const SEALED: &[Column] = &[
    Column {
        kind: KIND,
        select: "SELECT 'config-service' AS owner, id, config_value AS sealed FROM configs
            WHERE is_encrypted = 1 AND substr(config_value, 1, length($1)) <> $1 ORDER BY id LIMIT $2",
        update: "UPDATE configs SET config_value = $2 WHERE id = $1 AND config_value = $3",
    },
    Column {
        kind: KIND,
        select: "SELECT 'config-service' AS owner, h.config_id AS id, h.old_value AS sealed
            FROM config_history h JOIN configs c ON c.id = h.config_id AND c.is_encrypted = 1
            WHERE h.old_value <> '' AND substr(h.old_value, 1, length($1)) <> $1
            ORDER BY h.config_id, h.number LIMIT $2",
        update: "UPDATE config_history SET old_value = $2 WHERE config_id = $1 AND old_value = $3",
    },
    Column {
        kind: KIND,
        select: "SELECT 'config-service' AS owner, h.config_id AS id, h.new_value AS sealed
            FROM config_history h JOIN configs c ON c.id = h.config_id AND c.is_encrypted = 1
            WHERE h.new_value <> '' AND substr(h.new_value, 1, length($1)) <> $1
            ORDER BY h.config_id, h.number LIMIT $2",
        update: "UPDATE config_history SET new_value = $2 WHERE config_id = $1 AND new_value = $3",
    },
];

/// A change to be noted.
#[derive(Debug)]
pub struct Change<'a> {
    /// Its id.
    pub id: ConfigHistoryId,
    /// What happened.
    pub kind: ChangeType,
    /// The value before, as it was kept.
    pub old_value: &'a str,
    /// The version before.
    pub version: i32,
    /// Who did it, and on whose behalf.
    pub by: &'a str,
    /// Why.
    pub reason: &'a str,
}

/// A value as it is kept.
#[derive(Debug)]
pub struct Stored {
    /// Its entry.
    pub id: String,
    /// What it is called.
    pub key: String,
    /// In clear, or not.
    pub value: String,
    /// Which of the two.
    pub is_encrypted: bool,
}

// === writing ===

/// Stores a new entry.
///
/// # Errors
/// `CONFIG_EXISTS` when the service has one of this key in the environment.
pub fn insert(tx: &mut Tx<'_>, config: &Config) -> Result<()> {
    let stored = tx.execute(
        "INSERT INTO configs(id, service_name, config_key, config_value, value_type, environment, description,
            is_encrypted, version, created_by, updated_by, created_at, updated_at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
         ON CONFLICT(service_name, environment, config_key) WHERE deleted_at IS NULL DO NOTHING",
        args![
            config.id.to_string(),
            config.service_name.as_str(),
            config.config_key.as_str(),
            config.config_value.expose(),
            config.value_type,
            config.environment,
            config.description,
            config.is_encrypted,
            config.version,
            config.created_by,
            config.updated_by,
            config.created_at,
        ],
    )?;
    if stored == 1 {
        return Ok(());
    }
    let Config { service_name, config_key, environment, .. } = config;
    let message = format!("{service_name} has `{config_key}` in {environment} already; change it by its id");
    Err(Error::conflict("CONFIG_EXISTS", message))
}

/// Stores an entry as it is now, if it is still at `version`.
///
/// # Errors
/// When it is not.
pub fn update(tx: &mut Tx<'_>, config: &Config, version: i32) -> Result<()> {
    let stored = tx.execute(
        "UPDATE configs SET config_value = $3, description = $4, version = $5, updated_by = $6, updated_at = $7
         WHERE id = $1 AND version = $2 AND deleted_at IS NULL",
        args![
            config.id.to_string(),
            version,
            config.config_value.expose(),
            config.description,
            config.version,
            config.updated_by,
            config.updated_at,
        ],
    )?;
    if stored == 1 { Ok(()) } else { Err(missing(&config.id)) }
}

/// Deletes an entry; its history stays.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when there is no such entry.
pub fn delete(tx: &mut Tx<'_>, id: &ConfigId, now: i64) -> Result<()> {
    let sql = "UPDATE configs SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL";
    if tx.execute(sql, args![id.to_string(), now])? == 1 { Ok(()) } else { Err(missing(id)) }
}

/// Notes a change of an entry.
///
/// # Errors
/// When the statement fails.
pub fn note(tx: &mut Tx<'_>, config: &Config, change: &Change<'_>, now: i64) -> Result<()> {
    tx.execute(
        "INSERT INTO config_history(config_id, number, id, old_value, new_value, version, changed_by, change_type,
            change_reason, created_at)
         SELECT $1, COALESCE(MAX(number), 0) + 1, $2, $3, $4, $5, $6, $7, $8, $9 FROM config_history
         WHERE config_id = $1",
        args![
            config.id.to_string(),
            change.id.to_string(),
            change.old_value,
            config.config_value.expose(),
            change.version,
            change.by,
            change.kind.as_str(),
            change.reason,
            now,
        ],
    )
    .map(drop)
}

// === reading ===

/// One entry, as it is kept.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when there is no such entry.
pub fn require(view: &View<'_>, id: &ConfigId) -> Result<Config> {
    let found = view.optional(select_config!("AND id = $1"), args![id.to_string()], config)?;
    found.ok_or_else(|| missing(id))
}

/// The value that an entry had at a version, as it was kept; every change away from a version notes it.
///
/// # Errors
/// When the statement fails.
pub fn value_at(view: &View<'_>, config: &Config, version: i32) -> Result<Option<String>> {
    if version == config.version {
        return Ok(Some(config.config_value.expose().to_owned()));
    }
    let read =
        "SELECT old_value FROM config_history WHERE config_id = $1 AND version = $2 ORDER BY number DESC LIMIT 1";
    view.optional(read, args![config.id.to_string(), version], |row| row.get(0))
}

/// The changes of an entry, newest first.
///
/// # Errors
/// When the statement fails.
pub fn history(view: &View<'_>, id: &ConfigId, limit: i32) -> Result<Vec<ConfigHistory>> {
    view.all(
        "SELECT h.id, h.config_id, c.service_name, c.config_key, h.old_value, h.new_value, h.version, h.changed_by,
            h.change_type, h.change_reason, h.created_at
         FROM config_history h JOIN configs c ON c.id = h.config_id
         WHERE h.config_id = $1 ORDER BY h.number DESC LIMIT $2",
        args![id.to_string(), limit],
        |row| {
            Ok(ConfigHistory {
                id: row.parse(0)?,
                config_id: row.parse(1)?,
                service_name: row.parse(2)?,
                config_key: row.parse(3)?,
                old_value: row.get::<String>(4)?.into(),
                new_value: row.get::<String>(5)?.into(),
                version: row.get(6)?,
                changed_by: row.get(7)?,
                change_type: row.parse(8)?,
                change_reason: row.get(9)?,
                created_at: row.get(10)?,
            })
        },
    )
}

/// One page of the entries that a filter lets through, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, filter: &ConfigFilter, page: i64, page_size: i64) -> Result<Page<Config>> {
    macro_rules! matching {
        () => {
            "AND ($1 IS NULL OR service_name = $1) AND ($2 IS NULL OR environment = $2) \
             AND ($3 IS NULL OR LOWER(config_key) LIKE $3 ESCAPE '!') "
        };
    }
    let service = filter.service_name.as_ref().map(|name| name.as_str());
    let part = filter.config_key.as_deref().map(|part| {
        let part = part.to_lowercase().replace('!', "!!").replace('%', "!%").replace('_', "!_");
        format!("%{part}%")
    });
    let count = concat!("SELECT COUNT(*) FROM configs WHERE deleted_at IS NULL ", matching!());
    let newest = select_config!(matching!(), "ORDER BY created_at DESC, id DESC LIMIT $4 OFFSET $5");
    paging::read(view, [count, newest], args![service, filter.environment, part], (page, page_size), config)
}

/// The values that hold for a service, by key: its own, and those for everybody that it has no own for.
///
/// # Errors
/// When the statement fails.
pub fn of_service(view: &View<'_>, service: &str, environment: &str) -> Result<Vec<Stored>> {
    let found = view.all(
        "SELECT id, config_key, config_value, is_encrypted, service_name FROM configs
         WHERE deleted_at IS NULL AND environment = $1 AND service_name IN($2, $3)",
        args![environment, service, EVERYBODY],
        |row| {
            let stored = Stored { id: row.get(0)?, key: row.get(1)?, value: row.get(2)?, is_encrypted: row.get(3)? };
            Ok((row.get::<String>(4)? == service, stored))
        },
    )?;
    let (own, shared): (Vec<_>, Vec<_>) = found.into_iter().partition(|(is_own, _)| *is_own);
    let in_order = shared.into_iter().chain(own).map(|(_, stored)| (stored.key.clone(), stored));
    Ok(in_order.collect::<BTreeMap<_, _>>().into_values().collect())
}

fn config(row: &Row<'_>) -> Result<Config> {
    Ok(Config {
        id: row.parse(0)?,
        service_name: row.parse(1)?,
        config_key: row.parse(2)?,
        config_value: SecretText::from(row.get::<String>(3)?),
        value_type: row.get(4)?,
        environment: row.get(5)?,
        description: row.get(6)?,
        is_encrypted: row.get(7)?,
        version: row.get(8)?,
        created_by: row.get(9)?,
        updated_by: row.get(10)?,
        created_at: row.get::<Timestamp>(11)?,
        updated_at: row.get(12)?,
    })
}

fn missing(id: &ConfigId) -> Error {
    Error::not_found(format_args!("entry {id}"))
}
