//! No effect stays in doubt where there is somebody to ask: over many random scripts of lost answers, every call in
//! doubt is resolved within a minute, half of them within three seconds, and the answer is what the server's own book
//! says. Time is virtual throughout.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{
    collections::BTreeMap,
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request as HttpRequest, Response as HttpResponse};
use payment_clients::{
    client::BaseClient,
    contract::{
        call::Call,
        indeterminate::Resolution,
        operation::{Class, Operation},
        request::Request,
        status::StatusQuery,
    },
    seams::Rng,
    transport::{failure::Failure, memory::Memory},
};
use serde_json::json;
use support::{OK, SERVICE, broken};
use tokio::{
    task::JoinHandle,
    time::{Instant, sleep},
};

static ASK: Operation = Operation::new(SERVICE, "get_transfer", Method::GET, "/transfers/{number}");
static PAY: Operation = Operation::new(SERVICE, "pay", Method::POST, "/payments")
    .class(Class::Keyed)
    .money()
    .status(StatusQuery::new(&ASK, &[]));
static SEND: Operation = Operation::new(SERVICE, "send", Method::POST, "/transfers")
    .class(Class::Unsafe)
    .money()
    .status(StatusQuery::new(&ASK, &[]));

/// Longest that the server works on a request. A patience that is longer is what makes `NotFound` mean something.
const LONGEST_RUN: Duration = Duration::from_secs(20);

/// A bank behind a network that loses things.
#[derive(Clone)]
struct Bank {
    book: Arc<Mutex<Book>>,
    rng: Rng,
}

#[derive(Default)]
struct Book {
    /// How often each transfer was made: the truth.
    effects: BTreeMap<String, u32>,
    /// Keys that were seen, and whether their work is done.
    keys: BTreeMap<String, bool>,
    /// Exchanges that the network will still spoil.
    losses: u64,
}

impl Bank {
    fn new(seed: u64) -> Self {
        let rng = Rng::seeded(seed);
        let losses = 1 + rng.bits() % 6;
        Self { book: Arc::new(Mutex::new(Book { losses, ..Book::default() })), rng }
    }

    fn client(&self, seed: u64) -> BaseClient {
        let bank = self.clone();
        let transport = Memory::new(move |request| {
            let bank = bank.clone();
            async move { bank.exchange(request).await }
        });
        BaseClient::builder(SERVICE).url("http://bank").rng(Rng::seeded(seed)).build_on(&transport).unwrap()
    }

    fn effects(&self) -> u32 {
        self.book.lock().unwrap().effects.values().sum()
    }

    /// One exchange: spoilt in one of several ways while losses are left, and else as it should be.
    async fn exchange(&self, request: HttpRequest<Bytes>) -> Result<HttpResponse<Bytes>, Failure> {
        let spoilt = {
            let mut book = self.book.lock().unwrap();
            let spoilt = book.losses > 0;
            book.losses = book.losses.saturating_sub(1);
            spoilt
        };
        if !spoilt {
            return Ok(self.run_on(request).await.unwrap());
        }
        match self.rng.bits() % 5 {
            // The request is lost on its way, and nobody knows.
            0 => Err(broken()),
            1 => pending().await,
            // It arrives and runs on, and the connection breaks at once or never says more.
            2 => {
                drop(self.run_on(request));
                Err(broken())
            }
            3 => {
                drop(self.run_on(request));
                pending().await
            }
            // Something in front gives up.
            _ => {
                drop(self.run_on(request));
                Ok(answer(502, "bad gateway"))
            }
        }
    }

    /// The server works on, whether or not its caller still waits.
    fn run_on(&self, request: HttpRequest<Bytes>) -> JoinHandle<HttpResponse<Bytes>> {
        let bank = self.clone();
        tokio::spawn(async move { bank.serve(&request).await })
    }

    async fn serve(&self, request: &HttpRequest<Bytes>) -> HttpResponse<Bytes> {
        if request.method() == Method::GET {
            let number = request.uri().path().rsplit('/').next().unwrap();
            let known = self.book.lock().unwrap().effects.contains_key(number);
            return if known { answer(200, OK) } else { answer(404, "{}") };
        }
        let key = request.headers().get("idempotency-key").map(|key| key.to_str().unwrap().to_owned());
        if let Some(key) = &key {
            match self.book.lock().unwrap().keys.get(key) {
                Some(true) => return answer(200, OK),
                Some(false) => return answer(409, r#"{"code":"IDEMPOTENCY_IN_PROGRESS","message":"still running"}"#),
                None => {}
            }
            self.book.lock().unwrap().keys.insert(key.clone(), false);
        }
        sleep(self.work()).await;
        let body: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
        let mut book = self.book.lock().unwrap();
        *book.effects.entry(body["number"].as_str().unwrap().to_owned()).or_default() += 1;
        if let Some(key) = key {
            book.keys.insert(key, true);
        }
        answer(200, OK)
    }

    /// Mostly quick; now and then the work goes on long after the caller has given up.
    fn work(&self) -> Duration {
        let longest = if self.rng.bits().is_multiple_of(10) { LONGEST_RUN } else { Duration::from_millis(500) };
        self.rng.up_to(longest)
    }
}

fn answer(status: u16, body: &'static str) -> HttpResponse<Bytes> {
    HttpResponse::builder().status(status).body(Bytes::from_static(body.as_bytes())).unwrap()
}

/// Plays one script; the time that the doubt lasted, if there was one.
async fn play(seed: u64, operation: &'static Operation) -> Option<Duration> {
    let bank = Bank::new(seed);
    let client = bank.client(seed);
    let mut request = Request::new(operation);
    request.json(&json!({ "number": "T1", "amount": 5 })).unwrap();
    let unknown = client.call(request).await.err()?.into_indeterminate().ok()?;
    let began = Instant::now();
    let resolution = unknown.reconcile().await.unwrap();
    let lasted = began.elapsed();
    let effects = bank.effects();
    match resolution {
        Resolution::Found(_) | Resolution::Answered(_) => assert_eq!(effects, 1, "seed {seed}"),
        Resolution::NotFound(_) => assert_eq!((effects, operation.class), (0, Class::Unsafe), "seed {seed}"),
        other => panic!("seed {seed}: {other:?}"),
    }
    // Whatever still runs may end now, and must not have been a second effect.
    sleep(LONGEST_RUN).await;
    assert_eq!(bank.effects(), effects, "seed {seed}: what was said came true");
    Some(lasted)
}

/// Plays many scripts; the longest doubt and the median.
async fn play_all(operation: &'static Operation) -> (Duration, Duration) {
    let mut doubts = Vec::new();
    for seed in 0..2_000 {
        doubts.extend(play(seed, operation).await);
    }
    assert!(doubts.len() > 300, "too few doubts to say anything: {}", doubts.len());
    doubts.sort_unstable();
    (doubts[doubts.len() - 1], doubts[doubts.len() / 2])
}

#[tokio::test(start_paused = true)]
async fn no_keyed_effect_stays_in_doubt_for_a_minute_and_half_of_them_are_settled_within_three_seconds() {
    let (longest, median) = play_all(&PAY).await;
    assert!(longest <= Duration::from_secs(60), "{longest:?}");
    assert!(median <= Duration::from_secs(3), "{median:?}");
}

#[tokio::test(start_paused = true)]
async fn what_an_unsafe_call_did_is_known_within_a_minute() {
    let (longest, _) = play_all(&SEND).await;
    assert!(longest <= Duration::from_secs(60), "{longest:?}");
}
