//! Plan and book of one server: which fate an attempt meets, and what is to be delivered. What carries the bytes is
//! somebody else's business.

use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Instant,
};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use payment_clients::{contract::headers::NACK, seams::Clock};

use super::{
    book::{Arrival, Book, Reply, page, refusal},
    fate::{Answer, Fate, Loss},
};

/// One server's mind.
#[derive(Debug)]
pub struct Host {
    plan: Plan,
    book: Mutex<Book>,
    clock: Clock,
}

/// Where fates come from.
#[derive(Debug)]
pub enum Plan {
    /// One after the other; attempts beyond the script go well.
    Script(Mutex<VecDeque<Fate>>),
    /// By [`Fate::drawn`], from this seed.
    Drawn(u64),
}

/// What is to come back, and from when on.
#[derive(Debug)]
pub struct Delivery {
    /// Not before.
    pub at: Instant,
    /// The answer.
    pub page: Response<Bytes>,
    /// How it gets lost, if it does.
    pub loss: Option<Loss>,
}

impl Plan {
    /// These fates in their order.
    pub fn script(fates: impl IntoIterator<Item = Fate>) -> Self {
        Self::Script(Mutex::new(fates.into_iter().collect()))
    }
}

impl Host {
    /// A host with an empty book.
    pub fn new(plan: Plan, clock: Clock) -> Self {
        Self { plan, book: Mutex::default(), clock }
    }

    /// The book.
    pub fn book(&self) -> MutexGuard<'_, Book> {
        lock(&self.book)
    }

    /// The fate of the attempt that begins to arrive, where it does not depend on what the attempt says.
    pub fn early(&self) -> Option<Fate> {
        self.early_if(|_| true)
    }

    /// As [`early`](Self::early), only if the fate is one of those that `wanted` accepts.
    pub fn early_if(&self, wanted: impl FnOnce(Fate) -> bool) -> Option<Fate> {
        let Plan::Script(script) = &self.plan else { return None };
        let mut script = lock(script);
        let next = script.front().copied().unwrap_or(Fate::OK);
        if !wanted(next) {
            return None;
        }
        script.pop_front();
        self.book().attempted();
        Some(next)
    }

    /// The fate of an attempt that has arrived.
    pub fn fate_of(&self, arrival: &Arrival) -> Fate {
        match &self.plan {
            Plan::Script(_) => self.early().unwrap_or(Fate::OK),
            Plan::Drawn(seed) => {
                let attempt = self.book().attempted_for(arrival.intent);
                Fate::drawn(*seed, arrival.intent, attempt)
            }
        }
    }

    /// Does what the fate says; `None` when nothing is to come back, because the server never saw the attempt.
    pub fn act(&self, arrival: &Arrival, fate: Fate) -> Option<Delivery> {
        let now = self.clock.now();
        match fate {
            Fate::Refused | Fate::Unread { .. } => None,
            Fate::Ignored(answer) => Some(Delivery::instead(answer, None, now)),
            Fate::Worked(work, answer) => {
                let reply = self.book().serve(arrival, work, now);
                Some(Delivery::instead(answer, Some(&reply), reply.at))
            }
            Fate::Served(work) => {
                let reply = self.book().serve(arrival, work, now);
                Some(Delivery { at: reply.at, page: reply.page(), loss: None })
            }
        }
    }
}

impl Delivery {
    fn instead(answer: Answer, reply: Option<&Reply>, at: Instant) -> Self {
        match answer {
            Answer::Status(status, code, nack) => Self { at, page: status_page(status, code, nack), loss: None },
            Answer::NotJson => {
                let mut page = page(StatusCode::OK, Bytes::from_static(b"<html>Welcome to the proxy</html>"));
                page.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html"));
                Self { at, page, loss: None }
            }
            Answer::Lost(loss) => {
                let page = reply.map_or_else(|| status_page(502, "", ""), Reply::page);
                Self { at, page, loss: Some(loss) }
            }
        }
    }
}

fn status_page(status: u16, code: &str, nack: &'static str) -> Response<Bytes> {
    let body = if code.is_empty() { Bytes::new() } else { refusal(code) };
    // Every status of the tables is a valid one.
    let mut page = page(StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_GATEWAY), body);
    if !nack.is_empty() {
        page.headers_mut().insert(NACK, HeaderValue::from_static(nack));
    }
    page
}

/// A panicking test has nothing half-written here that others could trip over.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
