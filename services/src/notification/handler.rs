//! What each operation does: who asks, check, save, answer.

mod notifications;
mod preferences;
mod templates;
mod webhooks;

use payment_clients::{apis::notification::MessageData, contract::error::Result, server};
use serde::Serialize;

use super::Notifications;
use crate::kit::{idempotency, store::Tx};

impl Notifications {
    /// Runs a unit once for the key of the call being served.
    async fn once<T, F>(&self, work: F) -> Result<T>
    where
        T: Serialize + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let call = server::current();
        let principal = call.principal.as_deref().unwrap_or_default();
        let done = idempotency::local(&self.store, &self.clock, &call, principal, work).await?;
        self.news.notify_one();
        Ok(done)
    }
}

fn done(message: impl Into<String>) -> MessageData {
    MessageData { message: message.into() }
}
