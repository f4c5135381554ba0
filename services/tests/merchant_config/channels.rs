use std::{fs, path::Path};

use payment_clients::{
    apis::{
        merchant_config::{ChannelConfigId, CreateChannelConfig, UpdateChannelConfig},
        words::Channel,
    },
    prelude::*,
};
use payment_services::{kit::clock::Clock, merchant_config::MerchantConfigs};

use crate::{stage::*, support::Place};

fn hits(dir: &Path, needle: &str) -> usize {
    let files = fs::read_dir(dir).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.map(|bytes| bytes.windows(needle.len()).filter(|window| *window == needle.as_bytes()).count()).sum()
}

#[tokio::test]
async fn a_channel_is_set_up_once_switched_and_its_credentials_are_masked() {
    let stage = Stage::new();
    let own = stage.merchant(shop(7));
    let made = own.create_channel_config(&stripe(shop(7), "sk_live_1")).await.unwrap();
    assert_eq!((made.is_enabled, made.is_test_mode), (false, false));
    assert_eq!(made.config.expose(), r#"{"api_key":"****","client_id":"c1"}"#);
    let again = own.create_channel_config(&stripe(shop(7), "other")).await;
    refused(again, ErrorKind::Conflict, "CHANNEL_EXISTS");
    for _ in 0..2 {
        own.enable_channel_config(&made.id).await.unwrap();
    }
    let found = own.get_merchant_channel_config(&shop(7), &Channel::Stripe).await.unwrap();
    assert!(found.is_enabled);
    own.disable_channel_config(&made.id).await.unwrap();
    let config = Some(r#"{"api_key":"sk_live_2","network":"eu"}"#.into());
    let changes = UpdateChannelConfig { config, is_test_mode: Some(true), ..Default::default() };
    let changed = own.update_channel_config(&made.id, &changes).await.unwrap();
    assert_eq!((changed.config.expose(), changed.is_enabled), (r#"{"api_key":"****","network":"eu"}"#, false));
    assert_eq!(stage.staff(ALICE).list_merchant_channel_configs(&shop(7)).await.unwrap(), [changed]);
    for _ in 0..2 {
        own.delete_channel_config(&made.id).await.unwrap();
    }
    missing(own.get_channel_config(&made.id).await);
}

#[tokio::test]
async fn a_foreign_channel_is_not_there_and_what_breaks_a_rule_is_named() {
    let stage = Stage::new();
    let (own, other) = (stage.merchant(shop(7)), stage.merchant(shop(8)));
    let foreign = other.create_channel_config(&stripe(shop(8), "sk_1")).await.unwrap().id;
    for id in [foreign, ChannelConfigId::from_u128(1)] {
        missing(own.get_channel_config(&id).await);
        missing(own.update_channel_config(&id, &UpdateChannelConfig::default()).await);
        missing(own.enable_channel_config(&id).await);
        missing(own.disable_channel_config(&id).await);
        own.delete_channel_config(&id).await.unwrap();
    }
    other.get_channel_config(&foreign).await.expect("nobody else deletes it");
    missing(own.create_channel_config(&stripe(shop(8), "sk_1")).await);
    missing(own.list_merchant_channel_configs(&shop(8)).await);
    missing(own.get_merchant_channel_config(&shop(8), &Channel::Stripe).await);
    let bad: &[Spoilt<CreateChannelConfig>] = &[
        ("channel", |asked| asked.channel = "cash".into()),
        ("config", |asked| asked.config = "[]".into()),
        ("config", |asked| asked.config = "sk_live_1".into()),
        ("config", |asked| asked.config = format!(r#"{{"api_key":"{}"}}"#, "x".repeat(4096)).into()),
    ];
    for (field, spoil) in bad {
        let mut asked = stripe(shop(7), "sk_1");
        spoil(&mut asked);
        names(own.create_channel_config(&asked).await, field);
    }
    names(stage.staff(ALICE).create_channel_config(&stripe(shop(0), "sk_1")).await, "merchant_id");
}

#[tokio::test]
async fn no_credential_lies_in_a_file_of_the_store_and_an_older_key_is_replaced() {
    let stage = Stage::on(Place::files());
    let own = stage.merchant(shop(7));
    let made = own.create_channel_config(&stripe(shop(7), "sk_live_planted_1")).await.unwrap();
    let config = Some(stripe(shop(7), "sk_live_planted_2").config);
    own.update_channel_config(&made.id, &UpdateChannelConfig { config, ..Default::default() }).await.unwrap();
    for secret in ["sk_live_planted_1", "sk_live_planted_2"] {
        assert_eq!(hits(stage.place.path(), secret), 0, "{secret}");
    }
    assert!(hits(stage.place.path(), &made.id.to_string()) > 0, "the files are the right ones");
    stage.configs.store().close().await.unwrap();
    let (clock, _) = Clock::manual(NOON);
    let configs = MerchantConfigs::open(stage.place.stores(), clock, vault(&[1, 2])).unwrap();
    assert_eq!((configs.reseal().await.unwrap(), configs.reseal().await.unwrap()), (1, 0));
}
