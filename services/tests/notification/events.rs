//! Events of the platform are told once by each way that is asked for, in the unit that notes them as taken.

use std::time::Duration;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::MerchantId,
        notification::{
            DeliveryChannel, EventType, NewPreference, NewTemplate, NotificationFilter, NotificationStatus,
        },
        payment_gateway::PaymentStatus,
        words::Channel,
    },
    contract::timestamp::Timestamp,
    prelude::*,
};
use payment_services::kit::{
    bus::{Delivery, Source},
    events::{
        ENVELOPE_VERSION, Envelope, Payload,
        payment::{self, PaymentPayload},
    },
    tasks::Tasks,
};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::{saying::template, stage::*};

/// Gives out what it is sent, and says when that was taken.
struct Script {
    pages: mpsc::Receiver<Vec<Delivery>>,
    taken: mpsc::Sender<()>,
}

#[async_trait]
impl Source for Script {
    fn name(&self) -> &str {
        "script"
    }

    fn resume(&mut self, _: i64) {}

    async fn next(&mut self) -> Result<Vec<Delivery>> {
        match self.pages.recv().await {
            Some(page) => Ok(page),
            None => std::future::pending().await,
        }
    }

    async fn settle(&mut self) -> Result<()> {
        let _ = self.taken.send(()).await;
        Ok(())
    }
}

fn completed(id: u128, seq: i64, version: i64) -> Delivery {
    let payload = PaymentPayload {
        payment_no: format!("PY{id}").as_str().into(),
        merchant_id: shop(),
        order_no: "M-1".into(),
        amount: 1999,
        currency: Currency::USD,
        channel: Channel::Stripe,
        status: PaymentStatus::Success,
        customer_email: "payer@example.com".into(),
        paid_at: None,
        extra: payment::PaymentExtra::default(),
    };
    let event = Envelope {
        event_id: Uuid::from_u128(id),
        event_type: payment::COMPLETED.name().to_owned(),
        aggregate_type: "payment".to_owned(),
        aggregate_id: payload.aggregate().to_owned(),
        aggregate_version: Some(version),
        timestamp: Timestamp::from_unix_ms(NOON),
        version: ENVELOPE_VERSION.to_owned(),
        metadata: Default::default(),
        payload: serde_json::to_value(&payload).unwrap(),
    };
    Delivery { stream: "payments".to_owned(), seq, topic: payment::TOPIC.name.to_owned(), event: Ok(event) }
}

async fn take(stage: &Stage, pages: Vec<Vec<Delivery>>) {
    let (give, given) = mpsc::channel(8);
    let (taken, mut settled) = mpsc::channel(8);
    let mut tasks = Tasks::default();
    stage.service.consumer().listen(Box::new(Script { pages: given, taken }), &mut tasks);
    for page in pages {
        give.send(page).await.unwrap();
        settled.recv().await.unwrap();
    }
    assert!(tasks.stop(Duration::from_secs(5)).await.is_empty());
}

pub async fn told(stage: &Stage) -> Vec<(String, NotificationStatus, String)> {
    let page = stage.shop().list_notifications(&NotificationFilter::default()).await.unwrap();
    let mut told: Vec<_> =
        page.data.into_iter().map(|one| (one.channel.to_string(), one.status, one.content)).collect();
    told.sort_by(|one, other| one.0.cmp(&other.0));
    told
}

fn preference(channel: DeliveryChannel, is_enabled: bool, extra: Option<&str>) -> NewPreference {
    NewPreference {
        channel: Some(channel),
        event_type: Some(EventType::PaymentSuccess),
        is_enabled: Some(is_enabled),
        extra: extra.map(Into::into),
        ..NewPreference::default()
    }
}

#[tokio::test]
async fn an_event_that_comes_again_and_again_is_told_once_by_each_way() {
    let stage = Stage::new();
    let shop = stage.shop();
    stage.endpoint("https://one.example/").await;
    stage.endpoint("https://two.example/").await;
    let email = preference(DeliveryChannel::Email, true, Some(r#"{"to":"ada@example.com"}"#));
    shop.create_preference(&email).await.unwrap();
    shop.create_preference(&preference(DeliveryChannel::Sms, true, Some(r#"{"to":"+4930123"}"#))).await.unwrap();
    let again = || completed(1, 1, 1);
    take(&stage, vec![vec![again(), again()], vec![again()]]).await;
    // Another consumer of the same store: a restart.
    take(&stage, vec![vec![again()]]).await;
    stage.send_due().await;
    let said = "Payment PY1 of 19.99 USD was paid.".to_owned();
    let expected = ["email", "in_app", "sms"].map(|way| (way.to_owned(), NotificationStatus::Sent, said.clone()));
    assert_eq!(told(&stage).await, expected);
    assert_eq!((stage.calls(), stage.deliveries().await.len(), stage.sent().await.len()), (2, 2, 2));
    assert_eq!(stage.sent().await[0][..2], ["email", "ada@example.com"]);
    let unread = shop.count_unread_notifications(&crate::stage::shop()).await.unwrap();
    assert_eq!((unread.total, unread.trade), (3, 3));
}

#[tokio::test]
async fn who_opts_out_of_a_way_is_not_told_by_it() {
    let stage = Stage::new();
    let shop = stage.shop();
    stage.endpoint("https://one.example/").await;
    let email = preference(DeliveryChannel::Email, true, Some(r#"{"to":"ada@example.com"}"#));
    shop.create_preference(&email).await.unwrap();
    let mut out = Vec::new();
    for channel in [DeliveryChannel::Webhook, DeliveryChannel::InApp, DeliveryChannel::Email] {
        out.push(shop.create_preference(&preference(channel, false, None)).await.unwrap());
    }
    take(&stage, vec![vec![completed(1, 1, 1)]]).await;
    assert!(told(&stage).await.is_empty() && stage.deliveries().await.is_empty());
    for preference in out {
        shop.delete_preference(&preference.id).await.unwrap();
    }
    take(&stage, vec![vec![completed(2, 2, 1)]]).await;
    assert_eq!((told(&stage).await.len(), stage.deliveries().await.len()), (2, 1));
}

#[tokio::test]
async fn a_merchants_own_template_that_cannot_be_filled_holds_up_no_other_way() {
    let stage = Stage::new();
    stage.endpoint("https://one.example/").await;
    let broken = NewTemplate {
        code: "payment_success".into(),
        channel: Some(DeliveryChannel::InApp),
        ..template("", "{{loyalty_points}}")
    };
    stage.shop().create_template(&broken).await.unwrap();
    take(&stage, vec![vec![completed(1, 1, 1)]]).await;
    assert_eq!(told(&stage).await, [("in_app".to_owned(), NotificationStatus::Failed, String::new())]);
    assert_eq!((stage.deliveries().await.len(), stage.incidents("NOTIFICATION_SAYS_NOTHING").await), (1, 1));
    assert_eq!(stage.incidents("DEAD_LETTER").await, 0);
}

#[tokio::test]
async fn what_concerns_one_merchant_is_told_to_no_other() {
    let stage = Stage::new();
    let other = MerchantId::from_u128(8);
    stage.other().create_webhook_endpoint(&new_endpoint("https://other.example/")).await.unwrap();
    take(&stage, vec![vec![completed(1, 1, 1)]]).await;
    assert_eq!((stage.deliveries().await.len(), told(&stage).await.len()), (0, 1));
    assert_eq!(stage.other().count_unread_notifications(&other).await.unwrap().total, 0);
}
