//! Settlements: what a merchant is paid for a period, and who agreed to it.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::ids::{MerchantId, MerchantOrderNo, OperatorId, PaymentNo, TransactionId, WithdrawalNo},
    contract::{error::Result, money::Currency, timestamp::Timestamp},
    open_enum, text_id, uuid_id,
};

/// Settlements of the merchants.
// Steps are keyed: a repeat hears the first answer, not that the state does not allow it any more.
#[api(service = "settlement-service", base_path = "/api/v1", port = 40013)]
pub trait SettlementApi {
    /// Creates a pending settlement of the given transactions; the answer is without items.
    ///
    /// A transaction is in at most one settlement that is not rejected.
    // Marked `money`, as is rejecting: it decides which settlement pays a transaction out.
    #[post("/settlements", keyed, money)]
    async fn create_settlement(&self, settlement: &CreateSettlement) -> Result<Settlement>;

    /// Lists settlements, newest first.
    #[get("/settlements")]
    async fn list_settlements(&self, #[query] filter: &SettlementFilter) -> Result<SettlementPage>;

    /// Answers the totals of a merchant's settlements in a range of days.
    ///
    /// `start_date` and `end_date` are days such as `2025-10-24`, both inclusive.
    #[get("/settlements/reports")]
    async fn get_settlement_report(
        &self,
        merchant_id: MerchantId,
        start_date: &str,
        end_date: &str,
    ) -> Result<SettlementReport>;

    /// Answers one settlement with its items and approvals.
    #[get("/settlements/{id}")]
    async fn get_settlement(&self, id: &SettlementId) -> Result<SettlementDetail>;

    /// Approves a pending settlement; whoever created it cannot.
    #[post("/settlements/{id}/approve", keyed)]
    async fn approve_settlement(&self, id: &SettlementId, approval: &ApproveSettlement) -> Result<Receipt>;

    /// Rejects a pending settlement, so that its transactions can be settled by another.
    #[post("/settlements/{id}/reject", keyed, money)]
    async fn reject_settlement(&self, id: &SettlementId, rejection: &ApproveSettlement) -> Result<Receipt>;

    /// Books an approved settlement and pays it out by a withdrawal.
    #[post("/settlements/{id}/execute", keyed, money, tier = "critical")]
    async fn execute_settlement(&self, id: &SettlementId) -> Result<Receipt>;
}

// === requests ===

/// Which settlements to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SettlementFilter {
    /// Exact match.
    pub merchant_id: Option<MerchantId>,
    /// Exact match.
    pub status: Option<SettlementStatus>,
    /// Exact match.
    pub cycle: Option<SettlementCycle>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

/// What is to be settled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateSettlement {
    pub merchant_id: MerchantId,
    pub cycle: SettlementCycle,
    /// First day, inclusive, such as `2025-10-24`.
    pub start_date: String,
    /// Last day, inclusive; not before the first.
    pub end_date: String,
    /// Currency of the amounts; the transactions' own when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// What is settled; at least one, all of the same currency.
    pub transactions: Vec<SettledTransaction>,
}

/// One transaction to be settled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SettledTransaction {
    /// The booking on the merchant's account.
    pub transaction_id: TransactionId,
    pub order_no: MerchantOrderNo,
    pub payment_no: PaymentNo,
    /// Minor units, above 0.
    pub amount: i64,
    /// What the platform keeps of it, minor units; 0 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fee: Option<i64>,
    /// When it was booked.
    pub transaction_at: Timestamp,
}

/// Who approves or rejects, and why.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ApproveSettlement {
    /// Who decides.
    pub approver_id: OperatorId,
    /// Not empty.
    pub approver_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comments: Option<String>,
}

// === answers ===

/// One page of settlements.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SettlementPage {
    pub settlements: Vec<Settlement>,
    pub total: i64,
    pub page: i64,
    pub page_size: i64,
}

/// A settlement as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Settlement {
    pub id: SettlementId,
    /// Number of the settlement.
    pub settlement_no: SettlementNo,
    pub merchant_id: MerchantId,
    pub cycle: SettlementCycle,
    /// First day, as midnight UTC.
    pub start_date: Timestamp,
    /// Last day, as midnight UTC.
    pub end_date: Timestamp,
    /// Currency of all amounts; absent from a server that keeps none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Sum of the transactions' amounts, minor units.
    pub total_amount: i64,
    /// How many transactions.
    pub total_count: i32,
    /// Sum of the transactions' fees, minor units.
    pub fee_amount: i64,
    /// What was paid back in the period, minor units.
    pub refund_amount: i64,
    /// How many refunds.
    pub refund_count: i32,
    /// What is paid out: `total_amount` less `fee_amount` and `refund_amount`.
    pub settlement_amount: i64,
    pub status: SettlementStatus,
    /// Empty until executed.
    pub withdrawal_no: WithdrawalNo,
    /// When it was approved or rejected.
    pub approved_at: Option<Timestamp>,
    /// Who approved or rejected it.
    pub approved_by: Option<OperatorId>,
    /// When its execution began.
    pub processed_at: Option<Timestamp>,
    /// When the withdrawal was accepted.
    pub completed_at: Option<Timestamp>,
    pub remarks: String,
    /// Empty unless the execution failed.
    pub error_message: String,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// Totals of a merchant's settlements.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SettlementReport {
    /// Minor units.
    pub total_amount: i64,
    /// Transactions, not settlements.
    pub total_count: i32,
    /// Minor units.
    pub total_fee: i64,
    /// What is paid out, minor units.
    pub total_settlement: i64,
    /// Settlements.
    pub completed_count: i32,
    /// Settlements.
    pub pending_count: i32,
    /// Settlements.
    pub rejected_count: i32,
    /// Average of the completed settlements, minor units; 0 without any.
    pub avg_settlement_amount: i64,
}

/// A settlement with all that belongs to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SettlementDetail {
    pub settlement: Settlement,
    /// Latest transaction first.
    pub items: Vec<SettlementItem>,
    /// Newest first.
    pub approvals: Vec<SettlementApproval>,
}

/// One transaction of a settlement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SettlementItem {
    pub id: SettlementItemId,
    pub settlement_id: SettlementId,
    pub transaction_id: TransactionId,
    pub order_no: MerchantOrderNo,
    pub payment_no: PaymentNo,
    /// Minor units.
    pub amount: i64,
    /// Minor units.
    pub fee: i64,
    /// `amount` less `fee`.
    pub settle_amount: i64,
    pub transaction_at: Timestamp,
    pub created_at: Timestamp,
}

/// What somebody decided about a settlement.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct SettlementApproval {
    pub id: SettlementApprovalId,
    pub settlement_id: SettlementId,
    pub approver_id: OperatorId,
    pub approver_name: String,
    pub action: SettlementApprovalAction,
    /// What it made of the settlement: approved or rejected.
    pub status: SettlementStatus,
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
    /// A settlement.
    pub struct SettlementId
}

text_id! {
    /// Number of a settlement: `STL` and more, at most 64 characters. Routes take the [`SettlementId`].
    pub struct SettlementNo
}

uuid_id! {
    /// One transaction of a settlement.
    pub struct SettlementItemId
}

uuid_id! {
    /// A decision about a settlement.
    pub struct SettlementApprovalId
}

open_enum! {
    /// How far a settlement has come.
    pub enum SettlementStatus {
        /// Waits for an approval.
        Pending = "pending",
        /// It may be paid out.
        Approved = "approved",
        /// Refused.
        Rejected = "rejected",
        /// Being paid out.
        Processing = "processing",
        /// Its withdrawal was accepted.
        Completed = "completed",
        /// It could not be paid out.
        Failed = "failed",
    }
}

open_enum! {
    /// How often a merchant is settled.
    pub enum SettlementCycle {
        /// Every day.
        Daily = "daily",
        /// Every week.
        Weekly = "weekly",
        /// Every month.
        Monthly = "monthly",
        /// When somebody asks for it.
        Manual = "manual",
    }
}

open_enum! {
    /// What somebody decided.
    pub enum SettlementApprovalAction {
        /// It may be paid out.
        Approve = "approve",
        /// It may not.
        Reject = "reject",
    }
}

#[cfg(test)]
mod tests {
    use super::{
        CreateSettlement, Settlement, SettlementApprovalAction, SettlementCycle, SettlementPage, SettlementStatus,
    };
    use crate::apis::testing::{both_ways, keeps_unknown_word};

    /// Without a currency, as a server writes one that keeps none.
    const SETTLEMENT: &str = r#"{
        "id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "settlement_no": "STL7c9e66791761307200",
        "merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "cycle": "daily", "start_date": "2025-10-24T00:00:00Z",
        "end_date": "2025-10-24T00:00:00Z", "total_amount": 1999, "total_count": 1, "fee_amount": 60,
        "refund_amount": 0, "refund_count": 0, "settlement_amount": 1939, "status": "pending", "withdrawal_no": "",
        "approved_at": null, "approved_by": null, "processed_at": null, "completed_at": null, "remarks": "",
        "error_message": "", "created_at": "2025-10-25T00:10:00.123456Z", "updated_at": "2025-10-25T00:10:00.123456Z"
    }"#;

    #[test]
    fn a_settlement_reads_and_writes_with_a_currency_or_without() {
        assert_eq!(both_ways::<Settlement>(SETTLEMENT).currency, None);
        let of_euros = format!(r#"{}, "currency": "EUR"}}"#, SETTLEMENT.trim_end_matches('}'));
        assert!(both_ways::<Settlement>(&of_euros).currency.is_some());
    }

    #[test]
    fn the_rows_of_a_page_have_a_name_of_their_own() {
        let page = format!(r#"{{"settlements": [{SETTLEMENT}], "total": 1, "page": 1, "page_size": 20}}"#);
        assert_eq!(both_ways::<SettlementPage>(&page).settlements.len(), 1);
    }

    #[test]
    fn a_request_leaves_out_what_was_not_given() {
        both_ways::<CreateSettlement>(
            r#"{"merchant_id": "7c9e6679-7425-40de-944b-e07fc1f90ae7", "cycle": "manual", "start_date": "2025-10-24",
                "end_date": "2025-10-24", "transactions": [
                    {"transaction_id": "3f2b8c1e-5d4a-4e6b-9a7c-0123456789ab", "order_no": "A-1", "payment_no": "PY1",
                     "amount": 1999, "transaction_at": "2025-10-24T12:00:00Z"}
                ]}"#,
        );
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<SettlementStatus>();
        keeps_unknown_word::<SettlementCycle>();
        keeps_unknown_word::<SettlementApprovalAction>();
    }
}
