//! Entries: versions, history, the way back, who may ask, and what is refused.

use payment_clients::{
    apis::config_service::{
        ChangeType, ConfigFilter, ConfigId, CreateConfig, RollbackConfig, UpdateConfig, config_api, feature_flag_api,
    },
    conformance::{Arguments, keys::Trial},
    contract::{error::ErrorKind, operation::Operation},
    prelude::*,
};
use payment_services::{kit::configuration::SECRETS, registry::Name};
use serde_json::{Map, Value, json};

use crate::{
    stage::{Stage, entry, names, refused},
    support::{Promises, body},
};

fn to(value: &str) -> UpdateConfig {
    UpdateConfig { config_value: Some(value.into()), ..UpdateConfig::default() }
}

fn back_to(target_version: i32) -> RollbackConfig {
    RollbackConfig { target_version, rolled_by: "Ada".into(), reason: "it was better".into() }
}

#[tokio::test]
async fn each_change_of_a_value_is_one_more_version_and_a_repeat_is_none() {
    let stage = Stage::open();
    let created = stage.staff.create_config(&entry("order-service", "page.size", "20")).await.unwrap();
    assert_eq!((created.version, &created.environment[..], &created.value_type[..]), (1, "production", "string"));
    assert_eq!(created.created_by, "admin:ada");
    assert_eq!(stage.of("order-service").await.version, 1);
    for _ in 0..2 {
        let changed = stage.staff.update_config(&created.id, &to("30")).await.unwrap();
        assert_eq!((changed.version, changed.config_value.expose()), (2, "30"));
        assert_eq!(stage.of("order-service").await.version, 2);
    }
    let described = UpdateConfig { description: Some("rows".into()), config_value: Some("".into()), ..to("") };
    let described = stage.staff.update_config(&created.id, &described).await.unwrap();
    assert_eq!((described.version, &described.description[..]), (2, "rows"), "another text is no other value");
    assert_eq!(stage.of("order-service").await.version, 2);
    assert_eq!(stage.staff.get_config(&created.id).await.unwrap(), described);

    let again = stage.staff.create_config(&entry("order-service", "page.size", "1")).await;
    refused(again, ErrorKind::Conflict, "CONFIG_EXISTS");
    let other = CreateConfig { environment: Some("staging".into()), ..entry("order-service", "page.size", "1") };
    stage.staff.create_config(&other).await.unwrap();
    assert_eq!(stage.of("order-service").await.version, 2, "each environment counts for itself");
}

#[tokio::test]
async fn a_rollback_gives_the_value_that_the_version_had_as_a_new_version() {
    let stage = Stage::open();
    let id = stage.staff.create_config(&entry("order-service", "k", "one")).await.unwrap().id;
    stage.staff.update_config(&id, &to("two")).await.unwrap();
    let described = UpdateConfig { description: Some("d".into()), ..UpdateConfig::default() };
    stage.staff.update_config(&id, &described).await.unwrap();
    stage.staff.update_config(&id, &to("three")).await.unwrap();
    for (target, value, version) in [(1, "one", 4), (2, "two", 5), (5, "two", 6), (3, "three", 7)] {
        let back = stage.staff.rollback_config(&id, &back_to(target)).await.unwrap();
        assert_eq!((back.config_value.expose(), back.version), (value, version));
    }
    for missing in [8, i32::MAX] {
        let missing = stage.staff.rollback_config(&id, &back_to(missing)).await;
        refused(missing, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    }
    let history = stage.staff.list_config_history(&id, Some(100)).await.unwrap();
    let kinds: Vec<_> = history.iter().map(|change| change.change_type.clone()).collect();
    let mut wanted = vec![ChangeType::Rollback; 4];
    wanted.extend([ChangeType::Update, ChangeType::Update, ChangeType::Update, ChangeType::Create]);
    assert_eq!(kinds, wanted, "newest first");
    assert_eq!(
        (history[0].changed_by.as_str(), history[0].change_reason.as_str()),
        ("Ada (admin:ada)", "it was better")
    );
    assert_eq!((history[7].version, history[7].old_value.expose(), history[7].new_value.expose()), (0, "", "one"));
    assert_eq!(stage.staff.list_config_history(&id, Some(2)).await.unwrap(), history[..2]);
    assert_eq!(stage.of("order-service").await.version, 7);
}

#[tokio::test]
async fn what_is_deleted_is_gone_and_its_history_stays() {
    let stage = Stage::open();
    let id = stage.staff.create_config(&entry("order-service", "k", "one")).await.unwrap().id;
    stage.staff.delete_config(&id).await.unwrap();
    refused(stage.staff.delete_config(&id).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    refused(stage.staff.get_config(&id).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    refused(stage.staff.update_config(&id, &to("two")).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    refused(stage.staff.rollback_config(&id, &back_to(1)).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    let now = stage.of("order-service").await;
    assert_eq!((now.version, now.values.len()), (2, 0));
    assert_eq!(stage.staff.list_config_history(&id, None).await.unwrap().len(), 2);
    let another = stage.staff.create_config(&entry("order-service", "k", "two")).await.unwrap();
    assert_ne!(another.id, id);
    assert_eq!(stage.of("order-service").await.version, 3, "a version never comes twice");
}

#[tokio::test]
async fn a_service_has_its_own_value_before_that_of_everybody() {
    let stage = Stage::open();
    for (service, key, value) in [
        ("platform", "a", "all"),
        ("platform", "b", "all"),
        ("order-service", "b", "own"),
        ("risk-service", "c", "risk"),
    ] {
        stage.set(service, key, value).await.unwrap();
    }
    let values = stage.of("order-service").await.values;
    let values: Vec<_> = values.iter().map(|(key, value)| (&key[..], value.expose())).collect();
    assert_eq!(values, [("a", "all"), ("b", "own")]);
    let found = async |key: &str| {
        let filter = ConfigFilter { config_key: Some(key.into()), ..ConfigFilter::default() };
        stage.staff.list_configs(&filter).await.unwrap().total
    };
    assert_eq!((found("B").await, found("%").await, found("_").await), (2, 0, 0), "a part of the key as it is written");
}

#[tokio::test]
async fn an_encrypted_value_is_shown_to_the_service_and_to_whoever_asks_for_it_alone() {
    let stage = Stage::open();
    let secret = CreateConfig { is_encrypted: Some(true), ..entry("order-service", "token", "geheim") };
    let created = stage.staff.create_config(&secret).await.unwrap();
    let changed = stage.staff.update_config(&created.id, &to("geheimer")).await.unwrap();
    let same = stage.staff.update_config(&created.id, &to("geheimer")).await.unwrap();
    assert_eq!((changed.version, same.version), (2, 2));
    stage.staff.rollback_config(&created.id, &back_to(1)).await.unwrap();
    let listed = stage.staff.list_configs(&ConfigFilter::default()).await.unwrap().list;
    let history = stage.staff.list_config_history(&created.id, None).await.unwrap();
    let kept = listed.iter().chain([&created, &changed]).map(|config| &config.config_value);
    for kept in kept.chain(history.iter().map(|change| &change.new_value)) {
        assert!(kept.expose().starts_with("v1.1."), "{}", kept.expose());
    }
    assert_eq!(stage.staff.get_config(&created.id).await.unwrap().config_value.expose(), "geheim");
    assert_eq!(stage.of("order-service").await.values["token"].expose(), "geheim");
}

#[tokio::test]
async fn a_secret_that_is_known_by_name_is_taken_encrypted_only() {
    let stage = Stage::open();
    for key in SECRETS {
        let clear = entry("notification-service", key, "geheim");
        names(stage.staff.create_config(&clear).await, "is_encrypted");
        names(
            stage.staff.create_config(&CreateConfig { is_encrypted: Some(false), ..clear.clone() }).await,
            "is_encrypted",
        );
        stage.staff.create_config(&CreateConfig { is_encrypted: Some(true), ..clear }).await.unwrap();
    }
}

#[tokio::test]
async fn a_new_key_of_the_vault_seals_values_and_their_history_anew() {
    let stage = Stage::open();
    let secret = CreateConfig { is_encrypted: Some(true), ..entry("order-service", "token", "geheim") };
    let id = stage.staff.create_config(&secret).await.unwrap().id;
    stage.staff.update_config(&id, &to("geheimer")).await.unwrap();
    let stage = stage.again(&[1, 2]).await;
    assert_eq!(stage.service.reseal().await.unwrap(), 4, "the value, what it was, and what it became twice");
    assert_eq!(stage.service.reseal().await.unwrap(), 0);
    let stage = stage.again(&[2]).await;
    assert_eq!(stage.of("order-service").await.values["token"].expose(), "geheimer");
    let back = stage.staff.rollback_config(&id, &back_to(1)).await.unwrap();
    assert_eq!(stage.staff.get_config(&back.id).await.unwrap().config_value.expose(), "geheim");
}

#[tokio::test]
async fn values_are_for_staff_and_for_the_service_itself() {
    let stage = Stage::open();
    let id = stage.staff.create_config(&entry("order-service", "k", "one")).await.unwrap().id;
    let stranger = stage.stranger();
    refused(stranger.get_config(&id).await, ErrorKind::Unauthenticated, "UNAUTHENTICATED");
    let unknown = stranger.get_service_config(&"order-service".into(), None, None).await;
    refused(unknown, ErrorKind::Unauthenticated, "UNAUTHENTICATED");
    for who in ["merchant:7c9e6679-7425-40de-944b-e07fc1f90ae7", "service:risk-service"] {
        let client = stage.client(who);
        refused(client.get_config(&id).await, ErrorKind::Forbidden, "FORBIDDEN");
        refused(client.list_configs(&ConfigFilter::default()).await, ErrorKind::Forbidden, "FORBIDDEN");
        refused(client.create_config(&entry("a", "b", "c")).await, ErrorKind::Forbidden, "FORBIDDEN");
        refused(client.update_config(&id, &to("two")).await, ErrorKind::Forbidden, "FORBIDDEN");
        refused(client.rollback_config(&id, &back_to(1)).await, ErrorKind::Forbidden, "FORBIDDEN");
        refused(client.delete_config(&id).await, ErrorKind::Forbidden, "FORBIDDEN");
        refused(client.list_config_history(&id, None).await, ErrorKind::Forbidden, "FORBIDDEN");
        let foreign = client.get_service_config(&"order-service".into(), None, None).await;
        refused(foreign, ErrorKind::Forbidden, "FORBIDDEN");
    }
    let own = stage.client("service:order-service");
    let config = own.get_service_config(&"order-service".into(), None, None).await.unwrap().unwrap();
    assert_eq!(config.values["k"].expose(), "one");
    let admin = stage.client("service:admin-service");
    admin.update_config(&id, &to("two")).await.unwrap();
}

#[tokio::test]
async fn what_breaks_a_rule_is_named_and_never_leaves_the_service() {
    let stage = Stage::open();
    let long = "x".repeat(65 * 1024);
    for (service, key, value, field) in [
        ("", "k", "v", "service_name"),
        ("s", "", "v", "config_key"),
        ("s", "k", "", "config_value"),
        ("s", "k", &long, "config_value"),
        (&long[..201], "k", "v", "service_name"),
        ("platform", "fee_rates", r#"{"default": {"rate_ppm": 1000001}}"#, "fee_rates.default.rate_ppm"),
        ("platform", "risk_rules", "no JSON", "risk_rules"),
        ("s", "api_rate_limits", r#"{"concurrency": 0}"#, "api_rate_limits.concurrency"),
    ] {
        names(stage.staff.create_config(&entry(service, key, value)).await, field);
    }
    assert_eq!(stage.of("s").await.version, 0);

    let good = json!({"default": {"rate_ppm": 29_000}}).to_string();
    let id = stage.set("platform", "fee_rates", &good).await.unwrap().id;
    names(stage.staff.update_config(&id, &to(r#"{"default": {"rate_ppm": 2.9}}"#)).await, "fee_rates.default.rate_ppm");
    let now = stage.of("accounting-service").await;
    assert_eq!((now.version, now.values["fee_rates"].expose()), (1, &good[..]));

    let unknown = ConfigId::from_u128(404);
    refused(stage.staff.get_config(&unknown).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    assert!(stage.staff.list_config_history(&unknown, None).await.unwrap().is_empty());
    for limit in [0, -1, 101] {
        names(stage.staff.list_config_history(&id, Some(limit)).await, "limit");
    }
    for target in [0, -1, i32::MIN] {
        names(stage.staff.rollback_config(&id, &back_to(target)).await, "target_version");
    }
    names(
        stage.staff.rollback_config(&id, &RollbackConfig { rolled_by: String::new(), ..back_to(1) }).await,
        "rolled_by",
    );
    names(stage.staff.rollback_config(&id, &RollbackConfig { reason: String::new(), ..back_to(1) }).await, "reason");
    for (page, page_size, field) in [(Some(0), None, "page"), (None, Some(101), "page_size")] {
        let filter = ConfigFilter { page, page_size, ..ConfigFilter::default() };
        names(stage.staff.list_configs(&filter).await, field);
    }
}

#[tokio::test]
async fn one_key_is_one_effect() {
    let stage = Stage::open();
    let create = |key: &str, value: &str| {
        body(json!({"service_name": "s", "config_key": key, "config_value": value, "is_encrypted": true}))
    };
    let flag = |key: &str, name: &str| body(json!({"flag_key": key, "flag_name": name}));
    let id = stage.set("s", "k", "one").await.unwrap().id;
    let back = |reason: &str| Arguments {
        path: Map::from_iter([("id".to_owned(), Value::from(id.to_string()))]),
        ..body(json!({"target_version": 1, "rolled_by": "Ada", "reason": reason}))
    };
    let trials: [(&'static Operation, Trial); 3] = [
        (&config_api::CREATE_CONFIG, Trial::new(create("a", "1"), create("a", "2")).at_once(create("b", "1"))),
        (&config_api::ROLLBACK_CONFIG, Trial::new(back("first"), back("second"))),
        (&feature_flag_api::CREATE_FEATURE_FLAG, Trial::new(flag("a", "A"), flag("a", "B")).at_once(flag("b", "B"))),
    ];
    let mut promises = Promises::of(Name::Config);
    for (operation, trial) in trials {
        promises.prove(stage.staff.base(), operation, trial).await;
    }
    promises.are_kept();
}
