//! Lets equal reads under way share one call.
//!
//! The first caller leads and the others follow, each under its own deadline. Whether somebody leads is one permit: a
//! leader that is dropped gives it back and the next caller takes over with a call of its own, so nobody fails because
//! somebody else lost patience. When the leader has its answer, everybody else gets a copy at once.
//!
//! A failure is shared too, or an outage would be asked about as often as before. The exception are callers that could
//! have waited longer and tried more often than the leader: one whose tier is higher asks again, and one that has at least
//! twice the time that the leader had. Tiers are three, and time cannot be doubled often, so that costs a few calls.
//!
//! It holds for operations declared with `cache`: those have said that an answer may be a little older than the
//! question. What is kept here is bounded by the calls under way, and gone with the last of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError},
    time::Duration,
};

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};
use tracing::Instrument;

use super::wait::wait_span;
use crate::{
    contract::{
        call::Call, deadline::Deadline, error::Result, explain::Decision, operation::Tier, question::Question,
        request::Request, response::Response,
    },
    seams::Clock,
};

/// The single-flight layer.
#[derive(Debug)]
pub struct SingleFlight<C> {
    inner: C,
    flights: Flights,
    clock: Clock,
}

/// Calls under way, by what they ask. Never iterated, so its order decides nothing.
#[derive(Debug, Default)]
struct Flights(Mutex<HashMap<Arc<Question>, Booked>>);

/// A flight, and how many callers are in it.
#[derive(Debug)]
struct Booked {
    flight: Arc<Flight>,
    seats: usize,
}

/// One call that several callers wait for.
#[derive(Debug)]
struct Flight {
    /// One permit, held by who leads; closed when the answer is there.
    lead: Semaphore,
    landed: OnceLock<Landed>,
}

/// How a flight ended.
#[derive(Debug)]
struct Landed {
    answer: Result<Response>,
    /// What the call that was made could afford.
    means: Means,
}

/// What a caller can afford, now.
#[derive(Clone, Copy, Debug)]
struct Means {
    tier: Tier,
    time: Duration,
}

/// One caller's place in a flight, given back however the caller ends.
#[derive(Debug)]
struct Seat<'a> {
    flights: &'a Flights,
    question: Arc<Question>,
    flight: Arc<Flight>,
}

impl<C> SingleFlight<C> {
    /// Lets equal calls through `inner` share one.
    pub fn new(inner: C, clock: Clock) -> Self {
        Self { inner, flights: Flights::default(), clock }
    }
}

impl<C: Call> Call for SingleFlight<C> {
    async fn call(&self, request: Request) -> Result<Response> {
        let shared = request.state.question.clone().filter(|_| !request.options().fresh);
        let Some(question) = shared else { return self.inner.call(request).await };
        let (tier, deadline, record) = (request.state.settled().tier, request.deadline(), request.state.record.clone());
        let means = || Means { tier, time: self.time_until(deadline) };
        loop {
            let seat = self.flights.board(&question);
            let Ok(_lead) = seat.lead().await else {
                match seat.flight.landed.get().and_then(|landed| landed.answer_for(means())) {
                    Some(answer) => {
                        record.note(Decision::Joined);
                        return answer;
                    }
                    None => continue,
                }
            };
            let means = means();
            let answer = self.inner.call(request).await;
            seat.land(&answer, means);
            return answer;
        }
    }
}

impl<C> SingleFlight<C> {
    fn time_until(&self, deadline: Option<Deadline>) -> Duration {
        deadline.map_or(Deadline::MAX, |deadline| deadline.remaining(self.clock.now()))
    }
}

// === impl Flights ===

impl Flights {
    /// Takes a seat in the flight that asks `question`, or in a new one.
    fn board(&self, question: &Arc<Question>) -> Seat<'_> {
        let mut flights = self.lock();
        let booked = flights.entry(Arc::clone(question)).or_insert_with(|| Booked {
            flight: Arc::new(Flight { lead: Semaphore::new(1), landed: OnceLock::new() }),
            seats: 0,
        });
        booked.seats += 1;
        Seat { flights: self, question: Arc::clone(question), flight: Arc::clone(&booked.flight) }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<Question>, Booked>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === impl Seat ===

impl Seat<'_> {
    /// Waits for the lead; an error once the flight has landed.
    async fn lead(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        match self.flight.lead.try_acquire() {
            Ok(lead) => Ok(lead),
            Err(_) => self.flight.lead.acquire().instrument(wait_span("another call")).await,
        }
    }

    /// Ends the flight: whoever asks from here on begins another one, whoever waits gets a copy of the answer.
    fn land(&self, answer: &Result<Response>, means: Means) {
        let booked = self.flights.lock().remove(&self.question);
        if booked.is_some_and(|booked| booked.seats > 1) {
            self.flight.landed.get_or_init(|| Landed { answer: copy(answer), means });
        }
        self.flight.lead.close();
    }
}

impl Drop for Seat<'_> {
    fn drop(&mut self) {
        let mut flights = self.flights.lock();
        // A flight that has landed is not listed any more, and another one may have taken its place.
        let Some(booked) = flights.get_mut(&self.question) else { return };
        if Arc::ptr_eq(&booked.flight, &self.flight) {
            booked.seats -= 1;
            if booked.seats == 0 {
                flights.remove(&self.question);
            }
        }
    }
}

// === impl Landed ===

impl Landed {
    /// The answer for a follower; none if a call of its own could do better.
    fn answer_for(&self, follower: Means) -> Option<Result<Response>> {
        let has_more = follower.tier > self.means.tier || follower.time >= self.means.time * 2;
        let could_do_better = self.answer.is_err() && has_more;
        (!could_do_better).then(|| copy(&self.answer).map_err(|error| error.of("an equal call under way failed")))
    }
}

fn copy(answer: &Result<Response>) -> Result<Response> {
    match answer {
        Ok(response) => Ok(response.clone()),
        Err(error) => Err(error.copy()),
    }
}

#[cfg(test)]
mod tests;
