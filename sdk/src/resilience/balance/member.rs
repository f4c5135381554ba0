//! One instance as the balancer sees it, and the lease that one attempt holds on it.

use std::{
    cmp,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    Way,
    load::{InFlight, Load},
};
use crate::{
    contract::{
        explain::{InstanceId, Reason},
        record::CallRecord,
    },
    resilience::{
        admission::limit::{Limit, Permit},
        gate::{Change, Gate, Pass, Phase, Refused, Verdict},
        settings::ClientConfig,
        verdict::{Effects, Sample, Signal},
    },
    seams::{Clock, Rng},
};

/// One instance: the way to it, its breaker, its concurrency limit and its load.
#[derive(Debug)]
pub struct Member<W> {
    id: InstanceId,
    way: Arc<W>,
    pub(super) gate: Gate,
    pub(super) limit: Limit,
    load: Load,
    draining: AtomicBool,
    /// Whether a prober is at work.
    pub(super) probed: AtomicBool,
}

// === impl Member ===

impl<W: Way> Member<W> {
    /// A healthy, idle instance.
    pub(super) fn new(
        id: InstanceId,
        way: Arc<W>,
        config: &ClientConfig,
        now: Instant,
        on_change: impl Fn(Change) + Send + Sync + 'static,
    ) -> Self {
        Self {
            id,
            way,
            gate: Gate::new(config.gate, now, on_change),
            limit: Limit::new(config.limit, now),
            load: Load::new(now),
            draining: AtomicBool::new(false),
            probed: AtomicBool::new(false),
        }
    }

    /// Names the instance in explanations.
    pub fn id(&self) -> InstanceId {
        self.id
    }

    /// The way to it.
    pub fn way(&self) -> &Arc<W> {
        &self.way
    }

    /// Which of two would cost one more attempt less.
    pub(super) fn compare(&self, other: &Self, now: Instant) -> cmp::Ordering {
        self.load.compare(&other.load, now)
    }

    /// The latency that is expected of it; zero while nothing is known.
    pub fn latency(&self, now: Instant) -> Duration {
        self.load.latency(now).unwrap_or_default()
    }

    /// Where its breaker stands.
    pub fn phase(&self, now: Instant) -> Phase {
        self.gate.phase(now)
    }

    /// Attempts under way, and how many there may be.
    pub fn permits(&self) -> (u64, u64) {
        (self.limit.in_flight(), self.limit.limit())
    }

    /// Whether its breaker keeps calls away.
    pub(super) fn is_gated(&self, now: Instant) -> bool {
        matches!(self.gate.phase(now), Phase::Open | Phase::HalfOpen)
    }

    /// Why no attempt should go there now.
    pub(super) fn obstacle(&self, panicked: bool, may_probe: bool, now: Instant) -> Option<Reason> {
        if self.draining.load(Ordering::Relaxed) {
            Some(Reason::Draining)
        } else if !panicked && !may_probe && self.is_gated(now) {
            Some(Reason::Gated)
        } else if self.limit.in_flight() >= self.limit.limit() {
            Some(Reason::Full)
        } else {
            None
        }
    }

    /// No further attempts; those under way end as they would have.
    pub(super) fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// The instance is back: what was remembered of its bad time no longer holds.
    pub(super) fn recovered(&self) {
        self.load.reset();
    }
}

// === the lease ===

/// One attempt's hold on an instance. Dropped without an outcome, it has lasted at least so long, and counts as cancelled
/// unless another attempt of the call was quicker.
#[derive(Debug)]
pub struct Lease<'a, W> {
    member: &'a Member<W>,
    /// Both are gone once the outcome is known.
    pass: Option<Pass<'a>>,
    permit: Option<Permit<'a>>,
    _in_flight: InFlight<'a>,
    begun: Instant,
    clock: Clock,
    record: &'a CallRecord,
}

impl<W: Way> Member<W> {
    /// Takes a place for one attempt. `may_probe` says that the attempt only reads.
    ///
    /// # Errors
    /// Why breaker or limit refuse.
    pub(super) fn lease<'a>(
        &'a self,
        panicked: bool,
        may_probe: bool,
        now: Instant,
        clock: Clock,
        rng: &Rng,
        record: &'a CallRecord,
    ) -> Result<Lease<'a, W>, Reason> {
        let permit = self.limit.try_acquire(now).ok_or(Reason::Full)?;
        let pass = match panicked {
            true => self.gate.overrule(now, rng.bits()),
            false => self.gate.admit(now, rng.bits(), may_probe).map_err(|refused| match refused {
                Refused::Ramping => Reason::Ramping,
                Refused::Open | Refused::Probing | Refused::Forced => Reason::Gated,
            })?,
        };
        let (pass, permit) = (Some(pass), Some(permit));
        Ok(Lease { member: self, pass, permit, _in_flight: self.load.begin(now), begun: now, clock, record })
    }
}

// === impl Lease ===

impl<W> Lease<'_, W> {
    /// How long it has lasted.
    pub(super) fn elapsed(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.begun)
    }

    /// Gives the place back with what came of the attempt.
    pub(super) fn end(mut self, effects: Effects, now: Instant) {
        let load = &self.member.load;
        match effects.load {
            Sample::Answered(elapsed) => load.answered(elapsed, now),
            Sample::AtLeast(elapsed) => load.took_at_least(elapsed, now),
            Sample::TurnedAway(retry_after) => load.turned_away(retry_after, now),
            Sample::Nothing => {}
        }
        if let Some(permit) = self.permit.take() {
            match effects.limit {
                Signal::Success => permit.succeeded(now),
                Signal::Drop => permit.dropped(now),
                Signal::Nothing => drop(permit),
            }
        }
        if let Some(pass) = self.pass.take() {
            pass.record(effects.gate, now);
        }
    }
}

impl<W> Drop for Lease<'_, W> {
    fn drop(&mut self) {
        // A pass that is still here was given no verdict: the attempt was dropped.
        if let Some(pass) = self.pass.take() {
            let now = self.clock.now();
            self.member.load.took_at_least(self.elapsed(now), now);
            pass.record(if self.record.is_decided() { Verdict::Void } else { Verdict::Cancelled }, now);
        }
    }
}
