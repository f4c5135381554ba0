//! What the tests of faults share: one call against a scripted host, and what both sides saw of it.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::{future::Future, sync::Arc, time::Duration};

use futures_util::{StreamExt, stream};
use payment_benches::fault::{
    calls,
    fate::Fate,
    host::{Host, Plan},
    judge::{Ended, Knowledge},
    memory,
    server::{Protocol, Server},
    tls::Identity,
};
use payment_clients::{
    client::{BaseClient, ClientConfig},
    contract::{call::Call, error::Result, operation::Class, response::Response},
    resilience::retry::backoff::Backoff,
    seams::{Clock, Rng},
    transport::{
        config::HttpVersion,
        http::Http,
        tls::{Authorities, Tls, TlsConfig},
    },
};

pub const PROTOCOLS: [Protocol; 4] = [Protocol::Plain, Protocol::PlainHttp2, Protocol::Tls, Protocol::TlsHttp2];

/// Longer than any scheduler holds a test back: where nothing stalls, no attempt may time out.
pub const PATIENT: Duration = Duration::from_secs(60);

/// Time for a client on a busy machine to notice that its connection has gone.
const NOTICED: Backoff = Backoff { base: Duration::from_millis(100), cap: Duration::from_millis(100) };
/// A seed whose waits are in the upper half of what jitter allows, for any class and up to three attempts.
const LONG_WAITS: u64 = 45_539;

const INTENT: u64 = 7;
const CALL: u32 = 2;

/// One call: its class, the fates of its attempts, and its limits.
#[derive(Clone, Copy, Debug)]
pub struct Case<'a> {
    pub class: Class,
    pub fates: &'a [Fate],
    pub max_attempts: u32,
    pub attempt_timeout: Duration,
}

/// What both sides saw of one call.
#[derive(Debug)]
pub struct Seen {
    pub answer: Result<Response>,
    /// Attempts that the server saw.
    pub attempts: usize,
    /// Effects in the book.
    pub effects: usize,
    /// What the judge finds, or a duplicate.
    pub wrong: Option<String>,
}

impl Case<'_> {
    /// The call over sockets.
    pub async fn over_sockets(&self, protocol: Protocol, identity: &Identity) -> Seen {
        let host = self.host(Clock::system());
        let server = Server::start(Arc::clone(&host), protocol, identity).await.unwrap();
        let mut builder = calls::client(&server.url(), self.max_attempts, self.attempt_timeout);
        if protocol == Protocol::PlainHttp2 {
            builder = builder.configure(|config| config.transport.http_version = HttpVersion::Http2);
        }
        if matches!(protocol, Protocol::TlsHttp2 | Protocol::PlainHttp2) {
            // Calls share a connection, and one that comes too soon can die on it before the server sees anything.
            let notices = |config: &mut ClientConfig| config.all_tiers(|tier| tier.backoff = NOTICED);
            builder = builder.configure(notices).rng(Rng::seeded(LONG_WAITS));
        }
        self.call(&host, &builder.build_on(&trusting(identity)).unwrap()).await
    }

    /// The call without sockets, for paused time.
    pub async fn in_memory(&self) -> Seen {
        let host = self.host(Clock::system());
        let builder = calls::client("http://memory", self.max_attempts, self.attempt_timeout).rng(Rng::seeded(7));
        self.call(&host, &builder.build_on(&memory::transport(Arc::clone(&host))).unwrap()).await
    }

    fn host(&self, clock: Clock) -> Arc<Host> {
        let funding = self.funded().then_some(Fate::OK);
        Arc::new(Host::new(Plan::script(funding.into_iter().chain(self.fates.iter().copied())), clock))
    }

    /// The budget's floor pays for one retry; a success pays for a second one.
    fn funded(&self) -> bool {
        self.max_attempts > 2
    }

    async fn call(&self, host: &Host, client: &BaseClient) -> Seen {
        if self.funded() {
            client.call(calls::request(Class::Safe, 0, 1, None).await.unwrap()).await.unwrap();
        }
        let answer = client.call(calls::request(self.class, INTENT, CALL, None).await.unwrap()).await;
        let (class, knowledge, book) = (self.class, Knowledge::of(&answer), host.book());
        let wrong = Ended { class, intent: INTENT, call: CALL, knowledge }.judge(&book).map(|wrong| wrong.to_string());
        let twice = (book.duplicates() > 0).then(|| "the effect happened twice".to_owned());
        let attempts = usize::try_from(book.attempts()).unwrap() - usize::from(self.funded());
        Seen { answer, attempts, effects: book.effects_of(INTENT), wrong: wrong.or(twice) }
    }
}

/// The transport that trusts this server and no other one.
pub fn trusting(identity: &Identity) -> Http {
    let authorities = Authorities::Pem(identity.pem.clone().into_bytes());
    Http::with_tls(Tls::new(TlsConfig { authorities, identity: None }).unwrap())
}

/// Runs all cases, many at once, and collects what they find wrong.
pub async fn all<F: Future<Output = Option<String>>>(cases: impl IntoIterator<Item = F>) -> Vec<String> {
    const AT_ONCE: usize = 64;
    stream::iter(cases).buffer_unordered(AT_ONCE).filter_map(|finding| async { finding }).collect().await
}
