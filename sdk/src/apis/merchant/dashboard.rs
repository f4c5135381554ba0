//! The dashboard: figures of other services, put together for a merchant.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{
        ids::MerchantId,
        words::{Channel, PartState},
    },
    contract::{error::Result, money::Currency, timestamp::Timestamp},
    open_enum,
};

/// Figures for a merchant's dashboard, in one currency: `currency`, or that of the latest payment when absent.
#[api(service = "merchant-service", base_path = "/api/v1", port = 40002)]
pub trait MerchantDashboardApi {
    /// Answers the overview of the merchant who asks, within a second, whoever of those who know the parts is away.
    #[get("/dashboard")]
    async fn get_dashboard(&self, currency: Option<Currency>) -> Result<Dashboard>;

    /// Answers the overview of a merchant, as `get_dashboard` does for the one who asks.
    #[get("/merchants/{id}/dashboard")]
    async fn get_merchant_dashboard(&self, id: &MerchantId, currency: Option<Currency>) -> Result<Dashboard>;

    /// Answers the sums over a period; the last 30 days when absent. Without `currency` that of its latest day holds.
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

/// What a merchant sees first. What is not known is null; `parts` says of each figure how far it can be trusted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Dashboard {
    /// Part `statistics`, as the next five and `payment_trend`.
    pub today_payments: Option<i32>,
    /// Minor units.
    pub today_amount: Option<i64>,
    /// Percent.
    pub today_success_rate: Option<f64>,
    pub month_payments: Option<i32>,
    /// Minor units.
    pub month_amount: Option<i64>,
    /// Percent.
    pub month_success_rate: Option<f64>,
    /// Part `balance`, as the next. Minor units.
    pub available_balance: Option<i64>,
    /// Minor units.
    pub frozen_balance: Option<i64>,
    /// Part `settlements`: what settlements would pay that are not decided or not paid out yet. Minor units.
    pub pending_settlement: Option<i64>,
    /// Currency of all amounts, which are null without one: none was asked for, and no payment is known.
    pub currency: Option<Currency>,
    /// Part `risk`.
    pub risk_level: Option<MerchantRiskLevel>,
    /// Part `reviews`: documents that wait for one.
    pub pending_reviews: Option<i32>,
    /// Part `withdrawals`: those that wait for approvals, in any currency.
    pub pending_withdrawals: Option<i32>,
    /// Part `notifications`.
    pub unread_notifications: Option<i32>,
    /// Oldest day first; null without a currency, too.
    pub payment_trend: Option<Vec<DailyData>>,
    pub parts: DashboardParts,
}

/// How far each part of a dashboard can be trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DashboardParts {
    /// The latest payment, which says the currency; null where a currency was asked for.
    pub payments: Option<DashboardPart>,
    pub statistics: DashboardPart,
    pub balance: DashboardPart,
    pub settlements: DashboardPart,
    pub withdrawals: DashboardPart,
    pub reviews: DashboardPart,
    pub risk: DashboardPart,
    pub notifications: DashboardPart,
}

/// How far one part can be trusted, and how old it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DashboardPart {
    pub state: PartState,
    /// When its owner said so; null where that is not known.
    pub as_of: Option<Timestamp>,
    /// Milliseconds since then.
    pub age_ms: Option<i64>,
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

/// What a merchant has, in one currency. What is not known is null.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BalanceInfo {
    /// Currency of all amounts but those of `accounts`; they are null without one.
    pub currency: Option<Currency>,
    /// Part `balance`, as the next two and `accounts`. Minor units.
    pub available_balance: Option<i64>,
    /// Minor units.
    pub frozen_balance: Option<i64>,
    /// Both of them together. Minor units.
    pub total_balance: Option<i64>,
    /// Part `settlements`: as in the dashboard. Minor units.
    pub pending_settlement: Option<i64>,
    /// Part `withdrawals`: what is at the bank and not yet paid out. Minor units.
    pub in_transit: Option<i64>,
    /// Accounts of every currency.
    pub accounts: Option<Vec<AccountBalance>>,
    pub parts: BalanceParts,
}

/// How far each part of a balance can be trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct BalanceParts {
    /// As in the dashboard.
    pub payments: Option<DashboardPart>,
    pub balance: DashboardPart,
    pub settlements: DashboardPart,
    pub withdrawals: DashboardPart,
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
    /// How risky a merchant's payments are.
    pub enum MerchantRiskLevel {
        /// Hardly.
        Low = "low",
        /// Somewhat.
        Medium = "medium",
        /// Very.
        High = "high",
        /// So much that they are refused.
        Critical = "critical",
    }
}

#[cfg(test)]
mod tests {
    use super::{BalanceInfo, Dashboard, MerchantRiskLevel, TransactionSummary};
    use crate::apis::testing::{both_ways, keeps_unknown_word};

    const OK: &str = r#"{"state": "ok", "as_of": "2025-10-24T12:00:00Z", "age_ms": 0}"#;
    const AWAY: &str = r#"{"state": "unavailable", "as_of": null, "age_ms": null}"#;

    #[test]
    fn what_is_not_known_is_null_and_never_zero() {
        let dashboard: Dashboard = both_ways(&format!(
            r#"{{"today_payments": 1, "today_amount": 1999, "today_success_rate": 100.0, "month_payments": 2,
                "month_amount": 2500, "month_success_rate": 50.0, "available_balance": null, "frozen_balance": null,
                "pending_settlement": 700, "currency": "EUR", "risk_level": "low", "pending_reviews": 0,
                "pending_withdrawals": 0, "unread_notifications": 3,
                "payment_trend": [{{"date": "2025-10-24", "payments": 1, "amount": 1999, "success_rate": 100.0}}],
                "parts": {{"payments": null, "statistics": {OK}, "balance": {AWAY}, "settlements": {OK},
                    "withdrawals": {OK}, "reviews": {OK}, "risk": {OK}, "notifications": {OK}}}}}"#
        ));
        assert_eq!((dashboard.available_balance, dashboard.risk_level), (None, Some(MerchantRiskLevel::Low)));
        both_ways::<BalanceInfo>(&format!(
            r#"{{"currency": null, "available_balance": null, "frozen_balance": null, "total_balance": null,
                "pending_settlement": null, "in_transit": null,
                "accounts": [{{"account_type": "settlement", "balance": 5, "currency": "JPY"}}],
                "parts": {{"payments": {AWAY}, "balance": {OK}, "settlements": {OK}, "withdrawals": {OK}}}}}"#
        ));
    }

    #[test]
    fn a_summary_reads_and_writes_as_in_the_contract() {
        both_ways::<TransactionSummary>(
            r#"{"total_payments": 2, "success_payments": 1, "failed_payments": 1, "total_amount": 2500,
                "success_amount": 1999, "success_rate": 50.0, "average_amount": 1250, "total_refunds": 0,
                "total_refund_amount": 0, "refund_rate": 0.0, "currency": "EUR", "channel_breakdown": [{
                    "channel": "stripe", "payments": 2, "amount": 2500, "success_rate": 50.0, "percentage": 100.0}]}"#,
        );
        keeps_unknown_word::<MerchantRiskLevel>();
    }
}
