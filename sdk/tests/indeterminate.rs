//! The outcome that is neither success nor failure, and how it is resolved. Time is virtual throughout.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use http::Method;
use payment_clients::{
    apis::channel_adapter::{ChannelPaymentApi, CreateChannelPayment},
    client::{BaseClient, ClientBuilder, ClientConfig},
    contract::{
        call::Call,
        certainty::Certainty,
        context::CallContext,
        deadline::Deadline,
        error::{Error, ErrorKind},
        idempotency::IdempotencyKey,
        indeterminate::{Indeterminate, Resolution},
        operation::{Class, Operation},
        options::CallOptions,
        options::Scoped,
        request::Request,
        status::StatusQuery,
    },
    platform::ChannelAdapterClient,
};
use serde_json::json;
use support::{DONE, SERVICE, Script, Step, broken, request};
use tokio::time::Instant;

static ASK: Operation = Operation::new(SERVICE, "get_transfer", Method::GET, "/transfers/{number}");
static PAY: Operation = Operation::new(SERVICE, "pay", Method::POST, "/transfers")
    .class(Class::Keyed)
    .money()
    .status(StatusQuery::new(&ASK, &[]));
static SEND: Operation = Operation::new(SERVICE, "send", Method::POST, "/transfers")
    .class(Class::Unsafe)
    .money()
    .status(StatusQuery::new(&ASK, &[]));

/// A call that ends before its key is forgotten.
const SHORT: Duration = Duration::from_millis(500);
const LOST: Step = Step::Fail(broken);
const ABSENT: Step = Step::Answer(404, &[], r#"{"code":"RESOURCE_NOT_FOUND","message":"no such transfer"}"#);
const DECLINED: Step = Step::Answer(422, &[], r#"{"code":"NO_FUNDS","message":"too little money"}"#);
const IN_PROGRESS: Step = Step::Answer(409, &[], r#"{"code":"IDEMPOTENCY_IN_PROGRESS","message":"still running"}"#);

fn transfer(operation: &'static Operation) -> Request {
    let mut request = Request::new(operation);
    request.json(&json!({ "number": "T 1", "amount": 5 })).unwrap();
    request
}

/// One attempt, whose answer is lost.
async fn lose(client: &BaseClient, request: impl Fn() -> Request + Sync) -> Indeterminate {
    let once = Scoped::new(client.clone(), CallOptions::new().max_attempts(1));
    let lost = once.scope(async { once.inner().call(request()).await }).await;
    lost.unwrap_err().into_indeterminate().unwrap()
}

async fn lost(client: &BaseClient, operation: &'static Operation) -> Indeterminate {
    lose(client, || transfer(operation)).await
}

/// Method and path of what was sent.
fn sent(script: &Script) -> Vec<String> {
    script.seen().iter().map(|request| format!("{} {}", request.method(), request.uri().path())).collect()
}

// === the rules ===

#[tokio::test(start_paused = true)]
async fn a_page_in_place_of_the_service_does_not_settle_where_money_went() {
    const PAGE: Step = Step::Answer(200, &[], r#"{"status":"maintenance"}"#);
    let script = Script::new([LOST, PAGE, PAGE, DONE]);
    // The query is a read, so it is repeated; only the third answer comes from the service.
    let resolution = lost(&script.client(), &SEND).await.reconcile().await.unwrap();
    let Resolution::Found(answer) = resolution else { panic!("{resolution:?}") };
    assert_eq!(answer.payload().as_ref(), br#"{"n":1}"#);
    assert!(script.finished());
}

#[tokio::test(start_paused = true)]
async fn the_status_query_is_asked_first_and_its_answer_settles() {
    let script = Script::new([LOST, DONE]);
    let unknown = lost(&script.client(), &PAY).await;
    assert_eq!(unknown.status_query().unwrap().name, "get_transfer");
    let started = Instant::now();
    let resolution = unknown.reconcile().await.unwrap();
    let Resolution::Found(answer) = resolution else { panic!("{resolution:?}") };
    assert_eq!(answer.decode::<serde_json::Value>().unwrap()["n"], 1);
    assert_eq!(sent(&script), ["POST /transfers", "GET /transfers/T%201"]);
    let traces = script.header("traceparent").into_iter().map(|trace| trace.unwrap()[..35].to_owned());
    assert_eq!(traces.collect::<BTreeSet<_>>().len(), 1, "one trace tells the whole story");
    assert!((900..=1100).contains(&started.elapsed().as_millis()), "{:?}", started.elapsed());
}

#[tokio::test(start_paused = true)]
async fn a_declared_status_query_is_filled_from_the_call() {
    let script = Script::new([LOST, LOST, DONE]);
    let channel = ChannelAdapterClient::from_base(script.client());
    let payment = CreateChannelPayment { payment_no: "PY/1".into(), ..CreateChannelPayment::default() };
    let error = channel.create_channel_payment(&payment).await.unwrap_err();
    let resolution = error.into_indeterminate().unwrap().reconcile().await.unwrap();
    assert!(matches!(resolution, Resolution::Found(_)), "{resolution:?}");
    assert_eq!(sent(&script).last().unwrap(), "GET /api/v1/channel/payments/PY%2F1");
}

#[tokio::test(start_paused = true)]
async fn what_the_server_does_not_know_is_repeated_with_the_same_key_and_bytes() {
    let script = Script::new([LOST, ABSENT, DONE]);
    let resolution = lost(&script.client(), &PAY).await.reconcile().await.unwrap();
    assert!(matches!(resolution, Resolution::Answered(_)), "{resolution:?}");
    let seen = script.seen();
    assert_eq!(sent(&script), ["POST /transfers", "GET /transfers/T%201", "POST /transfers"]);
    assert_eq!(seen[0].body(), seen[2].body());
    let keys = script.header("idempotency-key");
    assert!(keys[0].is_some() && keys[0] == keys[2], "{keys:?}");
}

#[tokio::test(start_paused = true)]
async fn a_keyed_call_without_a_status_query_is_repeated() {
    let script = Script::new([LOST, DONE]);
    let unknown = lose(&script.client(), || request(&support::PAY)).await;
    let resolution = unknown.reconcile().await.unwrap();
    assert!(matches!(resolution, Resolution::Answered(_)), "{resolution:?}");
    assert_eq!(sent(&script), ["POST /payments", "POST /payments"]);
}

#[tokio::test(start_paused = true)]
async fn a_repeat_that_is_refused_for_good_proves_that_nothing_happened() {
    let script = Script::new([LOST, ABSENT, IN_PROGRESS, ABSENT, DECLINED]);
    let once = |builder: ClientBuilder| builder.configure(|config| config.all_tiers(|tier| tier.max_attempts = 1));
    let resolution = lost(&script.client_with(once), &PAY).await.reconcile().await.unwrap();
    let Resolution::Refused(error) = resolution else { panic!("{resolution:?}") };
    assert_eq!((error.kind(), error.code()), (ErrorKind::Declined, Some("NO_FUNDS")));
    assert!(script.finished());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_has_no_such_route_has_not_said_that_the_effect_is_absent() {
    let script = Script::new([LOST]);
    script.then((0..30).map(|_| Step::Answer(404, &[], "404 page not found")));
    let resolution = lost(&script.client(), &SEND).await.reconcile().await.unwrap();
    assert!(matches!(resolution, Resolution::Unresolved(_)), "{resolution:?}");
}

#[tokio::test(start_paused = true)]
async fn an_unsafe_call_is_asked_for_and_never_repeated() {
    let script = Script::new([LOST]);
    script.then((0..30).map(|_| ABSENT));
    let started = Instant::now();
    let resolution = lost(&script.client(), &SEND).await.reconcile().await.unwrap();
    let Resolution::NotFound(unknown) = resolution else { panic!("{resolution:?}") };
    assert!((50..=60).contains(&started.elapsed().as_secs()), "patience ends: {:?}", started.elapsed());
    assert_eq!(sent(&script).iter().filter(|line| line.starts_with("POST")).count(), 1);
    assert_eq!(unknown.cause().certainty(), Certainty::PossiblyProcessed, "404 is no proof");
}

#[tokio::test(start_paused = true)]
async fn an_unsafe_call_without_a_status_query_stays_unresolved_at_once() {
    let script = Script::new([LOST]);
    let unknown = lose(&script.client(), || request(&support::SEND)).await;
    let started = Instant::now();
    let resolution = unknown.reconcile().await.unwrap();
    assert!(matches!(resolution, Resolution::Unresolved(_)), "{resolution:?}");
    assert_eq!(started.elapsed(), Duration::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_key_that_the_server_may_have_forgotten_is_not_repeated() {
    let script = Script::new([LOST]);
    script.then((0..30).map(|_| ABSENT));
    let once = |config: &mut ClientConfig| {
        config.all_tiers(|tier| (tier.total, tier.attempt_timeout) = (SHORT, SHORT));
        config.partner.key_lifetime = Duration::from_secs(1);
    };
    let client = script.client_with(|builder| builder.configure(once));
    let resolution = lost(&client, &PAY).await.reconcile().await.unwrap();
    assert!(matches!(resolution, Resolution::NotFound(_)), "{resolution:?}");
    assert_eq!(sent(&script).iter().filter(|line| line.starts_with("POST")).count(), 1);
}

#[tokio::test(start_paused = true)]
async fn patience_is_the_callers_to_choose() {
    let script = Script::new([LOST, ABSENT, ABSENT]);
    let started = Instant::now();
    let resolution = lost(&script.client(), &SEND).await.reconcile_within(Duration::from_secs(4)).await.unwrap();
    assert!(matches!(resolution, Resolution::NotFound(_)), "{resolution:?}");
    assert!(started.elapsed() <= Duration::from_secs(4));
    assert!(script.finished());
}

#[tokio::test(start_paused = true)]
async fn the_deadline_of_the_call_being_served_plays_no_part() {
    let script = Script::new([LOST, DONE]);
    let unknown = lost(&script.client(), &PAY).await;
    let mut context = CallContext::default();
    context.deadline = Some(Deadline::at(Instant::now().into_std()));
    let resolution = Arc::new(context).scope(unknown.reconcile()).await.unwrap();
    assert!(matches!(resolution, Resolution::Found(_)), "{resolution:?}");
}

#[tokio::test(start_paused = true)]
async fn only_the_service_itself_answers_for_an_effect_in_doubt() {
    static KEPT: Operation = Operation::new(SERVICE, "get_kept", Method::GET, "/transfers/{number}")
        .cache(Duration::from_secs(300), Duration::from_secs(300));
    static PAY: Operation = Operation::new(SERVICE, "pay", Method::POST, "/transfers")
        .class(Class::Keyed)
        .money()
        .status(StatusQuery::new(&KEPT, &[]));
    let script = Script::new([DONE, LOST, LOST, DONE]);
    let client = script.client_with(|builder| {
        let once = builder.configure(|config| config.all_tiers(|tier| tier.max_attempts = 1));
        once.fallback(&KEPT, |_: &Request, _: &Error| Some(json!({ "n": 0 })))
    });
    let mut earlier = Request::new(&KEPT);
    earlier.path_arg("number", "T 1").unwrap();
    client.call(earlier).await.unwrap();
    let resolution = lost(&client, &PAY).await.reconcile().await.unwrap();
    assert!(matches!(resolution, Resolution::Answered(_)), "neither cache nor fallback: {resolution:?}");
    assert_eq!(sent(&script)[2..], ["GET /transfers/T%201", "POST /transfers"]);
}

// === what cannot be resolved ===

#[tokio::test(start_paused = true)]
async fn a_field_that_the_call_lacks_is_named_and_the_doubt_stays() {
    let script = Script::new([LOST]);
    let unknown = lose(&script.client(), || request(&PAY)).await;
    let error = unknown.reconcile().await.unwrap_err();
    assert!(error.message().contains("`number`"), "{error}");
    assert_eq!(error.certainty(), Certainty::PossiblyProcessed);
    let unknown = error.into_indeterminate().unwrap();
    assert_eq!(unknown.operation().unwrap().name, "pay");
}

#[tokio::test(start_paused = true)]
async fn without_a_journal_nothing_can_be_parked_and_the_doubt_stays() {
    let script = Script::new([LOST, DONE]);
    let error = lost(&script.client(), &PAY).await.park().await.unwrap_err();
    assert!(error.message().contains("no journal"), "{error}");
    let unknown = error.into_indeterminate().unwrap();
    assert!(matches!(unknown.reconcile().await.unwrap(), Resolution::Found(_)), "still able to ask");
}

#[tokio::test]
async fn an_error_that_no_client_made_cannot_be_resolved() {
    let made = || Error::new(ErrorKind::Timeout, Certainty::PossiblyProcessed, "a stand-in's answer");
    let error = made().into_indeterminate().unwrap().reconcile().await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Configuration, Certainty::PossiblyProcessed));
    assert!(made().into_indeterminate().unwrap().park().await.is_err());
}

// === keys from intents ===

/// The keys of two processes that want the same, and the second one's outcome.
async fn key_of(options: CallOptions, secret: Option<[u8; 32]>) -> Result<String, Error> {
    let script = Script::new([DONE]);
    let client = script.client_with(|builder| match secret {
        Some(secret) => builder.key_secret(&secret.into()),
        None => builder,
    });
    let scoped = Scoped::new(client, options);
    scoped.scope(async { scoped.inner().call(transfer(&PAY)).await }).await?;
    Ok(script.header("idempotency-key").remove(0).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_restarted_process_derives_the_same_key_from_the_same_intent() {
    let capture = || CallOptions::new().intent("order-17/capture");
    let key = key_of(capture(), Some([7; 32])).await.unwrap();
    assert_eq!(key, key_of(capture(), Some([7; 32])).await.unwrap());
    assert_eq!(key.len(), 64, "Adyen takes no more");
    assert_ne!(key, key_of(CallOptions::new().intent("order-18/capture"), Some([7; 32])).await.unwrap());
    assert_ne!(key, key_of(capture(), Some([8; 32])).await.unwrap());
}

#[tokio::test(start_paused = true)]
async fn an_intent_that_makes_no_key_is_an_error_and_nothing_is_sent() {
    let error = key_of(CallOptions::new().intent("order-17/capture"), None).await.unwrap_err();
    assert!(error.message().contains("key_secret"), "{error}");
    assert_eq!(error.certainty(), Certainty::NotSent);
    let both = CallOptions::new().intent("order-17").key(IdempotencyKey::new("k").unwrap());
    assert_eq!(key_of(both, Some([7; 32])).await.unwrap_err().kind(), ErrorKind::InvalidRequest);
    let empty = CallOptions::new().intent("");
    assert_eq!(key_of(empty, Some([7; 32])).await.unwrap_err().kind(), ErrorKind::InvalidRequest);
}
