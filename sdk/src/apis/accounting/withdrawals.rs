//! Withdrawals, as the accounts see them: funds are set aside at once, and leave when the bank has paid.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::accounts::AccountId;
use crate::{
    apis::ids::{MerchantId, OperatorId, SettlementAccountId, TransactionId},
    contract::{
        error::Result,
        money::{Currency, Money},
        page::Page,
        timestamp::Timestamp,
    },
    open_enum, text_id, uuid_id,
};

/// Withdrawals on the accounts.
// Steps are keyed: a repeat hears the first answer, not that the state does not allow it any more.
#[api(service = "accounting-service", base_path = "/api/v1", port = 40007, tier = "critical")]
pub trait AccountWithdrawalApi {
    /// Asks for a withdrawal and sets its amount aside; more than is free is refused.
    // Keyed: two withdrawals of the same amount are two.
    #[post("/withdrawals", keyed, money)]
    async fn create_withdrawal(&self, withdrawal: &CreateAccountWithdrawal) -> Result<AccountWithdrawal>;

    /// Lists withdrawals, newest first.
    #[get("/withdrawals", tier = "standard")]
    async fn list_withdrawals(&self, #[query] filter: &AccountWithdrawalFilter) -> Result<Page<AccountWithdrawal>>;

    /// Answers one withdrawal.
    #[get("/withdrawals/{withdrawal_no}", tier = "standard")]
    async fn get_withdrawal(&self, withdrawal_no: &AccountWithdrawalNo) -> Result<AccountWithdrawal>;

    /// Approves a pending withdrawal.
    #[post("/withdrawals/{withdrawal_no}/approve", keyed, tier = "standard")]
    async fn approve_withdrawal(
        &self,
        withdrawal_no: &AccountWithdrawalNo,
        approval: &ApproveAccountWithdrawal,
    ) -> Result<()>;

    /// Rejects a pending withdrawal and frees its amount.
    #[post("/withdrawals/{withdrawal_no}/reject", keyed, money)]
    async fn reject_withdrawal(
        &self,
        withdrawal_no: &AccountWithdrawalNo,
        rejection: &RejectAccountWithdrawal,
    ) -> Result<()>;

    /// Marks the payout of an approved withdrawal as begun.
    #[post("/withdrawals/{withdrawal_no}/process", keyed, tier = "standard")]
    async fn process_withdrawal(
        &self,
        withdrawal_no: &AccountWithdrawalNo,
        start: &ProcessAccountWithdrawal,
    ) -> Result<()>;

    /// Books the payout of a withdrawal under way, and its fee, from what was set aside.
    #[post("/withdrawals/{withdrawal_no}/complete", keyed, money)]
    async fn complete_withdrawal(&self, withdrawal_no: &AccountWithdrawalNo) -> Result<()>;

    /// Marks a withdrawal under way as failed and frees its amount.
    #[post("/withdrawals/{withdrawal_no}/fail", keyed, money)]
    async fn fail_withdrawal(&self, withdrawal_no: &AccountWithdrawalNo, failure: &FailAccountWithdrawal)
    -> Result<()>;

    /// Cancels a withdrawal that is not under way and frees its amount.
    #[post("/withdrawals/{withdrawal_no}/cancel", keyed, money)]
    async fn cancel_withdrawal(&self, withdrawal_no: &AccountWithdrawalNo) -> Result<()>;
}

// === requests ===

/// Which withdrawals to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AccountWithdrawalFilter {
    /// Exact match.
    pub merchant_id: Option<MerchantId>,
    /// Exact match.
    pub account_id: Option<AccountId>,
    /// Exact match.
    pub status: Option<AccountWithdrawalStatus>,
    /// Lower bound (inclusive) on `created_at`.
    pub start_time: Option<Timestamp>,
    /// Upper bound (inclusive) on `created_at`.
    pub end_time: Option<Timestamp>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

/// A withdrawal that is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateAccountWithdrawal {
    pub merchant_id: MerchantId,
    /// The merchant's own, and active.
    pub account_id: AccountId,
    /// Where the bank pays it out.
    pub settlement_account_id: SettlementAccountId,
    /// Minor units, above 0; the fee is part of it.
    pub amount: i64,
    /// The account's own.
    pub currency: Currency,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request_reason: Option<String>,
}

impl CreateAccountWithdrawal {
    /// Asks for `money`, and gives no reason.
    pub fn new(
        merchant_id: MerchantId,
        account_id: AccountId,
        settlement_account_id: SettlementAccountId,
        money: Money,
    ) -> Self {
        Self {
            merchant_id,
            account_id,
            settlement_account_id,
            amount: money.minor_units,
            currency: money.currency,
            request_reason: None,
        }
    }
}

/// Who approves, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ApproveAccountWithdrawal {
    pub approver_id: OperatorId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
}

/// Who rejects, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RejectAccountWithdrawal {
    pub approver_id: OperatorId,
    /// Why; not empty.
    pub reason: String,
}

/// Who begins the payout.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ProcessAccountWithdrawal {
    pub processor_id: OperatorId,
}

/// Why a payout failed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct FailAccountWithdrawal {
    /// Why; not empty.
    pub reason: String,
}

// === answers ===

/// A withdrawal as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct AccountWithdrawal {
    pub id: AccountWithdrawalId,
    pub merchant_id: MerchantId,
    /// Number of the withdrawal.
    pub withdrawal_no: AccountWithdrawalNo,
    pub account_id: AccountId,
    /// Where the bank pays it out.
    pub settlement_account_id: SettlementAccountId,
    /// Minor units, above 0; the fee is part of it.
    pub amount: i64,
    pub currency: Currency,
    /// What the platform keeps of it, minor units.
    pub fee_amount: i64,
    /// `amount` less `fee_amount`: what the bank pays out.
    pub actual_amount: i64,
    pub status: AccountWithdrawalStatus,
    pub request_reason: String,
    /// Note of the approval, or reason of the rejection.
    pub approval_notes: String,
    pub approved_by: Option<OperatorId>,
    pub approved_at: Option<Timestamp>,
    pub processed_by: Option<OperatorId>,
    pub processed_at: Option<Timestamp>,
    pub completed_at: Option<Timestamp>,
    pub failure_reason: String,
    /// The booking; null until completed.
    pub transaction_id: Option<TransactionId>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

// === ids and words ===

text_id! {
    /// Number of a withdrawal on an account: `WD`, 14 digits of time, 10 base64url characters. Not the number that
    /// withdrawal-service gives.
    pub struct AccountWithdrawalNo
}

uuid_id! {
    /// A withdrawal on an account, as other tables name it.
    pub struct AccountWithdrawalId
}

open_enum! {
    /// How far a withdrawal has come.
    pub enum AccountWithdrawalStatus {
        /// Set aside, not approved.
        Pending = "pending",
        /// It may be paid out.
        Approved = "approved",
        /// Refused; its amount is free again.
        Rejected = "rejected",
        /// At the bank.
        Processing = "processing",
        /// Paid out and booked.
        Completed = "completed",
        /// The bank did not pay; its amount is free again.
        Failed = "failed",
        /// Given up; its amount is free again.
        Cancelled = "cancelled",
    }
}
