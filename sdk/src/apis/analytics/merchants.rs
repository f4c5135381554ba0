//! Figures about orders and revenue, per merchant, day and currency.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::periods::MerchantPeriod;
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, money::Currency, timestamp::Timestamp},
    uuid_id,
};

/// Figures about orders and revenue.
#[api(service = "analytics-service", base_path = "/api/v1/analytics", port = 40009, tier = "best_effort")]
pub trait MerchantAnalyticsApi {
    /// Answers the figures of each day, latest day first.
    #[get("/merchants/metrics")]
    async fn get_merchant_metrics(&self, #[query] period: &MerchantPeriod) -> Result<Vec<MerchantMetrics>>;

    /// Answers the sums over a period in one currency; zeros when nothing happened.
    #[get("/merchants/summary")]
    async fn get_merchant_summary(&self, #[query] period: &MerchantPeriod) -> Result<MerchantSummary>;
}

// === answers ===

/// Orders and revenue of one merchant, day and currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MerchantMetrics {
    pub id: MerchantMetricsId,
    pub merchant_id: MerchantId,
    /// A day, as midnight.
    pub date: Timestamp,
    pub total_orders: i32,
    pub completed_orders: i32,
    pub cancelled_orders: i32,
    /// Minor units.
    pub total_revenue: i64,
    /// Minor units.
    pub total_fees: i64,
    /// Minor units.
    pub net_revenue: i64,
    pub new_customers: i32,
    pub returning_customers: i32,
    pub currency: Currency,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Orders and revenue of one merchant over a period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MerchantSummary {
    pub total_orders: i32,
    pub completed_orders: i32,
    pub cancelled_orders: i32,
    /// Minor units.
    pub total_revenue: i64,
    /// Minor units.
    pub total_fees: i64,
    /// Minor units.
    pub net_revenue: i64,
    pub new_customers: i32,
    pub returning_customers: i32,
    /// Percent, unrounded.
    pub completion_rate: f64,
    /// Currency of all amounts; empty when nothing happened.
    pub currency: String,
}

uuid_id! {
    /// A row of figures about orders and revenue.
    pub struct MerchantMetricsId
}
