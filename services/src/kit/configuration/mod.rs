//! What a service is run with, and how it hears of changes without a restart.
//!
//! ```text
//! config-service ──(at start, every five minutes, when told)──► read ► check ► keep in the own store ► swap
//! ```
//! A service never waits for config-service, and never runs without a configuration: what cannot be read, is invalid or
//! older than what is known leaves the last good one in force, across restarts too. Where there never was one, the
//! defaults of the [kinds](Kind) hold. Its age, and why it is not newer, stand in [`Status`].
//!
//! Versions only rise. A decision records [`Values::version`] of the values that it was made by.
//!
//! | file | does |
//! |---|---|
//! | `kinds` | the kinds of value, their rules and defaults |
//! | `values` | one version of all of them |
//! | `told` | hears that there is another |
//! | `store` | the last good version, in the service's own store |

mod kinds;
mod store;
mod told;
mod values;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use arc_swap::ArcSwap;
use payment_clients::{
    apis::{config_service::ServiceConfigApi, ids::ServiceName},
    contract::{
        error::{Error, ErrorKind, Result},
        operation::Service,
        options::{CallOptions, WithOptions},
    },
};
use serde::Serialize;
use tokio::sync::Notify;

pub use self::{
    kinds::{
        Bounds, Bucket, Buckets, Class, EmailCarrier, FeeRates, Kind, MAILGUN_KEY, MAX_AMOUNT, MailgunDomain,
        MessageCarriers, NotificationTemplates, PaymentChannels, RateLimits, RiskAbsence, RiskRules, Rule,
        RuleConditions, RuleDecision, SECRETS, SMTP_PASSWORD, Security, SmsCarrier, SmtpServer, TWILIO_TOKEN, Template,
        Terms, TwilioAccount, check, read,
    },
    store::TABLES,
    values::Values,
};
use super::{
    clock::Clock,
    store::Store,
    tasks::{Shutdown, Tasks},
};

/// The environment whose configuration is read.
const ENVIRONMENT: &str = "production";
/// How often it is read unless somebody says otherwise, or it is told to have changed.
pub const EVERY: Duration = Duration::from_secs(5 * 60);
/// At most so often, whatever is told.
const LEAST: Duration = Duration::from_secs(1);
/// Longest time that a read may take: a service does not wait for its configuration.
const DEADLINE: Duration = Duration::from_secs(1);

/// The configuration of one service. Cheap to clone.
#[derive(Clone)]
pub struct Configuration(Arc<Shared>);

struct Shared {
    service: ServiceName,
    store: Store,
    clock: Clock,
    values: ArcSwap<Values>,
    progress: Mutex<Progress>,
    told: Notify,
    /// Held by whoever reads, so that an older answer never overtakes a newer one.
    turn: tokio::sync::Mutex<()>,
}

/// What became of the reads.
#[derive(Clone, Debug, Default)]
struct Progress {
    origin: Origin,
    confirmed_at: Option<i64>,
    failures: u32,
    refused: u64,
    failure: Option<String>,
}

/// Where the values in force come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// Nothing was ever read.
    #[default]
    Defaults,
    /// Read before this start, and kept.
    LastGood,
    /// Read since this start.
    ConfigService,
}

/// How current the configuration is, for the health report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Status {
    /// The version in force; 0 for the defaults.
    pub version: i64,
    /// Where it comes from.
    pub origin: Origin,
    /// Milliseconds since config-service last said that it is current; absent when it never did.
    pub age_ms: Option<i64>,
    /// Versions that were refused since the start, as invalid or as older than the one in force.
    pub refused: u64,
    /// Why the last read failed; absent when it did not.
    pub failure: Option<String>,
}

// === impl Configuration ===

impl Configuration {
    /// The defaults, until [`follow`](Self::follow) finds something better. `store` is the service's own, with
    /// [`TABLES`] among its migrations.
    pub fn new(service: Service, store: &Store, clock: &Clock) -> Self {
        Self(Arc::new(Shared {
            service: service.name.into(),
            store: store.clone(),
            clock: clock.clone(),
            values: ArcSwap::default(),
            progress: Mutex::default(),
            told: Notify::new(),
            turn: tokio::sync::Mutex::default(),
        }))
    }

    /// Takes up the last good version, asks for a newer one, and goes on asking in the background. That nobody answers
    /// is no error.
    ///
    /// # Errors
    /// When the service's own store fails.
    pub async fn follow(&self, source: Arc<dyn ServiceConfigApi>, tasks: &mut Tasks) -> Result<()> {
        self.follow_every(EVERY, source, tasks).await
    }

    /// The same, reading it as often as this.
    ///
    /// # Errors
    /// When the service's own store fails.
    pub async fn follow_every(
        &self,
        every: Duration,
        source: Arc<dyn ServiceConfigApi>,
        tasks: &mut Tasks,
    ) -> Result<()> {
        self.restore().await?;
        // Logged where it failed, and tried again soon.
        let _ = self.refresh(&source).await;
        let configuration = self.clone();
        tasks.spawn("configuration", |shutdown| configuration.stay_current(every, source, shutdown));
        Ok(())
    }

    /// Takes up what an earlier run of the service has kept, if it has and nothing newer is known.
    ///
    /// # Errors
    /// When the service's own store fails.
    pub async fn restore(&self) -> Result<()> {
        let Some((text, confirmed_at)) = self.0.store.read(store::last_good).await? else { return Ok(()) };
        match Values::restore(&text) {
            Ok(values) if values.version > self.version() => {
                self.0.values.store(Arc::new(values));
                let mut progress = self.0.progress();
                (progress.origin, progress.confirmed_at) = (Origin::LastGood, Some(confirmed_at));
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(service = %self.0.service, %error, "the configuration that was kept is of no use");
            }
        }
        Ok(())
    }

    /// Reads the configuration now. When that fails, the one in force stays so.
    ///
    /// # Errors
    /// When config-service does not answer, or answers what is invalid or older.
    pub async fn refresh(&self, source: &Arc<dyn ServiceConfigApi>) -> Result<()> {
        let _turn = self.0.turn.lock().await;
        let result = self.look(source).await;
        let now = self.0.clock.now();
        let mut progress = self.0.progress();
        match &result {
            Ok(()) => {
                (progress.origin, progress.confirmed_at) = (Origin::ConfigService, Some(now));
                (progress.failures, progress.failure) = (0, None);
            }
            Err(error) => {
                progress.failures = progress.failures.saturating_add(1);
                progress.refused += u64::from(is_refusal(error));
                progress.failure = Some(error.to_string());
                let (version, age) = (self.version(), progress.confirmed_at.map(|at| now.saturating_sub(at)));
                drop(progress);
                tracing::warn!(service = %self.0.service, version, age, %error, "the configuration stays as it was");
            }
        }
        result
    }

    async fn look(&self, source: &Arc<dyn ServiceConfigApi>) -> Result<()> {
        let known = self.current();
        // One attempt: whoever reads again and again need not repeat.
        let source = source.with(CallOptions::new().fresh().deadline(DEADLINE).max_attempts(1));
        let found = source.get_service_config(&self.0.service, Some(ENVIRONMENT), known.etag.as_deref()).await?;
        let Some(found) = found else { return Ok(()) };
        let values = Arc::new(Values::read(&found)?);
        if values.version < known.version {
            return Err(gone_back(known.version, values.version));
        }
        let (text, now) = (values.to_json()?, self.0.clock.now());
        // Kept first: a version that decisions have recorded is not forgotten by a restart.
        self.0.store.write(move |tx| store::keep(tx, &text, now)).await?;
        if values.version > known.version {
            tracing::info!(service = %self.0.service, version = values.version, "another configuration is in force");
        }
        self.0.values.store(values);
        Ok(())
    }

    /// Reads again and again until the shutdown.
    async fn stay_current(self, every: Duration, source: Arc<dyn ServiceConfigApi>, mut shutdown: Shutdown) {
        loop {
            tokio::select! {
                biased;
                () = shutdown.begun() => return,
                () = self.0.told.notified() => {}
                () = tokio::time::sleep(self.pause(every)) => {}
            }
            // Logged where it failed, and tried again soon.
            let _ = self.refresh(&source).await;
            // However often it is told meanwhile, it is read once more, and not before this has passed.
            tokio::select! {
                biased;
                () = shutdown.begun() => return,
                () = tokio::time::sleep(LEAST) => {}
            }
        }
    }

    /// The ordinary pause; after failures a shorter one, doubled with each.
    fn pause(&self, every: Duration) -> Duration {
        match self.0.progress().failures {
            0 => every,
            failures => every.min(Duration::from_secs(1 << failures.min(9))),
        }
    }

    /// Says that the configuration has changed: it is read soon. May be said as often as one likes.
    pub fn changed(&self) {
        self.0.told.notify_one();
    }

    /// Whose it is.
    pub fn service(&self) -> &str {
        self.0.service.as_str()
    }

    /// The values in force, all of one version.
    pub fn current(&self) -> Arc<Values> {
        self.0.values.load_full()
    }

    /// The version in force, for decisions to record; 0 for the defaults.
    pub fn version(&self) -> i64 {
        self.0.values.load().version
    }

    /// How current it is.
    pub fn status(&self) -> Status {
        let (version, now) = (self.version(), self.0.clock.now());
        let Progress { origin, confirmed_at, refused, failure, .. } = self.0.progress().clone();
        let age_ms = confirmed_at.map(|at| now.saturating_sub(at));
        Status { version, origin, age_ms, refused, failure }
    }
}

impl std::fmt::Debug for Configuration {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Configuration").field("service", &self.0.service).finish_non_exhaustive()
    }
}

impl Shared {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An answer that was understood and is not taken, unlike none.
fn is_refusal(error: &Error) -> bool {
    error.kind() == ErrorKind::Configuration
}

/// config-service has lost versions that decisions were made by.
fn gone_back(known: i64, found: i64) -> Error {
    Error::configuration(format!(
        "config-service is at version {found}, and version {known} is in force here: it has lost changes; make them \
         again, until its version is higher"
    ))
}
