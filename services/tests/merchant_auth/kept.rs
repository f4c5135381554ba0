//! What lies on the disk: no secret, however it is read; and rows that contradict each other are found.

use std::{fs, time::Duration};

use payment_clients::{
    apis::merchant_auth::{ChangePassword, LoginOutcome},
    prelude::*,
};
use payment_services::{kit::invariants::Violation, merchant_auth::invariants};
use rusqlite::Connection;

use crate::stage::{NOON, PASSWORD, Stage};

/// Everything that the store has written, and its log.
fn files(stage: &Stage) -> Vec<u8> {
    let files = fs::read_dir(stage.place.path()).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    files.flatten().collect()
}

fn hits(files: &[u8], secret: &[u8]) -> usize {
    files.windows(secret.len()).filter(|window| *window == secret).count()
}

#[tokio::test]
async fn no_file_holds_a_password_a_seed_a_code_or_a_token() {
    let stage = Stage::in_files();
    let early = stage.session().await;
    let setup = stage.with_two_factors().await;
    let half = stage.half().await;
    let session = stage.second_step(&half, &stage.code(&setup)).await.unwrap();
    let by_recovery = stage.second_step(&stage.half().await, setup.backup_codes[0].expose()).await.unwrap();
    let new = "another horse battery";
    let change = ChangePassword { old_password: PASSWORD.into(), new_password: new.into() };
    stage.owner().change_password(&change).await.unwrap();
    let LoginOutcome::MfaPending(waiting) = stage.login(new).await.unwrap() else { panic!("it is half a login") };

    let written = files(&stage);
    assert_eq!(hits(&written, b"sessions_by_merchant").min(1), 1, "the schema is among what was read");
    let seed = crate::stage::seed(&setup);
    let mut secrets: Vec<&[u8]> = vec![PASSWORD.as_bytes(), new.as_bytes(), seed.expose()];
    secrets.push(setup.secret.expose().as_bytes());
    secrets.extend(setup.backup_codes.iter().map(|code| code.expose().as_bytes()));
    let tokens = [&early.access_token, &session.access_token, &by_recovery.access_token, &half, &waiting.mfa_token];
    secrets.extend(tokens.map(|token| token.expose().as_bytes()));
    for (number, secret) in secrets.iter().enumerate() {
        assert_eq!(hits(&written, secret), 0, "secret {number}");
    }
    let printed = format!("{:?} {setup:?} {session:?} {waiting:?}", stage.auth);
    assert!(secrets.iter().all(|secret| hits(printed.as_bytes(), secret) == 0));
    stage.check().await;
}

#[tokio::test]
async fn keys_of_the_vault_are_changed_while_people_log_in() {
    let stage = Stage::new();
    let setup = stage.with_two_factors().await;
    let stage = stage.restart(NOON + 30_000, &[1, 2]).await;
    let (logins, upkeep) = tokio::join!(
        async {
            let mut opened = 0;
            for _ in 0..20 {
                let half = stage.half().await;
                opened += usize::from(stage.second_step(&half, &stage.code(&setup)).await.is_ok());
                stage.hand.advance(Duration::from_secs(30));
            }
            opened
        },
        stage.auth.upkeep()
    );
    upkeep.unwrap();
    assert_eq!(logins, 20);
    let now = stage.clock.now();
    let stage = stage.restart(now, &[2]).await;
    stage.second_step(&stage.half().await, &stage.code(&setup)).await.expect("the old key is not needed any more");
    stage.check().await;
}

#[tokio::test]
async fn rows_that_contradict_each_other_are_named() {
    let stage = Stage::in_files();
    let setup = stage.with_two_factors().await;
    let session = stage.second_step(&stage.half().await, &stage.code(&setup)).await.unwrap();
    stage.owner().revoke_session(&session.session_id).await.unwrap();
    stage.check().await;
    let file = Connection::open(stage.place.path().join("merchant_auth.db")).unwrap();
    let id = session.session_id.as_str();
    for table in ["audit", "code_uses", "session_events"] {
        file.execute_batch(&format!("DROP TRIGGER {table}_no_UPDATE; DROP TRIGGER {table}_no_DELETE")).unwrap();
    }
    file.execute_batch(&format!(
        "PRAGMA foreign_keys = OFF;
         INSERT INTO session_events SELECT MAX(seq) + 1, '{id}', 'used', 0 FROM session_events;
         UPDATE code_uses SET step = 0 WHERE seq = 2;
         UPDATE sessions SET ended_audit = 999 WHERE session_id = '{id}';
         UPDATE accounts SET version = 7;
         UPDATE audit SET actor = 'nobody' WHERE seq = 2;"
    ))
    .unwrap();
    let told = |found: Vec<Violation>| found.iter().map(|wrong| format!("{wrong}\n")).collect::<String>();
    let audited = told(stage.auth.store().read(invariants::audited).await.unwrap());
    assert!(audited.contains("row 2 of the audit: it was changed"), "{audited}");
    assert!(audited.contains(&format!("session {id}: no row of the audit tells that it was revoked")), "{audited}");
    assert!(audited.contains("tells `session.revoked`, and nothing names it"), "{audited}");
    assert!(audited.contains("version 7, and 0 audited"), "{audited}");
    let used = told(stage.auth.store().read(invariants::used_once).await.unwrap());
    assert!(used.contains(&format!("session {id}: `used` (event ")), "{used}");
    assert!(used.contains("step 0 was taken after it, or a later one, had been"), "{used}");
    assert!(used.contains("is not the last that was taken"), "{used}");
}
