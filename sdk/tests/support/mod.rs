//! What the stack's tests share: three declared operations, and a scripted transport that keeps what it was sent.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub mod servers;

use std::{
    collections::VecDeque,
    future::pending,
    sync::{Arc, Mutex},
    time::Duration,
};

use bytes::Bytes;
use http::{Method, Request as HttpRequest, Response as HttpResponse};
use payment_clients::{
    client::{BaseClient, ClientBuilder},
    contract::{
        call::Call,
        error::Result,
        operation::{Class, Operation, Service, Tier},
        request::Request,
        response::Response,
    },
    seams::Rng,
    transport::{failure::Failure, memory::Memory},
};

pub const SERVICE: Service = Service { name: "test-service", port: Some(1), tier: Tier::Critical };
pub static READ: Operation = Operation::new(SERVICE, "read", Method::GET, "/things/{id}");
pub static NEWS: Operation = Operation::new(SERVICE, "news", Method::GET, "/things/{id}")
    .timeout(Duration::from_secs(7))
    .attempt_timeout(Duration::from_secs(3))
    .long_poll();
pub static PUT: Operation = Operation::new(SERVICE, "put", Method::PUT, "/things").class(Class::Idempotent);
pub static PAY: Operation = Operation::new(SERVICE, "pay", Method::POST, "/payments").class(Class::Keyed).money();
pub static SEND: Operation = Operation::new(SERVICE, "send", Method::POST, "/transfers").class(Class::Unsafe).money();
pub static ALL: [&Operation; 4] = [&READ, &PUT, &PAY, &SEND];

/// What the transport does with one attempt.
pub enum Step {
    /// Answers with this status, these headers and this body.
    Answer(u16, &'static [(&'static str, &'static str)], &'static str),
    /// Fails like this.
    Fail(fn() -> Failure),
    /// Fails like this after this time.
    FailLate(Duration, fn() -> Failure),
    /// Answers with this status and this body after this time.
    AnswerLate(Duration, u16, &'static str),
    /// Never answers.
    Hang,
    /// Answers after this time.
    Slow(Duration),
}

pub const OK: &str = r#"{"code":"SUCCESS","message":"ok","data":{"n":1}}"#;
pub const DONE: Step = Step::Answer(200, &[], OK);

pub fn refused() -> Failure {
    Failure::Connect("refused".into())
}

pub fn broken() -> Failure {
    Failure::Broken("reset".into())
}

/// A transport that follows a script and keeps what it was sent.
#[derive(Clone, Default)]
pub struct Script {
    steps: Arc<Mutex<VecDeque<Step>>>,
    seen: Arc<Mutex<Vec<HttpRequest<Bytes>>>>,
}

impl Script {
    pub fn new(steps: impl IntoIterator<Item = Step>) -> Self {
        Self { steps: Arc::new(Mutex::new(steps.into_iter().collect())), ..Self::default() }
    }

    pub fn client(&self) -> BaseClient {
        self.client_with(|builder| builder)
    }

    pub fn client_with(&self, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> BaseClient {
        self.client_of(SERVICE, change)
    }

    pub fn client_of(&self, service: Service, change: impl FnOnce(ClientBuilder) -> ClientBuilder) -> BaseClient {
        let (steps, seen) = (Arc::clone(&self.steps), Arc::clone(&self.seen));
        let transport = Memory::new(move |request: HttpRequest<Bytes>| {
            // Probes are nobody's attempts: they are answered, and the script goes on where it was.
            let is_probe = request.uri().path().starts_with("/health");
            let step = match is_probe {
                true => DONE,
                false => {
                    seen.lock().unwrap().push(request);
                    steps.lock().unwrap().pop_front().expect("an attempt beyond the script")
                }
            };
            async move {
                match step {
                    Step::Fail(failure) => return Err(failure()),
                    Step::FailLate(wait, failure) => {
                        tokio::time::sleep(wait).await;
                        return Err(failure());
                    }
                    Step::Hang => pending().await,
                    Step::AnswerLate(wait, status, body) => {
                        tokio::time::sleep(wait).await;
                        let body = Bytes::from_static(body.as_bytes());
                        return Ok(HttpResponse::builder().status(status).body(body).unwrap());
                    }
                    Step::Slow(wait) => tokio::time::sleep(wait).await,
                    Step::Answer(status, headers, body) => {
                        let mut response = HttpResponse::builder().status(status);
                        for (name, value) in headers {
                            response = response.header(*name, *value);
                        }
                        return Ok(response.body(Bytes::from_static(body.as_bytes())).unwrap());
                    }
                }
                Ok(HttpResponse::new(Bytes::from_static(OK.as_bytes())))
            }
        });
        // Enough budget that only the rule under test decides.
        let builder = BaseClient::builder(service).url("http://test").rng(Rng::seeded(7));
        let client = change(builder.configure(|config| config.retry_budget_permille = 1000)).build_on(&transport);
        client.unwrap()
    }

    /// What was sent so far.
    pub fn seen(&self) -> Vec<HttpRequest<Bytes>> {
        self.seen.lock().unwrap().clone()
    }

    pub fn header(&self, name: &str) -> Vec<Option<String>> {
        let text = |request: &HttpRequest<Bytes>| request.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
        self.seen().iter().map(text).collect()
    }

    /// True when every step was used.
    pub fn finished(&self) -> bool {
        self.steps.lock().unwrap().is_empty()
    }
}

/// A request of the operation, its path filled in.
pub fn request(operation: &'static Operation) -> Request {
    let mut request = Request::new(operation);
    request.path_arg("id", "7").unwrap();
    if operation.method != Method::GET {
        request.json(&serde_json::json!({ "amount": 1 })).unwrap();
    }
    request
}

pub async fn call(client: &BaseClient, operation: &'static Operation) -> Result<Response> {
    client.call(request(operation)).await
}

/// Deposits enough for many retries, so that a test sees only the policy.
pub async fn fund(script: &Script, client: &BaseClient, successes: usize) {
    script.steps.lock().unwrap().extend((0..successes).map(|_| DONE));
    for _ in 0..successes {
        call(client, &READ).await.unwrap();
    }
    script.seen.lock().unwrap().clear();
}

impl Script {
    /// Adds steps at the end.
    pub fn then(&self, steps: impl IntoIterator<Item = Step>) {
        self.steps.lock().unwrap().extend(steps);
    }
}
