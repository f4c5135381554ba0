//! What a service can do now: a few checks, each with a deadline, each looked at once in a while however often it is
//! asked for, so that no probe hangs and none is worth a call of its own.
//!
//! * **Live** asks nothing: the process answers.
//! * **Ready** is whether to send calls here. A *required* check that fails says no, and so does a drain. Any other check
//!   that fails degrades the service, which goes on.
//!
//! Of a neighbour only its liveness is asked, never its readiness: two services that need each other would wait for each
//! other, and one slow store would stop them all.

use std::{fmt, future::Future, sync::Arc, time::Duration};

use futures_util::{
    FutureExt,
    future::{BoxFuture, join_all},
};
use payment_clients::{
    client::BaseClient,
    contract::{error::Result, timestamp::Timestamp},
    prelude::{ServiceClient, api},
};
use serde::{Deserialize, Serialize};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use super::{
    bus::{self, Bus},
    clock::{Clock, millis},
    configuration::{Configuration, Origin},
    metrics::figures,
    store::Store,
    tasks::Shutdown,
};

/// Longest time that a check may take.
pub const DEADLINE: Duration = Duration::from_secs(1);
/// How long what was found is told again.
pub const FRESH: Duration = Duration::from_secs(2);

/// What every service answers beside its own operations. The client is one of that service: it is made from its base.
#[api(service = "liveness", tier = "best_effort", envelope = "bare")]
pub trait LivenessApi {
    /// Says that the process answers, and nothing else.
    #[get("/health/live", timeout = "900ms", attempt_timeout = "900ms")]
    async fn get_liveness(&self) -> Result<Liveness>;

    /// Says how well everything is that the service needs.
    #[get("/health")]
    async fn get_report(&self) -> Result<Report>;
}

/// Client of a service's liveness. A breaker that is open answers for it: that is how the service itself sees the other.
#[derive(Clone, Debug, ServiceClient)]
#[client(api(LivenessApi))]
pub struct LivenessClient {
    base: BaseClient,
}

/// The process answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Liveness {
    /// `alive`.
    pub status: String,
    /// When it was asked.
    pub timestamp: Timestamp,
}

/// How well something is, from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As it should be.
    Ok,
    /// It works, and somebody should look.
    Degraded,
    /// It does not work.
    Unhealthy,
}

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How well it is.
    pub status: Status,
    /// In words.
    pub detail: String,
}

/// Looks at one thing.
pub type Look = Box<dyn Fn() -> BoxFuture<'static, Finding> + Send + Sync>;

/// The checks of a service that starts.
#[derive(Default)]
pub struct Checks {
    checks: Vec<Check>,
    configuration: Option<Configuration>,
}

struct Check {
    name: String,
    required: bool,
    look: Look,
    /// Held by whoever looks: others wait for what is found, which is never longer than the deadline.
    last: Mutex<Option<Seen>>,
}

#[derive(Clone)]
struct Seen {
    at: i64,
    took: Duration,
    finding: Finding,
}

/// The health of a service that runs. Cheap to clone.
#[derive(Clone)]
pub struct Health(Arc<Shared>);

struct Shared {
    service: &'static str,
    clock: Clock,
    draining: Shutdown,
    checks: Checks,
}

/// The answer to `/health`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The worst of its checks; one that is not required only degrades.
    pub status: Status,
    /// Whose it is.
    pub service: String,
    /// True when the service takes no more calls soon.
    pub draining: bool,
    /// When it was asked for.
    pub timestamp: Timestamp,
    /// How long it took, as a text with its unit.
    pub duration: String,
    /// One line a check.
    pub checks: Vec<Checked>,
}

/// One check of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checked {
    /// What was looked at.
    pub name: String,
    /// How well it is.
    pub status: Status,
    /// Whether the service needs it.
    pub required: bool,
    /// Milliseconds since it was looked at.
    pub age_ms: i64,
    /// What was found, in words.
    pub message: String,
    /// When it was looked at.
    pub timestamp: Timestamp,
    /// How long the look took, in nanoseconds.
    pub duration: u64,
}

// === impl Finding ===

impl Finding {
    /// As it should be.
    pub fn ok(detail: impl Into<String>) -> Self {
        Self { status: Status::Ok, detail: detail.into() }
    }

    /// It works, and somebody should look.
    pub fn degraded(detail: impl Into<String>) -> Self {
        Self { status: Status::Degraded, detail: detail.into() }
    }

    /// It does not work.
    pub fn unhealthy(detail: impl Into<String>) -> Self {
        Self { status: Status::Unhealthy, detail: detail.into() }
    }
}

// === impl Checks ===

impl Checks {
    /// Adds a check. A required one that is unhealthy makes the service so.
    pub fn add<F: Future<Output = Finding> + Send + 'static>(
        &mut self,
        name: &str,
        required: bool,
        look: impl Fn() -> F + Send + Sync + 'static,
    ) {
        let look: Look = Box::new(move || look().boxed());
        self.checks.push(Check { name: name.to_owned(), required, look, last: Mutex::default() });
    }

    /// Adds a neighbour that the service calls.
    pub fn neighbour(&mut self, name: &str, required: bool, neighbour: Arc<dyn LivenessApi>) {
        self.add(name, required, move || {
            let neighbour = Arc::clone(&neighbour);
            async move {
                match neighbour.get_liveness().await {
                    Ok(_) => Finding::ok("answers"),
                    Err(error) => Finding::unhealthy(error.to_string()),
                }
            }
        });
    }

    /// Adds the configuration that the service is run with. The defaults are a reason to look, not to stop.
    pub fn configuration(&mut self, configuration: &Configuration) {
        self.configuration = Some(configuration.clone());
        let configuration = configuration.clone();
        self.add("configuration", false, move || {
            let status = configuration.status();
            let version = status.version;
            let finding = match (status.origin, status.failure) {
                (Origin::Defaults, failure) => {
                    let why = failure.unwrap_or_else(|| "it was never read".into());
                    Finding::degraded(format!("the defaults are in force: {why}"))
                }
                (_, Some(failure)) => Finding::degraded(format!("version {version} stays in force: {failure}")),
                (_, None) => Finding::ok(format!("version {version}")),
            };
            async { finding }
        });
    }

    /// What the service is run with, if it is run with anything.
    pub fn configured(&self) -> Option<&Configuration> {
        self.configuration.as_ref()
    }

    fn store(&mut self, store: &Store) {
        let of = store.clone();
        self.add("store", true, move || {
            let store = of.clone();
            async move {
                let read = store.read(|view| view.one("SELECT 1", &[], |row| row.get::<i64>(0))).await;
                // A unit that changes nothing passes the queue, the writer and the lock of the database.
                let written = match read {
                    Ok(_) => store.write(|_| Ok(())).await,
                    Err(error) => Err(error),
                };
                written.map_or_else(|error| Finding::unhealthy(error.to_string()), |()| Finding::ok("reads and writes"))
            }
        });
        let of = store.clone();
        self.add("incidents", false, move || {
            let store = of.clone();
            async move {
                match store.read(figures::read).await.map(|figures| figures.incidents) {
                    Ok(None | Some(0)) => Finding::ok("none is open"),
                    Ok(Some(open)) => Finding::degraded(format!("{open} open; `payments incidents` lists them")),
                    Err(error) => Finding::unhealthy(error.to_string()),
                }
            }
        });
    }

    fn bus(&mut self, bus: &Bus, store: &Store) {
        let (bus, of) = (bus.clone(), store.clone());
        self.add("bus", false, move || {
            let (bus, store) = (bus.clone(), of.clone());
            async move {
                let why = match bus.health() {
                    bus::Health::Ready => return Finding::ok(bus.to_string()),
                    bus::Health::Waiting(why) => why,
                };
                // How many, unless the store does not answer, which is told by its own check.
                let figures = store.read(figures::read).await.unwrap_or_default();
                let count = figures.unpublished.map(|count| format!("{count} ")).unwrap_or_default();
                Finding::degraded(format!("{count}events wait in the outbox: {why}"))
            }
        });
    }

    /// What was found, looked at anew where that is too long ago.
    async fn look(&self, clock: &Clock) -> Vec<Checked> {
        join_all(self.checks.iter().map(|check| check.checked(clock))).await
    }
}

impl fmt::Debug for Checks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.checks.iter().map(|check| &check.name)).finish()
    }
}

impl Check {
    async fn checked(&self, clock: &Clock) -> Checked {
        let mut last = self.last.lock().await;
        let now = clock.now();
        let seen = match last.take() {
            // A clock that was set back makes nothing fresh.
            Some(seen) if (0..millis(FRESH)).contains(&now.saturating_sub(seen.at)) => seen,
            _ => self.seen(now).await,
        };
        *last = Some(seen.clone());
        let Seen { at, took, finding: Finding { status, detail } } = seen;
        Checked {
            name: self.name.clone(),
            status,
            required: self.required,
            age_ms: now.saturating_sub(at),
            message: detail,
            timestamp: Timestamp::from_unix_ms(at),
            duration: u64::try_from(took.as_nanos()).unwrap_or(u64::MAX),
        }
    }

    async fn seen(&self, at: i64) -> Seen {
        let begun = Instant::now();
        let late = |_| Finding::unhealthy(format!("no answer within {DEADLINE:?}"));
        let finding = timeout(DEADLINE, (self.look)()).await.unwrap_or_else(late);
        if finding.status != Status::Ok {
            tracing::warn!(check = self.name, status = ?finding.status, finding.detail, "a check failed");
        }
        Seen { at, took: begun.elapsed(), finding }
    }
}

// === impl Health ===

impl Health {
    /// The health of a service with these checks of its own, beside those of its store and its bus. It is not ready once
    /// `draining` has begun.
    pub fn new(
        service: &'static str,
        mut checks: Checks,
        store: &Store,
        bus: &Bus,
        clock: &Clock,
        draining: Shutdown,
    ) -> Self {
        checks.store(store);
        checks.bus(bus, store);
        Self(Arc::new(Shared { service, clock: clock.clone(), draining, checks }))
    }

    /// The process answers.
    pub fn live(&self) -> Liveness {
        Liveness { status: "alive".into(), timestamp: self.0.clock.timestamp() }
    }

    /// What the checks found.
    pub async fn report(&self) -> Report {
        let (begun, Shared { service, clock, .. }) = (Instant::now(), &*self.0);
        let checks = self.0.checks.look(clock).await;
        Report {
            status: worst(&checks),
            service: (*service).to_owned(),
            draining: self.is_draining(),
            timestamp: clock.timestamp(),
            duration: format!("{}us", begun.elapsed().as_micros()),
            checks,
        }
    }

    /// Whether the service takes no more calls soon.
    pub fn is_draining(&self) -> bool {
        self.0.draining.has_begun()
    }

    /// Why no calls should be sent here; none when they should.
    pub async fn refusal(&self) -> Option<String> {
        if self.is_draining() {
            return Some("draining: the service takes no more calls soon".into());
        }
        let checks = self.0.checks.look(&self.0.clock).await;
        let failed = |check: Checked| {
            let failed = check.required && check.status == Status::Unhealthy;
            failed.then(|| format!("{}: {}", check.name, check.message))
        };
        let failed: Vec<_> = checks.into_iter().filter_map(failed).collect();
        (!failed.is_empty()).then(|| failed.join("; "))
    }

    /// The time by which it is told.
    pub fn timestamp(&self) -> Timestamp {
        self.0.clock.timestamp()
    }
}

impl fmt::Debug for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Health").field("service", &self.0.service).field("checks", &self.0.checks).finish()
    }
}

fn worst(checks: &[Checked]) -> Status {
    let felt = |check: &Checked| if check.required { check.status } else { check.status.min(Status::Degraded) };
    checks.iter().map(felt).max().unwrap_or(Status::Ok)
}
