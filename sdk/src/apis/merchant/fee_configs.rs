//! Fees: what payments cost a merchant.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::{
    results::{Changed, MessageData},
    words::{ChannelScope, MethodScope, TermsStatus},
};
use crate::{
    apis::ids::{MerchantId, OperatorId},
    contract::{decimal::Decimal, error::Result, money::Currency, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Fees of the merchant who asks. Only staff of the platform change them.
#[api(service = "merchant-service", base_path = "/api/v1", port = 40002)]
pub trait OwnFeeApi {
    /// Lists fees, highest priority first, then newest.
    #[get("/fee-configs")]
    async fn list_fee_configs(&self) -> Result<Vec<FeeConfig>>;

    /// Sets a fee.
    #[post("/fee-configs", keyed)]
    async fn create_fee_config(&self, fee: &CreateFeeConfig) -> Result<Changed<FeeConfig>>;

    /// Changes a fee.
    #[put("/fee-configs/{id}")]
    async fn update_fee_config(&self, id: &FeeConfigId, changes: &UpdateFeeConfig) -> Result<Changed<FeeConfig>>;

    /// Deletes a fee.
    #[delete("/fee-configs/{id}")]
    async fn delete_fee_config(&self, id: &FeeConfigId) -> Result<MessageData>;
}

// === requests ===

/// A fee to be set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateFeeConfig {
    /// Whom it is taken from; the caller's own merchant when absent. Only staff of the platform set fees.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    pub channel: ChannelScope,
    /// `all` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<MethodScope>,
    pub fee_type: FeeType,
    /// As in [`FeeConfig`]; 0 when absent.
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
    /// USD when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
}

/// What to change of a fee; absent fields keep what is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
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
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<TermsStatus>,
}

// === answers ===

/// What a payment costs a merchant.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FeeConfig {
    pub id: FeeConfigId,
    pub merchant_id: MerchantId,
    pub channel: ChannelScope,
    pub payment_method: MethodScope,
    pub fee_type: FeeType,
    /// Fraction of one: 0.029 is 2.9 %. At most four decimals, below 10.
    pub fee_percentage: Decimal,
    /// Minor units.
    pub fee_fixed: i64,
    /// Minor units.
    pub min_fee: i64,
    /// Minor units; 0 for no bound.
    pub max_fee: i64,
    /// Currency of all amounts.
    pub currency: Currency,
    /// JSON text.
    pub tiered_rules: String,
    /// From when on it is taken.
    pub effective_date: Timestamp,
    pub expiry_date: Option<Timestamp>,
    pub priority: i32,
    pub status: TermsStatus,
    pub created_by: Option<OperatorId>,
    pub approved_by: Option<OperatorId>,
    pub approved_at: Option<Timestamp>,
    /// JSON text.
    pub metadata: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// A fee of one merchant.
    pub struct FeeConfigId
}

open_enum! {
    /// How a fee is reckoned.
    pub enum FeeType {
        /// A part of the amount.
        Percentage = "percentage",
        /// The same for every payment.
        Fixed = "fixed",
        /// A part that depends on the amount.
        Tiered = "tiered",
    }
}
