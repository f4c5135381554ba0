//! THE stack: the order of the layers, why each stands where it stands, and the one function that builds it.
//!
//! | # | layer | per | why here |
//! |---|---|---|---|
//! | 0 | call span ([`observe::span`](crate::observe::span)) | call | sees every outcome, local refusals too |
//! | 1 | key, tier, trace ([`BaseClient`](super::base::BaseClient)) | call | a key minted inside the retry loop would be a second payment |
//! | 2 | [`deadline`](crate::resilience::deadline) | call | nothing inside may outlive the caller's patience |
//! | 3 | [`fallback`](crate::resilience::fallback) | call | inside the deadline, of which it keeps a part for itself |
//! | 4 | [`cache`](crate::resilience::cache): look | call | hits must survive overload, and outages |
//! | 5 | [`single flight`](crate::resilience::single_flight) | call | followers share one retry loop |
//! | – | [`cache`](crate::resilience::cache): keep | call | once per answer, and before its followers are gone |
//! | – | [`batch`](crate::resilience::batch) | call | many calls wait for one place and are one call to everything below |
//! | 6 | [`admission`](crate::resilience::admission) | call | once per call: a call that waits to retry holds no place |
//! | 7 | [`rate limit`](crate::resilience::rate) | call | waiting for quota is ordered by priority |
//! | – | the user's layers, [`Place::Call`](super::builder::Place) | call | see a call as one thing |
//! | – | [`journal`](super::journal), of calls that move money | call | after every refusal, before the first byte; attempts are one effect |
//! | 8 | [`retry`](crate::resilience::retry) | call | outside everything that concerns one attempt |
//! | 9 | [`hedge`](crate::resilience::hedge) | attempt | shares the attempt counter of the retries |
//! | – | the user's layers, [`Place::Attempt`](super::builder::Place) | attempt | see each attempt |
//! | 10 | [`identity`](crate::resilience::identity) | attempt | a slow token server must not hold the target's permit |
//! | 11 | [`balance`](crate::resilience::balance) | attempt | the next attempt goes elsewhere |
//! | 12 | [`gate`](crate::resilience::gate) and permit | attempt | one instance's failures are its own |
//! | 13 | [`attempt timeout`](crate::resilience::attempt) | attempt | a timeout is blamed on the instance |
//! | 14 | headers, signature ([`wire`](super::wire)) | attempt | they cover the attempt's number, host and time left |
//! | 15 | attempt span, certainty ([`wire`](super::wire)) | attempt | sees exactly what the wire gave |
//! | 16 | [`transport`](crate::transport) | attempt | sends bytes, reads no meaning |

use std::sync::Arc;

use super::{
    base::BoxedCall,
    builder::Layers,
    config::ClientConfig,
    journal::{Journaled, KeyJournal},
    wire::{Signer, Wire},
};
use crate::{
    contract::error::Result,
    observe::recorder::Recorder,
    resilience::{
        admission::{Admission, Admit, queue::Queue},
        attempt::AttemptTimeout,
        balance::{Balance, Open, fleet::Fleet},
        batch::Batch,
        cache::{Answers, Keep, Recall},
        deadline::DeadlineLayer,
        fallback::{Fallback, FallbackLayer},
        foreign::Slot,
        hedge::Hedge,
        identity::{Credentials, Identity},
        live::Live,
        rate::RateLimit,
        retry::{Retry, budget::Budget},
        single_flight::SingleFlight,
        told::Told,
    },
    seams::{Clock, Rng},
    transport::{Transport, instance::Instance},
};

/// What the layers are made with.
#[derive(Clone)]
pub(crate) struct Tools {
    pub(crate) config: Live<ClientConfig>,
    pub(crate) layers: Layers,
    pub(crate) fallbacks: Arc<[Fallback]>,
    pub(crate) credentials: Option<Arc<dyn Credentials>>,
    pub(crate) signer: Option<Arc<dyn Signer>>,
    pub(crate) recorder: Option<Arc<dyn Recorder>>,
    pub(crate) journal: Option<Arc<dyn KeyJournal>>,
    pub(crate) clock: Clock,
    pub(crate) rng: Rng,
}

/// Opens what stands below the balancer: attempt timeout, headers, transport.
pub(super) struct Ways<T> {
    pub(super) transport: T,
    pub(super) tools: Tools,
}

impl<T: Transport> Open for Ways<T> {
    type Way = AttemptTimeout<Wire<T::Connection>>;

    fn open(&self, instance: &Instance) -> Result<Self::Way> {
        let Tools { config, clock, .. } = &self.tools;
        let connection = self.transport.open(instance, &config.load().transport)?;
        let wire = Wire::new(instance.clone(), connection, self.tools.clone())?;
        Ok(AttemptTimeout::new(wire, config.clone(), *clock))
    }
}

/// Builds the stack, innermost first: the table above, read upwards.
pub(super) fn build<O: Open>(
    fleet: Arc<Fleet<O>>,
    queue: Arc<Queue>,
    budget: Arc<Budget>,
    told: Arc<dyn Told>,
    tools: Tools,
) -> Box<dyn BoxedCall> {
    let Tools { config, layers, fallbacks, credentials, journal, clock, rng, .. } = tools;
    let admission = Arc::new(Admission::new(queue, clock));
    let answers = Arc::new(Answers::new(config.load().cache, &rng));
    let balance = Balance::new(fleet, config.clone(), clock, rng.clone());
    let attempt = Identity::new(balance, credentials, clock);
    let attempt = Slot::new(attempt, &layers.attempt);
    let hedge = Hedge::new(attempt, config.clone(), Arc::clone(&budget), clock);
    let retry = Retry::new(hedge, config.clone(), budget, Arc::clone(&admission), told, clock, rng.clone());
    let call = Journaled::new(retry, journal, config.clone(), clock, rng);
    let call = Slot::new(call, &layers.call);
    let call = RateLimit::new(call, config.clone(), clock);
    let call = Admit::new(call, admission);
    let call = Batch::new(call, config.clone(), clock);
    let call = Keep::new(call, Arc::clone(&answers), clock);
    let call = SingleFlight::new(call, clock);
    let call = Recall::new(call, answers, config.clone(), clock);
    let call = FallbackLayer::new(call, fallbacks, config.clone(), clock);
    Box::new(DeadlineLayer::new(call, config, clock))
}
