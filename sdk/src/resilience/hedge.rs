//! Sends a slow read a second time, elsewhere, and takes the first answer.
//!
//! Balancing avoids an instance that *is* slow; a hedge hides the one answer that happens to be (Dean and Barroso, "The
//! Tail at Scale", 2013). The second attempt begins when the first has taken longer than all but a chosen share of calls
//! take, so that this share is what hedging costs. It is never sent for what changes something under a key or without
//! one, goes to another instance or nowhere, counts as an attempt of the call, and pays twice: from a budget of its own,
//! which bounds hedges whatever the latencies do, and from the retries', which ends them in an outage.

use std::{
    future::Future,
    pin::{Pin, pin},
    sync::Arc,
    time::{Duration, Instant},
};

use super::{live::Live, quantile::Quantile, retry::budget::Budget, settings::ClientConfig, share::Share};
use crate::{
    contract::{
        call::Call,
        error::Result,
        explain::{Decision, Reason},
        operation::{Class, Tier},
        request::Request,
        response::Response,
    },
    seams::Clock,
};

/// Hedges of one tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct HedgeSettings {
    /// Hedges per thousand calls; 0 turns them off.
    pub extra_permille: u32,
    /// Shortest time before a hedge: below it a second attempt costs more than the wait.
    pub shortest_delay: Duration,
}

impl HedgeSettings {
    /// At most so many hedges per thousand calls, none earlier than 5 ms.
    pub const fn new(extra_permille: u32) -> Self {
        Self { extra_permille, shortest_delay: Duration::from_millis(5) }
    }
}

/// The hedge layer.
#[derive(Debug)]
pub struct Hedge<C> {
    inner: C,
    config: Live<ClientConfig>,
    /// By tier: the delay after which a hedge is due, and the share of calls that hedges may make up.
    tiers: [(Quantile, Share); Tier::ALL.len()],
    retries: Arc<Budget>,
    clock: Clock,
}

impl<C> Hedge<C> {
    /// Hedges attempts through `inner`; `retries` is the budget of the dependency's retries.
    pub fn new(inner: C, config: Live<ClientConfig>, retries: Arc<Budget>, clock: Clock) -> Self {
        let tiers = Tier::ALL.map(|_| (Quantile::default(), Share::new(clock.now())));
        Self { inner, config, tiers, retries, clock }
    }

    fn settings(&self, request: &Request) -> Option<HedgeSettings> {
        let operation = request.operation();
        let reads = matches!(operation.class, Class::Safe | Class::Idempotent) && !operation.long_poll;
        let settings = self.config.load().tiers[request.state.settled().tier as usize].hedge;
        (reads && settings.extra_permille > 0 && request.state.max_attempts > 1).then_some(settings)
    }

    /// The second attempt, unless something forbids it.
    fn second(&self, request: &Request, extra_permille: u32, delay: Duration) -> std::result::Result<Request, Reason> {
        let record = &request.state.record;
        let now = self.clock.now();
        if !record.has_others() {
            return Err(Reason::NoOtherInstance);
        }
        let (_, hedges) = &self.tiers[request.state.settled().tier as usize];
        // Before anything is paid for.
        if record.issued() >= request.state.max_attempts {
            return Err(Reason::NoAttempt);
        }
        if !(hedges.take(extra_permille, now) && self.retries.withdraw(now)) {
            return Err(Reason::NoBudget);
        }
        let attempt = record.issue(request.state.max_attempts).ok_or(Reason::NoAttempt)?;
        record.note(Decision::Hedged(u8::try_from(attempt).unwrap_or(u8::MAX), delay));
        let mut second = request.clone();
        second.state.attempt = attempt;
        Ok(second)
    }
}

impl<C: Call> Call for Hedge<C> {
    async fn call(&self, request: Request) -> Result<Response> {
        let Some(settings) = self.settings(&request) else { return self.inner.call(request).await };
        let (delay, hedges) = &self.tiers[request.state.settled().tier as usize];
        let begun = self.clock.now();
        // A few more are due than are granted, or chance would leave a part of the share unused.
        let due_permille = settings.extra_permille + settings.extra_permille / 2;
        let _latency = Latency { begun, clock: self.clock, delay, due_permille };
        hedges.call(begun);
        let wait = delay.estimate().max(settings.shortest_delay);
        let mut first = pin!(self.inner.call(request.clone()));
        tokio::select! {
            biased;
            answer = &mut first => return answer,
            () = tokio::time::sleep(wait) => {}
        }
        match self.second(&request, settings.extra_permille, wait) {
            Ok(second) => {
                let mut second = pin!(self.inner.call(second));
                let answer = race(first.as_mut(), second.as_mut()).await;
                // Before the loser is dropped.
                request.state.record.decide();
                answer
            }
            Err(reason) => {
                request.state.record.note(Decision::NotHedged(reason));
                first.await
            }
        }
    }
}

/// The first answer that needs no further attempt; when both fail, the failure of the first attempt. What the other one
/// may have done stays in the record of the call, which its end asks.
async fn race<A, B>(mut first: Pin<&mut A>, mut second: Pin<&mut B>) -> Result<Response>
where
    A: Future<Output = Result<Response>>,
    B: Future<Output = Result<Response>>,
{
    use crate::contract::certainty::Certainty::Processed;
    let settles = |answer: &Result<Response>| match answer {
        Ok(_) => true,
        Err(error) => error.certainty() == Processed,
    };
    tokio::select! {
        biased;
        answer = &mut first => {
            if settles(&answer) {
                return answer;
            }
            let other = second.await;
            if settles(&other) { other } else { answer }
        }
        answer = &mut second => if settles(&answer) { answer } else { first.await },
    }
}

/// Records how long the first attempt took, or at least took when it is dropped.
struct Latency<'a> {
    begun: Instant,
    clock: Clock,
    delay: &'a Quantile,
    /// Share of the calls that the delay is to let a hedge begin for.
    due_permille: u32,
}

impl Drop for Latency<'_> {
    fn drop(&mut self) {
        self.delay.record(self.clock.now().saturating_duration_since(self.begun), self.due_permille);
    }
}
