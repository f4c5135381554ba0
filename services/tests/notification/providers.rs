//! E-mail by Mailgun and SMS by Twilio, against providers that keep a book of what they have taken.

use std::{collections::BTreeMap, future::pending, sync::Arc, time::Duration};

use payment_clients::{
    apis::notification::{EmailProvider, NotificationStatus, SendEmail, SendSms, SmsProvider},
    contract::operation::Class,
    mock::Wire,
    prelude::*,
};
use payment_services::{
    check::check,
    message_sim::{
        account::Account,
        mailgun::{self, Email, MailgunApi, MockMailgunApi, Queued, mailgun_api},
        twilio::{Message, Sms, TwilioApi, twilio_api},
    },
};
use serde_json::json;
use tokio::sync::Notify;

use crate::stage::*;

const CARRIERS: &str = r#"{
    "email": { "by": "mailgun", "domain": "mg.platform.example", "from": "pay@platform.example" },
    "sms": { "by": "twilio", "account": "AC1", "from": "+15005550006" }
}"#;

async fn both(stage: &Stage) {
    stage.configure(&[("message_carriers", CARRIERS), ("mailgun_key", "key-1"), ("twilio_token", "token-1")]).await;
}

#[tokio::test]
async fn requests_are_forms_and_name_the_account_as_the_providers_ask_for_it() {
    let queued = |_: &_| Ok(json!({ "id": "<1@mg>", "message": "Queued. Thank you." }));
    let made = |_: &_| Ok(json!({ "sid": "SM1", "status": "queued", "to": "+1", "body": "b", "num_segments": "1" }));
    let wire = Wire::new().on(&mailgun_api::SEND_MESSAGE, queued).on(&twilio_api::CREATE_MESSAGE, made);
    let email = Email {
        from: "pay@platform.example".into(),
        to: "ada@example.com,bob@example.com".into(),
        subject: "A & B = C?".into(),
        html: "<p>é</p>\r\n".into(),
        notification_id: "n-1".into(),
    };
    let answer = wire.send_message(&Account::new("api", "key-1"), "mg.platform.example", &email).await.unwrap();
    assert_eq!(answer, Queued { id: "<1@mg>".into(), message: "Queued. Thank you.".into() });
    let sms = Sms { to: "+15005550006".into(), from: "+1500".into(), body: "19,99 €".into() };
    let message: Message = wire.create_message(&Account::new("AC1", "token-1"), "AC1", &sms).await.unwrap();
    assert_eq!(message.sid, "SM1");
    let requests = wire.requests();
    let text = |number: usize| str::from_utf8(requests[number].body()).unwrap();
    assert_eq!(requests[0].path(), "/v3/mg.platform.example/messages");
    assert_eq!(
        text(0),
        "from=pay%40platform.example&to=ada%40example.com%2Cbob%40example.com&subject=A+%26+B+%3D+C%3F\
         &html=%3Cp%3E%C3%A9%3C%2Fp%3E%0D%0A&v%3Anotification_id=n-1"
    );
    assert_eq!(requests[1].path(), "/2010-04-01/Accounts/AC1/Messages.json");
    assert_eq!(text(1), "To=%2B15005550006&From=%2B1500&Body=19%2C99+%E2%82%AC");
    for (request, account) in requests.iter().zip(["Basic YXBpOmtleS0x", "Basic QUMxOnRva2VuLTE="]) {
        assert_eq!(request.headers()["content-type"], "application/x-www-form-urlencoded");
        assert_eq!(request.headers()["authorization"], account);
        assert_eq!(request.operation().class, Class::Unsafe, "neither knows keys");
    }
}

#[tokio::test]
async fn each_way_goes_by_the_provider_that_is_configured_and_by_none_without_a_restart() {
    let stage = Stage::new();
    stage.write_to("zoe@example.com").await;
    stage.send_due().await;
    assert_eq!(stage.sent().await.len(), 1, "kept, where nobody is configured");
    both(&stage).await;
    stage.write_to("ada@example.com").await;
    stage.text_to("+4930123456").await;
    stage.send_due().await;
    let (emails, texts) = (stage.mailgun.taken().await.unwrap(), stage.twilio.taken().await.unwrap());
    assert_eq!((emails.len(), texts.len(), stage.sent().await.len()), (1, 1, 1));
    assert_eq!((&*emails[0].recipient, emails[0].content.as_str()), ("ada@example.com", "<p>Paid.</p>"));
    assert_eq!((&*texts[0].recipient, texts[0].content.as_str()), ("+4930123456", "Paid: 19.99 USD"));
    let list = stage.shop().list_notifications(&Default::default()).await.unwrap().data;
    let by =
        list.iter().map(|sent| (sent.provider.as_str(), sent.provider_msg_id.as_str())).collect::<BTreeMap<_, _>>();
    assert_eq!((by["mailgun"], by["twilio"]), (emails[0].id.as_str(), texts[0].id.as_str()));
    assert!(list.iter().any(|sent| sent.id.to_string() == emails[0].reference), "Mailgun tells of it by our name");
    stage.configure(&[]).await;
    stage.write_to("yan@example.com").await;
    stage.send_due().await;
    assert_eq!((stage.sent().await.len(), stage.mailgun.taken().await.unwrap().len()), (2, 1));
}

#[tokio::test]
async fn a_provider_that_is_not_the_configured_one_is_refused_by_name() {
    let stage = Stage::new();
    both(&stage).await;
    let by = |provider| SendEmail { provider: Some(provider), ..email_to("ada@example.com") };
    stage.shop().send_email(&by(EmailProvider::Mailgun)).await.unwrap();
    names(stage.shop().send_email(&by(EmailProvider::Smtp)).await, "provider");
    let sms = SendSms { to: "+4930123456".into(), content: "C".into(), ..SendSms::default() };
    stage.shop().send_sms(&SendSms { provider: Some(SmsProvider::Twilio), ..sms.clone() }).await.unwrap();
    names(stage.shop().send_sms(&SendSms { provider: Some(SmsProvider::Mock), ..sms }).await, "provider");
}

#[tokio::test]
async fn what_a_provider_refuses_is_given_up_and_what_it_has_no_time_for_is_tried_on_the_schedule() {
    let stage = Stage::new();
    both(&stage).await;
    stage.write_to("refused@example.com").await;
    stage.text_to("+15005550001").await;
    stage.send_due().await;
    let all = stage.shop().list_notifications(&Default::default()).await.unwrap().data;
    assert!(all.iter().all(|one| (&one.status, one.retry_count) == (&NotificationStatus::Failed, 0)), "{all:?}");
    assert_eq!(stage.incidents("NOTIFICATION_DEAD").await, 2);
    let stage = Stage::new();
    both(&stage).await;
    stage.write_to("busy@example.com").await;
    for retries in [0, 1, 2, 3, 3] {
        stage.send_due().await;
        assert_eq!(stage.only().await.retry_count, retries);
        stage.hand.advance(Duration::from_secs(3_600));
    }
    assert_eq!(stage.only().await.status, NotificationStatus::Failed);
    assert!(stage.mailgun.taken().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_lost_answer_leaves_a_message_in_doubt_and_the_provider_with_one_of_it() {
    let stage = Stage::new();
    both(&stage).await;
    stage.write_to("lose_answer@example.com").await;
    stage.text_to("+15005550003").await;
    for _ in 0..4 {
        stage.send_due().await;
        stage.hand.advance(Duration::from_secs(100_000));
    }
    let all = stage.shop().list_notifications(&Default::default()).await.unwrap().data;
    assert!(all.iter().all(|one| one.status == NotificationStatus::Sending), "{all:?}");
    assert_eq!((stage.mailgun.taken().await.unwrap().len(), stage.twilio.taken().await.unwrap().len()), (1, 1));
    assert_eq!(stage.incidents("NOTIFICATION_IN_DOUBT").await, 2);
}

#[tokio::test]
async fn a_key_that_is_missing_or_wrong_holds_messages_up_and_loses_none() {
    let stage = Stage::new();
    stage.configure(&[("message_carriers", CARRIERS)]).await;
    stage.write_to("ada@example.com").await;
    stage.send_due().await;
    let waiting = stage.only().await;
    assert_eq!(waiting.status, NotificationStatus::Pending);
    assert!(waiting.error_message.starts_with("`mailgun_key` is not set"), "{}", waiting.error_message);
    stage.configure(&[("message_carriers", CARRIERS), ("mailgun_key", "wrong")]).await;
    stage.hand.advance(Duration::from_secs(5));
    stage.send_due().await;
    assert_eq!(stage.only().await.status, NotificationStatus::Pending);
    both(&stage).await;
    stage.hand.advance(Duration::from_secs(300));
    stage.send_due().await;
    assert_eq!((stage.only().await.status, stage.only().await.retry_count), (NotificationStatus::Sent, 2));
}

#[tokio::test]
async fn what_is_under_way_when_the_process_ends_is_in_doubt_after_it_and_not_sent_again() {
    let arrived = Arc::new(Notify::new());
    let told = Arc::clone(&arrived);
    let away = MockMailgunApi::new().before(&mailgun_api::SEND_MESSAGE, move || {
        told.notify_one();
        pending()
    });
    let stage = Stage::with_mailgun(away);
    both(&stage).await;
    stage.write_to("ada@example.com").await;
    tokio::select! {
        () = stage.send_due() => panic!("nobody has answered"),
        () = arrived.notified() => {}
    }
    assert_eq!(stage.only().await.status, NotificationStatus::Sending);
    assert_eq!(stage.incidents("NOTIFICATION_IN_DOUBT").await, 0, "it may still be answered");
    stage.send_due().await;
    let in_doubt = stage.only().await;
    assert!(in_doubt.error_message.starts_with("the process ended"), "{}", in_doubt.error_message);
    assert_eq!((in_doubt.status, in_doubt.provider.as_str()), (NotificationStatus::Sending, "mailgun"));
    assert_eq!(stage.incidents("NOTIFICATION_IN_DOUBT").await, 1);
}

#[tokio::test]
async fn the_books_of_both_are_compared_with_what_was_sent() {
    let stage = Stage::in_files();
    both(&stage).await;
    for to in ["ada@example.com", "lose_answer@example.com", "refused@example.com", "busy@example.com"] {
        stage.write_to(to).await;
    }
    stage.text_to("+4930123456").await;
    stage.send_due().await;
    let wrong = || check(stage.place.stores(), true, None).unwrap().violations;
    assert!(wrong().is_empty(), "{:?}", wrong());
    let account = Account::new(mailgun::USER, "key-1");
    let email = Email {
        from: "pay@platform.example".into(),
        to: "ada@example.com".into(),
        subject: "S".into(),
        html: "<p>Paid.</p>".into(),
        notification_id: "n-1".into(),
    };
    stage.mailgun.send_message(&account, "mg.platform.example", &email).await.unwrap();
    assert!(
        wrong().iter().any(|found| found.invariant == "I22" && found.wrong.contains("once too often")),
        "{:?}",
        wrong()
    );
}
