//! Limits: how much a merchant may take.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::{
    results::{Changed, MessageData},
    words::{ChannelScope, MethodScope, TermsStatus},
};
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, money::Currency, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Limits of the merchant who asks. Only staff of the platform change them.
#[api(service = "merchant-service", base_path = "/api/v1", port = 40002)]
pub trait OwnLimitApi {
    /// Lists limits, newest first.
    #[get("/transaction-limits")]
    async fn list_transaction_limits(&self) -> Result<Vec<TransactionLimit>>;

    /// Sets a limit.
    #[post("/transaction-limits", keyed)]
    async fn create_transaction_limit(&self, limit: &CreateTransactionLimit) -> Result<Changed<TransactionLimit>>;

    /// Changes a limit.
    #[put("/transaction-limits/{id}")]
    async fn update_transaction_limit(
        &self,
        id: &TransactionLimitId,
        changes: &UpdateTransactionLimit,
    ) -> Result<Changed<TransactionLimit>>;

    /// Deletes a limit.
    #[delete("/transaction-limits/{id}")]
    async fn delete_transaction_limit(&self, id: &TransactionLimitId) -> Result<MessageData>;
}

// === requests ===

/// A limit to be set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateTransactionLimit {
    /// Whom it binds; the caller's own merchant when absent. Only staff of the platform set limits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    pub limit_type: LimitType,
    /// `all` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<MethodScope>,
    /// `all` when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelScope>,
    /// USD when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_amount: Option<i64>,
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_amount: Option<i64>,
    /// No bound when 0 or absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_count: Option<i32>,
}

/// What to change of a limit; absent fields keep what is there.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct UpdateTransactionLimit {
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_amount: Option<i64>,
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_count: Option<i32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<TermsStatus>,
}

// === answers ===

/// How much a merchant may take, at once or over time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TransactionLimit {
    pub id: TransactionLimitId,
    pub merchant_id: MerchantId,
    pub limit_type: LimitType,
    pub payment_method: MethodScope,
    pub channel: ChannelScope,
    /// Currency of both amounts.
    pub currency: Currency,
    /// Minor units.
    pub min_amount: i64,
    /// Minor units.
    pub max_amount: i64,
    /// 0 for no bound.
    pub max_count: i32,
    pub status: TermsStatus,
    /// From when on it holds.
    pub effective_date: Timestamp,
    pub expiry_date: Option<Timestamp>,
    /// JSON text.
    pub metadata: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// A limit of one merchant.
    pub struct TransactionLimitId
}

open_enum! {
    /// Over what a limit is reckoned.
    pub enum LimitType {
        /// One payment.
        Single = "single",
        /// A day.
        Daily = "daily",
        /// A month.
        Monthly = "monthly",
    }
}
