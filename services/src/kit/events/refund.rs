//! What becomes of refunds, told by the gateway.

use payment_clients::{
    apis::{
        ids::{MerchantId, MerchantOrderNo, PaymentNo, RefundNo},
        payment_gateway::{RefundStatus, payment_api},
    },
    contract::{money::Currency, secret::PersonalText, timestamp::Timestamp},
};
use serde::{Deserialize, Serialize};

use super::{Kind, Payload, Topic};

/// Where they go.
pub const TOPIC: Topic = Topic { name: "payment.refund.events", producer: payment_api::SERVICE };

/// It was asked for, and its amount is reserved.
pub const CREATED: Kind<RefundPayload> = Kind::new("refund.created");
/// The money went back.
pub const COMPLETED: Kind<RefundPayload> = Kind::new("refund.completed").also_read_as("refund.success");
/// It was refused.
pub const FAILED: Kind<RefundPayload> = Kind::new("refund.failed");

/// A refund after a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RefundPayload {
    /// The refund.
    pub refund_no: RefundNo,
    /// The payment that it pays back.
    pub payment_no: PaymentNo,
    /// Whose it is.
    pub merchant_id: MerchantId,
    /// The merchant's number of the order.
    pub order_no: MerchantOrderNo,
    /// Minor units, above 0.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: Currency,
    /// Why.
    pub reason: String,
    /// Where it stands now.
    pub status: RefundStatus,
    /// When the money went back.
    pub refunded_at: Option<Timestamp>,
    /// What else listeners want to know.
    #[serde(default, deserialize_with = "super::or_default")]
    pub extra: RefundExtra,
}

/// What else listeners want to know of a refund.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RefundExtra {
    /// Minor units of the payment that it belongs to.
    pub payment_amount: i64,
    /// Who took the money and gives it back.
    pub channel: String,
    /// The channel's number of the refund.
    pub channel_refund_no: String,
    /// The payer's address.
    pub customer_email: PersonalText,
    /// Where the merchant wants to hear of it.
    pub notify_url: String,
    /// Code of a refusal.
    pub error_code: String,
    /// Text of a refusal.
    pub error_msg: String,
}

impl Payload for RefundPayload {
    const TOPIC: Topic = TOPIC;

    fn aggregate(&self) -> &str {
        self.refund_no.as_str()
    }
}
