//! A session is paid once, whoever clicks how often, and whatever becomes of the answers.

use std::time::Duration;

use futures_util::future::join_all;
use payment_clients::{
    apis::{
        cashier::{CompleteSession, PaySession, SessionStatus},
        payment_gateway::PaymentStatus,
        words::Channel,
    },
    contract::secret::AddressKey,
    prelude::*,
};

use crate::stage::*;

async fn status(stage: &Stage, token: &AddressKey) -> SessionStatus {
    stage.shop().get_session(token).await.unwrap().status
}

#[tokio::test]
async fn whoever_pays_again_hears_of_the_same_payment() {
    let stage = Stage::new().await;
    let (_, token) = stage.open("A-1").await;
    let first = stage.pay(&token).await.unwrap();
    assert_eq!(first.payment_url, "https://channel.example/p");
    assert_eq!(first.client_secret.expose(), "pi_1");
    assert_eq!(stage.pay(&token).await.unwrap(), first);
    let shop = stage.shop();
    let other = PaySession { channel: Some(Channel::Paypal), ..choice() };
    assert_eq!(shop.pay_session(&token, &other).await.unwrap(), first, "the first choice stands");
    assert_eq!(stage.with_world(|world| world.payments.len()), 1);
    assert_eq!(status(&stage, &token).await, SessionStatus::Active);
    refused(shop.cancel_session(&token).await, ErrorKind::Conflict, "SESSION_BEING_PAID");
    assert_eq!(stage.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_double_click_makes_one_payment() {
    let stage = Stage::new().await;
    let (_, token) = stage.open("A-1").await;
    let clicks = join_all((0..8).map(|_| stage.pay(&token))).await;
    let told: Vec<_> = clicks.iter().filter_map(|click| click.as_ref().ok()).collect();
    assert!(!told.is_empty() && told.iter().all(|payment| *payment == told[0]));
    for refusal in clicks.iter().filter_map(|click| click.as_ref().err()) {
        assert_eq!(refusal.code(), Some("PAYMENT_UNRESOLVED"), "{refusal}");
    }
    assert_eq!(stage.with_world(|world| world.payments.len()), 1);
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_until_it_is_known_and_nothing_is_called_failed() {
    let stage = Stage::new().await;
    let (_, token) = stage.open("A-1").await;
    stage.with_world(|world| world.loses_answer = true);
    let doubt = stage.pay(&token).await.unwrap_err();
    assert_eq!((doubt.code(), doubt.certainty()), (Some("PAYMENT_UNRESOLVED"), Certainty::PossiblyProcessed));
    refused(stage.pay(&token).await, ErrorKind::Unavailable, "PAYMENT_UNRESOLVED");
    stage.hand.advance(Duration::from_secs(3600));
    assert_eq!(status(&stage, &token).await, SessionStatus::Active, "it was paid in time, maybe");
    stage.go_on().await;
    assert_eq!(stage.pay(&token).await.unwrap().payment_no.as_str(), "PY1");
    assert_eq!(stage.with_world(|world| world.payments.len()), 1);
    assert_eq!(stage.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_refusal_is_final_and_heard_again() {
    let stage = Stage::new().await;
    let (_, token) = stage.open("A-1").await;
    stage.with_world(|world| world.failures.push(Error::declined("RISK_REJECTED", "the address is blacklisted")));
    for _ in 0..2 {
        let refusal = stage.pay(&token).await.unwrap_err();
        assert_eq!(refusal.code(), Some("RISK_REJECTED"), "{refusal}");
    }
    assert_eq!(stage.with_world(|world| world.asked), 1);
    assert_eq!(status(&stage, &token).await, SessionStatus::Pending);
    assert_eq!(stage.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_was_never_begun_can_be_tried_again() {
    let stage = Stage::new().await;
    let (_, token) = stage.open("A-1").await;
    let away = || Error::new(ErrorKind::Unavailable, Certainty::NotSent, "nobody is there");
    stage.with_world(|world| world.failures.extend([away(), away(), away()]));
    let refusal = stage.pay(&token).await.unwrap_err();
    assert_eq!(refusal.certainty(), Certainty::NotProcessed, "{refusal}");
    assert_eq!(status(&stage, &token).await, SessionStatus::Pending);
    stage.with_world(|world| world.failures.push(Error::invalid_input("customer_email", "must be an e-mail address")));
    assert_eq!(stage.pay(&token).await.unwrap_err().code(), Some("INVALID_REQUEST"));
    stage.pay(&token).await.unwrap();
    assert_eq!(stage.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_caller_who_is_not_let_in_decides_nothing() {
    let stage = Stage::new().await;
    let (_, token) = stage.open("A-1").await;
    let shut = Error::new(ErrorKind::Forbidden, Certainty::Processed, "no token").with_code("FORBIDDEN");
    stage.with_world(|world| world.failures.push(shut));
    refused(stage.pay(&token).await, ErrorKind::Unavailable, "PAYMENT_UNRESOLVED");
    stage.go_on().await;
    stage.pay(&token).await.unwrap();
}

#[tokio::test]
async fn a_session_is_completed_by_its_own_payment_once_that_is_paid() {
    let stage = Stage::new().await;
    let (_, token) = stage.open("A-1").await;
    let number = stage.pay(&token).await.unwrap().payment_no.to_string();
    refused(stage.complete(&token, &number).await, ErrorKind::Conflict, "PAYMENT_NOT_COMPLETED");
    refused(stage.complete(&token, "PY9").await, ErrorKind::Conflict, "SESSION_BEING_PAID");
    stage.payment_becomes("A-1", PaymentStatus::Success);
    stage.hand.advance(Duration::from_secs(24 * 3600));
    for _ in 0..2 {
        stage.complete(&token, &number).await.unwrap();
    }
    let completed = stage.shop().get_session(&token).await.unwrap();
    assert_eq!((completed.status, completed.payment_no.as_str()), (SessionStatus::Completed, number.as_str()));
    assert!(completed.completed_at.is_some());
    refused(stage.complete(&token, "PY9").await, ErrorKind::Conflict, "SESSION_COMPLETED");
    assert_eq!(stage.pay(&token).await.unwrap().payment_no.as_str(), number);
    assert_eq!(stage.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn a_payment_that_is_not_the_sessions_completes_nothing() {
    let stage = Stage::new().await;
    let ((_, first), (_, second)) = (stage.open("A-1").await, stage.open("A-2").await);
    let number = stage.pay(&first).await.unwrap().payment_no.to_string();
    stage.payment_becomes("A-1", PaymentStatus::Success);
    refused(stage.complete(&second, &number).await, ErrorKind::Declined, "PAYMENT_DIFFERS");
    refused(stage.complete(&second, "PY9").await, ErrorKind::Declined, "PAYMENT_UNKNOWN");
    names(stage.complete(&second, "").await, "payment_no");
    let (_, twin) = stage.open("A-1").await;
    stage.complete(&first, &number).await.unwrap();
    refused(stage.complete(&twin, &number).await, ErrorKind::Declined, "PAYMENT_DIFFERS");
    let completion = CompleteSession { payment_no: number.as_str().into() };
    missing(stage.other().complete_session(&first, &completion).await);
}

#[tokio::test]
async fn a_payment_that_ended_unpaid_ends_its_session() {
    let stage = Stage::new().await;
    let (_, token) = stage.open("A-1").await;
    let number = stage.pay(&token).await.unwrap().payment_no.to_string();
    stage.payment_becomes("A-1", PaymentStatus::Failed);
    refused(stage.complete(&token, &number).await, ErrorKind::Declined, "PAYMENT_FAILED");
    assert_eq!(status(&stage, &token).await, SessionStatus::Expired);
    refused(stage.pay(&token).await, ErrorKind::Conflict, "SESSION_EXPIRED");
    assert_eq!(stage.violations().await, Vec::<String>::new());
}

#[tokio::test]
async fn what_breaks_a_rule_of_paying_is_named() {
    let stage = Stage::new().await;
    let asked = payment_clients::apis::cashier::CreateSession {
        allowed_channels: Some(vec![Channel::Stripe]),
        allowed_methods: Some(vec!["card".into()]),
        ..session("A-1")
    };
    let created = stage.shop().create_session(&asked).await.unwrap();
    let token = created.session_token.expose().into();
    let bad: &[Spoilt<PaySession>] = &[
        ("notify_url", |asked| asked.notify_url = "nowhere".into()),
        ("return_url", |asked| asked.return_url = None),
        ("return_url", |asked| asked.return_url = Some(format!("https://shop.example/{}", "x".repeat(2048)))),
        ("channel", |asked| asked.channel = Some(Channel::Paypal)),
        ("method", |asked| asked.method = Some("wallet".into())),
    ];
    for (field, spoil) in bad {
        let mut asked = choice();
        spoil(&mut asked);
        names(stage.shop().pay_session(&token, &asked).await, field);
    }
    missing(stage.other().pay_session(&token, &choice()).await);
    not_theirs(stage.staff().pay_session(&token, &choice()).await);
    assert_eq!(stage.with_world(|world| world.asked), 0);
    stage.hand.advance(Duration::from_secs(30 * 60));
    refused(stage.pay(&token).await, ErrorKind::Conflict, "SESSION_EXPIRED");
}
