//! What is to be read of a service at `/metrics`: one set of families for each service, also where many run in one process.
//! `docs/metrics.md` lists them.
//!
//! ```text
//! recorded   calls (a recorder of the clients), requests (a layer), and what a service counts itself   handles, kept
//! read       how clients stand, what waits in the store, what a service adds up                        at each scrape
//! ```
//! Nothing that is recorded waits for anything. What is read is no more than what is open: a scrape reads no history.
//!
//! | file | does |
//! |---|---|
//! | `family` | bounded label sets, and finding a handle again without a lock |
//! | `calls` | what calls to neighbours come to |
//! | `served` | what is asked of the service |
//! | `clients` | how its clients stand: breakers, limits, queues, budgets |
//! | `figures` | what its store has done, what in it waits, and what became of the process's spans |
//! | `reading` | values that are read when they are asked for |
//! | `format` | OpenMetrics, or Prometheus' text format |

mod calls;
mod clients;
pub mod family;
pub mod figures;
mod format;
mod reading;
mod served;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    Router,
    response::{IntoResponse, Response},
};
use http::{HeaderMap, StatusCode, header};
use payment_clients::{
    contract::{error::Result, operation::Service},
    observe::recorder::{AttemptEnd, BreakerChange, CallEnd, Recorder, Retrying},
    platform::Platform,
};
use prometheus_client::registry::Registry;

pub use self::reading::{Family, Kind, Point};
use self::{calls::Calls, format::Format, reading::Readings, served::Requests};
use super::{bus::Bus, configuration::Configuration, store::Store, store::View};

/// Reads values of a service's own when they are asked for; by an index, and nothing that grows.
pub type Read = fn(&View<'_>) -> Result<Vec<Family>>;

/// The metrics of one service. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Shared>);

struct Shared {
    service: &'static str,
    /// Locked to register and to write it out, never to record.
    registry: Mutex<Registry>,
    calls: calls::Families,
    requests: Requests,
    reads: Mutex<Vec<Read>>,
}

/// Whatever the metrics of a service are read from. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Scrape {
    /// What it has recorded.
    pub metrics: Metrics,
    /// Its clients.
    pub platform: Platform,
    /// Its store.
    pub store: Store,
    /// What carries its events.
    pub bus: Bus,
    /// What it is run with, if it is run with anything.
    pub configuration: Option<Configuration>,
}

/// Tells several recorders.
#[derive(Clone, Debug)]
pub struct Several(pub Vec<Arc<dyn Recorder>>);

// === impl Metrics ===

impl Metrics {
    /// The metrics of a service, by its name on the network. Nothing is recorded yet.
    pub fn new(service: &'static str) -> Self {
        let mut registry = labelled(service);
        let calls = calls::Families::register(&mut registry);
        let requests = Requests::register(service, &mut registry);
        let (registry, reads) = (Mutex::new(registry), Mutex::default());
        Self(Arc::new(Shared { service, registry, calls, requests, reads }))
    }

    /// Records calls to a service; without one, to whomever the declaration names.
    pub fn recorder(&self, peer: Option<Service>) -> Arc<dyn Recorder> {
        Arc::new(Calls::new(&self.0.calls, peer.map(|peer| peer.name)))
    }

    /// Records everything that is asked of a router.
    pub fn around(&self, router: Router) -> Router {
        self.0.requests.around(router)
    }

    /// Registers what a service counts itself.
    pub fn register<T>(&self, families: impl FnOnce(&mut Registry) -> T) -> T {
        families(&mut self.0.registry.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Adds what is read of the service's store each time.
    pub fn read(&self, read: Read) {
        self.0.reads.lock().unwrap_or_else(PoisonError::into_inner).push(read);
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Metrics").field(&self.0.service).finish()
    }
}

/// Families that all say whose they are.
fn labelled(service: &'static str) -> Registry {
    Registry::with_labels([("service".into(), service.into())].into_iter())
}

// === impl Scrape ===

impl Scrape {
    /// Answers a request for the metrics in the format that it asks for.
    pub async fn answer(&self, headers: &HeaderMap) -> Response {
        let format = Format::asked(headers);
        match self.text(format).await {
            Ok(text) => ([(header::CONTENT_TYPE, format.content_type())], text).into_response(),
            Err(error) => {
                let Shared { service, .. } = &*self.metrics.0;
                tracing::error!(service, %error, "the metrics cannot be written");
                StatusCode::INTERNAL_SERVER_ERROR.into_response()
            }
        }
    }

    /// Everything as a text. Of a store that does not answer, what is known without it.
    async fn text(&self, format: Format) -> Result<String, fmt::Error> {
        let Shared { service, registry, reads, .. } = &*self.metrics.0;
        let mut families = clients::read(&self.platform);
        families.extend(figures::counted(&self.store, &self.bus, self.configuration.as_ref()));
        let reads = reads.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let waits = self.store.read(move |view| {
            let mut found = figures::read(view)?.families();
            for read in reads {
                found.extend(read(view)?);
            }
            Ok(found)
        });
        match waits.await {
            Ok(found) => families.extend(found),
            Err(error) => tracing::warn!(service, %error, "the store does not answer; its figures are left out"),
        }
        let mut read = labelled(service);
        read.register_collector(Box::new(Readings(families)));
        let registry = registry.lock().unwrap_or_else(PoisonError::into_inner);
        format.write(&[&registry, &read])
    }
}

// === impl Several ===

impl Recorder for Several {
    fn attempt_ended(&self, end: &AttemptEnd<'_>) {
        self.0.iter().for_each(|recorder| recorder.attempt_ended(end));
    }

    fn call_ended(&self, end: &CallEnd<'_>) {
        self.0.iter().for_each(|recorder| recorder.call_ended(end));
    }

    fn retrying(&self, retrying: &Retrying<'_>) {
        self.0.iter().for_each(|recorder| recorder.retrying(retrying));
    }

    fn breaker_changed(&self, change: &BreakerChange<'_>) {
        self.0.iter().for_each(|recorder| recorder.breaker_changed(change));
    }
}
