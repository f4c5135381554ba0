//! Runs services: every listener is bound before the first call goes out, then each service is started with the
//! addresses of its neighbours; stopping drains them in the reverse order and closes their stores.

use std::{collections::BTreeMap, fmt, io, path::PathBuf, sync::Arc, time::Duration};

use axum::Extension;
use payment_clients::{
    client::{ClientBuilder, wire::Signer},
    contract::{
        error::{Error, Result},
        operation::Service as Peer,
    },
    observe::recorder::Recorder,
    platform::Platform,
    server::FingerprintKey,
};
use tokio::{net::TcpListener, task::JoinHandle};

use crate::{
    channel_sim::Manners,
    host::{Host, Secrets, Started},
    kit::{
        app,
        bus::Bus,
        clock::Clock,
        configuration,
        health::{Checks, Health},
        identity::{access::Access, bearer::Bearer, directory::Directory, guard::Guard, token::Issuer},
        limits::Quotas,
        metrics::{Metrics, Scrape, Several},
        store::{Store, Stores},
        tasks::{Stop, Tasks, shutdown},
        upkeep::Upkeep,
    },
    registry::{self, Name},
};

/// Which ports to listen on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ports {
    /// Those of the registry.
    #[default]
    Fixed,
    /// Any that are free.
    Auto,
    /// This one and those behind it, in the order of the registry: also services in several processes find each other.
    From(u16),
}

/// Listeners, bound and not yet served.
#[derive(Debug)]
pub struct Bound {
    listeners: BTreeMap<Name, TcpListener>,
    ports: Ports,
}

/// Where the services listen.
pub type Urls = BTreeMap<Name, String>;

/// How the services of one process are set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The folder of what is kept beside the stores.
    pub dir: PathBuf,
    /// Where the stores are.
    pub stores: Stores,
    /// The time.
    pub clock: Clock,
    /// Who answers whose an API key or a session is, in place of merchant-service and merchant-auth-service.
    pub directory: Option<Directory>,
    /// How the simulated channel behaves.
    pub manners: Manners,
    /// What carries events between services.
    pub bus: Bus,
    /// Who counts what merchants ask.
    pub quotas: Quotas,
    /// Who is told of every call between services.
    pub recorder: Option<Arc<dyn Recorder>>,
    /// How long things may take.
    pub timing: Timing,
}

/// How long things may take, or wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long a service may take to finish what is in flight, and then its background work.
    pub drain: Duration,
    /// How often a service reads its configuration.
    pub refresh: Duration,
}

/// Services that run.
#[derive(Debug)]
pub struct Running {
    services: Vec<Service>,
    /// Tells all of them at once that they take no more calls soon.
    drain: Stop,
    limit: Duration,
}

#[derive(Debug)]
struct Service {
    name: Name,
    stop: Stop,
    served: JoinHandle<io::Result<()>>,
    tasks: Tasks,
    store: Store,
}

// === impl Setup ===

impl Setup {
    /// Services whose stores are here, with the defaults of everything else.
    pub fn new(dir: impl Into<PathBuf>, stores: Stores, clock: Clock) -> Self {
        let (bus, quotas, manners, timing) = (Bus::default(), Quotas::default(), Manners::default(), Timing::default());
        Self { dir: dir.into(), stores, clock, directory: None, manners, bus, quotas, recorder: None, timing }
    }
}

// === impl Ports ===

impl Ports {
    /// The port of a service; of any that is free, nobody knows before it is bound.
    pub fn of(self, name: Name) -> Option<u16> {
        match self {
            Self::Fixed => Some(name.port()),
            Self::Auto => None,
            Self::From(first) => (first..).zip(Name::ALL).find(|(_, other)| **other == name).map(|(port, _)| port),
        }
    }
}

/// As it is said on the command line.
impl fmt::Display for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed => f.write_str("fixed"),
            Self::Auto => f.write_str("auto"),
            Self::From(first) => first.fmt(f),
        }
    }
}

// === impl Bound ===

impl Bound {
    /// Binds a listener for each service, on this machine only.
    ///
    /// # Errors
    /// When a port is taken; the text names the service, the port, and the way out.
    pub async fn bind(names: &[Name], ports: Ports) -> Result<Self> {
        let mut listeners = BTreeMap::new();
        for name in names {
            listeners.insert(*name, listen(*name, ports.of(*name).unwrap_or(0)).await?);
        }
        Ok(Self { listeners, ports })
    }

    /// Binds one service to a port of its own, which a relay passes on to: all others reach it at that one's `ports`.
    ///
    /// # Errors
    /// As [`bind`](Self::bind).
    pub async fn bind_behind(name: Name, port: u16, ports: Ports) -> Result<Self> {
        Ok(Self { listeners: [(name, listen(name, port).await?)].into(), ports })
    }

    /// Where a service listens, or would by default: a neighbour may run in another process.
    ///
    /// # Errors
    /// When the listener has no address.
    pub fn url(&self, name: Name) -> Result<String> {
        let port = match self.listeners.get(&name) {
            Some(listener) => listener.local_addr().map_err(Error::internal)?.port(),
            None => self.ports.of(name).unwrap_or_else(|| name.port()),
        };
        Ok(format!("http://127.0.0.1:{port}"))
    }

    /// The services that are to be started here.
    pub fn names(&self) -> Vec<Name> {
        self.listeners.keys().copied().collect()
    }

    /// The addresses of all services.
    ///
    /// # Errors
    /// As [`url`](Self::url).
    pub fn urls(&self) -> Result<Urls> {
        Name::ALL.iter().map(|&name| Ok((name, self.url(name)?))).collect()
    }

    /// Starts the services whose listeners these are.
    ///
    /// # Errors
    /// When a store cannot be opened, or a table of access is wrong.
    pub async fn start(mut self, setup: &Setup) -> Result<Running> {
        let Setup { stores, clock, manners, directory, recorder, bus, quotas, timing, .. } = setup;
        let secrets = Secrets::open(&setup.dir)?;
        let issuer = Arc::new(Issuer::open(&secrets, clock.clone())?);
        let fingerprints = FingerprintKey(secrets.get(Secrets::FINGERPRINTS)?);
        let urls = self.urls()?;
        quotas.connect().await;
        let (drain, draining) = shutdown();
        let mut running = Running { services: Vec::new(), drain, limit: timing.drain };
        for &name in Name::ALL {
            if let Some(listener) = self.listeners.remove(&name) {
                let (mut tasks, mut checks) = (Tasks::default(), Checks::default());
                let metrics = Metrics::new(name.service().name);
                let told = |peer| Some(both(&metrics, peer, recorder.as_ref()));
                let platform = connect(&urls, told, |audience| token(&issuer, name, audience))?;
                let (stop, mut stopped) = shutdown();
                let mut host = Host {
                    stores,
                    clock,
                    platform: &platform,
                    secrets: &secrets,
                    manners: *manners,
                    bus,
                    draining: stopped.clone(),
                    refresh: timing.refresh,
                    checks: &mut checks,
                    metrics: &metrics,
                    tasks: &mut tasks,
                };
                let Started { router, store } = name.start(&mut host).await?;
                let router = match name.access() {
                    Access::Outside => router,
                    access @ Access::Lines(_) => {
                        let directory = match directory {
                            Some(directory) => directory.clone(),
                            None => Directory::connect(&platform)?,
                        };
                        let verifier = issuer.verifier();
                        let guard = Guard::open(name.service(), access, verifier, &directory, &store, clock).await?;
                        quotas.watch(&mut checks);
                        guard.around(router.layer((Extension(fingerprints.clone()), Extension(quotas.clone()))))
                    }
                };
                Upkeep::new(&store, clock).spawn(&mut tasks);
                let service = name.service().name;
                let configuration = checks.configured().cloned();
                let health = Health::new(service, checks, &store, bus, clock, draining.clone());
                let scrape = Scrape { metrics, platform, store: store.clone(), bus: bus.clone(), configuration };
                let router = app::with_system_routes(service, router, &health, scrape);
                let served = app::serve(listener, router, async move { stopped.begun().await });
                running.services.push(Service { name, stop, served: tokio::spawn(served), tasks, store });
                tracing::info!(service, url = urls[&name], "listening");
            }
        }
        Ok(running)
    }
}

async fn listen(name: Name, port: u16) -> Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port)).await.map_err(|cause| {
        let remedy = "stop what listens there, or use --ports auto";
        Error::configuration(format!("{name} cannot listen on port {port}: {cause}; {remedy}"))
    })
}

/// The clients of all services at these addresses, for whoever is no service. `signer` says what proves the caller to each
/// of them.
///
/// # Errors
/// When an address cannot be one.
pub fn clients(
    urls: &Urls,
    recorder: Option<&Arc<dyn Recorder>>,
    signer: impl Fn(Name) -> Option<Arc<dyn Signer>>,
) -> Result<Platform> {
    connect(urls, |_| recorder.cloned(), signer)
}

/// The same with a recorder for each of them, and one for those that have no line in the registry. Concurrency limits never
/// fall below this: our stores commit in groups, and with more calls at once each takes longer and all are done sooner, which
/// a limit that listens to latencies takes for overload.
fn connect(
    urls: &Urls,
    recorder: impl Fn(Option<Peer>) -> Option<Arc<dyn Recorder>>,
    signer: impl Fn(Name) -> Option<Arc<dyn Signer>>,
) -> Result<Platform> {
    const LEAST: u64 = 128;
    let wide =
        |client: ClientBuilder| client.configure(|config| (config.limit.start, config.limit.min) = (LEAST, LEAST));
    let recorded = |recorder: Option<Arc<dyn Recorder>>| {
        move |client: ClientBuilder| match &recorder {
            Some(recorder) => client.recorder(Arc::clone(recorder)),
            None => client,
        }
    };
    // A neighbour that no line of the registry names yet is looked for at its declared port.
    let mut platform = Platform::builder().local().defaults(wide).defaults(recorded(recorder(None)));
    for (name, url) in urls.clone() {
        let signer = signer(name);
        let at_this_address = move |client: ClientBuilder| {
            let client = client.url(&url);
            match &signer {
                Some(signer) => client.signer(Arc::clone(signer)),
                None => client,
            }
        };
        for &service in name.beside().iter().chain([&name.service()]) {
            let (reached, recorded) = (at_this_address.clone(), recorded(recorder(Some(service))));
            platform = platform.service(service, move |client| recorded(reached(client)));
        }
    }
    platform.build()
}

/// Records a service's calls to one other, and tells somebody else of them who wants to know.
fn both(metrics: &Metrics, peer: Option<Peer>, other: Option<&Arc<dyn Recorder>>) -> Arc<dyn Recorder> {
    let own = metrics.recorder(peer);
    match other {
        Some(other) => Arc::new(Several(vec![own, Arc::clone(other)])),
        None => own,
    }
}

/// What proves one service to another. Whoever stands for somebody outside has no token, and is shown none.
fn token(issuer: &Arc<Issuer>, caller: Name, audience: Name) -> Option<Arc<dyn Signer>> {
    if [caller, audience].iter().any(|name| matches!(name.access(), Access::Outside)) {
        return None;
    }
    let [caller, audience] = [caller, audience].map(|name| name.service().name);
    let scopes = registry::scopes(caller, audience);
    Some(Arc::new(Bearer::new(Arc::clone(issuer), caller, audience, scopes)))
}

// === impl Timing ===

impl Default for Timing {
    fn default() -> Self {
        Self { drain: Duration::from_secs(10), refresh: configuration::EVERY }
    }
}

// === impl Running ===

impl Running {
    /// Says that no calls should be sent here any more: no service is ready from now on, and each still answers.
    pub fn drain(&self) {
        self.drain.begin();
    }

    /// Stops everything: nobody is ready, then service by service no new calls, what is in flight is finished, background
    /// work ends, and the store is closed. Callers stop before those whom they call.
    ///
    /// # Errors
    /// When a service did not stop in time, or its store did not close cleanly; the others are stopped all the same.
    pub async fn stop(mut self) -> Result<()> {
        self.drain();
        let limit = self.limit;
        let mut failures = Vec::new();
        while let Some(Service { name, stop, mut served, tasks, store }) = self.services.pop() {
            stop.begin();
            if tokio::time::timeout(limit, &mut served).await.is_err() {
                // A client keeps its idle connections open; nothing is in flight on them.
                served.abort();
            }
            for task in tasks.stop(limit).await {
                failures.push(format!("{name}: {task} did not stop in time"));
            }
            if let Err(error) = store.close().await {
                failures.push(format!("{name}: {error}"));
            }
        }
        if failures.is_empty() { Ok(()) } else { Err(Error::internal(failures.join("; "))) }
    }
}
