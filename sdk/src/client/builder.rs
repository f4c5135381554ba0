//! From settings to a client.

use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex},
};

use serde::Serialize;
use tower::{Layer, Service as TowerService};

use super::{
    base::{BaseClient, Shared},
    config::ClientConfig,
    env,
    fleet::Followed,
    journal::KeyJournal,
    keys::KeyMaker,
    stack::{self, Tools, Ways},
    wire::Signer,
};
use crate::{
    contract::{
        error::{BoxError, Error, Result},
        operation::{Operation, Service},
        partner::{KeyScope, Profile},
        request::Request,
        response::Response,
        secret::Secret,
    },
    observe::{recorder::Recorder, told::Teller},
    resilience::{
        admission::queue::Queue,
        balance::{Open, fleet::Fleet},
        fallback::Fallback,
        foreign::{BoxService, ForeignLayer, erase},
        identity::Credentials,
        live::Live,
        retry::budget::Budget,
        told::Told,
    },
    seams::{Clock, Rng},
    transport::{
        Transport,
        discovery::{Discovery, fixed::Fixed},
        http::Http,
    },
};

/// Where a tower layer of the user's stands in the [stack].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Around the whole call, its retries included; inside the deadline.
    Call,
    /// Around each attempt, its timeout included.
    Attempt,
}

#[derive(Clone, Default)]
pub(crate) struct Layers {
    pub(super) call: Vec<ForeignLayer>,
    pub(super) attempt: Vec<ForeignLayer>,
}

/// Collects the settings of a client. Only the address is required.
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    service: Service,
    url: Option<String>,
    discovery: Option<Arc<dyn Discovery>>,
    config: ClientConfig,
    layers: Layers,
    fallbacks: Vec<Fallback>,
    credentials: Option<Arc<dyn Credentials>>,
    signer: Option<Arc<dyn Signer>>,
    recorder: Option<Arc<dyn Recorder>>,
    keys: Option<KeyMaker>,
    journal: Option<Arc<dyn KeyJournal>>,
    clock: Option<Clock>,
    rng: Option<Rng>,
}

impl ClientBuilder {
    pub(super) fn new(service: Service) -> Self {
        Self {
            service,
            url: None,
            discovery: None,
            config: ClientConfig::of(&service),
            layers: Layers::default(),
            fallbacks: Vec::new(),
            credentials: None,
            signer: None,
            recorder: None,
            keys: None,
            journal: None,
            clock: None,
            rng: None,
        }
    }

    /// Sets the address of the service, such as `http://localhost:40004`, or those of its instances, separated by
    /// commas. Required, unless [`discovery`](Self::discovery) finds them.
    pub fn url(mut self, urls: &str) -> Self {
        self.url = Some(urls.to_owned());
        self
    }

    /// Takes address and settings from the environment, in place of those set before; see [`env`](mod@super::env).
    ///
    /// # Errors
    /// When the address is missing or a setting cannot work.
    pub fn env(mut self) -> Result<Self> {
        let (url, config) = env::read(&self.service, env::of_process)?;
        self.config = ClientConfig { partner: self.config.partner, ..config };
        Ok(self.url(&url))
    }

    /// Sets the source of the instances, which is asked again while the client lives.
    pub fn discovery(mut self, discovery: Arc<dyn Discovery>) -> Self {
        self.discovery = Some(discovery);
        self
    }

    /// Whether it was said where the service is.
    pub(crate) fn has_address(&self) -> bool {
        self.url.is_some() || self.discovery.is_some()
    }

    /// Sets who calls, where that was not said and the service is no partner's: what proves a caller to the platform is
    /// not for others to see.
    pub(crate) fn caller(mut self, credentials: Option<Arc<dyn Credentials>>, signer: Option<Arc<dyn Signer>>) -> Self {
        if self.config.partner.is_ours() {
            self.credentials = self.credentials.or(credentials);
            self.signer = self.signer.or(signer);
        }
        self
    }

    /// Sets where the credential on each attempt comes from; the default is none.
    pub fn credentials(mut self, credentials: Arc<dyn Credentials>) -> Self {
        self.credentials = Some(credentials);
        self
    }

    /// Sets what signs each attempt; the default is nothing.
    pub fn signer(mut self, signer: Arc<dyn Signer>) -> Self {
        self.signer = Some(signer);
        self
    }

    /// Replaces all settings; the default is [`ClientConfig::of`] the service. Settings that name no partner, which is
    /// what [`Profile::PLATFORM`] is by default, leave the one that was named: nobody becomes the platform by them.
    pub fn config(mut self, config: ClientConfig) -> Self {
        let named = Some(&config.partner).filter(|partner| **partner != Profile::PLATFORM);
        let partner = named.unwrap_or(&self.config.partner).clone();
        self.config = ClientConfig { partner, ..config };
        self
    }

    /// Changes settings in place.
    pub fn configure(mut self, change: impl FnOnce(&mut ClientConfig)) -> Self {
        change(&mut self.config);
        self
    }

    /// Sets what the service promises about repeats: how keys are made and sent, whether and for how long a call may be
    /// repeated with the same key, which refusals prove that nothing was begun. It is a part of the settings; the default
    /// is [`Profile::PLATFORM`].
    pub fn partner(mut self, profile: Profile) -> Self {
        self.config.partner = profile;
        self
    }

    /// Adds a tower layer, inside of those added before. A layer that fails on its own is an error `Rejected` when
    /// nothing had reached the wire, and in doubt otherwise.
    pub fn layer<L>(mut self, place: Place, layer: L) -> Self
    where
        L: Layer<BoxService> + Send + Sync + 'static,
        L::Service: TowerService<Request, Response = Response> + Clone + Send + Sync + 'static,
        <L::Service as TowerService<Request>>::Error: Into<BoxError>,
        <L::Service as TowerService<Request>>::Future: Send,
    {
        let layers = match place {
            Place::Call => &mut self.layers.call,
            Place::Attempt => &mut self.layers.attempt,
        };
        layers.push(erase(layer));
        self
    }

    /// Sets what answers calls of `operation` when the service cannot: not reachable, no answer in time, overloaded,
    /// broken. The caller's mistakes and the business's refusals stay errors, and so does a failure for which `answer`
    /// has nothing to say. Some of the deadline is kept for it, see
    /// [`fallback_reserve`](ClientConfig::fallback_reserve); the default is no fallback.
    ///
    /// Only reads can have one: [`build`](Self::build) refuses it for what changes something or moves money.
    pub fn fallback<T, F>(mut self, operation: &'static Operation, answer: F) -> Self
    where
        T: Serialize + Send + 'static,
        F: Fn(&Request, &Error) -> Option<T> + Send + Sync + 'static,
    {
        self.fallbacks.push(Fallback::new(operation, answer));
        self
    }

    /// As [`fallback`](Self::fallback), by asking somebody else, such as a second provider. Keep it time to answer:
    /// [`fallback_reserve`](ClientConfig::fallback_reserve) is for one that only computes.
    pub fn fallback_asking<T, F, A>(mut self, operation: &'static Operation, answer: F) -> Self
    where
        T: Serialize,
        F: Fn(Request, Error) -> A + Send + Sync + 'static,
        A: Future<Output = Option<T>> + Send + 'static,
    {
        self.fallbacks.push(Fallback::asking(operation, answer));
        self
    }

    /// Sets who is told about each attempt and call; the default is nobody.
    pub fn recorder(mut self, recorder: Arc<dyn Recorder>) -> Self {
        self.recorder = Some(recorder);
        self
    }

    /// Sets the secret with which keys are derived from intents, the same in every process that acts for this caller;
    /// see [`CallOptions::intent`](crate::contract::options::CallOptions::intent). The default is none: keys are drawn.
    pub fn key_secret(mut self, secret: &Secret<[u8; 32]>) -> Self {
        self.keys = Some(KeyMaker::new(secret));
        self
    }

    /// Sets where calls that move money are written down before they are sent; the default is nowhere. Clients may
    /// share a journal.
    pub fn journal(mut self, journal: Arc<dyn KeyJournal>) -> Self {
        self.journal = Some(journal);
        self
    }

    /// Sets the clock; the default is the machine's.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = Some(clock);
        self
    }

    /// Sets the source of randomness; the default is the operating system's.
    pub fn rng(mut self, rng: Rng) -> Self {
        self.rng = Some(rng);
        self
    }

    /// Builds the client over HTTP. `https` trusts the authorities of the operating system, and shows no certificate;
    /// authorities of one's own and client certificates come with [`build_on`](Self::build_on), as in [its
    /// example](crate::transport#authorities-and-client-certificates).
    ///
    /// # Errors
    /// When the address is missing or cannot be one, settings clash, or a fallback would answer what none may.
    pub fn build(self) -> Result<BaseClient> {
        self.build_on(&Http::new())
    }

    /// Builds the client over another transport.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_on<T: Transport>(self, transport: &T) -> Result<BaseClient> {
        self.assemble(|tools| Ways { transport: transport.clone(), tools })
    }

    /// Builds the client over ways of the caller's own, which take the place of attempt timeout, headers and transport:
    /// for simulations and benches that have no wire.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_over<O: Open>(self, ways: O) -> Result<BaseClient> {
        self.assemble(|_| ways)
    }

    fn assemble<O: Open>(self, ways: impl FnOnce(Tools) -> O) -> Result<BaseClient> {
        let (service, recorder, journal) = (self.service, self.recorder.clone(), self.journal.clone());
        self.config.validate()?;
        Fallback::validate(&self.fallbacks, &service)?;
        let source = self.source_in_scope()?;
        let clock = self.clock.unwrap_or_default();
        let rng = self.rng.map_or_else(Rng::system, Ok)?;
        let config = Live::new(self.config);
        let tools = Tools {
            config: config.clone(),
            layers: self.layers,
            fallbacks: self.fallbacks.into(),
            credentials: self.credentials,
            signer: self.signer,
            recorder: self.recorder,
            journal: self.journal,
            clock,
            rng: rng.clone(),
        };
        let ways = ways(tools.clone());
        // Until instances are known, as many calls may wait for them as one could take.
        let queue = Queue::new(config.load().queue, config.load().limit.start, clock);
        let told: Arc<dyn Told> = Arc::new(Teller { service, recorder: recorder.clone() });
        let queue_of = Arc::clone(&queue);
        let fleet = Arc::new(Fleet::new(ways, queue_of, Arc::clone(&told), config.clone(), clock, rng.clone()));
        let source = match source {
            Source::Fixed(fixed) => fleet.apply(fixed.instances()).map(|()| None)?,
            Source::Changing(discovery) => Some(discovery),
        };
        let budget = Arc::new(Budget::new(config.load().retry_budget_permille, clock.now()));
        let stack = stack::build(Arc::clone(&fleet), queue, Arc::clone(&budget), told, tools);
        let fleet = Arc::new(Followed::new(fleet, source));
        Ok(BaseClient::from_shared(Shared {
            service,
            stack,
            fleet,
            budget,
            config,
            changing: Mutex::new(()),
            recorder,
            keys: self.keys,
            journal,
            clock,
            rng,
        }))
    }

    /// Where the instances come from, if a key that was sent to one is known at the others.
    fn source_in_scope(&self) -> Result<Source> {
        let Profile { name, scope, .. } = self.config.partner;
        let source = self.source()?;
        let is_one = matches!(&source, Source::Fixed(fixed) if fixed.instances().len() == 1);
        match scope {
            KeyScope::Address if !is_one => Err(Error::configuration(format!(
                "keys of {name} are known at one address each, so a repeat at another could do the effect twice; name one URL"
            ))),
            KeyScope::Address | KeyScope::Account => Ok(source),
        }
    }

    /// Where the instances come from: the one place that was named.
    fn source(&self) -> Result<Source> {
        let name = self.service.name;
        match (&self.url, &self.discovery) {
            (Some(urls), None) => Ok(Source::Fixed(urls.parse()?)),
            (None, Some(discovery)) => Ok(Source::Changing(Arc::clone(discovery))),
            (None, None) => Err(Error::configuration(format!(
                "the URL of {name} is missing; set it with `.url(..)`, or a source of instances with `.discovery(..)`"
            ))),
            (Some(_), Some(_)) => Err(Error::configuration(format!(
                "{name} has both a URL and a source of instances; keep `.url(..)` or `.discovery(..)`"
            ))),
        }
    }
}

/// Where the instances of a client come from.
enum Source {
    Fixed(Fixed),
    Changing(Arc<dyn Discovery>),
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("service", &self.service.name)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
