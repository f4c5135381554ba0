//! What a call looks like in a trace. A file of its own: whether a span is wanted is remembered by process.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex},
};

use payment_clients::{
    observe::recorder::{AttemptEnd, BreakerChange, CallEnd, Recorder, Retrying},
    resilience::gate::Phase,
};
use support::{DONE, NEWS, PAY, READ, Script, Step, broken, call, fund, refused};
use tracing::{
    Level, Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{Layer, layer::Context, layer::SubscriberExt, registry::LookupSpan};

/// A span as it was written.
#[derive(Clone, Debug)]
struct Seen {
    id: u64,
    parent: Option<u64>,
    name: &'static str,
    level: Level,
    fields: BTreeMap<String, String>,
}

/// Keeps every span.
#[derive(Clone, Default)]
struct Spans(Arc<Mutex<Vec<Seen>>>);

struct Fields<'a>(&'a mut BTreeMap<String, String>);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name().to_owned(), format!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name().to_owned(), value.to_owned());
    }

    fn record_u64(&mut self, field: &Field, _: u64) {
        panic!("`{}` is a u64, which OpenTelemetry would keep as a text", field.name());
    }
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Spans {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let mut fields = BTreeMap::new();
        attributes.record(&mut Fields(&mut fields));
        let parent = context.span(id).and_then(|span| span.parent().map(|parent| parent.id().into_u64()));
        let metadata = attributes.metadata();
        let (name, level) = (metadata.name(), *metadata.level());
        // Those of the libraries below are theirs.
        if metadata.target().starts_with("payment_clients") {
            self.0.lock().unwrap().push(Seen { id: id.into_u64(), parent, name, level, fields });
        }
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, _: Context<'_, S>) {
        let mut spans = self.0.lock().unwrap();
        let Some(span) = spans.iter_mut().rev().find(|span| span.id == id.into_u64()) else { return };
        values.record(&mut Fields(&mut span.fields));
    }
}

impl Spans {
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        tracing::subscriber::set_default(tracing_subscriber::registry().with(self.clone()))
    }

    fn take(&self) -> Vec<Seen> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Seen {
    fn field(&self, name: &str) -> Option<&str> {
        self.fields.get(name).map(String::as_str)
    }
}

#[tokio::test(start_paused = true)]
async fn a_call_holds_its_attempts_and_the_waits_between_them() {
    let (spans, script) = (Spans::default(), Script::default());
    let _listening = spans.listen();
    let client = script.client();
    fund(&script, &client, 10).await;
    spans.take();
    script.then([Step::Fail(broken), Step::Answer(503, &[], r#"{"code":"BUSY","message":"no"}"#), DONE]);
    call(&client, &PAY).await.unwrap();

    let seen = spans.take();
    let names: Vec<_> = seen.iter().map(|span| span.name).collect();
    assert_eq!(names, ["call", "attempt", "wait", "attempt", "wait", "attempt"]);
    let whole = &seen[0];
    assert!(seen[1..].iter().all(|span| span.parent == Some(whole.id)), "{seen:#?}");
    for (name, value) in [
        ("otel.name", "pay"),
        ("peer.service", "test-service"),
        ("call.class", "keyed"),
        ("call.tier", "critical"),
        ("call.attempts", "3"),
    ] {
        assert_eq!(whole.field(name), Some(value), "{name}");
    }
    assert_eq!((whole.field("error.type"), whole.field("otel.status_code")), (None, None));

    let attempts: Vec<_> = seen.iter().filter(|span| span.name == "attempt").collect();
    let told = |name| attempts.iter().map(|span| span.field(name)).collect::<Vec<_>>();
    assert_eq!(told("call.attempt"), [Some("1"), Some("2"), Some("3")]);
    assert_eq!(told("http.request.resend_count"), [None, Some("1"), Some("2")]);
    assert_eq!(told("error.type"), [Some("interrupted"), Some("unavailable"), None]);
    assert_eq!(told("http.response.status_code"), [None, Some("503"), Some("200")]);
    assert_eq!(told("call.certainty")[0], Some("possibly_processed"));
    assert_eq!(told("url.template"), [Some("/payments"); 3]);
    assert_eq!(told("http.request.method"), [Some("POST"); 3]);
    assert_eq!(told("server.address"), [Some("test"); 3]);
    assert_eq!(told("call.instance"), [Some("http://test"); 3]);

    let waits: Vec<_> = seen.iter().filter(|span| span.name == "wait").collect();
    assert!(waits.iter().all(|wait| wait.field("call.wait") == Some("backoff")));
    assert!(waits.iter().all(|wait| wait.field("call.budget_left").is_some()));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_failed_says_what_may_have_happened() {
    let (spans, script) = (Spans::default(), Script::new([Step::Fail(broken)]));
    let _listening = spans.listen();
    call(&script.client(), &support::SEND).await.unwrap_err();
    let whole = &spans.take()[0];
    let told = ["otel.status_code", "error.type", "call.certainty"].map(|name| whole.field(name));
    assert_eq!(told, [Some("ERROR"), Some("interrupted"), Some("possibly_processed")]);
}

#[tokio::test(start_paused = true)]
async fn a_long_poll_is_no_work_and_told_to_nobody_who_does_not_ask_for_details() {
    let (spans, script) = (Spans::default(), Script::new([DONE, DONE]));
    let _listening = spans.listen();
    let client = script.client();
    call(&client, &NEWS).await.unwrap();
    assert!(spans.take().iter().all(|span| span.level == Level::DEBUG));
    call(&client, &READ).await.unwrap();
    assert!(spans.take().iter().all(|span| span.level == Level::INFO));
}

/// What a recorder hears, as texts.
#[derive(Debug, Default)]
struct Heard(Mutex<Vec<String>>);

impl Recorder for Heard {
    fn attempt_ended(&self, attempt: &AttemptEnd<'_>) {
        let AttemptEnd { status, request_bytes, response_bytes, .. } = *attempt;
        self.0.lock().unwrap().push(format!("attempt {status:?} {request_bytes} {response_bytes}"));
    }

    fn call_ended(&self, call: &CallEnd<'_>) {
        self.0.lock().unwrap().push(format!("call {} {}", call.attempts, call.tier.as_str()));
    }

    fn retrying(&self, retry: &Retrying<'_>) {
        self.0.lock().unwrap().push(format!("retry after {} {}", retry.attempt, retry.error.kind().as_str()));
    }

    fn breaker_changed(&self, change: &BreakerChange<'_>) {
        let BreakerChange { service, instance, from, to, why, .. } = change;
        let (from, to, why) = (from.as_str(), to.as_str(), why.as_str());
        self.0.lock().unwrap().push(format!("{} {instance} {from} {to} {why}", service.name));
    }
}

#[tokio::test(start_paused = true)]
async fn a_recorder_hears_of_sizes_retries_and_breakers() {
    let (script, heard) = (Script::default(), Arc::new(Heard::default()));
    let client = script.client_with(|builder| builder.recorder(heard.clone()));
    fund(&script, &client, 10).await;
    heard.0.lock().unwrap().clear();
    script.then([Step::Fail(broken), DONE]);
    call(&client, &PAY).await.unwrap();
    let told = std::mem::take(&mut *heard.0.lock().unwrap());
    let received = support::OK.len();
    let expected = [
        "attempt None 12 0".to_owned(),
        "retry after 1 interrupted".to_owned(),
        format!("attempt Some(200) 12 {received}"),
        "call 2 critical".to_owned(),
    ];
    assert_eq!(told, expected);

    script.then((0..20).map(|_| Step::Fail(refused)));
    while client.status().instances[0].phase == Phase::Closed {
        call(&client, &READ).await.unwrap_err();
    }
    let told = heard.0.lock().unwrap();
    assert!(told.contains(&"test-service http://test closed open unreachable".to_owned()), "{told:?}");
}
