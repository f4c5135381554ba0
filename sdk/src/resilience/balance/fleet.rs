//! The live set of instances. A change replaces the whole set at once, so that no choice sees half of one.
//!
//! Whoever stays keeps what was learned about it, whoever is new begins healthy, whoever is gone drains: its attempts
//! under way end as they would have, and nothing new goes there.

use std::{
    fmt,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU16, AtomicU32, AtomicUsize, Ordering},
    },
};

use arc_swap::{ArcSwap, Guard};
use tokio::sync::watch;

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
    resilience::{gate::Change, live::Live, settings::ClientConfig, verdict::Effects},
    seams::{Clock, Rng},
    transport::instance::Instance,
};

type Members<W> = Vec<Arc<Member<W>>>;

/// The instances of one service.
pub struct Fleet<O: Open> {
    open: O,
    pub(super) members: ArcSwap<Members<O::Way>>,
    next_id: AtomicU16,
    /// Members whose breaker is open.
    gated: AtomicUsize,
    /// Sum of the members' concurrency limits.
    capacity: Arc<AtomicU32>,
    /// Becomes true with the first set; calls wait for it.
    known: watch::Sender<bool>,
    /// Why the last attempt to find instances failed.
    trouble: Mutex<Option<String>>,
    config: Live<ClientConfig>,
    clock: Clock,
    rng: Rng,
}

// === the set ===

impl<O: Open> Fleet<O> {
    /// No instances yet.
    pub fn new(open: O, config: Live<ClientConfig>, clock: Clock, rng: Rng) -> Self {
        Self {
            open,
            members: ArcSwap::default(),
            next_id: AtomicU16::new(0),
            gated: AtomicUsize::new(0),
            capacity: Arc::new(AtomicU32::new(0)),
            known: watch::Sender::new(false),
            trouble: Mutex::new(None),
            config,
            clock,
            rng,
        }
    }

    /// Replaces the set. An instance that cannot be opened is left out, and the others are used.
    ///
    /// # Errors
    /// The first instance that cannot be opened, with the reason.
    pub fn apply(&self, instances: &[Instance]) -> Result<()> {
        let (old, config, now) = (self.members(), self.config.load(), self.clock.now());
        let (mut members, mut refused) = (Vec::with_capacity(instances.len()), None);
        for instance in instances {
            match old.iter().find(|member| member.way().instance() == instance) {
                Some(stays) => members.push(Arc::clone(stays)),
                None => match self.open.open(instance) {
                    Ok(way) => members.push(Arc::new(Member::new(self.new_id(), Arc::new(way), &config, now))),
                    Err(error) => refused = refused.or(Some(error)),
                },
            }
        }
        let gone = old.iter().filter(|member| !instances.contains(member.way().instance()));
        gone.for_each(|member| member.drain());
        tracing::info!(instances = members.len(), before = old.len(), "the instance set changed");
        self.replace(members);
        refused.map_or(Ok(()), Err)
    }

    /// Judges all instances by the present settings from here on.
    pub fn renew(&self) {
        let (config, now) = (self.config.load(), self.clock.now());
        let renewed = |member: &Arc<Member<O::Way>>| Arc::new(member.renewed(&config, now));
        self.replace(self.members().iter().map(renewed).collect());
    }

    fn replace(&self, members: Members<O::Way>) {
        self.members.store(Arc::new(members));
        self.count();
        self.known.send_replace(true);
    }

    fn new_id(&self) -> InstanceId {
        InstanceId(self.next_id.fetch_add(1, Ordering::Relaxed))
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
        let first = known.wait_for(|known| *known);
        match deadline {
            Some(deadline) => drop(tokio::time::timeout_at(deadline.instant().into(), first).await),
            None => drop(first.await),
        }
    }

    /// Takes what the source of instances says. What it cannot say changes nothing, and is kept for those who ask why
    /// there is no instance.
    pub fn found(&self, found: Result<Vec<Instance>>) {
        let trouble = found.and_then(|instances| self.apply(&instances)).err().map(|error| error.message().to_owned());
        *self.trouble.lock().unwrap_or_else(PoisonError::into_inner) = trouble;
        self.known.send_replace(true);
    }

    /// Why the last attempt to find instances failed.
    pub fn trouble(&self) -> Option<String> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

// === what the members add up to ===

impl<O: Open> Fleet<O> {
    /// How many breakers are open.
    pub fn gated(&self) -> usize {
        self.gated.load(Ordering::Relaxed)
    }

    /// Attempts that the instances can take together, kept up to date.
    pub fn capacity(&self) -> Arc<AtomicU32> {
        Arc::clone(&self.capacity)
    }

    fn count(&self) {
        let (members, now) = (self.members(), self.clock.now());
        let (ready, gated): (Vec<_>, Vec<_>) = members.iter().partition(|member| member.gate.is_ready(now));
        self.gated.store(gated.len(), Ordering::Relaxed);
        // Where every breaker is open there is still one attempt at a time to find out with.
        let capacity = ready.iter().map(|member| member.limit.limit()).sum::<u32>().max(1);
        self.capacity.store(capacity, Ordering::Relaxed);
    }

    /// An attempt has ended.
    pub fn ended(self: &Arc<Self>, lease: Lease<'_, O::Way>, effects: Effects) {
        let member = lease.member();
        let before = member.limit.limit();
        let id = member.id();
        let change = lease.end(effects);
        if change.is_none() && before == member.limit.limit() {
            return;
        }
        self.count();
        if let Some(change) = change {
            self.changed(id, change);
        }
    }

    /// A breaker changed.
    pub(super) fn changed(self: &Arc<Self>, id: InstanceId, change: Change) {
        let members = self.members();
        let Some(member) = members.iter().find(|member| member.id() == id) else { return };
        tracing::info!(instance = %member.way().instance(), %change, "breaker");
        self.count();
        if change.opened() {
            probe::watch(self, member, self.config.load().balance.probe.clone(), self.clock, self.rng.clone());
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
