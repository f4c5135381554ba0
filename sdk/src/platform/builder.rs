//! From one configuration to the handle of all clients.

#[cfg(feature = "config-file")]
use std::path::PathBuf;
use std::{collections::BTreeMap, fmt};

#[cfg(feature = "config-file")]
use super::file::File;
use super::{
    Platform, REGISTRY,
    handle::Shared,
    source::{Environment, Source, Sources},
};
use crate::{
    client::{BaseClient, ClientBuilder, env},
    contract::{error::Result, operation::Service},
    transport::{Transport, http::Http},
};

/// What the code says of a client.
pub(super) type Change = Box<dyn Fn(ClientBuilder) -> ClientBuilder + Send + Sync>;

/// Builds a client over the transport of all.
pub(super) type Connect = Box<dyn Fn(ClientBuilder) -> Result<BaseClient> + Send + Sync>;

/// Collects what all clients share, and what each has of its own. Nothing is required.
///
/// What the code says overrules the environment, that a file, that the declarations: setting by setting, in whichever
/// order they are given. Within each, what is said of one service overrules what is said of all.
#[must_use = "a builder does nothing until `build` is called"]
pub struct PlatformBuilder {
    environment: Option<Environment>,
    #[cfg(feature = "config-file")]
    file: Option<PathBuf>,
    local: bool,
    defaults: Vec<Change>,
    services: BTreeMap<&'static str, (Service, Vec<Change>)>,
    connect: Connect,
}

impl PlatformBuilder {
    pub(super) fn new() -> Self {
        Self {
            environment: None,
            #[cfg(feature = "config-file")]
            file: None,
            local: false,
            defaults: Vec::new(),
            services: BTreeMap::new(),
            connect: over(Http::new()),
        }
    }

    /// Reads the variables of this process: addresses and [settings](crate::client::named).
    pub fn env(self) -> Self {
        self.variables(env::of_process)
    }

    /// Reads variables from `lookup` instead of those of this process.
    pub fn variables(mut self, lookup: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        self.environment = Some(Environment(Box::new(lookup)));
        self
    }

    /// Reads a TOML file when the handle is built: a table of [settings](crate::client::named) for each service, and
    /// `[defaults]` for all of them. No secret stands in it; those are given in the code.
    ///
    /// ```toml
    /// [defaults]
    /// deadline_ms = 2000
    ///
    /// [order-service]
    /// url = ["http://10.0.0.1:40004", "http://10.0.0.2:40004"]
    /// max_attempts = 2
    /// ```
    #[cfg(feature = "config-file")]
    pub fn file(mut self, path: impl Into<PathBuf>) -> Self {
        self.file = Some(path.into());
        self
    }

    /// Looks for a service whose address nobody says at its declared port on this machine.
    pub fn local(mut self) -> Self {
        self.local = true;
        self
    }

    /// Says what holds for every client: credentials, a recorder, a journal, settings. Clients of partners are among
    /// them, so what only the platform may see is said with [`service`](Self::service).
    pub fn defaults(mut self, change: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static) -> Self {
        self.defaults.push(Box::new(change));
        self
    }

    /// Says what holds for the client of one service, and makes a service of one's own known.
    pub fn service(
        mut self,
        service: Service,
        change: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        let (_, changes) = self.services.entry(service.name).or_insert_with(|| (service, Vec::new()));
        changes.push(Box::new(change));
        self
    }

    /// Sets the transport of all clients; the default is HTTP that trusts the authorities of the operating system.
    pub fn transport<T: Transport>(mut self, transport: T) -> Self {
        self.connect = over(transport);
        self
    }

    /// Builds the handle. No client is made yet, and no address is required of services that are never called.
    ///
    /// # Errors
    /// When the file cannot be read or has a name that nobody knows, or what is said of a service cannot be understood
    /// or cannot work.
    pub fn build(self) -> Result<Platform> {
        let own = self.services.values().map(|(service, _)| *service);
        let known: Vec<Service> = REGISTRY.iter().map(|entry| entry.service).chain(own).collect();
        let mut sources = Sources::default();
        sources.0.extend(self.environment.map(|environment| Box::new(environment) as Box<dyn Source>));
        #[cfg(feature = "config-file")]
        if let Some(path) = &self.file {
            sources.0.push(Box::new(File::read(path, &known)?));
        }
        for service in &known {
            sources.read(service)?;
        }
        let changes = self.services.into_iter().map(|(name, (_, changes))| (name, changes)).collect();
        let (defaults, local, connect) = (self.defaults, self.local, self.connect);
        Ok(Platform::from_shared(Shared { sources, local, defaults, changes, connect, clients: Default::default() }))
    }
}

fn over<T: Transport>(transport: T) -> Connect {
    Box::new(move |builder| builder.build_on(&transport))
}

impl fmt::Debug for PlatformBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformBuilder")
            .field("local", &self.local)
            .field("services", &self.services.keys())
            .finish_non_exhaustive()
    }
}
