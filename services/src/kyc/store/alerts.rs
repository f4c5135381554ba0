//! Alerts: one for each document and severity.

use payment_clients::{
    apis::{
        ids::OperatorId,
        kyc::{AlertFilter, AlertPage, AlertSeverity, AlertStatus, AlertType, KycAlert, KycAlertId, KycDocumentId},
    },
    contract::{error::Result, page::Page},
};

use super::{Scope, documents::reviewer, missing, of, one, step};
use crate::{
    args,
    kit::{
        paging,
        store::{Row, Tx, View},
    },
};

pub(super) const TABLE: &str = "
CREATE TABLE alerts(
    id TEXT PRIMARY KEY, merchant_id TEXT NOT NULL, document_id TEXT NOT NULL REFERENCES documents(id),
    alert_type TEXT NOT NULL CHECK(alert_type IN('expiry','suspicious','limit_exceeded')),
    severity TEXT NOT NULL CHECK(severity IN('low','medium','high','critical')), title TEXT NOT NULL,
    description TEXT NOT NULL, status TEXT NOT NULL DEFAULT 'open' CHECK(status IN('open','resolved')),
    resolved_by TEXT, resolved_at {{int}}, version {{int}} NOT NULL DEFAULT 0, created_at {{int}} NOT NULL,
    updated_at {{int}} NOT NULL, UNIQUE(document_id, severity),
    CHECK(status = 'open' OR resolved_by IS NOT NULL), CHECK((resolved_by IS NULL) = (resolved_at IS NULL))) {{strict}};
CREATE INDEX alerts_of_merchant ON alerts(merchant_id, created_at);
CREATE INDEX alerts_by_age ON alerts(created_at);";

/// Takes an alert one step.
pub const STATUS: &str = step!("alerts");

macro_rules! select {
    ($($rest:expr),*) => {
        concat!(
            "SELECT id, merchant_id, alert_type, severity, title, description, status, resolved_by, resolved_at, \
             created_at, updated_at FROM alerts " $(, $rest)*
        )
    };
}

/// Stores a new alert about a document; one that is there already is enough.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, alert: &KycAlert, about: KycDocumentId) -> Result<()> {
    const INSERT: &str = "INSERT INTO alerts(id, merchant_id, document_id, alert_type, severity, title, description,
            created_at, updated_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT DO NOTHING";
    let (id, merchant, document) = (alert.id.to_string(), alert.merchant_id.to_string(), about.to_string());
    let (kind, severity) = (alert.alert_type.as_str(), alert.severity.as_str());
    let KycAlert { title, description, created_at, .. } = alert;
    tx.execute(INSERT, args![id, merchant, document, kind, severity, title, description, created_at]).map(drop)
}

/// Writes who has looked, in the unit that then takes the step.
///
/// # Errors
/// When the statement fails.
pub fn resolve(tx: &mut Tx<'_>, id: KycAlertId, by: OperatorId, now: i64) -> Result<()> {
    const RESOLVE: &str = "UPDATE alerts SET resolved_by = $2, resolved_at = $3 WHERE id = $1";
    let resolved = tx.execute(RESOLVE, args![id.to_string(), by.to_string(), now])?;
    one(resolved, "alert", id)
}

/// One alert.
///
/// # Errors
/// 404 when there is none.
pub fn require(view: &View<'_>, id: KycAlertId) -> Result<KycAlert> {
    let found = view.optional(select!("WHERE id = $1"), args![id.to_string()], read)?;
    found.ok_or_else(|| missing("alert", id))
}

/// One page of the alerts that a filter lets through, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, scope: Scope, filter: &AlertFilter, page: (i64, i64)) -> Result<AlertPage> {
    macro_rules! matching {
        () => {
            "WHERE ($1 IS NULL OR merchant_id = $1) AND ($2 IS NULL OR alert_type = $2) \
             AND ($3 IS NULL OR severity = $3) AND ($4 IS NULL OR status = $4)"
        };
    }
    let (merchant, kind) = (of(scope), filter.alert_type.as_ref().map(AlertType::as_str));
    let severity = filter.severity.as_ref().map(AlertSeverity::as_str);
    let status = filter.status.as_ref().map(AlertStatus::as_str);
    let matching = args![merchant, kind, severity, status];
    let count = concat!("SELECT COUNT(*) FROM alerts ", matching!());
    let newest = select!(matching!(), " ORDER BY created_at DESC, id DESC LIMIT $5 OFFSET $6");
    let Page { list, total, page, page_size } = paging::read(view, [count, newest], matching, page, read)?;
    Ok(AlertPage { alerts: list, total, page, page_size })
}

fn read(row: &Row<'_>) -> Result<KycAlert> {
    Ok(KycAlert {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        alert_type: row.parse("alert_type")?,
        severity: row.parse("severity")?,
        title: row.get("title")?,
        description: row.get("description")?,
        status: row.parse("status")?,
        resolved_by: reviewer(row, "resolved_by")?,
        resolved_at: row.get("resolved_at")?,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
