//! Limits: how much a merchant may move.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::terms::{AmountQuery, TermsChannel, TermsMethod, TermsStatus};
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, money::Currency, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Transaction limits of the merchants.
#[api(service = "merchant-config-service", base_path = "/api/v1", port = 40012)]
pub trait MerchantLimitApi {
    /// Creates a limit.
    // Keyed: two limits with the same content are two.
    #[post("/transaction-limits", keyed)]
    async fn create_transaction_limit(&self, limit: &CreateTransactionLimit) -> Result<TransactionLimit>;

    /// Answers one limit.
    #[get("/transaction-limits/{id}")]
    async fn get_transaction_limit(&self, id: &TransactionLimitId) -> Result<TransactionLimit>;

    /// Changes a limit: absent fields keep their values.
    #[put("/transaction-limits/{id}")]
    async fn update_transaction_limit(
        &self,
        id: &TransactionLimitId,
        changes: &UpdateTransactionLimit,
    ) -> Result<TransactionLimit>;

    /// Deletes a limit; an unknown one is deleted already.
    #[delete("/transaction-limits/{id}")]
    async fn delete_transaction_limit(&self, id: &TransactionLimitId) -> Result<()>;

    /// Lists the limits of a merchant by type, then newest first.
    #[get("/transaction-limits/merchant/{merchant_id}", cache = "5s", stale_if_error = "5m")]
    async fn list_merchant_transaction_limits(&self, merchant_id: &MerchantId) -> Result<Vec<TransactionLimit>>;

    /// Answers whether an amount keeps every active limit in force.
    // Safe although a POST: it asks. Nothing is counted; what counts towards a day or a month is what was paid.
    #[post("/transaction-limits/check-limit", safe)]
    async fn check_transaction_limit(&self, query: &AmountQuery) -> Result<LimitCheckResult>;
}

// === requests ===

/// A limit to be created.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateTransactionLimit {
    pub merchant_id: MerchantId,
    pub limit_type: LimitType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_method: Option<TermsMethod>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<TermsChannel>,
    pub currency: Currency,
    /// Minor units. Below `max_amount` when both are above 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_amount: Option<i64>,
    /// Minor units.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_amount: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_count: Option<i32>,
    /// Time of creation when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub effective_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_date: Option<Timestamp>,
}

impl CreateTransactionLimit {
    /// A limit without any figure, for `CreateTransactionLimit { max_amount, ..CreateTransactionLimit::new(..) }`.
    pub fn new(merchant_id: MerchantId, limit_type: LimitType, currency: Currency) -> Self {
        Self {
            merchant_id,
            limit_type,
            payment_method: None,
            channel: None,
            currency,
            min_amount: None,
            max_amount: None,
            max_count: None,
            effective_date: None,
            expiry_date: None,
        }
    }
}

/// What to change of a limit: absent fields keep the stored value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Cannot be cleared.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_date: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<TermsStatus>,
}

// === answers ===

/// A limit as the service keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TransactionLimit {
    pub id: TransactionLimitId,
    pub merchant_id: MerchantId,
    pub limit_type: LimitType,
    pub payment_method: TermsMethod,
    pub channel: TermsChannel,
    pub currency: Currency,
    /// Minor units. 0 means none.
    pub min_amount: i64,
    /// Minor units. 0 means none.
    pub max_amount: i64,
    /// 0 means none.
    pub max_count: i32,
    pub status: TermsStatus,
    pub effective_date: Timestamp,
    pub expiry_date: Option<Timestamp>,
    /// JSON text, or empty.
    pub metadata: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Whether an amount keeps the limits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LimitCheckResult {
    pub passed: bool,
}

// === ids and words ===

uuid_id! {
    /// A limit.
    pub struct TransactionLimitId
}

open_enum! {
    /// What a limit bounds.
    pub enum LimitType {
        /// One transaction.
        Single = "single",
        /// All transactions of a day.
        Daily = "daily",
        /// All transactions of a month.
        Monthly = "monthly",
    }
}
