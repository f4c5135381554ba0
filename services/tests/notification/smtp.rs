//! E-mail by a mail server that is really there: what arrives, what is tried again, and what never is.

use std::time::Duration;

use payment_clients::{
    apis::notification::{EmailProvider, NotificationStatus, SendEmail, SendEmailByTemplate},
    contract::secret::PersonalText,
    prelude::*,
};
use serde_json::json;

use crate::{
    mail_server::{Act, MailServer},
    stage::*,
};

/// Runs the service with this server, and what is said besides.
async fn sent_by(stage: &Stage, server: &MailServer, more: serde_json::Value) {
    let mut carrier = json!({ "by": "smtp", "host": "127.0.0.1", "port": server.port, "security": "none",
                              "from": "pay@platform.example" });
    carrier.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let carriers = json!({ "email": carrier }).to_string();
    stage.configure(&[("message_carriers", &carriers), ("smtp_password", "planted-password")]).await;
}

async fn stage_and_server() -> (Stage, MailServer) {
    let (stage, server) = (Stage::new(), MailServer::start().await);
    sent_by(&stage, &server, json!({})).await;
    (stage, server)
}

#[tokio::test]
async fn a_letter_arrives_as_it_was_written_and_carries_the_notifications_id() {
    let (stage, server) = (Stage::new(), MailServer::somewhere().await);
    sent_by(&stage, &server, json!({})).await;
    let email = SendEmail {
        to: vec!["ada@example.com".into(), "bob@example.com".into()],
        html_body: "<p>Paid.</p>\r\n.\r\n..and more".into(),
        provider: Some(EmailProvider::Smtp),
        ..email_to("ada@example.com")
    };
    stage.shop().send_email(&email).await.unwrap();
    stage.send_due().await;
    let sent = stage.only().await;
    assert_eq!((sent.status, sent.provider.as_str()), (NotificationStatus::Sent, "smtp"), "{}", sent.error_message);
    let letters = || server.letters().into_iter().filter(|letter| letter.text.contains(&sent.id.to_string()));
    let letter = letters().next().unwrap();
    assert_eq!(letter.from, "pay@platform.example");
    assert_eq!(letter.to.into_iter().map(PersonalText::from).collect::<Vec<_>>(), email.to);
    let (head, body) = letter.text.split_once("\n\n").unwrap();
    for line in [
        &*format!("Message-ID: <{}@platform.example>", sent.id),
        "From: pay@platform.example",
        "To: ada@example.com, bob@example.com",
        "Content-Type: text/html; charset=utf-8",
        "Subject: Zahlung =?utf-8?b?w7xiZXI=?= 19,99 =?utf-8?b?4oKs?=",
        "Date: Fri, 24 Oct 2025 12:00:00 +0000",
    ] {
        assert!(head.lines().any(|found| found == line), "{line} is not in {head}");
    }
    assert_eq!(body.trim_end(), "<p>Paid.</p>\n.\n..and more", "no line of it ends the letter");
    assert!(!sent.provider_msg_id.as_str().is_empty(), "what the server has said to it");
    stage.send_due().await;
    assert_eq!(letters().count(), 1);
}

#[tokio::test]
async fn what_the_server_has_not_taken_is_tried_again_on_the_schedule() {
    for (command, act) in [
        ("connect", Act::Say("554 5.3.2 not today")),
        ("connect", Act::Cut),
        ("EHLO", Act::Cut),
        ("MAIL", Act::Say("550 5.7.1 not from you")),
        ("RCPT", Act::Say("451 4.7.1 greylisted")),
        ("RCPT", Act::Cut),
        ("DATA", Act::Say("421 4.3.2 closing")),
        ("DATA", Act::Cut),
        (".", Act::Say("452 4.3.1 no room")),
    ] {
        let (stage, server) = stage_and_server().await;
        server.then(command, act);
        stage.write_to("ada@example.com").await;
        stage.send_due().await;
        let waiting = stage.only().await;
        assert_eq!(waiting.status, NotificationStatus::Pending, "{command} {act:?}: {}", waiting.error_message);
        stage.hand.advance(Duration::from_millis(4_999));
        stage.send_due().await;
        assert!(server.letters().is_empty(), "not before its time");
        stage.hand.advance(Duration::from_millis(1));
        stage.send_due().await;
        assert_eq!(
            (server.letters().len(), stage.only().await.status),
            (1, NotificationStatus::Sent),
            "{command} {act:?}"
        );
    }
}

#[tokio::test]
async fn what_the_server_refuses_for_good_is_given_up_at_once() {
    for (command, answer) in
        [("RCPT", "550 5.1.1 no such user"), ("DATA", "554 no valid recipients"), (".", "554 5.6.0 looks like spam")]
    {
        let (stage, server) = stage_and_server().await;
        server.then(command, Act::Say(answer));
        stage.write_to("nobody@example.com").await;
        stage.send_due().await;
        stage.hand.advance(Duration::from_secs(100_000));
        stage.send_due().await;
        let failed = stage.only().await;
        assert_eq!((failed.status, failed.retry_count), (NotificationStatus::Failed, 0), "{command}");
        assert!(failed.error_message.contains(&answer[4..]), "{}", failed.error_message);
        assert_eq!((server.letters().len(), server.connections()), (0, 1));
        assert_eq!(stage.incidents("NOTIFICATION_DEAD").await, 1);
    }
}

#[tokio::test]
async fn a_letter_without_an_answer_is_in_doubt_and_never_sent_again_by_itself() {
    for act in [Act::Cut, Act::Silence] {
        let (stage, server) = stage_and_server().await;
        server.then(".", act);
        stage.write_to("ada@example.com").await;
        stage.send_due().await;
        if matches!(act, Act::Silence) {
            tokio::time::resume();
        }
        let in_doubt = stage.only().await;
        assert_eq!(in_doubt.status, NotificationStatus::Sending, "not known to be sent, nor to have failed");
        assert!(in_doubt.error_message.starts_with("no answer came to the letter"), "{}", in_doubt.error_message);
        assert_eq!(stage.incidents("NOTIFICATION_IN_DOUBT").await, 1);
        for _ in 0..3 {
            stage.hand.advance(Duration::from_secs(100_000));
            stage.send_due().await;
        }
        assert_eq!((server.letters().len(), server.connections()), (1, 1), "{act:?}");
        assert_eq!(stage.incidents("NOTIFICATION_IN_DOUBT").await, 1, "once");
    }
}

#[tokio::test]
async fn a_server_that_does_not_answer_holds_nobody_up_and_has_taken_nothing() {
    let (stage, server) = stage_and_server().await;
    server.then("MAIL", Act::Silence);
    stage.write_to("ada@example.com").await;
    stage.send_due().await;
    tokio::time::resume();
    let waiting = stage.only().await;
    assert_eq!(waiting.status, NotificationStatus::Pending);
    assert_eq!(waiting.error_message, "the server was not ready in 20 s");
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_four_times_and_given_up_with_an_incident() {
    let (stage, server) = stage_and_server().await;
    let away = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
    sent_by(&stage, &server, json!({ "port": away })).await;
    stage.write_to("ada@example.com").await;
    for _ in 0..9 {
        stage.send_due().await;
        stage.hand.advance(Duration::from_secs(3_600));
    }
    let failed = stage.only().await;
    assert_eq!((failed.status, failed.retry_count), (NotificationStatus::Failed, 3));
    assert_eq!(stage.incidents("NOTIFICATION_DEAD").await, 1);
}

#[tokio::test]
async fn who_logs_in_proves_it_and_a_wrong_password_loses_no_letter() {
    let (stage, server) = stage_and_server().await;
    sent_by(&stage, &server, json!({ "user": "somebody" })).await;
    stage.write_to("ada@example.com").await;
    stage.send_due().await;
    let waiting = stage.only().await;
    assert_eq!(waiting.status, NotificationStatus::Pending, "the account is wrong, and not the letter");
    assert!(waiting.error_message.contains("who are you"), "{}", waiting.error_message);
    sent_by(&stage, &server, json!({ "user": "payments" })).await;
    stage.hand.advance(Duration::from_secs(5));
    stage.send_due().await;
    assert_eq!((server.letters().len(), stage.only().await.status), (1, NotificationStatus::Sent));
}

#[tokio::test]
async fn a_server_without_tls_is_told_neither_password_nor_letter_where_tls_is_asked_for() {
    let (stage, server) = stage_and_server().await;
    sent_by(&stage, &server, json!({ "user": "payments", "security": "starttls" })).await;
    stage.write_to("ada@example.com").await;
    stage.send_due().await;
    assert_eq!(stage.only().await.status, NotificationStatus::Pending);
    assert!(server.commands().iter().all(|line| line.starts_with("EHLO") || line == "QUIT"), "{:?}", server.commands());
}

#[tokio::test]
async fn what_would_begin_a_header_of_its_own_reaches_no_server() {
    let (stage, server) = stage_and_server().await;
    for subject in ["S\r\nBcc: eve@example.com", "S\nX: y", "S\0"] {
        names(
            stage.shop().send_email(&SendEmail { subject: subject.into(), ..email_to("ada@example.com") }).await,
            "subject",
        );
    }
    for to in ["ada@example.com\r\nRCPT TO:<eve@example.com>", "ada@example.com>\r\nDATA", "<ada@example.com>"] {
        names(stage.shop().send_email(&email_to(to)).await, "to");
    }
    // Staff's own templates are not looked at line by line before they are sent.
    let templates =
        json!({ "templates": { "hello": { "email": { "subject": "S\r\nBcc: eve@example.com", "content": "C" } } } });
    let carrier = json!({ "email": { "by": "smtp", "host": "127.0.0.1", "port": server.port, "security": "none",
                                     "from": "pay@platform.example" } });
    let values = [("message_carriers", &*carrier.to_string()), ("notification_templates", &*templates.to_string())];
    stage.configure(&values).await;
    let hello = SendEmailByTemplate {
        to: vec!["ada@example.com".into()],
        template_code: "hello".into(),
        ..SendEmailByTemplate::default()
    };
    stage.shop().send_email_by_template(&hello).await.unwrap();
    stage.send_due().await;
    let failed = stage.only().await;
    assert_eq!(
        (failed.status, failed.error_message.as_str()),
        (NotificationStatus::Failed, "the subject is not one line")
    );
    assert_eq!(server.connections(), 0);
}
