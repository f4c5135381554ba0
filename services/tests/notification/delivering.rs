//! Endpoints hear of events: signed, on a schedule, once each, and nowhere but on the open internet.

use std::time::Duration;

use payment_clients::{
    apis::notification::{DeliveryStatus, EventType, NewWebhookEndpoint, SendWebhook},
    prelude::*,
};
use payment_services::notification::domain::{schedule::WAITS, signing};
use serde_json::{Value, json};

use crate::stage::*;

fn event(id: &str) -> SendWebhook {
    let data = json!({ "payment_no": "PY1", "amount": 1999 }).as_object().cloned();
    SendWebhook { event_id: Some(id.into()), data, ..SendWebhook::new(EventType::PaymentSuccess) }
}

#[tokio::test]
async fn a_delivery_is_signed_by_standard_webhooks_and_says_what_happened_when() {
    let stage = Stage::new();
    stage.endpoint("https://shop.example/hooks?shop=7").await;
    stage.shop().send_webhook(&event("evt-1")).await.unwrap();
    stage.hand.advance(Duration::from_secs(90));
    stage.send_due().await;
    let calls = stage.world.calls.lock().unwrap();
    let (address, request) = &calls[0];
    assert_eq!(address.to_string(), "1.1.1.1:443", "the address that was checked");
    assert_eq!(request.uri(), "https://shop.example/hooks?shop=7");
    let header = |name: &str| request.headers()[name].to_str().unwrap();
    let seconds: i64 = header("webhook-timestamp").parse().unwrap();
    assert_eq!((header("webhook-id"), seconds), ("evt-1", NOON / 1000 + 90));
    let body = str::from_utf8(request.body()).unwrap();
    assert_eq!(header("webhook-signature"), signing::sign(SECRET, "evt-1", seconds, body).unwrap());
    let body: Value = serde_json::from_str(body).unwrap();
    let expected = json!({ "data": { "payment_no": "PY1", "amount": 1999 }, "event_id": "evt-1",
                           "event_type": "payment.success", "timestamp": NOON / 1000 });
    assert_eq!(body, expected, "frozen when it happened");
}

#[tokio::test]
async fn an_endpoint_that_does_not_take_it_is_tried_on_the_schedule_and_given_up_with_an_incident() {
    let stage = Stage::new();
    stage.endpoint("https://shop.example/").await;
    let answers = [Ok(500), Ok(302), Err("no connection".to_owned()), Ok(404), Ok(429), Ok(503), Ok(500), Ok(400)];
    stage.world.answers.lock().unwrap().extend(answers);
    stage.shop().send_webhook(&event("evt-1")).await.unwrap();
    for (number, wait) in WAITS.iter().enumerate() {
        if !wait.is_zero() {
            stage.hand.advance(*wait - Duration::from_millis(1));
            stage.send_due().await;
            assert_eq!(stage.calls(), number, "not before its time");
            stage.hand.advance(Duration::from_millis(1));
        }
        stage.send_due().await;
        assert_eq!(stage.calls(), number + 1);
    }
    let delivery = stage.deliveries().await.remove(0);
    assert_eq!((&delivery.status, delivery.retry_count, delivery.http_status), (&DeliveryStatus::Failed, 7, 400));
    assert_eq!((delivery.next_retry_at, delivery.response_body.as_str()), (None, "thanks"));
    assert_eq!(stage.incidents("WEBHOOK_DEAD").await, 1);
    stage.hand.advance(Duration::from_secs(1_000_000));
    stage.send_due().await;
    assert_eq!(stage.calls(), 8, "it is over");
    let calls = stage.world.calls.lock().unwrap();
    assert!(calls.iter().all(|(_, request)| request.body() == calls[0].1.body()), "the same bytes each time");
}

#[tokio::test]
async fn an_endpoint_that_takes_it_late_has_it_and_is_left_alone() {
    let stage = Stage::new();
    stage.endpoint("https://shop.example/").await;
    stage.world.answers.lock().unwrap().extend([Ok(500), Ok(204)]);
    stage.shop().send_webhook(&event("evt-1")).await.unwrap();
    stage.send_due().await;
    let retrying = stage.deliveries().await.remove(0);
    assert_eq!(
        (retrying.status, retrying.next_retry_at.map(|at| at.unix_ms())),
        (DeliveryStatus::Retrying, Some(NOON + 5_000))
    );
    stage.hand.advance(Duration::from_secs(5));
    for _ in 0..3 {
        stage.send_due().await;
    }
    let delivery = stage.deliveries().await.remove(0);
    assert_eq!((delivery.status, delivery.http_status, stage.calls()), (DeliveryStatus::Delivered, 204, 2));
    assert_eq!(stage.incidents("WEBHOOK_DEAD").await, 0);
}

#[tokio::test]
async fn an_endpoint_has_an_event_once_and_only_what_it_asked_for() {
    let stage = Stage::new();
    stage.endpoint("https://all.example/").await;
    let some =
        NewWebhookEndpoint { events: Some(r#"["refund.completed"]"#.into()), ..new_endpoint("https://some.example/") };
    stage.shop().create_webhook_endpoint(&some).await.unwrap();
    let off = NewWebhookEndpoint { is_enabled: Some(false), ..new_endpoint("https://off.example/") };
    stage.shop().create_webhook_endpoint(&off).await.unwrap();
    for _ in 0..3 {
        stage.shop().send_webhook(&event("evt-1")).await.unwrap();
    }
    stage.shop().send_webhook(&SendWebhook::new(EventType::RefundCompleted)).await.unwrap();
    stage.send_due().await;
    let mut hosts: Vec<_> =
        stage.world.calls.lock().unwrap().iter().map(|(_, request)| request.uri().host().unwrap().to_owned()).collect();
    hosts.sort();
    assert_eq!(hosts, ["all.example", "all.example", "some.example"]);
}

#[tokio::test]
async fn nothing_is_sent_to_where_no_endpoint_may_be() {
    let refused = [
        "http://shop.example/",
        "https://127.0.0.1/",
        "https://10.1.2.3/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://[fd00::1]/",
        "https://192.168.0.1/",
        "https://ada@shop.example/",
        "shop.example",
        "",
    ];
    let stage = Stage::new();
    for url in refused {
        names(stage.shop().create_webhook_endpoint(&new_endpoint(url)).await, "url");
    }
    let led_astray: [(&str, &[&str]); 7] = [
        ("loopback.example", &["127.0.0.1"]),
        ("private.example", &["10.0.0.5"]),
        ("metadata.example", &["169.254.169.254"]),
        ("six.example", &["::1"]),
        ("local.example", &["fd00::5"]),
        ("mapped.example", &["::ffff:127.0.0.1"]),
        ("mixed.example", &["1.1.1.1", "192.168.0.9"]),
    ];
    for (host, addresses) in led_astray {
        stage.world.names.lock().unwrap().insert(host.to_owned(), addresses.to_vec());
        stage.endpoint(&format!("https://{host}/")).await;
    }
    stage.world.names.lock().unwrap().insert("nowhere.example".to_owned(), Vec::new());
    stage.endpoint("https://nowhere.example/").await;
    stage.shop().send_webhook(&event("evt-1")).await.unwrap();
    stage.send_due().await;
    assert_eq!(stage.calls(), 0);
    for delivery in stage.deliveries().await {
        assert_eq!(delivery.status, DeliveryStatus::Retrying, "its name may lead elsewhere by then");
        let why = &delivery.error_message;
        assert!(why.contains("not on the open internet") || why.contains("no address"), "{why}");
    }
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_by_the_next_attempt_is_looked_at_again() {
    let stage = Stage::new();
    stage.endpoint("https://shop.example/").await;
    stage.world.answers.lock().unwrap().push_back(Ok(500));
    stage.shop().send_webhook(&event("evt-1")).await.unwrap();
    stage.send_due().await;
    stage.world.names.lock().unwrap().insert("shop.example".to_owned(), vec!["127.0.0.1"]);
    stage.hand.advance(Duration::from_secs(5));
    stage.send_due().await;
    assert_eq!(stage.calls(), 1);
}

#[tokio::test]
async fn what_is_on_its_way_to_an_endpoint_that_was_deleted_is_given_up() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("https://shop.example/").await;
    stage.shop().send_webhook(&event("evt-1")).await.unwrap();
    stage.other().delete_webhook_endpoint(&endpoint.id).await.unwrap();
    assert_eq!(stage.shop().list_webhook_endpoints().await.unwrap().len(), 1, "somebody else's stays");
    stage.shop().delete_webhook_endpoint(&endpoint.id).await.unwrap();
    stage.shop().delete_webhook_endpoint(&endpoint.id).await.unwrap();
    stage.send_due().await;
    assert_eq!((stage.calls(), stage.deliveries().await.remove(0).status), (0, DeliveryStatus::Failed));
}
