//! Picks up the sagas that nobody drives: calls whose outcome is unknown, and what a crash left behind.

use std::{error::Error as _, time::Duration};

use futures_util::{StreamExt, stream};
use payment_clients::contract::error::Error;

use super::{Engine, Lease, Progress};
use crate::kit::tasks::Shutdown;

/// How often the worker looks.
const EVERY: Duration = Duration::from_millis(100);
/// Sagas that it drives at once.
const AT_ONCE: u32 = 32;

/// Works until the shutdown begins, and finishes what it is driving then.
pub async fn work(engine: Engine, mut shutdown: Shutdown) {
    while !shutdown.has_begun() {
        match engine.pass().await {
            Ok(0) => {}
            Ok(driven) => {
                tracing::debug!(driven, "sagas driven by the worker");
                continue;
            }
            Err(error) => tracing::warn!(%error, "the saga worker cannot read its store; it tries again"),
        }
        tokio::select! {
            biased;
            () = shutdown.begun() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

impl Engine {
    /// One pass of the worker: drives what is due, as far as each gets. Returns how many that were.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn pass(&self) -> Result<usize, Error> {
        let due = self.due(AT_ONCE).await?;
        let count = due.len();
        stream::iter(due)
            .for_each_concurrent(None, |(id, kind)| async move {
                match self.take(id.clone(), &kind).await {
                    Ok(Some(lease)) => {
                        let run = lease.run().clone();
                        run.on_behalf(self.pick_up(lease)).await;
                    }
                    Ok(None) => {}
                    Err(error) => cannot_be_driven(&error, &id, &kind),
                }
            })
            .await;
        Ok(count)
    }

    /// Drives a saga and tells how far it came.
    async fn pick_up(&self, lease: Lease) {
        let (id, kind) = (lease.run().id.clone(), lease.run().kind);
        match self.drive(lease).await {
            Ok(Progress::Ended(end, _)) => tracing::info!(saga = id, kind, ?end, "saga ended"),
            Ok(Progress::Unresolved(error)) => tracing::info!(saga = id, kind, %error, "saga waits"),
            Err(error) => cannot_be_driven(&error, &id, kind),
        }
    }
}

fn cannot_be_driven(error: &Error, saga: &str, kind: &str) {
    tracing::error!(saga, kind, %error, cause = error.source(), "the saga cannot be driven");
}
