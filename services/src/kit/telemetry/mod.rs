//! What a process shows of itself while it runs: log lines on stderr, spans at a collector.
//!
//! | file | part |
//! |---|---|
//! | [`logs`] | how log lines are written |
//! | `sample` | which traces are recorded |
//! | [`ship`] | from a span that ended to the collector, without anybody waiting |

pub mod logs;
mod sample;
pub mod ship;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use opentelemetry::trace::TracerProvider;
use opentelemetry_sdk::{
    Resource,
    trace::{Sampler, SdkTracer, SdkTracerProvider},
};
use payment_clients::{
    contract::error::{Error, Result},
    seams::Rng,
};
use tracing::{Dispatch, Subscriber, dispatcher};
use tracing_opentelemetry::OpenTelemetryLayer;
use tracing_subscriber::{
    Layer,
    layer::SubscriberExt,
    registry::{LookupSpan, Registry},
    util::SubscriberInitExt,
};

use self::{
    sample::Recorded,
    ship::{Counts, Shipped, Shipping},
};
use super::settings::LogFormat;

/// Those of the telemetry that was started for the whole process.
static COUNTS: OnceLock<Arc<Counts>> = OnceLock::new();

/// How long a process that ends waits for the collector to take what is left.
const LAST_WORDS: Duration = Duration::from_secs(5);

/// What a process is to show.
#[derive(Clone, Debug)]
pub struct Show {
    /// Who it is, by its name on the network.
    pub service: &'static str,
    /// How log lines are written.
    pub log: LogFormat,
    /// What is logged unless `RUST_LOG` says otherwise: a level.
    pub level: &'static str,
    /// Where spans go: a collector that takes OTLP over gRPC; nowhere when absent.
    pub otlp: Option<String>,
    /// How many of a thousand traces are recorded, of those that begin here.
    pub trace_permille: u16,
}

/// The telemetry of this process, to be [stopped](Self::stop) once everything else has been.
#[derive(Debug)]
#[must_use = "spans that wait are lost unless this is stopped"]
pub struct Telemetry {
    spans: Option<(SdkTracerProvider, Shipping)>,
}

/// Logs from this level on, for a program that has nothing else to show; `RUST_LOG` decides otherwise.
pub fn log_to_stderr(level: &str) {
    // Whoever listens already hears it.
    let _ = Registry::default().with(logs::lines(LogFormat::Text, level)).try_init();
}

// === impl Telemetry ===

impl Telemetry {
    /// Begins to write logs and, if there is a collector, to send spans to it. Once a process; inside a runtime.
    ///
    /// # Errors
    /// When the address of the collector cannot be one, or the process shows itself already.
    pub fn start(show: &Show) -> Result<Self> {
        let (listener, telemetry) = Self::prepare(show)?;
        dispatcher::set_global_default(listener).map_err(Error::internal)?;
        if let Some((_, shipping)) = &telemetry.spans {
            COUNTS.get_or_init(|| shipping.counts());
        }
        Ok(telemetry)
    }

    /// As [`start`](Self::start), for whoever says himself what is listened to.
    ///
    /// # Errors
    /// When the address of the collector cannot be one.
    pub fn prepare(show: &Show) -> Result<(Dispatch, Self)> {
        let registry = Registry::default().with(logs::lines(show.log, show.level));
        // Nothing is asked per span where nothing is recorded.
        let Some(endpoint) = show.otlp.as_deref().filter(|_| show.trace_permille > 0) else {
            return Ok((registry.into(), Self { spans: None }));
        };
        let resource = Resource::builder_empty().with_service_name(show.service).build();
        let (shipper, shipping) = ship::to(endpoint, &resource)?;
        let provider = SdkTracerProvider::builder()
            .with_resource(resource)
            .with_sampler(Sampler::AlwaysOn)
            .with_span_processor(shipper)
            .build();
        let recorded = Recorded::new(show.trace_permille, Rng::system()?);
        let listener = registry.with(spans(provider.tracer("payment-services"), recorded));
        Ok((listener.into(), Self { spans: Some((provider, shipping)) }))
    }

    /// Sends what is left, as long as the collector takes it, and answers what became of all spans.
    pub async fn stop(self) -> Shipped {
        match self.spans {
            Some((_provider, shipping)) => shipping.finish(LAST_WORDS).await,
            None => Shipped::default(),
        }
    }
}

/// Spans become OpenTelemetry's, those of recorded traces.
fn spans<S: Subscriber + for<'a> LookupSpan<'a>>(tracer: SdkTracer, recorded: Recorded) -> impl Layer<S> {
    // What is left out here is known otherwise, and is written for every span.
    OpenTelemetryLayer::new(tracer)
        .with_location(false)
        .with_threads(false)
        .with_tracked_inactivity(false)
        .with_target(false)
        .with_context_activation(false)
        .with_filter(recorded)
}

/// What became of the spans of this process so far.
pub fn shipped() -> Shipped {
    COUNTS.get().map(|counts| counts.read()).unwrap_or_default()
}
