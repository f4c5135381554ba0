//! Feature flags: for whom a feature is on.

use payment_clients::{
    apis::config_service::{
        CreateFeatureFlag, FeatureFlagFilter, FeatureFlagId, FlagConditions, FlagKey, UpdateFeatureFlag,
    },
    contract::error::ErrorKind,
    prelude::*,
};

use crate::stage::{Stage, names, refused};

fn flag(key: &str) -> CreateFeatureFlag {
    CreateFeatureFlag {
        flag_key: key.into(),
        flag_name: "New checkout".into(),
        enabled: Some(true),
        ..CreateFeatureFlag::default()
    }
}

fn list(words: &[&str]) -> Option<Vec<String>> {
    Some(words.iter().map(|word| (*word).to_owned()).collect())
}

async fn is_on(stage: &Stage, key: &FlagKey, subject: Option<&str>, region: Option<&str>) -> bool {
    let client = stage.client("merchant:7c9e6679-7425-40de-944b-e07fc1f90ae7");
    let client = client.with(CallOptions::new().fresh());
    client.is_feature_enabled(key, subject, region).await.unwrap().enabled
}

#[tokio::test]
async fn a_change_of_a_flag_is_one_more_version_of_the_configuration() {
    let stage = Stage::open();
    let created = stage.staff.create_feature_flag(&flag("new-checkout")).await.unwrap();
    let key = &created.flag_key;
    assert!(is_on(&stage, key, None, None).await);
    let now = stage.of("payment-gateway").await;
    assert_eq!((now.version, now.feature_flags["new-checkout"]), (1, true));

    let off = UpdateFeatureFlag { enabled: Some(false), ..UpdateFeatureFlag::default() };
    for _ in 0..2 {
        stage.staff.update_feature_flag(key, &off).await.unwrap();
    }
    assert!(!is_on(&stage, key, None, None).await);
    let now = stage.of("payment-gateway").await;
    assert_eq!((now.version, now.feature_flags["new-checkout"]), (2, false), "a repeat is no change");

    refused(stage.staff.create_feature_flag(&flag("new-checkout")).await, ErrorKind::Conflict, "FLAG_EXISTS");
    for _ in 0..2 {
        stage.staff.delete_feature_flag(&created.id).await.unwrap();
    }
    stage.staff.delete_feature_flag(&FeatureFlagId::from_u128(404)).await.unwrap();
    let fresh = stage.staff.with(CallOptions::new().fresh());
    refused(fresh.get_feature_flag(key).await, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    refused(stage.staff.create_feature_flag(&flag("new-checkout")).await, ErrorKind::Conflict, "FLAG_EXISTS");
    assert!(!is_on(&stage, key, None, None).await, "an unknown one is off");
    let now = stage.of("payment-gateway").await;
    assert_eq!((now.version, now.feature_flags.len()), (3, 0));
}

#[tokio::test]
async fn conditions_say_for_whom_and_where() {
    let stage = Stage::open();
    let conditions =
        FlagConditions { whitelist: list(&["m1", "m2"]), blacklist: list(&["m2"]), regions: list(&["EU"]) };
    let some = CreateFeatureFlag { conditions: Some(conditions), ..flag("some") };
    let created = stage.staff.create_feature_flag(&some).await.unwrap();
    let key = &created.flag_key;
    for (subject, region, wanted) in [
        (Some("m1"), Some("EU"), true),
        (Some("m1"), Some("US"), false),
        (Some("m1"), None, false),
        (Some("m2"), Some("EU"), false),
        (Some("m3"), Some("EU"), false),
        (None, Some("EU"), false),
    ] {
        assert_eq!(is_on(&stage, key, subject, region).await, wanted, "{subject:?} {region:?}");
    }
    assert!(!stage.of("order-service").await.feature_flags["some"], "not for everybody");
    let everybody = UpdateFeatureFlag { conditions: Some(FlagConditions::default()), ..UpdateFeatureFlag::default() };
    let opened = stage.staff.update_feature_flag(key, &everybody).await.unwrap();
    assert_eq!((opened.conditions, opened.flag_name), (None, "New checkout".to_owned()));
    assert!(is_on(&stage, key, None, None).await);
}

#[tokio::test]
async fn a_part_of_all_is_about_as_many_as_it_says_and_always_the_same() {
    let stage = Stage::open();
    let part = CreateFeatureFlag { percentage: Some(30), ..flag("part") };
    let key = stage.staff.create_feature_flag(&part).await.unwrap().flag_key;
    let mut on = 0;
    for number in 0..200 {
        let subject = format!("m{number}");
        let drawn = is_on(&stage, &key, Some(&subject), None).await;
        assert_eq!(is_on(&stage, &key, Some(&subject), None).await, drawn);
        on += u32::from(drawn);
    }
    assert!((40..=80).contains(&on), "{on} of 200");
    for percentage in [0, 100, i32::MAX] {
        let changes = UpdateFeatureFlag { percentage: Some(percentage), ..UpdateFeatureFlag::default() };
        stage.staff.update_feature_flag(&key, &changes).await.unwrap();
        assert!(is_on(&stage, &key, Some("m1"), None).await, "{percentage} means everybody");
    }
}

#[tokio::test]
async fn what_breaks_a_rule_of_a_flag_is_named() {
    let stage = Stage::open();
    names(stage.staff.create_feature_flag(&flag("")).await, "flag_key");
    names(
        stage.staff.create_feature_flag(&CreateFeatureFlag { flag_name: String::new(), ..flag("a") }).await,
        "flag_name",
    );
    let negative = CreateFeatureFlag { percentage: Some(-1), ..flag("a") };
    names(stage.staff.create_feature_flag(&negative).await, "percentage");
    let blank = FlagConditions { regions: list(&[""]), ..FlagConditions::default() };
    let blank = CreateFeatureFlag { conditions: Some(blank), ..flag("a") };
    names(stage.staff.create_feature_flag(&blank).await, "conditions.regions");
    let missing = stage.staff.update_feature_flag(&"a".into(), &UpdateFeatureFlag::default()).await;
    refused(missing, ErrorKind::NotFound, "RESOURCE_NOT_FOUND");
    let merchant = stage.client("merchant:7c9e6679-7425-40de-944b-e07fc1f90ae7");
    refused(merchant.create_feature_flag(&flag("a")).await, ErrorKind::Forbidden, "FORBIDDEN");
    let filter = FeatureFlagFilter::default();
    refused(merchant.list_feature_flags(&filter).await, ErrorKind::Forbidden, "FORBIDDEN");
    assert_eq!(stage.staff.list_feature_flags(&filter).await.unwrap().total, 0);
}
