//! The channel simulator: each way to behave, one effect per key, and webhooks that arrive in the end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod paypal;
#[path = "../support/mod.rs"]
mod support;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::join_all;
use payment_clients::{
    apis::{
        channel_adapter::{ChannelWebhookApi, StripeEvent, StripeEventType, WebhookReceipt},
        ids::PaymentNo,
    },
    contract::{certainty::Certainty, error::ErrorKind, secret::Secret},
    prelude::*,
};
use payment_services::{
    channel_sim::{
        ChannelSim, Manners, Receiver,
        api::{ChannelSimApi, ChannelSimClient, CreateIntent, CreateRefund, IntentStatus, paypal::PaypalSimClient},
        domain::WEBHOOK_ID,
    },
    kit::{
        clock::Clock,
        store::Store,
        tasks::Tasks,
        webhook::{self, transmission::Transmission},
    },
};
use serde::de::DeserializeOwned;
use support::Place;
use tokio::{net::TcpListener, sync::Notify, time::timeout};

const SECRET: &str = "whsec_test";
const PATIENCE: Duration = Duration::from_secs(10);

/// Takes webhooks, after refusing some.
#[derive(Clone, Default)]
struct Platform(Arc<Inbox>);

#[derive(Default)]
struct Inbox {
    taken: Mutex<Vec<Bytes>>,
    refused: Mutex<Vec<Bytes>>,
    to_refuse: Mutex<u32>,
    news: Notify,
}

#[async_trait::async_trait]
impl ChannelWebhookApi for Platform {
    async fn handle_stripe_webhook(&self, signature: &str, body: Bytes) -> Result<WebhookReceipt> {
        let now = Clock::system().now().div_euclid(1000);
        webhook::verify(&[secret()], signature, now, &body).expect("a webhook is signed");
        let refuse = {
            let mut left = self.0.to_refuse.lock().unwrap();
            let refuse = *left > 0;
            *left = left.saturating_sub(1);
            refuse
        };
        let list = if refuse { &self.0.refused } else { &self.0.taken };
        list.lock().unwrap().push(body);
        self.0.news.notify_one();
        if refuse { Err(Error::internal("not now")) } else { Ok(WebhookReceipt { received: true }) }
    }

    async fn handle_paypal_webhook(
        &self,
        signature: &str,
        id: Option<&str>,
        time: Option<&str>,
        body: Bytes,
    ) -> Result<WebhookReceipt> {
        let now = Clock::system().now().div_euclid(1000);
        let sent = Transmission { id: id.unwrap(), time: time.unwrap(), webhook_id: WEBHOOK_ID };
        sent.verify(&[paypal_secret()], signature, now, &body).expect("a webhook is signed");
        self.0.taken.lock().unwrap().push(body);
        self.0.news.notify_one();
        Ok(WebhookReceipt { received: true })
    }
}

impl Platform {
    /// The first `number` events, once they are here.
    async fn events<T: DeserializeOwned>(&self, number: usize) -> Vec<T> {
        let wait = async {
            while self.0.taken.lock().unwrap().len() < number {
                self.0.news.notified().await;
            }
        };
        timeout(PATIENCE, wait).await.expect("the webhooks arrive");
        let bodies = self.0.taken.lock().unwrap();
        bodies.iter().map(|body| serde_json::from_slice(body).unwrap()).collect()
    }
}

/// A channel that serves on a socket of its own.
struct Channel {
    client: ChannelSimClient,
    paypal: PaypalSimClient,
    tasks: Tasks,
    store: Store,
}

impl Channel {
    async fn start(place: &Place, manners: Manners, platform: Option<&Platform>) -> Self {
        let receiver = platform.map(|platform| Receiver {
            api: Arc::new(platform.clone()),
            secret: secret(),
            paypal: paypal_secret(),
        });
        let sim = ChannelSim::open(place.stores(), Clock::system(), manners, receiver).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (client, paypal) = (ChannelSimClient::connect(&url).unwrap(), PaypalSimClient::connect(&url).unwrap());
        let (mut tasks, store, router) = (Tasks::default(), sim.store().clone(), sim.router());
        sim.spawn(&mut tasks);
        tasks.spawn("test server", |mut shutdown| async move {
            tokio::select! {
                biased;
                () = shutdown.begun() => {}
                served = axum::serve(listener, router) => served.unwrap(),
            }
        });
        Self { client, paypal, tasks, store }
    }

    async fn pays(&self, who: &str, key: &str) -> Result<payment_services::channel_sim::api::PaymentIntent> {
        self.client.with(CallOptions::new().key(key.parse().unwrap())).create_payment_intent(&payer(who)).await
    }

    async fn stop(self) {
        assert_eq!(self.tasks.stop(PATIENCE).await, [""; 0]);
        self.store.close().await.unwrap();
    }
}

fn secret() -> Secret<String> {
    Secret::new(SECRET.to_owned())
}

fn paypal_secret() -> Secret<String> {
    Secret::new("paypal_test".to_owned())
}

fn payer(who: &str) -> CreateIntent {
    CreateIntent {
        amount: 1999,
        currency: "usd".to_owned(),
        metadata: BTreeMap::from([("payment_no".to_owned(), format!("PY-{who}"))]),
        receipt_email: Some(format!("{who}@example.com").into()),
        description: None,
    }
}

fn reference(who: &str) -> PaymentNo {
    format!("PY-{who}").into()
}

/// What the channel's book holds, once it is closed.
fn book(place: &Place) -> Vec<(String, String, i64)> {
    let book = place.stores().book("channel-sim").unwrap();
    const ALL: &str = "SELECT payment_no, status, amount FROM intents ORDER BY payment_no, created_at";
    book.read(|view| view.all(ALL, &[], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))).unwrap()
}

fn row(who: &str, status: &str) -> (String, String, i64) {
    (format!("PY-{who}"), status.to_owned(), 1999)
}

#[tokio::test]
async fn a_payment_is_taken_answered_and_told_by_a_signed_webhook() {
    let (place, platform) = (Place::new(), Platform::default());
    let channel = Channel::start(&place, Manners::default(), Some(&platform)).await;
    let answer = channel.pays("ann", "k1").await.unwrap();
    assert_eq!((answer.status.as_str(), answer.amount, answer.currency.as_str()), ("processing", 1999, "usd"));
    assert!(answer.id.as_str().starts_with("pi_") && answer.client_secret.starts_with(answer.id.as_str()));

    let events: Vec<StripeEvent> = platform.events(1).await;
    let object = &events[0].data.object;
    assert_eq!((&events[0].kind, events[0].api_version.as_str()), (&StripeEventType::Succeeded, "2023-10-16"));
    assert_eq!((object.id.as_deref(), object.amount), (Some(answer.id.as_str()), Some(1999)));
    assert_eq!(object.metadata.as_ref().unwrap()["payment_no"], "PY-ann");

    let found = channel.client.list_payment_intents(reference("ann")).await.unwrap();
    assert_eq!(found.data, [channel.client.get_payment_intent(&answer.id).await.unwrap()]);
    assert_eq!(found.data[0].status, IntentStatus::Succeeded);
    let unknown = channel.client.get_payment_intent(&"pi_none".into()).await.unwrap_err();
    assert_eq!(unknown.kind(), ErrorKind::NotFound);
    channel.stop().await;
    assert_eq!(book(&place), [row("ann", "captured")]);
}

#[tokio::test]
async fn one_key_is_one_payment() {
    let place = Place::new();
    let channel = Channel::start(&place, Manners::default(), None).await;
    let answers = join_all((0..32).map(|_| channel.pays("bob", "k1"))).await;
    let first = answers[0].as_ref().unwrap();
    assert!(answers.iter().all(|answer| answer.as_ref().unwrap() == first));

    let other = channel.pays("eve", "k1").await.unwrap_err();
    assert_eq!(other.kind(), ErrorKind::KeyReused);
    channel.stop().await;
    assert_eq!(book(&place), [row("bob", "captured")]);
}

#[tokio::test]
async fn what_cannot_be_paid_is_refused_and_leaves_the_key_free() {
    let place = Place::new();
    let channel = Channel::start(&place, Manners::default(), None).await;
    let client = channel.client.with(CallOptions::new().key("k1".parse().unwrap()));
    let zero = client.create_payment_intent(&CreateIntent { amount: 0, ..payer("ann") }).await.unwrap_err();
    assert_eq!((zero.kind(), zero.message()), (ErrorKind::InvalidInput, "`amount` must be at least 1, got 0"));
    let upper = CreateIntent { currency: "USD".to_owned(), ..payer("ann") };
    let upper = client.create_payment_intent(&upper).await.unwrap_err();
    assert!(upper.message().contains("lower case"), "{upper}");
    channel.pays("ann", "k1").await.unwrap();
    channel.stop().await;
    assert_eq!(book(&place).len(), 1);
}

#[tokio::test]
async fn a_declined_card_stays_declined() {
    let (place, platform) = (Place::new(), Platform::default());
    let channel = Channel::start(&place, Manners::default(), Some(&platform)).await;
    for _ in 0..2 {
        let error = channel.pays("decline", "k1").await.unwrap_err();
        assert_eq!((error.kind(), error.certainty()), (ErrorKind::Declined, Certainty::Processed));
        assert_eq!((error.code(), error.status().unwrap().as_u16()), (Some("card_declined"), 402));
    }
    channel.stop().await;
    assert_eq!(book(&place), [row("decline", "declined")]);
    assert!(platform.0.taken.lock().unwrap().is_empty());
}

#[tokio::test]
async fn an_accepted_payment_may_fail_later() {
    let (place, platform) = (Place::new(), Platform::default());
    let channel = Channel::start(&place, Manners::default(), Some(&platform)).await;
    let answer = channel.pays("fail", "k1").await.unwrap();
    assert_eq!(answer.status, IntentStatus::Processing);
    assert_eq!(platform.events::<StripeEvent>(1).await[0].kind, StripeEventType::PaymentFailed);
    channel.stop().await;
    assert_eq!(book(&place), [row("fail", "failed")]);
}

#[tokio::test]
async fn an_answer_that_is_kept_back_or_lost_leaves_doubt_and_one_payment() {
    let place = Place::new();
    let channel = Channel::start(&place, Manners::default(), None).await;
    for (who, deadline) in [("hang", Duration::from_millis(300)), ("lose_answer", PATIENCE)] {
        let options = CallOptions::new().key(who.parse().unwrap()).max_attempts(1).deadline(deadline);
        let error = channel.client.with(options).create_payment_intent(&payer(who)).await.unwrap_err();
        assert_eq!(error.certainty(), Certainty::PossiblyProcessed, "{error}");
        // Asked by reference, and by the same key.
        let found = channel.client.list_payment_intents(reference(who)).await.unwrap().data;
        let again = channel.pays(who, who).await.unwrap();
        assert_eq!((found.len(), &found[0].id), (1, &again.id));
    }
    channel.stop().await;
    assert_eq!(book(&place), [row("hang", "captured"), row("lose_answer", "captured")]);
}

#[tokio::test]
async fn the_client_gets_over_a_lost_answer_and_a_refusal_by_itself() {
    for who in ["lose_answer", "refuse_once"] {
        let place = Place::new();
        let channel = Channel::start(&place, Manners::default(), None).await;
        channel.pays(who, "k1").await.unwrap();
        channel.stop().await;
        assert_eq!(book(&place), [row(who, "captured")]);
    }
}

#[tokio::test]
async fn a_refusal_before_the_work_began_says_so() {
    let place = Place::new();
    let channel = Channel::start(&place, Manners::default(), None).await;
    let once = CallOptions::new().key("k1".parse().unwrap()).max_attempts(1);
    let refused = channel.client.with(once).create_payment_intent(&payer("refuse_once")).await.unwrap_err();
    assert_eq!(refused.certainty(), Certainty::NotProcessed);
    channel.stop().await;
    assert_eq!(book(&place), []);
}

#[tokio::test]
async fn webhooks_come_not_at_all_or_three_times() {
    let (place, platform) = (Place::new(), Platform::default());
    let channel = Channel::start(&place, Manners::default(), Some(&platform)).await;
    channel.pays("silent", "k1").await.unwrap();
    channel.pays("duplicate", "k2").await.unwrap();
    let events: Vec<StripeEvent> = platform.events(3).await;
    channel.stop().await;
    assert_eq!(platform.0.taken.lock().unwrap().len(), 3);
    assert!(events.iter().all(|event| event == &events[0]));
    assert_eq!(events[0].data.object.metadata.as_ref().unwrap()["payment_no"], "PY-duplicate");
}

#[tokio::test]
async fn a_late_payment_is_captured_unless_it_was_cancelled_before() {
    let (place, platform) = (Place::new(), Platform::default());
    let soon = Manners { late: Duration::from_millis(50), ..Manners::default() };
    let channel = Channel::start(&place, soon, Some(&platform)).await;
    let late = channel.pays("late", "k1").await.unwrap();
    assert_eq!(platform.events::<StripeEvent>(1).await[0].kind, StripeEventType::Succeeded);
    let refused = channel.client.cancel_payment_intent(&late.id).await.unwrap_err();
    assert_eq!((refused.kind(), refused.code()), (ErrorKind::Conflict, Some("payment_intent_unexpected_state")));
    channel.stop().await;

    let never = Manners { late: Duration::from_secs(3600), ..Manners::default() };
    let channel = Channel::start(&place, never, Some(&platform)).await;
    let late = channel.pays("late", "k2").await.unwrap();
    assert_eq!(channel.client.get_payment_intent(&late.id).await.unwrap().status, IntentStatus::Processing);
    for _ in 0..2 {
        let cancelled = channel.client.cancel_payment_intent(&late.id).await.unwrap();
        assert_eq!(cancelled.status, IntentStatus::Canceled);
    }
    assert_eq!(platform.events::<StripeEvent>(2).await[1].kind, StripeEventType::Canceled);
    channel.stop().await;
    assert_eq!(book(&place), [row("late", "captured"), row("late", "canceled")]);
}

#[tokio::test]
async fn a_cancellation_that_comes_too_late_is_answered_and_the_money_is_taken_all_the_same() {
    let (place, platform) = (Place::new(), Platform::default());
    let soon = Manners { late: Duration::from_millis(50), ..Manners::default() };
    let channel = Channel::start(&place, soon, Some(&platform)).await;
    let waits = channel.pays("too_late", "k1").await.unwrap();
    assert_eq!(channel.client.get_payment_intent(&waits.id).await.unwrap().status, IntentStatus::Processing);
    assert_eq!(channel.client.cancel_payment_intent(&waits.id).await.unwrap().status, IntentStatus::Canceled);
    assert_eq!(platform.events::<StripeEvent>(1).await[0].kind, StripeEventType::Succeeded);
    channel.stop().await;
    assert_eq!(book(&place), [row("too_late", "captured")]);
}

#[tokio::test]
async fn money_goes_back_once_and_never_more_than_was_taken() {
    let (place, platform) = (Place::new(), Platform::default());
    let channel = Channel::start(&place, Manners::default(), Some(&platform)).await;
    let paid = channel.pays("ann", "k1").await.unwrap();
    let refund = |key: &str, amount| {
        let client = channel.client.with(CallOptions::new().key(key.parse().unwrap()));
        let refund = CreateRefund { payment_intent: paid.id.clone(), amount, metadata: BTreeMap::new() };
        async move { client.create_refund(&refund).await }
    };
    let part = refund("r1", Some(500)).await.unwrap();
    assert_eq!(refund("r1", Some(500)).await.unwrap(), part);
    assert_eq!(channel.client.get_refund(&part.id).await.unwrap(), part);
    assert_eq!(refund("r2", Some(1500)).await.unwrap_err().code(), Some("refund_exceeds_charge"));
    assert_eq!(refund("r3", None).await.unwrap().amount, 1499);
    assert_eq!(refund("r4", Some(1)).await.unwrap_err().code(), Some("charge_already_refunded"));
    assert_eq!(channel.client.get_payment_intent(&paid.id).await.unwrap().amount_refunded, 1999);

    let events: Vec<StripeEvent> = platform.events(3).await;
    let refunded = events.iter().filter(|event| event.kind == StripeEventType::Refunded);
    let mut told: Vec<_> = refunded.map(|event| event.data.object.amount_refunded).collect();
    told.sort_unstable();
    assert_eq!(told, [Some(500), Some(1999)]);
    assert!(
        events.iter().any(|event| event
            .data
            .object
            .payment_intent
            .as_ref()
            .is_some_and(|id| id.as_str() == paid.id.as_str()))
    );
    channel.stop().await;
}

#[tokio::test]
async fn a_webhook_is_sent_again_until_it_is_taken_and_by_the_next_process_too() {
    let (place, platform) = (Place::new(), Platform::default());
    let channel = Channel::start(&place, Manners::default(), None).await;
    channel.pays("ann", "k1").await.unwrap();
    channel.stop().await;

    *platform.0.to_refuse.lock().unwrap() = 2;
    let channel = Channel::start(&place, Manners::default(), Some(&platform)).await;
    platform.events::<StripeEvent>(1).await;
    channel.stop().await;
    let (taken, refused) = (platform.0.taken.lock().unwrap(), platform.0.refused.lock().unwrap());
    assert_eq!(refused.len(), 2);
    assert!(refused.iter().all(|body| *body == taken[0]), "every attempt carries the same bytes");
}
