//! The audit log: who did what. The service writes it; no call changes it.

use std::collections::BTreeMap;

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::{admins::AdminId, pages::Paginated};
use crate::{
    contract::{error::Result, secret::PersonalText, timestamp::Timestamp},
    uuid_id,
};

/// The audit log.
#[api(service = "admin-service", base_path = "/api/v1", port = 40001)]
pub trait AuditLogApi {
    /// Answers one entry.
    #[get("/audit-logs/{id}")]
    async fn get_audit_log(&self, id: &AuditLogId) -> Result<AuditLog>;

    /// Lists entries, newest first.
    #[get("/audit-logs", envelope = "bare")]
    async fn list_audit_logs(&self, #[query] filter: &AuditLogFilter) -> Result<Paginated<AuditLog>>;

    /// Counts the entries of a time, both ends included; of the last 7 days when none is given.
    #[get("/audit-logs/stats", envelope = "bare")]
    async fn get_audit_log_stats(
        &self,
        start_time: Option<Timestamp>,
        end_time: Option<Timestamp>,
    ) -> Result<AuditLogReport>;
}

// === requests ===

/// Which entries to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AuditLogFilter {
    /// From 1.
    pub page: Option<i64>,
    /// 1 to 100; 20 when absent.
    pub page_size: Option<i64>,
    pub admin_id: Option<AdminId>,
    /// Exact match.
    pub action: Option<String>,
    /// Exact match.
    pub resource: Option<String>,
    /// HTTP method, exact match.
    pub method: Option<String>,
    /// Exact match.
    pub ip: Option<PersonalText>,
    /// HTTP status.
    pub response_code: Option<i32>,
    /// Lower bound (inclusive) on `created_at`.
    pub start_time: Option<Timestamp>,
    /// Upper bound (inclusive) on `created_at`.
    pub end_time: Option<Timestamp>,
}

// === answers ===

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AuditLog {
    pub id: AuditLogId,
    pub admin_id: AdminId,
    pub admin_name: String,
    pub action: String,
    /// Kind of what was acted on.
    pub resource: String,
    /// Which one; of any kind.
    pub resource_id: String,
    /// HTTP method.
    pub method: String,
    pub path: String,
    pub ip: PersonalText,
    pub user_agent: String,
    /// JSON text with secrets masked; absent when empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_body: Option<String>,
    /// HTTP status.
    pub response_code: i32,
    pub description: String,
    pub created_at: Timestamp,
}

/// Figures about a time, and which time that is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AuditLogReport {
    pub data: AuditLogStats,
    pub time_range: TimeRange,
}

/// How many entries there are of each.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AuditLogStats {
    pub total_logs: i64,
    pub action_counts: BTreeMap<String, i64>,
    pub resource_counts: BTreeMap<String, i64>,
    /// Keys are HTTP statuses as text.
    pub response_codes: BTreeMap<String, i64>,
    /// Most active first.
    pub top_admins: Vec<AdminActivity>,
}

/// How active an administrator was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AdminActivity {
    pub admin_id: AdminId,
    pub admin_name: String,
    /// Entries.
    pub count: i64,
}

/// A time, both ends included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TimeRange {
    pub start_time: Timestamp,
    pub end_time: Timestamp,
}

uuid_id! {
    /// An entry of the audit log.
    pub struct AuditLogId
}
