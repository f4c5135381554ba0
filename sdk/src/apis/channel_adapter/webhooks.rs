//! Webhooks of the channels, in the channels' own words.

use std::collections::BTreeMap;

use bytes::Bytes;
use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::{
    apis::ids::{ChannelTradeNo, PaymentNo},
    contract::{
        error::Result,
        money::{Currency, Money},
    },
    open_enum,
};

/// Webhooks of the channels. A body is read only once its signature holds.
// Idempotent: channels repeat an event until it is answered with 2xx, and the event id makes a repeat change nothing.
#[api(service = "channel-adapter", base_path = "/api/v1", port = 40005, tier = "critical")]
pub trait ChannelWebhookApi {
    /// Takes a native Stripe event.
    ///
    /// The signature is `t=<unix seconds>,v1=<hex>[,v1=…]`: HMAC-SHA256 over `t`, a dot and the raw body; at most
    /// 300 s old.
    #[post("/webhooks/stripe", idempotent, money)]
    async fn handle_stripe_webhook(
        &self,
        #[header("stripe-signature")] signature: &str,
        #[raw(StripeEvent)] body: Bytes,
    ) -> Result<WebhookReceipt>;

    /// Takes a native PayPal event.
    ///
    /// The signature is Base64 of HMAC-SHA256 over `<transmission id>|<transmission time>|<webhook id>|<CRC-32 of the
    /// raw body, in decimal>`; the time is RFC 3339 and at most 300 s old. A checksum says little of a body, so what
    /// the event says counts only when PayPal answers the same.
    #[post("/webhooks/paypal", idempotent, money)]
    async fn handle_paypal_webhook(
        &self,
        #[header("paypal-transmission-sig")] signature: &str,
        #[header("paypal-transmission-id")] transmission_id: Option<&str>,
        #[header("paypal-transmission-time")] transmission_time: Option<&str>,
        #[raw(PaypalEvent)] body: Bytes,
    ) -> Result<WebhookReceipt>;
}

/// That an event arrived and is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct WebhookReceipt {
    /// Always true.
    pub received: bool,
}

// === Stripe ===

/// An event of Stripe's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct StripeEvent {
    /// Used to drop repeats.
    pub id: String,
    /// Always `event`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Must be `2023-10-16`: another version means other fields.
    pub api_version: String,
    /// Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<i64>,
    /// Real money moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub livemode: Option<bool>,
    /// What happened.
    #[serde(rename = "type")]
    pub kind: StripeEventType,
    /// To what.
    pub data: StripeEventData,
}

/// What an event of Stripe's is about.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct StripeEventData {
    /// The object as it is after the event.
    pub object: StripeObject,
}

/// A PaymentIntent or a charge, as far as the platform reads it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct StripeObject {
    /// Of a PaymentIntent, the channel's number of the payment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// `payment_intent` or `charge`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<String>,
    /// Smallest unit of the currency.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<i64>,
    /// Lower case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// `payment_no` is read; `order_no` is set at creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// Of a charge: its PaymentIntent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment_intent: Option<ChannelTradeNo>,
    /// Of a charge: what was paid back, over all refunds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount_refunded: Option<i64>,
}

open_enum! {
    /// What happened at Stripe, as far as the platform acts on it.
    pub enum StripeEventType {
        /// Sets success.
        Succeeded = "payment_intent.succeeded",
        /// Sets failed.
        PaymentFailed = "payment_intent.payment_failed",
        /// Sets cancelled.
        Canceled = "payment_intent.canceled",
        /// Sets refunded; found by `payment_intent`.
        Refunded = "charge.refunded",
    }
}

// === PayPal ===

/// An event of PayPal's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PaypalEvent {
    /// Used to drop repeats.
    pub id: String,
    /// What happened.
    pub event_type: PaypalEventType,
    /// When, as PayPal writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub create_time: Option<String>,
    /// To what.
    pub resource: PaypalResource,
}

/// An order or a capture, as far as the platform reads it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PaypalResource {
    /// The order's id; capture events carry a capture id here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The `payment_no` set at creation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub custom_id: Option<PaymentNo>,
    /// How much.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<PaypalAmount>,
}

/// An amount as PayPal writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PaypalAmount {
    /// Decimal text in the currency's major unit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// Upper case.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency_code: Option<String>,
}

impl PaypalAmount {
    /// An amount in PayPal's words; none of a currency whose decimals nobody knows, or below zero.
    pub fn of(money: Money) -> Option<Self> {
        let digits = usize::try_from(money.currency.exponent()?).ok()?;
        let minor_units = u64::try_from(money.minor_units).ok()?;
        let text = format!("{minor_units:0>width$}", width = digits + 1);
        let (whole, decimals) = text.split_at(text.len() - digits);
        let value = if decimals.is_empty() { whole.to_owned() } else { format!("{whole}.{decimals}") };
        Some(Self { value: Some(value), currency_code: Some(money.currency.to_string()) })
    }

    /// `19.99` of `EUR` is 1999: exact, or nothing.
    pub fn money(&self) -> Option<Money> {
        let currency: Currency = self.currency_code.as_deref()?.parse().ok()?;
        let digits = usize::try_from(currency.exponent()?).ok()?;
        let (whole, decimals) = self.value.as_deref().map(|value| value.split_once('.').unwrap_or((value, "")))?;
        let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if whole.is_empty() || !plain(whole) || !plain(decimals) || decimals.len() > digits {
            return None;
        }
        let minor_units = format!("{whole}{decimals:0<digits$}").parse().ok()?;
        Some(Money::new(minor_units, currency))
    }
}

open_enum! {
    /// What happened at PayPal, as far as the platform acts on it.
    pub enum PaypalEventType {
        /// Sets success.
        OrderApproved = "CHECKOUT.ORDER.APPROVED",
        /// Sets failed.
        OrderVoided = "CHECKOUT.ORDER.VOIDED",
        /// Sets success.
        CaptureCompleted = "PAYMENT.CAPTURE.COMPLETED",
        /// Sets failed.
        CaptureDeclined = "PAYMENT.CAPTURE.DECLINED",
        /// Sets refunded.
        CaptureRefunded = "PAYMENT.CAPTURE.REFUNDED",
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{PaypalAmount, PaypalEvent, PaypalEventType, StripeEvent, StripeEventType, WebhookReceipt};
    use crate::{
        apis::testing::{both_ways, keeps_unknown_word},
        contract::money::Money,
    };

    #[test]
    fn a_stripe_event_reads_and_writes_as_in_the_contract() {
        let event: StripeEvent = both_ways(
            r#"{"id": "evt_123", "object": "event", "api_version": "2023-10-16", "type": "payment_intent.succeeded",
                "data": {"object": {"id": "pi_123", "object": "payment_intent", "amount": 1999, "currency": "eur",
                                    "metadata": {"payment_no": "PY20251024120000a1B2c3D4e5"}}}}"#,
        );
        assert_eq!(event.kind, StripeEventType::Succeeded);
        assert_eq!(event.data.object.metadata.unwrap()["payment_no"], "PY20251024120000a1B2c3D4e5");

        let refund: StripeEvent = both_ways(
            r#"{"id": "evt_124", "api_version": "2023-10-16", "type": "charge.refunded",
                "data": {"object": {"id": "ch_1", "payment_intent": "pi_123", "amount_refunded": 500}}}"#,
        );
        assert_eq!(refund.data.object.payment_intent, Some("pi_123".into()));
    }

    #[test]
    fn a_paypal_event_reads_and_writes_as_in_the_contract() {
        let event: PaypalEvent = both_ways(
            r#"{"id": "WH-123", "event_type": "CHECKOUT.ORDER.APPROVED",
                "resource": {"id": "5O190127TN364715T", "custom_id": "PY20251024120000a1B2c3D4e5",
                             "amount": {"value": "19.99", "currency_code": "EUR"}}}"#,
        );
        assert_eq!(event.event_type, PaypalEventType::OrderApproved);
        assert!(both_ways::<WebhookReceipt>(r#"{"received": true}"#).received);
    }

    fn minor_units(value: &str, currency: &str) -> Option<i64> {
        let (value, currency_code) = (Some(value.to_owned()), Some(currency.to_owned()));
        PaypalAmount { value, currency_code }.money().map(|money| money.minor_units)
    }

    #[test]
    fn decimal_text_becomes_minor_units_exactly_or_not_at_all() {
        assert_eq!(minor_units("19.99", "EUR"), Some(1999));
        assert_eq!(minor_units("19.9", "EUR"), Some(1990));
        assert_eq!(minor_units("19", "EUR"), Some(1900));
        assert_eq!(minor_units("1999", "JPY"), Some(1999));
        assert_eq!(minor_units("0.001", "KWD"), Some(1));
        for (value, currency) in [
            ("19.999", "EUR"),
            ("19.9", "JPY"),
            ("-1", "EUR"),
            ("+1", "EUR"),
            ("1e3", "EUR"),
            (".5", "EUR"),
            ("", "EUR"),
            ("1,5", "EUR"),
            ("99999999999999999999", "EUR"),
            ("1", "euro"),
            ("1", "XYZ"),
        ] {
            assert_eq!(minor_units(value, currency), None, "{value} {currency}");
        }
    }

    #[test]
    fn an_amount_is_written_with_the_decimals_of_its_currency() {
        let text = |minor_units, code: &str| {
            let amount = PaypalAmount::of(Money::new(minor_units, code.parse().unwrap()));
            amount.and_then(|amount| amount.value)
        };
        for (minor_units, code, value) in
            [(1999, "EUR", "19.99"), (5, "EUR", "0.05"), (1999, "JPY", "1999"), (1, "BHD", "0.001"), (0, "USD", "0.00")]
        {
            assert_eq!(text(minor_units, code).as_deref(), Some(value));
        }
        assert_eq!((text(-1, "EUR"), text(1, "XYZ")), (None, None));
    }

    #[test]
    fn unknown_words_are_kept() {
        keeps_unknown_word::<StripeEventType>();
        keeps_unknown_word::<PaypalEventType>();
    }
}
