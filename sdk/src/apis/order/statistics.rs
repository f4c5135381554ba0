//! Figures about orders.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, money::Currency, timestamp::Timestamp},
    uuid_id,
};

/// Figures about a merchant's orders.
#[api(service = "order-service", base_path = "/api/v1", port = 40004, tier = "critical")]
pub trait OrderStatisticsApi {
    /// Answers stored figures per day, newest day first.
    #[get("/statistics/orders", tier = "standard")]
    async fn get_order_statistics(&self, #[query] filter: &OrderStatisticsFilter) -> Result<Vec<OrderStatistics>>;

    /// Answers the totals of one day, computed from the orders.
    ///
    /// `date` is a UTC day such as `2025-10-24`; today when absent.
    #[get("/statistics/daily-summary", tier = "standard")]
    async fn get_daily_summary(&self, merchant_id: MerchantId, date: Option<&str>) -> Result<DailySummary>;
}

/// Which figures are wanted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct OrderStatisticsFilter {
    /// Merchant that sells.
    pub merchant_id: MerchantId,
    /// First day, inclusive.
    pub start_time: Timestamp,
    /// Last day, inclusive.
    pub end_time: Timestamp,
    /// Exact match; USD when absent, any currency when empty.
    pub currency: Option<String>,
}

/// Figures of one merchant, day and currency.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct OrderStatistics {
    /// The row.
    pub id: OrderStatisticsId,
    /// Merchant that sells.
    pub merchant_id: MerchantId,
    /// A day, as midnight.
    pub stat_date: Timestamp,
    /// Currency of all amounts.
    pub currency: Currency,
    /// Orders created.
    pub total_orders: i32,
    /// Orders paid among them.
    pub paid_orders: i32,
    /// Orders cancelled among them.
    pub cancelled_orders: i32,
    /// Minor units ordered.
    pub total_amount: i64,
    /// Minor units paid.
    pub paid_amount: i64,
    /// Minor units paid back.
    pub refund_amount: i64,
    /// Minor units of an order, on average.
    pub avg_order_amount: i64,
    /// When it was created.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// Totals of one day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct DailySummary {
    /// Orders created.
    pub total_orders: i64,
    /// Orders paid among them.
    pub paid_orders: i64,
    /// Orders cancelled among them.
    pub cancelled_orders: i64,
    /// Sum over all currencies.
    pub total_amount: i64,
    /// Sum over all currencies.
    pub paid_amount: i64,
}

uuid_id! {
    /// A row of figures.
    pub struct OrderStatisticsId
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{DailySummary, OrderStatistics, OrderStatisticsFilter};
    use crate::apis::testing::{both_ways, query_both_ways};

    #[test]
    fn figures_read_and_write_as_in_the_contract() {
        both_ways::<OrderStatistics>(
            r#"{"id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7",
                "stat_date": "2025-10-24T00:00:00Z", "currency": "USD", "total_orders": 3, "paid_orders": 2,
                "cancelled_orders": 1, "total_amount": 5997, "paid_amount": 3998, "refund_amount": 0,
                "avg_order_amount": 1999, "created_at": "2025-10-25T00:00:01Z", "updated_at": "2025-10-25T00:00:01Z"}"#,
        );
        let summary: DailySummary = both_ways(
            r#"{"total_orders": 3, "paid_orders": 2, "cancelled_orders": 1, "total_amount": 5997, "paid_amount": 3998}"#,
        );
        assert_eq!(summary.total_orders, 3);
    }

    #[test]
    fn a_filter_is_a_flat_query() {
        let filter = OrderStatisticsFilter {
            merchant_id: "7c9e6679-7425-40de-944b-e07fc1f90ae7".parse().unwrap(),
            start_time: "2025-10-24T00:00:00Z".parse().unwrap(),
            end_time: "2025-10-25T00:00:00Z".parse().unwrap(),
            currency: None,
        };
        query_both_ways(
            &filter,
            "merchant_id=7c9e6679-7425-40de-944b-e07fc1f90ae7\
             &start_time=2025-10-24T00%3A00%3A00Z&end_time=2025-10-25T00%3A00%3A00Z",
        );
    }
}
