//! What becomes of payments, told by the gateway.

use payment_clients::{
    apis::{
        ids::{MerchantId, MerchantOrderNo, PaymentNo},
        payment_gateway::{PayMethod, PaymentStatus, payment_api},
        words::Channel,
    },
    contract::{money::Currency, secret::PersonalText, timestamp::Timestamp},
};
use serde::{Deserialize, Serialize};

use super::{Kind, Payload, Topic};

/// Where they go.
pub const TOPIC: Topic = Topic { name: "payment.events", producer: payment_api::SERVICE };

/// It was asked for.
pub const CREATED: Kind<PaymentPayload> = Kind::new("payment.created");
/// The channel has taken it on.
pub const PROCESSING: Kind<PaymentPayload> = Kind::new("payment.processing");
/// The money was taken.
pub const COMPLETED: Kind<PaymentPayload> = Kind::new("payment.completed").also_read_as("payment.success");
/// It was refused.
pub const FAILED: Kind<PaymentPayload> = Kind::new("payment.failed");
/// It was given up.
pub const CANCELLED: Kind<PaymentPayload> = Kind::new("payment.cancelled");
/// Nobody paid in time.
pub const EXPIRED: Kind<PaymentPayload> = Kind::new("payment.expired");

/// It had ended without money, and its channel took the money all the same. It stays as it is.
pub const LATE_SUCCESS: Kind<PaymentPayload> = Kind::new("payment.late_success");
/// That money went back.
pub const LATE_SUCCESS_REFUNDED: Kind<PaymentPayload> = Kind::new("payment.late_success_refunded");

/// A payment after a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PaymentPayload {
    /// The payment.
    pub payment_no: PaymentNo,
    /// Whose it is.
    pub merchant_id: MerchantId,
    /// The merchant's number of the order.
    pub order_no: MerchantOrderNo,
    /// Minor units.
    pub amount: i64,
    /// ISO 4217 code.
    pub currency: Currency,
    /// Who takes the money.
    pub channel: Channel,
    /// Where it stands now.
    pub status: PaymentStatus,
    /// The payer's address.
    pub customer_email: PersonalText,
    /// When the money was taken.
    pub paid_at: Option<Timestamp>,
    /// What else listeners want to know.
    #[serde(default, deserialize_with = "super::or_default")]
    pub extra: PaymentExtra,
}

/// What else listeners want to know of a payment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct PaymentExtra {
    /// Where it stood before; empty for a new one.
    pub old_status: String,
    /// How the payer pays; fees depend on it.
    pub pay_method: PayMethod,
    /// The channel's number.
    pub channel_order_no: String,
    /// Where the merchant wants to hear of it.
    pub notify_url: String,
    /// The payer's name.
    pub customer_name: PersonalText,
    /// Code of a refusal.
    pub error_code: String,
    /// Text of a refusal or a cancellation.
    pub error_msg: String,
}

impl Default for PaymentExtra {
    fn default() -> Self {
        let [old_status, channel_order_no, notify_url, error_code, error_msg] = Default::default();
        let (pay_method, customer_name) = (PayMethod::from(""), PersonalText::default());
        Self { old_status, pay_method, channel_order_no, notify_url, customer_name, error_code, error_msg }
    }
}

impl Payload for PaymentPayload {
    const TOPIC: Topic = TOPIC;

    fn aggregate(&self) -> &str {
        self.payment_no.as_str()
    }
}
