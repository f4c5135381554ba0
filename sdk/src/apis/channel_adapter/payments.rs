//! Payments at the channels.

use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::{
        ids::{ChannelTradeNo, MerchantId, MerchantOrderNo, PaymentNo},
        words::{Channel, JsonObject},
    },
    contract::{
        error::Result,
        money::Currency,
        secret::{PersonalText, SecretText},
        timestamp::Timestamp,
    },
    open_enum,
};

/// Payments at the channels, by the platform's payment number.
// No query is ever cached: whether a lost payment is asked for again or undone hangs on its answer.
#[api(service = "channel-adapter", base_path = "/api/v1", port = 40005, tier = "critical")]
pub trait ChannelPaymentApi {
    /// Starts a payment at a channel.
    ///
    /// Merchant and channel need an enabled configuration.
    #[post("/channel/payments", keyed, money, status = "query_channel_payment")]
    async fn create_channel_payment(&self, payment: &CreateChannelPayment) -> Result<ChannelPayment>;

    /// Starts a payment at a channel, as `create_channel_payment` does, by the route that payment-gateway calls.
    #[post("/channel/payment", keyed, money, status = "query_channel_payment")]
    async fn create_channel_payment_alias(&self, payment: &CreateChannelPayment) -> Result<ChannelPayment>;

    /// Asks the channel for the state of a payment, and stores it.
    #[get("/channel/payments/{payment_no}")]
    async fn query_channel_payment(&self, payment_no: &PaymentNo) -> Result<ChannelPaymentState>;

    /// Asks the channel for the state of a payment, as `query_channel_payment` does, its number in the body.
    // Safe although a POST: it asks.
    #[post("/channel/query", safe)]
    async fn query_channel_payment_by_body(&self, query: &QueryChannelPayment) -> Result<ChannelPaymentState>;

    /// Cancels a payment at the channel.
    // Idempotent, by either number: a payment is cancelled once, and a repeat finds it so.
    #[post("/channel/payments/{payment_no}/cancel", idempotent, money)]
    async fn cancel_channel_payment(&self, payment_no: &PaymentNo) -> Result<ChannelCancellation>;

    /// Cancels a payment at the channel, as `cancel_channel_payment` does, by the channel's own number.
    #[post("/channel/payment/{channel_trade_no}/cancel", idempotent, money)]
    async fn cancel_channel_trade(&self, channel_trade_no: &ChannelTradeNo) -> Result<ChannelCancellation>;
}

// === requests ===

/// A payment to be started. The wire lets every field be absent; the server needs channel, number, amount and currency.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct CreateChannelPayment {
    /// The merchant that is paid; the caller's own when absent, and refused when it is another.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub merchant_id: Option<MerchantId>,
    /// Must be configured and enabled for the merchant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
    /// Names the payment at the channel too, so that a repeat is the same payment there.
    #[serde(default)]
    pub payment_no: PaymentNo,
    /// Merchant's order number, shown by the channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order_no: Option<MerchantOrderNo>,
    /// Minor units, above 0.
    #[serde(default)]
    pub amount: i64,
    /// Currency of the amount.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<Currency>,
    /// E-mail address of the payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_email: Option<PersonalText>,
    /// Name of the payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_name: Option<PersonalText>,
    /// Text for the payer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where a payer who paid goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub success_url: Option<String>,
    /// Where a payer who gave up goes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_url: Option<String>,
    /// Where the channel reports, for channels that let each payment say so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub callback_url: Option<String>,
    /// Channel's own settings: crypto reads `network` and `symbol`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<JsonObject>,
}

/// Which payment is asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct QueryChannelPayment {
    /// Platform payment number; not empty.
    pub payment_no: PaymentNo,
    /// Not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel_order_no: Option<ChannelTradeNo>,
    /// Not looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub channel: Option<Channel>,
}

// === answers ===

/// A payment that the channel has taken on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelPayment {
    /// Platform payment number.
    pub payment_no: PaymentNo,
    /// Channel's number: Stripe PaymentIntent id, PayPal order id, Alipay trade number, or `payment_no` for crypto.
    pub channel_trade_no: ChannelTradeNo,
    /// Stripe only: by it the payer's browser finishes the payment, so it goes to nobody else.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_secret: Option<SecretText>,
    /// PayPal and Alipay.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_url: Option<String>,
    /// Crypto: a wallet URI, not a URL of an image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub qr_code_url: Option<String>,
    /// How far it has come.
    pub status: ChannelPaymentStatus,
    /// Channel's own values, such as `payment_intent_id` or `payment_address`.
    pub extra: Option<JsonObject>,
}

/// A payment as the channel sees it now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelPaymentState {
    /// Platform payment number.
    pub payment_no: PaymentNo,
    /// Channel's number.
    pub channel_trade_no: ChannelTradeNo,
    /// How far it has come.
    pub status: ChannelPaymentStatus,
    /// Minor units.
    pub amount: i64,
    /// Currency of the amount, read in the case that the channel gives it.
    pub currency: Currency,
    /// How the payer paid; empty when unknown.
    pub payment_method: String,
    /// Of a card: `brand`, `last4`, `exp_month`, `exp_year`, `country`.
    pub payment_method_details: Option<JsonObject>,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
}

/// That a payment was cancelled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct ChannelCancellation {
    /// Human text.
    pub message: String,
}

// === words ===

open_enum! {
    /// How far a payment has come at its channel.
    pub enum ChannelPaymentStatus {
        /// Known there; the payer has to act.
        Pending = "pending",
        /// The channel is at work.
        Processing = "processing",
        /// Paid.
        Success = "success",
        /// Refused.
        Failed = "failed",
        /// Given up.
        Cancelled = "cancelled",
        /// Paid back.
        Refunded = "refunded",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{
        ChannelCancellation, ChannelPayment, ChannelPaymentState, ChannelPaymentStatus, CreateChannelPayment,
        QueryChannelPayment,
    };
    use crate::apis::{
        testing::{both_ways, keeps_unknown_word},
        words::Channel,
    };

    #[test]
    fn a_request_reads_and_writes_as_in_the_contract() {
        let read: CreateChannelPayment = both_ways(
            r#"{"channel": "stripe", "payment_no": "PY20251024120000a1B2c3D4e5", "order_no": "M-1001", "amount": 1999,
                "currency": "EUR"}"#,
        );
        let built = CreateChannelPayment {
            channel: Some(Channel::Stripe),
            payment_no: "PY20251024120000a1B2c3D4e5".into(),
            order_no: Some("M-1001".into()),
            amount: 1999,
            currency: Some("EUR".parse().unwrap()),
            ..CreateChannelPayment::default()
        };
        assert_eq!(built, read);
        assert_eq!(serde_json::from_str::<CreateChannelPayment>("{}").unwrap(), CreateChannelPayment::default());
    }

    #[test]
    fn a_started_payment_reads_and_writes_as_in_the_contract() {
        let payment: ChannelPayment = both_ways(
            r#"{"payment_no": "PY20251024120000a1B2c3D4e5", "channel_trade_no": "pi_123",
                "client_secret": "pi_123_secret_x", "status": "pending",
                "extra": {"payment_intent_id": "pi_123", "client_secret": "pi_123_secret_x"}}"#,
        );
        assert_eq!(payment.payment_url, None);
        assert_eq!(both_ways::<ChannelCancellation>(r#"{"message": "cancelled"}"#).message, "cancelled");
    }

    #[test]
    fn a_state_reads_in_the_channels_case_and_writes_upper_case() {
        const STATE: &str = r#"{
            "payment_no": "PY20251024120000a1B2c3D4e5", "channel_trade_no": "pi_123", "status": "success",
            "amount": 1999, "currency": "EUR", "payment_method": "card",
            "payment_method_details": {"brand": "visa", "last4": "4242"}, "paid_at": "2025-10-24T12:00:05Z"
        }"#;
        let state: ChannelPaymentState = both_ways(STATE);
        assert_eq!(state, serde_json::from_str(&STATE.replace("EUR", "eur")).unwrap());

        let query: QueryChannelPayment = both_ways(r#"{"payment_no": "PY20251024120000a1B2c3D4e5"}"#);
        assert_eq!(query, QueryChannelPayment { payment_no: state.payment_no, ..QueryChannelPayment::default() });
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<ChannelPaymentStatus>();
    }
}
