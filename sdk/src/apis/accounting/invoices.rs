//! Invoices: what merchants owe the platform.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use super::transactions::{RelatedId, RelatedNo};
use crate::{
    apis::ids::MerchantId,
    contract::{decimal::Decimal, error::Result, money::Currency, page::Page, timestamp::Timestamp},
    open_enum, text_id, uuid_id,
};

/// Invoices to the merchants.
#[api(service = "accounting-service", base_path = "/api/v1", port = 40007, tier = "critical")]
pub trait InvoiceApi {
    /// Creates a pending invoice with its items; the server adds up.
    // Keyed: two invoices with the same content are two.
    #[post("/invoices", keyed, tier = "standard")]
    async fn create_invoice(&self, invoice: &CreateInvoice) -> Result<Invoice>;

    /// Lists invoices without their items, newest first.
    #[get("/invoices", tier = "standard")]
    async fn list_invoices(&self, #[query] filter: &InvoiceFilter) -> Result<Page<Invoice>>;

    /// Answers one invoice with its items.
    #[get("/invoices/{invoice_no}", tier = "standard")]
    async fn get_invoice(&self, invoice_no: &InvoiceNo) -> Result<Invoice>;

    /// Records that an invoice was paid, wholly or in part.
    // Keyed and not idempotent: two part payments of the same amount are two.
    #[post("/invoices/{invoice_no}/pay", keyed, money, tier = "standard")]
    async fn pay_invoice(&self, invoice_no: &InvoiceNo, payment: &PayInvoice) -> Result<()>;

    /// Cancels an invoice of which nothing is paid.
    // Idempotent, as voiding is: a repeat finds the state that it asks for.
    #[post("/invoices/{invoice_no}/cancel", idempotent, tier = "standard")]
    async fn cancel_invoice(&self, invoice_no: &InvoiceNo) -> Result<()>;

    /// Declares an invoice that is not paid in full void.
    #[post("/invoices/{invoice_no}/void", idempotent, tier = "standard")]
    async fn void_invoice(&self, invoice_no: &InvoiceNo) -> Result<()>;
}

// === requests ===

/// Which invoices to list; absent fields do not restrict.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct InvoiceFilter {
    /// Exact match.
    pub merchant_id: Option<MerchantId>,
    /// Exact match.
    pub invoice_type: Option<InvoiceType>,
    /// Exact match.
    pub status: Option<InvoiceStatus>,
    /// Lower bound (inclusive) on `period_start`.
    pub start_time: Option<Timestamp>,
    /// Upper bound (inclusive) on `period_end`.
    pub end_time: Option<Timestamp>,
    /// From 1. Values below 1 become 1.
    pub page: Option<i64>,
    /// Values outside 1..100 become 20.
    pub page_size: Option<i64>,
}

/// An invoice to be created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateInvoice {
    pub merchant_id: MerchantId,
    pub invoice_type: InvoiceType,
    pub period_start: Timestamp,
    pub period_end: Timestamp,
    pub currency: Currency,
    pub due_date: Timestamp,
    /// Percent, `6` for 6 %; 0 when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax_rate: Option<Decimal>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notes: Option<String>,
    /// What is charged; at least one.
    pub items: Vec<NewInvoiceItem>,
}

impl CreateInvoice {
    /// Charges these items without tax, for `CreateInvoice { tax_rate, ..CreateInvoice::new(..) }`.
    pub fn new(
        merchant_id: MerchantId,
        invoice_type: InvoiceType,
        currency: Currency,
        period_start: Timestamp,
        period_end: Timestamp,
        due_date: Timestamp,
        items: Vec<NewInvoiceItem>,
    ) -> Self {
        Self {
            merchant_id,
            invoice_type,
            period_start,
            period_end,
            currency,
            due_date,
            tax_rate: None,
            notes: None,
            items,
        }
    }
}

/// One line of an invoice to be created.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct NewInvoiceItem {
    pub item_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// At least 1.
    pub quantity: i32,
    /// Minor units, above 0.
    pub unit_price: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related_id: Option<RelatedId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub related_no: Option<RelatedNo>,
}

/// How much of an invoice was paid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PayInvoice {
    /// Minor units, above 0; at most what is outstanding.
    pub paid_amount: i64,
}

// === answers ===

/// An invoice as the service keeps it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Invoice {
    pub id: InvoiceId,
    pub merchant_id: MerchantId,
    /// Number of the invoice.
    pub invoice_no: InvoiceNo,
    pub invoice_type: InvoiceType,
    pub period_start: Timestamp,
    pub period_end: Timestamp,
    pub currency: Currency,
    /// Sum of the items, minor units.
    pub subtotal_amount: i64,
    /// Tax on the subtotal, minor units.
    pub tax_amount: i64,
    /// `subtotal_amount` and `tax_amount`.
    pub total_amount: i64,
    /// Minor units.
    pub paid_amount: i64,
    /// `total_amount` less `paid_amount`.
    pub outstanding_amount: i64,
    pub status: InvoiceStatus,
    pub due_date: Timestamp,
    /// Null until paid in full.
    pub paid_at: Option<Timestamp>,
    pub notes: String,
    /// Absent in lists.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub items: Vec<InvoiceItem>,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
}

/// One line of an invoice.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct InvoiceItem {
    pub id: InvoiceItemId,
    pub invoice_id: InvoiceId,
    pub item_type: String,
    pub description: String,
    pub quantity: i32,
    /// Minor units.
    pub unit_price: i64,
    /// `quantity` times `unit_price`.
    pub amount: i64,
    pub related_id: Option<RelatedId>,
    pub related_no: RelatedNo,
    pub created_at: Timestamp,
}

// === ids and words ===

text_id! {
    /// Number of an invoice: `INV`, 14 digits of time, 10 base64url characters.
    pub struct InvoiceNo
}

uuid_id! {
    /// An invoice, as other tables name it; people and routes use its [`InvoiceNo`].
    pub struct InvoiceId
}

uuid_id! {
    /// One line of an invoice.
    pub struct InvoiceItemId
}

open_enum! {
    /// What an invoice charges for.
    pub enum InvoiceType {
        /// The service as such.
        ServiceFee = "service_fee",
        /// Payments.
        TransactionFee = "transaction_fee",
        /// Payouts.
        WithdrawalFee = "withdrawal_fee",
        /// A month.
        Monthly = "monthly",
        /// Anything else.
        Custom = "custom",
    }
}

open_enum! {
    /// How far an invoice has come.
    pub enum InvoiceStatus {
        /// Not sent.
        Draft = "draft",
        /// Sent, not paid.
        Pending = "pending",
        /// Paid in full.
        Paid = "paid",
        /// Paid in part.
        PartialPaid = "partial_paid",
        /// Not paid in time.
        Overdue = "overdue",
        /// Given up before anything was paid.
        Cancelled = "cancelled",
        /// Declared void.
        Voided = "voided",
    }
}
