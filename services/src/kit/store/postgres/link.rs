//! A connection and what drives it. The driver does not block and a writer does, so each connection has a small runtime of
//! its own, on the thread that waits. This way two messages can be under way at once, which saves a round trip.

use payment_clients::contract::error::Error;
use tokio::runtime::{Builder, Runtime};
use tokio_postgres::{Client, Config, NoTls};

/// A connection to a server.
pub(super) struct Link {
    runtime: Runtime,
    client: Client,
}

impl Link {
    /// Connects, or says why the server cannot be reached.
    pub(super) fn open(config: &Config) -> Result<Result<Self, tokio_postgres::Error>, Error> {
        let runtime = Builder::new_current_thread().enable_all().build().map_err(Error::internal)?;
        Ok(runtime.block_on(config.connect(NoTls)).map(|(client, connection)| {
            runtime.spawn(async move {
                // Whoever waits for an answer is told that the connection has ended.
                let _ = connection.await;
            });
            Self { runtime, client }
        }))
    }

    /// Waits for the answers of the server.
    pub(super) fn wait<T>(
        &self,
        work: impl AsyncFnOnce(&Client) -> Result<T, tokio_postgres::Error>,
    ) -> Result<T, tokio_postgres::Error> {
        self.runtime.block_on(work(&self.client))
    }

    /// Runs statements that have neither arguments nor rows.
    pub(super) fn run(&self, sql: &str) -> Result<(), tokio_postgres::Error> {
        self.wait(async |client| client.batch_execute(sql).await)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Ends the connection without waiting for anything, which a thread of another runtime may not.
    pub(super) fn leave(self) {
        self.runtime.shutdown_background();
    }
}
