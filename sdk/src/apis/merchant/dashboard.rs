//! The dashboard: figures of other services, put together for a merchant.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{ids::MerchantId, words::Channel},
    contract::{error::Result, money::Currency},
    open_enum,
};

/// Figures for a merchant's dashboard, in one currency: `currency`, or that of the latest payment when absent.
#[api(service = "merchant-service", base_path = "/api/v1", port = 40002)]
pub trait MerchantDashboardApi {
    /// Answers the overview of the merchant who asks.
    #[get("/dashboard")]
    async fn get_dashboard(&self, currency: Option<Currency>) -> Result<Dashboard>;

    /// Answers the overview of a merchant, as `get_dashboard` does for the one who asks.
    #[get("/merchants/{id}/dashboard")]
    async fn get_merchant_dashboard(&self, id: &MerchantId, currency: Option<Currency>) -> Result<Dashboard>;

    /// Answers the sums over a period; the last 30 days when absent.
    #[get("/dashboard/transaction-summary")]
    async fn get_transaction_summary(
        &self,
        start_date: Option<&str>,
        end_date: Option<&str>,
        currency: Option<Currency>,
    ) -> Result<TransactionSummary>;

    /// Answers the balances.
    #[get("/dashboard/balance")]
    async fn get_balance_info(&self, currency: Option<Currency>) -> Result<BalanceInfo>;
}

// === answers ===

/// What a merchant sees first. What cannot be had just now is zero, empty or null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Dashboard {
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
    /// Minor units.
    pub available_balance: i64,
    /// Minor units.
    pub frozen_balance: i64,
    /// Minor units.
    pub pending_settlement: i64,
    /// Currency of all amounts; empty when there are none.
    #[serde(default)]
    pub currency: String,
    pub risk_level: MerchantRiskLevel,
    pub pending_reviews: i32,
    pub pending_withdrawals: i32,
    pub unread_notifications: i32,
    /// Oldest day first; null when it cannot be had.
    pub payment_trend: Option<Vec<DailyData>>,
}

/// Payments of one day.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DailyData {
    /// A day, such as `2025-10-24`.
    pub date: String,
    pub payments: i32,
    /// Minor units.
    pub amount: i64,
    /// Percent.
    pub success_rate: f64,
}

/// Payments and refunds over a period.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TransactionSummary {
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
    /// Currency of all amounts; empty when there are none.
    #[serde(default)]
    pub currency: String,
    pub channel_breakdown: Vec<ChannelShare>,
}

/// A channel's part in the payments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelShare {
    pub channel: Channel,
    pub payments: i32,
    /// Minor units.
    pub amount: i64,
    /// Percent.
    pub success_rate: f64,
    /// Share in the amount of all channels, in percent.
    pub percentage: f64,
}

/// What a merchant has, in one currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BalanceInfo {
    /// Currency of all amounts but those of `accounts`.
    pub currency: Currency,
    /// Minor units.
    pub available_balance: i64,
    /// Minor units.
    pub frozen_balance: i64,
    /// Minor units.
    pub total_balance: i64,
    /// Minor units.
    pub pending_settlement: i64,
    /// Minor units.
    pub in_transit: i64,
    /// Accounts of every currency.
    pub accounts: Vec<AccountBalance>,
}

/// What is on one account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AccountBalance {
    /// As accounting-service names it.
    pub account_type: String,
    /// Minor units.
    pub balance: i64,
    pub currency: Currency,
}

// === words ===

open_enum! {
    /// How risky a merchant's payments are; empty when that cannot be had.
    pub enum MerchantRiskLevel {
        /// Hardly.
        Low = "low",
        /// Somewhat.
        Medium = "medium",
        /// Very.
        High = "high",
    }
}
