//! The cache: what answers again, for whom and how long. Time is virtual throughout.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{sync::Arc, time::Duration};

use http::Method;
use payment_clients::{
    client::BaseClient,
    contract::{
        call::Call,
        context::CallContext,
        error::{ErrorKind, Result},
        operation::{Class, Operation},
        options::{CallOptions, Scoped},
        request::Request,
        response::Response,
    },
};
use support::{DONE, OK, SERVICE, Script, Step, call, refused, request};
use tokio::time::{Instant, advance};

const TTL: Duration = Duration::from_secs(5);
const STALE: Duration = Duration::from_secs(300);
static RATES: Operation = Operation::new(SERVICE, "rates", Method::GET, "/rates/{id}").cache(TTL, STALE);
const NEWER: &str = r#"{"code":"SUCCESS","message":"ok","data":{"n":2}}"#;

fn number(answer: Result<Response>) -> u64 {
    answer.unwrap().decode::<serde_json::Value>().unwrap()["n"].as_u64().unwrap()
}

async fn fresh(client: &BaseClient) -> Result<Response> {
    let scoped = Scoped::new(client.clone(), CallOptions::new().fresh());
    scoped.scope(async { call(client, &RATES).await }).await
}

async fn on_behalf_of(principal: &str, client: &BaseClient) -> Result<Response> {
    let mut context = CallContext::default();
    context.principal = Some(principal.to_owned());
    Arc::new(context).scope(async { call(client, &RATES).await }).await
}

#[tokio::test(start_paused = true)]
async fn a_kept_answer_survives_a_dead_service_until_it_expires() {
    let script = Script::new([DONE]);
    let client = script.client();
    for _ in 0..5 {
        assert_eq!(number(call(&client, &RATES).await), 1);
        advance(Duration::from_millis(999)).await;
    }
    assert_eq!(script.seen().len(), 1, "five calls in five seconds, one attempt");
    script.then([Step::Answer(200, &[], NEWER)]);
    advance(Duration::from_millis(5)).await;
    assert_eq!(number(call(&client, &RATES).await), 2);
    assert_eq!(script.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn an_expired_answer_answers_for_a_failing_service_and_not_for_ever() {
    let script = Script::new([DONE]);
    let client = script.client();
    call(&client, &RATES).await.unwrap();
    advance(TTL).await;
    script.then((0..3).map(|_| Step::Fail(refused)));
    assert_eq!(number(call(&client, &RATES).await), 1);
    assert!(script.seen().len() > 1, "the service was asked first");

    advance(STALE).await;
    script.then((0..6).map(|_| Step::Fail(refused)));
    assert!(call(&client, &RATES).await.unwrap_err().certainty().nothing_happened());
}

#[tokio::test(start_paused = true)]
async fn an_expired_answer_comes_in_time_when_the_service_does_not_answer_at_all() {
    let script = Script::new([DONE, Step::Hang, Step::Hang, Step::Hang]);
    let client =
        script.client_with(|builder| builder.configure(|config| config.all_tiers(|tier| tier.max_attempts = 1)));
    call(&client, &RATES).await.unwrap();
    advance(TTL).await;
    let options = CallOptions::new().deadline(Duration::from_millis(500));
    let begun = Instant::now();
    let answer = Scoped::new(client.clone(), options).scope(async { call(&client, &RATES).await }).await;
    assert_eq!(number(answer), 1);
    assert_eq!(begun.elapsed().as_millis(), 480, "20 ms of the deadline are kept");
}

#[tokio::test(start_paused = true)]
async fn a_refusal_by_the_service_is_never_answered_from_the_cache() {
    let script = Script::new([DONE, Step::Answer(404, &[], "")]);
    let client = script.client();
    call(&client, &RATES).await.unwrap();
    advance(TTL).await;
    assert_eq!(call(&client, &RATES).await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test(start_paused = true)]
async fn principals_never_share_an_answer() {
    let script = Script::new([DONE, DONE, DONE]);
    let client = script.client();
    for _ in 0..3 {
        on_behalf_of("merchant-a", &client).await.unwrap();
        on_behalf_of("merchant-b", &client).await.unwrap();
        call(&client, &RATES).await.unwrap();
    }
    assert_eq!(script.seen().len(), 3, "one for each merchant and one for the process itself");
}

#[tokio::test(start_paused = true)]
async fn every_argument_is_part_of_what_was_asked() {
    let script = Script::new([DONE, DONE, DONE, DONE]);
    let client = script.client();
    let asked = |id: &'static str, page: Option<&'static str>, language: Option<&'static str>| {
        let mut request = Request::new(&RATES);
        request.path_arg("id", id).unwrap();
        request.query_arg("page", page);
        request.header_arg("accept-language", language).unwrap();
        request
    };
    for _ in 0..2 {
        for (id, page, language) in
            [("1", None, None), ("2", None, None), ("1", Some("2"), None), ("1", None, Some("de"))]
        {
            client.call(asked(id, page, language)).await.unwrap();
        }
    }
    assert_eq!(script.seen().len(), 4);
}

#[tokio::test(start_paused = true)]
async fn nothing_but_a_success_is_kept() {
    let no = r#"{"code":"NO","message":"no"}"#;
    let script = Script::new([Step::Answer(404, &[], ""), Step::Answer(200, &[], no), DONE]);
    let client = script.client();
    assert_eq!(call(&client, &RATES).await.unwrap_err().kind(), ErrorKind::NotFound);
    assert_eq!(call(&client, &RATES).await.unwrap_err().kind(), ErrorKind::Declined);
    assert_eq!(number(call(&client, &RATES).await), 1);
}

#[tokio::test(start_paused = true)]
async fn the_service_may_shorten_the_time_and_never_lengthen_it() {
    const SECOND: Duration = Duration::from_secs(1);
    let kept_for = [
        (&[("cache-control", "no-store")][..], Duration::ZERO),
        (&[("cache-control", "no-cache")], Duration::ZERO),
        (&[("cache-control", "private, max-age=1")], SECOND),
        (&[("cache-control", "Max-Age=\"2\", public")], 2 * SECOND),
        (&[("cache-control", "max-age=3600")], TTL),
        (&[("cache-control", "max-age=soon")], TTL),
    ];
    for (headers, time) in kept_for {
        let script = Script::new([Step::Answer(200, headers, OK), DONE]);
        let client = script.client();
        call(&client, &RATES).await.unwrap();
        if !time.is_zero() {
            advance(time - Duration::from_millis(1)).await;
            call(&client, &RATES).await.unwrap();
            assert_eq!(script.seen().len(), 1, "{headers:?}: still kept");
            advance(Duration::from_millis(1)).await;
        }
        call(&client, &RATES).await.unwrap();
        assert_eq!(script.seen().len(), 2, "{headers:?}: not kept any longer");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_must_be_revalidated_is_worth_nothing_once_expired() {
    let script = Script::new([Step::Answer(200, &[("cache-control", "must-revalidate")], OK)]);
    let client = script.client();
    call(&client, &RATES).await.unwrap();
    advance(TTL).await;
    script.then((0..3).map(|_| Step::Fail(refused)));
    call(&client, &RATES).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn a_fresh_call_asks_the_service_and_renews_what_is_kept() {
    let script = Script::new([DONE, Step::Answer(200, &[], NEWER)]);
    let client = script.client();
    call(&client, &RATES).await.unwrap();
    assert_eq!(number(fresh(&client).await), 2);
    assert_eq!(number(call(&client, &RATES).await), 2);
    script.then((0..3).map(|_| Step::Fail(refused)));
    advance(TTL).await;
    fresh(&client).await.unwrap_err();
}

#[tokio::test(start_paused = true)]
async fn an_answer_never_replaces_one_that_was_asked_for_later() {
    let script = Script::new([Step::Slow(Duration::from_millis(100)), Step::Answer(200, &[], NEWER)]);
    let client = script.client();
    let later = async {
        tokio::time::sleep(Duration::from_millis(10)).await;
        fresh(&client).await
    };
    let (early, later) = tokio::join!(call(&client, &RATES), later);
    assert_eq!((number(early), number(later)), (1, 2));
    assert_eq!(number(call(&client, &RATES).await), 2);
}

#[tokio::test(start_paused = true)]
async fn what_changes_something_or_moves_money_is_asked_for_each_time() {
    static PUT: Operation =
        Operation::new(SERVICE, "put", Method::PUT, "/things").class(Class::Idempotent).cache(TTL, STALE);
    static BALANCE: Operation = Operation::new(SERVICE, "balance", Method::GET, "/balance").money().cache(TTL, STALE);
    let script = Script::new([DONE, DONE, DONE, DONE]);
    let client = script.client();
    for operation in [&PUT, &PUT, &BALANCE, &BALANCE] {
        client.call(request(operation)).await.unwrap();
    }
    assert!(script.finished());
}

#[tokio::test(start_paused = true)]
async fn the_memory_of_a_cache_is_fixed_once_its_client_is_built() {
    let client = Script::default().client();
    let error = client.reconfigure(|config| config.cache.max_bytes = 1).unwrap_err();
    assert!(error.message().contains("build another"), "{error}");
}
