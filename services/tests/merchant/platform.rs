//! What merchant-service has of the platform: events that it publishes, limits before its routes, fingerprints that only it
//! can compare.

use std::{collections::BTreeMap, sync::Arc};

use axum::Extension;
use futures_util::future::join_all;
use payment_clients::{
    apis::{
        config_service::{MockServiceConfigApi, ServiceConfig, ServiceConfigApi},
        merchant::{MerchantKycStatus, MerchantStatus},
    },
    contract::secret::Secret,
    mock,
    prelude::*,
    server::FingerprintKey,
};

use crate::stage::*;

async fn told(stage: &Stage) -> Vec<(String, String)> {
    let rows = "SELECT kind, aggregate FROM outbox ORDER BY id";
    let store = stage.merchants.store();
    store.read(move |view| view.all(rows, &[], |row| Ok((row.get(0)?, row.get(1)?)))).await.unwrap()
}

#[tokio::test]
async fn what_becomes_of_a_merchant_is_told_in_the_unit_that_makes_it_true() {
    let stage = Stage::new();
    let shop = stage.shop("shop@example.com").await;
    stage.set_kyc(shop.id, MerchantKycStatus::Verified).await.unwrap();
    stage.set_kyc(shop.id, MerchantKycStatus::Rejected).await.unwrap();
    stage.set(shop.id, MerchantStatus::Active).await.unwrap();
    stage.set(shop.id, MerchantStatus::Suspended).await.unwrap();
    stage.set(shop.id, MerchantStatus::Suspended).await.expect("it is already");
    stage.set_kyc(shop.id, MerchantKycStatus::Verified).await.expect_err("no such step, and nothing told of it");
    stage.staff().delete_merchant(&shop.id).await.unwrap();
    let kinds = ["merchant.registered", "kyc.approved", "kyc.rejected", "merchant.frozen", "merchant.deleted"];
    let expected: Vec<_> = kinds.iter().map(|kind| ((*kind).to_owned(), shop.id.to_string())).collect();
    assert_eq!(told(&stage).await, expected);
}

/// What is kept of a keyed registration, so that a repeat is recognised.
async fn fingerprint(key: Option<&str>) -> String {
    let stage = Stage::new();
    let router = match key {
        Some(key) => stage.merchants.router().layer(Extension(FingerprintKey(Secret::new(key.to_owned())))),
        None => stage.merchants.router(),
    };
    let client: MerchantClient = mock::client(router).unwrap();
    let client = client.with(CallOptions::new().key("the-key".parse().unwrap()));
    let first = client.register_merchant(&registration("shop@example.com")).await.unwrap();
    let again = client.register_merchant(&registration("shop@example.com")).await.unwrap();
    assert_eq!(first.data.id, again.data.id, "a repeat is recognised by it");
    let read = "SELECT fingerprint FROM idem";
    stage.merchants.store().read(move |view| view.one(read, &[], |row| row.get(0))).await.unwrap()
}

/// Who has the file and the hash of a body could try out passwords, much faster than argon2id lets anybody.
#[tokio::test]
async fn without_the_services_secret_a_fingerprint_says_nothing_of_the_password_that_was_sent() {
    assert_eq!(fingerprint(None).await, fingerprint(None).await, "a plain hash is the same for everybody");
    let keyed = fingerprint(Some("one")).await;
    assert_eq!(keyed, fingerprint(Some("one")).await, "a restart changes nothing");
    assert_ne!(keyed, fingerprint(Some("two")).await);
    assert_ne!(keyed, fingerprint(None).await);
}

#[tokio::test]
async fn a_merchant_that_asks_too_often_is_told_so_and_nothing_is_begun() {
    let stage = Stage::new();
    let shop = stage.shop("shop@example.com").await;
    let source = MockServiceConfigApi::new().on_get_service_config(|service, _, _| {
        let bucket = r#"{"read": {"per_second": 1}, "write": {"per_second": 1}}"#;
        let values = [("api_rate_limits".to_owned(), format!(r#"{{"default": {bucket}}}"#).into())].into();
        Ok(Some(ServiceConfig {
            service: service.clone(),
            environment: "production".into(),
            version: 1,
            etag: "\"v1\"".into(),
            values,
            feature_flags: BTreeMap::new(),
        }))
    });
    let source: Arc<dyn ServiceConfigApi> = Arc::new(source);
    stage.merchants.configuration().refresh(&source).await.unwrap();
    let client = shop.client.with(CallOptions::new().max_attempts(1).fresh());
    let answers = join_all((0..5).map(|_| client.get_profile())).await;
    let limited = answers.iter().filter_map(|answer| answer.as_ref().err()).collect::<Vec<_>>();
    assert!((1..=4).contains(&limited.len()), "{limited:?}");
    for error in limited {
        assert_eq!((error.code(), error.certainty()), (Some("RATE_LIMITED"), Certainty::NotProcessed));
    }
}
