//! The client behind every typed client: cheap to clone, one per service and process.

use std::{env, fmt, future::Future, pin::Pin, sync::Arc};

use super::{builder::ClientBuilder, config::ClientConfig, env as settings, fleet::Instances};
use crate::{
    contract::{
        call::Call,
        context::CallContext,
        error::{Error, Result},
        facts::CallFacts,
        idempotency::IdempotencyKey,
        operation::{Class, Service},
        request::Request,
        response::Response,
    },
    observe::{
        propagate,
        recorder::{CallEnd, Recorder},
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
    pub(super) recorder: Option<Arc<dyn Recorder>>,
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

    /// A client of `service` with address and settings from the environment; see [`env`](super::env).
    ///
    /// # Errors
    /// When the address is missing or a setting cannot work.
    pub fn from_env(service: Service) -> Result<Self> {
        let (url, config) = settings::read(&service, |name| env::var(name).ok())?;
        Self::builder(service).url(&url).config(config).build()
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
        self.prepare(&mut request)?;
        request.state.begun = Some(started);
        let operation = request.operation();
        let (record, key) = (request.state.record.clone(), request.state.key.clone());
        let answer = span::call(span::of_call(&request), &record, stack.call_boxed(request)).await;
        let elapsed = clock.now().saturating_duration_since(started);
        let attempts = record.attempts();
        if let Some(recorder) = recorder {
            recorder.call_ended(&CallEnd { operation, attempts, elapsed, error: answer.as_ref().err() });
        }
        answer.map_err(|error| {
            let mut facts = CallFacts::new(operation);
            (facts.attempts, facts.elapsed, facts.key) = (attempts, elapsed, key);
            facts.sent_at = record.sent_at().map(|sent| clock.wall_at(sent));
            facts.decisions = Some((record, Arc::clone(fleet).names()));
            error.with_facts(facts)
        })
    }
}

impl BaseClient {
    /// Settles what stays the same on every attempt: key, tier, trace, request id.
    fn prepare(&self, request: &mut Request) -> Result<()> {
        let inherited = CallContext::current();
        let (operation, options) = (request.operation(), request.options());
        let tier = options.tier.unwrap_or(operation.tier);
        let key = match (&options.key, operation.class) {
            (Some(key), _) => Some(key.clone()),
            (None, Class::Keyed) => Some(IdempotencyKey::from_random(self.shared.rng.unique()?)),
            (None, _) => None,
        };
        let state = &mut request.state;
        state.key = key;
        state.tier = inherited.as_ref().and_then(|context| context.tier).map_or(tier, |outer| outer.min(tier));
        state.trace = Some(propagate::trace_of_call(inherited.as_deref(), &self.shared.rng));
        state.spent = inherited.as_ref().is_some_and(|context| context.retries_spent);
        state.request_id = inherited.and_then(|context| context.request_id.clone());
        if state.request_id.is_none() {
            state.request_bits = (u128::from(self.shared.rng.bits()) << 64) | u128::from(self.shared.rng.bits());
        }
        // A request that was kept and is sent again is another call.
        if state.record.issued() > 0 {
            state.record = Arc::default();
        }
        Ok(())
    }
}

// === while it works ===

impl BaseClient {
    /// The settings now.
    pub fn config(&self) -> ClientConfig {
        ClientConfig::clone(&self.shared.config.load())
    }

    /// Changes settings for the calls that begin from here on, all at once. What breakers and limits had learned was
    /// judged by the old settings and begins anew. The transport's settings are fixed.
    ///
    /// # Errors
    /// When the new settings clash, as [`ClientBuilder::build`](super::ClientBuilder::build) would say; the old ones
    /// stay.
    pub fn reconfigure(&self, change: impl FnOnce(&mut ClientConfig)) -> Result<()> {
        let before = self.config();
        let mut config = before.clone();
        change(&mut config);
        config.validate()?;
        if config.transport != before.transport {
            return Err(Error::configuration(
                "the transport's settings are fixed once a client is built; build another",
            ));
        }
        let judged_alike = (config.gate, config.limit, config.queue) == (before.gate, before.limit, before.queue);
        self.shared.budget.set_ratio(config.retry_budget_permille);
        self.shared.config.store(config);
        if !judged_alike {
            self.shared.fleet.renew();
        }
        Ok(())
    }

    /// The instances that calls can go to now, by address.
    pub fn instances(&self) -> Vec<Instance> {
        self.shared.fleet.list()
    }
}
