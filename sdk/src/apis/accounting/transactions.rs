//! Transactions: signed movements on one account.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::accounts::AccountId;
use crate::{
    apis::{
        ids::{MerchantId, TransactionId},
        words::JsonObject,
    },
    contract::{error::Result, money::Currency, page::Page, timestamp::Timestamp},
    open_enum, text_id, uuid_id,
};

/// Transactions on the accounts. Each is one side of a balanced journal, whose other side the service books.
#[api(service = "accounting-service", base_path = "/api/v1", port = 40007, tier = "critical")]
pub trait TransactionApi {
    /// Posts one signed movement to an active account.
    ///
    /// A debit of more than is free is refused. For an account and type, a `related_no` is posted once.
    // Keyed: two movements of the same content and no number are two.
    #[post("/transactions", keyed, money)]
    async fn create_transaction(&self, transaction: &CreateTransaction) -> Result<AccountTransaction>;

    /// Lists transactions, newest first.
    #[get("/transactions", tier = "standard")]
    async fn list_transactions(&self, #[query] filter: &TransactionFilter) -> Result<Page<AccountTransaction>>;

    /// Answers one transaction.
    #[get("/transactions/{transaction_no}", tier = "standard")]
    async fn get_transaction(&self, transaction_no: &TransactionNo) -> Result<AccountTransaction>;

    /// Posts the opposite movement as an adjustment that refers to the original; a transaction is reversed once.
    // Keyed: a repeat hears the first answer, not that it is reversed already.
    #[post("/transactions/{transaction_no}/reverse", keyed, money)]
    async fn reverse_transaction(&self, transaction_no: &TransactionNo, reversal: &ReverseTransaction) -> Result<()>;
}

// === requests ===

/// Which transactions to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct TransactionFilter {
    /// Exact match.
    pub account_id: Option<AccountId>,
    /// Exact match.
    pub merchant_id: Option<MerchantId>,
    /// Exact match.
    pub transaction_type: Option<TransactionType>,
    /// Exact match.
    pub currency: Option<Currency>,
    /// Lower bound (inclusive) on `created_at`.
    pub start_time: Option<Timestamp>,
    /// Upper bound (inclusive) on `created_at`.
    pub end_time: Option<Timestamp>,
    /// First day, inclusive, such as `2025-10-24`: the form in which settlement-service asks.
    pub start: Option<String>,
    /// Last day, inclusive.
    pub end: Option<String>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

/// A movement to be posted. Merchant and currency are the account's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateTransaction {
    /// The nil UUID is refused.
    pub account_id: AccountId,
    /// Also says which account of the platform is on the other side.
    pub transaction_type: TransactionType,
    /// Minor units, signed, not 0: positive credits the account, negative debits it.
    pub amount: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related_id: Option<RelatedId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related_no: Option<RelatedNo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Free object, kept with the journal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<JsonObject>,
}

impl CreateTransaction {
    /// Posts `amount`, below 0 for a debit, and leaves the rest empty, for `CreateTransaction { related_no,
    /// ..CreateTransaction::new(..) }`.
    pub fn new(account_id: AccountId, transaction_type: TransactionType, amount: i64) -> Self {
        Self {
            account_id,
            transaction_type,
            amount,
            related_id: None,
            related_no: None,
            description: None,
            extra: None,
        }
    }
}

/// Why a transaction is taken back.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ReverseTransaction {
    /// Why; not empty.
    pub reason: String,
}

// === answers ===

/// A transaction as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AccountTransaction {
    pub id: TransactionId,
    pub account_id: AccountId,
    /// Taken from the account.
    pub merchant_id: MerchantId,
    /// Number of the transaction.
    pub transaction_no: TransactionNo,
    pub transaction_type: TransactionType,
    /// Nil UUID when not given.
    pub related_id: RelatedId,
    /// Empty when not given.
    pub related_no: RelatedNo,
    /// Minor units, signed: positive credits the account, negative debits it.
    pub amount: i64,
    /// Free funds before it, minor units.
    pub balance_before: i64,
    /// Free funds after it, minor units.
    pub balance_after: i64,
    pub currency: Currency,
    pub description: String,
    pub status: TransactionStatus,
    pub created_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// What a transaction or an invoice is about, such as a payment; minted by its own service.
    pub struct RelatedId
}

text_id! {
    /// Number of what a transaction or an invoice is about, at most 64 characters.
    pub struct RelatedNo
}

text_id! {
    /// Number of a transaction: `TX`, 14 digits of time, 10 base64url characters.
    pub struct TransactionNo
}

open_enum! {
    /// Why money moved.
    pub enum TransactionType {
        /// A payment came in.
        PaymentIn = "payment_in",
        /// A payment was paid back.
        RefundOut = "refund_out",
        /// A payout to the merchant's bank.
        Withdraw = "withdraw",
        /// A fee of the platform.
        Fee = "fee",
        /// A correction; written by reversals.
        Adjustment = "adjustment",
        /// A settlement became free funds.
        Settlement = "settlement",
        /// A conversion took the source currency.
        CurrencyConversionOut = "currency_conversion_out",
        /// A conversion gave the target currency.
        CurrencyConversionIn = "currency_conversion_in",
    }
}

open_enum! {
    /// How far a transaction has come.
    pub enum TransactionStatus {
        /// Not booked yet.
        Pending = "pending",
        /// Booked.
        Completed = "completed",
        /// Not booked, and never will be.
        Failed = "failed",
        /// Booked and taken back.
        Reversed = "reversed",
    }
}

#[cfg(test)]
mod tests {
    use super::{AccountTransaction, CreateTransaction, TransactionFilter, TransactionStatus, TransactionType};
    use crate::apis::testing::{both_ways, keeps_unknown_word, query_both_ways};

    #[test]
    fn a_debit_is_below_zero() {
        both_ways::<CreateTransaction>(
            r#"{"account_id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "transaction_type": "withdraw", "amount": -1999}"#,
        );
        let booked: AccountTransaction = both_ways(
            r#"{"id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "account_id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab",
                "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "transaction_no": "TX20251024120000a1B2c3D4e5",
                "transaction_type": "withdraw", "related_id": "00000000-0000-0000-0000-000000000000", "related_no": "",
                "amount": -1999, "balance_before": 5000, "balance_after": 3001, "currency": "EUR", "description": "",
                "status": "completed", "created_at": "2025-10-24T12:00:00.123456Z"}"#,
        );
        assert!(booked.related_id.is_nil());
    }

    #[test]
    fn a_period_is_asked_for_by_days_or_by_times() {
        let days = TransactionFilter {
            start: Some("2025-10-24".into()),
            end: Some("2025-10-25".into()),
            ..TransactionFilter::default()
        };
        query_both_ways(&days, "start=2025-10-24&end=2025-10-25");
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<TransactionType>();
        keeps_unknown_word::<TransactionStatus>();
    }
}
