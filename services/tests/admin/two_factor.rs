use std::time::Duration;

use payment_clients::{
    apis::admin::{DisableTwoFactor, RegenerateBackupCodes, SetupTwoFactor, VerifyTwoFactor},
    contract::secret::SecretText,
    prelude::*,
};

use crate::{
    forbidden,
    stage::{FIRST, Stage, refusal},
    unauthenticated,
};

fn wrong() -> (ErrorKind, String) {
    unauthenticated("INVALID_CREDENTIALS")
}

#[tokio::test]
async fn with_a_second_factor_a_password_is_half_a_proof() {
    let stage = Stage::new().await;
    let first = stage.first().await;
    let setup = stage.with_two_factors(&first).await;
    assert_eq!(setup.backup_codes.len(), 8);
    assert!(setup.qr_code_url.expose().starts_with("otpauth://totp/PaymentPlatform:admin?secret="));
    assert_eq!(refusal(first.client.get_preferences().await), unauthenticated("INVALID_TOKEN"), "it proved none");
    assert_eq!(refusal(stage.login("admin", FIRST, None).await), unauthenticated("TWO_FACTOR_REQUIRED"));
    assert_eq!(refusal(stage.login("admin", FIRST, Some(&stage.wrong_code(&setup))).await), wrong());
    let code = stage.code(&setup);
    stage.login("admin", FIRST, Some(&code)).await.unwrap();
    assert_eq!(refusal(stage.login("admin", FIRST, Some(&code)).await), wrong(), "a code is good once");
    let backup = setup.backup_codes[0].expose().to_lowercase();
    stage.login("admin", FIRST, Some(&backup)).await.unwrap();
    assert_eq!(refusal(stage.login("admin", FIRST, Some(&backup)).await), wrong(), "so is a backup code");
    stage.check().await;
}

#[tokio::test]
async fn a_code_that_two_show_at_once_lets_one_in() {
    let stage = Stage::new().await;
    let setup = stage.with_two_factors(&stage.first().await).await;
    for _ in 0..3 {
        let code = stage.code(&setup);
        let both = tokio::join!(stage.login("admin", FIRST, Some(&code)), stage.login("admin", FIRST, Some(&code)));
        assert_eq!(usize::from(both.0.is_ok()) + usize::from(both.1.is_ok()), 1);
        stage.hand.advance(Duration::from_secs(30));
    }
    stage.check().await;
}

#[tokio::test]
async fn guesses_at_the_code_lock_whatever_the_password() {
    let stage = Stage::new().await;
    let setup = stage.with_two_factors(&stage.first().await).await;
    let code = stage.wrong_code(&setup);
    for _ in 0..5 {
        // The right password without a code does not wipe the count.
        assert_eq!(refusal(stage.login("admin", FIRST, Some(&code)).await), wrong());
        let half = refusal(stage.login("admin", FIRST, None).await);
        assert!([unauthenticated("TWO_FACTOR_REQUIRED"), forbidden("ACCOUNT_LOCKED")].contains(&half));
    }
    let right = stage.login("admin", FIRST, Some(&stage.code(&setup))).await;
    assert_eq!(refusal(right), forbidden("ACCOUNT_LOCKED"));
    stage.check().await;
}

#[tokio::test]
async fn a_set_up_counts_once_it_is_confirmed() {
    let stage = Stage::new().await;
    let first = stage.first().await;
    let nameless = first.client.setup_two_factor(&SetupTwoFactor::default()).await;
    assert_eq!(refusal(nameless).0, ErrorKind::InvalidInput);
    let asked = SetupTwoFactor { account_name: "admin".into() };
    let lost = first.client.setup_two_factor(&asked).await.unwrap();
    stage.first().await;
    let setup = first.client.setup_two_factor(&asked).await.unwrap();
    for code in [stage.wrong_code(&setup), stage.code(&lost)] {
        let verification = VerifyTwoFactor { code: code.as_str().into() };
        assert_eq!(refusal(first.client.verify_two_factor(&verification).await).0, ErrorKind::InvalidInput);
    }
    let verification = VerifyTwoFactor { code: stage.code(&setup).as_str().into() };
    first.client.verify_two_factor(&verification).await.unwrap();
    stage.check().await;
}

#[tokio::test]
async fn turning_it_off_and_new_backup_codes_take_the_password() {
    let stage = Stage::new().await;
    let setup = stage.with_two_factors(&stage.first().await).await;
    let reply = stage.login("admin", FIRST, Some(&stage.code(&setup))).await.unwrap();
    let client = stage.client(&reply.token);
    let again = |password: &str| RegenerateBackupCodes { password: password.into() };
    assert_eq!(refusal(client.regenerate_backup_codes(&again("Wrong-Horse-9")).await).0, ErrorKind::Forbidden);
    let codes = client.regenerate_backup_codes(&again(FIRST)).await.unwrap().backup_codes;
    assert_eq!(refusal(stage.login("admin", FIRST, Some(setup.backup_codes[0].expose())).await), wrong());
    stage.login("admin", FIRST, Some(codes[0].expose())).await.unwrap();
    let off = |code: Option<&str>| DisableTwoFactor { password: FIRST.into(), code: code.map(SecretText::from) };
    assert_eq!(refusal(client.disable_two_factor(&off(None)).await).0, ErrorKind::InvalidInput);
    client.disable_two_factor(&off(Some(codes[1].expose()))).await.unwrap();
    client.disable_two_factor(&off(None)).await.expect("it is off already, and asks for no code then");
    stage.first().await;
    stage.check().await;
}
