//! Events: what other services report, and what all figures are made of. Each carries an id by which the service counts
//! it once, so that it may be sent again, and alone or with others.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{
        ids::{ChannelTradeNo, MerchantId, OrderNo, PaymentNo, RefundNo},
        words::Channel,
    },
    contract::{error::Result, money::Currency, secret::PersonalText, timestamp::Timestamp},
    open_enum, uuid_id,
};

/// Takes in what has happened.
// Idempotent throughout: an event that is known by its id is counted no second time. Money is reported here, not moved.
#[api(service = "analytics-service", base_path = "/api/v1/analytics/events", port = 40009, tier = "best_effort")]
pub trait AnalyticsEventApi {
    /// Reports how a payment ended.
    #[post("/payments", idempotent, batch = "record_payments")]
    async fn record_payment(&self, event: &PaymentEvent) -> Result<()>;

    /// Reports how several payments ended.
    #[post("/payments/batch", idempotent)]
    async fn record_payments(&self, events: Vec<PaymentEvent>) -> Result<()>;

    /// Reports how a refund ended.
    #[post("/refunds", idempotent, batch = "record_refunds")]
    async fn record_refund(&self, event: &RefundEvent) -> Result<()>;

    /// Reports how several refunds ended.
    #[post("/refunds/batch", idempotent)]
    async fn record_refunds(&self, events: Vec<RefundEvent>) -> Result<()>;

    /// Reports how far an order has come.
    #[post("/orders", idempotent, batch = "record_orders")]
    async fn record_order(&self, event: &OrderEvent) -> Result<()>;

    /// Reports how far several orders have come.
    #[post("/orders/batch", idempotent)]
    async fn record_orders(&self, events: Vec<OrderEvent>) -> Result<()>;

    /// Reports how a transaction at a channel ended.
    #[post("/channels", idempotent, batch = "record_channel_transactions")]
    async fn record_channel_transaction(&self, event: &ChannelEvent) -> Result<()>;

    /// Reports how several transactions at channels ended.
    #[post("/channels/batch", idempotent)]
    async fn record_channel_transactions(&self, events: Vec<ChannelEvent>) -> Result<()>;
}

// === requests ===

/// A payment has ended. One event counts one payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PaymentEvent {
    pub event_id: EventId,
    pub payment_no: PaymentNo,
    pub merchant_id: MerchantId,
    /// Minor units.
    pub amount: i64,
    pub currency: Currency,
    pub channel: Channel,
    pub status: EventOutcome,
    /// Milliseconds from the merchant's request to the end.
    pub duration_ms: i64,
    pub occurred_at: Timestamp,
}

/// A refund has ended. One event counts one refund.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct RefundEvent {
    pub event_id: EventId,
    pub refund_no: RefundNo,
    pub payment_no: PaymentNo,
    pub merchant_id: MerchantId,
    /// Minor units, above 0.
    pub amount: i64,
    pub currency: Currency,
    pub status: EventOutcome,
    pub occurred_at: Timestamp,
}

/// An order has come one step further.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct OrderEvent {
    pub event_id: EventId,
    pub order_no: OrderNo,
    /// Empty before the order is paid.
    pub payment_no: PaymentNo,
    pub merchant_id: MerchantId,
    /// Minor units.
    pub total_amount: i64,
    pub currency: Currency,
    pub status: OrderStep,
    /// Tells new customers from those who return; empty when unknown.
    pub customer_email: PersonalText,
    pub occurred_at: Timestamp,
}

/// A channel has answered for good, or has been given up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelEvent {
    pub event_id: EventId,
    pub channel: Channel,
    pub channel_trade_no: ChannelTradeNo,
    pub payment_no: PaymentNo,
    pub merchant_id: MerchantId,
    /// Minor units.
    pub amount: i64,
    pub currency: Currency,
    pub status: EventOutcome,
    /// Milliseconds that the channel took.
    pub duration_ms: i64,
    pub occurred_at: Timestamp,
}

// === ids and words ===

uuid_id! {
    /// An event, minted by whoever reports it; the same whenever it is sent again.
    pub struct EventId
}

open_enum! {
    /// How it ended.
    pub enum EventOutcome {
        /// The money has moved.
        Success = "success",
        /// It was refused or broke.
        Failed = "failed",
        /// It was given up.
        Cancelled = "cancelled",
        /// It lapsed.
        Expired = "expired",
    }
}

open_enum! {
    /// How far an order has come.
    pub enum OrderStep {
        /// Created, not paid.
        Pending = "pending",
        /// Paid.
        Paid = "paid",
        /// On its way.
        Shipped = "shipped",
        /// Delivered and closed.
        Completed = "completed",
        /// Given up unpaid.
        Cancelled = "cancelled",
        /// Paid back in full.
        Refunded = "refunded",
    }
}
