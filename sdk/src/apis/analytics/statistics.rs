//! The figures of a merchant's dashboard, ready to show.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{ids::MerchantId, words::Channel},
    contract::{error::Result, money::Currency},
};

/// Figures for a merchant's dashboard.
#[api(service = "analytics-service", base_path = "/api/v1/statistics", port = 40009, tier = "best_effort")]
pub trait MerchantStatisticsApi {
    /// Answers today's figures, this month's, and the trend of the last days.
    ///
    /// Amounts are of one currency: `currency`, or when absent that of the latest day.
    #[get("/merchant/{merchant_id}")]
    async fn get_merchant_statistics(
        &self,
        merchant_id: &MerchantId,
        currency: Option<Currency>,
    ) -> Result<MerchantStatistics>;

    /// Answers the sums over a period and the channels' shares in them.
    ///
    /// Days and currency are meant as in [`MerchantPeriod`](super::MerchantPeriod).
    #[get("/merchant/{merchant_id}/summary")]
    async fn get_transaction_summary(
        &self,
        merchant_id: &MerchantId,
        start_date: Option<&str>,
        end_date: Option<&str>,
        currency: Option<Currency>,
    ) -> Result<MerchantTransactions>;
}

/// A merchant's payments today, this month and day by day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MerchantStatistics {
    pub today_payments: i32,
    /// Minor units.
    pub today_amount: i64,
    /// Percent.
    pub today_success_rate: f64,
    pub month_payments: i32,
    /// Minor units.
    pub month_amount: i64,
    /// Percent.
    pub month_success_rate: f64,
    /// Currency of all amounts; empty when nothing happened.
    pub currency: String,
    /// Oldest day first.
    pub payment_trend: Vec<PaymentTrend>,
}

/// A merchant's payments of one day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PaymentTrend {
    /// A day, such as `2025-10-24`.
    pub date: String,
    pub payments: i32,
    /// Minor units.
    pub amount: i64,
    /// Percent.
    pub success_rate: f64,
}

/// A merchant's payments and refunds over a period.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct MerchantTransactions {
    pub total_payments: i32,
    pub success_payments: i32,
    pub failed_payments: i32,
    /// Minor units.
    pub total_amount: i64,
    /// Minor units.
    pub success_amount: i64,
    /// Percent.
    pub success_rate: f64,
    /// Minor units.
    pub average_amount: i64,
    pub total_refunds: i32,
    /// Minor units.
    pub total_refund_amount: i64,
    /// Refunds per hundred successful payments.
    pub refund_rate: f64,
    /// Currency of all amounts; empty when nothing happened.
    pub currency: String,
    pub channel_breakdown: Vec<ChannelBreakdown>,
}

/// A channel's part in a merchant's payments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelBreakdown {
    pub channel: Channel,
    pub payments: i32,
    /// Minor units.
    pub amount: i64,
    /// Percent.
    pub success_rate: f64,
    /// Share in the amount of all channels, in percent.
    pub percentage: f64,
}
