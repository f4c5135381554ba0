//! Keeps more work from starting than can be finished, and lets the important work start first.
//!
//! A call takes a place before anything is sent, and gives it back when it ends; while it waits to retry it holds none,
//! and when it comes back it stands where it stood. There are as many places as the healthy instances can carry attempts
//! together ([`limit`]); who gets one when they are short is decided by tier and age ([`queue`]).

pub mod limit;
pub mod queue;

use std::{sync::Arc, time::Instant};

use self::queue::{Queue, Refused};
use crate::{
    contract::{
        call::Call,
        deadline::Deadline,
        error::{Error, Result},
        explain::{Decision, Reason},
        record::CallRecord,
        request::Request,
        response::Response,
    },
    seams::Clock,
};

/// The places of one dependency, for the two layers that take and give them.
#[derive(Debug)]
pub struct Admission {
    queue: Arc<Queue>,
    clock: Clock,
}

// === impl Admission ===

impl Admission {
    /// Gives out the places of `queue`.
    pub fn new(queue: Arc<Queue>, clock: Clock) -> Self {
        Self { queue, clock }
    }

    /// Waits for a place, as long as the tier may, and tells when there was one. The call holds it from then on.
    pub(crate) async fn enter(&self, request: &Request) -> Result<Instant> {
        let now = self.clock.now();
        let deadline = request.deadline().unwrap_or_else(|| Deadline::after(now, Deadline::MAX)).instant();
        let (record, settled) = (&request.state.record, request.state.settled());
        let place = self.queue.acquire(settled.tier, settled.begun.unwrap_or(now), deadline, now).await;
        let place = place.map_err(|why| refused(request, why))?;
        place.forget();
        record.set_placed();
        let entered = self.clock.now();
        let waited = entered.saturating_duration_since(now);
        // Decisions keep microseconds; a place that was free takes less.
        if waited.as_micros() > 0 {
            record.note(Decision::Queued(waited));
        }
        Ok(entered)
    }

    /// Gives the place of a call back, if it has one.
    pub(crate) fn leave(&self, record: &CallRecord) {
        if record.take_place() {
            self.queue.give_back();
        }
    }
}

fn refused(request: &Request, why: Refused) -> Error {
    let reason = match why {
        Refused::Busy | Refused::Full | Refused::PushedOut => Reason::QueueFull,
        Refused::WaitedTooLong => Reason::QueueTimeout,
        Refused::TooLate => Reason::CannotFinish,
    };
    request.state.record.note(Decision::Refused(reason));
    Error::rejected(format!("{}: {why}; nothing was sent", request.operation().service.name))
}

// === the layer ===

/// The admission layer.
#[derive(Debug)]
pub struct Admit<C> {
    inner: C,
    admission: Arc<Admission>,
}

impl<C> Admit<C> {
    /// Lets calls through `inner` when there is a place for them.
    pub fn new(inner: C, admission: Arc<Admission>) -> Self {
        Self { inner, admission }
    }
}

impl<C: Call> Call for Admit<C> {
    async fn call(&self, request: Request) -> Result<Response> {
        let record = Arc::clone(&request.state.record);
        let teaches = !request.operation().long_poll;
        // Before the wait, so that a place is given back however this future ends.
        let _place = Place { admission: &self.admission, record: &record };
        let begun = self.admission.enter(&request).await?;
        let answer = self.inner.call(request).await;
        if teaches && answer.is_ok() {
            self.admission.queue.served(self.admission.clock.now().saturating_duration_since(begun));
        }
        answer
    }
}

/// Gives the call's place back when dropped.
struct Place<'a> {
    admission: &'a Admission,
    record: &'a CallRecord,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.admission.leave(self.record);
    }
}
