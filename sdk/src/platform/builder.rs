//! From one configuration to the handle of all clients.

#[cfg(feature = "config-file")]
use std::path::PathBuf;
use std::{fmt, sync::Arc};

#[cfg(feature = "config-file")]
use super::file::File;
use super::{
    Platform,
    code::{self, Code},
    source::{Environment, Source, Sources},
};
use crate::{
    client::{ClientBuilder, env, wire::Signer},
    contract::{error::Result, operation::Service},
    resilience::identity::Credentials,
    transport::{Transport, http::Http},
};

/// Collects what all clients share, and what each has of its own. Nothing is required.
///
/// What the code says overrules the environment, that a file, that the declarations: setting by setting, in whichever
/// order they are given. Within each, what is said of one service overrules what is said of all.
#[must_use = "a builder does nothing until `build` is called"]
pub struct PlatformBuilder {
    environment: Option<Environment>,
    #[cfg(feature = "config-file")]
    file: Option<PathBuf>,
    code: Code,
}

impl PlatformBuilder {
    pub(super) fn new() -> Self {
        Self {
            environment: None,
            #[cfg(feature = "config-file")]
            file: None,
            code: Code::over(Http::new()),
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
        self.code.local = true;
        self
    }

    /// Sets where the credential on each attempt comes from, for the services of the platform. A
    /// [partner](ClientBuilder::partner) gets none but what is said of it with [`service`](Self::service).
    pub fn credentials(mut self, credentials: Arc<dyn Credentials>) -> Self {
        self.code.credentials = Some(credentials);
        self
    }

    /// Sets what signs each attempt at a service of the platform, and none at a partner's.
    pub fn signer(mut self, signer: Arc<dyn Signer>) -> Self {
        self.code.signer = Some(signer);
        self
    }

    /// Says what holds for every client, those of partners too: a recorder, a journal, settings.
    pub fn defaults(mut self, change: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static) -> Self {
        self.code.defaults.push(Box::new(change));
        self
    }

    /// Says what holds for the client of one service: an address, credentials of its own, fallbacks, settings. A service
    /// of one's own becomes known by it.
    pub fn service(
        mut self,
        service: Service,
        change: impl Fn(ClientBuilder) -> ClientBuilder + Send + Sync + 'static,
    ) -> Self {
        let (_, changes) = self.code.services.entry(service.name).or_insert_with(|| (service, Vec::new()));
        changes.push(Box::new(change));
        self
    }

    /// Sets the transport of all clients; the default is HTTP that trusts the authorities of the operating system.
    pub fn transport<T: Transport>(mut self, transport: T) -> Self {
        self.code.connect = code::connect(transport);
        self
    }

    /// Builds the handle. No client is made yet, and no address is required of services that are never called.
    ///
    /// # Errors
    /// When the file cannot be read or has a name that nobody knows, or what is said of a service cannot be understood
    /// or cannot work.
    pub fn build(self) -> Result<Platform> {
        let known = self.code.known();
        let mut sources = Sources::default();
        sources.0.extend(self.environment.map(|environment| Box::new(environment) as Box<dyn Source>));
        #[cfg(feature = "config-file")]
        if let Some(path) = &self.file {
            sources.0.push(Box::new(File::read(path, &known)?));
        }
        for service in &known {
            sources.read(service)?;
        }
        Ok(Platform::new(sources, self.code))
    }
}

impl fmt::Debug for PlatformBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlatformBuilder")
            .field("local", &self.code.local)
            .field("services", &self.code.services.keys())
            .finish_non_exhaustive()
    }
}
