//! Fees: what a merchant pays for a payment.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::terms::{AmountQuery, TermsChannel, TermsMethod, TermsStatus};
use crate::{
    apis::ids::{MerchantId, OperatorId},
    contract::{decimal::Decimal, error::Result, money::Currency, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Fee configurations of the merchants.
#[api(service = "merchant-config-service", base_path = "/api/v1", port = 40012)]
pub trait MerchantFeeApi {
    /// Creates a fee configuration. It counts once it is approved.
    // Keyed: two configurations with the same content are two.
    #[post("/fee-configs", keyed)]
    async fn create_fee_config(&self, config: &CreateFeeConfig) -> Result<FeeConfig>;

    /// Answers one fee configuration.
    #[get("/fee-configs/{id}")]
    async fn get_fee_config(&self, id: &FeeConfigId) -> Result<FeeConfig>;

    /// Changes a fee configuration: absent fields keep their values.
    #[put("/fee-configs/{id}")]
    async fn update_fee_config(&self, id: &FeeConfigId, changes: &UpdateFeeConfig) -> Result<FeeConfig>;

    /// Deletes a fee configuration; an unknown one is deleted already.
    #[delete("/fee-configs/{id}")]
    async fn delete_fee_config(&self, id: &FeeConfigId) -> Result<()>;

    /// Lists the fee configurations of a merchant, highest priority first, then newest.
    #[get("/fee-configs/merchant/{merchant_id}", cache = "5s", stale_if_error = "5m")]
    async fn list_merchant_fee_configs(&self, merchant_id: &MerchantId) -> Result<Vec<FeeConfig>>;

    /// Approves a fee configuration and makes it active.
    // Idempotent: a repeat finds it approved.
    #[post("/fee-configs/{id}/approve", idempotent)]
    async fn approve_fee_config(&self, id: &FeeConfigId) -> Result<()>;

    /// Calculates the fee of an amount.
    ///
    /// Of the active configurations in force, the one of highest priority counts whose channel and method are the
    /// wanted ones or `all`. A percentage is rounded down to whole minor units; `min_fee` and `max_fee` bound it.
    // Safe although a POST: it asks.
    #[post("/fee-configs/calculate-fee", safe)]
    async fn calculate_fee(&self, query: &AmountQuery) -> Result<FeeResult>;
}

// === requests ===

/// A fee configuration to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateFeeConfig {
    pub merchant_id: MerchantId,
    pub channel: TermsChannel,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<TermsMethod>,
    pub fee_type: FeeType,
    /// As in [`FeeConfig`]; above 0 for a percentage.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee_percentage: Option<Decimal>,
    /// Minor units; above 0 for a fixed fee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee_fixed: Option<i64>,
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_fee: Option<i64>,
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_fee: Option<i64>,
    pub currency: Currency,
    /// JSON text; not empty for a tiered fee.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiered_rules: Option<String>,
    /// Time of creation when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    /// The caller when absent; anybody else is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<OperatorId>,
}

impl CreateFeeConfig {
    /// Terms without any figure, for `CreateFeeConfig { fee_percentage, ..CreateFeeConfig::new(..) }`.
    pub fn new(merchant_id: MerchantId, channel: TermsChannel, fee_type: FeeType, currency: Currency) -> Self {
        Self {
            merchant_id,
            channel,
            payment_method: None,
            fee_type,
            fee_percentage: None,
            fee_fixed: None,
            min_fee: None,
            max_fee: None,
            currency,
            tiered_rules: None,
            effective_date: None,
            expiry_date: None,
            priority: None,
            created_by: None,
        }
    }
}

/// What to change of a fee configuration: absent fields keep the stored value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateFeeConfig {
    /// As in [`FeeConfig`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee_percentage: Option<Decimal>,
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee_fixed: Option<i64>,
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_fee: Option<i64>,
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_fee: Option<i64>,
    /// JSON text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tiered_rules: Option<String>,
    /// Cannot be cleared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priority: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<TermsStatus>,
}

// === answers ===

/// A fee configuration as the service keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FeeConfig {
    pub id: FeeConfigId,
    pub merchant_id: MerchantId,
    pub channel: TermsChannel,
    pub payment_method: TermsMethod,
    pub fee_type: FeeType,
    /// Fraction of one: 0.029 is 2.9 %. At most four decimals, below 10.
    pub fee_percentage: Decimal,
    /// Minor units.
    pub fee_fixed: i64,
    /// Minor units. 0 means none.
    pub min_fee: i64,
    /// Minor units. 0 means none.
    pub max_fee: i64,
    pub currency: Currency,
    /// JSON text, or empty.
    pub tiered_rules: String,
    pub effective_date: Timestamp,
    pub expiry_date: Option<Timestamp>,
    /// Higher wins.
    pub priority: i32,
    pub status: TermsStatus,
    pub created_by: Option<OperatorId>,
    pub approved_by: Option<OperatorId>,
    pub approved_at: Option<Timestamp>,
    /// JSON text, or empty.
    pub metadata: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// The fee of an amount.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FeeResult {
    /// Minor units.
    pub fee: i64,
}

// === ids and words ===

uuid_id! {
    /// A fee configuration.
    pub struct FeeConfigId
}

open_enum! {
    /// How a fee is calculated.
    pub enum FeeType {
        /// A share of the amount, and `fee_fixed` on top.
        Percentage = "percentage",
        /// The same for every amount.
        Fixed = "fixed",
        /// A share of the amount that depends on it, by `tiered_rules`.
        Tiered = "tiered",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{CreateFeeConfig, FeeType};
    use crate::apis::testing::both_ways;

    #[test]
    fn a_share_of_money_is_exact() {
        let config: CreateFeeConfig = both_ways(
            r#"{"merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "channel": "all", "fee_type": "percentage",
                "fee_percentage": 0.029, "currency": "EUR"}"#,
        );
        assert_eq!(config.fee_type, FeeType::Percentage);
        assert_eq!(config.fee_percentage.unwrap(), "0.029".parse().unwrap());
    }
}
