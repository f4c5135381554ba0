//! Answers reads from what was answered before, for operations declared with `cache`.
//!
//! Two layers, one on each side of the [single flight](super::single_flight): `Recall` looks for an answer, `Keep`
//! puts one there. So an answer is kept once, by the call that fetched it, and before that call's followers are gone:
//! no caller falls in between.
//!
//! * Answers are never shared between principals, whatever the service does with them. What a user's layer adds to a
//!   request is added inside of the cache and does not tell questions apart: a tenant belongs into the principal.
//! * Only successes are kept. A refusal or a 404 is an answer about now: the missing thing may be there in a moment,
//!   and whoever created it would not find it.
//! * `Cache-Control` of an answer may shorten what the declaration allows, never lengthen it.
//! * The age of an answer counts from when it was asked for, and an answer never replaces one that was asked for later.
//! * An expired answer answers for a service that cannot, during `stale_if_error`.
//!
//! [`CallOptions::fresh`](method@crate::contract::options::CallOptions::fresh) passes the cache by and renews what it
//! holds.

mod answers;

use std::sync::Arc;

pub(crate) use answers::Answers;

use super::{
    live::Live,
    outage::{call_with_reserve, is_outage},
    settings::ClientConfig,
};
use crate::{
    contract::{
        call::Call, error::Result, explain::Decision, question::Question, request::Request, response::Response,
    },
    seams::Clock,
};

/// Memory for kept answers. Fixed once the client is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CacheSettings {
    /// Most bytes of answers and what they were asked with; an entry counts [`LEAST_WEIGHT`](Self::LEAST_WEIGHT) or more.
    /// The default, 16 MiB, is 16,384 small answers. It is taken only by clients whose operations declare `cache`; a
    /// process with a client of every service of the platform would stay below a third of a gibibyte.
    pub max_bytes: u64,
}

impl CacheSettings {
    /// What an entry weighs at least: its place in the map, its headers and what the allocator rounds up. It bounds the
    /// number of entries by the same number that bounds the bytes.
    pub const LEAST_WEIGHT: u32 = 1024;
}

impl Default for CacheSettings {
    fn default() -> Self {
        Self { max_bytes: 16 << 20 }
    }
}

/// The outer layer of the cache: answers from what is kept.
#[derive(Debug)]
pub(crate) struct Recall<C> {
    inner: C,
    answers: Arc<Answers>,
    config: Live<ClientConfig>,
    clock: Clock,
}

/// The inner layer of the cache: keeps what may be kept.
#[derive(Debug)]
pub(crate) struct Keep<C> {
    inner: C,
    answers: Arc<Answers>,
    clock: Clock,
}

// === impl Recall ===

impl<C> Recall<C> {
    /// Looks among `answers` before asking `inner`.
    pub(crate) fn new(inner: C, answers: Arc<Answers>, config: Live<ClientConfig>, clock: Clock) -> Self {
        Self { inner, answers, config, clock }
    }
}

impl<C: Call> Call for Recall<C> {
    async fn call(&self, mut request: Request) -> Result<Response> {
        let operation = request.operation();
        if operation.kept().is_none() {
            return self.inner.call(request).await;
        }
        let question = Question::of(&request);
        let kept = if request.options().fresh { None } else { self.answers.get(&question) };
        request.state.question = Some(question);
        let (now, record) = (self.clock.now(), request.state.record.clone());
        let Some(kept) = kept.filter(|kept| kept.is_usable(now)) else {
            return self.inner.call(request).await;
        };
        if kept.is_fresh(now) {
            record.note(Decision::Cached(kept.age(now)));
            return Ok(kept.response.clone());
        }
        let reserve = self.config.load().fallback_reserve;
        let answer = call_with_reserve(&self.inner, request, reserve, self.clock).await;
        let now = self.clock.now();
        match answer {
            Err(error) if is_outage(&error) && kept.is_usable(now) => {
                tracing::info!(operation = operation.name, %error, "answered by an expired answer");
                record.note(Decision::Stale(kept.age(now)));
                Ok(kept.response.clone())
            }
            answer => answer,
        }
    }
}

// === impl Keep ===

impl<C> Keep<C> {
    /// Puts what `inner` answers among `answers`.
    pub(crate) fn new(inner: C, answers: Arc<Answers>, clock: Clock) -> Self {
        Self { inner, answers, clock }
    }
}

impl<C: Call> Call for Keep<C> {
    async fn call(&self, request: Request) -> Result<Response> {
        let Some(question) = request.state.question.clone() else { return self.inner.call(request).await };
        let (policy, asked) = (request.operation().kept(), self.clock.now());
        let response = self.inner.call(request).await?;
        if let Some(policy) = policy {
            self.answers.keep(question, &response, policy, asked);
        }
        Ok(response)
    }
}
