//! For each kind: a change takes effect without a restart. config-service is on a socket, and the service reads from it.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::join_all;
use payment_clients::{
    apis::{
        channel_adapter::{CreateChannelPayment, MockChannelPaymentApi, MockChannelRefundApi},
        ids::MerchantId,
        order::MockOrderApi,
        payment_gateway::CreatePayment,
        risk::{
            CheckResult, Decision, MockRiskCheckApi, PaymentCheck, RelatedId, RelatedType, RiskDecision, RiskLevel,
            StepOutcome,
        },
        words::Channel,
    },
    contract::{error::ErrorKind, secret::Secret},
    mock,
    prelude::*,
};
use payment_services::{
    channel_adapter::{self, ChannelAdapter},
    gateway::{self, Gateway},
    kit::{metrics::Metrics, store::Store},
    platform::{self, Bound, Ports},
    registry::Name,
    risk::Risk,
};
use serde_json::json;

use crate::{
    geography,
    stage::{Stage, known_as, refused},
};

const MERCHANT: MerchantId = MerchantId::from_u128(7);

fn payment(order_no: &str, amount: i64) -> CreatePayment {
    CreatePayment {
        customer_email: "payer@example.com".into(),
        notify_url: "https://shop.example/notify".into(),
        return_url: "https://shop.example/back".into(),
        ..CreatePayment::new(MERCHANT, order_no.into(), Money::new(amount, Currency::USD))
    }
}

/// A gateway whose risk service refuses everything, so that nobody else is asked.
async fn gateway(stage: &Stage) -> (Gateway, PaymentGatewayClient) {
    let risk = MockRiskCheckApi::new().on_check_risk(|_| {
        Ok(RiskDecision {
            decision: Decision::Reject,
            score: 100,
            reasons: vec!["refused".into()],
            risk_level: RiskLevel::High,
            suggestions: Vec::new(),
            extra: CheckResult::new(StepOutcome::Hit),
        })
    });
    let deps = gateway::deps::Deps {
        risk: Arc::new(risk),
        orders: Arc::new(MockOrderApi::new()),
        payments: Arc::new(MockChannelPaymentApi::new()),
        refunds: Arc::new(MockChannelRefundApi::new()),
    };
    let secrets = vec![Secret::new("s".to_owned())];
    let metrics = Metrics::new("payment-gateway");
    let gateway = Gateway::open(stage.place.stores(), deps, stage.clock.clone(), secrets, &metrics).await.unwrap();
    let routes = known_as(gateway.router(), &format!("merchant:{MERCHANT}"));
    let builder = PaymentGatewayClient::builder().url("http://gateway");
    // The tests look at single answers, so nothing is repeated behind their back.
    let builder = builder.configure(|config| config.all_tiers(|tier| tier.max_attempts = 1));
    let client = PaymentGatewayClient::from_base(builder.build_on(&mock::network(routes)).unwrap());
    (gateway, client)
}

async fn keys(store: &Store) -> i64 {
    store.read(|view| view.one("SELECT COUNT(*) FROM idem", &[], |row| row.get(0))).await.unwrap()
}

#[tokio::test]
async fn risk_rules_decide_the_next_check_and_the_decision_names_their_version() {
    let stage = Stage::open();
    let served = stage.serve("risk-service").await;
    let risk = Risk::open(stage.place.stores(), geography::deps(&stage), stage.clock.clone()).unwrap();
    let client: RiskClient = mock::client(risk.router()).unwrap();
    let check = async |number: u128| {
        let money = Money::new(1999, Currency::USD);
        let check = PaymentCheck::new(MERCHANT, RelatedType::Payment, RelatedId::from_u128(number), money);
        client.check_risk(&check).await.unwrap()
    };
    risk.configuration().refresh(&served.source).await.unwrap();
    assert_eq!(check(1).await.decision, Decision::Pass);

    let rule = json!({"name": "too dear", "decision": "reject", "conditions": {"amount_min": 1000}});
    stage.set_kind("risk_rules", &json!({ "rules": [rule] })).await;
    assert_eq!(check(2).await.decision, Decision::Pass, "not yet read");
    risk.configuration().refresh(&served.source).await.unwrap();
    let refused = check(3).await;
    assert_eq!((refused.decision, &refused.reasons[0][..]), (Decision::Reject, "rule too dear"));
    assert_eq!(check(1).await.decision, Decision::Pass, "decided is decided");

    stage.set_kind("risk_rules", &json!({"large_amount": 1998, "review_from": 20})).await;
    risk.configuration().refresh(&served.source).await.unwrap();
    assert_eq!(check(4).await.decision, Decision::Review);
    let versions = "SELECT config_version FROM checks ORDER BY config_version";
    let versions = risk.store().read(move |view| view.all(versions, &[], |row| row.get::<i64>(0))).await.unwrap();
    assert_eq!(versions, [0, 0, 1, 2]);
}

#[tokio::test]
async fn enabled_channels_and_their_bounds_hold_for_the_next_payment_and_not_for_repeats() {
    let stage = Stage::open();
    let served = stage.serve("payment-gateway").await;
    let (gateway, client) = gateway(&stage).await;
    let keyed = client.with(CallOptions::new().key("first".parse().unwrap()));
    let first = keyed.create_payment(&payment("M-1", 1999)).await.unwrap_err();
    assert_ne!(first.code(), Some("CHANNEL_NOT_ENABLED"));

    stage.set_kind("payment_channels_enabled", &json!({"enabled": {}})).await;
    gateway.configuration().refresh(&served.source).await.unwrap();
    let second = client.with(CallOptions::new().key("second".parse().unwrap()));
    let off = second.create_payment(&payment("M-2", 1999)).await;
    refused(off, ErrorKind::Declined, "CHANNEL_NOT_ENABLED");
    let repeat = keyed.create_payment(&payment("M-1", 1999)).await.unwrap_err();
    assert_eq!(repeat.code(), first.code(), "a repeat hears the first answer");

    let bounds = json!({"min_amount": 100, "max_amount": 2000, "currencies": ["USD", "JPY"]});
    stage.set_kind("payment_channels_enabled", &json!({"enabled": {"stripe": bounds}})).await;
    gateway.configuration().refresh(&served.source).await.unwrap();
    for amount in [99, 2001] {
        refused(client.create_payment(&payment("M-3", amount)).await, ErrorKind::InvalidInput, "INVALID_AMOUNT");
    }
    let dinars = CreatePayment { currency: "BHD".parse().unwrap(), ..payment("M-3", 1999) };
    refused(client.create_payment(&dinars).await, ErrorKind::InvalidInput, "INVALID_CURRENCY");
    let admitted = second.create_payment(&payment("M-2", 1999)).await.unwrap_err();
    assert_eq!(admitted.code(), first.code(), "a refused key is free again");
    let versions = "SELECT config_version FROM payments ORDER BY order_no";
    let versions = gateway.store().read(move |view| view.all(versions, &[], |row| row.get::<i64>(0))).await.unwrap();
    assert_eq!(versions, [0, 2]);
}

#[tokio::test]
async fn the_channel_adapter_takes_no_new_payment_for_a_channel_that_is_off() {
    let stage = Stage::open();
    let served = stage.serve("channel-adapter").await;
    let bound = Bound::bind(&[Name::ChannelSim, Name::PaymentGateway], Ports::Auto).await.unwrap();
    let deps =
        channel_adapter::deps::Deps::connect(&platform::clients(&bound.urls().unwrap(), None, |_| None).unwrap())
            .unwrap();
    let callbacks = Secret::new("s".to_owned());
    let secrets = channel_adapter::Secrets { stripe: Vec::new(), paypal: Vec::new(), callbacks };
    let adapter = ChannelAdapter::open(stage.place.stores(), deps, stage.clock.clone(), secrets).await.unwrap();
    let client: ChannelAdapterClient = mock::client(adapter.router()).unwrap();
    let create = async |amount| {
        let payment = CreateChannelPayment {
            merchant_id: Some(MERCHANT),
            channel: Some(Channel::Stripe),
            payment_no: "PY1".into(),
            amount,
            currency: Some(Currency::USD),
            ..CreateChannelPayment::default()
        };
        client.create_channel_payment(&payment).await
    };
    stage.set_kind("payment_channels_enabled", &json!({"enabled": {"stripe": {"min_amount": 100}}})).await;
    adapter.configuration().refresh(&served.source).await.unwrap();
    refused(create(99).await, ErrorKind::InvalidInput, "INVALID_AMOUNT");
    stage.set_kind("payment_channels_enabled", &json!({"enabled": {"paypal": {}}})).await;
    adapter.configuration().refresh(&served.source).await.unwrap();
    refused(create(1999).await, ErrorKind::Declined, "CHANNEL_NOT_ENABLED");
    assert_eq!(keys(adapter.store()).await, 0);
}

#[tokio::test]
async fn rate_limits_hold_for_the_next_request_and_a_refused_one_claims_no_key() {
    let stage = Stage::open();
    let served = stage.serve("payment-gateway").await;
    let (gateway, client) = gateway(&stage).await;
    let burst = async |first: usize| {
        let payments: Vec<_> = (first..first + 20).map(|number| payment(&format!("M-{number}"), 1999)).collect();
        let answers = join_all(payments.iter().map(|payment| client.create_payment(payment))).await;
        let errors = answers.into_iter().map(Result::unwrap_err);
        errors.filter(|error| error.certainty().nothing_happened()).collect::<Vec<_>>()
    };
    assert!(burst(0).await.is_empty());
    assert_eq!(keys(gateway.store()).await, 20);

    let bucket = json!({"per_second": 1});
    let limits = json!({"merchants": {MERCHANT.to_string(): {"read": bucket, "write": bucket}}});
    stage.set_kind("api_rate_limits", &limits).await;
    gateway.configuration().refresh(&served.source).await.unwrap();
    let turned_away = burst(20).await;
    let limited: Vec<_> = turned_away.iter().filter(|error| error.kind() == ErrorKind::RateLimited).collect();
    assert!(!limited.is_empty());
    for error in limited {
        assert_eq!((error.code(), error.certainty()), (Some("RATE_LIMITED"), Certainty::NotProcessed));
        assert_eq!(error.retry_after(), Some(std::time::Duration::from_secs(1)));
    }
    let claimed = i64::try_from(40 - turned_away.len()).unwrap();
    assert_eq!(keys(gateway.store()).await, claimed, "no key of a 429 was claimed");
}

#[tokio::test]
async fn fee_rates_and_templates_are_those_of_the_version_in_force() {
    let stage = Stage::open();
    let (configuration, served) = (stage.configuration(), stage.serve("config-service").await);
    configuration.refresh(&served.source).await.unwrap();
    let before = configuration.current();
    assert_eq!(before.fee_rates.of(&Channel::Stripe).rate_ppm, 29_000);
    assert_eq!(before.notification_templates.of(&"payment_success".into(), &"email".into()), None);

    let stripe = json!({"rate_ppm": 25_000, "fixed": {"USD": 30, "JPY": 40}, "min": {"USD": 50}, "max": {"BHD": 9000}});
    stage.set_kind("fee_rates", &json!({"default": {"rate_ppm": 30_000}, "channels": {"stripe": stripe}})).await;
    let email = json!({"subject": "Paid", "content": "{{payment_no}} is paid."});
    stage.set_kind("notification_templates", &json!({"templates": {"payment_success": {"email": email}}})).await;
    configuration.refresh(&served.source).await.unwrap();
    let now = configuration.current();
    let terms = now.fee_rates.of(&Channel::Stripe);
    assert_eq!((terms.rate_ppm, terms.fixed[&Currency::USD]), (25_000, 30));
    assert_eq!(terms.max, BTreeMap::from([("BHD".parse().unwrap(), 9000)]));
    assert_eq!(now.fee_rates.of(&Channel::Paypal).rate_ppm, 30_000);
    let template = now.notification_templates.of(&"payment_success".into(), &"email".into()).unwrap();
    assert_eq!(template.content, "{{payment_no}} is paid.");
    assert_eq!((before.version, now.version), (0, 2), "whoever holds a version keeps it whole");
}
