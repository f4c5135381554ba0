//! Writes a call that moves money down before its first byte leaves.
//!
//! It stands inside of everything that may refuse the call, since what is refused needs no entry, and outside of the
//! retries, since all attempts are one effect.

use std::sync::Arc;

use super::{KeyJournal, entry::Entry};
use crate::{
    client::config::ClientConfig,
    contract::{
        call::Call,
        error::{Error, Result},
        indeterminate::EntryId,
        request::Request,
        response::Response,
    },
    resilience::live::Live,
    seams::{Clock, Rng},
};

/// The journal layer.
#[derive(Debug)]
pub(crate) struct Journaled<C> {
    inner: C,
    journal: Option<Arc<dyn KeyJournal>>,
    config: Live<ClientConfig>,
    clock: Clock,
    rng: Rng,
}

impl<C> Journaled<C> {
    /// Writes calls to `journal`, if there is one, before `inner` sends them.
    pub(crate) fn new(
        inner: C,
        journal: Option<Arc<dyn KeyJournal>>,
        config: Live<ClientConfig>,
        clock: Clock,
        rng: Rng,
    ) -> Self {
        Self { inner, journal, config, clock, rng }
    }

    async fn begin(&self, journal: &dyn KeyJournal, call: &Request) -> Result<()> {
        let record = &call.state.record;
        // A layer of the user's may call twice; it is one effect all the same.
        if record.entry().is_some() {
            return Ok(());
        }
        let id = EntryId::new(self.rng.unique()?);
        let entry = Entry::new(id, call, call.key(), &self.config.load().partner, self.clock.wall())?;
        // First, so that whoever drops us knows that there may be an entry.
        record.enter(id);
        journal.begin(entry).await.map_err(|error| {
            let text =
                format!("{}; nothing was sent, because a crash would leave it in doubt for good", error.message());
            Error::rejected(text).with_source(error)
        })
    }
}

impl<C: Call> Call for Journaled<C> {
    async fn call(&self, request: Request) -> Result<Response> {
        if let Some(journal) = &self.journal
            && request.operation().money
            && !request.state.settles
        {
            self.begin(&**journal, &request).await?;
        }
        self.inner.call(request).await
    }
}
