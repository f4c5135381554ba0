use std::time::Duration;

use payment_clients::{
    apis::merchant_auth::{ChangePassword, SecurityReceipt},
    prelude::*,
};

use crate::{
    refusal,
    stage::{PASSWORD, Stage},
    unauthenticated,
};

async fn change(stage: &Stage, old: &str, new: &str) -> Result<SecurityReceipt> {
    let change = ChangePassword { old_password: old.into(), new_password: new.into() };
    stage.owner().change_password(&change).await
}

fn nth(number: u32) -> String {
    format!("password number {number}")
}

#[tokio::test]
async fn a_change_ends_all_sessions_and_only_the_new_password_opens_others() {
    let stage = Stage::new();
    let sessions = [stage.session().await, stage.session().await];
    stage.hand.advance(Duration::from_secs(60));
    change(&stage, PASSWORD, &nth(1)).await.unwrap();
    for session in &sessions {
        assert_eq!(refusal(stage.shown(session).await).0, ErrorKind::NotFound);
    }
    assert_eq!(refusal(stage.login(PASSWORD).await), unauthenticated("INVALID_CREDENTIALS"));
    stage.login(&nth(1)).await.unwrap();
    let hash = stage.merchants.lock().unwrap().hash.clone().unwrap();
    assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
    let settings = stage.owner().get_security_settings().await.unwrap();
    assert_eq!(settings.password_changed_at, Some(stage.clock.timestamp()));
    assert!(!settings.require_password_change);
    stage.hand.advance(Duration::from_secs(90 * 24 * 3600));
    assert!(stage.owner().get_security_settings().await.unwrap().require_password_change, "it has expired");
    stage.check().await;
}

#[tokio::test]
async fn a_new_password_differs_from_the_present_one_and_from_the_last_five() {
    let stage = Stage::new();
    assert_eq!(refusal(change(&stage, PASSWORD, PASSWORD).await).0, ErrorKind::InvalidInput);
    let mut present = PASSWORD.to_owned();
    for number in 1..=6 {
        change(&stage, &present, &nth(number)).await.unwrap();
        present = nth(number);
    }
    for number in 1..=5 {
        let error = change(&stage, &present, &nth(number)).await.unwrap_err();
        let text = "`new_password` must differ from the present one and from the last 5";
        assert_eq!(error.message(), text, "number {number}");
    }
    change(&stage, &present, PASSWORD).await.expect("it is the sixth before this one");
    assert_eq!(stage.told().await["password.changed"], 7);
    stage.check().await;
}

#[tokio::test]
async fn the_old_password_is_asked_for_and_guesses_at_it_lock() {
    let stage = Stage::new();
    for _ in 0..10 {
        let refused = refusal(change(&stage, "wrong horse battery", &nth(1)).await);
        assert_eq!(refused, (ErrorKind::Forbidden, "INVALID_CREDENTIALS".to_owned()));
    }
    assert_eq!(refusal(change(&stage, PASSWORD, &nth(1)).await), crate::locked());
    stage.check().await;
}

#[tokio::test]
async fn a_change_that_gets_lost_leaves_the_old_password_and_no_session() {
    let stage = Stage::new();
    let session = stage.session().await;
    // Away between the proof of the old password and the new hash.
    stage.lose_updates(true);
    let error = change(&stage, PASSWORD, &nth(1)).await.unwrap_err();
    assert!(!error.certainty().nothing_happened(), "{error:?}");
    assert_eq!(refusal(stage.shown(&session).await).0, ErrorKind::NotFound, "they end in doubt as well");
    stage.lose_updates(false);
    stage.session().await;
    change(&stage, PASSWORD, &nth(1)).await.unwrap();
    stage.check().await;
}

#[tokio::test]
async fn who_was_logging_in_with_the_old_password_does_not_get_in_after_the_change() {
    let stage = Stage::new();
    let setup = stage.with_two_factors().await;
    let half = stage.half().await;
    change(&stage, PASSWORD, &nth(1)).await.unwrap();
    let late = stage.second_step(&half, &stage.code(&setup)).await;
    assert_eq!(refusal(late), (ErrorKind::Conflict, "OVERTAKEN".to_owned()));
    stage.check().await;
}
