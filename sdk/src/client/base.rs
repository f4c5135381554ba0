//! The client behind every typed client: cheap to clone, one per service and process.

use std::{env, fmt, future::Future, pin::Pin, sync::Arc};

use http::HeaderValue;

use super::{builder::ClientBuilder, env as settings};
use crate::{
    contract::{
        call::Call,
        context::CallContext,
        error::{CallFacts, Error, Result},
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
    seams::{Clock, Rng},
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
        let Shared { stack, recorder, clock, .. } = &*self.shared;
        let started = clock.now();
        self.prepare(&mut request)?;
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
            (facts.attempts, facts.elapsed, facts.key, facts.sent_at) = (attempts, elapsed, key, record.sent_at());
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
        state.request_id = match inherited.and_then(|context| context.request_id.clone()) {
            Some(id) => Some(id),
            None => Some(self.new_request_id()?),
        };
        Ok(())
    }

    fn new_request_id(&self) -> Result<HeaderValue> {
        let id = format!("{:016x}{:016x}", self.shared.rng.bits(), self.shared.rng.bits());
        HeaderValue::try_from(id).map_err(|error| Error::invalid_request("no request id").with_source(error))
    }
}
