//! merchant-auth-service: who logs in, who is kept out, and what is over once it is over.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod bad_input;
mod kept;
mod passwords;
mod sessions;
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod two_factor;

use std::time::Duration;

use futures_util::future::join_all;
use payment_clients::{
    apis::{
        ids::MerchantId,
        merchant::MerchantStatus,
        merchant_auth::{IssueServiceToken, MerchantLogin},
        words::{LoginStatus, LoginType},
    },
    prelude::*,
};
use stage::{NOON, PASSWORD, Stage, merchant};

const HALF_AN_HOUR: Duration = Duration::from_secs(30 * 60);

/// The kind and the code of a refusal.
pub fn refusal<T: std::fmt::Debug>(answer: Result<T>) -> (ErrorKind, String) {
    let error = answer.expect_err("it is refused");
    (error.kind(), error.code().unwrap_or_default().to_owned())
}

pub fn unauthenticated(code: &str) -> (ErrorKind, String) {
    (ErrorKind::Unauthenticated, code.to_owned())
}

pub fn locked() -> (ErrorKind, String) {
    (ErrorKind::Forbidden, "ACCOUNT_LOCKED".to_owned())
}

#[tokio::test]
async fn a_right_password_opens_a_session() {
    let stage = Stage::new();
    let session = stage.session().await;
    assert_eq!(session.expires_at.unix_ms(), NOON + 3_600_000, "an hour by default");
    let open = stage.shown(&session).await.unwrap();
    assert_eq!((open.merchant_id, open.two_factor), (merchant(), false));
    assert_eq!((open.session_id, open.expires_at), (session.session_id, session.expires_at));
    stage.check().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_merchant_get_the_same_answer() {
    let stage = Stage::new();
    let wrong = stage.login("wrong horse battery").await.unwrap_err();
    let stranger = MerchantLogin { merchant_id: MerchantId::from_u128(9), password: PASSWORD.into() };
    let unknown = stage.stranger().login(&stranger).await.unwrap_err();
    assert_eq!((wrong.kind(), wrong.code()), (ErrorKind::Unauthenticated, Some("INVALID_CREDENTIALS")));
    assert_eq!((wrong.message(), wrong.code()), (unknown.message(), unknown.code()));
}

#[tokio::test]
async fn ten_failures_lock_for_half_an_hour_whatever_the_password() {
    let stage = Stage::new();
    for _ in 0..10 {
        assert_eq!(refusal(stage.login("wrong horse battery").await), unauthenticated("INVALID_CREDENTIALS"));
    }
    assert_eq!(refusal(stage.login(PASSWORD).await), locked());
    stage.hand.advance(HALF_AN_HOUR - Duration::from_millis(1));
    assert_eq!(refusal(stage.login(PASSWORD).await), locked());
    assert_eq!(stage.asked(), 10, "who is locked out is not listened to");
    stage.hand.advance(Duration::from_millis(1));
    stage.session().await;
    stage.check().await;
}

#[tokio::test]
async fn only_failures_count_and_a_success_forgets_them() {
    let stage = Stage::new();
    for _ in 0..3 {
        for _ in 0..9 {
            refusal(stage.login("wrong horse battery").await);
        }
        stage.session().await;
    }
    for _ in 0..30 {
        stage.session().await;
    }
    stage.check().await;
}

#[tokio::test]
async fn a_hundred_guesses_at_once_are_ten() {
    let stage = Stage::new();
    let guesses = (0..100).map(|_| stage.login("wrong horse battery"));
    let refused: Vec<_> = join_all(guesses).await.into_iter().map(refusal).collect();
    assert_eq!(refused.iter().filter(|refusal| **refusal == locked()).count(), 90);
    assert_eq!(stage.asked(), 10);
}

#[tokio::test]
async fn an_outage_is_nobodys_failure() {
    let stage = Stage::new();
    stage.merchants.lock().unwrap().away = true;
    for _ in 0..20 {
        let error = stage.login(PASSWORD).await.unwrap_err();
        assert_ne!(error.kind(), ErrorKind::Unauthenticated, "{error}");
    }
    stage.merchants.lock().unwrap().away = false;
    stage.session().await;
}

#[tokio::test]
async fn a_suspended_merchant_does_not_get_in_and_is_told_so() {
    let stage = Stage::new();
    stage.merchants.lock().unwrap().status = MerchantStatus::Suspended;
    assert_eq!(refusal(stage.login(PASSWORD).await), (ErrorKind::Forbidden, "MERCHANT_BARRED".to_owned()));
    assert_eq!(refusal(stage.login("wrong horse battery").await), unauthenticated("INVALID_CREDENTIALS"));
}

#[tokio::test]
async fn every_attempt_is_in_the_history() {
    let stage = Stage::new();
    refusal(stage.login("wrong horse battery").await);
    let session = stage.session().await;
    stage.hand.advance(Duration::from_secs(60));
    stage.owner().revoke_session(&session.session_id).await.unwrap();
    let history = stage.owner().list_login_activities(Some(0), Some(1000)).await.unwrap();
    assert_eq!((history.total, history.page, history.page_size), (2, 1, 20));
    let [success, failure] = &history.list[..] else { panic!("{history:?}") };
    assert_eq!((&success.status, &success.login_type), (&LoginStatus::Success, &LoginType::Password));
    assert_eq!(success.session_id, session.session_id);
    assert_eq!(success.logout_at.map(Timestamp::unix_ms), Some(NOON + 60_000));
    assert_eq!((&failure.status, failure.failed_reason.as_str()), (&LoginStatus::Failed, "wrong password"));
    let page = stage.owner().list_login_activities(Some(2), Some(1)).await.unwrap();
    assert_eq!((page.list.len(), &page.list[0]), (1, failure));
    let other = stage.client_of(Some(&format!("merchant:{}", MerchantId::from_u128(9))));
    assert_eq!(other.list_login_activities(None, None).await.unwrap().total, 0);
}

#[tokio::test]
async fn a_clock_that_jumps_unlocks_nobody_by_much_and_opens_nothing_twice() {
    let mut stage = Stage::new();
    for _ in 0..10 {
        refusal(stage.login("wrong horse battery").await);
    }
    // Back by ten minutes: the lock holds the longer.
    stage = stage.restart(NOON - 600_000, &[1]).await;
    stage.hand.advance(HALF_AN_HOUR);
    assert_eq!(refusal(stage.login(PASSWORD).await), locked());
    stage.hand.advance(Duration::from_secs(600));
    let session = stage.session().await;
    // Forward by ten minutes and back: what was open stays open, what is over stays over.
    stage.hand.advance(Duration::from_secs(600));
    stage.shown(&session).await.unwrap();
    let now = stage.clock.now();
    stage = stage.restart(now - 1_200_000, &[1]).await;
    stage.shown(&session).await.unwrap();
    stage.owner().revoke_session(&session.session_id).await.unwrap();
    for jump in [0, 600_000, -600_000] {
        let now = stage.clock.now();
        stage = stage.restart(now + jump, &[1]).await;
        assert_eq!(refusal(stage.shown(&session).await).0, ErrorKind::NotFound);
    }
    stage.check().await;
}

#[tokio::test]
async fn a_service_gets_its_token_for_its_own_secret() {
    let stage = Stage::new();
    let secrets = payment_services::host::Secrets::open(stage.place.path()).unwrap();
    let secret = secrets.of_service("payment-gateway").unwrap().expose().as_str().into();
    let asked =
        IssueServiceToken { service: "payment-gateway".into(), audience: "order-service".into(), secret, scopes: None };
    let token = stage.stranger().issue_service_token(&asked).await.unwrap();
    assert!(token.scopes.contains(&"create_order".to_owned()));
    let guessed = IssueServiceToken { secret: "guessed".into(), ..asked };
    assert_eq!(
        refusal(stage.stranger().issue_service_token(&guessed).await),
        (ErrorKind::Unauthenticated, "UNKNOWN_SERVICE".to_owned())
    );
}
