//! Figures about payments, per merchant, day and currency.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::periods::MerchantPeriod;
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, money::Currency, timestamp::Timestamp},
    uuid_id,
};

/// Figures about payments.
#[api(service = "analytics-service", base_path = "/api/v1/analytics", port = 40009, tier = "best_effort")]
pub trait PaymentAnalyticsApi {
    /// Answers the figures of each day, latest day first.
    #[get("/payments/metrics")]
    async fn get_payment_metrics(&self, #[query] period: &MerchantPeriod) -> Result<Vec<PaymentMetrics>>;

    /// Answers the sums over a period in one currency; zeros when nothing happened.
    #[get("/payments/summary")]
    async fn get_payment_summary(&self, #[query] period: &MerchantPeriod) -> Result<PaymentSummary>;
}

// === answers ===

/// Payments of one merchant, day and currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PaymentMetrics {
    pub id: PaymentMetricsId,
    pub merchant_id: MerchantId,
    /// A day, as midnight.
    pub date: Timestamp,
    pub total_payments: i32,
    pub success_payments: i32,
    pub failed_payments: i32,
    /// Minor units.
    pub total_amount: i64,
    /// Minor units.
    pub success_amount: i64,
    pub total_refunds: i32,
    /// Minor units.
    pub total_refund_amount: i64,
    pub currency: Currency,
    /// Percent 0 to 100, two decimals.
    pub success_rate: f64,
    /// `total_amount` divided by `total_payments`, rounded down.
    pub average_amount: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Payments of one merchant over a period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PaymentSummary {
    pub total_payments: i32,
    pub success_payments: i32,
    pub failed_payments: i32,
    /// Minor units.
    pub total_amount: i64,
    /// Minor units.
    pub success_amount: i64,
    pub total_refunds: i32,
    /// Minor units.
    pub total_refund_amount: i64,
    /// Percent, unrounded.
    pub success_rate: f64,
    /// Minor units.
    pub average_amount: i64,
    /// Currency of all amounts; empty when nothing happened.
    pub currency: String,
}

uuid_id! {
    /// A row of figures about payments.
    pub struct PaymentMetricsId
}
