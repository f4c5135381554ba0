//! The instances of a client as its handle sees them: whatever the transport, whatever their source.
//!
//! A source that can change is followed by a task, begun with the first call, since a client may be built outside of a
//! runtime. The task ends with the client, or with its runtime; then the first call in another one begins it anew.

use std::{sync::Arc, time::Instant};

use arc_swap::ArcSwapOption;
use tokio::task::AbortHandle;

use super::status::InstanceStatus;
use crate::{
    contract::{error::Result, explain::Names, operation::Tier},
    resilience::balance::{Open, Way, fleet::Fleet, member::Member},
    transport::{
        discovery::{Discovery, driver},
        instance::Instance,
    },
};

/// What a handle does with its instances.
pub(super) trait Instances: Send + Sync {
    /// Begins to follow the source, unless that is being done.
    fn follow(&self);

    /// Who knows them by name.
    fn names(self: Arc<Self>) -> Arc<dyn Names>;

    /// Judges all of them by the present settings.
    fn renew(&self);

    /// Their addresses.
    fn list(&self) -> Vec<Instance>;

    /// How each of them stands.
    fn status(&self, now: Instant) -> Vec<InstanceStatus>;

    /// Calls that wait for one of them, by tier.
    fn waiting(&self) -> [u64; Tier::ALL.len()];
}

/// A fleet and its source.
#[derive(Debug)]
pub(super) struct Followed<O: Open> {
    fleet: Arc<Fleet<O>>,
    source: Option<Arc<dyn Discovery>>,
    task: ArcSwapOption<AbortHandle>,
}

impl<O: Open> Followed<O> {
    /// `source` is followed, if it is one that can change.
    pub(super) fn new(fleet: Arc<Fleet<O>>, source: Option<Arc<dyn Discovery>>) -> Self {
        Self { fleet, source, task: ArcSwapOption::empty() }
    }
}

impl<O: Open> Instances for Followed<O> {
    fn follow(&self) {
        let Some(source) = &self.source else { return };
        let before = self.task.load();
        if before.as_ref().is_some_and(|task| !task.is_finished()) {
            return;
        }
        let fleet = Arc::downgrade(&self.fleet);
        let apply = move |found: Result<Vec<Instance>>| {
            if let Some(fleet) = fleet.upgrade() {
                fleet.found(found);
            }
        };
        let ours = Arc::new(tokio::spawn(driver::follow(Arc::clone(source), apply)).abort_handle());
        let found = self.task.compare_and_swap(&before, Some(Arc::clone(&ours)));
        // Another call was quicker.
        if found.as_ref().map(Arc::as_ptr) != before.as_ref().map(Arc::as_ptr) {
            ours.abort();
        }
    }

    fn names(self: Arc<Self>) -> Arc<dyn Names> {
        Arc::clone(&self.fleet) as Arc<dyn Names>
    }

    fn renew(&self) {
        self.fleet.renew();
    }

    fn list(&self) -> Vec<Instance> {
        self.fleet.members().iter().map(|member| member.way().instance().clone()).collect()
    }

    fn status(&self, now: Instant) -> Vec<InstanceStatus> {
        let status = |member: &Arc<Member<O::Way>>| {
            let (in_flight, limit) = member.permits();
            let (instance, phase, latency) = (member.way().instance().clone(), member.phase(now), member.latency(now));
            InstanceStatus { instance, phase, in_flight, limit, latency }
        };
        self.fleet.members().iter().map(status).collect()
    }

    fn waiting(&self) -> [u64; Tier::ALL.len()] {
        self.fleet.queue().waiting_by_tier()
    }
}

impl<O: Open> Drop for Followed<O> {
    fn drop(&mut self) {
        if let Some(task) = self.task.load().as_ref() {
            task.abort();
        }
    }
}
