//! One handle for the clients of all services.

#[cfg(feature = "config-file")]
use std::path::PathBuf;
use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{REGISTRY, builder::PlatformBuilder, code::Code, source::Sources};
use crate::{
    client::{BaseClient, ServiceClient},
    contract::{error::Result, operation::Service, partner::Profile},
};

/// The clients of all services, from one configuration.
///
/// The client of a service is made when it is first asked for. All that are handed out for it are clones of that one,
/// so connections, breakers, limits and budgets are shared by the whole program, and so is a change of settings.
///
/// ```
/// # #[cfg(feature = "order")]
/// # fn example() -> payment_clients::contract::error::Result<()> {
/// use std::{sync::Arc, time::Duration};
///
/// use payment_clients::{
///     apis::order::order_api,
///     client::MemoryJournal,
///     platform::Platform,
/// };
///
/// let journal = Arc::new(MemoryJournal::default());
/// let platform = Platform::builder()
///     .env() // ORDER_SERVICE_URL, ORDER_SERVICE_DEADLINE_MS, …
///     .defaults(move |client| client.journal(journal.clone()))
///     .service(order_api::SERVICE, |client| client.configure(|config| config.retry_budget_permille = 50))
///     .build()?;
///
/// let orders = platform.order()?;
/// // From here on, for everybody who holds a client of order-service:
/// orders.base().reconfigure(|config| config.all_tiers(|tier| tier.total = Duration::from_secs(4)))?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Platform {
    shared: Arc<Shared>,
}

/// What all clones share.
struct Shared {
    sources: Sources,
    code: Code,
    clients: Mutex<BTreeMap<&'static str, BaseClient>>,
}

// === impl Platform ===

impl Platform {
    /// Begins a handle. It reads neither the environment nor a file unless it is told to.
    pub fn builder() -> PlatformBuilder {
        PlatformBuilder::new()
    }

    /// A handle whose addresses and settings are those of the [environment](mod@crate::client::env).
    ///
    /// # Errors
    /// When a variable cannot be understood, or settings clash. A missing address is an error of the service's client.
    pub fn from_env() -> Result<Self> {
        Self::builder().env().build()
    }

    /// A handle whose addresses and settings are those of a [file](PlatformBuilder::file); the environment overrules it.
    ///
    /// # Errors
    /// As [`PlatformBuilder::build`].
    #[cfg(feature = "config-file")]
    pub fn from_file(path: impl Into<PathBuf>) -> Result<Self> {
        Self::builder().file(path).env().build()
    }

    /// A handle for services that all run on this machine, at their declared ports. It reads no environment.
    ///
    /// # Errors
    /// As [`PlatformBuilder::build`].
    pub fn local() -> Result<Self> {
        Self::builder().local().build()
    }

    pub(super) fn new(sources: Sources, code: Code) -> Self {
        Self { shared: Arc::new(Shared { sources, code, clients: Mutex::default() }) }
    }

    /// The client of a service, of one's own too: `let loyalty: LoyaltyClient = platform.client()?`.
    ///
    /// # Errors
    /// When the address of the service is missing or none, or its settings clash.
    pub fn client<C: ServiceClient>(&self) -> Result<C> {
        self.made(C::SERVICE, C::profile()).map(C::from)
    }

    /// What carries out the calls to a service for which there is no typed client. One that is not in the
    /// [`REGISTRY`] is taken for a service of the platform, unless `service(..)` of the builder says what it promises.
    ///
    /// # Errors
    /// As [`client`](Self::client).
    pub fn base(&self, service: Service) -> Result<BaseClient> {
        let entry = REGISTRY.iter().find(|entry| entry.service.name == service.name);
        self.made(service, entry.map_or(Profile::PLATFORM, |entry| (entry.profile)()))
    }

    /// The clients that have been made so far, by name of the service: for gauges and consoles.
    pub fn clients(&self) -> Vec<BaseClient> {
        self.shared.clients().values().cloned().collect()
    }

    fn made(&self, service: Service, partner: Profile) -> Result<BaseClient> {
        let mut clients = self.shared.clients();
        if let Some(client) = clients.get(service.name) {
            return Ok(client.clone());
        }
        let client = self.shared.code.client(service, partner, &self.shared.sources)?;
        clients.insert(service.name, client.clone());
        Ok(client)
    }
}

impl fmt::Debug for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Platform").field("clients", &self.shared.clients().keys()).finish_non_exhaustive()
    }
}

// === impl Shared ===

impl Shared {
    fn clients(&self) -> MutexGuard<'_, BTreeMap<&'static str, BaseClient>> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
