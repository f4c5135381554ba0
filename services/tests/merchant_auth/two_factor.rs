use std::time::Duration;

use futures_util::future::join_all;
use payment_clients::{
    apis::merchant_auth::{DisableTwoFactor, VerifySession, VerifyTwoFactor},
    prelude::*,
};

use crate::{
    locked, refusal,
    stage::{PASSWORD, Stage},
    unauthenticated,
};

fn wrong() -> (ErrorKind, String) {
    unauthenticated("INVALID_CREDENTIALS")
}

#[tokio::test]
async fn with_a_second_factor_a_password_is_half_a_login() {
    let stage = Stage::new();
    let before = stage.session().await;
    let setup = stage.with_two_factors().await;
    assert_eq!((setup.secret.expose().len(), setup.backup_codes.len()), (32, 10));
    assert!(setup.qr_code.expose().starts_with("otpauth://totp/PaymentPlatform:owner%40cups.example?secret="));
    assert_eq!(refusal(stage.shown(&before).await).0, ErrorKind::NotFound, "it proved no second factor");

    let half = stage.half().await;
    let as_session = stage.gateway().verify_session(&VerifySession { token: half.clone() }).await;
    assert_eq!(refusal(as_session).0, ErrorKind::NotFound, "half a login opens nothing");
    let session = stage.second_step(&half, &stage.code(&setup)).await.unwrap();
    assert!(stage.shown(&session).await.unwrap().two_factor);
    assert_ne!(session.access_token, half, "the token is another once more is proven");
    let again = stage.second_step(&half, setup.backup_codes[0].expose()).await;
    assert_eq!(refusal(again), unauthenticated("MFA_TOKEN_INVALID"));
    stage.check().await;
}

#[tokio::test]
async fn a_code_that_two_show_at_once_lets_one_in() {
    let stage = Stage::new();
    let setup = stage.with_two_factors().await;
    for _ in 0..5 {
        let halves = [stage.half().await, stage.half().await, stage.half().await];
        let code = stage.code(&setup);
        let answers = join_all(halves.iter().map(|half| stage.second_step(half, &code))).await;
        assert_eq!(answers.iter().filter(|answer| answer.is_ok()).count(), 1);
        stage.hand.advance(Duration::from_secs(30));
    }
    stage.check().await;
}

#[tokio::test]
async fn a_recovery_code_that_two_show_at_once_lets_one_in() {
    let stage = Stage::new();
    let setup = stage.with_two_factors().await;
    for code in setup.backup_codes.iter().take(3) {
        let halves = [stage.half().await, stage.half().await];
        let small = code.expose().to_lowercase();
        let both = tokio::join!(stage.second_step(&halves[0], code.expose()), stage.second_step(&halves[1], &small));
        assert_eq!(usize::from(both.0.is_ok()) + usize::from(both.1.is_ok()), 1);
        let later = stage.half().await;
        assert_eq!(refusal(stage.second_step(&later, code.expose()).await), wrong());
    }
    stage.check().await;
}

#[tokio::test]
async fn a_code_is_good_once_whatever_the_clock_does() {
    let mut stage = Stage::new();
    let setup = stage.with_two_factors().await;
    let (now, code) = (stage.clock.now(), stage.code(&setup));
    stage.second_step(&stage.half().await, &code).await.unwrap();
    let jumps = [-600_000, -30_000, 0, 30_000, 600_000];
    for jump in jumps {
        stage = stage.restart(now + jump, &[1]).await;
        assert_eq!(refusal(stage.second_step(&stage.half().await, &code).await), wrong(), "{jump} ms away");
        // A code of the time that the clock shows is new, unless the clock went back.
        let shown = stage.code(&setup);
        let accepted = stage.second_step(&stage.half().await, &shown).await.is_ok();
        assert_eq!(accepted, jump > 0, "{jump} ms away");
    }
    stage.check().await;
}

#[tokio::test]
async fn guesses_at_the_code_end_the_login_and_then_lock() {
    let stage = Stage::new();
    let setup = stage.with_two_factors().await;
    let code = stage.wrong_code(&setup);
    let first = stage.half().await;
    for _ in 0..5 {
        assert_eq!(refusal(stage.second_step(&first, &code).await), wrong());
    }
    let ended = stage.second_step(&first, &stage.code(&setup)).await;
    assert_eq!(refusal(ended), unauthenticated("MFA_TOKEN_INVALID"), "five tries and no more");
    // The right password in between does not wipe the count.
    let second = stage.half().await;
    for _ in 0..5 {
        assert_eq!(refusal(stage.second_step(&second, &code).await), wrong());
    }
    assert_eq!(refusal(stage.login(PASSWORD).await), locked());
    stage.check().await;
}

#[tokio::test]
async fn a_login_waits_for_its_second_step_for_five_minutes() {
    let stage = Stage::new();
    let setup = stage.with_two_factors().await;
    let half = stage.half().await;
    stage.hand.advance(Duration::from_secs(300));
    let late = stage.second_step(&half, &stage.code(&setup)).await;
    assert_eq!(refusal(late), unauthenticated("MFA_TOKEN_INVALID"));
}

#[tokio::test]
async fn a_set_up_counts_once_it_is_confirmed_and_may_begin_anew_until_then() {
    let stage = Stage::new();
    let lost = stage.owner().enable_two_factor().await.unwrap();
    stage.session().await;
    let setup = stage.owner().enable_two_factor().await.unwrap();
    let confirm = |code: String| {
        let owner = stage.owner();
        async move { owner.verify_two_factor(&VerifyTwoFactor { code: code.as_str().into() }).await }
    };
    for code in [stage.wrong_code(&setup), setup.backup_codes[0].expose().to_owned(), stage.code(&lost)] {
        let refused = refusal(confirm(code).await);
        assert_eq!(refused, (ErrorKind::InvalidInput, "INVALID_REQUEST".to_owned()));
    }
    assert!(confirm(stage.code(&setup)).await.unwrap().success);
    let again = refusal(confirm(stage.code(&setup)).await);
    assert_eq!(again, (ErrorKind::Conflict, "TWO_FACTOR_NOT_PENDING".to_owned()));
    let active = refusal(stage.owner().enable_two_factor().await);
    assert_eq!(active, (ErrorKind::Conflict, "TWO_FACTOR_ACTIVE".to_owned()));
    stage.check().await;
}

#[tokio::test]
async fn turning_it_off_takes_password_and_code_and_is_done_once() {
    let stage = Stage::new();
    let setup = stage.with_two_factors().await;
    let disable = |password: &str, code: Option<String>| {
        let request = DisableTwoFactor { password: password.into(), code: code.map(|code| code.as_str().into()) };
        let owner = stage.owner();
        async move { owner.disable_two_factor(&request).await }
    };
    let code = Some(stage.code(&setup));
    assert_eq!(refusal(disable("wrong horse battery", code.clone()).await).0, ErrorKind::Forbidden);
    assert_eq!(refusal(disable(PASSWORD, None).await).0, ErrorKind::InvalidInput);
    assert_eq!(refusal(disable(PASSWORD, Some(stage.wrong_code(&setup))).await).0, ErrorKind::InvalidInput);
    disable(PASSWORD, code).await.unwrap();
    disable(PASSWORD, None).await.expect("it is off already, and asks for no code then");
    stage.session().await;
    let told = stage.told().await;
    assert_eq!((told["two_factor.enabled"], told["two_factor.disabled"]), (1, 1));
    stage.check().await;
}
