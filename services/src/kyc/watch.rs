//! Looks at documents that run out: before their last day an alert says so, and after it they do not count any more.

use std::time::Duration;

use payment_clients::contract::error::Result;

use super::{
    Kyc,
    domain::{alerts, documents},
    store::{self, Step},
};
use crate::kit::{
    days::{self, DAY},
    store::Tx,
    tasks::Shutdown,
};

/// How often the watch looks.
const EVERY: Duration = Duration::from_secs(3600);
/// Documents that one unit looks at.
const AT_ONCE: i64 = 100;
/// Who does what nobody has asked for.
const ITSELF: &str = "service:kyc-service";

/// Looks until the shutdown begins.
pub(super) async fn work(kyc: Kyc, mut shutdown: Shutdown) {
    while !shutdown.has_begun() {
        match kyc.look_for_expiry().await {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tracing::warn!(%error, "documents that run out will be looked for later"),
        }
        tokio::select! {
            biased;
            () = shutdown.begun() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

impl Kyc {
    /// One round: warns of some documents that run out soon, and ends some whose last day is over. Returns how many that
    /// were; none are left when it is 0.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn look_for_expiry(&self) -> Result<usize> {
        let (ids, now) = (self.ids.clone(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| {
            // A document is good to the end of its last day, and its date is the beginning of it.
            let today = days::midnight(now);
            let over = store::documents::ending(tx, today - DAY, None, AT_ONCE)?;
            for document in &over {
                let id = document.id.to_string();
                let (lifecycle, from, to) = (&documents::LIFECYCLE, "approved", "expired");
                let step = Step { lifecycle, id: &id, from, to, actor: ITSELF, cause: "its last day is over", at: now };
                store::advance(tx, store::documents::STATUS, &step)?;
                store::alerts::insert(tx, &alerts::expired(document, ids.uuid().into(), now), document.id)?;
            }
            let soon = store::documents::ending(tx, today + alerts::NOTICE, Some(&alerts::SOON), AT_ONCE)?;
            for document in &soon {
                store::alerts::insert(tx, &alerts::expiring(document, ids.uuid().into(), now), document.id)?;
            }
            Ok(over.len() + soon.len())
        };
        self.store.write(unit).await
    }
}
