//! Feature flags.

use payment_clients::{
    apis::config_service::{FeatureFlag, FeatureFlagFilter, FeatureFlagId, FlagConditions, FlagKey},
    contract::{
        error::{Error, Result},
        page::Page,
    },
};

use crate::{
    args,
    kit::{
        paging,
        store::{Row, Tx, View},
    },
};

macro_rules! select_flag {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, flag_key, flag_name, description, enabled, environment, conditions, percentage, created_by, \
             updated_by, created_at, updated_at FROM flags WHERE deleted_at IS NULL "
            $(, $rest)*
        )
    };
}

// === writing ===

/// Stores a new flag.
///
/// # Errors
/// `FLAG_EXISTS` when its key is or was another's.
pub fn insert(tx: &mut Tx<'_>, flag: &FeatureFlag) -> Result<()> {
    let stored = tx.execute(
        "INSERT INTO flags(id, flag_key, flag_name, description, enabled, environment, conditions, percentage,
            created_by, updated_by, created_at, updated_at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11) ON CONFLICT(flag_key) DO NOTHING",
        args![
            flag.id.to_string(),
            flag.flag_key.as_str(),
            flag.flag_name,
            flag.description,
            flag.enabled,
            flag.environment,
            json(flag.conditions.as_ref())?,
            flag.percentage,
            flag.created_by,
            flag.updated_by,
            flag.created_at,
        ],
    )?;
    if stored == 1 {
        return Ok(());
    }
    let message = format!("there is or was a flag `{}`; change it, or take another key", flag.flag_key);
    Err(Error::conflict("FLAG_EXISTS", message))
}

/// Stores a flag as it is now.
///
/// # Errors
/// When the statement fails.
pub fn update(tx: &mut Tx<'_>, flag: &FeatureFlag) -> Result<()> {
    tx.execute(
        "UPDATE flags SET flag_name = $2, description = $3, enabled = $4, conditions = $5, percentage = $6,
            updated_by = $7, updated_at = $8 WHERE id = $1",
        args![
            flag.id.to_string(),
            flag.flag_name,
            flag.description,
            flag.enabled,
            json(flag.conditions.as_ref())?,
            flag.percentage,
            flag.updated_by,
            flag.updated_at,
        ],
    )
    .map(drop)
}

/// Deletes a flag, and tells its environment if it was there.
///
/// # Errors
/// When the statement fails.
pub fn delete(tx: &mut Tx<'_>, id: &FeatureFlagId, now: i64) -> Result<Option<String>> {
    let sql = "UPDATE flags SET deleted_at = $2 WHERE id = $1 AND deleted_at IS NULL RETURNING environment";
    tx.optional(sql, args![id.to_string(), now], |row| row.get(0))
}

// === reading ===

/// One flag, if it is there.
///
/// # Errors
/// When the statement fails.
pub fn find(view: &View<'_>, key: &FlagKey) -> Result<Option<FeatureFlag>> {
    view.optional(select_flag!("AND flag_key = $1"), args![key.as_str()], flag)
}

/// One flag.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when there is no such flag.
pub fn require(view: &View<'_>, key: &FlagKey) -> Result<FeatureFlag> {
    find(view, key)?.ok_or_else(|| Error::not_found(format_args!("flag {key}")))
}

/// All flags of an environment.
///
/// # Errors
/// When the statement fails.
pub fn all(view: &View<'_>, environment: &str) -> Result<Vec<FeatureFlag>> {
    view.all(select_flag!("AND environment = $1"), args![environment], flag)
}

/// One page of the flags that a filter lets through, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, filter: &FeatureFlagFilter, page: i64, page_size: i64) -> Result<Page<FeatureFlag>> {
    macro_rules! matching {
        () => {
            "AND ($1 IS NULL OR environment = $1) "
        };
    }
    let count = concat!("SELECT COUNT(*) FROM flags WHERE deleted_at IS NULL ", matching!());
    let newest = select_flag!(matching!(), "ORDER BY created_at DESC, id DESC LIMIT $2 OFFSET $3");
    paging::read(view, [count, newest], args![filter.environment], (page, page_size), flag)
}

fn flag(row: &Row<'_>) -> Result<FeatureFlag> {
    let conditions: Option<String> = row.get(6)?;
    Ok(FeatureFlag {
        id: row.parse(0)?,
        flag_key: row.parse(1)?,
        flag_name: row.get(2)?,
        description: row.get(3)?,
        enabled: row.get(4)?,
        environment: row.get(5)?,
        conditions: conditions.map(|text| serde_json::from_str(&text)).transpose().map_err(Error::internal)?,
        percentage: row.get(7)?,
        created_by: row.get(8)?,
        updated_by: row.get(9)?,
        created_at: row.get(10)?,
        updated_at: row.get(11)?,
    })
}

fn json(conditions: Option<&FlagConditions>) -> Result<Option<String>> {
    conditions.map(serde_json::to_string).transpose().map_err(Error::internal)
}
