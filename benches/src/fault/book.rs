//! What the server did, whatever its clients believe: one entry an intended effect, and the answers stored by key.
//!
//! An intent is the effect that a caller wants once. It stands in the path and survives every mistake of a client,
//! such as a new key for a repeat. The book is a function of what arrives and when; a commit that takes time is
//! entered when it begins, since nothing undoes it.

use std::{
    collections::{HashMap, hash_map},
    time::Instant,
};

use bytes::Bytes;
use http::{Request, Response, StatusCode, header};
use payment_clients::contract::{
    error::code,
    headers::{IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED},
    idempotency::Fingerprint,
    operation::Class,
};

use super::{
    calls::{CALL, CLASSES},
    fate::Work,
};

/// The book of one server.
#[derive(Debug, Default)]
pub struct Book {
    attempts: u64,
    entries: HashMap<u64, Entry>,
    stored: HashMap<String, Stored>,
}

/// What happened to one intent.
#[derive(Debug, Default)]
struct Entry {
    attempts: u32,
    /// The call that each effect belongs to.
    effects: Vec<u32>,
}

/// An answer that is kept for repeats.
#[derive(Debug)]
struct Stored {
    fingerprint: Fingerprint,
    reply: Reply,
}

/// A request, as far as the book cares.
#[derive(Debug)]
pub struct Arrival {
    /// Class of the operation.
    pub class: Class,
    /// The effect that the caller wants once.
    pub intent: u64,
    /// Which of the caller's calls for this intent it belongs to.
    pub call: u32,
    /// Key and fingerprint of a keyed operation.
    key: Option<(String, Fingerprint)>,
}

/// The server's answer and when it is ready.
#[derive(Clone, Copy, Debug)]
pub struct Reply {
    /// From when on the answer exists.
    pub at: Instant,
    status: StatusCode,
    code: &'static str,
    replayed: bool,
}

// === impl Arrival ===

impl Arrival {
    /// Reads `/{class}/{intent}`; `None` when it is something else.
    pub fn of(request: &Request<Bytes>) -> Option<Self> {
        let (class, intent) = request.uri().path().strip_prefix('/')?.split_once('/')?;
        let class = CLASSES.into_iter().find(|known| known.as_str() == class)?;
        let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let key = match class {
            Class::Keyed => text(IDEMPOTENCY_KEY)
                .map(|key| (key.to_owned(), Fingerprint::of(request.method(), request.uri().path(), request.body()))),
            _ => None,
        };
        Some(Self { class, intent: intent.parse().ok()?, call: text(CALL)?.parse().ok()?, key })
    }
}

// === impl Book ===

impl Book {
    /// An attempt came, perhaps without saying of which intent.
    pub fn attempted(&mut self) {
        self.attempts += 1;
    }

    /// An attempt of this intent came; its number, from 1.
    pub fn attempted_for(&mut self, intent: u64) -> u32 {
        self.attempted();
        let entry = self.entries.entry(intent).or_default();
        entry.attempts += 1;
        entry.attempts
    }

    /// Does the work, or finds that it was done before.
    pub fn serve(&mut self, arrival: &Arrival, work: Work, now: Instant) -> Reply {
        let Some((key, fingerprint)) = &arrival.key else {
            return match arrival.class {
                Class::Keyed => Reply::now(now, StatusCode::BAD_REQUEST, code::KEY_MISSING),
                _ => work_on(&mut self.entries, arrival, work, now),
            };
        };
        match self.stored.entry(key.clone()) {
            hash_map::Entry::Vacant(free) => {
                let reply = work_on(&mut self.entries, arrival, work, now);
                free.insert(Stored { fingerprint: *fingerprint, reply });
                reply
            }
            hash_map::Entry::Occupied(taken) => taken.get().repeat(*fingerprint, now),
        }
    }

    /// Attempts that came.
    pub fn attempts(&self) -> u64 {
        self.attempts
    }

    /// Effects of this intent.
    pub fn effects_of(&self, intent: u64) -> usize {
        self.entries.get(&intent).map_or(0, |entry| entry.effects.len())
    }

    /// Effects of this intent that this call brought about.
    pub fn effects_of_call(&self, intent: u64, call: u32) -> usize {
        self.entries.get(&intent).map_or(0, |entry| entry.effects.iter().filter(|by| **by == call).count())
    }

    /// All effects.
    pub fn effects(&self) -> usize {
        self.entries.values().map(|entry| entry.effects.len()).sum()
    }

    /// Effects beyond the one that was wanted of each intent.
    pub fn duplicates(&self) -> usize {
        self.entries.values().map(|entry| entry.effects.len().saturating_sub(1)).sum()
    }
}

fn work_on(entries: &mut HashMap<u64, Entry>, arrival: &Arrival, work: Work, now: Instant) -> Reply {
    let took = match work {
        Work::Decline => return Reply::now(now, StatusCode::UNPROCESSABLE_ENTITY, "NOT_COVERED"),
        Work::Commit(took) => took,
    };
    let entry = entries.entry(arrival.intent).or_default();
    // A read has no effect. An idempotent write has one, the second time it changes nothing.
    let effect = match arrival.class {
        Class::Safe => false,
        Class::Idempotent => entry.effects.is_empty(),
        Class::Keyed | Class::Unsafe => true,
    };
    if effect {
        entry.effects.push(arrival.call);
    }
    Reply::now(now + took, StatusCode::OK, code::SUCCESS)
}

// === impl Stored, Reply ===

impl Stored {
    fn repeat(&self, fingerprint: Fingerprint, now: Instant) -> Reply {
        if fingerprint != self.fingerprint {
            Reply::now(now, StatusCode::UNPROCESSABLE_ENTITY, code::KEY_REUSED)
        } else if now < self.reply.at {
            Reply::now(now, StatusCode::CONFLICT, code::IN_PROGRESS)
        } else {
            Reply { at: now, replayed: true, ..self.reply }
        }
    }
}

impl Reply {
    fn now(at: Instant, status: StatusCode, code: &'static str) -> Self {
        Self { at, status, code, replayed: false }
    }

    /// The answer as HTTP.
    pub fn page(&self) -> Response<Bytes> {
        const DONE: &str = r#"{"code":"SUCCESS","message":"done","data":{"done":true}}"#;
        let body = if self.status == StatusCode::OK { DONE.into() } else { refusal(self.code) };
        let mut page = page(self.status, body);
        if self.replayed {
            page.headers_mut().insert(IDEMPOTENCY_REPLAYED, http::HeaderValue::from_static("true"));
        }
        page
    }
}

/// The envelope of an error.
pub fn refusal(code: &str) -> Bytes {
    format!(r#"{{"code":"{code}","message":"refused"}}"#).into()
}

/// A page of JSON.
pub fn page(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut page = Response::new(body);
    *page.status_mut() = status;
    page.headers_mut().insert(header::CONTENT_TYPE, http::HeaderValue::from_static("application/json"));
    page
}
