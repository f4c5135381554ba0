//! Alerts: what somebody should look at.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::ids::{MerchantId, OperatorId},
    contract::{error::Result, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Alerts about the merchants.
#[api(service = "kyc-service", base_path = "/api/v1", port = 40015)]
pub trait KycAlertApi {
    /// Lists alerts, newest first.
    #[get("/alerts")]
    async fn list_alerts(&self, #[query] filter: &AlertFilter) -> Result<AlertPage>;

    /// Marks an alert resolved.
    // Idempotent: a repeat finds it so.
    #[post("/alerts/{id}/resolve", idempotent)]
    async fn resolve_alert(&self, id: &KycAlertId, resolution: &ResolveAlert) -> Result<AlertReceipt>;
}

// === requests ===

/// Which alerts to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AlertFilter {
    pub merchant_id: Option<MerchantId>,
    pub alert_type: Option<AlertType>,
    pub severity: Option<AlertSeverity>,
    pub status: Option<AlertStatus>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

/// Who has looked at an alert.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ResolveAlert {
    /// The caller; anybody else is refused.
    pub resolver_id: OperatorId,
}

// === answers ===

/// One page of alerts.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AlertPage {
    pub alerts: Vec<KycAlert>,
    /// Alerts over all pages.
    pub total: i64,
    pub page: i64,
    pub page_size: i64,
}

/// An alert as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct KycAlert {
    pub id: KycAlertId,
    pub merchant_id: MerchantId,
    pub alert_type: AlertType,
    pub severity: AlertSeverity,
    pub title: String,
    pub description: String,
    pub status: AlertStatus,
    pub resolved_by: Option<OperatorId>,
    pub resolved_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// That an alert is resolved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AlertReceipt {
    /// Text for people.
    pub message: String,
}

// === ids and words ===

uuid_id! {
    /// An alert.
    pub struct KycAlertId
}

open_enum! {
    /// What an alert is about.
    pub enum AlertType {
        /// A document runs out.
        Expiry = "expiry",
        /// Something looks wrong.
        Suspicious = "suspicious",
        /// A merchant moves more than its level allows.
        LimitExceeded = "limit_exceeded",
    }
}

open_enum! {
    /// How much an alert matters.
    pub enum AlertSeverity {
        /// It can wait.
        Low = "low",
        /// Soon.
        Medium = "medium",
        /// Today.
        High = "high",
        /// Now.
        Critical = "critical",
    }
}

open_enum! {
    /// How far an alert has come.
    pub enum AlertStatus {
        /// Nobody has looked.
        Open = "open",
        /// Somebody is looking.
        Acknowledged = "acknowledged",
        /// Done with.
        Resolved = "resolved",
    }
}
