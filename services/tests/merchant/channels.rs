use payment_clients::{
    apis::{
        merchant::{ChannelSettings, CreateChannel, ToggleChannel, UpdateChannel},
        words::Channel,
    },
    prelude::*,
};

use crate::stage::*;

pub fn stripe(shop: &Shop, api_key: &str) -> CreateChannel {
    let config = ChannelSettings { api_key: Some(api_key.into()), ..Default::default() };
    CreateChannel { merchant_id: shop.id, channel: Channel::Stripe, config, is_test_mode: Some(false) }
}

#[tokio::test]
async fn a_channel_is_set_up_once_switched_and_its_credentials_are_masked() {
    let stage = Stage::new();
    let shop = stage.shop("ada@example.com").await;
    let client = &shop.client;
    let channel = client.create_channel(&stripe(&shop, "sk_live_1")).await.unwrap().data;
    assert_eq!((channel.is_enabled, channel.is_test_mode), (false, false));
    assert_eq!(channel.config.expose(), r#"{"api_key":"****"}"#);
    refused(client.create_channel(&stripe(&shop, "other")).await, ErrorKind::Conflict, "CHANNEL_EXISTS");
    for enabled in [true, true, false, true] {
        client.toggle_channel(&channel.id, &ToggleChannel { enabled }).await.unwrap();
        assert_eq!(client.get_channel(&channel.id).await.unwrap().is_enabled, enabled);
    }
    let config =
        Some(ChannelSettings { api_key: Some("sk_2".into()), network: Some("eu".into()), ..Default::default() });
    let changed =
        client.update_channel(&channel.id, &UpdateChannel { config, ..Default::default() }).await.unwrap().data;
    assert_eq!((changed.config.expose(), changed.is_enabled), (r#"{"api_key":"****","network":"eu"}"#, true));
    assert_eq!(client.list_channels().await.unwrap(), [changed]);
    client.delete_channel(&channel.id).await.unwrap();
    missing(client.get_channel(&channel.id).await);
}

#[tokio::test]
async fn a_foreign_channel_is_not_there_and_what_breaks_a_rule_is_named() {
    let stage = Stage::new();
    let (ada, bob) = (stage.shop("ada@example.com").await, stage.shop("bob@example.com").await);
    let foreign = bob.client.create_channel(&stripe(&bob, "sk_1")).await.unwrap().data.id;
    missing(ada.client.get_channel(&foreign).await);
    missing(ada.client.update_channel(&foreign, &UpdateChannel::default()).await);
    missing(ada.client.delete_channel(&foreign).await);
    missing(ada.client.toggle_channel(&foreign, &ToggleChannel { enabled: true }).await);
    missing(ada.client.create_channel(&stripe(&bob, "sk_1")).await);
    names(ada.client.create_channel(&stripe(&ada, "")).await, "config.api_key");
    names(ada.client.create_channel(&stripe(&ada, &"x".repeat(1025))).await, "config.api_key");
    names(ada.client.create_channel(&CreateChannel { channel: "cash".into(), ..stripe(&ada, "sk") }).await, "channel");
    let bare = UpdateChannel { config: Some(ChannelSettings::default()), ..Default::default() };
    names(bob.client.update_channel(&foreign, &bare).await, "config.api_key");
}
