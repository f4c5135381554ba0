//! What lies on the disk: no secret, however it is read; and rows that contradict each other are found.

use std::fs;

use payment_clients::{
    apis::admin::{AuditLogFilter, CreateSystemConfig, SystemConfigCategory, SystemConfigType},
    prelude::*,
};
use payment_services::admin::invariants;

use crate::{
    stage::{FIRST, NOON, PASSWORD, Stage, seed},
    support::tampered,
};

#[tokio::test]
async fn no_file_holds_a_password_a_seed_a_code_a_token_or_a_value() {
    let stage = Stage::in_files().await;
    let ada = stage.hire("ada", &[]).await;
    let setup = stage.with_two_factors(&ada).await;
    let session = stage.login("ada", PASSWORD, Some(setup.backup_codes[0].expose())).await.unwrap();
    let (key, value) = ("smtp.password".into(), "mail-server-credential".into());
    let config = CreateSystemConfig::new(key, value, SystemConfigType::Text, SystemConfigCategory::Notification);
    stage.first().await.client.create_system_config(&config).await.unwrap();

    let files = fs::read_dir(stage.place.path()).unwrap().map(|file| fs::read(file.unwrap().path()).unwrap());
    let written: Vec<u8> = files.flatten().collect();
    let hits = |secret: &[u8]| written.windows(secret.len()).filter(|window| *window == secret).count();
    assert!(hits(b"sessions_by_admin") > 0, "the schema is among what was read");
    let seed = seed(&setup);
    let mut secrets: Vec<&[u8]> = vec![FIRST.as_bytes(), PASSWORD.as_bytes(), seed.expose(), b"mail-server-credential"];
    secrets.extend(setup.backup_codes.iter().map(|code| code.expose().as_bytes()));
    secrets.extend([ada.token.expose().as_bytes(), session.token.expose().as_bytes()]);
    for (number, secret) in secrets.iter().enumerate() {
        assert_eq!(hits(secret), 0, "secret {number}");
    }
    stage.check().await;
}

#[tokio::test]
async fn keys_of_the_vault_are_changed_and_what_was_sealed_still_opens() {
    let stage = Stage::new().await;
    let setup = stage.with_two_factors(&stage.first().await).await;
    let stage = stage.restart(NOON + 30_000, &[1, 2]).await;
    stage.admin.upkeep().await.unwrap();
    let stage = stage.restart(NOON + 60_000, &[2]).await;
    stage.login("admin", FIRST, Some(&stage.code(&setup))).await.expect("the old key is not needed any more");
    stage.check().await;
}

#[tokio::test]
async fn the_log_counts_what_was_done_in_a_time() {
    let stage = Stage::new().await;
    let first = stage.first().await;
    let stats = first.client.get_audit_log_stats(None, None).await.unwrap();
    assert_eq!((stats.data.total_logs, stats.data.action_counts["session.opened"]), (2, 1));
    assert_eq!((stats.data.top_admins[0].admin_id, stats.data.top_admins[0].count), (first.admin.id, 2));
    assert_eq!(stats.time_range.end_time.unix_ms(), NOON);
    let log = first.client.list_audit_logs(&AuditLogFilter::default()).await.unwrap();
    assert_eq!(first.client.get_audit_log(&log.data[0].id).await.unwrap(), log.data[0]);
}

#[tokio::test]
async fn rows_that_contradict_each_other_are_named() {
    let stage = Stage::in_files().await;
    stage.hire("ada", &[]).await;
    stage.check().await;
    stage.admin.store().close().await.unwrap();
    for (sql, named) in [
        ("UPDATE audit SET actor = 'nobody' WHERE seq = 2", "row 2 of the audit"),
        ("UPDATE audit_logs SET action = 'nothing' WHERE seq = 2", "the log that people read says something else"),
        ("UPDATE admins SET created_audit = 2 WHERE username = 'ada'", "does not tell `admin.created`"),
        ("UPDATE sessions SET ended_at = 1, end_cause = 'expired'", "disagree whether it is over"),
    ] {
        let copy = tampered(stage.place.path(), "admin", sql);
        let book = payment_services::kit::store::Book::open(&copy.path().join("admin.db")).unwrap();
        let mut found = book.read(invariants::audited).unwrap();
        found.extend(book.read(invariants::used_once).unwrap());
        let told: String = found.iter().map(|wrong| format!("{wrong}\n")).collect();
        assert!(told.contains(named), "{sql}: {told}");
    }
}
