use std::time::Duration;

use payment_clients::{
    apis::merchant::{ApiKeyId, CreateApiKey, Environment, MerchantKycStatus, MerchantStatus, UpdateApiKey},
    contract::timestamp::Timestamp,
    prelude::*,
};

use crate::stage::*;

fn asked(environment: Environment) -> CreateApiKey {
    CreateApiKey { name: "till".into(), environment, expires_at: None }
}

#[tokio::test]
async fn a_secret_is_shown_once_and_is_the_one_that_signatures_are_checked_with() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    let key = shop.client.create_api_key(&asked(Environment::Test)).await.unwrap().data;
    assert!(key.api_key.starts_with("pk_test_") && key.api_secret.expose().len() == 89);
    assert_eq!(shop.client.get_api_key(&key.id).await.unwrap().api_secret.expose(), "sk_****");
    let gateway = stage.client("service:payment-gateway");
    let signing = gateway.get_signing_key(&key.api_key).await.unwrap();
    assert_eq!((signing.api_secret, signing.merchant_id, signing.is_active), (key.api_secret.clone(), shop.id, true));
    assert_eq!(shop.client.get_api_key(&key.id).await.unwrap().last_used_at, Some(Timestamp::from_unix_ms(NOON)));

    let rotated = shop.client.rotate_api_key(&key.id).await.unwrap().data;
    assert!(rotated.api_secret != key.api_secret && rotated.api_key == key.api_key);
    let signing = stage.client("service:payment-gateway").get_signing_key(&key.api_key).await.unwrap();
    assert_eq!(signing.api_secret, rotated.api_secret, "the old secret ends at once");
    for other in [&shop.client, &stage.staff()] {
        not_theirs(other.get_signing_key(&key.api_key).await);
    }
    not_theirs(stage.staff().rotate_api_key(&key.id).await);
    missing(stage.client("service:payment-gateway").get_signing_key("pk_test_none").await);
}

#[tokio::test]
async fn a_key_for_production_wants_an_active_merchant_with_its_papers_in_order() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    let production = asked(Environment::Production);
    let create = || shop.client.create_api_key(&production);
    refused(create().await, ErrorKind::Conflict, "MERCHANT_NOT_LIVE");
    let born = shop.client.list_api_keys(Some(Environment::Production)).await.unwrap().remove(0);
    let switch_on = UpdateApiKey { is_active: Some(true), ..Default::default() };
    refused(shop.client.update_api_key(&born.id, &switch_on).await, ErrorKind::Conflict, "MERCHANT_NOT_LIVE");
    stage.set(shop.id, MerchantStatus::Active).await.unwrap();
    refused(create().await, ErrorKind::Conflict, "MERCHANT_NOT_LIVE");
    stage.set_kyc(shop.id, MerchantKycStatus::Verified).await.unwrap();
    let key = create().await.unwrap().data;
    assert!(key.api_key.starts_with("pk_live_"));
    assert!(shop.client.update_api_key(&born.id, &switch_on).await.unwrap().data.is_active);

    stage.set(shop.id, MerchantStatus::Suspended).await.unwrap();
    let signing = stage.client("service:payment-gateway").get_signing_key(&key.api_key).await.unwrap();
    assert_eq!((signing.is_active, signing.merchant_status), (false, MerchantStatus::Suspended));
}

#[tokio::test]
async fn five_keys_for_an_environment_are_the_most_also_at_once() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    let (test, other) = (asked(Environment::Test), &shop.client);
    let made = futures_util::future::join_all((0..8).map(|_| other.create_api_key(&test))).await;
    assert_eq!(made.iter().filter(|made| made.is_ok()).count(), 4, "one was there from the start");
    for refusal in made.into_iter().filter(Result::is_err) {
        refused(refusal, ErrorKind::Conflict, "TOO_MANY_API_KEYS");
    }
}

#[tokio::test]
async fn a_key_that_was_revoked_stays_so_and_an_active_one_for_production_is_not_deleted() {
    let stage = Stage::new();
    let shop = stage.live_shop("ada@example.com").await;
    let key = shop.client.create_api_key(&asked(Environment::Production)).await.unwrap().data;
    refused(shop.client.delete_api_key(&key.id).await, ErrorKind::Conflict, "API_KEY_ACTIVE");
    for _ in 0..2 {
        shop.client.revoke_api_key(&key.id).await.unwrap();
    }
    let switch_on = UpdateApiKey { is_active: Some(true), ..Default::default() };
    refused(shop.client.update_api_key(&key.id, &switch_on).await, ErrorKind::Conflict, "API_KEY_REVOKED");
    refused(shop.client.rotate_api_key(&key.id).await, ErrorKind::Conflict, "API_KEY_REVOKED");
    shop.client.delete_api_key(&key.id).await.unwrap();
    missing(shop.client.get_api_key(&key.id).await);
}

#[tokio::test]
async fn a_foreign_key_is_not_there_and_what_breaks_a_rule_is_named() {
    let stage = Stage::new();
    let (ada, bob) = (stage.shop("ada@example.com").await, stage.shop("bob@example.com").await);
    let foreign = bob.client.list_api_keys(None).await.unwrap().remove(0).id;
    for id in [foreign, ApiKeyId::from_u128(1)] {
        missing(ada.client.get_api_key(&id).await);
        missing(ada.client.update_api_key(&id, &UpdateApiKey::default()).await);
        missing(ada.client.delete_api_key(&id).await);
        missing(ada.client.revoke_api_key(&id).await);
        missing(ada.client.rotate_api_key(&id).await);
    }
    names(ada.client.create_api_key(&CreateApiKey { name: String::new(), ..asked(Environment::Test) }).await, "name");
    names(ada.client.create_api_key(&CreateApiKey { name: "x".repeat(101), ..asked(Environment::Test) }).await, "name");
    names(ada.client.create_api_key(&asked("staging".into())).await, "environment");
    names(ada.client.list_api_keys(Some("staging".into())).await, "environment");
    let past = Some(Timestamp::from_unix_ms(NOON));
    names(
        ada.client.create_api_key(&CreateApiKey { expires_at: past, ..asked(Environment::Test) }).await,
        "expires_at",
    );
    stage.hand.advance(Duration::from_secs(1));
    let own = ada.client.list_api_keys(None).await.unwrap().remove(0).id;
    let moved = UpdateApiKey { expires_at: past, ..Default::default() };
    names(ada.client.update_api_key(&own, &moved).await, "expires_at");
}
