//! The audit log: a row of the audit's chain, and beside it what people want to read of it. Both are written in the unit
//! that does what they tell.

use std::collections::BTreeMap;

use payment_clients::{
    apis::admin::{AdminActivity, AdminId, AuditLog, AuditLogFilter, AuditLogId, AuditLogStats, Paginated, Pagination},
    contract::{
        error::{Error, Result},
        page::Page,
        secret::PersonalText,
        timestamp::Timestamp,
    },
};

use crate::{
    admin::domain,
    args,
    kit::{
        audit,
        ids::Ids,
        paging,
        store::{Row, ToValue, Tx, Value, View},
    },
};

macro_rules! select_log {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, admin_id, admin_name, action, resource, resource_id, method, path, response_code, description, at \
             FROM audit_logs " $(, $rest)*
        )
    };
}

/// The conditions of a filter, `$1` to `$8`.
macro_rules! matching {
    () => {
        "WHERE ($1 IS NULL OR admin_id = $1) AND ($2 IS NULL OR action = $2) AND ($3 IS NULL OR resource = $3) \
         AND ($4 IS NULL OR method = $4) AND ($5 IS NULL OR response_code = $5) AND ($6 IS NULL OR at >= $6) \
         AND ($7 IS NULL OR at <= $7) AND ($8 IS NULL OR $8 = '') "
    };
}

/// Who acts, by which operation, and when: what every row says.
#[derive(Clone, Debug)]
pub struct Author {
    /// Who.
    pub admin: AdminId,
    /// The name by which the log knows them, whatever becomes of them.
    pub name: String,
    /// HTTP method of the operation.
    pub method: String,
    /// Its path, with its gaps.
    pub path: String,
    /// Names rows.
    pub ids: Ids,
    /// When.
    pub now: i64,
}

/// What was done to what.
#[derive(Clone, Copy, Debug, Default)]
pub struct Act<'a> {
    /// Such as `role.created`.
    pub action: &'a str,
    /// Kind of what it was done to.
    pub resource: &'a str,
    /// Which one.
    pub id: &'a str,
    /// Its state before, of which the hash is kept. Never a secret.
    pub before: &'a str,
    /// Its state after it, likewise.
    pub after: &'a str,
    /// What people should know of it.
    pub description: &'a str,
}

impl Author {
    /// Tells of an act in the unit that does it; the row's number.
    ///
    /// # Errors
    /// When the store fails.
    pub fn tell(&self, tx: &mut Tx<'_>, act: &Act<'_>) -> Result<i64> {
        const INSERT: &str =
            "INSERT INTO audit_logs(seq, id, admin_id, admin_name, action, resource, resource_id, method,
            path, response_code, description, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 200, $10, $11)";
        let Act { action, resource, id, before, after, description } = *act;
        let (actor, target) = (domain::principal(self.admin), format!("{resource}:{id}"));
        let entry = audit::Entry { actor: &actor, action, target: &target, before, after };
        let seq = audit::append(tx, &entry, self.now)?;
        let (row, admin) = (self.ids.uuid().to_string(), self.admin.to_string());
        let values =
            args![seq, row, admin, self.name, action, resource, id, self.method, self.path, description, self.now,];
        tx.execute(INSERT, values)?;
        Ok(seq)
    }
}

// === reading ===

/// One entry.
///
/// # Errors
/// 404 when there is none.
pub fn get(view: &View<'_>, id: AuditLogId) -> Result<AuditLog> {
    let found = view.optional(select_log!("WHERE id = $1"), args![id.to_string()], log)?;
    found.ok_or_else(|| Error::not_found("the entry of the audit log"))
}

/// A page of entries, newest first.
///
/// # Errors
/// When the store fails.
pub fn list(view: &View<'_>, filter: &AuditLogFilter, page: (i64, i64)) -> Result<Paginated<AuditLog>> {
    const COUNT: &str = concat!("SELECT COUNT(*) AS total FROM audit_logs ", matching!());
    const LIST: &str = select_log!(matching!(), "ORDER BY seq DESC LIMIT $9 OFFSET $10");
    let admin = filter.admin_id.map(|id| id.to_string());
    let matching: [Value<'_>; 8] = [
        admin.to_value(),
        filter.action.to_value(),
        filter.resource.to_value(),
        filter.method.to_value(),
        filter.response_code.to_value(),
        filter.start_time.to_value(),
        filter.end_time.to_value(),
        // Callers' addresses are not known, so each is empty.
        filter.ip.to_value(),
    ];
    paging::read(view, [COUNT, LIST], &matching, page, log).map(paginated)
}

/// A page, as these lists are told: beside its elements, which one it is, and of how many.
pub fn paginated<T>(Page { list: data, total, page, page_size }: Page<T>) -> Paginated<T> {
    let total_page = total.saturating_add(page_size - 1).div_euclid(page_size.max(1));
    Paginated { data, pagination: Pagination { page, page_size, total, total_page } }
}

/// How many entries there are of each from `start` to `end`.
///
/// # Errors
/// When the store fails.
pub fn stats(view: &View<'_>, start: Timestamp, end: Timestamp) -> Result<AuditLogStats> {
    const TOTAL: &str = "SELECT COUNT(*) AS number FROM audit_logs WHERE at BETWEEN $1 AND $2";
    const ACTIONS: &str = "SELECT action AS word, COUNT(*) AS number FROM audit_logs WHERE at BETWEEN $1 AND $2
        GROUP BY action";
    const RESOURCES: &str = "SELECT resource AS word, COUNT(*) AS number FROM audit_logs WHERE at BETWEEN $1 AND $2
        GROUP BY resource";
    const TOP: &str = "SELECT admin_id, MAX(admin_name) AS admin_name, COUNT(*) AS number FROM audit_logs
        WHERE at BETWEEN $1 AND $2 GROUP BY admin_id ORDER BY COUNT(*) DESC, admin_id LIMIT 10";
    let time = args![start, end];
    let counts = |sql: &'static str| -> Result<BTreeMap<String, i64>> {
        let rows = view.all(sql, time, |row| Ok((row.get("word")?, row.get("number")?)))?;
        Ok(rows.into_iter().collect())
    };
    let total_logs: i64 = view.one(TOTAL, time, |row| row.get("number"))?;
    Ok(AuditLogStats {
        total_logs,
        action_counts: counts(ACTIONS)?,
        resource_counts: counts(RESOURCES)?,
        // What was refused was not done, so it is not here.
        response_codes: if total_logs > 0 { [("200".to_owned(), total_logs)].into() } else { BTreeMap::new() },
        top_admins: view.all(TOP, time, |row| {
            let (admin_id, admin_name) = (row.parse("admin_id")?, row.get("admin_name")?);
            Ok(AdminActivity { admin_id, admin_name, count: row.get("number")? })
        })?,
    })
}

fn log(row: &Row<'_>) -> Result<AuditLog> {
    Ok(AuditLog {
        id: row.parse("id")?,
        admin_id: row.parse("admin_id")?,
        admin_name: row.get("admin_name")?,
        action: row.get("action")?,
        resource: row.get("resource")?,
        resource_id: row.get("resource_id")?,
        method: row.get("method")?,
        path: row.get("path")?,
        ip: PersonalText::default(),
        user_agent: String::new(),
        request_body: None,
        response_code: row.get("response_code")?,
        description: row.get("description")?,
        created_at: row.get("at")?,
    })
}
