//! The gateway's promises, with its neighbours mocked: one payment per key, compensation only after a refusal, callbacks
//! verified and applied once, refunds never above what was paid.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod figures;
mod giving_back;
mod late;
mod races;
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod whole;

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::join_all;
use payment_clients::{
    apis::{
        channel_adapter::{ChannelPaymentState, ChannelPaymentStatus, MockChannelPaymentApi},
        config_service::{MockServiceConfigApi, ServiceConfig, ServiceConfigApi},
        order::MockOrderApi,
        payment_gateway::{CreatePayment, PaymentStatus},
        risk::{Decision, MockRiskCheckApi},
    },
    contract::{certainty::Certainty, error::ErrorKind},
    mock::failure,
    prelude::*,
};
use payment_services::{
    gateway::domain::MAX_AMOUNT,
    kit::{incident, saga::rest, webhook},
};

use stage::*;

// === create ===

#[tokio::test]
async fn a_payment_is_checked_then_ordered_then_taken_to_its_channel() {
    let world = World::default();
    let stage = stage(world.mocks()).await;
    let payment = stage.client.create_payment(&request("M-1", 1999)).await.unwrap();
    assert_eq!(world.seen(), ["risk", "order", "channel"]);
    assert_eq!((payment.status, payment.channel_order_no.as_str()), (PaymentStatus::Processing, "pi_1"));
    assert!(payment.extra.contains("pi_1_secret"), "a payer needs it to pay: {}", payment.extra);
}

#[tokio::test]
async fn sixteen_repeats_of_one_key_make_one_payment() {
    let world = World::default();
    let stage = stage(world.mocks()).await;
    let client = stage.client.with(key("k-1"));
    let order = request("M-1", 1999);
    let answers = join_all((0..16).map(|_| client.create_payment(&order))).await;
    assert!(answers.iter().any(Result::is_ok));
    for error in answers.into_iter().filter_map(Result::err) {
        assert_eq!(error.kind(), ErrorKind::InProgress, "{error}");
    }
    assert_eq!(world.seen(), ["risk", "order", "channel"]);
    let [first, second] = [client.create_payment(&order).await.unwrap(), client.create_payment(&order).await.unwrap()];
    assert_eq!(first, second);
}

#[tokio::test]
async fn a_key_used_for_another_amount_is_refused() {
    let stage = stage(World::default().mocks()).await;
    let client = stage.client.with(key("k-1"));
    client.create_payment(&request("M-1", 1999)).await.unwrap();
    let error = client.create_payment(&request("M-1", 2000)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::KeyReused);
}

#[tokio::test]
async fn an_order_number_is_paid_once_whatever_the_key() {
    let world = World::default();
    let stage = stage(world.mocks()).await;
    stage.client.create_payment(&request("M-1", 1999)).await.unwrap();
    let error = stage.client.create_payment(&request("M-1", 1999)).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::Conflict, Some("DUPLICATE_ORDER")));
    assert_eq!(world.seen().len(), 3, "nobody was asked a second time");
}

#[tokio::test]
async fn bad_input_is_refused_by_field_before_anything_happens() {
    let world = World::default();
    let stage = stage(world.mocks()).await;
    let good = || request("M-1", 1999);
    let cases: [(CreatePayment, &str, &str); 7] = [
        (request("M-1", 0), "`amount`", "INVALID_AMOUNT"),
        (request("M-1", -5), "`amount`", "INVALID_AMOUNT"),
        (request("M-1", i64::MAX), "`amount`", "INVALID_AMOUNT"),
        (CreatePayment { currency: "XXX".parse().unwrap(), ..good() }, "`currency`", "INVALID_CURRENCY"),
        (request(&"x".repeat(65), 1), "`order_no`", "INVALID_REQUEST"),
        (CreatePayment { customer_email: "nobody".into(), ..good() }, "`customer_email`", "INVALID_REQUEST"),
        (CreatePayment { notify_url: "/notify".into(), ..good() }, "`notify_url`", "INVALID_REQUEST"),
    ];
    for (request, field, code) in cases {
        let error = stage.client.create_payment(&request).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidInput, Some(code)), "{error}");
        assert!(error.message().contains(field), "{error}");
    }
    assert!(world.seen().is_empty());
}

// === refused, unknown ===

#[tokio::test]
async fn the_largest_amount_goes_through_to_the_last_unit_whatever_its_exponent() {
    for code in ["JPY", "USD", "BHD"] {
        let (seen, ordered, asked) = (World::default(), World::default(), World::default());
        let (risk, _, _, refunds) = seen.mocks();
        let orders = MockOrderApi::new().on_create_order({
            let ordered = ordered.clone();
            move |order| {
                ordered.note(Money::new(order.items[0].unit_price, order.currency).to_string());
                Ok(an_order())
            }
        });
        let payments = MockChannelPaymentApi::new().on_create_channel_payment_alias({
            let asked = asked.clone();
            move |payment| {
                asked.note(Money::new(payment.amount, payment.currency.unwrap()).to_string());
                Ok(at_the_channel(payment))
            }
        });
        let stage = stage((risk, orders, payments, refunds)).await;
        let currency: Currency = code.parse().unwrap();
        let payment = |number: &str, amount| CreatePayment { currency, ..request(number, amount) };
        let made = stage.client.create_payment(&payment("M-1", MAX_AMOUNT)).await.unwrap();
        assert_eq!((made.amount, made.currency), (MAX_AMOUNT, currency));
        let whole = [Money::new(MAX_AMOUNT, currency).to_string()];
        assert_eq!((ordered.seen(), asked.seen()), (whole.to_vec(), whole.to_vec()));
        for amount in [MAX_AMOUNT + 1, i64::MAX, i64::MIN] {
            let refused = stage.client.create_payment(&payment("M-2", amount)).await.unwrap_err();
            assert_eq!(refused.code(), Some("INVALID_AMOUNT"), "{amount}: {refused}");
        }
    }
}

#[tokio::test]
async fn what_risk_rejects_is_failed_and_goes_no_further() {
    let world = World::default();
    let (_, orders, payments, refunds) = world.mocks();
    let risk = MockRiskCheckApi::new().on_check_risk(|_| Ok(decision(Decision::Reject)));
    let stage = stage((risk, orders, payments, refunds)).await;
    let client = stage.client.with(key("k-1"));
    let [first, again] = [
        client.create_payment(&request("M-1", 1999)).await.unwrap_err(),
        client.create_payment(&request("M-1", 1999)).await.unwrap_err(),
    ];
    assert_eq!((first.code(), first.certainty()), (Some("RISK_REJECTED"), Certainty::Processed));
    assert_eq!((again.code(), again.message()), (first.code(), first.message()), "the refusal is kept");
    assert!(world.seen().is_empty());
}

/// Of a gateway that has no word of risk-service.
async fn unchecked(away: fn() -> Error, allowed: Option<&str>) -> (World, Stage) {
    let world = World::default();
    let (_, orders, payments, refunds) = world.mocks();
    let risk = MockRiskCheckApi::new().on_check_risk(move |_| Err(away()));
    let stage = stage((risk, orders, payments, refunds)).await;
    if let Some(allowed) = allowed.map(str::to_owned) {
        let source = MockServiceConfigApi::new().on_get_service_config(move |service, _, _| {
            Ok(Some(ServiceConfig {
                service: service.clone(),
                environment: "production".into(),
                version: 1,
                etag: "\"v1\"".into(),
                values: [("risk_absence".to_owned(), allowed.clone().into())].into(),
                feature_flags: BTreeMap::new(),
            }))
        });
        let source: Arc<dyn ServiceConfigApi> = Arc::new(source);
        stage.gateway.configuration().refresh(&source).await.unwrap();
    }
    (world, stage)
}

const ABSENCES: [fn() -> Error; 4] = [failure::refused, failure::unavailable, failure::lost, failure::timed_out];

#[tokio::test]
async fn while_risk_is_away_a_payment_is_declined_unless_the_configuration_says_otherwise() {
    for away in ABSENCES {
        let (world, stage) = unchecked(away, None).await;
        let client = stage.client.with(key("k-1"));
        let [first, again] = [
            client.create_payment(&request("M-1", 1999)).await.unwrap_err(),
            client.create_payment(&request("M-1", 1999)).await.unwrap_err(),
        ];
        assert_eq!((first.code(), first.certainty()), (Some("RISK_UNAVAILABLE"), Certainty::Processed), "{first}");
        assert_eq!(again.code(), first.code(), "the refusal is kept");
        let failed = stage.client.list_payments(&Default::default()).await.unwrap();
        assert_eq!((failed.total, failed.list[0].status.as_str()), (1, "failed"));
        assert!(world.seen().is_empty(), "nothing was bought");
    }
}

#[tokio::test]
async fn while_risk_is_away_what_is_small_enough_in_its_currency_goes_on() {
    for away in ABSENCES {
        let (world, stage) = unchecked(away, Some(r#"{"allow_up_to": {"USD": 1999}}"#)).await;
        let small = stage.client.create_payment(&request("M-1", 1999)).await.unwrap();
        assert_eq!(small.status, PaymentStatus::Processing);
        let large = stage.client.create_payment(&request("M-2", 2000)).await.unwrap_err();
        let yen = CreatePayment { currency: "JPY".parse().unwrap(), ..request("M-3", 1) };
        let yen = stage.client.create_payment(&yen).await.unwrap_err();
        assert_eq!([large.code(), yen.code()], [Some("RISK_UNAVAILABLE"); 2]);
        assert_eq!(world.seen(), ["order", "channel"]);
        let read = "SELECT config_version FROM payments WHERE order_no = 'M-1'";
        let version = stage.gateway.store().read(move |view| view.one(read, &[], |row| row.get::<i64>(0))).await;
        assert_eq!(version.unwrap(), 1, "the payment tells by which version it went on");
    }
}

#[tokio::test]
async fn what_the_channel_declines_is_undone() {
    let world = World::default();
    let (risk, orders, _, refunds) = world.mocks();
    let payments = MockChannelPaymentApi::new()
        .on_create_channel_payment_alias(|_| Err(Error::declined("CHANNEL_DECLINED", "insufficient funds")));
    let stage = stage((risk, orders, payments, refunds)).await;
    let error = stage.client.create_payment(&request("M-1", 1999)).await.unwrap_err();
    assert_eq!(error.code(), Some("CHANNEL_DECLINED"));
    assert_eq!(world.seen(), ["risk", "order", "order cancelled"]);
    let failed = stage.client.list_payments(&Default::default()).await.unwrap();
    assert_eq!((failed.total, failed.list[0].status.as_str()), (1, "failed"));
    assert_eq!(failed.list[0].error_msg, "insufficient funds");
}

#[tokio::test]
async fn an_unknown_outcome_is_asked_about_and_never_undone() {
    let world = World::default();
    let (risk, orders, _, refunds) = world.mocks();
    let lost = Arc::new(Mutex::new(true));
    let noted = world.clone();
    let payments = MockChannelPaymentApi::new()
        .on_create_channel_payment_alias(move |payment| {
            noted.note("channel");
            if std::mem::take(&mut *lost.lock().unwrap()) {
                return Err(Error::new(ErrorKind::Timeout, Certainty::PossiblyProcessed, "no answer"));
            }
            Ok(at_the_channel(payment))
        })
        .on_query_channel_payment_by_body(|_| Err(Error::not_found("payment")));
    let stage = stage((risk, orders, payments, refunds)).await;
    let client = stage.client.with(key("k-1"));
    let unknown = client.create_payment(&request("M-1", 1999)).await.unwrap_err();
    assert_eq!((unknown.code(), unknown.certainty()), (Some("PAYMENT_UNRESOLVED"), Certainty::PossiblyProcessed));
    let waiting = client.create_payment(&request("M-1", 1999)).await.unwrap_err();
    assert_eq!(waiting.kind(), ErrorKind::InProgress);

    stage.hand.advance(Duration::from_secs(1));
    stage.gateway.engine().pass().await.unwrap();
    let payment = client.create_payment(&request("M-1", 1999)).await.unwrap();
    assert_eq!(payment.status, PaymentStatus::Processing);
    assert_eq!(world.seen(), ["risk", "order", "channel", "channel"], "the order was never cancelled");
}

#[tokio::test]
async fn a_refusal_that_is_heard_late_undoes_the_doubtful_call_too_and_ends_the_payment() {
    let world = World::default();
    let (risk, orders, payments, refunds) = world.mocks();
    let payments = payments
        .on_create_channel_payment_alias(|_| Err(Error::new(ErrorKind::Timeout, Certainty::PossiblyProcessed, "died")))
        .on_query_channel_payment_by_body(|query| {
            Ok(ChannelPaymentState {
                payment_no: query.payment_no.clone(),
                channel_trade_no: "pi_1".into(),
                status: ChannelPaymentStatus::Failed,
                amount: 1999,
                currency: Currency::USD,
                payment_method: String::new(),
                payment_method_details: None,
                paid_at: None,
            })
        });
    let stage = stage((risk, orders, payments, refunds)).await;
    let client = stage.client.with(key("k-1"));
    client.create_payment(&request("M-1", 1999)).await.unwrap_err();
    stage.hand.advance(Duration::from_secs(1));
    stage.gateway.engine().pass().await.unwrap();
    let refused = client.create_payment(&request("M-1", 1999)).await.unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Declined, Some("CHANNEL_DECLINED")));
    assert_eq!(world.seen(), ["risk", "order", "channel cancelled", "order cancelled"]);
    assert_eq!(stage.gateway.store().read(rest::violations).await.unwrap(), []);
}

// === callbacks ===

#[tokio::test]
async fn a_callback_pays_the_payment_and_then_its_order_once() {
    let world = World::default();
    let stage = stage(world.mocks()).await;
    let payment = stage.paid("M-1").await;
    for _ in 0..5 {
        stage.callback(&format!(r#"{{"payment_no": "{}", "status": "success"}}"#, payment.payment_no)).await.unwrap();
    }
    assert_eq!(stage.status(&payment).await, PaymentStatus::Success);
    while !world.seen().contains(&"order paid".to_owned()) {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.seen(), ["risk", "order", "channel", "order paid"]);
}

#[tokio::test]
async fn forged_stale_and_unsigned_callbacks_change_nothing() {
    let stage = stage(World::default().mocks()).await;
    let payment = stage.client.create_payment(&request("M-1", 1999)).await.unwrap();
    let body = format!(r#"{{"payment_no": "{}", "status": "success"}}"#, payment.payment_no);
    let now = stage.clock.now() / 1000;
    let forged = webhook::sign(&secret("another"), now, body.as_bytes());
    let stale = webhook::sign(&secret(SECRET), now - 301, body.as_bytes());
    let early = webhook::sign(&secret(SECRET), now + 310, body.as_bytes());
    let other = webhook::sign(&secret(SECRET), now, b"{}");
    for signature in [Some(forged.as_str()), Some(&stale), Some(&early), Some(&other), Some("t=1"), Some(""), None] {
        let error = stage.client.handle_stripe_webhook(signature, Bytes::from(body.clone())).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unauthenticated, "{signature:?}");
    }
    assert_eq!(stage.status(&payment).await, PaymentStatus::Processing);
}

#[tokio::test]
async fn a_callback_about_another_amount_is_an_incident_and_changes_nothing() {
    let stage = stage(World::default().mocks()).await;
    let payment = stage.client.create_payment(&request("M-1", 1999)).await.unwrap();
    let body = format!(r#"{{"payment_no": "{}", "status": "success", "amount": 1998}}"#, payment.payment_no);
    let error = stage.callback(&body).await.unwrap_err();
    assert_eq!(error.code(), Some("CALLBACK_DIFFERS"));
    assert!(error.message().contains("19.99 USD") && error.message().contains("19.98 USD"), "{error}");
    assert_eq!(stage.status(&payment).await, PaymentStatus::Processing);
}

#[tokio::test]
async fn a_final_state_is_never_left() {
    let stage = stage(World::default().mocks()).await;
    let payment = stage.paid("M-1").await;
    stage.callback(&format!(r#"{{"payment_no": "{}", "status": "failed"}}"#, payment.payment_no)).await.unwrap();
    assert_eq!(stage.status(&payment).await, PaymentStatus::Success);
}

#[tokio::test]
async fn an_order_that_cannot_be_reached_is_told_when_it_is_back() {
    let world = World::default();
    let (risk, orders, payments, refunds) = world.mocks();
    let (away, seen) = (AtomicU32::new(5), world.clone());
    let orders = orders.on_pay_order(move |_, _| {
        if away.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok() {
            return Err(Error::unavailable("away", Duration::from_millis(1)));
        }
        seen.note("order paid");
        Ok(())
    });
    let stage = stage((risk, orders, payments, refunds)).await;
    stage.paid("M-1").await;
    stage.comes_to_rest().await;
    assert_eq!(world.seen().last().unwrap(), "order paid");
    assert_eq!(stage.gateway.store().read(incident::listed).await.unwrap(), []);
}

// === restarts ===

#[tokio::test]
async fn a_payment_left_half_way_is_finished_after_a_restart_under_the_same_key() {
    let world = World::default();
    let (risk, orders, _, refunds) = world.mocks();
    let dead = MockChannelPaymentApi::new()
        .on_create_channel_payment_alias(|_| Err(Error::new(ErrorKind::Timeout, Certainty::PossiblyProcessed, "died")));
    let before = stage((risk, orders, dead, refunds)).await;
    before.client.with(key("k-1")).create_payment(&request("M-1", 1999)).await.unwrap_err();
    before.gateway.store().close().await.unwrap();

    let (risk, orders, _, refunds) = world.mocks();
    let keys = Arc::new(Mutex::new(Vec::new()));
    let kept = Arc::clone(&keys);
    let alive = MockChannelPaymentApi::new()
        .on_query_channel_payment_by_body(|_| Err(Error::not_found("payment")))
        .on_create_channel_payment_alias(move |payment| {
            kept.lock().unwrap().push(payment.payment_no.clone());
            Ok(at_the_channel(payment))
        });
    let after = stage_in(before.place, (risk, orders, alive, refunds)).await;
    after.hand.advance(Duration::from_secs(61));
    after.gateway.engine().pass().await.unwrap();
    let payment = after.client.with(key("k-1")).create_payment(&request("M-1", 1999)).await.unwrap();
    assert_eq!(keys.lock().unwrap()[..], [payment.payment_no]);
    assert_eq!(world.seen(), ["risk", "order"], "what was done before the restart is not done again");
}
