use payment_clients::{
    apis::admin::{
        CreateSystemConfig, Language, NewSystemConfigValue, SystemConfigCategory, SystemConfigType, UpdatePreferences,
        UpdateSecuritySettings, UpdateSystemConfig, UpdateSystemConfigs,
    },
    prelude::*,
};

use crate::stage::{NOON, Stage, refusal};

fn config(key: &str, value: &str, value_type: SystemConfigType) -> CreateSystemConfig {
    CreateSystemConfig::new(key.into(), value.into(), value_type, SystemConfigCategory::Payment)
}

#[tokio::test]
async fn a_setting_lives_from_its_creation_to_its_deletion_and_its_key_stays_taken() {
    let stage = Stage::new().await;
    let client = stage.first().await.client;
    let made = client.create_system_config(&config("smtp.port", "25", SystemConfigType::Number)).await.unwrap();
    assert_eq!((made.is_public, made.value.expose()), (false, "25"));
    let changes = UpdateSystemConfig { value: Some("587".into()), ..UpdateSystemConfig::default() };
    let changed = client.update_system_config(&made.id, &changes).await.unwrap();
    assert_eq!((changed.value.expose(), changed.key.as_str()), ("587", "smtp.port"));
    assert_eq!(client.get_system_config_by_key(&"smtp.port".into()).await.unwrap(), changed);
    let grouped = client.list_system_configs_by_category().await.unwrap();
    assert_eq!((grouped.total, grouped.configs["payment"].len()), (1, 1));
    for _ in 0..2 {
        client.delete_system_config(&made.id).await.unwrap();
    }
    assert_eq!(refusal(client.get_system_config(&made.id).await).0, ErrorKind::NotFound);
    let again = client.create_system_config(&config("smtp.port", "25", SystemConfigType::Number)).await;
    assert_eq!(refusal(again), (ErrorKind::Conflict, "CONFIG_EXISTS".to_owned()));
    assert_eq!(client.list_system_configs(None, None, None).await.unwrap().pagination.total, 0);
    stage.check().await;
}

#[tokio::test]
async fn a_value_is_of_its_type() {
    let stage = Stage::new().await;
    let client = stage.first().await.client;
    for (value, value_type) in [
        ("many", SystemConfigType::Number),
        ("yes", SystemConfigType::Boolean),
        ("{", SystemConfigType::Json),
        ("", SystemConfigType::Text),
        ("1", "colour".into()),
    ] {
        let refused = client.create_system_config(&config("a.key", value, value_type)).await;
        assert_eq!(refusal(refused).0, ErrorKind::InvalidInput, "{value}");
    }
}

#[tokio::test]
async fn a_batch_is_all_or_nothing() {
    let stage = Stage::new().await;
    let client = stage.first().await.client;
    let made = client.create_system_config(&config("a.number", "1", SystemConfigType::Number)).await.unwrap();
    let text = client.create_system_config(&config("a.text", "one", SystemConfigType::Text)).await.unwrap();
    let value = |id, value: &str| NewSystemConfigValue { id, value: value.into(), description: None };
    let bad = UpdateSystemConfigs { configs: vec![value(text.id, "two"), value(made.id, "many")] };
    assert_eq!(refusal(client.batch_update_system_configs(&bad).await).0, ErrorKind::InvalidInput);
    assert_eq!(client.get_system_config(&text.id).await.unwrap(), text);
    let good = UpdateSystemConfigs { configs: vec![value(text.id, "two"), value(made.id, "2")] };
    for _ in 0..2 {
        client.batch_update_system_configs(&good).await.expect("a repeat finds the values");
    }
    assert_eq!(client.get_system_config(&made.id).await.unwrap().value.expose(), "2");
    stage.check().await;
}

#[tokio::test]
async fn preferences_are_the_defaults_until_they_are_changed() {
    let stage = Stage::new().await;
    let client = stage.first().await.client;
    let before = client.get_preferences().await.unwrap();
    assert_eq!(
        (&before.language, before.currency, before.created_at.unix_ms()),
        (&Language::English, Currency::USD, NOON)
    );
    let changes = |language| UpdatePreferences { language: Some(language), ..UpdatePreferences::default() };
    client.update_preferences(&changes(Language::German)).await.unwrap();
    let after = client.get_preferences().await.unwrap();
    assert_eq!((after.language, after.theme), (Language::German, before.theme));
    assert_eq!(refusal(client.update_preferences(&changes("xx".into())).await).0, ErrorKind::InvalidInput);
}

#[tokio::test]
async fn security_settings_stay_within_their_bounds() {
    let stage = Stage::new().await;
    let client = stage.first().await.client;
    let settings = client.get_security_settings().await.unwrap();
    assert_eq!((settings.password_expiry_days, settings.session_timeout_minutes), (90, 60));
    let bad = UpdateSecuritySettings { session_timeout_minutes: Some(4), ..UpdateSecuritySettings::default() };
    assert_eq!(refusal(client.update_security_settings(&bad).await).0, ErrorKind::InvalidInput);
    let good = UpdateSecuritySettings { session_timeout_minutes: Some(5), ..UpdateSecuritySettings::default() };
    client.update_security_settings(&good).await.unwrap();
    assert_eq!(stage.login("admin", crate::stage::FIRST, None).await.unwrap().expires_in, 300);
    stage.check().await;
}
