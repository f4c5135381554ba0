//! What happens by itself: sessions that have expired are written down as over, counts that no longer count are forgotten,
//! and secrets that an older key of the vault has sealed are sealed anew.

use std::time::Duration;

use payment_clients::contract::error::Result;

use super::{
    AdminService,
    store::{attempts, factors, sessions, system_configs},
};
use crate::kit::{store::Tx, tasks::Shutdown, vault};

/// How often.
const EVERY: Duration = Duration::from_secs(3600);

/// Works until the shutdown begins.
pub async fn work(admin: AdminService, mut shutdown: Shutdown) {
    while !shutdown.has_begun() {
        if let Err(error) = admin.upkeep().await {
            tracing::warn!(%error, "upkeep of admin-service failed; it is tried again later");
        }
        tokio::select! {
            biased;
            () = shutdown.begun() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

impl AdminService {
    /// One pass of the upkeep, by hand in tests.
    ///
    /// # Errors
    /// When the store fails, or a secret does not open.
    pub async fn upkeep(&self) -> Result<()> {
        let now = self.clock.now();
        let unit = move |tx: &mut Tx<'_>| {
            attempts::forget_old(tx, now)?;
            sessions::end_expired(tx, now)
        };
        self.store.write(unit).await?;
        let resealed = vault::rotate(&self.store, &self.vault, &[factors::SEALED, system_configs::SEALED]).await?;
        if resealed > 0 {
            tracing::info!(resealed, "secrets were sealed anew with the newest key of the vault");
        }
        Ok(())
    }
}
