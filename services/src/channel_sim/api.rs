//! What the channel offers to its customers, in the manner of Stripe's API: the same routes, fields and words, as far as
//! the platform uses them; [`paypal`] is the same channel in the manner of PayPal's. Errors are in the platform's own form.

pub mod crypto;
pub mod paypal;

use std::collections::BTreeMap;

use payment_clients::{
    apis::ids::PaymentNo,
    client::BaseClient,
    contract::{error::Result, secret::PersonalText},
    open_enum,
    prelude::{ServiceClient, api},
    text_id,
};
use serde::{Deserialize, Serialize};

/// Payments and refunds at the channel.
#[api(service = "channel-sim", base_path = "/v1", port = 40096, tier = "critical", envelope = "bare")]
pub trait ChannelSimApi {
    /// Creates a payment and takes the money.
    ///
    /// A declined one is answered with 402 `card_declined`. Whatever else becomes of it is told by a webhook.
    #[post("/payment_intents", keyed, money)]
    async fn create_payment_intent(&self, intent: &CreateIntent) -> Result<PaymentIntent>;

    /// Answers one payment.
    #[get("/payment_intents/{id}")]
    async fn get_payment_intent(&self, id: &IntentId) -> Result<PaymentIntent>;

    /// Lists the payments that were created with this `metadata.payment_no`, oldest first.
    #[get("/payment_intents")]
    async fn list_payment_intents(&self, payment_no: PaymentNo) -> Result<IntentList>;

    /// Cancels a payment whose money has not been taken.
    #[post("/payment_intents/{id}/cancel", idempotent, money)]
    async fn cancel_payment_intent(&self, id: &IntentId) -> Result<PaymentIntent>;

    /// Pays money back, at most what was taken.
    #[post("/refunds", keyed, money)]
    async fn create_refund(&self, refund: &CreateRefund) -> Result<Refund>;

    /// Answers one refund.
    #[get("/refunds/{id}")]
    async fn get_refund(&self, id: &RefundId) -> Result<Refund>;
}

/// Client of the channel.
#[derive(Clone, Debug, ServiceClient)]
#[client(api(ChannelSimApi))]
pub struct ChannelSimClient {
    base: BaseClient,
}

// === requests ===

/// What shall be paid.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CreateIntent {
    /// Smallest unit of the currency, above 0.
    pub amount: i64,
    /// ISO 4217 code in lower case.
    pub currency: String,
    /// The customer's own notes; `payment_no` is the reference for look-ups, and every event repeats them all.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
    /// Where the receipt goes. The part before the `@` chooses how the simulator behaves.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub receipt_email: Option<PersonalText>,
    /// Text for the payer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// What shall be paid back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CreateRefund {
    /// Of which payment.
    pub payment_intent: IntentId,
    /// Smallest unit of the payment's currency; all that is left when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// The customer's own notes, such as `refund_no`.
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

// === answers ===

/// A payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentIntent {
    /// The channel's number of the payment.
    pub id: IntentId,
    /// Always `payment_intent`.
    pub object: String,
    /// Smallest unit of the currency.
    pub amount: i64,
    /// ISO 4217 code in lower case.
    pub currency: String,
    /// How far it has come.
    pub status: IntentStatus,
    /// With which the payer's browser would go on.
    pub client_secret: String,
    /// As given.
    pub metadata: BTreeMap<String, String>,
    /// When it was created, in Unix seconds.
    pub created: i64,
    /// Of the amount, what was paid back.
    pub amount_refunded: i64,
}

/// Payments that a look-up found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IntentList {
    /// Always `list`.
    pub object: String,
    /// The payments.
    pub data: Vec<PaymentIntent>,
    /// Always false: a look-up finds all there are.
    pub has_more: bool,
}

/// A refund.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Refund {
    /// The channel's number of the refund.
    pub id: RefundId,
    /// Always `refund`.
    pub object: String,
    /// Of which payment.
    pub payment_intent: IntentId,
    /// Smallest unit of the currency.
    pub amount: i64,
    /// ISO 4217 code in lower case.
    pub currency: String,
    /// Always `succeeded`.
    pub status: String,
    /// As given.
    pub metadata: BTreeMap<String, String>,
    /// When it was made, in Unix seconds.
    pub created: i64,
}

// === ids and words ===

text_id! {
    /// The channel's number of a payment, such as `pi_20251024120000a1B2c3D4e5`.
    pub struct IntentId
}

text_id! {
    /// The channel's number of a refund, such as `re_20251024120000a1B2c3D4e5`.
    pub struct RefundId
}

open_enum! {
    /// How far a payment has come.
    pub enum IntentStatus {
        /// Accepted; a webhook will tell.
        Processing = "processing",
        /// The money was taken.
        Succeeded = "succeeded",
        /// It was declined, or failed later.
        RequiresPaymentMethod = "requires_payment_method",
        /// Given up before the money was taken.
        Canceled = "canceled",
    }
}
