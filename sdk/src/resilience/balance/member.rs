//! One instance as the balancer sees it, and the lease that one attempt holds on it.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    Way,
    load::{Flight, Load},
};
use crate::{
    contract::explain::{InstanceId, Reason},
    resilience::{
        admission::limit::{Limit, Permit},
        gate::{Change, Gate, Pass},
        settings::ClientConfig,
        verdict::Effects,
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
    pub(super) fn new(id: InstanceId, way: Arc<W>, config: &ClientConfig, now: Instant) -> Self {
        Self {
            id,
            way,
            gate: Gate::new(config.gate, now),
            limit: Limit::new(config.limit, now),
            load: Load::new(now),
            draining: AtomicBool::new(false),
            probed: AtomicBool::new(false),
        }
    }

    /// The same instance with other settings. Breaker, limit and load start anew: what they had learned was judged by
    /// the old ones.
    pub(super) fn renewed(&self, config: &ClientConfig, now: Instant) -> Self {
        Self::new(self.id, Arc::clone(&self.way), config, now)
    }

    /// Names the instance in explanations.
    pub fn id(&self) -> InstanceId {
        self.id
    }

    /// The way to it.
    pub fn way(&self) -> &W {
        &self.way
    }

    /// What a further attempt would have to expect: the latency times what is in flight.
    pub fn load(&self, now: Instant) -> Duration {
        self.load.cost(now)
    }

    /// Why no attempt should go there now.
    pub(super) fn obstacle(&self, panicked: bool, now: Instant) -> Option<Reason> {
        if self.draining.load(Ordering::Relaxed) {
            Some(Reason::Draining)
        } else if !panicked && !self.gate.is_ready(now) {
            Some(Reason::Gated)
        } else if !self.limit.has_room() {
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
    pub(super) fn recovered(&self, now: Instant) {
        self.load.reset(now);
    }
}

// === the lease ===

/// One attempt's hold on an instance. Dropped without an outcome, it counts as cancelled after the time it lasted.
#[derive(Debug)]
pub struct Lease<'a, W> {
    member: &'a Member<W>,
    pass: Pass<'a>,
    permit: Permit<'a>,
    flight: Flight<'a>,
    begun: Instant,
    clock: Clock,
}

impl<W: Way> Member<W> {
    /// Takes a place for one attempt, unless breaker or limit refuse. `may_probe` says that the attempt only reads.
    pub(super) fn lease(&self, panicked: bool, may_probe: bool, clock: Clock, rng: &Rng) -> Option<Lease<'_, W>> {
        let now = clock.now();
        let permit = self.limit.try_acquire(now)?;
        let pass = if panicked { self.gate.bypass() } else { self.gate.admit(now, may_probe, rng.bits()).ok()? };
        Some(Lease { member: self, pass, permit, flight: self.load.begin(now), begun: now, clock })
    }
}

// === impl Lease ===

impl<'a, W: Way> Lease<'a, W> {
    /// Where the attempt goes.
    pub fn member(&self) -> &'a Member<W> {
        self.member
    }

    /// How long it has lasted.
    pub fn elapsed(&self) -> Duration {
        self.clock.now().saturating_duration_since(self.begun)
    }

    /// Gives the place back with what came of the attempt; tells whether the breaker changed.
    pub(super) fn end(self, effects: Effects) -> Option<Change> {
        let now = self.clock.now();
        let elapsed = now.saturating_duration_since(self.begun);
        self.permit.end(effects.limit, elapsed, now);
        self.flight.end(effects.load, now);
        self.pass.record(effects.gate, now)
    }
}
