//! A payment whose channel has begun nothing goes to another one; a payment in doubt goes nowhere. Both channels are
//! simulated, and what PayPal tells is signed as PayPal does.

use std::sync::Arc;

use bytes::Bytes;
use payment_clients::{
    apis::{
        channel_adapter::{
            ChannelPaymentStatus, ChannelRefundStatus, ChannelWebhookApi, CreateChannelPayment, CreateChannelRefund,
            PaypalAmount, PaypalEvent, PaypalEventType, PaypalResource,
        },
        exchange_rate::MockExchangeRateApi,
        ids::MerchantId,
        payment_gateway::MockGatewayWebhookApi,
        words::Channel,
    },
    contract::{error::ErrorKind, secret::Secret, timestamp::Timestamp},
    mock,
    prelude::*,
};
use payment_services::{
    channel_adapter::{ChannelAdapter, Secrets, deps::Deps},
    channel_sim::{
        ChannelSim, Manners,
        api::{ChannelSimClient, crypto::CryptoSimClient, paypal::PaypalSimClient},
        domain::WEBHOOK_ID,
    },
    kit::{
        store::{View, args},
        webhook::transmission::Transmission,
    },
};
use serde_json::Value;

use crate::stage::{NOON, Stage, refused};

const BOTH: &str = r#"{"enabled": {"stripe": {}, "paypal": {}}}"#;

struct Channels {
    sim: ChannelSim,
    adapter: ChannelAdapter,
    client: ChannelAdapterClient,
    /// Holds the stores.
    _stage: Stage,
}

impl Channels {
    async fn open(enabled: &str) -> Self {
        let stage = Stage::open();
        let served = stage.serve("channel-adapter").await;
        let sim = ChannelSim::open(stage.place.stores(), stage.clock.clone(), Manners::default(), None).unwrap();
        let deps = Deps {
            stripe: Arc::new(mock::client::<ChannelSimClient>(sim.router()).unwrap()),
            paypal: Arc::new(mock::client::<PaypalSimClient>(sim.router()).unwrap()),
            crypto: Arc::new(mock::client::<CryptoSimClient>(sim.router()).unwrap()),
            rates: Arc::new(MockExchangeRateApi::new()),
            gateway: Arc::new(MockGatewayWebhookApi::new()),
        };
        let secrets =
            Secrets { stripe: vec![secret("stripe")], paypal: vec![secret("paypal")], callbacks: secret("c") };
        let adapter = ChannelAdapter::open(stage.place.stores(), deps, stage.clock.clone(), secrets).await.unwrap();
        let client = mock::client(adapter.router()).unwrap();
        let enabled: Value = serde_json::from_str(enabled).unwrap();
        stage.set_kind("payment_channels_enabled", &enabled).await;
        adapter.configuration().refresh(&served.source).await.unwrap();
        Self { sim, adapter, client, _stage: stage }
    }

    async fn pay(&self, number: &str, payer: &str, channel: Channel) -> Result<ChannelPaymentStatus> {
        let payment = CreateChannelPayment {
            merchant_id: Some(MerchantId::from_u128(7)),
            channel: Some(channel),
            payment_no: number.into(),
            amount: 1999,
            currency: Some(Currency::USD),
            customer_email: Some(format!("{payer}@example.com").into()),
            ..CreateChannelPayment::default()
        };
        let once = CallOptions::new().key(format!("key:{number}").parse().unwrap()).max_attempts(1);
        let client = self.client.with(once);
        client.create_channel_payment(&payment).await.map(|payment| payment.status)
    }

    /// Where the channels' book has a payment.
    async fn places(&self, number: &'static str) -> Vec<String> {
        let sql = "SELECT shape FROM intents WHERE payment_no = $1 ORDER BY shape";
        let read = move |view: &View<'_>| view.all(sql, args![number], |row| row.get(0));
        self.sim.store().read(read).await.unwrap()
    }

    /// Tells the adapter that a payment was taken at PayPal, signed with a secret.
    async fn tell(&self, number: &str, value: &str, key: &str, time: i64) -> Result<()> {
        let amount = PaypalAmount { value: Some(value.to_owned()), currency_code: Some("USD".to_owned()) };
        let event = PaypalEvent {
            id: format!("WH-{number}-{value}"),
            event_type: PaypalEventType::CaptureCompleted,
            create_time: None,
            resource: PaypalResource { id: None, custom_id: Some(number.into()), amount: Some(amount) },
        };
        let body = Bytes::from(serde_json::to_vec(&event).unwrap());
        let time = Timestamp::from_unix_ms(time).to_string();
        let sent = Transmission { id: "T1", time: &time, webhook_id: WEBHOOK_ID };
        let signature = sent.sign(&secret(key), &body);
        self.client.handle_paypal_webhook(&signature, Some("T1"), Some(&time), body).await.map(drop)
    }

    async fn status(&self, number: &'static str) -> String {
        let sql = "SELECT status FROM payments WHERE payment_no = $1";
        let read = move |view: &View<'_>| view.one(sql, args![number], |row| row.get(0));
        self.adapter.store().read(read).await.unwrap()
    }
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

#[tokio::test]
async fn a_payment_that_its_channel_did_not_begin_is_taken_once_by_the_other() {
    let channels = Channels::open(BOTH).await;
    let taken = channels.pay("PY1", "stripe_closed", Channel::Stripe).await.unwrap();
    assert_eq!(taken, ChannelPaymentStatus::Processing);
    assert_eq!(channels.places("PY1").await, ["paypal"]);
    // A repeat names the channel that it named before, and is the same payment.
    assert_eq!(channels.pay("PY1", "stripe_closed", Channel::Stripe).await.unwrap(), taken);
    assert_eq!(channels.places("PY1").await, ["paypal"]);

    let state = channels.client.query_channel_payment(&"PY1".into()).await.unwrap();
    assert_eq!((&state.status, state.amount), (&ChannelPaymentStatus::Success, 1999));
    let refund = CreateChannelRefund {
        refund_no: "RF1".into(),
        payment_no: "PY1".into(),
        amount: 500,
        ..CreateChannelRefund::default()
    };
    let refund = channels.client.create_channel_refund(&refund).await.unwrap();
    assert_eq!(refund.status, ChannelRefundStatus::Refunded);
}

#[tokio::test]
async fn a_payment_in_doubt_is_asked_for_where_it_was_and_nowhere_else() {
    let channels = Channels::open(BOTH).await;
    for number in ["PY1", "PY2"] {
        let channel = if number == "PY1" { Channel::Stripe } else { Channel::Paypal };
        channels.pay(number, "lose_answer", channel.clone()).await.unwrap();
        assert_eq!(channels.places(number).await, [channel.as_str()]);
    }
    let declined = channels.pay("PY3", "decline", Channel::Stripe).await;
    refused(declined, ErrorKind::Declined, "CHANNEL_DECLINED");
    assert_eq!(channels.places("PY3").await, ["stripe"], "who is refused is refused");
}

#[tokio::test]
async fn no_payment_goes_to_a_channel_that_is_off() {
    let channels = Channels::open(r#"{"enabled": {"stripe": {}, "paypal": {"max_amount": 1998}}}"#).await;
    let nobody = channels.pay("PY1", "stripe_closed", Channel::Stripe).await.unwrap_err();
    assert!(nobody.certainty().nothing_happened(), "{nobody}");
    assert!(channels.places("PY1").await.is_empty());
}

#[tokio::test]
async fn what_paypal_tells_counts_when_it_is_signed_fresh_and_true() {
    let channels = Channels::open(BOTH).await;
    channels.pay("PY1", "late", Channel::Paypal).await.unwrap();
    let forged = channels.tell("PY1", "19.99", "stripe", NOON).await;
    refused(forged, ErrorKind::Unauthenticated, "INVALID_SIGNATURE");
    let old = channels.tell("PY1", "19.99", "paypal", NOON - 301_000).await;
    refused(old, ErrorKind::Unauthenticated, "INVALID_SIGNATURE");
    // The signature holds and PayPal knows nothing of it.
    refused(channels.tell("PY1", "19.99", "paypal", NOON).await, ErrorKind::Conflict, "EVENT_DIFFERS");
    assert_eq!(channels.status("PY1").await, "processing");

    channels.pay("PY2", "payer", Channel::Paypal).await.unwrap();
    refused(channels.tell("PY2", "19.98", "paypal", NOON).await, ErrorKind::Conflict, "EVENT_DIFFERS");
    channels.tell("PY2", "19.99", "paypal", NOON).await.unwrap();
    assert_eq!(channels.status("PY2").await, "success");
}

#[tokio::test]
async fn an_event_of_one_channel_changes_no_payment_of_the_other() {
    let channels = Channels::open(BOTH).await;
    channels.pay("PY1", "late", Channel::Stripe).await.unwrap();
    channels.tell("PY1", "19.99", "paypal", NOON).await.unwrap();
    assert_eq!(channels.status("PY1").await, "processing");
    let incidents = "SELECT reason FROM incident";
    let read = move |view: &View<'_>| view.all(incidents, &[], |row| row.get::<String>(0));
    assert_eq!(channels.adapter.store().read(read).await.unwrap(), ["EVENT_DIFFERS"]);
}
