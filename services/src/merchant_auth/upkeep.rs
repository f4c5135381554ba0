//! What happens by itself: sessions that have expired are written down as over, counts that no longer count are forgotten,
//! and seeds that an older key of the vault has sealed are sealed anew.

use std::time::Duration;

use payment_clients::contract::error::Result;

use super::{
    MerchantAuth,
    store::{attempts, factors, pending, sessions},
};
use crate::kit::{tasks::Shutdown, vault};

/// How often.
const EVERY: Duration = Duration::from_secs(3600);

/// Works until the shutdown begins.
pub async fn work(auth: MerchantAuth, mut shutdown: Shutdown) {
    while !shutdown.has_begun() {
        if let Err(error) = auth.upkeep().await {
            tracing::warn!(%error, "upkeep of merchant-auth failed; it is tried again later");
        }
        tokio::select! {
            biased;
            () = shutdown.begun() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

impl MerchantAuth {
    /// One pass of the upkeep, by hand in tests.
    ///
    /// # Errors
    /// When the store fails, or a seed does not open.
    pub async fn upkeep(&self) -> Result<()> {
        let now = self.clock.now();
        let unit = move |tx: &mut crate::kit::store::Tx<'_>| {
            attempts::forget_old(tx, now)?;
            pending::forget_old(tx, now)?;
            sessions::end_expired(tx, now)
        };
        self.store.write(unit).await?;
        let resealed = vault::rotate(&self.store, &self.vault, &[factors::SEALED]).await?;
        if resealed > 0 {
            tracing::info!(resealed, "seeds were sealed anew with the newest key of the vault");
        }
        Ok(())
    }
}
