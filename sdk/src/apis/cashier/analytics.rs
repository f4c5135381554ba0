//! Figures about checkout pages.

use std::collections::BTreeMap;

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::contract::{error::Result, timestamp::Timestamp};

/// Figures about the checkout pages.
#[api(service = "cashier-service", base_path = "/api/v1", port = 40016)]
pub trait CashierAnalyticsApi {
    /// Answers the calling merchant's figures; of the last seven days when no time is given.
    #[get("/cashier/analytics", tier = "best_effort")]
    async fn get_analytics(
        &self,
        start_time: Option<Timestamp>,
        end_time: Option<Timestamp>,
    ) -> Result<CashierAnalytics>;

    /// Answers figures over all merchants; for staff of the platform.
    #[get("/admin/cashier/stats", tier = "best_effort")]
    async fn get_platform_stats(&self) -> Result<CashierPlatformStats>;
}

/// Figures of one merchant.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CashierAnalytics {
    /// Per cent of the sessions that were completed, 0 to 100.
    pub conversion_rate: f64,
    /// How often each channel was selected.
    pub channel_stats: BTreeMap<String, i64>,
    /// Sessions opened.
    pub total_sessions: i64,
}

/// Figures over all merchants.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CashierPlatformStats {
    /// Merchants that have a configuration.
    pub total_merchants: i64,
    /// The same as `total_merchants`.
    pub active_cashiers: i64,
    /// Sessions opened.
    pub total_sessions: i64,
    /// Per cent, over the last seven days.
    pub avg_conversion_rate: f64,
    /// Since midnight UTC.
    pub total_sessions_today: i64,
    /// Since midnight UTC.
    pub completed_sessions_today: i64,
}
