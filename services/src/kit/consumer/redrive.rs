//! Takes dead letters after all: one that somebody names while the service runs, and, when it starts, those that were put
//! back while it did not.

use std::sync::Arc;

use payment_clients::contract::error::{Error, Result};
use tokio::time::sleep;

use super::{
    Consumer, Shared,
    take::{DEAD_LETTER, passes},
    work::wait_after,
};
use crate::kit::{
    inbox::{self, DeadLetter},
    incident,
    store::Tx,
};

// === impl Consumer ===

impl Consumer {
    /// Takes a dead letter after all, and then those that have waited for it.
    ///
    /// # Errors
    /// `RESOURCE_NOT_FOUND` when there is no open letter of this name, or why it still cannot be taken; it stays then.
    pub async fn redrive(&self, event_id: &str) -> Result<()> {
        let (shared, event_id, now) = (Arc::clone(&self.shared), event_id.to_owned(), self.shared.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            let letter = inbox::letter(tx, shared.name, &event_id)?
                .ok_or_else(|| Error::not_found(format_args!("an open dead letter {event_id}")))?;
            shared.retake(tx, &letter, now)?;
            inbox::close(tx, shared.name, &event_id)?;
            incident::close(tx, &event_id, DEAD_LETTER, "taken after all", now)
        };
        self.shared.store.write(unit).await
    }

    /// Takes the letters that were put back; comes back when each is taken, or known not to be.
    pub(super) async fn take_put_back(&self) {
        let mut failures = 0;
        while let Err(error) = self.try_put_back().await {
            tracing::info!(%error, consumer = self.shared.name, "what was put back is not taken yet; tried again");
            sleep(wait_after(failures)).await;
            failures += 1;
        }
    }

    /// Several sources of one consumer may do this at once: a letter is taken once all the same.
    async fn try_put_back(&self) -> Result<()> {
        let name = self.shared.name;
        let letters = self.shared.store.read(move |view| inbox::letters(view, name)).await?;
        for letter in letters.into_iter().filter(DeadLetter::is_put_back) {
            match self.redrive(&letter.event_id).await {
                Err(error) if passes(&error) => return Err(error),
                Err(error) => {
                    tracing::warn!(%error, consumer = name, event = letter.event_id, "it still cannot be taken");
                    let unit =
                        move |tx: &mut Tx<'_>| inbox::failed_again(tx, name, &letter.event_id, &error.to_string());
                    self.shared.store.write(unit).await?;
                }
                Ok(()) => tracing::info!(consumer = name, event = letter.event_id, "a dead letter is taken after all"),
            }
        }
        Ok(())
    }
}

// === impl Shared ===

impl Shared {
    /// A letter whose place was passed by another event changes what it changes, and no order.
    fn retake(&self, tx: &mut Tx<'_>, letter: &DeadLetter, now: i64) -> Result<()> {
        let event = letter.event()?;
        self.handle(tx, &letter.topic, &event, now)?;
        let aggregate = &event.aggregate_id;
        let reached = inbox::version(tx, self.name, &letter.topic, aggregate)?;
        match event.aggregate_version {
            Some(version) if version == reached + 1 => {
                inbox::set_version(tx, self.name, &letter.topic, aggregate, version)?;
                self.follow(tx, &letter.topic, aggregate, version, now)
            }
            _ => Ok(()),
        }
    }
}
