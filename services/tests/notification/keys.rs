//! Each keyed operation keeps its promise.

use payment_clients::{
    apis::notification::{NewPreference, NewTemplate, SendEmail, SendEmailByTemplate, SendSms, SendWebhook},
    conformance::keys::Trial,
};
use payment_services::registry::Name;
use serde_json::json;

use crate::{
    saying::template,
    stage::*,
    support::{Promises, body},
};

fn trial(operation: &str) -> Option<Trial> {
    let notice = |number: &str| {
        body(json!({ "merchant_id": shop(), "type": "withdrawal_failed",
                     "extra": { "withdrawal_no": number, "amount": 1, "currency": "JPY" } }))
    };
    let email = |subject: &str| {
        body(SendEmail {
            to: vec!["a@x.com".into()],
            subject: subject.into(),
            html_body: "<p>".into(),
            ..SendEmail::default()
        })
    };
    let sms = |content: &str| body(SendSms { to: "+4930123".into(), content: content.into(), ..SendSms::default() });
    let event =
        |id: &str| body(SendWebhook { event_id: Some(id.into()), ..SendWebhook::new("payment.success".into()) });
    let by_template = |order: &str| {
        let template_data = json!({ "order_no": order }).as_object().cloned();
        let to = vec!["a@x.com".into()];
        body(SendEmailByTemplate { to, template_code: "order_cancelled".into(), template_data, ..Default::default() })
    };
    let own = |code: &str| body(NewTemplate { code: code.into(), ..template("x", "y") });
    let preference = |event: &str| {
        let (channel, event_type) = (Some("sms".into()), Some(event.into()));
        body(NewPreference { channel, event_type, ..NewPreference::default() })
    };
    Some(match operation {
        "send_notification" | "create_notification" => Trial::new(notice("WD1"), notice("WD2")),
        "send_email" => Trial::new(email("one"), email("two")),
        "send_sms" => Trial::new(sms("one"), sms("two")),
        "send_webhook" => Trial::new(event("one"), event("two")).at_once(event("three")),
        "send_email_by_template" => Trial::new(by_template("one"), by_template("two")),
        "create_template" => Trial::new(own("one"), own("two")).at_once(own("three")),
        "create_preference" => Trial::new(preference("one"), preference("two")),
        "create_webhook_endpoint" => {
            Trial::new(body(new_endpoint("https://one.example/")), body(new_endpoint("https://two.example/")))
        }
        _ => return None,
    })
}

#[tokio::test]
async fn one_key_is_one_effect() {
    let stage = Stage::new();
    let (shop, withdrawals) = (stage.shop(), stage.withdrawals());
    stage.endpoint("https://shop.example/").await;
    let mut promises = Promises::of(Name::Notification);
    for operation in promises.untried() {
        let client = if operation.name.ends_with("_notification") { &withdrawals } else { &shop };
        promises.prove(client.base(), operation, trial(operation.name)).await;
    }
    promises.are_kept();
}
