//! The live set of instances. A change replaces the whole set at once, so that no choice sees half of one.
//!
//! Whoever stays keeps what was learned about it, whoever is new begins healthy, whoever is gone drains: its attempts
//! under way end as they would have, and nothing new goes there.

use std::{
    borrow::Cow,
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU16, AtomicUsize, Ordering},
    },
    time::Instant,
};

use arc_swap::{ArcSwap, Guard};
use tokio::sync::watch;
use tracing::Instrument;

use super::{
    Open, Way,
    member::{Lease, Member},
    probe,
};
use crate::{
    contract::{
        deadline::Deadline,
        error::Result,
        explain::{InstanceId, Names},
    },
    resilience::{
        admission::queue::Queue,
        gate::{Change, Phase, Verdict},
        live::Live,
        settings::ClientConfig,
        told::Told,
        verdict::Effects,
        wait::wait_span,
    },
    seams::{Clock, Rng},
    transport::instance::Instance,
};

type Members<W> = Vec<Arc<Member<W>>>;

/// The instances of one service.
pub struct Fleet<O: Open> {
    open: O,
    pub(super) members: ArcSwap<Members<O::Way>>,
    /// Held while the set is replaced by one that is made from it.
    changing: Mutex<()>,
    next_id: AtomicU16,
    /// Members whose breaker is open.
    gated: AtomicUsize,
    /// Where calls wait for a place; it has as many as the members carry attempts.
    queue: Arc<Queue>,
    /// Becomes true with the first set; calls wait for it.
    known: watch::Sender<bool>,
    /// Why the last attempt to find instances failed.
    trouble: Mutex<Option<String>>,
    told: Arc<dyn Told>,
    config: Live<ClientConfig>,
    clock: Clock,
    rng: Rng,
}

// === the set ===

impl<O: Open> Fleet<O> {
    /// No instances yet. `told` hears of every change of a breaker.
    pub(crate) fn new(
        open: O,
        queue: Arc<Queue>,
        told: Arc<dyn Told>,
        config: Live<ClientConfig>,
        clock: Clock,
        rng: Rng,
    ) -> Self {
        Self {
            open,
            members: ArcSwap::default(),
            changing: Mutex::new(()),
            next_id: AtomicU16::new(0),
            gated: AtomicUsize::new(0),
            queue,
            known: watch::Sender::new(false),
            trouble: Mutex::new(None),
            told,
            config,
            clock,
            rng,
        }
    }

    /// Replaces the set. An instance that cannot be opened is left out, and the others are used.
    ///
    /// # Errors
    /// The first instance that cannot be opened, with the reason.
    pub fn apply(self: &Arc<Self>, instances: &[Instance]) -> Result<()> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let old = self.members.load_full();
        let (mut members, mut refused) = (Members::with_capacity(instances.len()), None);
        for instance in instances {
            match old.iter().find(|member| member.way().instance() == instance) {
                Some(stays) => members.push(Arc::clone(stays)),
                None => match self.open.open(instance) {
                    Ok(way) => {
                        let living = |id| old.iter().chain(&members).any(|member| member.id() == id);
                        members.push(self.member(free_id(&self.next_id, living), Arc::new(way)));
                    }
                    Err(error) => refused = refused.or(Some(error)),
                },
            }
        }
        tracing::info!(instances = members.len(), before = old.len(), "the instance set changed");
        self.replace(members);
        // Only now, or calls that choose in between would find nobody.
        let gone = old.iter().filter(|member| !instances.contains(member.way().instance()));
        gone.for_each(|member| member.drain());
        refused.map_or(Ok(()), Err)
    }

    /// Judges all instances by the present settings from here on. Breakers, limits and loads begin anew: what they had
    /// learned was judged by the old ones.
    pub fn renew(self: &Arc<Self>) {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.queue.configure(self.config.load().queue);
        let renewed = |member: &Arc<Member<O::Way>>| self.member(member.id(), Arc::clone(member.way()));
        self.replace(self.members().iter().map(renewed).collect());
    }

    /// A healthy, idle member.
    fn member(self: &Arc<Self>, id: InstanceId, way: Arc<O::Way>) -> Arc<Member<O::Way>> {
        let fleet = Arc::downgrade(self);
        let on_change = move |change: Change| {
            if let Some(fleet) = fleet.upgrade() {
                fleet.changed(id, change);
            }
        };
        Arc::new(Member::new(id, way, &self.config.load(), self.clock.now(), on_change))
    }

    fn replace(&self, members: Members<O::Way>) {
        self.members.store(Arc::new(members));
        self.count();
        self.known.send_replace(true);
    }

    /// The members now.
    pub fn members(&self) -> Guard<Arc<Members<O::Way>>> {
        self.members.load()
    }

    /// Waits for the first set, no longer than the call may take.
    pub async fn ready(&self, deadline: Option<Deadline>) {
        if *self.known.borrow() {
            return;
        }
        let mut known = self.known.subscribe();
        let first = known.wait_for(|known| *known).instrument(wait_span("instances"));
        match deadline {
            Some(deadline) => drop(tokio::time::timeout_at(deadline.instant().into(), first).await),
            None => drop(first.await),
        }
    }

    /// Takes what the source of instances says. What it cannot say changes nothing, and is kept for those who ask why
    /// there is no instance.
    pub fn found(self: &Arc<Self>, found: Result<Vec<Instance>>) {
        let trouble = found.and_then(|instances| self.apply(&instances)).err().map(|error| error.message().to_owned());
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
        self.known.send_replace(true);
    }

    /// Why the last attempt to find instances failed.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The next id that no living instance has: they come round. The last one is left out, so that an id and one more fit
/// into 16 bits.
fn free_id(next: &AtomicU16, living: impl Fn(InstanceId) -> bool) -> InstanceId {
    loop {
        let id = InstanceId(next.fetch_add(1, Ordering::Relaxed));
        if id.0 < u16::MAX && !living(id) {
            return id;
        }
    }
}

// === what the members add up to ===

impl<O: Open> Fleet<O> {
    /// Path of the probes.
    pub(super) fn probe_path(&self) -> Cow<'static, str> {
        self.config.load().balance.probe_path.clone()
    }

    /// Where calls wait for a place.
    pub fn queue(&self) -> &Queue {
        &self.queue
    }

    /// How many breakers are open.
    pub fn gated(&self) -> usize {
        self.gated.load(Ordering::Relaxed)
    }

    /// Sees to it that every gated member has its prober; see [`probe::watch`].
    pub(super) fn keep_probing(self: &Arc<Self>, members: &Members<O::Way>, now: Instant) {
        if self.gated() > 0 {
            let gated = members.iter().filter(|member| member.is_gated(now));
            gated.for_each(|member| probe::watch(self, member, self.clock, &self.rng));
        }
    }

    /// Counts again what the members add up to.
    fn count(&self) {
        let (members, now) = (self.members(), self.clock.now());
        let (gated, ready): (Vec<_>, Vec<_>) = members.iter().partition(|member| member.is_gated(now));
        self.gated.store(gated.len(), Ordering::Relaxed);
        // Where every breaker is open calls still pass, to be told so at once.
        let counted = if ready.is_empty() { gated } else { ready };
        self.queue.set_capacity(counted.iter().map(|member| member.limit.limit()).sum::<u64>().max(1));
    }

    /// An attempt has ended.
    pub(super) fn ended(
        self: &Arc<Self>,
        member: &Arc<Member<O::Way>>,
        lease: Lease<'_, O::Way>,
        effects: Effects,
        now: Instant,
    ) {
        let before = member.limit.limit();
        lease.end(effects, now);
        if matches!(effects.gate, Verdict::Failure | Verdict::ConnectFailure | Verdict::Timeout) {
            probe::watch(self, member, self.clock, &self.rng);
        }
        if before != member.limit.limit() {
            self.count();
        }
    }

    /// A breaker changed.
    fn changed(self: &Arc<Self>, id: InstanceId, change: Change) {
        let members = self.members();
        let Some(member) = members.iter().find(|member| member.id() == id) else { return };
        self.told.breaker_changed(member.way().instance(), change);
        self.count();
        match change.to {
            // Whatever opened it: rates of failures and slow answers do, too.
            Phase::Open => probe::watch(self, member, self.clock, &self.rng),
            Phase::Ramping => member.recovered(),
            Phase::HalfOpen | Phase::Closed => {}
        }
    }
}

impl<O: Open> Names for Fleet<O> {
    fn name(&self, id: InstanceId) -> Option<String> {
        let members = self.members();
        members.iter().find(|member| member.id() == id).map(|member| member.way().instance().to_string())
    }
}

impl<O: Open> fmt::Debug for Fleet<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let instances = self.members().iter().map(|member| member.way().instance().to_string()).collect::<Vec<_>>();
        f.debug_struct("Fleet").field("instances", &instances).field("gated", &self.gated()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::record::CallRecord;

    #[test]
    fn ids_that_come_round_are_those_of_nobody_and_can_all_be_told_apart() {
        let (next, record) = (AtomicU16::new(65_533), CallRecord::default());
        let ids: Vec<_> = (0..4).map(|_| free_id(&next, |id| id == InstanceId(0))).collect();
        assert_eq!(ids, [65_533, 65_534, 1, 2].map(InstanceId));
        for id in &ids {
            assert!(!record.has_tried(*id));
            record.goes_to(*id, false);
            assert!(record.has_tried(*id));
        }
        assert!(ids.iter().all(|id| record.has_tried(*id)) && !record.has_tried(InstanceId(0)));
    }
}
