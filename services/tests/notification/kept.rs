//! Secrets of endpoints: shown once, sealed, and in no file.

use std::{fs, path::Path};

use payment_clients::{
    apis::notification::{EventType, NewWebhookEndpoint, SendWebhook},
    prelude::*,
};
use payment_services::notification::domain::signing;

use crate::stage::*;

fn hits(dir: &Path, needle: &str) -> usize {
    let files = fs::read_dir(dir).unwrap().map(|entry| fs::read(entry.unwrap().path()).unwrap());
    files.map(|bytes| bytes.windows(needle.len()).filter(|window| *window == needle.as_bytes()).count()).sum()
}

#[tokio::test]
async fn a_secret_that_is_made_here_is_shown_once_and_lies_in_no_file() {
    let stage = Stage::in_files();
    let shop = stage.shop();
    let made_here = NewWebhookEndpoint { secret: None, ..new_endpoint("https://shop.example/") };
    let made = shop.create_webhook_endpoint(&made_here).await.unwrap();
    assert!(signing::check(&made.secret).is_ok());
    let brought = stage.endpoint("https://shop.example/other").await;
    assert_eq!(brought.secret.expose(), "****et-1", "whoever brought it has it");
    let listed = shop.list_webhook_endpoints().await.unwrap();
    assert!(listed.iter().all(|endpoint| endpoint.secret.expose().starts_with("****")));
    let rotated = NewWebhookEndpoint { secret: Some("planted-webhook-secret-2".into()), ..made_here };
    shop.update_webhook_endpoint(&brought.id, &rotated).await.unwrap();
    shop.send_webhook(&SendWebhook::new(EventType::PaymentSuccess)).await.unwrap();
    stage.send_due().await;
    for secret in [made.secret.expose(), SECRET, "planted-webhook-secret-2"] {
        assert_eq!(hits(stage.place.path(), secret), 0, "{secret}");
    }
    assert!(hits(stage.place.path(), "https://shop.example/") > 0, "the files are the right ones");
}

#[tokio::test]
async fn an_endpoint_that_is_changed_keeps_its_secret_unless_another_is_brought() {
    let stage = Stage::new();
    let (shop, endpoint) = (stage.shop(), stage.endpoint("https://old.example/").await);
    let moved = NewWebhookEndpoint { secret: None, ..new_endpoint("https://new.example/") };
    missing(stage.other().update_webhook_endpoint(&endpoint.id, &moved).await);
    let changed = shop.update_webhook_endpoint(&endpoint.id, &moved).await.unwrap();
    assert_eq!((changed.secret.expose(), changed.url.as_str()), ("****et-1", "https://new.example/"));
    shop.send_webhook(&SendWebhook::new(EventType::PaymentSuccess)).await.unwrap();
    stage.send_due().await;
    let calls = stage.world.calls.lock().unwrap();
    let header = |name: &str| calls[0].1.headers()[name].to_str().unwrap();
    let (id, seconds) = (header("webhook-id"), header("webhook-timestamp").parse().unwrap());
    let body = str::from_utf8(calls[0].1.body()).unwrap();
    assert_eq!(header("webhook-signature"), signing::sign(SECRET, id, seconds, body).unwrap());
}
