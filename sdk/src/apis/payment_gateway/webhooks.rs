//! Callbacks: how the gateway hears what became of a payment. They are the platform's own flat form, sent by the
//! channel adapter, and signed: an unsigned one could mark any payment paid.

use bytes::Bytes;
use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::ids::{ChannelTradeNo, PaymentNo},
    contract::{error::Result, money::Currency},
    open_enum,
};

/// Callbacks of the channels, one route each.
///
/// `x-webhook-signature` is `t=<unix seconds>,v1=<hex>`, HMAC-SHA256 over `t`, a dot and the raw body; `v1` may be
/// repeated while a secret is being replaced. The declaration lets the header be absent, as senders older than it do;
/// the server refuses a callback without it with 401.
// Idempotent: the event id, or else the status that a payment already has, makes a repeat change nothing.
#[api(service = "payment-gateway", base_path = "/api/v1", port = 40003, tier = "critical")]
pub trait GatewayWebhookApi {
    /// Takes the result of a payment at Stripe.
    #[post("/webhooks/stripe", idempotent, money)]
    async fn handle_stripe_webhook(
        &self,
        #[header("x-webhook-signature")] signature: Option<&str>,
        #[raw(ChannelCallback)] body: Bytes,
    ) -> Result<()>;

    /// Takes the result of a payment at PayPal.
    #[post("/webhooks/paypal", idempotent, money)]
    async fn handle_paypal_webhook(
        &self,
        #[header("x-webhook-signature")] signature: Option<&str>,
        #[raw(ChannelCallback)] body: Bytes,
    ) -> Result<()>;
}

/// What became of a payment. `payment_no` or `channel_order_no` must be there.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelCallback {
    /// Names the event, so that a repeat is known as one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_id: Option<String>,
    /// Platform payment number; looked at first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_no: Option<PaymentNo>,
    /// Used to find the payment when `payment_no` is absent; also stored on the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_order_no: Option<ChannelTradeNo>,
    /// What became of it.
    pub status: CallbackStatus,
    /// Minor units that the channel took. When given, it must be the payment's amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Currency of that amount. When given, it must be the payment's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// Read when the status is failed or error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_code: Option<String>,
    /// Read when the status is failed or error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error_msg: Option<String>,
}

open_enum! {
    /// What became of a payment, in the words of a callback; each stands for one of the gateway's own.
    pub enum CallbackStatus {
        /// Success.
        Success = "success",
        /// Success.
        Paid = "paid",
        /// Failed.
        Failed = "failed",
        /// Failed.
        Error = "error",
        /// Cancelled.
        Cancelled = "cancelled",
        /// Cancelled.
        Canceled = "canceled",
    }
}

#[cfg(test)]
mod tests {
    use super::{CallbackStatus, ChannelCallback};
    use crate::apis::testing::{both_ways, keeps_unknown_word};

    #[test]
    fn a_callback_reads_and_writes_as_in_the_contract() {
        let callback: ChannelCallback = both_ways(
            r#"{"payment_no": "PY20251024120000a1B2c3D4e5", "status": "success", "channel_order_no": "pi_123"}"#,
        );
        assert_eq!(callback.status, CallbackStatus::Success);
        assert_eq!(callback.amount, None);

        both_ways::<ChannelCallback>(
            r#"{"event_id": "evt_123", "channel_order_no": "pi_123", "status": "failed", "amount": 1999,
                "currency": "EUR", "error_code": "card_declined", "error_msg": "insufficient funds"}"#,
        );
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<CallbackStatus>();
    }
}
