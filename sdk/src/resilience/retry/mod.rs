//! Sends a call again when that is safe and likely to help.
//!
//! Four things must agree before a further attempt: the [policy] (class × certainty), the attempts left, the
//! [budget] of the dependency, and the time left. A retry is byte-identical and carries the same key.
//!
//! What a call knows at its end is what *all* of its attempts may have done: when a first attempt timed out and a
//! second one was refused by the network, the effect may still have happened.

pub mod backoff;
pub mod budget;
pub mod policy;

#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use tracing::Instrument;

use super::{admission::Admission, live::Live, settings::ClientConfig, told::Told, wait::wait_span};
use crate::{
    contract::{
        call::Call,
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        explain::{Decision, Reason},
        request::Request,
        response::Response,
    },
    seams::{Clock, Rng},
};
use budget::Budget;
use policy::{Circumstances, Verdict};

/// The retry layer.
#[derive(Debug)]
pub struct Retry<C> {
    inner: C,
    config: Live<ClientConfig>,
    budget: Arc<Budget>,
    admission: Arc<Admission>,
    told: Arc<dyn Told>,
    clock: Clock,
    rng: Rng,
}

impl<C> Retry<C> {
    /// Repeats attempts through `inner`; all calls to one dependency share `budget`, and give their place in
    /// `admission` back while they wait. `told` hears of each retry.
    pub(crate) fn new(
        inner: C,
        config: Live<ClientConfig>,
        budget: Arc<Budget>,
        admission: Arc<Admission>,
        told: Arc<dyn Told>,
        clock: Clock,
        rng: Rng,
    ) -> Self {
        Self { inner, config, budget, admission, told, clock, rng }
    }

    /// Most attempts of this call, hedges included.
    fn most_attempts(&self, request: &Request) -> u32 {
        let most = self.config.load().tiers[request.state.settled().tier as usize].max_attempts;
        if request.state.settled().spent { 1 } else { request.options().max_attempts.unwrap_or(most).clamp(1, most) }
    }

    /// How long to wait before the next attempt, or why there is none.
    fn next_wait(&self, request: &Request, error: &Error) -> std::result::Result<Duration, Reason> {
        let record = &request.state.record;
        let circumstances = Circumstances {
            class: self.config.load().partner.class(request.operation().class),
            keyed: request.key().is_some(),
            attempt: record.issued(),
            fresh_credential: record.refresh_pending(),
        };
        if let Verdict::Stop(reason) = policy::decide(circumstances, error) {
            return Err(reason);
        }
        if record.issued() >= request.state.max_attempts {
            return Err(Reason::NoAttempt);
        }
        let wait = self.wait(request, error);
        let now = self.clock.now();
        if request.deadline().is_some_and(|deadline| deadline.remaining(now) <= wait) {
            return Err(Reason::DeadlineTooNear);
        }
        if self.budget.withdraw(now) { Ok(wait) } else { Err(Reason::NoBudget) }
    }

    /// The error of the whole call, whose last attempt ended with `last`.
    fn conclude(&self, request: &Request, last: Error) -> Error {
        let (class, doubts) = (request.operation().class, request.state.record.doubts());
        policy::conclude(class, &self.config.load().partner, last, doubts)
    }

    /// A fresh credential, or a healthy instance instead of one that could not be reached, is worth trying at once.
    fn wait(&self, request: &Request, error: &Error) -> Duration {
        let record = &request.state.record;
        let elsewhere = error.certainty() == Certainty::NotSent && record.has_others();
        let refreshed = error.kind() == ErrorKind::Unauthenticated && record.refresh_pending();
        if elsewhere || refreshed {
            return Duration::ZERO;
        }
        let backoff = self.config.load().tiers[request.state.settled().tier as usize].backoff;
        backoff.wait(record.issued(), error.retry_after(), &self.rng)
    }

    /// Waits without holding a place, then asks for it again.
    async fn back_off(&self, request: &Request, wait: Duration, error: &Error) -> Result<()> {
        let record = &request.state.record;
        let next = record.issued() + 1;
        record.note(Decision::Backoff(u8::try_from(next).unwrap_or(u8::MAX), wait));
        let budget_left = self.budget.balance(self.clock.now());
        self.told.retrying(request, error, wait, budget_left);
        if wait.is_zero() {
            return Ok(());
        }
        self.admission.leave(record);
        let span = wait_span("backoff");
        span.record("call.budget_left", i64::from(budget_left));
        tokio::time::sleep(wait).instrument(span).await;
        self.admission.enter(request).await.map(drop)
    }
}

impl<C: Call> Call for Retry<C> {
    async fn call(&self, mut request: Request) -> Result<Response> {
        request.state.max_attempts = self.most_attempts(&request);
        let record = Arc::clone(&request.state.record);
        loop {
            request.state.attempt = record.issue_next();
            let answer = self.inner.call(request.clone()).await;
            // A no of the business shows as well as a yes that the service can take more.
            let worked = answer.as_ref().err().is_none_or(|error| error.kind() == ErrorKind::Declined);
            if worked && record.issued() == 1 {
                self.budget.deposit(self.clock.now());
            }
            let error = match answer {
                Ok(response) => return Ok(response),
                Err(error) => error,
            };
            match self.next_wait(&request, &error) {
                // Where nobody lets us in again, what the last attempt met says more than that refusal.
                Ok(wait) if self.back_off(&request, wait, &error).await.is_ok() => {}
                Ok(_) => return Err(self.conclude(&request, error)),
                Err(reason) => {
                    record.note(Decision::Stopped(reason));
                    return Err(self.conclude(&request, error));
                }
            }
        }
    }
}
