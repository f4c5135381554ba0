//! The client behind every typed client: cheap to clone, one per service and process.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use tracing::Span;

use super::{
    builder::ClientBuilder,
    config::ClientConfig,
    fleet::Instances,
    journal::{KeyJournal, State},
    keys::KeyMaker,
    reconcile::Case,
    status::ClientStatus,
};
use crate::{
    contract::{
        call::Call,
        certainty::Certainty,
        context::CallContext,
        error::{Error, Result},
        facts::CallFacts,
        idempotency::IdempotencyKey,
        indeterminate::EntryId,
        operation::{Class, Operation, Service},
        options::CallOptions,
        record::Settled,
        request::Request,
        response::Response,
    },
    observe::{
        propagate,
        recorder::{CallEnd, Recorder, Story},
        span,
    },
    resilience::{live::Live, retry::budget::Budget},
    seams::{Clock, Rng},
    transport::instance::Instance,
};

/// A client of one service. Clones share connections, budget and settings.
#[derive(Clone)]
pub struct BaseClient {
    shared: Arc<Shared>,
}

/// What all clones share.
pub(super) struct Shared {
    pub(super) service: Service,
    pub(super) stack: Box<dyn BoxedCall>,
    pub(super) fleet: Arc<dyn Instances>,
    pub(super) budget: Arc<Budget>,
    pub(super) config: Live<ClientConfig>,
    /// Held while the settings are replaced by some that are made from them.
    pub(super) changing: Mutex<()>,
    pub(super) recorder: Option<Arc<dyn Recorder>>,
    pub(super) keys: Option<KeyMaker>,
    pub(super) journal: Option<Arc<dyn KeyJournal>>,
    pub(super) clock: Clock,
    pub(super) rng: Rng,
}

/// The one place where the stack's type is erased: a box per call, and no generics on any client.
pub(super) trait BoxedCall: Send + Sync {
    fn call_boxed(&self, request: Request) -> Pin<Box<dyn Future<Output = Result<Response>> + Send + '_>>;
}

impl<C: Call> BoxedCall for C {
    fn call_boxed(&self, request: Request) -> Pin<Box<dyn Future<Output = Result<Response>> + Send + '_>> {
        Box::pin(self.call(request))
    }
}

// === making one ===

impl BaseClient {
    /// A client of `service` at `url`, with the defaults of its tier.
    ///
    /// # Errors
    /// When the URL cannot be one of a service.
    pub fn connect(service: Service, url: &str) -> Result<Self> {
        Self::builder(service).url(url).build()
    }

    /// A client of `service` with address and settings from the environment; see [`env`](mod@super::env).
    ///
    /// # Errors
    /// When the address is missing or a setting cannot work.
    pub fn from_env(service: Service) -> Result<Self> {
        Self::builder(service).env()?.build()
    }

    /// Begins a client of `service`.
    pub fn builder(service: Service) -> ClientBuilder {
        ClientBuilder::new(service)
    }

    pub(super) fn from_shared(shared: Shared) -> Self {
        Self { shared: Arc::new(shared) }
    }

    /// The service that this client calls.
    pub fn service(&self) -> &Service {
        &self.shared.service
    }
}

impl fmt::Debug for BaseClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BaseClient").field("service", &self.shared.service.name).finish_non_exhaustive()
    }
}

// === a call ===

impl Call for BaseClient {
    async fn call(&self, mut request: Request) -> Result<Response> {
        let Shared { stack, fleet, recorder, clock, .. } = &*self.shared;
        fleet.follow();
        let started = clock.now();
        let span = self.prepare(&mut request, started)?;
        // A clone that is kept costs no more than the parts of it that an error needs.
        let (operation, kept) = (request.operation(), request.clone());
        let record = &kept.state.record;
        let explain = || record.explain(Some(Arc::clone(fleet).names()));
        let story = Story::new(&explain);
        let answer = span::call(span, operation, record, story, stack.call_boxed(request)).await;
        let answer = match record.entry() {
            Some(entry) => self.close(entry, answer).await,
            None => answer,
        };
        let attempts = record.attempts();
        // Read only where somebody wants to know.
        let elapsed = || clock.now().saturating_duration_since(started);
        if let Some(recorder) = recorder {
            let error = answer.as_ref().err();
            let (tier, trace) = (kept.state.settled().tier, kept.state.settled().trace);
            recorder.call_ended(&CallEnd { operation, tier, attempts, elapsed: elapsed(), error, trace, story });
        }
        answer.map_err(|error| self.tell(error, kept, started, elapsed()))
    }
}

impl BaseClient {
    /// Settles what stays the same on every attempt: key, tier, trace, request id. Opens the span of the call, whose trace
    /// it is.
    fn prepare(&self, request: &mut Request, begun: Instant) -> Result<Span> {
        let inherited = CallContext::current();
        let (operation, options) = (request.operation(), request.options());
        let tier = options.tier.unwrap_or(operation.tier);
        let tier = inherited.as_ref().and_then(|context| context.tier).map_or(tier, |outer| outer.min(tier));
        let rng = &self.shared.rng;
        let key = self.key(operation, options)?;
        let span = span::of_call(operation, tier);
        let settled = Settled {
            key,
            begun: Some(begun),
            tier,
            trace: Some(span.in_scope(|| propagate::trace_of_call(inherited.as_deref(), rng))),
            spent: inherited.as_ref().is_some_and(|context| context.retries_spent),
            request_id: inherited.and_then(|context| context.request_id.clone()),
            request_bits: (u128::from(rng.bits()) << 64) | u128::from(rng.bits()),
        };
        request.state.settle(settled);
        Ok(span)
    }

    /// The key of the call: the caller's own, derived from an intent, or drawn.
    fn key(&self, operation: &Operation, options: &CallOptions) -> Result<Option<IdempotencyKey>> {
        match (&options.key, options.intent.as_deref()) {
            (Some(_), Some(_)) => {
                Err(Error::invalid_request("a call has an intent or a key, not both: an intent becomes the key"))
            }
            (Some(key), None) => self.fitting(key).map(Some),
            (None, Some("")) => Err(Error::invalid_request("an intent names one effect, such as `order-17/capture`")),
            (None, Some(intent)) => match &self.shared.keys {
                Some(keys) => {
                    Ok(Some(keys.key(intent, operation).cut_to(self.shared.config.load().partner.key_length)))
                }
                None => Err(Error::configuration(format!(
                    "a key cannot be derived from the intent `{intent}` without a secret; set it with `.key_secret(..)`"
                ))),
            },
            (None, None) if operation.class == Class::Keyed => {
                Ok(Some(IdempotencyKey::from_random(self.shared.rng.unique()?)))
            }
            (None, None) => Ok(None),
        }
    }

    /// A key of the caller's own making, if the service takes one of that length.
    fn fitting(&self, key: &IdempotencyKey) -> Result<IdempotencyKey> {
        let config = self.shared.config.load();
        let (length, most) = (key.as_str().len(), config.partner.key_length);
        if length > most {
            let name = config.partner.name;
            let text =
                format!("a key of {length} characters is too long for {name}, which takes {most}; use an intent");
            return Err(Error::invalid_request(text));
        }
        Ok(key.clone())
    }
}

impl BaseClient {
    /// Adds to an error what the call knows, and who can resolve it if it is in doubt.
    fn tell(&self, error: Error, call: Request, started: Instant, elapsed: Duration) -> Error {
        let Shared { fleet, clock, .. } = &*self.shared;
        let record = &call.state.record;
        let mut facts = CallFacts::new(call.operation());
        (facts.attempts, facts.elapsed, facts.key) = (record.attempts(), elapsed, call.state.settled().key.clone());
        facts.sent_at = record.sent_at().map(|sent| clock.wall_at(sent));
        facts.decisions = Some((Arc::clone(record), Arc::clone(fleet).names()));
        if error.certainty().is_indeterminate() {
            let sent_at = facts.sent_at.unwrap_or_else(|| clock.wall_at(started));
            facts.resolver = Some(Arc::new(Case::ended(self.clone(), call, sent_at)));
        }
        error.with_facts(facts)
    }
}

// === the journal ===

impl BaseClient {
    /// The journal of this client.
    pub(super) fn journal(&self) -> Result<&dyn KeyJournal> {
        self.shared.journal.as_deref().ok_or_else(|| {
            let name = self.shared.service.name;
            Error::configuration(format!("the client of {name} has no journal; set one with `.journal(..)`"))
        })
    }

    /// Marks the entry of a call that has ended. A call that had no effect is in doubt while its entry stays open.
    async fn close(&self, entry: EntryId, answer: Result<Response>) -> Result<Response> {
        let state = State::after(&answer);
        let is_marked = self.mark(entry, state).await;
        answer.map_err(|error| match state {
            State::Void if !is_marked => error
                .of("a recovery may still make this call, because the journal could not be told that it had no effect")
                .with_certainty(Certainty::PossiblyProcessed),
            _ => error,
        })
    }

    /// Marks an entry, and says whether that is written. A call is not made to fail because its outcome could not be
    /// written down: the entry stays open, and a recovery asks again.
    pub(super) async fn mark(&self, entry: EntryId, state: State) -> bool {
        let Ok(journal) = self.journal() else { return false };
        let marked = journal.mark(entry, state).await;
        marked
            .inspect_err(|error| {
                tracing::error!(service = self.shared.service.name, %entry, ?state, %error, "a journal was not written");
            })
            .is_ok()
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub(super) fn rng(&self) -> &Rng {
        &self.shared.rng
    }
}

// === while it works ===

impl BaseClient {
    /// The settings now.
    pub fn config(&self) -> ClientConfig {
        ClientConfig::clone(&self.shared.config.load())
    }

    /// Changes settings for the calls that begin from here on, all at once. What breakers and limits had learned was
    /// judged by the old settings and begins anew. The settings of transport and cache are fixed, and so is where the
    /// partner's keys are known, which header carries them and how long they are: under another header or cut to another
    /// length, a repeat would be another payment. One change is made at a time, so `change` must not make another.
    ///
    /// # Errors
    /// When the new settings clash, as [`ClientBuilder::build`](super::ClientBuilder::build) would say; the old ones
    /// stay.
    pub fn reconfigure(&self, change: impl FnOnce(&mut ClientConfig)) -> Result<()> {
        let _changing = self.shared.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let before = self.config();
        let mut config = before.clone();
        change(&mut config);
        config.validate()?;
        let [old, new] = [&before, &config].map(|ClientConfig { transport, cache, partner, .. }| {
            (transport, cache, partner.scope, &partner.key_header, partner.key_length)
        });
        if old != new {
            let fixed = "the settings of transport and cache, and where, in which header and how long keys are known";
            return Err(Error::configuration(format!("{fixed}, are fixed once a client is built; build another")));
        }
        let judged_alike = (config.gate, config.limit, config.queue) == (before.gate, before.limit, before.queue);
        self.shared.budget.set_ratio(config.retry_budget_permille);
        self.shared.config.store(config);
        if !judged_alike {
            self.shared.fleet.renew();
        }
        Ok(())
    }

    /// How it stands now: breakers, limits, queue, budget.
    pub fn status(&self) -> ClientStatus {
        let Shared { service, fleet, budget, clock, .. } = &*self.shared;
        let now = clock.now();
        ClientStatus {
            service: *service,
            queued: fleet.waiting(),
            budget_left: budget.balance(now),
            instances: fleet.status(now),
        }
    }

    /// The instances that calls can go to now, by address.
    pub fn instances(&self) -> Vec<Instance> {
        self.shared.fleet.list()
    }
}
