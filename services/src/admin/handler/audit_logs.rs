//! The audit log. It is read here, and written where things are done.

use async_trait::async_trait;
use payment_clients::{
    apis::admin::{AuditLog, AuditLogApi, AuditLogFilter, AuditLogId, AuditLogReport, Paginated, TimeRange},
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
};

use super::AdminService;
use crate::{
    admin::store::audit_logs,
    kit::{paging, store::View, text},
};

/// Milliseconds that are counted when nobody says which.
const WEEK: i64 = 7 * 24 * 3600 * 1000;

#[async_trait]
impl AuditLogApi for AdminService {
    async fn get_audit_log(&self, id: &AuditLogId) -> Result<AuditLog> {
        let id = *id;
        self.store.read(move |view| audit_logs::get(view, id)).await
    }

    async fn list_audit_logs(&self, filter: &AuditLogFilter) -> Result<Paginated<AuditLog>> {
        text::all_at_most([
            ("action", filter.action.as_deref(), 255),
            ("resource", filter.resource.as_deref(), 255),
            ("method", filter.method.as_deref(), 255),
            ("ip", filter.ip.as_deref(), 255),
        ])?;
        let page = paging::of(filter.page, filter.page_size)?;
        let filter = filter.clone();
        self.store.read(move |view| audit_logs::list(view, &filter, page)).await
    }

    async fn get_audit_log_stats(
        &self,
        start_time: Option<Timestamp>,
        end_time: Option<Timestamp>,
    ) -> Result<AuditLogReport> {
        let end_time = end_time.unwrap_or_else(|| self.clock.timestamp());
        let before = Timestamp::from_unix_ms(end_time.unix_ms().saturating_sub(WEEK));
        let start_time = start_time.unwrap_or(before);
        if start_time > end_time {
            return Err(Error::invalid_input("start_time", "must not be after `end_time`"));
        }
        let unit = move |view: &View<'_>| audit_logs::stats(view, start_time, end_time);
        let data = self.store.read(unit).await?;
        Ok(AuditLogReport { data, time_range: TimeRange { start_time, end_time } })
    }
}
