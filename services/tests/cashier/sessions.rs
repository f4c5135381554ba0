//! Sessions are opened by their merchant, found by their token, and end by the clock.

use std::time::Duration;

use payment_clients::{
    apis::{
        cashier::{CreateSession, SaveCashierConfig, SessionStatus},
        words::Channel,
    },
    prelude::*,
};

use crate::stage::*;

#[tokio::test]
async fn a_session_is_found_by_its_token_and_ends_by_the_clock() {
    let stage = Stage::new().await;
    let (created, token) = stage.open("A-1").await;
    assert!(created.session_token.expose().len() >= 43);
    assert!(created.cashier_url.expose().ends_with(created.session_token.expose()));
    let found = stage.shop().get_session(&token).await.unwrap();
    assert_eq!(found, created.session);
    assert_eq!((found.status, found.merchant_id, found.amount), (SessionStatus::Pending, SHOP, 1999));
    stage.hand.advance(Duration::from_secs(30 * 60 - 1));
    assert_eq!(stage.shop().get_session(&token).await.unwrap().status, SessionStatus::Pending);
    stage.hand.advance(Duration::from_secs(1));
    assert_eq!(stage.shop().get_session(&token).await.unwrap().status, SessionStatus::Expired);
    refused(stage.complete(&token, "PY1").await, ErrorKind::Conflict, "SESSION_EXPIRED");
}

#[tokio::test]
async fn the_merchants_own_time_counts_where_the_session_has_none() {
    let stage = Stage::new().await;
    let page = SaveCashierConfig { session_timeout_minutes: Some(5), ..SaveCashierConfig::default() };
    stage.shop().save_config(&page).await.unwrap();
    let minutes = async |asked: Option<i64>| {
        let asked = CreateSession { expires_in_minutes: asked, ..session("A-1") };
        let made = stage.shop().create_session(&asked).await.unwrap().session;
        (made.expires_at.unix_ms() - made.created_at.unix_ms()) / 60_000
    };
    for (asked, expected) in [(None, 5), (Some(0), 5), (Some(-1), 5), (Some(90), 90), (Some(i64::MAX), 43_200)] {
        assert_eq!(minutes(asked).await, expected, "{asked:?}");
    }
}

#[tokio::test]
async fn a_foreign_session_is_not_there_and_a_deleted_one_is_gone() {
    let stage = Stage::new().await;
    let (_, token) = stage.open("A-1").await;
    missing(stage.other().get_session(&token).await);
    stage.other().cancel_session(&token).await.expect("an unknown one is deleted already");
    stage.shop().get_session(&token).await.expect("nobody else deletes it");
    for _ in 0..2 {
        stage.shop().cancel_session(&token).await.unwrap();
    }
    missing(stage.shop().get_session(&token).await);
    missing(stage.pay(&token).await);
    missing(stage.shop().get_session(&"guessed".into()).await);
    not_theirs(stage.staff().create_session(&session("A-2")).await);
    not_theirs(stage.client("service:payment-gateway").get_session(&token).await);
}

#[tokio::test]
async fn a_session_that_breaks_a_rule_is_named() {
    let stage = Stage::new().await;
    let bad: &[Spoilt<CreateSession>] = &[
        ("order_no", |asked| asked.order_no = None),
        ("order_no", |asked| asked.order_no = Some("x".repeat(65).as_str().into())),
        ("amount", |asked| asked.amount = None),
        ("amount", |asked| asked.amount = Some(0)),
        ("amount", |asked| asked.amount = Some(i64::MAX)),
        ("currency", |asked| asked.currency = None),
        ("currency", |asked| asked.currency = Some("XYZ".parse().unwrap())),
        ("description", |asked| asked.description = Some("x".repeat(501))),
        ("customer_email", |asked| asked.customer_email = Some("x".repeat(255).into())),
        ("allowed_channels", |asked| asked.allowed_channels = Some(vec!["cash".into()])),
        ("allowed_channels", |asked| asked.allowed_channels = Some(vec![Channel::Stripe; 51])),
        ("allowed_methods", |asked| asked.allowed_methods = Some(vec!["x".repeat(33)])),
        ("metadata", |asked| asked.metadata = serde_json::json!({ "a": "x".repeat(4096) }).as_object().cloned()),
    ];
    for (field, spoil) in bad {
        let mut asked = session("A-1");
        spoil(&mut asked);
        names(stage.shop().create_session(&asked).await, field);
    }
    for code in ["JPY", "BHD", "USD"] {
        let currency = Some(code.parse().unwrap());
        stage.shop().create_session(&CreateSession { currency, ..session("A-1") }).await.unwrap();
    }
}
