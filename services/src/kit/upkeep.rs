//! Deletes what has served its time: answers that were kept for repeats, nonces of signatures that are no longer taken. A
//! few rows a unit, so that nobody waits for the broom.
//!
//! What makes an effect happen once for ever is not here: it is a key of the domain's own tables.

use std::time::Duration;

use payment_clients::contract::error::Result;

use super::{
    clock::Clock,
    idempotency,
    identity::nonces,
    store::{Store, Tx, holds},
    tasks::{Shutdown, Tasks},
};

/// How often, when little has expired.
const EVERY: Duration = Duration::from_secs(600);
/// Rows of one kind that a unit deletes.
const MOST: u32 = 200;

/// Deletes what has expired by this time, so many rows at most, and returns how many.
type Purge = fn(&mut Tx<'_>, i64, u32) -> Result<u64>;

/// The tables that are kept for a time, and who knows for how long.
const DUTIES: &[(&str, Purge)] = &[(idempotency::TABLES, idempotency::purge), (nonces::TABLES, nonces::purge)];

/// Looks after one store. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Upkeep {
    store: Store,
    clock: Clock,
}

impl Upkeep {
    /// Looks after a store.
    pub fn new(store: &Store, clock: &Clock) -> Self {
        Self { store: store.clone(), clock: clock.clone() }
    }

    /// Goes on in the background.
    pub fn spawn(self, tasks: &mut Tasks) {
        tasks.spawn("upkeep", |shutdown| self.work(shutdown));
    }

    /// Deletes a few rows of each kind; true when there may be more.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn pass(&self) -> Result<bool> {
        let now = self.clock.now();
        let unit = move |tx: &mut Tx<'_>| {
            let mut more = false;
            for (tables, purge) in DUTIES {
                more |= holds(tx, tables)? && purge(tx, now, MOST)? >= u64::from(MOST);
            }
            Ok(more)
        };
        self.store.write(unit).await
    }

    async fn work(self, mut shutdown: Shutdown) {
        while !shutdown.has_begun() {
            match self.pass().await {
                Ok(true) => continue,
                Ok(false) => {}
                Err(error) => tracing::warn!(%error, "what has expired is deleted later"),
            }
            tokio::select! {
                biased;
                () = shutdown.begun() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }
}
