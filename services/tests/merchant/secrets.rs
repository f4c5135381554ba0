use std::{fs, path::Path};

use payment_clients::{
    apis::merchant::{CreateApiKey, Environment, UpdateChannel},
    prelude::*,
};
use payment_services::{
    kit::{audit, clock::Clock},
    merchant::Merchants,
};

use crate::{accounts::account, channels::stripe, stage::*};

fn hits(dir: &Path, needle: &str) -> usize {
    let files = fs::read_dir(dir).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.map(|bytes| bytes.windows(needle.len()).filter(|window| *window == needle.as_bytes()).count()).sum()
}

#[tokio::test]
async fn no_secret_lies_in_a_file_of_the_store() {
    let stage = Stage::in_files();
    let shop = stage.shop("ada@example.com").await;
    let key = CreateApiKey { name: "till".into(), environment: Environment::Test, expires_at: None };
    let made = shop.client.create_api_key(&key).await.unwrap().data;
    let rotated = shop.client.rotate_api_key(&made.id).await.unwrap().data;
    shop.client.create_settlement_account(&account("9988776655443322")).await.unwrap();
    let channel = shop.client.create_channel(&stripe(&shop, "sk_live_planted_1")).await.unwrap().data;
    let config = Some(stripe(&shop, "sk_live_planted_2").config);
    shop.client.update_channel(&channel.id, &UpdateChannel { config, ..Default::default() }).await.unwrap();
    let planted = [made.api_secret.expose(), rotated.api_secret.expose(), PASSWORD, "9988776655443322"];
    for secret in planted.into_iter().chain(["DE89370400440532013000", "sk_live_planted_1", "sk_live_planted_2"]) {
        assert_eq!(hits(stage.place.path(), secret), 0, "{secret}");
    }
    assert!(hits(stage.place.path(), &made.api_key) > 0, "the files are the right ones");
}

#[tokio::test]
async fn what_an_older_key_has_sealed_is_sealed_anew_and_still_opens() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    let key = CreateApiKey { name: "till".into(), environment: Environment::Test, expires_at: None };
    let made = shop.client.create_api_key(&key).await.unwrap().data;
    shop.client.create_settlement_account(&account("9988776655443322")).await.unwrap();
    shop.client.create_channel(&stripe(&shop, "sk_live_1")).await.unwrap();
    stage.merchants.store().close().await.unwrap();

    let open = |keys: &[u32]| {
        let (clock, _) = Clock::manual(NOON);
        Merchants::open(stage.place.stores(), clock, vault(keys), deps()).unwrap()
    };
    let merchants = open(&[1, 2]);
    assert_eq!(merchants.reseal().await.unwrap(), 6, "three keys, two numbers, the settings of a channel");
    assert_eq!(merchants.reseal().await.unwrap(), 0);
    merchants.store().close().await.unwrap();
    let stage = Stage { merchants: open(&[2]), ..stage };
    let signing = stage.client("service:payment-gateway").get_signing_key(&made.api_key).await.unwrap();
    assert_eq!(signing.api_secret, made.api_secret);
}

#[tokio::test]
async fn what_was_decided_stands_in_the_audit_by_whom() {
    let stage = Stage::new();
    let shop = stage.live_shop("ada@example.com").await;
    let staff = format!("admin:{OPERATOR}");
    let find = move |view: &payment_services::kit::store::View<'_>| {
        let actions = view.all("SELECT actor, action, target FROM audit ORDER BY seq", &[], |row| {
            Ok((row.get::<String>(0)?, row.get::<String>(1)?, row.get::<String>(2)?))
        })?;
        Ok((actions, audit::verify(view)?))
    };
    let (actions, broken) = stage.merchants.store().read(find).await.unwrap();
    assert_eq!(broken, None);
    let (me, target) = (format!("merchant:{}", shop.id), format!("merchant:{}", shop.id));
    let row = |actor: &str, action: &str| (actor.to_owned(), action.to_owned(), target.clone());
    let expected =
        [row(&me, "merchant.registered"), row(&staff, "merchant.status"), row(&staff, "merchant.kyc_status")];
    assert_eq!(actions, expected);
}
