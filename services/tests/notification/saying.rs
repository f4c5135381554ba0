//! What messages say: whose template counts, what fills it, and what becomes of what is sent by hand.

use payment_clients::{
    apis::notification::{
        DeliveryChannel, EventType, NewPreference, NewTemplate, NoticeType, NotificationFilter, NotificationType,
        SendEmail, SendEmailByTemplate, SendNotification, SendSms, UserId,
    },
    prelude::*,
};
use serde_json::json;

use crate::stage::*;

pub fn template(subject: &str, content: &str) -> NewTemplate {
    NewTemplate {
        code: "order_cancelled".into(),
        name: "Cancelled".into(),
        kind: Some(NotificationType::Order),
        channel: Some(DeliveryChannel::Email),
        subject: subject.into(),
        content: content.into(),
        ..NewTemplate::default()
    }
}

fn by_template(data: &serde_json::Value) -> SendEmailByTemplate {
    SendEmailByTemplate {
        to: vec!["ada@example.com".into()],
        template_code: "order_cancelled".into(),
        template_data: data.as_object().cloned(),
        ..SendEmailByTemplate::default()
    }
}

#[tokio::test]
async fn a_merchants_template_counts_before_the_configured_one_and_that_before_ours_without_a_restart() {
    let stage = Stage::new();
    let shop = stage.shop();
    let configure = async |content: &str| {
        let templates =
            json!({ "templates": { "order_cancelled": { "email": { "subject": "C", "content": content } } } });
        stage.configure(&[("notification_templates", &templates.to_string())]).await;
    };
    let say = async || {
        shop.send_email_by_template(&by_template(&json!({ "order_no": "M-1" }))).await.unwrap();
    };
    say().await;
    configure("configured {{order_no}}").await;
    say().await;
    configure("again {{order_no}}").await;
    say().await;
    let own = shop.create_template(&template("Own", "own {{order_no}}")).await.unwrap();
    say().await;
    shop.update_template(&own.id, &NewTemplate { is_enabled: Some(false), ..template("Own", "own") }).await.unwrap();
    say().await;
    stage.other().send_email_by_template(&by_template(&json!({ "order_no": "M-9" }))).await.unwrap();
    stage.send_due().await;
    let mut said: Vec<_> = stage.sent().await.into_iter().map(|[_, _, _, content]| content).collect();
    said.sort();
    let expected = ["Order M-1 was cancelled.", "again M-1", "again M-1", "again M-9", "configured M-1", "own M-1"];
    assert_eq!(said, expected);
}

#[tokio::test]
async fn a_gap_that_nothing_fills_is_refused_by_name_and_what_fills_one_is_escaped() {
    let stage = Stage::new();
    let error = stage.shop().send_email_by_template(&by_template(&json!({}))).await.unwrap_err();
    assert!(error.message().starts_with("`template_data`") && error.message().contains("`order_no`"), "{error}");
    let notice = SendNotification::new(shop(), NoticeType::WithdrawalFailed);
    names(stage.withdrawals().send_notification(&notice).await, "extra");
    stage.shop().send_email_by_template(&by_template(&json!({ "order_no": "<script>" }))).await.unwrap();
    stage.send_due().await;
    assert_eq!(stage.sent().await[0][3], "Order &lt;script&gt; was cancelled.");
}

#[tokio::test]
async fn a_template_lives_and_is_its_merchants_alone() {
    let stage = Stage::new();
    let shop = stage.shop();
    let made = shop.create_template(&template("S", "{{order_no}}")).await.unwrap();
    assert_eq!(shop.get_template(&made.code).await.unwrap(), made);
    assert!(stage.other().get_template(&made.code).await.unwrap().is_system, "others see the platform's");
    missing(stage.other().update_template(&made.id, &template("T", "x")).await);
    stage.other().delete_template(&made.id).await.unwrap();
    let changed = shop.update_template(&made.id, &template("T", "x")).await.unwrap();
    assert_eq!((changed.id, changed.merchant_id, changed.subject.as_str()), (made.id, made.merchant_id, "T"));
    let listed = shop.list_templates().await.unwrap();
    assert_eq!(listed[0], changed, "its own first");
    assert!(listed.len() > 1 && listed[1..].iter().all(|template| template.is_system));
    let twice = shop.create_template(&template("S", "again")).await.unwrap_err();
    assert_eq!(twice.code(), Some("TEMPLATE_CODE_EXISTS"));
    shop.delete_template(&made.id).await.unwrap();
    shop.delete_template(&made.id).await.unwrap();
    assert!(shop.get_template(&made.code).await.unwrap().is_system);
    missing(shop.get_template(&"nothing_of_this_code".into()).await);
    let system = NewTemplate { is_system: Some(true), ..template("P", "platform") };
    names(shop.create_template(&system).await, "is_system");
    assert!(stage.staff().create_template(&system).await.unwrap().merchant_id.is_nil());
}

#[tokio::test]
async fn a_notice_is_told_read_and_counted() {
    let stage = Stage::new();
    let extra = json!({ "withdrawal_no": "WD1", "amount": 1999, "currency": "BHD" }).as_object().cloned();
    let notice = SendNotification { extra, ..SendNotification::new(shop(), NoticeType::WithdrawalFailed) };
    let receipt = stage.withdrawals().create_notification(&notice).await.unwrap();
    let own = SendNotification { title: Some("T".into()), content: Some("C".into()), ..notice.clone() };
    stage.withdrawals().send_notification(&own).await.unwrap();
    let found = stage.shop().get_notification(&receipt.id).await.unwrap();
    assert_eq!(found.content, "Withdrawal WD1 of 1.999 BHD could not be paid out.");
    missing(stage.other().get_notification(&receipt.id).await);
    missing(stage.other().mark_notification_read(&receipt.id).await);
    missing(stage.other().count_unread_notifications(&shop()).await);
    assert_eq!(stage.shop().count_unread_notifications(&shop()).await.unwrap().total, 2);
    stage.shop().mark_notification_read(&receipt.id).await.unwrap();
    let first = stage.shop().get_notification(&receipt.id).await.unwrap().read_at;
    stage.hand.advance(std::time::Duration::from_secs(60));
    stage.shop().mark_notification_read(&receipt.id).await.unwrap();
    assert_eq!(stage.shop().get_notification(&receipt.id).await.unwrap().read_at, first, "the first time counts");
    assert_eq!(stage.shop().count_unread_notifications(&shop()).await.unwrap().total, 1);
    let filter = NotificationFilter { page_size: Some(1), page: Some(2), ..NotificationFilter::default() };
    let page = stage.shop().list_notifications(&filter).await.unwrap();
    assert_eq!((page.total, page.data.len()), (2, 1));
}

#[tokio::test]
async fn a_person_who_opted_out_is_not_written_to_and_others_are() {
    let stage = Stage::new();
    let (shop, user) = (stage.shop(), UserId::from_u128(1));
    let out = NewPreference {
        user_id: Some(user),
        channel: Some(DeliveryChannel::Email),
        event_type: Some(EventType::SystemMaintenance),
        is_enabled: Some(false),
        ..NewPreference::default()
    };
    let preference = shop.create_preference(&out).await.unwrap();
    assert!(!preference.is_enabled);
    assert_eq!(shop.get_preference(&preference.id).await.unwrap(), preference);
    missing(stage.other().get_preference(&preference.id).await);
    let email = |user_id, event_type| SendEmail {
        user_id,
        event_type,
        to: vec!["ada@example.com".into()],
        subject: "S".into(),
        html_body: "B".into(),
        ..SendEmail::default()
    };
    let about = Some(EventType::SystemMaintenance);
    let answer = shop.send_email(&email(Some(user), about.clone())).await.unwrap();
    assert!(answer.message.contains("opts out"), "{}", answer.message);
    shop.send_email(&email(None, about.clone())).await.unwrap();
    shop.send_email(&email(Some(user), None)).await.unwrap();
    let back = NewPreference { is_enabled: None, ..out };
    assert!(shop.update_preference(&preference.id, &back).await.unwrap().is_enabled);
    shop.send_email(&email(Some(user), about)).await.unwrap();
    shop.send_sms(&SendSms { to: "+4930123".into(), content: "hi".into(), ..SendSms::default() }).await.unwrap();
    stage.send_due().await;
    assert_eq!(stage.sent().await.len(), 4);
    assert_eq!(shop.list_preferences(Some(user)).await.unwrap().len(), 1);
    shop.delete_preference(&preference.id).await.unwrap();
    assert!(shop.list_preferences(None).await.unwrap().is_empty());
}
