//! What the code says of clients, and how a client is made from that and from what the sources say.

use std::{collections::BTreeMap, sync::Arc};

use super::{REGISTRY, source::Sources};
use crate::{
    client::{BaseClient, ClientBuilder, named::Named, wire::Signer},
    contract::{error::Result, operation::Service, partner::Profile},
    resilience::identity::Credentials,
    transport::Transport,
};

/// What is said of the clients of one service, or of all.
pub(super) type Change = Box<dyn Fn(ClientBuilder) -> ClientBuilder + Send + Sync>;

/// Builds a client over the transport of all.
type Connect = Box<dyn Fn(ClientBuilder) -> Result<BaseClient> + Send + Sync>;

/// What the code says.
pub(super) struct Code {
    /// Whether a service whose address is unknown is looked for on this machine.
    pub(super) local: bool,
    /// For the services of the platform, and none of a partner's.
    pub(super) credentials: Option<Arc<dyn Credentials>>,
    /// See `credentials`.
    pub(super) signer: Option<Arc<dyn Signer>>,
    pub(super) defaults: Vec<Change>,
    pub(super) services: BTreeMap<&'static str, (Service, Vec<Change>)>,
    pub(super) connect: Connect,
}

// === impl Code ===

impl Code {
    /// Says nothing, but over which transport.
    pub(super) fn over<T: Transport>(transport: T) -> Self {
        Self {
            local: false,
            credentials: None,
            signer: None,
            defaults: Vec::new(),
            services: BTreeMap::new(),
            connect: connect(transport),
        }
    }

    /// The services that are known by name: those of the registry and those that the code names.
    pub(super) fn known(&self) -> Vec<Service> {
        let named = self.services.values().map(|(service, _)| *service);
        REGISTRY.iter().map(|entry| entry.service).chain(named).collect()
    }

    /// Makes the client of a service: what the sources say, then what is said here.
    pub(super) fn client(&self, service: Service, partner: Profile, sources: &Sources) -> Result<BaseClient> {
        let Named { url, mut config } = sources.read(&service)?;
        config.partner = partner;
        let of_this_one = self.services.get(service.name).into_iter().flat_map(|(_, changes)| changes);
        let builder = BaseClient::builder(service).config(config);
        let builder = self.defaults.iter().chain(of_this_one).fold(builder, |builder, change| change(builder));
        let builder = builder.caller(self.credentials.clone(), self.signer.clone());
        if builder.has_address() {
            return (self.connect)(builder);
        }
        let local = || service.port.filter(|_| self.local).map(|port| format!("http://127.0.0.1:{port}"));
        let url = url.or_else(local).ok_or_else(|| sources.missing_url(&service))?;
        (self.connect)(builder.url(&url))
    }
}

/// Builds clients over this transport.
pub(super) fn connect<T: Transport>(transport: T) -> Connect {
    Box::new(move |builder| builder.build_on(&transport))
}
