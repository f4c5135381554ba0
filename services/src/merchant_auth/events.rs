//! What merchant-auth hears of merchants: who is gone or may not do business has no session any more.

use payment_clients::contract::error::Result;

use super::{MerchantAuth, store::sessions};
use crate::kit::{
    consumer::{Builder, Consumer},
    events::{
        Event,
        merchant::{self, MerchantPayload},
    },
    store::Tx,
};

/// Name under which merchant-auth remembers what it has heard.
pub const CONSUMER: &str = "merchant-auth";
/// What it listens to.
pub const HEARD: [&str; 2] = [merchant::DELETED.name(), merchant::FROZEN.name()];

impl MerchantAuth {
    /// What ends sessions when merchant-service says so.
    pub fn listener(&self) -> Builder {
        let (deleted, frozen) = (self.clock.clone(), self.clock.clone());
        Consumer::builder(CONSUMER, self.store.clone(), self.clock.clone())
            .on(merchant::DELETED, move |tx, event| shut_out(tx, &event, deleted.now()))
            .on(merchant::FROZEN, move |tx, event| shut_out(tx, &event, frozen.now()))
    }
}

fn shut_out(tx: &mut Tx<'_>, event: &Event<MerchantPayload>, now: i64) -> Result<()> {
    sessions::shut_out(tx, event.payload.id()?, &event.kind, now).map(drop)
}
