//! Calls that travel together: who with whom, for how long they wait, and what each knows at its end. Time is virtual.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use futures_util::future::join_all;
use http::{Method, Request as HttpRequest, Response as HttpResponse};
use payment_clients::{
    client::{BaseClient, ClientBuilder},
    contract::{
        call::Call,
        certainty::Certainty::{self, NotProcessed, NotSent, PossiblyProcessed, Processed},
        context::CallContext,
        error::{Error, ErrorKind, Result},
        explain::Decision,
        operation::{Class, Operation, Tier},
        options::{CallOptions, Scoped},
        request::Request,
        response::Response,
    },
    transport::memory::Memory,
};
use serde_json::{Value, json};
use support::{SERVICE, Script, Step, broken, fund, refused};
use tokio::time::Instant;

static TELL_ALL: Operation = Operation::new(SERVICE, "tell_all", Method::POST, "/all").class(Class::Unsafe);
static TELL: Operation = Operation::new(SERVICE, "tell", Method::POST, "/one").class(Class::Unsafe).batch(&TELL_ALL);

/// A service that answers each number with ten times that number, and keeps what it was sent and when.
#[derive(Clone, Default)]
struct Tenfold(Arc<Mutex<Vec<Sent>>>);

type Sent = (Instant, HttpRequest<Bytes>);

impl Tenfold {
    fn client(&self, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> BaseClient {
        let seen = Arc::clone(&self.0);
        let transport = Memory::new(move |request: HttpRequest<Bytes>| {
            let answer = match serde_json::from_slice(request.body()).unwrap() {
                Value::Array(numbers) => numbers.iter().map(|n| json!(n.as_u64().unwrap() * 10)).collect(),
                number => json!(number.as_u64().unwrap() * 10),
            };
            seen.lock().unwrap().push((Instant::now(), request));
            async move {
                tokio::time::sleep(Duration::from_millis(20)).await;
                let body = json!({ "code": "SUCCESS", "message": "ok", "data": answer });
                Ok(HttpResponse::new(body.to_string().into()))
            }
        });
        change(BaseClient::builder(SERVICE).url("http://test")).build_on(&transport).unwrap()
    }

    /// How many calls each batch held; 0 for a call that travelled alone.
    fn sizes(&self) -> Vec<usize> {
        let size = |body: Value| body.as_array().map_or(0, Vec::len);
        self.0.lock().unwrap().iter().map(|(_, sent)| size(serde_json::from_slice(sent.body()).unwrap())).collect()
    }
}

fn telling(number: u64) -> Request {
    let mut request = Request::new(&TELL);
    request.json(&number).unwrap();
    request
}

async fn tell(client: &BaseClient, number: u64) -> Result<u64> {
    client.call(telling(number)).await?.decode()
}

async fn tell_with(options: CallOptions, client: &BaseClient, number: u64) -> Result<u64> {
    Scoped::new(client.clone(), options).scope(async { tell(client, number).await }).await
}

/// Three calls that go the same way.
async fn three(step: Step) -> Vec<Error> {
    let client = Script::new([step])
        .client_with(|builder| builder.configure(|config| config.all_tiers(|tier| tier.max_attempts = 1)));
    let answers = join_all((0..3).map(|number| client.call(telling(number)))).await;
    answers.into_iter().map(Result::<Response>::unwrap_err).collect()
}

#[tokio::test(start_paused = true)]
async fn calls_of_one_window_travel_as_one_and_each_gets_its_own_answer() {
    let service = Tenfold::default();
    let client = service.client(|builder| builder);
    let begun = Instant::now();
    let answers = join_all((0..10).map(|number| tell(&client, number))).await;
    assert_eq!(begun.elapsed().as_millis(), 25, "5 ms of waiting and 20 of answering");
    for (number, answer) in (0..).zip(answers) {
        assert_eq!(answer.unwrap(), number * 10);
    }
    assert_eq!(service.sizes(), [10]);
    let (_, sent) = service.0.lock().unwrap()[0].clone();
    assert_eq!((sent.uri().path(), &sent.body()[..]), ("/all", &b"[0,1,2,3,4,5,6,7,8,9]"[..]));
    tell(&client, 11).await.unwrap();
    assert_eq!(service.sizes(), [10, 1], "a later call is in a later batch");
}

#[tokio::test(start_paused = true)]
async fn a_full_batch_leaves_at_once() {
    let service = Tenfold::default();
    let client = service.client(|builder| builder);
    let begun = Instant::now();
    let answers = join_all((0..250).map(|number| tell(&client, number))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(service.sizes(), [100, 100, 50]);
    let left: Vec<u128> = service.0.lock().unwrap().iter().map(|(at, _)| (*at - begun).as_millis()).collect();
    assert_eq!(left, [0, 0, 5]);
}

#[tokio::test(start_paused = true)]
async fn the_bytes_of_a_batch_are_bounded() {
    let service = Tenfold::default();
    let client = service.client(|builder| builder.configure(|config| config.batch.max_bytes = 8));
    let numbers = [111, 222, 333, 123_456_789, 444];
    let answers = join_all(numbers.map(|number| tell(&client, number))).await;
    assert!(answers.into_iter().zip(numbers).all(|(answer, number)| answer.unwrap() == number * 10));
    assert_eq!(service.sizes().iter().sum::<usize>(), numbers.len());
    let mut sizes = service.sizes();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 1, 1, 2], "a body larger than the bound travels alone");
}

#[tokio::test(start_paused = true)]
async fn principals_and_tiers_travel_apart() {
    let service = Tenfold::default();
    let client = service.client(|builder| builder);
    let merchant = |name: &str| {
        let mut context = CallContext::default();
        context.principal = Some(name.to_owned());
        let (context, client) = (Arc::new(context), client.clone());
        async move { context.scope(async { tell(&client, 1).await }).await }
    };
    let low = || tell_with(CallOptions::new().tier(Tier::Standard), &client, 1);
    let (a, b, a2, low1, low2) = tokio::join!(merchant("a"), merchant("b"), merchant("a"), low(), low());
    assert!([a, b, a2, low1, low2].iter().all(Result::is_ok));
    let mut sizes = service.sizes();
    sizes.sort_unstable();
    assert_eq!(sizes, [1, 2, 2]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_takes_only_itself_away() {
    let service = Tenfold::default();
    let client = service.client(|builder| builder);
    let patient = join_all((0..3).map(|number| tell(&client, number)));
    let before = tokio::time::timeout(Duration::from_millis(1), tell(&client, 7));
    let (patient, before) = tokio::join!(patient, before);
    assert!(patient.iter().all(Result::is_ok) && before.is_err());
    assert_eq!(service.sizes(), [3], "who left before the batch did is not in it");

    // Who opened the window is no more needed than anybody else.
    let (first, others) = tokio::join!(
        tell_with(CallOptions::new().deadline(Duration::from_millis(12)), &client, 8),
        join_all((0..3).map(|number| tell(&client, number))),
    );
    let first = first.unwrap_err();
    assert_eq!((first.kind(), first.certainty()), (ErrorKind::Timeout, PossiblyProcessed));
    assert!(first.into_indeterminate().unwrap().sent_at().is_some());
    assert!(others.iter().all(Result::is_ok));
    assert_eq!(service.sizes(), [3, 4]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_gives_up_on_a_batch_not_yet_sent_is_in_doubt_all_the_same() {
    const LATER: &[(&str, &str)] = &[("x-nack", "retry"), ("retry-after", "1")];
    let script = Script::default();
    let client = script.client();
    fund(&script, &client, 10).await;
    script.then([
        Step::Answer(503, LATER, ""),
        Step::Answer(200, &[], r#"{"code":"SUCCESS","message":"ok","data":[1,2]}"#),
    ]);
    let hasty = CallOptions::new().deadline(Duration::from_millis(100));
    let (hasty, patient) = tokio::join!(tell_with(hasty, &client, 1), tell(&client, 2));
    let hasty = hasty.unwrap_err();
    assert_eq!((hasty.kind(), hasty.certainty()), (ErrorKind::Timeout, PossiblyProcessed));
    assert_eq!(patient.unwrap(), 2, "nothing had been done at 100 ms, and a second later it was");
    assert_eq!(&script.seen()[1].body()[..], b"[1,2]");
}

#[tokio::test(start_paused = true)]
async fn a_batch_without_callers_is_not_sent() {
    let service = Tenfold::default();
    let client = service.client(|builder| builder);
    tokio::time::timeout(Duration::from_millis(1), tell(&client, 7)).await.unwrap_err();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(service.sizes().is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_nearest_deadline_shortens_the_wait_and_the_latest_ends_the_batch() {
    let service = Tenfold::default();
    let client = service.client(|builder| builder.configure(|config| config.batch.window = Duration::from_secs(1)));
    let begun = Instant::now();
    let hasty = CallOptions::new().deadline(Duration::from_millis(100));
    let (patient, hasty) = tokio::join!(tell(&client, 1), tell_with(hasty, &client, 2));
    assert_eq!((patient.unwrap(), hasty.unwrap()), (10, 20));
    let (left, sent) = service.0.lock().unwrap()[0].clone();
    assert_eq!((left - begun).as_millis(), 50, "half of the nearest deadline");
    assert_eq!(sent.headers()["x-deadline-ms"], "2950", "what is left of the critical tier's three seconds");
}

#[tokio::test(start_paused = true)]
async fn the_certainty_of_a_batch_is_that_of_each_call_in_it() {
    let rows: [(Step, ErrorKind, Certainty); 6] = [
        (Step::Fail(refused), ErrorKind::Unreachable, NotSent),
        (Step::Answer(503, &[("x-nack", "retry")], ""), ErrorKind::Unavailable, NotProcessed),
        (Step::Fail(broken), ErrorKind::Interrupted, PossiblyProcessed),
        (Step::Hang, ErrorKind::Timeout, PossiblyProcessed),
        (Step::Answer(500, &[], ""), ErrorKind::Internal, PossiblyProcessed),
        (Step::Answer(400, &[], ""), ErrorKind::InvalidInput, Processed),
    ];
    for (step, kind, certainty) in rows {
        for error in three(step).await {
            assert_eq!((error.kind(), error.certainty(), error.attempts()), (kind, certainty, 1), "{error}");
            assert!(error.message().starts_with("in a batch of 3: "), "{error}");
            let explanation = error.explain().unwrap();
            assert!(explanation.decisions().contains(&Decision::Batched(3)), "{explanation}");
            assert!(explanation.to_string().contains("attempt 1: "), "the batch's own decisions follow: {explanation}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_of_another_length_could_be_anybodys() {
    for body in [
        r#"{"code":"SUCCESS","message":"ok","data":[1,2]}"#,
        r#"{"code":"SUCCESS","message":"ok","data":[1,2,3,4]}"#,
        r#"{"code":"SUCCESS","message":"ok","data":{"list":[1,2,3]}}"#,
    ] {
        for error in three(Step::Answer(200, &[], body)).await {
            assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unreadable, PossiblyProcessed), "{error}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn no_payload_is_no_payload_for_each() {
    let client = Script::new([Step::Answer(200, &[], r#"{"code":"SUCCESS","message":"ok"}"#)]).client();
    for answer in join_all((0..3).map(|number| client.call(telling(number)))).await {
        answer.unwrap().decode::<()>().unwrap();
    }
}

#[tokio::test(start_paused = true)]
async fn what_has_an_outcome_of_its_own_travels_alone() {
    static PAY: Operation = Operation::new(SERVICE, "pay", Method::POST, "/pay").money().batch(&TELL_ALL);
    let service = Tenfold::default();
    let client = service.client(|builder| builder);
    let pay = async {
        let mut request = Request::new(&PAY);
        request.json(&1).unwrap();
        client.call(request).await
    };
    let keyed = tell_with(CallOptions::new().key("mine".parse().unwrap()), &client, 2);
    let once = tell_with(CallOptions::new().max_attempts(1), &client, 3);
    let (pay, keyed, once) = tokio::join!(pay, keyed, once);
    assert!(pay.is_ok() && keyed.is_ok() && once.is_ok());
    assert_eq!(service.sizes(), [0, 0, 0]);
}
