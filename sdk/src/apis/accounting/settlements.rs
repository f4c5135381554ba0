//! Settlements of a period, as the accounts see them: what came in becomes free funds, less the fee.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::accounts::AccountId;
use crate::{
    apis::ids::MerchantId,
    contract::{error::Result, money::Currency, page::Page, timestamp::Timestamp},
    open_enum, text_id, uuid_id,
};

/// Settlements on the accounts.
#[api(service = "accounting-service", base_path = "/api/v1", port = 40007, tier = "critical")]
pub trait AccountSettlementApi {
    /// Claims a merchant's payments of a period, in one currency, with all that was paid back since it began, and adds them
    /// up.
    ///
    /// A transaction is in at most one settlement that is alive, so a period that overlaps another finds only the rest.
    // Marked `money`, as is cancelling: a claim decides which settlement pays a transaction out.
    #[post("/settlements", keyed, money, tier = "standard")]
    async fn create_settlement(&self, settlement: &CreateAccountSettlement) -> Result<AccountSettlement>;

    /// Lists settlements, newest first.
    #[get("/settlements", tier = "standard")]
    async fn list_settlements(&self, #[query] filter: &AccountSettlementFilter) -> Result<Page<AccountSettlement>>;

    /// Answers one settlement.
    #[get("/settlements/{settlement_no}", tier = "standard")]
    async fn get_settlement(&self, settlement_no: &AccountSettlementNo) -> Result<AccountSettlement>;

    /// Books a pending settlement: the fee to the platform, the rest to the merchant's free funds.
    // Keyed: a repeat hears the first answer, not that the settlement is not pending any more.
    #[post("/settlements/{settlement_no}/process", keyed, money)]
    async fn process_settlement(&self, settlement_no: &AccountSettlementNo) -> Result<()>;

    /// Gives up a pending settlement, so that its transactions can be claimed by another.
    #[post("/settlements/{settlement_no}/cancel", keyed, money, tier = "standard")]
    async fn cancel_settlement(&self, settlement_no: &AccountSettlementNo) -> Result<()>;
}

// === requests ===

/// Which settlements to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AccountSettlementFilter {
    /// Exact match.
    pub merchant_id: Option<MerchantId>,
    /// Exact match.
    pub status: Option<AccountSettlementStatus>,
    /// Lower bound (inclusive) on `period_start`.
    pub start_time: Option<Timestamp>,
    /// Upper bound (inclusive) on `period_end`.
    pub end_time: Option<Timestamp>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

/// What is to be settled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateAccountSettlement {
    pub merchant_id: MerchantId,
    /// Where the free funds go; the merchant's own.
    pub account_id: AccountId,
    /// First moment, inclusive.
    pub period_start: Timestamp,
    pub period_end: Timestamp,
    pub currency: Currency,
    /// Not looked at: the server counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_count: Option<i32>,
    /// Not looked at: the server counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refund_count: Option<i32>,
}

impl CreateAccountSettlement {
    /// Settles a period from its first moment, inclusive, to its end.
    pub fn new(
        merchant_id: MerchantId,
        account_id: AccountId,
        currency: Currency,
        period_start: Timestamp,
        period_end: Timestamp,
    ) -> Self {
        Self { merchant_id, account_id, period_start, period_end, currency, payment_count: None, refund_count: None }
    }
}

// === answers ===

/// A settlement as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AccountSettlement {
    pub id: AccountSettlementId,
    pub merchant_id: MerchantId,
    /// Number of the settlement.
    pub settlement_no: AccountSettlementNo,
    pub account_id: AccountId,
    pub period_start: Timestamp,
    pub period_end: Timestamp,
    /// Payments less refunds, minor units; below 0 when more was paid back than paid.
    pub total_amount: i64,
    /// What the platform keeps, minor units: the fees that were fixed when the payments came in.
    pub fee_amount: i64,
    /// `total_amount` less `fee_amount`.
    pub net_amount: i64,
    pub currency: Currency,
    pub status: AccountSettlementStatus,
    pub payment_count: i32,
    pub refund_count: i32,
    /// What was paid back, minor units; 0 from a server that does not say.
    #[serde(default)]
    pub refund_amount: i64,
    /// Null until booked.
    pub settled_at: Option<Timestamp>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

text_id! {
    /// Number of a settlement on an account: `ST`, 14 digits of time, 10 base64url characters. Not the number that
    /// settlement-service gives.
    pub struct AccountSettlementNo
}

uuid_id! {
    /// A settlement on an account, as other tables name it.
    pub struct AccountSettlementId
}

open_enum! {
    /// How far a settlement has come.
    pub enum AccountSettlementStatus {
        /// Added up, not booked.
        Pending = "pending",
        /// Being booked.
        Processing = "processing",
        /// Booked.
        Completed = "completed",
        /// It could not be booked.
        Failed = "failed",
        /// Given up; its transactions are free again.
        Cancelled = "cancelled",
    }
}
