//! Reconciliation sheets: our books beside a channel's or a bank's.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::transactions::TransactionNo;
use crate::{
    apis::ids::{MerchantId, OperatorId},
    contract::{error::Result, money::Currency, page::Page, timestamp::Timestamp},
    open_enum, text_id, uuid_id,
};

/// Reconciliation sheets.
#[api(service = "accounting-service", base_path = "/api/v1", port = 40007, tier = "critical")]
pub trait ReconciliationApi {
    /// Creates a sheet with its items: matched when nothing differs, else mismatched.
    // Keyed: two sheets with the same content are two.
    #[post("/reconciliations", keyed, tier = "standard")]
    async fn create_reconciliation(&self, reconciliation: &CreateReconciliation) -> Result<Reconciliation>;

    /// Lists sheets without their items, newest day first.
    #[get("/reconciliations", tier = "standard")]
    async fn list_reconciliations(&self, #[query] filter: &ReconciliationFilter) -> Result<Page<Reconciliation>>;

    /// Answers one sheet with its items.
    #[get("/reconciliations/{reconciliation_no}", tier = "standard")]
    async fn get_reconciliation(&self, reconciliation_no: &ReconciliationNo) -> Result<Reconciliation>;

    /// Begins to clear up a sheet that is pending or mismatched.
    // Idempotent, as all steps here are: a repeat finds the state that it asks for.
    #[post("/reconciliations/{reconciliation_no}/process", idempotent, tier = "standard")]
    async fn process_reconciliation(
        &self,
        reconciliation_no: &ReconciliationNo,
        start: &ProcessReconciliation,
    ) -> Result<()>;

    /// Closes a sheet that matches or has been cleared up.
    #[post("/reconciliations/{reconciliation_no}/complete", idempotent, tier = "standard")]
    async fn complete_reconciliation(&self, reconciliation_no: &ReconciliationNo) -> Result<()>;

    /// Marks one item of a sheet that is being cleared up as resolved.
    #[post("/reconciliations/items/{item_id}/resolve", idempotent, tier = "standard")]
    async fn resolve_reconciliation_item(
        &self,
        item_id: &ReconciliationItemId,
        resolution: &ResolveReconciliationItem,
    ) -> Result<()>;
}

// === requests ===

/// Which reconciliations to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ReconciliationFilter {
    /// Exact match.
    pub merchant_id: Option<MerchantId>,
    /// Exact match.
    pub channel: Option<String>,
    /// Exact match.
    pub status: Option<ReconciliationStatus>,
    /// First day, inclusive, such as `2025-10-24`.
    pub start_date: Option<String>,
    /// Last day, inclusive.
    pub end_date: Option<String>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

/// A sheet to be created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateReconciliation {
    pub merchant_id: MerchantId,
    pub channel: String,
    /// The day, as midnight.
    pub reconciliation_date: Timestamp,
    pub period_start: Timestamp,
    pub period_end: Timestamp,
    pub currency: Currency,
    /// What was compared; at least one.
    pub items: Vec<NewReconciliationItem>,
}

/// One line of a sheet to be created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct NewReconciliationItem {
    pub transaction_no: TransactionNo,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_tx_no: Option<ExternalTransactionNo>,
    pub item_type: ReconciliationItemType,
    /// Ours, minor units; 0 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub internal_amount: Option<i64>,
    /// Theirs, minor units; 0 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_amount: Option<i64>,
    /// When absent, the amounts decide: matched or mismatched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<ReconciliationItemStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

impl NewReconciliationItem {
    /// A line of ours without an amount, for `NewReconciliationItem { internal_amount,
    /// ..NewReconciliationItem::new(..) }`.
    pub fn new(transaction_no: TransactionNo, item_type: ReconciliationItemType) -> Self {
        Self {
            transaction_no,
            external_tx_no: None,
            item_type,
            internal_amount: None,
            external_amount: None,
            status: None,
            description: None,
        }
    }
}

/// Who begins to clear up a sheet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ProcessReconciliation {
    /// Who clears it up.
    pub user_id: OperatorId,
}

/// How an item was resolved.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ResolveReconciliationItem {
    /// What it was; not empty. Becomes the description of the item.
    pub resolution: String,
}

// === answers ===

/// A sheet as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Reconciliation {
    pub id: ReconciliationId,
    /// Number of the sheet.
    pub reconciliation_no: ReconciliationNo,
    pub merchant_id: MerchantId,
    /// Such as `stripe`, `paypal` or `bank`.
    pub channel: String,
    /// The day, as midnight.
    pub reconciliation_date: Timestamp,
    pub period_start: Timestamp,
    pub period_end: Timestamp,
    pub currency: Currency,
    /// Items that our books have.
    pub internal_count: i32,
    /// Minor units.
    pub internal_amount: i64,
    /// Items that theirs have.
    pub external_count: i32,
    /// Minor units.
    pub external_amount: i64,
    /// `internal_count` less `external_count`.
    pub diff_count: i32,
    /// `internal_amount` less `external_amount`.
    pub diff_amount: i64,
    /// Items that are mismatched or missing.
    pub mismatched_count: i32,
    pub status: ReconciliationStatus,
    /// Who closed it; null until then.
    pub reconciled_by: Option<OperatorId>,
    /// Null until closed.
    pub reconciled_at: Option<Timestamp>,
    pub notes: String,
    /// Absent in lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<ReconciliationItem>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// One line of a sheet.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ReconciliationItem {
    pub id: ReconciliationItemId,
    pub reconciliation_id: ReconciliationId,
    pub transaction_no: TransactionNo,
    pub external_tx_no: ExternalTransactionNo,
    pub item_type: ReconciliationItemType,
    /// Minor units.
    pub internal_amount: i64,
    /// Minor units.
    pub external_amount: i64,
    /// `internal_amount` less `external_amount`.
    pub diff_amount: i64,
    pub status: ReconciliationItemStatus,
    pub description: String,
    pub created_at: Timestamp,
}

// === ids and words ===

text_id! {
    /// A channel's or a bank's own number of a transaction.
    pub struct ExternalTransactionNo
}

text_id! {
    /// Number of a sheet: `REC`, 14 digits of time, 10 base64url characters.
    pub struct ReconciliationNo
}

uuid_id! {
    /// A sheet, as other tables name it; people and routes use its [`ReconciliationNo`].
    pub struct ReconciliationId
}

uuid_id! {
    /// One line of a sheet.
    pub struct ReconciliationItemId
}

open_enum! {
    /// How far a sheet has come.
    pub enum ReconciliationStatus {
        /// Not compared yet.
        Pending = "pending",
        /// Being cleared up.
        Processing = "processing",
        /// Nothing differs.
        Matched = "matched",
        /// Something differs.
        Mismatched = "mismatched",
        /// Closed.
        Completed = "completed",
        /// Given up.
        Cancelled = "cancelled",
    }
}

open_enum! {
    /// What an item is about.
    pub enum ReconciliationItemType {
        /// A payment.
        Payment = "payment",
        /// A refund.
        Refund = "refund",
        /// A fee.
        Fee = "fee",
    }
}

open_enum! {
    /// How an item compares.
    pub enum ReconciliationItemStatus {
        /// Both books agree.
        Matched = "matched",
        /// They differ.
        Mismatched = "mismatched",
        /// One book lacks it.
        Missing = "missing",
        /// One book has it twice.
        Duplicate = "duplicate",
        /// They differed, and somebody said why.
        Resolved = "resolved",
    }
}
