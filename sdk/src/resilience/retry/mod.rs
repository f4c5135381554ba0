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

use super::settings::Tiers;
use crate::{
    contract::{
        call::Call,
        error::{Error, Result},
        request::Request,
        response::Response,
    },
    seams::{Clock, Rng},
};
use budget::Budget;
use policy::Verdict;

/// The retry layer.
#[derive(Debug)]
pub struct Retry<C> {
    inner: C,
    tiers: Tiers,
    budget: Arc<Budget>,
    clock: Clock,
    rng: Rng,
}

impl<C> Retry<C> {
    /// Repeats attempts through `inner`; all clients of one dependency share `budget`.
    pub fn new(inner: C, tiers: Tiers, budget: Arc<Budget>, clock: Clock, rng: Rng) -> Self {
        Self { inner, tiers, budget, clock, rng }
    }

    /// How long to wait before the next attempt, or why there is none.
    fn next_wait(&self, request: &Request, error: &Error) -> std::result::Result<Duration, &'static str> {
        let settings = &self.tiers[request.state.tier as usize];
        let attempt = request.state.attempt;
        match policy::decide(request.operation().class, request.key().is_some(), error, attempt) {
            Verdict::Stop(reason) => return Err(reason),
            Verdict::Retry if attempt >= request.state.max_attempts => return Err("no attempt is left"),
            Verdict::Retry => {}
        }
        let wait = settings.backoff.wait(attempt, error.retry_after(), &self.rng);
        let now = self.clock.now();
        if request.deadline().is_some_and(|deadline| deadline.remaining(now) <= wait) {
            return Err("the deadline would pass before the next attempt");
        }
        if !self.budget.withdraw(now) {
            return Err("the retry budget is empty");
        }
        Ok(wait)
    }
}

impl<C: Call> Call for Retry<C> {
    async fn call(&self, mut request: Request) -> Result<Response> {
        let settings = &self.tiers[request.state.tier as usize];
        let asked = request.options().max_attempts.unwrap_or(settings.max_attempts);
        request.state.max_attempts = asked.clamp(1, settings.max_attempts);
        loop {
            request.state.attempt += 1;
            let doubts = request.state.record.doubts();
            let answer = self.inner.call(request.clone()).await;
            let error = match answer {
                Ok(response) => {
                    if request.state.attempt == 1 {
                        self.budget.deposit(self.clock.now());
                    }
                    return Ok(response);
                }
                Err(error) => error,
            };
            match self.next_wait(&request, &error) {
                Ok(wait) => {
                    let (operation, wait_ms) = (request.operation(), wait.as_millis());
                    tracing::info!(
                        service = operation.service.name, operation = operation.name, attempt = request.state.attempt,
                        wait_ms, budget_left = self.budget.balance(self.clock.now()), %error, "retry"
                    );
                    tokio::time::sleep(wait).await;
                }
                Err(reason) => {
                    tracing::debug!(attempt = request.state.attempt, reason, "no further attempt");
                    return Err(policy::conclude(request.operation().class, error, doubts));
                }
            }
        }
    }
}
