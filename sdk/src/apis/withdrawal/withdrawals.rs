//! Withdrawals: money to a merchant's bank, after as many approvals as its amount demands.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::bank_accounts::BankAccountId;
use crate::{
    apis::ids::{BankTradeNo, MerchantId, OperatorId, WithdrawalNo},
    contract::{
        error::Result,
        money::{Currency, Money},
        secret::PersonalText,
        timestamp::Timestamp,
    },
    open_enum, uuid_id,
};

/// Withdrawals of the merchants.
// Steps are keyed: a repeat hears the first answer, not that the state does not allow it any more. Nothing has a status
// query: only the service's answer tells the id of a new withdrawal, and that one exists does not say how far it came.
#[api(service = "withdrawal-service", base_path = "/api/v1", port = 40014, tier = "critical")]
pub trait WithdrawalApi {
    /// Asks for a withdrawal and sets its amount aside; more than is free is refused.
    #[post("/withdrawals", keyed, money)]
    async fn create_withdrawal(&self, withdrawal: &CreateWithdrawal) -> Result<Withdrawal>;

    /// Lists withdrawals, newest first.
    #[get("/withdrawals", tier = "standard")]
    async fn list_withdrawals(&self, #[query] filter: &WithdrawalFilter) -> Result<WithdrawalPage>;

    /// Answers the totals of a merchant's withdrawals in a range of days.
    ///
    /// `start_date` and `end_date` are days such as `2025-10-24`, both inclusive.
    #[get("/withdrawals/reports", tier = "standard")]
    async fn get_withdrawal_report(
        &self,
        merchant_id: MerchantId,
        start_date: &str,
        end_date: &str,
    ) -> Result<WithdrawalReport>;

    /// Answers one withdrawal with its approvals.
    #[get("/withdrawals/{id}", tier = "standard")]
    async fn get_withdrawal(&self, id: &WithdrawalId) -> Result<WithdrawalDetail>;

    /// Approves a pending withdrawal on the next level; nobody approves it twice.
    ///
    /// It is approved when `approval_level` reaches `required_level`, and pending until then.
    #[post("/withdrawals/{id}/approve", keyed, tier = "standard")]
    async fn approve_withdrawal(&self, id: &WithdrawalId, approval: &ApproveWithdrawal) -> Result<Receipt>;

    /// Rejects a pending withdrawal and frees its amount.
    #[post("/withdrawals/{id}/reject", keyed, money)]
    async fn reject_withdrawal(&self, id: &WithdrawalId, rejection: &ApproveWithdrawal) -> Result<Receipt>;

    /// Has the bank pay out an approved withdrawal, then books it.
    #[post("/withdrawals/{id}/execute", keyed, money)]
    async fn execute_withdrawal(&self, id: &WithdrawalId) -> Result<Receipt>;

    /// Cancels a withdrawal that is not at the bank and frees its amount.
    #[post("/withdrawals/{id}/cancel", keyed, money)]
    async fn cancel_withdrawal(&self, id: &WithdrawalId, cancellation: &CancelWithdrawal) -> Result<Receipt>;
}

// === requests ===

/// Which withdrawals to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct WithdrawalFilter {
    /// Exact match.
    pub merchant_id: Option<MerchantId>,
    /// Exact match.
    pub status: Option<WithdrawalStatus>,
    /// Exact match.
    #[serde(rename = "type")]
    pub kind: Option<WithdrawalType>,
    /// Exact match; finds the withdrawal of a settlement.
    pub withdrawal_no: Option<WithdrawalNo>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

/// A withdrawal that is asked for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateWithdrawal {
    pub merchant_id: MerchantId,
    /// Minor units, above 0; the fee is part of it.
    pub amount: i64,
    /// Currency of the amount; may be absent where the merchant has funds in one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    #[serde(rename = "type")]
    pub kind: WithdrawalType,
    /// The merchant's own, active and verified.
    pub bank_account_id: BankAccountId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub remarks: Option<String>,
    /// Who asks for it; nil for the platform itself.
    pub created_by: OperatorId,
}

impl CreateWithdrawal {
    /// Asks for `money`, and remarks nothing.
    pub fn new(
        merchant_id: MerchantId,
        money: Money,
        kind: WithdrawalType,
        bank_account_id: BankAccountId,
        created_by: OperatorId,
    ) -> Self {
        Self {
            merchant_id,
            amount: money.minor_units,
            currency: Some(money.currency),
            kind,
            bank_account_id,
            remarks: None,
            created_by,
        }
    }
}

/// Who approves or rejects, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ApproveWithdrawal {
    /// Who decides.
    pub approver_id: OperatorId,
    /// Not empty.
    pub approver_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
}

/// Why a withdrawal is given up.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CancelWithdrawal {
    /// Why; not empty.
    pub reason: String,
}

// === answers ===

/// One page of withdrawals.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct WithdrawalPage {
    pub withdrawals: Vec<Withdrawal>,
    pub total: i64,
    pub page: i64,
    pub page_size: i64,
}

/// A withdrawal as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Withdrawal {
    pub id: WithdrawalId,
    /// Number of the withdrawal.
    pub withdrawal_no: WithdrawalNo,
    pub merchant_id: MerchantId,
    /// Currency of all amounts; absent from a server that keeps none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// What leaves the merchant's account, minor units.
    pub amount: i64,
    /// What the platform keeps, minor units.
    pub fee: i64,
    /// What the bank pays out: `amount` less `fee`, above 0.
    pub actual_amount: i64,
    #[serde(rename = "type")]
    pub kind: WithdrawalType,
    pub status: WithdrawalStatus,
    pub bank_account_id: BankAccountId,
    /// As the bank account had it when this was created, like the next two.
    pub bank_name: String,
    pub bank_account_name: PersonalText,
    /// Masked but for its last four characters.
    pub bank_account_no: String,
    pub remarks: String,
    /// Approvals so far.
    pub approval_level: i32,
    /// Approvals needed: 1; 2 from 10,000,000 minor units on; 3 from 100,000,000 on.
    pub required_level: i32,
    /// The bank's own number of the transfer; empty until known.
    pub channel_trade_no: BankTradeNo,
    /// Why it failed or was cancelled; empty otherwise.
    pub failure_reason: String,
    /// When it went to the bank.
    pub processed_at: Option<Timestamp>,
    /// When the bank had paid and it was booked.
    pub completed_at: Option<Timestamp>,
    /// Nil for the platform itself.
    pub created_by: OperatorId,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Totals of a merchant's withdrawals.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct WithdrawalReport {
    /// Minor units.
    pub total_amount: i64,
    pub total_count: i32,
    /// Minor units.
    pub total_fee: i64,
    pub completed_count: i32,
    /// Sum of `actual_amount`.
    pub completed_amount: i64,
    pub pending_count: i32,
    /// Minor units.
    pub pending_amount: i64,
    pub rejected_count: i32,
    pub failed_count: i32,
    /// Minor units.
    pub avg_amount: i64,
    /// Seconds from `processed_at` to `completed_at`, on average.
    pub avg_processing_time: i64,
}

/// A withdrawal with its approvals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct WithdrawalDetail {
    pub withdrawal: Withdrawal,
    /// By level, then oldest first.
    pub approvals: Vec<WithdrawalApproval>,
}

/// What somebody decided about a withdrawal.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct WithdrawalApproval {
    pub id: WithdrawalApprovalId,
    pub withdrawal_id: WithdrawalId,
    pub approver_id: OperatorId,
    pub approver_name: String,
    pub level: i32,
    pub action: WithdrawalApprovalAction,
    /// Approved or rejected: this decision, not the withdrawal.
    pub status: WithdrawalStatus,
    pub comments: String,
    pub approved_at: Timestamp,
    pub created_at: Timestamp,
}

/// Says that a step was taken.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Receipt {
    /// Text for people.
    pub message: String,
}

// === ids and words ===

uuid_id! {
    /// A withdrawal.
    pub struct WithdrawalId
}

uuid_id! {
    /// A decision about a withdrawal.
    pub struct WithdrawalApprovalId
}

open_enum! {
    /// How far a withdrawal has come.
    pub enum WithdrawalStatus {
        /// Waits for approvals.
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
        /// Paid out and booked, and later sent back by the bank; its amount is free again.
        Returned = "returned",
    }
}

open_enum! {
    /// Why and how fast money goes to the bank; says what fee is taken.
    pub enum WithdrawalType {
        /// The merchant asked for it.
        Normal = "normal",
        /// The merchant asked for it, at once.
        Urgent = "urgent",
        /// On the merchant's schedule.
        Scheduled = "scheduled",
        /// Pays a settlement out, by schedule.
        SettlementAuto = "settlement_auto",
        /// Pays a settlement out that somebody asked for.
        SettlementManual = "settlement_manual",
    }
}

open_enum! {
    /// What somebody decided.
    pub enum WithdrawalApprovalAction {
        /// It may be paid out, as far as this level goes.
        Approve = "approve",
        /// It may not.
        Reject = "reject",
    }
}

#[cfg(test)]
mod tests {
    use super::{
        CreateWithdrawal, WithdrawalApprovalAction, WithdrawalFilter, WithdrawalPage, WithdrawalStatus, WithdrawalType,
    };
    use crate::apis::testing::{both_ways, keeps_unknown_word, query_both_ways};

    #[test]
    fn a_request_names_its_kind_type() {
        let asked: CreateWithdrawal = both_ways(
            r#"{"merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "amount": 100000, "type": "settlement_auto",
                "bank_account_id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab",
                "created_by": "00000000-0000-0000-0000-000000000000"}"#,
        );
        assert_eq!(asked.kind, WithdrawalType::SettlementAuto);
        let filter = WithdrawalFilter { kind: Some(WithdrawalType::Urgent), ..WithdrawalFilter::default() };
        query_both_ways(&filter, "type=urgent");
    }

    #[test]
    fn the_rows_of_a_page_have_a_name_of_their_own() {
        both_ways::<WithdrawalPage>(r#"{"withdrawals": [], "total": 0, "page": 1, "page_size": 20}"#);
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<WithdrawalStatus>();
        keeps_unknown_word::<WithdrawalType>();
        keeps_unknown_word::<WithdrawalApprovalAction>();
    }
}
