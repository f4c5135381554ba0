//! What becomes of orders, told by order-service.

use payment_clients::{
    apis::{
        ids::{MerchantId, PaymentNo},
        order::{OrderNo, OrderStatus, order_api},
    },
    contract::{money::Currency, secret::PersonalText, timestamp::Timestamp},
};
use serde::{Deserialize, Serialize};

use super::{Kind, Payload, Topic};

/// Where they go.
pub const TOPIC: Topic = Topic { name: "order.events", producer: order_api::SERVICE };

/// It was placed.
pub const CREATED: Kind<OrderPayload> = Kind::new("order.created");
/// Its payment came.
pub const PAID: Kind<OrderPayload> = Kind::new("order.paid");
/// The merchant works on it.
pub const PROCESSING: Kind<OrderPayload> = Kind::new("order.processing");
/// The goods are on their way.
pub const SHIPPED: Kind<OrderPayload> = Kind::new("order.shipped");
/// The goods have arrived.
pub const COMPLETED: Kind<OrderPayload> = Kind::new("order.completed");
/// It was given up before it was paid.
pub const CANCELLED: Kind<OrderPayload> = Kind::new("order.cancelled");
/// A part of what was paid went back, or all of it.
pub const REFUNDED: Kind<OrderPayload> = Kind::new("order.refunded");
/// Nobody paid in time.
pub const EXPIRED: Kind<OrderPayload> = Kind::new("order.expired");

/// An order after a change.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OrderPayload {
    /// The order.
    pub order_no: OrderNo,
    /// Whose it is.
    pub merchant_id: MerchantId,
    /// The payment that paid it; empty before.
    pub payment_no: PaymentNo,
    /// Minor units of all lines and the shipping.
    pub total_amount: i64,
    /// ISO 4217 code.
    pub currency: Currency,
    /// Where it stands now.
    pub status: OrderStatus,
    /// The customer's address.
    pub customer_email: PersonalText,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// What else listeners want to know.
    #[serde(default, deserialize_with = "super::or_default")]
    pub extra: OrderExtra,
}

/// What else listeners want to know of an order. Amounts are minor units.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct OrderExtra {
    /// Where it stood before; empty for a new one.
    pub old_status: String,
    /// To be paid.
    pub pay_amount: i64,
    /// Taken off the total.
    pub discount_amount: i64,
    /// Part of the total.
    pub shipping_fee: i64,
    /// Paid back so far.
    pub refunded_amount: i64,
    /// The customer's name.
    pub customer_name: PersonalText,
}

impl Payload for OrderPayload {
    const TOPIC: Topic = TOPIC;

    fn aggregate(&self) -> &str {
        self.order_no.as_str()
    }
}
