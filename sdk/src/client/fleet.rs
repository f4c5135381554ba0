//! The instances of a client as its handle sees them: whatever the transport, whatever their source.
//!
//! A source that can change is followed by a task, begun with the first call, since a client may be built outside of a
//! runtime. The task ends with the client.

use std::sync::{Arc, OnceLock};

use tokio::task::AbortHandle;

use crate::{
    contract::{error::Result, explain::Names},
    resilience::balance::{Open, Way, fleet::Fleet},
    transport::{
        discovery::{Discovery, driver},
        instance::Instance,
    },
};

/// What a handle does with its instances.
pub(super) trait Instances: Send + Sync {
    /// Begins to follow the source, once.
    fn follow(&self);

    /// Who knows them by name.
    fn names(self: Arc<Self>) -> Arc<dyn Names>;

    /// Judges all of them by the present settings.
    fn renew(&self);

    /// Their addresses.
    fn list(&self) -> Vec<Instance>;
}

/// A fleet and its source.
#[derive(Debug)]
pub(super) struct Followed<O: Open> {
    fleet: Arc<Fleet<O>>,
    source: Option<Arc<dyn Discovery>>,
    task: OnceLock<AbortHandle>,
}

impl<O: Open> Followed<O> {
    /// `source` is followed, if it is one that can change.
    pub(super) fn new(fleet: Arc<Fleet<O>>, source: Option<Arc<dyn Discovery>>) -> Self {
        Self { fleet, source, task: OnceLock::new() }
    }
}

impl<O: Open> Instances for Followed<O> {
    fn follow(&self) {
        let Some(source) = &self.source else { return };
        self.task.get_or_init(|| {
            let fleet = Arc::downgrade(&self.fleet);
            let apply = move |found: Result<Vec<Instance>>| {
                if let Some(fleet) = fleet.upgrade() {
                    fleet.found(found);
                }
            };
            tokio::spawn(driver::follow(Arc::clone(source), apply)).abort_handle()
        });
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
}

impl<O: Open> Drop for Followed<O> {
    fn drop(&mut self) {
        if let Some(task) = self.task.get() {
            task.abort();
        }
    }
}
