//! Reads a source, takes what it gives out, and tries again what fails.

use std::{sync::Arc, time::Duration};

use payment_clients::contract::error::{Error, Result};
use tokio::time::sleep;

use super::{
    Consumer,
    take::{Taken, passes},
};
use crate::kit::{
    bus::{Delivery, Source},
    clock::millis,
    inbox, incident,
    store::Tx,
    tasks::Shutdown,
};

/// Events of one unit: enough to share a commit, few enough to let others write.
const MOST: usize = 64;
/// How often an event is tried before it becomes a dead letter.
const TRIES: u32 = 5;
/// First and longest wait after a failure.
const WAITS: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(5)];
/// How long events may wait for an earlier one before somebody is to look.
const PATIENCE: Duration = Duration::from_secs(60);

impl Consumer {
    /// Listens until the shutdown begins. A unit that is under way then is committed or not; what was not is read again.
    pub(super) async fn work(self, source: Box<dyn Source>, mut shutdown: Shutdown) {
        tokio::select! {
            biased;
            () = shutdown.begun() => {}
            () = async { self.take_put_back().await; self.listen_for_ever(source).await } => {}
        }
    }

    async fn listen_for_ever(&self, mut source: Box<dyn Source>) {
        let (mut is_resumed, mut failures, mut looked_at) = (false, 0, self.shared.clock.now());
        loop {
            let round = async {
                if !is_resumed {
                    let (consumer, name) = (self.shared.name, source.name().to_owned());
                    source.resume(self.shared.store.read(move |view| inbox::cursor(view, consumer, &name)).await?);
                    is_resumed = true;
                }
                let page = source.next().await?;
                self.take_page(page).await;
                source.settle().await?;
                self.look_for_gaps(&mut looked_at).await
            };
            match round.await {
                Ok(()) => failures = 0,
                Err(error) => {
                    let (consumer, source) = (self.shared.name, source.name());
                    tracing::info!(%error, consumer, source, "no events for now; asked again");
                    sleep(wait_after(failures)).await;
                    failures += 1;
                }
            }
        }
    }

    /// Takes all of these events, or gives up those that cannot be taken. Comes back only when none is left.
    async fn take_page(&self, page: Vec<Delivery>) {
        let page: Arc<[Delivery]> = page.into();
        let (mut first, mut failures, mut tries) = (0, 0, 0);
        while first < page.len() {
            // After a failure the events are taken one by one, so that a handler that panics harms no other.
            let last = if failures == 0 { page.len().min(first + MOST) } else { first + 1 };
            let (error, is_own) = match self.take_some(&page, first..last).await {
                Ok(Taken { count, failure }) => {
                    if count > 0 {
                        (failures, tries) = (0, 0);
                    }
                    first += count;
                    (failure, true)
                }
                Err(error) => (Some(error), last - first == 1),
            };
            let Some(error) = error else { continue };
            failures += 1;
            // A whole unit that fails, as by a panic, says nothing about its first event until that is taken alone.
            tries += u32::from(!passes(&error) && is_own);
            if tries < TRIES {
                tracing::warn!(%error, consumer = self.shared.name, tries, "an event is not taken yet");
                sleep(wait_after(failures)).await;
            } else if self.give_up(&page, first, tries, error).await {
                (first, failures, tries) = (first + 1, 0, 0);
            }
        }
    }

    async fn take_some(&self, page: &Arc<[Delivery]>, range: std::ops::Range<usize>) -> Result<Taken> {
        let (shared, page, now) = (Arc::clone(&self.shared), Arc::clone(page), self.shared.clock.now());
        self.shared.store.write(move |tx: &mut Tx<'_>| shared.take_all(tx, &page[range], now)).await
    }

    /// False when the store could not even take that.
    async fn give_up(&self, page: &Arc<[Delivery]>, index: usize, tries: u32, error: Error) -> bool {
        let (shared, page, now) = (Arc::clone(&self.shared), Arc::clone(page), self.shared.clock.now());
        let unit = move |tx: &mut Tx<'_>| shared.give_up(tx, &page[index], tries, &error, now);
        match self.shared.store.write(unit).await {
            Ok(()) => true,
            Err(error) => {
                tracing::error!(%error, consumer = self.shared.name, "a dead letter cannot be kept; tried again");
                sleep(WAITS[1]).await;
                false
            }
        }
    }

    /// Opens an incident for each entity whose events wait for one that does not come.
    async fn look_for_gaps(&self, looked_at: &mut i64) -> Result<()> {
        let (consumer, now) = (self.shared.name, self.shared.clock.now());
        if (*looked_at..*looked_at + millis(PATIENCE)).contains(&now) {
            return Ok(());
        }
        *looked_at = now;
        let gaps = self.shared.store.read(move |view| inbox::gaps(view, consumer, now - millis(PATIENCE))).await?;
        if gaps.is_empty() {
            return Ok(());
        }
        let unit = move |tx: &mut Tx<'_>| {
            gaps.iter().try_for_each(|(aggregate, count)| {
                let detail = format!("{consumer} keeps {count} events of it that wait for an earlier one");
                incident::open(tx, aggregate, "EVENT_GAP", &detail, now)
            })
        };
        self.shared.store.write(unit).await
    }
}

pub(super) fn wait_after(failures: u32) -> Duration {
    WAITS[0].saturating_mul(1 << failures.min(10)).min(WAITS[1])
}
