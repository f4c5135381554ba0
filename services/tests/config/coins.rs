//! Payments in coins: converted by rates and prices of now or not at all, watched on a simulated chain, and in all books.

use std::{sync::Arc, time::Duration};

use payment_clients::{
    apis::{
        channel_adapter::{
            ChannelPayment, ChannelPaymentStatus, CreateChannelPayment, CreateChannelRefund, MockChannelWebhookApi,
        },
        exchange_rate::{LatestRatesV4, MockExchangeRateApi},
        ids::MerchantId,
        payment_gateway::{CreatePayment, MockGatewayWebhookApi, PaymentStatus},
        words::Channel,
    },
    contract::{error::ErrorKind, rate::Rate, secret::Secret},
    mock,
    platform::ConfigClient,
    prelude::*,
};
use payment_services::{
    channel_adapter::{ChannelAdapter, Secrets, deps::Deps},
    channel_sim::{
        ChannelSim, Manners, Receiver,
        api::{ChannelSimClient, crypto::CryptoSimClient, paypal::PaypalSimClient},
    },
    check::{check, is_at_rest},
    kit::{
        store::{Store, View, args},
        tasks::Tasks,
    },
    registry::Name,
};
use serde_json::{Value, json};

use crate::{
    stage::{NOON, Stage, entry, refused},
    support::{self, Platform},
};

const ENABLED: &str = r#"{"enabled": {"stripe": {}, "crypto": {}}}"#;
/// Longer than a quote stands.
const LATER: Duration = Duration::from_secs(31 * 60);

struct Coins {
    sim: Store,
    client: ChannelAdapterClient,
    stage: Stage,
    _tasks: Tasks,
}

/// The euro at 1.25 dollars, as published at this time.
fn rates(at: i64) -> MockExchangeRateApi {
    MockExchangeRateApi::new().on_latest_rates_v4(move |base| {
        let (dollars, date) = (Rate::new("1.25".parse().unwrap()).unwrap(), "2025-10-24".to_owned());
        let [provider, upgrade_notice, terms] = [const { None }; 3];
        let (rates, time_last_updated) = ([(Currency::USD, dollars)].into(), at / 1000);
        Ok(LatestRatesV4 { provider, upgrade_notice, terms, base, date, time_last_updated, rates })
    })
}

fn secret(text: &str) -> Secret<String> {
    Secret::new(text.to_owned())
}

impl Coins {
    async fn open(rates: MockExchangeRateApi) -> Self {
        let stage = Stage::open();
        let served = stage.serve("channel-adapter").await;
        let (stores, clock) = (stage.place.stores(), &stage.clock);
        let api = Arc::new(MockChannelWebhookApi::new());
        let receiver = Receiver { api, secret: secret("stripe"), paypal: secret("paypal") };
        let sim = ChannelSim::open(stores, clock.clone(), Manners::default(), Some(receiver)).unwrap();
        let deps = Deps {
            stripe: Arc::new(mock::client::<ChannelSimClient>(sim.router()).unwrap()),
            paypal: Arc::new(mock::client::<PaypalSimClient>(sim.router()).unwrap()),
            crypto: Arc::new(mock::client::<CryptoSimClient>(sim.router()).unwrap()),
            rates: Arc::new(rates),
            gateway: Arc::new(MockGatewayWebhookApi::new()),
        };
        let secrets = Secrets { stripe: Vec::new(), paypal: Vec::new(), callbacks: secret("c") };
        let adapter = ChannelAdapter::open(stores, deps, clock.clone(), secrets).await.unwrap();
        stage.set_kind("payment_channels_enabled", &serde_json::from_str(ENABLED).unwrap()).await;
        adapter.configuration().refresh(&served.source).await.unwrap();
        let (mut tasks, book) = (Tasks::default(), sim.store().clone());
        sim.spawn(&mut tasks);
        Self { sim: book, client: mock::client(adapter.router()).unwrap(), stage, _tasks: tasks }
    }

    /// 19.99 euros of this payer.
    async fn pay(&self, number: &str, payer: &str, extra: Value) -> Result<ChannelPayment> {
        let payment = CreateChannelPayment {
            merchant_id: Some(MerchantId::from_u128(7)),
            channel: Some(Channel::Crypto),
            payment_no: number.into(),
            amount: 1999,
            currency: "EUR".parse().ok(),
            customer_email: Some(format!("{payer}@example.com").into()),
            extra: serde_json::from_value(extra).unwrap(),
            ..CreateChannelPayment::default()
        };
        let once = CallOptions::new().key(format!("key:{number}").parse().unwrap()).max_attempts(1);
        self.client.with(once).create_channel_payment(&payment).await
    }

    async fn status(&self, number: &str) -> ChannelPaymentStatus {
        let state = self.client.query_channel_payment(&number.into()).await.unwrap();
        assert_eq!((state.amount, state.currency.as_str()), (1999, "EUR"));
        state.status
    }

    async fn becomes(&self, number: &str, status: ChannelPaymentStatus) {
        let asked = async {
            while self.status(number).await != status {
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        };
        tokio::time::timeout(Duration::from_secs(30), asked).await.expect("it comes to that");
    }

    /// What the processor's book has of a payment.
    async fn book(&self, number: &'static str) -> Vec<String> {
        let sql = "SELECT status FROM intents WHERE payment_no = $1 AND shape = 'crypto'";
        let read = move |view: &View<'_>| view.all(sql, args![number], |row| row.get(0));
        self.sim.read(read).await.unwrap()
    }
}

#[tokio::test]
async fn an_amount_is_asked_for_in_coins_and_paid_once_its_chain_has_built_on_it() {
    let coins = Coins::open(rates(NOON)).await;
    let made = coins.pay("PY1", "payer", Value::Null).await.unwrap();
    assert_eq!(made.channel_trade_no.as_str(), "PY1");
    let shown = made.extra.clone().unwrap();
    let address = shown["payment_address"].as_str().unwrap().to_owned();
    // 19.99 EUR are 24.9875 USD, so 24.99; an ether is 4,000.
    let wanted = json!({
        "payment_address": address, "crypto_amount": 0.0062475, "crypto_symbol": "ETH", "network": "ETH",
        "confirmations_required": 12, "expires_at": NOON / 1000 + 1800,
    });
    assert_eq!(Value::Object(shown.into_iter().collect()), wanted);
    assert_eq!(made.qr_code_url.clone().unwrap(), format!("ethereum:{address}?value=6247500000000000"));
    assert_eq!(coins.pay("PY1", "payer", Value::Null).await.unwrap(), made, "a repeat is quoted nothing else");
    let bitcoin = coins.pay("PY2", "lose_answer", json!({"network": "BTC", "symbol": "BTC"})).await.unwrap();
    assert!(bitcoin.qr_code_url.unwrap().ends_with("?amount=0.0002499"));

    assert_eq!(coins.status("PY1").await, ChannelPaymentStatus::Processing, "it was sent, and does not count yet");
    let too_late = coins.client.cancel_channel_payment(&"PY1".into()).await;
    refused(too_late, ErrorKind::Conflict, "PAYMENT_NOT_CANCELLABLE");
    coins.stage.hand.advance(Manners::default().late);
    for number in ["PY1", "PY2"] {
        coins.becomes(number, ChannelPaymentStatus::Success).await;
    }
    assert_eq!((coins.book("PY1").await, coins.book("PY2").await), (vec!["captured".into()], vec!["captured".into()]));
    let (refund_no, payment_no) = ("RF1".into(), "PY1".into());
    let refund = CreateChannelRefund { refund_no, payment_no, amount: 500, ..CreateChannelRefund::default() };
    refused(coins.client.create_channel_refund(&refund).await, ErrorKind::Declined, "REFUND_NOT_SUPPORTED");
}

#[tokio::test]
async fn an_address_to_which_nobody_sends_is_given_up_when_its_quote_ends_or_somebody_says_so() {
    let coins = Coins::open(rates(NOON)).await;
    for number in ["PY1", "PY2"] {
        assert_eq!(coins.pay(number, "silent", Value::Null).await.unwrap().status, ChannelPaymentStatus::Pending);
    }
    coins.client.cancel_channel_payment(&"PY2".into()).await.unwrap();
    coins.stage.hand.advance(LATER);
    assert_eq!(coins.status("PY1").await, ChannelPaymentStatus::Cancelled);
    assert_eq!((coins.book("PY1").await, coins.book("PY2").await), (vec!["failed".into()], vec!["canceled".into()]));
}

#[tokio::test]
async fn what_nobody_can_convert_now_is_refused_and_nothing_is_begun() {
    let week = 7 * 24 * 3600 * 1000;
    let away = MockExchangeRateApi::new().on_latest_rates_v4(|_| Err(Error::unavailable("gone", Duration::ZERO)));
    for rates in [rates(NOON - week), away] {
        let coins = Coins::open(rates).await;
        refused(coins.pay("PY1", "payer", Value::Null).await, ErrorKind::Unavailable, "RATE_UNAVAILABLE");
        assert!(coins.book("PY1").await.is_empty());
        let unknown = coins.client.query_channel_payment(&"PY1".into()).await.unwrap_err();
        assert_eq!(unknown.kind(), ErrorKind::NotFound, "no unconverted amount was taken for dollars");
    }
    let coins = Coins::open(rates(NOON)).await;
    let dogs = coins.pay("PY1", "payer", json!({"symbol": "DOGE"})).await.unwrap_err();
    assert!(dogs.kind() == ErrorKind::InvalidInput && dogs.message().contains("extra.symbol"), "{dogs}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_payment_in_coins_goes_through_every_service_and_all_books_agree() {
    let platform = Platform::start(support::directory()).await;
    let config = ConfigClient::builder().url(&platform.urls[&Name::Config]);
    let config = config.signer(support::staff(&platform.issuer, Name::Config)).build().unwrap();
    ConfigClient::from(config).create_config(&entry("platform", "payment_channels_enabled", ENABLED)).await.unwrap();
    let gateway = PaymentGatewayClient::builder().url(&platform.urls[&Name::PaymentGateway]);
    let checkout = support::service(&platform.issuer, "cashier-service", Name::PaymentGateway);
    let gateway: PaymentGatewayClient = gateway.signer(checkout).build().unwrap().into();
    let passes = async || {
        platform.hand.advance(Duration::from_millis(500));
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let paying = async {
        for number in 1.. {
            let payment = CreatePayment {
                channel: Some(Channel::Crypto),
                customer_email: "payer@example.com".into(),
                notify_url: "https://shop.example/notify".into(),
                return_url: "https://shop.example/back".into(),
                extra: serde_json::from_value(json!({"network": "BTC", "symbol": "BTC"})).unwrap(),
                ..CreatePayment::new(
                    MerchantId::from_u128(7),
                    format!("M-{number}").as_str().into(),
                    Money::new(1999, "EUR".parse().unwrap()),
                )
            };
            match gateway.create_payment(&payment).await {
                Ok(payment) => return payment,
                // Until everybody has read what is enabled.
                Err(error) => assert_eq!(error.kind(), ErrorKind::Declined, "{error}"),
            }
            passes().await;
        }
        unreachable!()
    };
    let made = tokio::time::timeout(Duration::from_secs(60), paying).await.expect("coins are taken");
    let shown: Value = serde_json::from_str(&made.extra).unwrap();
    assert!(shown["qr_code_url"].as_str().unwrap().starts_with("bitcoin:bc1q"), "{shown}");
    assert_eq!(shown["crypto_symbol"], "BTC");
    let paid = async {
        while gateway.get_payment(&made.payment_no).await.unwrap().status != PaymentStatus::Success
            || !is_at_rest(platform.place.stores()).unwrap()
        {
            passes().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(120), paid).await.expect("the chain is asked, and everybody told");
    platform.running.stop().await.unwrap();
    let report = check(platform.place.stores(), false, None).unwrap();
    assert!(report.holds(), "{report}");
}
