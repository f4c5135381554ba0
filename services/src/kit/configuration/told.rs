//! Hears from config-service that something has changed. What it hears is only a reason to read again, so it keeps no
//! place: after a restart it hears of every change once more, and reads once.

use std::time::Duration;

use payment_clients::{
    contract::error::{ErrorKind, Result},
    platform::Platform,
};

use super::Configuration;
use crate::kit::{
    bus::{Bus, Source},
    events::config,
    tasks::{Shutdown, Tasks},
};

/// How long config-service is left alone that does not answer; meanwhile the configuration is read as if nobody told.
const PAUSE: Duration = Duration::from_secs(5);

impl Configuration {
    /// Hears of changes from now on, in the background.
    ///
    /// # Errors
    /// When config-service has no address, or the bus cannot be set up.
    pub fn listen(&self, bus: &Bus, platform: &Platform, tasks: &mut Tasks) -> Result<()> {
        // Listeners of one name share what Kafka gives out, and each service is to hear all of it.
        let name = format!("configuration of {}", self.0.service);
        for source in bus.sources(&name, &[config::TOPIC], platform)? {
            let configuration = self.clone();
            tasks.spawn("configuration changes", |shutdown| configuration.hear(source, shutdown));
        }
        Ok(())
    }

    async fn hear(self, source: Box<dyn Source>, mut shutdown: Shutdown) {
        tokio::select! {
            biased;
            () = shutdown.begun() => {}
            () = self.hear_for_ever(source) => {}
        }
    }

    async fn hear_for_ever(&self, mut source: Box<dyn Source>) {
        loop {
            let heard = async {
                if !source.next().await?.is_empty() {
                    self.changed();
                }
                source.settle().await
            };
            if let Err(error) = heard.await {
                tracing::info!(service = %self.0.service, %error, "changes of the configuration are not heard of");
                if error.kind() == ErrorKind::Conflict {
                    // The feed is shorter than what was heard: it is another one.
                    source.resume(0);
                }
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}
