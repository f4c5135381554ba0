//! What a service finds when it starts, whichever process it runs in: where stores are, the time, its neighbours, its
//! secrets, and how the simulated outside world behaves.

use std::{
    collections::BTreeMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use axum::Router;
use payment_clients::{
    contract::{
        error::{Error, Result},
        operation::Service,
        secret::Secret,
    },
    platform::Platform,
    seams::Rng,
};

use crate::{
    channel_sim::Manners,
    kit::{
        bus::Bus,
        clock::Clock,
        configuration::Configuration,
        health::{Checks, LivenessClient},
        metrics::Metrics,
        store::{Store, Stores},
        tasks::{Shutdown, Tasks},
    },
    registry::Name,
};

/// What a service is given to start with.
#[derive(Debug)]
pub struct Host<'a> {
    /// Where its store is.
    pub stores: &'a Stores,
    /// The time.
    pub clock: &'a Clock,
    /// Its neighbours.
    pub platform: &'a Platform,
    /// What it knows and nobody else.
    pub secrets: &'a Secrets,
    /// How the simulated outside world behaves.
    pub manners: Manners,
    /// What carries its events.
    pub bus: &'a Bus,
    /// Begins when the service takes no more calls.
    pub draining: Shutdown,
    /// How often it reads its configuration.
    pub refresh: Duration,
    /// What its health is made of, beside its store and its bus.
    pub checks: &'a mut Checks,
    /// What it counts and shows, beside what every service does.
    pub metrics: &'a Metrics,
    /// Where its background work goes.
    pub tasks: &'a mut Tasks,
}

/// A service that has been started.
#[derive(Debug)]
pub struct Started {
    /// Its own routes.
    pub router: Router,
    /// Its store, to be closed in the end.
    pub store: Store,
}

/// What the services of one folder know and nobody else: made at the first start, kept beside the stores, readable by
/// their owner only.
#[derive(Clone, Debug)]
pub struct Secrets {
    path: PathBuf,
    known: BTreeMap<String, Secret<String>>,
}

// === impl Host ===

impl Host<'_> {
    /// Publishes the outbox of a service from now on, and returns the routes under which its events can be read.
    ///
    /// # Errors
    /// When the bus cannot be set up.
    pub fn publish(&mut self, service: &'static str, store: &Store) -> Result<Router> {
        self.bus.publish(service, store, self.clock, self.tasks, self.draining.clone())
    }

    /// Keeps a service's configuration current from now on: it is read, and read again from time to time and when
    /// config-service tells of a change. The service's health shows how current it is.
    ///
    /// # Errors
    /// When config-service has no address, the bus cannot be set up, or the service's own store fails.
    pub async fn follow(&mut self, configuration: &Configuration) -> Result<()> {
        self.checks.configuration(configuration);
        let source = Arc::new(self.platform.config_service()?);
        configuration.follow_every(self.refresh, source, self.tasks).await?;
        configuration.listen(self.bus, self.platform, self.tasks)
    }

    /// The service is not ready without these neighbours.
    ///
    /// # Errors
    /// When one of them has no address.
    pub fn needs(&mut self, neighbours: &[Service]) -> Result<()> {
        self.neighbours(neighbours, true)
    }

    /// The service is degraded without these neighbours: what it does with them waits.
    ///
    /// # Errors
    /// When one of them has no address.
    pub fn uses(&mut self, neighbours: &[Service]) -> Result<()> {
        self.neighbours(neighbours, false)
    }

    fn neighbours(&mut self, neighbours: &[Service], required: bool) -> Result<()> {
        for neighbour in neighbours {
            let client = LivenessClient::from(self.platform.base(*neighbour)?);
            self.checks.neighbour(neighbour.name, required, Arc::new(client));
        }
        Ok(())
    }
}

// === impl Secrets ===

impl Secrets {
    /// Signs the channel's webhooks where it is Stripe.
    pub const CHANNEL: &str = "channel";
    /// Signs the channel's webhooks where it is PayPal.
    pub const PAYPAL: &str = "channel-paypal";
    /// Signs the adapter's callbacks to the gateway.
    pub const CALLBACKS: &str = "callbacks";
    /// The private key that signs the services' tokens.
    pub const ISSUER: &str = "issuer";
    /// The first password of the first administrator.
    pub const FIRST_ADMIN: &str = "first-admin";
    /// The secret of the demo merchant's API key.
    pub const DEMO_MERCHANT: &str = "demo-merchant";
    /// Keys the fingerprints by which repeats are recognised: without it nobody finds out what was asked.
    pub const FINGERPRINTS: &str = "fingerprints";
    /// Seals what stores must not tell: a ring, of which the newest key seals and all open.
    pub const VAULT: &str = "vault";

    /// All of them, beside one of each service's own; of a ring, its first.
    const NAMES: &[&str] = &[
        Self::CHANNEL,
        Self::PAYPAL,
        Self::CALLBACKS,
        Self::ISSUER,
        Self::FIRST_ADMIN,
        Self::DEMO_MERCHANT,
        Self::FINGERPRINTS,
        "vault-1",
    ];

    /// Reads the folder's secrets, and makes those that it lacks.
    ///
    /// # Errors
    /// When they cannot be read or written; the text names the file.
    pub fn open(dir: &Path) -> Result<Self> {
        let path = dir.join("secrets.json");
        let failed = |cause: &dyn std::fmt::Display| Error::configuration(format!("{}: {cause}", path.display()));
        // Services that start in other processes at this moment wait, and read what one of them has made.
        let lock = fs::File::create(path.with_extension("lock")).map_err(|cause| failed(&cause))?;
        lock.lock().map_err(|cause| failed(&cause))?;
        let mut known: BTreeMap<String, String> = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|cause| failed(&cause))?,
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(cause) => return Err(failed(&cause)),
        };
        let services = Name::ALL.iter().map(|name| own(name.service().name));
        let names = Self::NAMES.iter().map(|name| (*name).to_owned()).chain(services);
        let missing: Vec<_> = names.filter(|name| !known.contains_key(name)).collect();
        if !missing.is_empty() {
            let rng = Rng::system()?;
            for name in missing {
                known.insert(name, format!("{:032x}{:032x}", rng.unique()?, rng.unique()?));
            }
            let text = serde_json::to_vec_pretty(&known).map_err(Error::internal)?;
            write_private(&path, &text).map_err(|cause| failed(&cause))?;
        }
        let known = known.into_iter().map(|(name, secret)| (name, Secret::new(secret))).collect();
        Ok(Self { path, known })
    }

    /// The secret of this name: 256 random bits in hexadecimal.
    ///
    /// # Errors
    /// When there is none, which is a bug: each name is made at the first start.
    pub fn get(&self, name: &str) -> Result<Secret<String>> {
        let found = self.known.get(name).cloned();
        found.ok_or_else(|| Error::internal(format!("{} holds no secret `{name}`", self.path.display())))
    }

    /// The keys of a ring by their numbers: `vault-1`, `vault-2` and so on. A key is added to the file by hand.
    ///
    /// # Errors
    /// When a name of the ring does not end in a number.
    pub fn ring(&self, name: &str) -> Result<BTreeMap<u32, Secret<String>>> {
        let of_ring = |(full, key): (&String, &Secret<String>)| {
            let number = full.strip_prefix(name)?.strip_prefix('-')?.parse::<u32>();
            let wrong = |_| Error::configuration(format!("{}: `{full}` does not end in a number", self.path.display()));
            Some(number.map(|number| (number, key.clone())).map_err(wrong))
        };
        self.known.iter().filter_map(of_ring).collect()
    }

    /// What a service, by its name on the network, shares with those who hand out tokens and with nobody else.
    ///
    /// # Errors
    /// When there is no such service.
    pub fn of_service(&self, service: &str) -> Result<Secret<String>> {
        self.get(&own(service))
    }
}

/// The name of a service's own secret.
fn own(service: &str) -> String {
    format!("service/{service}")
}

/// Written beside and renamed, so that a crash leaves the old file or the new one.
fn write_private(path: &Path, text: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    let mut options = fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    io::Write::write_all(&mut file, text)?;
    file.sync_all()?;
    fs::rename(&beside, path)
}
