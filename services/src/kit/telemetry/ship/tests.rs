//! The queue and its task beside a collector that a test decides about, on virtual time.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use std::{
    future::pending,
    sync::{Mutex, PoisonError},
    time::SystemTime,
};

use opentelemetry::{
    InstrumentationScope,
    trace::{SpanContext, SpanId, SpanKind, Status},
};
use opentelemetry_sdk::error::OTelSdkError;

use super::*;

/// How the collector is.
#[derive(Clone, Copy, Debug)]
enum Mood {
    There,
    Away,
    /// It never answers.
    Mute,
}

#[derive(Clone, Debug)]
struct Moody {
    mood: Arc<Mutex<Mood>>,
    taken: Arc<AtomicU64>,
}

impl Moody {
    fn new(mood: Mood) -> Self {
        Self { mood: Arc::new(Mutex::new(mood)), taken: Arc::default() }
    }

    fn becomes(&self, mood: Mood) {
        *self.mood.lock().unwrap_or_else(PoisonError::into_inner) = mood;
    }
}

impl SpanExporter for Moody {
    async fn export(&self, batch: Vec<SpanData>) -> OTelSdkResult {
        let mood = *self.mood.lock().unwrap_or_else(PoisonError::into_inner);
        match mood {
            Mood::There => {
                self.taken.fetch_add(u64::try_from(batch.len()).unwrap(), Ordering::Relaxed);
                Ok(())
            }
            Mood::Away => Err(OTelSdkError::InternalFailure("connection refused".into())),
            Mood::Mute => pending().await,
        }
    }
}

fn span() -> SpanData {
    SpanData {
        span_context: SpanContext::empty_context(),
        parent_span_id: SpanId::INVALID,
        parent_span_is_remote: false,
        span_kind: SpanKind::Internal,
        name: "call".into(),
        start_time: SystemTime::UNIX_EPOCH,
        end_time: SystemTime::UNIX_EPOCH,
        attributes: Vec::new(),
        dropped_attributes_count: 0,
        events: Default::default(),
        links: Default::default(),
        status: Status::Unset,
        instrumentation_scope: InstrumentationScope::default(),
    }
}

fn end(shipper: &Shipper, count: usize) {
    (0..count).for_each(|_| shipper.on_end(span()));
}

#[tokio::test(start_paused = true)]
async fn no_span_is_lost_when_the_process_ends() {
    let collector = Moody::new(Mood::There);
    let (shipper, shipping) = through(collector.clone());
    end(&shipper, 3 * BATCH + 7);
    let shipped = shipping.finish(PATIENCE).await;
    assert_eq!(shipped, Shipped { exported: 3 * 512 + 7, dropped: 0 });
    assert_eq!(collector.taken.load(Ordering::Relaxed), shipped.exported);
}

#[tokio::test(start_paused = true)]
async fn spans_of_a_time_without_collector_are_lost_and_counted_and_those_after_it_arrive() {
    let collector = Moody::new(Mood::Away);
    let (shipper, shipping) = through(collector.clone());
    end(&shipper, 100);
    sleep(LINGER * 2).await;
    assert_eq!(shipping.counts.read(), Shipped { exported: 0, dropped: 100 });
    collector.becomes(Mood::There);
    end(&shipper, 50);
    assert_eq!(shipping.finish(PATIENCE).await, Shipped { exported: 50, dropped: 100 });
}

#[tokio::test(start_paused = true)]
async fn whoever_ends_a_span_never_waits_and_what_waits_for_a_mute_collector_is_bounded() {
    let (shipper, shipping) = through(Moody::new(Mood::Mute));
    // No point at which another task could run lies between these: what does not fit is lost at once.
    end(&shipper, QUEUE + 1000);
    assert_eq!(shipping.counts.read(), Shipped { exported: 0, dropped: 1000 });
}

#[tokio::test(start_paused = true)]
async fn a_mute_collector_holds_up_one_batch_at_a_time_and_is_heard_again() {
    let collector = Moody::new(Mood::Mute);
    let (shipper, shipping) = through(collector.clone());
    end(&shipper, 10);
    sleep(PATIENCE * 2).await;
    collector.becomes(Mood::There);
    end(&shipper, 5);
    assert_eq!(shipping.finish(PATIENCE).await, Shipped { exported: 5, dropped: 10 });
}

#[tokio::test(start_paused = true)]
async fn a_process_that_ends_waits_for_a_mute_collector_no_longer_than_it_may() {
    let (shipper, shipping) = through(Moody::new(Mood::Mute));
    end(&shipper, 10 * BATCH);
    let begun = tokio::time::Instant::now();
    let shipped = shipping.finish(PATIENCE * 2).await;
    assert_eq!(begun.elapsed(), PATIENCE * 2);
    assert_eq!(shipped, Shipped { exported: 0, dropped: 10 * 512 }, "also what was not tried any more is lost");
}
