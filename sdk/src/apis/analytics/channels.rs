//! Figures about the channels, per day and currency.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::periods::ChannelPeriod;
use crate::{
    apis::words::Channel,
    contract::{error::Result, money::Currency, timestamp::Timestamp},
    uuid_id,
};

/// Figures about the channels.
#[api(service = "analytics-service", base_path = "/api/v1/analytics", port = 40009, tier = "best_effort")]
pub trait ChannelAnalyticsApi {
    /// Answers the figures of each day, latest day first.
    #[get("/channels/metrics")]
    async fn get_channel_metrics(&self, #[query] period: &ChannelPeriod) -> Result<Vec<ChannelMetrics>>;

    /// Answers the sums over a period in one currency; zeros when nothing happened.
    #[get("/channels/summary")]
    async fn get_channel_summary(&self, #[query] period: &ChannelPeriod) -> Result<ChannelSummary>;
}

// === answers ===

/// Transactions at one channel, on one day and in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelMetrics {
    pub id: ChannelMetricsId,
    pub channel_code: Channel,
    /// A day, as midnight.
    pub date: Timestamp,
    pub total_transactions: i32,
    pub success_transactions: i32,
    pub failed_transactions: i32,
    /// Minor units.
    pub total_amount: i64,
    /// Minor units.
    pub success_amount: i64,
    /// Milliseconds.
    pub average_latency: i32,
    /// Percent 0 to 100, two decimals.
    pub success_rate: f64,
    pub currency: Currency,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Transactions at one channel over a period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelSummary {
    pub total_transactions: i32,
    pub success_transactions: i32,
    pub failed_transactions: i32,
    /// Minor units.
    pub total_amount: i64,
    /// Minor units.
    pub success_amount: i64,
    /// Milliseconds, over all transactions.
    pub average_latency: i32,
    /// Percent, unrounded.
    pub success_rate: f64,
    /// Currency of all amounts; empty when nothing happened.
    pub currency: String,
}

uuid_id! {
    /// A row of figures about a channel.
    pub struct ChannelMetricsId
}
