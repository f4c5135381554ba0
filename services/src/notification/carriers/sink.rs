//! Keeps messages beside the notifications and sends none.

use async_trait::async_trait;

use super::Carrier;
use crate::{
    kit::{
        clock::Clock,
        store::{Store, Tx},
    },
    notification::{
        domain::handed::Handed,
        store::notifications::{self, Due},
    },
};

/// Keeps messages.
#[derive(Clone, Debug)]
pub struct Sink {
    /// Where they are kept.
    pub store: Store,
    /// The time.
    pub clock: Clock,
}

#[async_trait]
impl Carrier for Sink {
    fn name(&self) -> &'static str {
        "mock"
    }

    fn knows_repeats(&self) -> bool {
        true
    }

    async fn carry(&self, message: &Due) -> Handed {
        let (kept, now) = (message.clone(), self.clock.now());
        let unit = move |tx: &mut Tx<'_>| notifications::sink(tx, &kept, now);
        match self.store.write(unit).await {
            Ok(()) => Handed::taken(&message.id),
            Err(error) => Handed::not_taken(error),
        }
    }
}
