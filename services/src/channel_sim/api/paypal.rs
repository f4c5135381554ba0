//! The same channel in the manner of PayPal's API: orders that are captured, captures that are refunded, amounts as
//! decimal text. A payer's account is on file, so that an order is captured when it is created.
//!
//! Unlike PayPal it takes the key of a call from `Idempotency-Key` and not from `PayPal-Request-Id`, and an order that
//! waits can be voided.

use payment_clients::{
    apis::{
        channel_adapter::PaypalAmount,
        ids::{PaymentNo, RefundNo},
    },
    client::BaseClient,
    contract::{error::Result, secret::PersonalText},
    open_enum,
    prelude::{ServiceClient, api},
    text_id,
};
use serde::{Deserialize, Serialize};

/// Orders and their refunds. A service of its own: what is wrong at the one channel says nothing of the other.
///
/// An order cannot be found by the customer's own number; the same key finds it.
#[api(service = "channel-sim-paypal", base_path = "/v2", port = 40096, tier = "critical", envelope = "bare")]
pub trait PaypalSimApi {
    /// Creates an order and captures it.
    ///
    /// A declined one is answered with 422 `INSTRUMENT_DECLINED`. Whatever else becomes of it is told by a webhook.
    #[post("/checkout/orders", keyed, money)]
    async fn create_paypal_order(&self, order: &CreatePaypalOrder) -> Result<PaypalOrder>;

    /// Answers one order.
    #[get("/checkout/orders/{id}")]
    async fn get_paypal_order(&self, id: &PaypalOrderId) -> Result<PaypalOrder>;

    /// Gives up an order whose money has not been taken.
    #[post("/checkout/orders/{id}/void", idempotent, money)]
    async fn void_paypal_order(&self, id: &PaypalOrderId) -> Result<PaypalOrder>;

    /// Pays back money of a capture, at most what was taken.
    #[post("/payments/captures/{id}/refund", keyed, money)]
    async fn refund_paypal_capture(&self, id: &CaptureId, refund: &RefundCapture) -> Result<PaypalRefund>;

    /// Answers one refund.
    #[get("/payments/refunds/{id}")]
    async fn get_paypal_refund(&self, id: &PaypalRefundId) -> Result<PaypalRefund>;
}

/// Client of the channel as PayPal.
#[derive(Clone, Debug, ServiceClient)]
#[client(api(PaypalSimApi))]
pub struct PaypalSimClient {
    base: BaseClient,
}

// === requests ===

/// What shall be paid.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreatePaypalOrder {
    /// Always `CAPTURE`.
    pub intent: String,
    /// What is bought: one unit.
    pub purchase_units: Vec<PurchaseUnit>,
    /// Who pays.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payer: Option<Payer>,
}

/// What is bought.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct PurchaseUnit {
    /// The customer's number of the payment; every event repeats it.
    pub custom_id: PaymentNo,
    /// How much.
    pub amount: PaypalAmount,
    /// Text for the payer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// In answers: what was taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payments: Option<UnitPayments>,
}

/// Who pays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Payer {
    /// The part before the `@` chooses how the simulator behaves.
    pub email_address: PersonalText,
}

/// What shall be paid back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefundCapture {
    /// How much, in the capture's currency.
    pub amount: PaypalAmount,
    /// The customer's number of the refund.
    pub custom_id: RefundNo,
}

// === answers ===

/// An order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaypalOrder {
    /// The channel's number of the payment.
    pub id: PaypalOrderId,
    /// How far it has come.
    pub status: PaypalOrderStatus,
    /// What is bought.
    pub purchase_units: Vec<PurchaseUnit>,
    /// Where the payer goes on.
    pub links: Vec<Link>,
}

/// What was taken for a unit.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct UnitPayments {
    /// The one capture, once there is one.
    pub captures: Vec<Capture>,
}

/// Money that was taken, or was to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Capture {
    /// The channel's number of the capture.
    pub id: CaptureId,
    /// `COMPLETED` or `DECLINED`.
    pub status: String,
    /// How much.
    pub amount: PaypalAmount,
}

/// An address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Where.
    pub href: String,
    /// What for; `approve` is for the payer.
    pub rel: String,
}

/// A refund.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaypalRefund {
    /// The channel's number of the refund.
    pub id: PaypalRefundId,
    /// `COMPLETED`, `PENDING`, `FAILED` or `CANCELLED`.
    pub status: String,
    /// How much.
    pub amount: PaypalAmount,
}

// === ids and words ===

text_id! {
    /// The channel's number of an order, such as `OR20251024120000a1B2c3D4e5`.
    pub struct PaypalOrderId
}

text_id! {
    /// The channel's number of a capture, such as `CA20251024120000a1B2c3D4e5`.
    pub struct CaptureId
}

text_id! {
    /// The channel's number of a refund, such as `RE20251024120000a1B2c3D4e5`.
    pub struct PaypalRefundId
}

open_enum! {
    /// How far an order has come.
    pub enum PaypalOrderStatus {
        /// Accepted; a webhook will tell.
        Approved = "APPROVED",
        /// Captured, or declined: its capture says which.
        Completed = "COMPLETED",
        /// Given up before the money was taken.
        Voided = "VOIDED",
    }
}
