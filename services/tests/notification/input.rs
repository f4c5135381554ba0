//! What cannot be asked for is refused by the name of its field.

use payment_clients::{
    apis::{
        ids::MerchantId,
        notification::{
            DeliveryChannel, EmailProvider, EventType, NewPreference, NewTemplate, NewWebhookEndpoint, NoticeType,
            NotificationFilter, Priority, SendEmail, SendNotification, SendSms, SendWebhook, SmsProvider,
            WebhookDeliveryFilter, WebhookEndpointId,
        },
    },
    prelude::*,
};

use crate::{saying::template, stage::*};

#[tokio::test]
async fn a_message_that_cannot_be_sent_is_refused() {
    let stage = Stage::new();
    let shop = stage.shop();
    let good = SendEmail {
        to: vec!["ada@example.com".into()],
        subject: "S".into(),
        html_body: "B".into(),
        ..SendEmail::default()
    };
    let emails = [
        ("to", SendEmail { to: Vec::new(), ..good.clone() }),
        ("to", SendEmail { to: vec!["ada@example.com\r\nBcc: all@example.com".into()], ..good.clone() }),
        ("subject", SendEmail { subject: String::new(), ..good.clone() }),
        ("subject", SendEmail { subject: "a\r\nX-Header: b".into(), ..good.clone() }),
        ("html_body", SendEmail { html_body: String::new(), ..good.clone() }),
        ("html_body", SendEmail { html_body: "x".repeat(64 * 1024 + 1), ..good.clone() }),
        ("priority", SendEmail { priority: Some(10), ..good.clone() }),
        ("provider", SendEmail { provider: Some(EmailProvider::Smtp), ..good.clone() }),
        ("event_type", SendEmail { event_type: Some("Not An Event".into()), ..good.clone() }),
    ];
    for (field, email) in emails {
        names(shop.send_email(&email).await, field);
    }
    missing(shop.send_email(&SendEmail { merchant_id: Some(MerchantId::from_u128(8)), ..good.clone() }).await);
    names(stage.staff().send_email(&good).await, "merchant_id");
    assert_eq!(stage.nobody().send_email(&good).await.unwrap_err().kind(), ErrorKind::Unauthenticated);
    let good = SendSms { to: "+4930123".into(), content: "hi".into(), ..SendSms::default() };
    let texts = [
        ("to", SendSms { to: "ada".into(), ..good.clone() }),
        ("content", SendSms { content: " ".into(), ..good.clone() }),
        ("content", SendSms { content: "x".repeat(1531), ..good.clone() }),
        ("provider", SendSms { provider: Some(SmsProvider::Twilio), ..good }),
    ];
    for (field, sms) in texts {
        names(shop.send_sms(&sms).await, field);
    }
    let good = SendNotification::new(crate::stage::shop(), NoticeType::OrderUpdated);
    let notices = [
        ("type", SendNotification { kind: "unheard_of".into(), ..good.clone() }),
        ("priority", SendNotification { priority: Some(Priority::Other("at once".into())), ..good.clone() }),
        ("content", SendNotification { title: Some("T".into()), ..good.clone() }),
        ("merchant_id", SendNotification { merchant_id: MerchantId::default(), ..good }),
    ];
    for (field, notice) in notices {
        names(stage.withdrawals().send_notification(&notice).await, field);
    }
    let event = SendWebhook { event_id: Some("not\na header".into()), ..SendWebhook::new(EventType::PaymentSuccess) };
    names(shop.send_webhook(&event).await, "event_id");
    names(shop.send_webhook(&SendWebhook::new("".into())).await, "event_type");
}

#[tokio::test]
async fn what_cannot_be_kept_is_refused() {
    let stage = Stage::new();
    let shop = stage.shop();
    let good = template("S", "C");
    let templates = [
        ("code", NewTemplate { code: "".into(), ..good.clone() }),
        ("code", NewTemplate { code: "a/b".into(), ..good.clone() }),
        ("type", NewTemplate { kind: None, ..good.clone() }),
        ("channel", NewTemplate { channel: Some("pigeon".into()), ..good.clone() }),
        ("content", NewTemplate { content: String::new(), ..good.clone() }),
        ("content", NewTemplate { content: "{{open".into(), ..good.clone() }),
        ("subject", NewTemplate { subject: "{{a b c}}".into(), ..good.clone() }),
        ("variables", NewTemplate { variables: Some("{}".into()), ..good }),
    ];
    for (field, template) in templates {
        names(shop.create_template(&template).await, field);
    }
    let good = NewPreference {
        channel: Some(DeliveryChannel::Email),
        event_type: Some(EventType::PaymentSuccess),
        ..NewPreference::default()
    };
    let preferences = [
        ("channel", NewPreference { channel: None, ..good.clone() }),
        ("event_type", NewPreference { event_type: None, ..good.clone() }),
        ("extra", NewPreference { extra: Some("[]".into()), ..good.clone() }),
        ("extra.to", NewPreference { extra: Some(r#"{"to":"nobody"}"#.into()), ..good }),
    ];
    for (field, preference) in preferences {
        names(shop.create_preference(&preference).await, field);
    }
    let good = new_endpoint("https://shop.example/");
    let endpoints = [
        ("secret", NewWebhookEndpoint { secret: Some("short".into()), ..good.clone() }),
        ("events", NewWebhookEndpoint { events: Some("payment.success".into()), ..good.clone() }),
        ("events", NewWebhookEndpoint { events: Some(r#"["Not An Event"]"#.into()), ..good.clone() }),
        ("timeout", NewWebhookEndpoint { timeout: Some(31), ..good.clone() }),
        ("max_retry", NewWebhookEndpoint { max_retry: Some(-1), ..good.clone() }),
        ("version", NewWebhookEndpoint { version: Some("v9".into()), ..good.clone() }),
    ];
    for (field, endpoint) in endpoints {
        names(shop.create_webhook_endpoint(&endpoint).await, field);
    }
    missing(shop.update_webhook_endpoint(&WebhookEndpointId::from_u128(1), &good).await);
    names(shop.list_notifications(&NotificationFilter { page: Some(0), ..Default::default() }).await, "page");
    let wide = WebhookDeliveryFilter { page_size: Some(101), ..WebhookDeliveryFilter::default() };
    names(shop.list_webhook_deliveries(&wide).await, "page_size");
}
