//! admin-service: who logs in, who is kept out, who may do what, and what is told of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod kept;
mod keys;
mod reviews;
mod roles;
mod settings;
mod stage;
#[path = "../support/mod.rs"]
mod support;
mod two_factor;

use std::time::Duration;

use futures_util::future::join_all;
use payment_clients::{
    apis::{
        admin::{AdminStatus, ChangePassword, DeactivateSession, ResetPassword, UpdateAdmin, UpdateSecuritySettings},
        words::LoginStatus,
    },
    prelude::*,
};
use stage::{FIRST, NOON, PASSWORD, Stage, refusal};

const HALF_AN_HOUR: Duration = Duration::from_secs(30 * 60);
const WRONG: &str = "Wrong-Horse-9";

fn unauthenticated(code: &str) -> (ErrorKind, String) {
    (ErrorKind::Unauthenticated, code.to_owned())
}

fn forbidden(code: &str) -> (ErrorKind, String) {
    (ErrorKind::Forbidden, code.to_owned())
}

#[tokio::test]
async fn the_first_administrator_comes_with_the_platform_and_once() {
    let stage = Stage::new().await;
    let first = stage.first().await;
    assert!(first.admin.is_super);
    stage.admin.begin(&"Another-Password-3".into()).await.unwrap();
    let all = first.client.list_admins(&Default::default()).await.unwrap();
    assert_eq!((all.total, all.data[0].username.as_str()), (1, "admin"));
    assert_eq!(refusal(stage.login("admin", "Another-Password-3", None).await), unauthenticated("INVALID_CREDENTIALS"));
    stage.check().await;
}

#[tokio::test]
async fn a_right_password_opens_a_session_for_an_hour() {
    let stage = Stage::new().await;
    let reply = stage.login("admin", FIRST, None).await.unwrap();
    assert_eq!((reply.expires_in, reply.refresh_token.expose()), (3600, ""));
    let client = stage.client(&reply.token);
    stage.hand.advance(Duration::from_secs(3599));
    assert_eq!(client.list_sessions().await.unwrap().len(), 1);
    stage.hand.advance(Duration::from_secs(1));
    assert_eq!(refusal(client.list_sessions().await), unauthenticated("INVALID_TOKEN"));
    stage.admin.upkeep().await.unwrap();
    stage.check().await;
}

#[tokio::test]
async fn a_wrong_password_and_an_unknown_name_get_the_same_answer() {
    let stage = Stage::new().await;
    let wrong = stage.login("admin", WRONG, None).await.unwrap_err();
    let unknown = stage.login("nobody", FIRST, None).await.unwrap_err();
    assert_eq!((wrong.kind(), wrong.code()), (ErrorKind::Unauthenticated, Some("INVALID_CREDENTIALS")));
    assert_eq!((wrong.message(), wrong.code()), (unknown.message(), unknown.code()));
}

#[tokio::test]
async fn five_failures_lock_for_half_an_hour_whatever_the_password() {
    let stage = Stage::new().await;
    let first = stage.first().await;
    let guesses = (0..20).map(|_| stage.login("admin", WRONG, None));
    let refused: Vec<_> = join_all(guesses).await.into_iter().map(refusal).collect();
    assert_eq!(refused.iter().filter(|refusal| **refusal == forbidden("ACCOUNT_LOCKED")).count(), 15);
    assert_eq!(refusal(stage.login("admin", FIRST, None).await), forbidden("ACCOUNT_LOCKED"));
    let locked = first.client.get_admin(&first.admin.id).await.unwrap();
    assert_eq!(locked.status, AdminStatus::Locked, "and whoever is logged in stays so");
    stage.hand.advance(HALF_AN_HOUR - Duration::from_millis(1));
    assert_eq!(refusal(stage.login("admin", FIRST, None).await), forbidden("ACCOUNT_LOCKED"));
    stage.hand.advance(Duration::from_millis(1));
    stage.first().await;
    stage.check().await;
}

#[tokio::test]
async fn nobody_gets_past_a_route_without_an_open_session() {
    let stage = Stage::new().await;
    let first = stage.first().await;
    assert_eq!(refusal(stage.stranger().list_admins(&Default::default()).await), unauthenticated("NO_IDENTITY"));
    let guessed = stage.client(&"ast_guessed".into());
    assert_eq!(refusal(guessed.get_preferences().await), unauthenticated("INVALID_TOKEN"));
    let session_id = first.client.list_sessions().await.unwrap()[0].session_id.clone();
    let named = stage.client(&session_id.as_str().into());
    assert_eq!(refusal(named.get_preferences().await), unauthenticated("INVALID_TOKEN"), "a name opens nothing");
    first.client.deactivate_session(&DeactivateSession { session_id }).await.unwrap();
    assert_eq!(refusal(first.client.get_preferences().await), unauthenticated("INVALID_TOKEN"));
    stage.check().await;
}

#[tokio::test]
async fn sessions_are_ended_by_their_owner_alone() {
    let stage = Stage::new().await;
    let (first, second) = (stage.first().await, stage.first().await);
    let other = stage.hire("ada", &[]).await;
    let theirs = other.client.list_sessions().await.unwrap()[0].session_id.clone();
    let ended = first.client.deactivate_session(&DeactivateSession { session_id: theirs }).await;
    assert_eq!(refusal(ended).0, ErrorKind::NotFound);
    first.client.deactivate_other_sessions().await.unwrap();
    first.client.deactivate_other_sessions().await.expect("a repeat finds them over");
    assert_eq!(refusal(second.client.get_preferences().await), unauthenticated("INVALID_TOKEN"));
    assert_eq!(first.client.list_sessions().await.unwrap().len(), 1);
    other.client.get_preferences().await.unwrap();
    stage.check().await;
}

#[tokio::test]
async fn a_login_beyond_the_most_sessions_ends_the_oldest() {
    let stage = Stage::new().await;
    let first = stage.first().await;
    let changes = UpdateSecuritySettings { max_concurrent_sessions: Some(2), ..UpdateSecuritySettings::default() };
    first.client.update_security_settings(&changes).await.unwrap();
    assert_eq!(first.client.get_security_settings().await.unwrap().max_concurrent_sessions, 2);
    let (_, last) = (stage.first().await, stage.first().await);
    assert_eq!(refusal(first.client.get_preferences().await), unauthenticated("INVALID_TOKEN"));
    assert_eq!(last.client.list_sessions().await.unwrap().len(), 2);
    stage.check().await;
}

#[tokio::test]
async fn a_new_password_ends_the_sessions_and_is_a_new_one() {
    let stage = Stage::new().await;
    let ada = stage.hire("ada", &[]).await;
    let change = |old: &str, new: &str| ChangePassword { old_password: old.into(), new_password: new.into() };
    assert_eq!(refusal(ada.client.change_own_password(&change(WRONG, "Brand-New-1")).await).0, ErrorKind::Forbidden);
    for weak in ["Short-1", "no-large-letter-1", "NO-SMALL-LETTER-1", "No-Digit-Here", "NoSign1234", PASSWORD] {
        let refused = ada.client.change_own_password(&change(PASSWORD, weak)).await;
        assert_eq!(refusal(refused).0, ErrorKind::InvalidInput, "{weak}");
    }
    ada.client.change_password_strict(&change(PASSWORD, "Brand-New-1")).await.unwrap();
    assert_eq!(refusal(ada.client.get_preferences().await), unauthenticated("INVALID_TOKEN"));
    assert_eq!(refusal(stage.login("ada", PASSWORD, None).await), unauthenticated("INVALID_CREDENTIALS"));
    let ada = stage.staff("ada", "Brand-New-1").await;
    let back = ada.client.change_own_password(&change("Brand-New-1", PASSWORD)).await;
    assert_eq!(refusal(back).0, ErrorKind::InvalidInput, "it was used lately");
    stage.check().await;
}

#[tokio::test]
async fn a_password_is_reset_by_others_and_must_be_changed_then() {
    let stage = Stage::new().await;
    let (first, ada) = (stage.first().await, stage.hire("ada", &[]).await);
    let reset = ResetPassword { new_password: "Handed-Over-1".into() };
    let own = first.client.reset_admin_password(&first.admin.id, &reset).await;
    assert_eq!(refusal(own), forbidden("OWN_ACCOUNT"));
    for _ in 0..2 {
        first.client.reset_admin_password(&ada.admin.id, &reset).await.expect("a repeat finds it");
    }
    assert_eq!(refusal(ada.client.get_preferences().await), unauthenticated("INVALID_TOKEN"));
    let ada = stage.staff("ada", "Handed-Over-1").await;
    assert!(ada.client.get_security_settings().await.unwrap().require_password_change);
    stage.check().await;
}

#[tokio::test]
async fn whoever_is_switched_off_or_deleted_is_out_at_once() {
    let stage = Stage::new().await;
    let (first, ada) = (stage.first().await, stage.hire("ada", &[]).await);
    let status = |status| UpdateAdmin { status: Some(status), ..UpdateAdmin::default() };
    first.client.update_admin(&ada.admin.id, &status(AdminStatus::Disabled)).await.unwrap();
    assert_eq!(refusal(ada.client.get_preferences().await), unauthenticated("INVALID_TOKEN"));
    assert_eq!(refusal(stage.login("ada", PASSWORD, None).await), forbidden("ADMIN_DISABLED"));
    first.client.update_admin(&ada.admin.id, &status(AdminStatus::Active)).await.unwrap();
    let ada = stage.staff("ada", PASSWORD).await;
    for _ in 0..2 {
        first.client.delete_admin(&ada.admin.id).await.expect("a repeat finds it deleted");
    }
    assert_eq!(refusal(ada.client.get_preferences().await), unauthenticated("INVALID_TOKEN"));
    assert_eq!(refusal(stage.login("ada", PASSWORD, None).await), unauthenticated("INVALID_CREDENTIALS"));
    assert_eq!(refusal(first.client.get_admin(&ada.admin.id).await).0, ErrorKind::NotFound);
    assert_eq!(refusal(first.client.delete_admin(&first.admin.id).await), forbidden("OWN_ACCOUNT"));
    let off = first.client.update_admin(&first.admin.id, &status(AdminStatus::Disabled)).await;
    assert_eq!(refusal(off), forbidden("SUPER_ADMIN"));
    stage.check().await;
}

#[tokio::test]
async fn every_attempt_is_in_the_history() {
    let stage = Stage::new().await;
    refusal(stage.login("admin", WRONG, None).await);
    let first = stage.first().await;
    let history = first.client.list_login_activities(Some(1000)).await.unwrap();
    let [success, failure] = &history[..] else { panic!("{history:?}") };
    assert_eq!((&success.status, &failure.status), (&LoginStatus::Success, &LoginStatus::Failed));
    assert_eq!((success.login_at.unix_ms(), failure.failed_reason.as_str()), (NOON, "wrong password"));
    assert_eq!(first.client.list_login_activities(Some(1)).await.unwrap().len(), 1);
    assert_eq!(first.client.list_abnormal_activities().await.unwrap(), []);
    let ada = stage.hire("ada", &[]).await;
    assert_eq!(ada.client.list_login_activities(None).await.unwrap().len(), 1, "only her own");
}
