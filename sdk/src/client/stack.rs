//! THE stack: the order of the layers, why each stands where it stands, and the one function that builds it.
//!
//! | # | layer | per | why here |
//! |---|---|---|---|
//! | 0 | call span ([`observe::span`](crate::observe::span)) | call | sees every outcome, local refusals too |
//! | 1 | key, tier, trace ([`BaseClient`](super::base::BaseClient)) | call | a key minted inside the retry loop would be a second payment |
//! | 2 | [`deadline`](crate::resilience::deadline) | call | nothing inside may outlive the caller's patience |
//! | 3 | *fallback* (not built) | call | inside the hard deadline, so that it has time left |
//! | 5 | *cache, single-flight, batch* (not built) | call | hits must survive overload |
//! | 6 | *priority admission* (not built) | call | once per call: a call that waits to retry holds no permit |
//! | 7 | *rate limit* (not built) | call | waiting for quota is ordered by priority |
//! | – | the user's layers, [`Place::Call`](super::builder::Place) | call | see a call as one thing |
//! | 8 | [`retry`](crate::resilience::retry) | call | outside everything that concerns one attempt |
//! | 9 | *hedge* (not built) | attempt | shares the attempt counter of the retries |
//! | – | the user's layers, [`Place::Attempt`](super::builder::Place) | attempt | see each attempt |
//! | 10 | *identity* (not built) | attempt | a slow token server must not hold the target's permit |
//! | 11 | *balance* (not built) | attempt | the next attempt goes elsewhere |
//! | 12 | *instance gate and permit* (not built) | attempt | one instance's failures are its own |
//! | 13 | [`attempt timeout`](crate::resilience::attempt) | attempt | a timeout is blamed on the instance |
//! | 14 | headers ([`wire`](super::wire)) | attempt | they hold the attempt's number and the time left |
//! | 15 | attempt span, certainty ([`wire`](super::wire)) | attempt | sees exactly what the wire gave |
//! | 16 | [`transport`](crate::transport) | attempt | sends bytes, reads no meaning |

use std::sync::Arc;

use super::{base::BoxedCall, builder::Layers, config::ClientConfig, wire::Wire};
use crate::{
    observe::recorder::Recorder,
    resilience::{
        attempt::AttemptTimeout,
        deadline::DeadlineLayer,
        foreign::Slot,
        retry::{Retry, budget::Budget},
    },
    seams::{Clock, Rng},
    transport::{Connection, instance::Instance},
};

/// Everything that a stack is made of.
pub(super) struct Parts<T> {
    pub(super) config: ClientConfig,
    pub(super) instance: Instance,
    pub(super) connection: T,
    pub(super) layers: Layers,
    pub(super) recorder: Option<Arc<dyn Recorder>>,
    pub(super) clock: Clock,
    pub(super) rng: Rng,
}

/// Builds the stack, innermost first: the table above, read upwards.
pub(super) fn build<T: Connection>(parts: Parts<T>) -> Box<dyn BoxedCall> {
    let Parts { config, instance, connection, layers, recorder, clock, rng } = parts;
    let budget = Arc::new(Budget::new(config.retry_budget_permille, clock.now()));
    let tiers = config.tiers;
    let wire = Wire::new(instance, connection, recorder, clock, rng.clone());
    let attempt = AttemptTimeout::new(wire, tiers, clock);
    let attempt = Slot::new(attempt, &layers.attempt);
    let retry = Retry::new(attempt, tiers, budget, clock, rng);
    let call = Slot::new(retry, &layers.call);
    Box::new(DeadlineLayer::new(call, tiers, clock))
}
