//! The stage of a suite: one wiremock server that answers as the scene says, and a client of the whole stack in front of
//! it, over a real socket.

use std::{
    collections::VecDeque,
    io,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use http::{HeaderMap, StatusCode};
use serde_json::Value;
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use super::{AnyClient, Arguments, Declaration, sent::Sent};
use crate::{
    answer::Answer,
    client::{BaseClient, ClientConfig},
    contract::{
        error::Result,
        operation::{Operation, Service},
        options::{CallOptions, Scoped},
    },
    resilience::gate::settings::Probing,
};

/// The largest answer that the client reads: small, so that one that is larger is cheap to make.
pub(super) const LARGEST_ANSWER: usize = 64 * 1024;

/// A server, and a client of it.
pub(super) struct Stage {
    declaration: Declaration,
    scene: Scene,
    client: BaseClient,
    /// Serves for as long as it is held.
    _server: MockServer,
}

/// What the server does with one attempt.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    Answer(ResponseTemplate),
    /// Drops the connection without an answer.
    Drop,
}

/// A call and what came of it.
pub(super) struct Played {
    pub(super) answer: Result<Value>,
    /// Every attempt, as it arrived.
    pub(super) attempts: Vec<Sent>,
}

/// What the server will do, and what it has seen.
#[derive(Clone, Default)]
struct Scene(Arc<Mutex<Script>>);

#[derive(Default)]
struct Script {
    replies: VecDeque<Reply>,
    seen: Vec<Sent>,
}

// === impl Stage ===

impl Stage {
    pub(super) async fn open(declaration: Declaration) -> Result<Self> {
        let (scene, server) = (Scene::default(), MockServer::builder().disable_request_recording().start().await);
        let (waiting, dropping, answering) = (scene.clone(), scene.clone(), scene.clone());
        let drops = Mock::given(move |_: &Request| waiting.drops_next());
        drops.respond_with_err(move |request: &Request| dropping.drop(request)).with_priority(1).mount(&server).await;
        let answers = Mock::given(wiremock::matchers::any());
        answers.respond_with(move |request: &Request| answering.answer(request)).mount(&server).await;
        let client = BaseClient::builder(declaration.service).url(&server.uri());
        let client = client.config(patient(&declaration.service)).build()?;
        Ok(Self { declaration, scene, client, _server: server })
    }

    /// Calls an operation, with so many attempts, against a server that replies like this.
    pub(super) async fn play(
        &self,
        operation: &'static Operation,
        arguments: Arguments,
        replies: impl IntoIterator<Item = Reply>,
    ) -> Played {
        let replies: VecDeque<Reply> = replies.into_iter().collect();
        // A number of attempts also keeps a call out of batches; `fresh` keeps it out of caches.
        let attempts = u32::try_from(replies.len()).unwrap_or(u32::MAX);
        let options = CallOptions::new().max_attempts(attempts).fresh();
        self.scene.begin(replies);
        let client = Scoped::new(AnyClient(self.client.clone()), options);
        let answer = (self.declaration.drive)(client, operation, arguments).await;
        Played { answer, attempts: self.scene.end() }
    }
}

/// Settings under which every failure is met by the call that is meant to meet it: no breaker opens, no hedge or probe is
/// sent, and a retry waits for a millisecond at most.
pub(super) fn patient(service: &Service) -> ClientConfig {
    /// The largest count that a breaker takes; there are always successes in between.
    const NEVER: u64 = 1000;
    let mut config = ClientConfig::of(service);
    config.all_tiers(|tier| {
        tier.total = Duration::from_secs(60);
        tier.attempt_timeout = Duration::from_secs(30);
        tier.max_attempts = 2;
        (tier.backoff.base, tier.backoff.cap) = (Duration::from_millis(1), Duration::from_millis(1));
        tier.hedge.extra_permille = 0;
    });
    config.retry_budget_permille = 1000;
    (config.gate.consecutive, config.gate.unreachable, config.gate.abandoned) = (NEVER, NEVER, NEVER);
    // Reads of a health path would answer to the script of a call.
    config.gate.probing = Probing::InBand;
    (config.gate.failing.permille, config.gate.failing.of_at_least, config.gate.slow) = (1000, NEVER, None);
    config.transport.connect_timeout = Duration::from_secs(10);
    config.transport.max_response_bytes = LARGEST_ANSWER;
    config
}

// === impl Reply ===

impl Reply {
    /// An answer as a server of this crate writes it.
    pub(super) fn written(answer: &Answer) -> Self {
        let mut headers = HeaderMap::new();
        answer.write_headers(&mut headers);
        let mut template = ResponseTemplate::new(answer.status.as_u16()).set_body_bytes(answer.body.to_vec());
        for (name, value) in &headers {
            template = template.insert_header(name, value);
        }
        Self::Answer(template)
    }

    /// A success with these bytes.
    pub(super) fn bytes(body: Vec<u8>) -> Self {
        Self::Answer(ResponseTemplate::new(StatusCode::OK.as_u16()).set_body_bytes(body))
    }
}

// === impl Scene ===

impl Scene {
    fn begin(&self, replies: VecDeque<Reply>) {
        *self.script() = Script { replies, seen: Vec::new() };
    }

    fn end(&self) -> Vec<Sent> {
        std::mem::take(&mut *self.script()).seen
    }

    fn drops_next(&self) -> bool {
        matches!(self.script().replies.front(), Some(Reply::Drop))
    }

    fn drop(&self, request: &Request) -> io::Error {
        let mut script = self.script();
        script.seen.push(request.into());
        script.replies.pop_front();
        io::ErrorKind::ConnectionReset.into()
    }

    fn answer(&self, request: &Request) -> ResponseTemplate {
        let mut script = self.script();
        script.seen.push(request.into());
        match script.replies.pop_front() {
            Some(Reply::Answer(template)) => template,
            // 501 is never repeated: a call goes no further than its script.
            Some(Reply::Drop) | None => ResponseTemplate::new(StatusCode::NOT_IMPLEMENTED.as_u16()),
        }
    }

    fn script(&self) -> MutexGuard<'_, Script> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
