//! Rules.

use payment_clients::{
    apis::{
        risk::{RiskRule, RuleFilter, RuleStatus, RuleType, UpdateRule},
        words::JsonObject,
    },
    contract::{
        error::{Error, Result},
        page::Page,
    },
};

use crate::{
    args,
    kit::{
        configuration::{Rule, RuleConditions},
        paging,
        store::{Row, Tx, View},
    },
    risk::domain,
};

macro_rules! columns {
    () => {
        "id, rule_name, rule_type, priority, conditions, actions, status, description, created_at, updated_at"
    };
}

// === writing ===

/// Stores a new rule.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, rule: &RiskRule) -> Result<()> {
    tx.execute(
        "INSERT INTO rules(id, rule_name, rule_type, priority, conditions, actions, status, description, created_at,
            updated_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)",
        args![
            rule.id.to_string(),
            rule.rule_name,
            rule.rule_type.as_str(),
            rule.priority,
            json(rule.conditions.as_ref())?.unwrap_or_default(),
            json(rule.actions.as_ref())?.unwrap_or_default(),
            rule.status.as_str(),
            rule.description,
            rule.created_at,
        ],
    )
    .map(drop)
}

/// Changes what is given of a rule.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when there is no such rule.
pub fn update(tx: &mut Tx<'_>, id: &str, changes: &UpdateRule, now: i64) -> Result<RiskRule> {
    let (conditions, actions) = (json(changes.conditions.as_ref())?, json(changes.actions.as_ref())?);
    let changed = tx.optional(
        concat!(
            "UPDATE rules SET rule_name = COALESCE($2, rule_name), conditions = COALESCE($3, conditions), \
             actions = COALESCE($4, actions), priority = COALESCE($5, priority), \
             description = COALESCE($6, description), updated_at = $7 WHERE id = $1 RETURNING ",
            columns!()
        ),
        args![id, changes.rule_name, conditions, actions, changes.priority, changes.description, now],
        rule,
    )?;
    changed.ok_or_else(|| missing(id))
}

/// Sets whether checks evaluate a rule.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when there is no such rule.
pub fn set_status(tx: &mut Tx<'_>, id: &str, status: &RuleStatus, now: i64) -> Result<()> {
    // A repeat changes nothing, not even the time.
    let sql =
        "UPDATE rules SET updated_at = CASE status WHEN $2 THEN updated_at ELSE $3 END, status = $2 WHERE id = $1";
    if tx.execute(sql, args![id, status.as_str(), now])? == 1 { Ok(()) } else { Err(missing(id)) }
}

/// Deletes a rule, if it is there.
///
/// # Errors
/// When the statement fails.
pub fn delete(tx: &mut Tx<'_>, id: &str) -> Result<()> {
    tx.execute("DELETE FROM rules WHERE id = $1", args![id]).map(drop)
}

// === reading ===

/// The rules that checks evaluate, highest priority first, the oldest first among equals.
///
/// # Errors
/// When the statement fails, or a stored rule cannot be read.
pub fn active(view: &View<'_>) -> Result<Vec<Rule>> {
    view.all(
        "SELECT rule_name, conditions, actions, priority FROM rules WHERE status = 'active' ORDER BY priority DESC, created_at, id",
        &[],
        |row| {
            let broken = |error: Error| Error::internal(format!("a stored rule cannot be read: {error}"));
            let conditions = RuleConditions::read(&object(row, 1)?).map_err(broken)?;
            let decision = domain::decision(&object(row, 2)?).map_err(broken)?;
            Ok(Rule { name: row.get(0)?, priority: row.get(3)?, conditions, decision })
        },
    )
}

/// One rule.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when there is no such rule.
pub fn require(view: &View<'_>, id: &str) -> Result<RiskRule> {
    let sql = concat!("SELECT ", columns!(), " FROM rules WHERE id = $1");
    view.optional(sql, args![id], rule)?.ok_or_else(|| missing(id))
}

/// One page of the rules that a filter lets through, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, filter: &RuleFilter, page: i64, page_size: i64) -> Result<Page<RiskRule>> {
    macro_rules! matching {
        () => {
            " FROM rules WHERE ($1 IS NULL OR rule_type = $1) AND ($2 IS NULL OR status = $2)"
        };
    }
    let rule_type = filter.rule_type.as_ref().map(RuleType::as_str);
    let status = filter.status.as_ref().map(RuleStatus::as_str);
    let matching = args![rule_type, status];
    let count = concat!("SELECT COUNT(*)", matching!());
    let newest = concat!("SELECT ", columns!(), matching!(), " ORDER BY created_at DESC, id DESC LIMIT $3 OFFSET $4");
    paging::read(view, [count, newest], matching, (page, page_size), rule)
}

fn rule(row: &Row<'_>) -> Result<RiskRule> {
    Ok(RiskRule {
        id: row.parse(0)?,
        rule_name: row.get(1)?,
        rule_type: row.parse(2)?,
        priority: row.get(3)?,
        conditions: Some(object(row, 4)?),
        actions: Some(object(row, 5)?),
        status: row.parse(6)?,
        description: row.get(7)?,
        created_at: row.get(8)?,
        updated_at: row.get(9)?,
    })
}

fn object(row: &Row<'_>, column: usize) -> Result<JsonObject> {
    serde_json::from_str(&row.get::<String>(column)?).map_err(Error::internal)
}

fn json(object: Option<&JsonObject>) -> Result<Option<String>> {
    object.map(|object| serde_json::to_string(object).map_err(Error::internal)).transpose()
}

fn missing(id: &str) -> Error {
    Error::not_found(format_args!("rule {id}"))
}
