//! Conversions: money of one account that becomes money of another currency on another account of the same merchant.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::{accounts::AccountId, transactions::TransactionNo};
use crate::{
    apis::ids::{MerchantId, OperatorId},
    contract::{
        decimal::Decimal,
        error::Result,
        money::{Currency, Money},
        page::Page,
        rate::Rate,
        timestamp::Timestamp,
    },
    open_enum, text_id, uuid_id,
};

/// Currency conversions.
// Steps are keyed: a repeat hears the first answer, not that the state does not allow it any more.
#[api(service = "accounting-service", base_path = "/api/v1", port = 40007, tier = "critical")]
pub trait ConversionApi {
    /// Fixes rate and fee of a conversion between the operating accounts of two currencies, and sets amount and fee aside.
    ///
    /// The rate is good for fifteen minutes; a target account that is missing is opened.
    // Keyed: two conversions of the same amount are two.
    #[post("/conversions", keyed, money)]
    async fn create_currency_conversion(&self, conversion: &CreateCurrencyConversion) -> Result<CurrencyConversion>;

    /// Lists conversions, newest first.
    #[get("/conversions", tier = "standard")]
    async fn list_currency_conversions(
        &self,
        #[query] filter: &CurrencyConversionFilter,
    ) -> Result<Page<CurrencyConversion>>;

    /// Answers one conversion.
    #[get("/conversions/{conversion_no}", tier = "standard")]
    async fn get_currency_conversion(&self, conversion_no: &ConversionNo) -> Result<CurrencyConversion>;

    /// Books a pending conversion: amount and fee leave the source account, the converted amount enters the target.
    ///
    /// One whose rate has expired is refused: cancel it, and create another.
    #[post("/conversions/{conversion_no}/process", keyed, money)]
    async fn process_currency_conversion(&self, conversion_no: &ConversionNo) -> Result<()>;

    /// Cancels a pending conversion and frees what it had set aside.
    #[post("/conversions/{conversion_no}/cancel", keyed, money)]
    async fn cancel_currency_conversion(
        &self,
        conversion_no: &ConversionNo,
        cancellation: &CancelCurrencyConversion,
    ) -> Result<()>;
}

// === requests ===

/// Which currency conversions to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CurrencyConversionFilter {
    /// Exact match.
    pub merchant_id: Option<MerchantId>,
    /// Exact match.
    pub source_account_id: Option<AccountId>,
    /// Exact match.
    pub target_account_id: Option<AccountId>,
    /// Exact match.
    pub status: Option<ConversionStatus>,
    /// Exact match.
    pub source_currency: Option<Currency>,
    /// Exact match.
    pub target_currency: Option<Currency>,
    /// Lower bound (inclusive) on `created_at`.
    pub start_time: Option<Timestamp>,
    /// Upper bound (inclusive) on `created_at`.
    pub end_time: Option<Timestamp>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

/// A conversion that is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateCurrencyConversion {
    pub merchant_id: MerchantId,
    pub source_currency: Currency,
    /// Another one than `source_currency`.
    pub target_currency: Currency,
    /// Minor units, above 0.
    pub source_amount: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub requested_by: Option<OperatorId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

impl CreateCurrencyConversion {
    /// Converts `money` of a merchant and leaves the rest empty, for `CreateCurrencyConversion { reason,
    /// ..CreateCurrencyConversion::new(..) }`.
    pub fn new(merchant_id: MerchantId, money: Money, target_currency: Currency) -> Self {
        Self {
            merchant_id,
            source_currency: money.currency,
            target_currency,
            source_amount: money.minor_units,
            reason: None,
            requested_by: None,
            notes: None,
        }
    }
}

/// Why a conversion is given up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CancelCurrencyConversion {
    /// Why; not empty. Appended to the notes.
    pub reason: String,
}

// === answers ===

/// A conversion as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CurrencyConversion {
    pub id: ConversionId,
    /// Number of the conversion.
    pub conversion_no: ConversionNo,
    pub merchant_id: MerchantId,
    pub source_account_id: AccountId,
    pub target_account_id: AccountId,
    pub source_currency: Currency,
    pub target_currency: Currency,
    /// Minor units of the source currency.
    pub source_amount: i64,
    /// Minor units of the target currency.
    pub target_amount: i64,
    /// Units of the target currency for one of the source currency, at most 8 decimals.
    pub exchange_rate: Rate,
    /// Minor units of the source currency, on top of `source_amount`.
    pub fee_amount: i64,
    /// A fraction, 0.005 for 0.5 %.
    pub fee_percentage: Decimal,
    pub status: ConversionStatus,
    /// Empty until completed.
    pub source_transaction_no: TransactionNo,
    /// Empty until completed.
    pub target_transaction_no: TransactionNo,
    /// Nil UUID when not given.
    pub requested_by: OperatorId,
    pub processed_at: Option<Timestamp>,
    pub reason: String,
    pub notes: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

text_id! {
    /// Number of a conversion: `CONV-`, Unix seconds, `-`, 8 base64url characters.
    pub struct ConversionNo
}

uuid_id! {
    /// A conversion, as other tables name it; people and routes use its [`ConversionNo`].
    pub struct ConversionId
}

open_enum! {
    /// How far a conversion has come.
    pub enum ConversionStatus {
        /// Rate and fee are fixed, nothing is booked.
        Pending = "pending",
        /// Booked.
        Completed = "completed",
        /// It could not be booked.
        Failed = "failed",
        /// Given up.
        Cancelled = "cancelled",
    }
}
