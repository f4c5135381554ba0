//! Counters that are kept as events arrive.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{ids::MerchantId, words::JsonObject},
    contract::{error::Result, timestamp::Timestamp},
    uuid_id,
};

/// Counters of what is happening.
#[api(service = "analytics-service", base_path = "/api/v1/analytics", port = 40009, tier = "best_effort")]
pub trait RealtimeAnalyticsApi {
    /// Lists counters, newest first.
    #[get("/realtime/stats")]
    async fn get_realtime_stats(&self, #[query] filter: &RealtimeFilter) -> Result<Vec<RealtimeStats>>;
}

// === requests ===

/// Which counters to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RealtimeFilter {
    /// Exact match.
    pub merchant_id: Option<MerchantId>,
    /// Exact match.
    pub stat_type: Option<String>,
    /// Exact match.
    pub stat_key: Option<String>,
    /// Exact match.
    pub period: Option<String>,
}

// === answers ===

/// A counter of one merchant, or of the platform.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RealtimeStats {
    pub id: RealtimeStatsId,
    /// Absent for counters of the whole platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    pub stat_type: String,
    pub stat_key: String,
    pub stat_value: i64,
    /// Absent when empty.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub additional_data: Option<JsonObject>,
    pub period: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

uuid_id! {
    /// A counter.
    pub struct RealtimeStatsId
}
