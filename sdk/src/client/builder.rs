//! From settings to a client.

use std::{fmt, sync::Arc};

use tower::{Layer, Service as TowerService};

use super::{
    base::{BaseClient, Shared},
    config::ClientConfig,
    stack::{self, Parts},
};
use crate::{
    contract::{
        error::{BoxError, Error, Result},
        operation::Service,
        request::Request,
        response::Response,
    },
    observe::recorder::Recorder,
    resilience::foreign::{BoxService, ForeignLayer, erase},
    seams::{Clock, Rng},
    transport::{Transport, http::Http},
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
pub(super) struct Layers {
    pub(super) call: Vec<ForeignLayer>,
    pub(super) attempt: Vec<ForeignLayer>,
}

/// Collects the settings of a client. Only the address is required.
#[must_use = "a builder does nothing until `build` is called"]
pub struct ClientBuilder {
    service: Service,
    url: Option<String>,
    config: ClientConfig,
    layers: Layers,
    recorder: Option<Arc<dyn Recorder>>,
    clock: Option<Clock>,
    rng: Option<Rng>,
}

impl ClientBuilder {
    pub(super) fn new(service: Service) -> Self {
        let config = ClientConfig::of(&service);
        Self { service, url: None, config, layers: Layers::default(), recorder: None, clock: None, rng: None }
    }

    /// Sets the address of the service, such as `http://localhost:40004`. Required.
    pub fn url(mut self, url: &str) -> Self {
        self.url = Some(url.to_owned());
        self
    }

    /// Replaces all settings; the default is [`ClientConfig::of`] the service.
    pub fn config(mut self, config: ClientConfig) -> Self {
        self.config = config;
        self
    }

    /// Changes settings in place.
    pub fn configure(mut self, change: impl FnOnce(&mut ClientConfig)) -> Self {
        change(&mut self.config);
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

    /// Sets who is told about each attempt and call; the default is nobody.
    pub fn recorder(mut self, recorder: Arc<dyn Recorder>) -> Self {
        self.recorder = Some(recorder);
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

    /// Builds the client over HTTP.
    ///
    /// # Errors
    /// When the address is missing or cannot be one, or settings clash.
    pub fn build(self) -> Result<BaseClient> {
        self.build_on(&Http::new())
    }

    /// Builds the client over another transport.
    ///
    /// # Errors
    /// As [`build`](Self::build).
    pub fn build_on<T: Transport>(self, transport: &T) -> Result<BaseClient> {
        let service = self.service;
        self.config.validate()?;
        let url = self.url.ok_or_else(|| {
            Error::configuration(format!("the URL of {} is missing; set it with `.url(..)`", service.name))
        })?;
        let instance = url.parse()?;
        let connection = transport.open(&instance, &self.config.transport)?;
        let clock = self.clock.unwrap_or_default();
        let rng = self.rng.map_or_else(Rng::system, Ok)?;
        let stack = stack::build(Parts {
            config: self.config,
            instance,
            connection,
            layers: self.layers,
            recorder: self.recorder.clone(),
            clock,
            rng: rng.clone(),
        });
        Ok(BaseClient::from_shared(Shared { service, stack, recorder: self.recorder, clock, rng }))
    }
}

impl fmt::Debug for ClientBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("service", &self.service.name)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
