//! Carries committed events to the bus: one task a service, in the order in which they were written.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use payment_clients::contract::error::Result;
use tokio::sync::watch;

use super::Numbered;
use crate::kit::{
    clock::Clock,
    store::{Store, Tx},
    tasks::Shutdown,
};

/// How often the relay looks whether anything was committed. What has been written meanwhile is published together, and
/// costs every listener one commit: nobody waits for an event, and the disk has less to do for those who wait for answers.
const LOOK_EVERY: Duration = Duration::from_millis(50);
/// Events that are published together.
const MOST: i64 = 500;
/// How often an idle bus is asked whether it is there.
const CHECK_EVERY: Duration = Duration::from_secs(5);
/// First and longest wait for a bus that does not take events.
const WAITS: [Duration; 2] = [Duration::from_millis(100), Duration::from_secs(5)];

/// A bus outside of the services.
#[async_trait]
pub trait Sink: Send + Sync + 'static {
    /// Publishes events in this order, durably. After an error any part of them may have been published.
    ///
    /// # Errors
    /// When one of them may not have been; they are published again then.
    async fn publish(&self, events: &[Numbered]) -> Result<()>;

    /// Asks the bus whether it is there, so that its health is known while there is nothing to publish.
    ///
    /// # Errors
    /// When it does not answer.
    async fn check(&self) -> Result<()>;
}

/// Publishes the outbox of one service. Cheap to clone; two of them harm nobody.
#[derive(Clone)]
pub struct Relay {
    pub(super) store: Store,
    pub(super) service: &'static str,
    clock: Clock,
    sink: Option<Arc<dyn Sink>>,
    /// The highest place that can be read from the feed.
    pub(super) head: watch::Sender<i64>,
}

// === impl Relay ===

impl Relay {
    /// A relay to a sink, or to the service's own feed.
    pub fn new(store: Store, service: &'static str, clock: Clock, sink: Option<Arc<dyn Sink>>) -> Self {
        Self { store, service, clock, sink, head: watch::Sender::new(0) }
    }

    /// Publishes what is waiting, as far as one pass goes. True when there may be more.
    ///
    /// # Errors
    /// When the store fails or the bus does not take it; nothing is lost then.
    pub async fn pass(&self) -> Result<bool> {
        // A unit that finds nothing to do is a commit all the same, after which there would be to look again.
        if !self.store.read(super::is_waiting).await? {
            return Ok(false);
        }
        let published = match &self.sink {
            None => {
                let now = self.clock.now();
                let publish = move |tx: &mut Tx<'_>| {
                    // What has a place from an outside bus that is no more: no reader may come to pass it.
                    super::mark(tx, i64::MAX, now)?;
                    super::number(tx, MOST, Some(now))
                };
                self.store.write(publish).await?
            }
            Some(sink) => self.publish(sink.as_ref()).await?,
        };
        if let Some(seq) = published {
            self.head.send_if_modified(|head| std::mem::replace(head, seq.max(*head)) < seq);
        }
        Ok(published.is_some())
    }

    /// A place is given in one unit, and taken by the bus in another: a crash between them publishes the same event at
    /// the same place again.
    async fn publish(&self, sink: &dyn Sink) -> Result<Option<i64>> {
        let service = self.service;
        let next = move |tx: &mut Tx<'_>| {
            super::number(tx, MOST, None)?;
            super::to_publish(tx, service, MOST)
        };
        let events = self.store.write(next).await?;
        let Some(last) = events.last().map(|event| event.seq) else { return Ok(None) };
        sink.publish(&events).await?;
        let now = self.clock.now();
        self.store.write(move |tx| super::mark(tx, last, now)).await?;
        Ok(Some(last))
    }

    /// Works until the shutdown begins. A service that has stopped has published all that it could without waiting.
    pub async fn work(self, mut shutdown: Shutdown) {
        let mut seen = None;
        let mut wait = LOOK_EVERY;
        let mut idle = Duration::ZERO;
        while !shutdown.has_begun() {
            // Nothing can wait to be published that was there at the last pass, unless something was committed since.
            let commits = self.store.stats().commits;
            let worked = if seen == Some(commits) { self.rest(&mut idle).await } else { self.pass().await };
            match worked {
                Ok(more) => (seen, wait) = ((!more).then_some(commits), LOOK_EVERY),
                Err(error) => {
                    let service = self.service;
                    tracing::warn!(%error, service, "events wait in the outbox; they are published later");
                    (seen, wait) = (None, (wait * 2).clamp(WAITS[0], WAITS[1]));
                }
            }
            tokio::select! {
                biased;
                () = shutdown.begun() => {}
                () = tokio::time::sleep(wait) => idle += wait,
            }
        }
        if self.sink.is_none()
            && let Err(error) = self.pass().await
        {
            tracing::warn!(%error, service = self.service, "the last events are published at the next start");
        }
    }

    /// Nothing to publish: asks the bus from time to time whether it is there.
    async fn rest(&self, idle: &mut Duration) -> Result<bool> {
        if let Some(sink) = &self.sink
            && *idle >= CHECK_EVERY
        {
            *idle = Duration::ZERO;
            sink.check().await?;
        }
        Ok(false)
    }
}
