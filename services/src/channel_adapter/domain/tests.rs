#![allow(clippy::unwrap_used)]

use std::time::Duration;

use payment_clients::{
    apis::{
        channel_adapter::{ChannelConfig, ChannelPaymentStatus as Status, CreateChannelPayment, StripeEvent},
        payment_gateway::CallbackStatus,
        words::Channel,
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind},
        money::Money,
    },
};

use super::{EDGES, Outcome, Reading, Terms, may_be_told, pause, reading, shown, stripe, substitutes, webhook_id};

const STATES: [Status; 6] =
    [Status::Pending, Status::Processing, Status::Success, Status::Failed, Status::Cancelled, Status::Refunded];

fn config() -> ChannelConfig {
    serde_json::from_str(
        r#"{"id": "7d1c5f3e-0b52-4c1e-9a55-5f0c6d3a1b01", "merchant_id": "00000000-0000-0000-0000-000000000000",
            "channel": "stripe", "is_enabled": true, "mode": "test",
            "config": "{\"api_version\":\"2023-10-16\",\"secret_key\":\"sk\",\"nested\":{\"token\":\"t\"}}",
            "fee_rate": 2.9, "fixed_fee": 30, "min_amount": 50, "max_amount": 1000, "currencies": "[]",
            "countries": "[]", "priority": 1, "extra": "{}", "created_at": "2025-10-24T12:00:00Z",
            "updated_at": "2025-10-24T12:00:00Z"}"#,
    )
    .unwrap()
}

fn payment() -> CreateChannelPayment {
    CreateChannelPayment {
        channel: Some(Channel::Stripe),
        payment_no: "PY1".into(),
        amount: 50,
        currency: "EUR".parse().ok(),
        ..CreateChannelPayment::default()
    }
}

#[test]
fn a_payment_needs_number_channel_currency_and_an_amount_in_range() {
    let configs = [config()];
    let terms = Terms::of(&payment(), &configs).unwrap();
    assert_eq!(terms, Terms { channel: Channel::Stripe, money: Money::new(50, "EUR".parse().unwrap()) });
    let refused = |change: fn(&mut CreateChannelPayment)| {
        let mut payment = payment();
        change(&mut payment);
        let error = Terms::of(&payment, &configs).unwrap_err();
        format!("{:?} {}", error.kind(), error.message())
    };
    for (text, change) in [
        ("InvalidInput `payment_no`", (|payment| payment.payment_no = "".into()) as fn(&mut CreateChannelPayment)),
        ("InvalidInput `payment_no`", |payment| payment.payment_no = "PY 1".into()),
        ("InvalidInput `channel`", |payment| payment.channel = None),
        ("Declined no payments are made at `paypal`", |payment| payment.channel = Some(Channel::Paypal)),
        ("InvalidInput `currency`", |payment| payment.currency = None),
        ("InvalidInput `currency`", |payment| payment.currency = "XYZ".parse().ok()),
        ("InvalidInput `amount`", |payment| payment.amount = 49),
        ("InvalidInput `amount`", |payment| payment.amount = 1001),
        ("InvalidInput `amount`", |payment| payment.amount = i64::MIN),
    ] {
        assert!(refused(change).starts_with(text), "{text}: {}", refused(change));
    }
    let disabled = ChannelConfig { is_enabled: false, ..config() };
    assert_eq!(Terms::of(&payment(), &[disabled]).unwrap_err().code(), Some("CHANNEL_NOT_ENABLED"));
}

#[test]
fn another_channel_is_one_that_is_enabled_and_takes_the_amount() {
    let terms = Terms::of(&payment(), &[config()]).unwrap();
    let paypal = || ChannelConfig { channel: Channel::Paypal, ..config() };
    for (other, found) in [
        (paypal(), Some(Channel::Paypal)),
        (ChannelConfig { is_enabled: false, ..paypal() }, None),
        (ChannelConfig { min_amount: 51, ..paypal() }, None),
        (ChannelConfig { channel: Channel::Alipay, ..config() }, None),
    ] {
        let configs = [config(), other];
        assert_eq!(substitutes(&terms, &configs).next().cloned(), found);
    }
}

#[test]
fn without_a_name_of_ours_no_signature_of_a_channel_can_hold() {
    let named = ChannelConfig { config: r#"{"webhook_id": "WH-1"}"#.to_owned(), ..config() };
    assert_eq!(webhook_id(&Channel::Stripe, &[named]), "WH-1");
    assert_eq!(webhook_id(&Channel::Stripe, &[config()]), "");
    assert_eq!(webhook_id(&Channel::Paypal, &[config()]), "");
}

#[test]
fn every_setting_of_a_channel_is_masked_unless_it_is_known_to_be_public() {
    let settings = shown(&config()).config;
    assert_eq!(settings, r#"{"api_version":"2023-10-16","secret_key":"***","nested":"***"}"#);
    let broken = ChannelConfig { config: "sk_live_not_json".to_owned(), ..config() };
    assert_eq!(shown(&broken).config, "{}");
}

#[test]
fn a_final_state_is_left_for_nothing_but_a_refund_of_what_was_paid() {
    for from in &STATES {
        let next: Vec<_> = STATES.iter().filter(|to| *to != from && may_be_told(to).contains(&from)).collect();
        let edges = EDGES.iter().find(|(state, _)| state == from).map_or(&[][..], |(_, next)| next);
        assert_eq!(next.len(), edges.len(), "{from}");
        assert!(edges.iter().all(|to| next.contains(&to)), "{from}");
        match from {
            Status::Success => assert_eq!(next, [&Status::Refunded]),
            Status::Failed | Status::Cancelled | Status::Refunded => assert_eq!(next.len(), 0, "{from}"),
            _ => {}
        }
    }
}

#[test]
fn money_taken_against_our_state_is_never_overlooked() {
    for from in &STATES {
        for news in STATES.iter().filter(|news| !may_be_told(news).contains(&from)) {
            let expected = match (from, news) {
                (Status::Refunded, Status::Success) => Reading::StaleSuccess,
                (Status::Failed | Status::Cancelled, Status::Success | Status::Refunded) => Reading::LateSuccess,
                (Status::Pending | Status::Processing, Status::Refunded) => Reading::TooEarly,
                _ => Reading::Stale,
            };
            assert_eq!(reading(from, news), expected, "{from} {news}");
        }
    }
}

#[test]
fn only_a_final_refusal_refuses() {
    let of = |kind, certainty| Outcome::<()>::of(Err(Error::new(kind, certainty, "no")));
    assert!(matches!(Outcome::of(Ok(())), Outcome::Done(())));
    assert!(matches!(of(ErrorKind::Declined, Certainty::Processed), Outcome::Refused(_)));
    assert!(matches!(of(ErrorKind::InvalidInput, Certainty::Processed), Outcome::Refused(_)));
    assert!(matches!(of(ErrorKind::Unreachable, Certainty::NotSent), Outcome::NotBegun(_)));
    assert!(matches!(of(ErrorKind::Unauthenticated, Certainty::NotProcessed), Outcome::NotBegun(_)));
    assert!(matches!(of(ErrorKind::Unreachable, Certainty::NotSent).after_doubt(), Outcome::Unknown(_)));
    assert!(matches!(of(ErrorKind::Timeout, Certainty::PossiblyProcessed), Outcome::Unknown(_)));
    assert!(matches!(of(ErrorKind::Conflict, Certainty::Processed), Outcome::Unknown(_)));
    assert!(matches!(of(ErrorKind::KeyReused, Certainty::Processed), Outcome::Unknown(_)));
}

#[test]
fn pauses_grow_to_a_minute() {
    let seconds: Vec<_> = (0..9).map(|asked| pause(asked).as_secs()).collect();
    assert_eq!(seconds, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    assert_eq!(pause(u32::MAX), Duration::from_secs(60));
}

fn event(kind: &str, object: &str) -> StripeEvent {
    let text =
        format!(r#"{{"id": "evt_1", "api_version": "2023-10-16", "type": "{kind}", "data": {{"object": {object}}}}}"#);
    serde_json::from_str(&text).unwrap()
}

#[test]
fn an_event_of_a_payment_is_read_and_told_on() {
    let object = r#"{"id": "pi_1", "amount": 50, "currency": "eur", "metadata": {"payment_no": "PY1"}}"#;
    for (kind, status, told) in [
        ("payment_intent.succeeded", Status::Success, CallbackStatus::Success),
        ("payment_intent.payment_failed", Status::Failed, CallbackStatus::Failed),
        ("payment_intent.canceled", Status::Cancelled, CallbackStatus::Cancelled),
    ] {
        let news = stripe::news(&event(kind, object)).unwrap().unwrap();
        assert_eq!((&news.status, news.payment_no.as_ref().unwrap().as_str()), (&status, "PY1"));
        let callback = news.callback(&"PY1".into()).unwrap();
        assert_eq!((callback.status, callback.amount, callback.event_id.as_deref()), (told, Some(50), Some("evt_1")));
        assert_eq!(callback.channel_order_no.unwrap().as_str(), "pi_1");
    }
}

#[test]
fn a_refunded_charge_is_found_by_its_payment_and_told_nobody() {
    let object = r#"{"id": "ch_1", "payment_intent": "pi_1", "amount": 50, "amount_refunded": 20, "currency": "eur"}"#;
    let news = stripe::news(&event("charge.refunded", object)).unwrap().unwrap();
    assert_eq!((news.trade_no.as_ref().unwrap().as_str(), news.money.unwrap().minor_units), ("pi_1", 20));
    assert_eq!(news.callback(&"PY1".into()), None);
}

#[test]
fn other_events_say_nothing_and_other_versions_are_refused() {
    assert_eq!(stripe::news(&event("customer.created", "{}")).unwrap(), None);
    let other = StripeEvent { api_version: "2099-01-01".to_owned(), ..event("payment_intent.succeeded", "{}") };
    assert!(stripe::news(&other).unwrap_err().message().contains("api_version"));
}
