//! From a span that ended to the collector. Whoever ends a span never waits: it goes into a queue of fixed length, from
//! which one task sends. When the collector is away or slow the queue fills, and what does not fit is lost and counted.
//!
//! The batch processor of the SDK does the same in a thread of its own, but tells nobody how many it has lost.

#[cfg(test)]
mod tests;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use opentelemetry::Context;
use opentelemetry_otlp::{RetryPolicy, WithExportConfig, WithTonicConfig};
use opentelemetry_sdk::{
    Resource,
    error::OTelSdkResult,
    trace::{Span, SpanData, SpanExporter, SpanProcessor},
};
use payment_clients::contract::error::{Error, Result};
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::kit::tasks::{Shutdown, Stop, shutdown};

/// Spans that may wait, which bounds the memory while the collector is away.
const QUEUE: usize = 8192;
/// Spans sent at once: the default of the SDK's own processor.
const BATCH: usize = 512;
/// How long a small batch waits for more.
const LINGER: Duration = Duration::from_millis(100);
/// How long the collector may take for one batch. Then it is lost: the next ones wait behind it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Counts what becomes of spans.
#[derive(Debug, Default)]
pub(super) struct Counts {
    ended: AtomicU64,
    exported: AtomicU64,
    dropped: AtomicU64,
}

/// What became of the spans of this process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shipped {
    /// A collector has taken them.
    pub exported: u64,
    /// They are lost: the queue was full, or the collector did not take them.
    pub dropped: u64,
}

/// Takes spans as they end.
#[derive(Debug)]
pub(super) struct Shipper {
    waiting: mpsc::Sender<SpanData>,
    counts: Arc<Counts>,
}

/// The task that sends them.
#[derive(Debug)]
pub struct Shipping {
    counts: Arc<Counts>,
    task: JoinHandle<()>,
    stop: Stop,
}

/// Sends spans of this process to a collector from now on.
///
/// # Errors
/// When its address cannot be one.
pub(super) fn to(endpoint: &str, resource: &Resource) -> Result<(Shipper, Shipping)> {
    let exporter =
        opentelemetry_otlp::SpanExporter::builder().with_tonic().with_endpoint(endpoint).with_timeout(PATIENCE);
    // Behind a batch that is sent again and again all others wait, and the oldest are worth the least.
    let exporter = exporter.with_retry_policy(RetryPolicy::disabled()).build();
    let mut exporter =
        exporter.map_err(|cause| Error::configuration(format!("otlp: {endpoint} cannot be a collector: {cause}")))?;
    exporter.set_resource(resource);
    Ok(through(exporter))
}

fn through(exporter: impl SpanExporter + 'static) -> (Shipper, Shipping) {
    let (sender, waiting) = mpsc::channel(QUEUE);
    let (stop, stopped) = shutdown();
    let counts = Arc::<Counts>::default();
    let task = tokio::spawn(send(exporter, waiting, stopped, Arc::clone(&counts)));
    (Shipper { waiting: sender, counts: Arc::clone(&counts) }, Shipping { counts, task, stop })
}

/// Sends what waits until it is told to stop, and then what is left.
async fn send(
    exporter: impl SpanExporter,
    mut waiting: mpsc::Receiver<SpanData>,
    mut stopped: Shutdown,
    counts: Arc<Counts>,
) {
    let mut is_away = false;
    loop {
        let mut batch = Vec::with_capacity(BATCH);
        let stopping = stopped.has_begun();
        if stopping {
            waiting.close();
        }
        tokio::select! {
            count = waiting.recv_many(&mut batch, BATCH) => if count == 0 { return },
            () = stopped.begun(), if !stopping => continue,
        }
        let count = batch.len();
        let sent = timeout(PATIENCE, exporter.export(batch)).await;
        let failure = match sent {
            Ok(Ok(())) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no answer within {PATIENCE:?}")),
        };
        counts.batch(count, failure.is_none());
        tell(failure, &mut is_away);
        if count < BATCH && !stopping {
            tokio::select! {
                () = sleep(LINGER) => {}
                () = stopped.begun() => {}
            }
        }
    }
}

/// A collector that goes away is told once, and once when it is back.
fn tell(failure: Option<String>, is_away: &mut bool) {
    match failure {
        Some(why) if !*is_away => tracing::warn!(why, "the collector takes no spans; they are lost until it does"),
        None if *is_away => tracing::info!("the collector takes spans again"),
        _ => return,
    }
    *is_away = !*is_away;
}

// === impl Counts ===

impl Counts {
    fn batch(&self, count: usize, taken: bool) {
        let counter = if taken { &self.exported } else { &self.dropped };
        counter.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    pub(super) fn read(&self) -> Shipped {
        let [exported, dropped] = [&self.exported, &self.dropped].map(|counter| counter.load(Ordering::Relaxed));
        Shipped { exported, dropped }
    }
}

// === impl Shipper ===

impl SpanProcessor for Shipper {
    fn on_start(&self, _: &mut Span, _: &Context) {}

    fn on_end(&self, span: SpanData) {
        self.counts.ended.fetch_add(1, Ordering::Relaxed);
        if self.waiting.try_send(span).is_err() {
            self.counts.batch(1, false);
        }
    }

    /// What waits is on its way anyhow; [`Shipping::finish`] waits for it.
    fn force_flush(&self) -> OTelSdkResult {
        Ok(())
    }

    fn shutdown_with_timeout(&self, _: Duration) -> OTelSdkResult {
        Ok(())
    }
}

// === impl Shipping ===

impl Shipping {
    /// Sends what waits, no longer than this. What is left then is lost.
    pub(super) async fn finish(self, patience: Duration) -> Shipped {
        self.stop.begin();
        if timeout(patience, self.task).await.is_err() {
            tracing::warn!(?patience, "the collector did not take the last spans in time");
        }
        let exported = self.counts.read().exported;
        Shipped { exported, dropped: self.counts.ended.load(Ordering::Relaxed).saturating_sub(exported) }
    }

    pub(super) fn counts(&self) -> Arc<Counts> {
        Arc::clone(&self.counts)
    }
}
