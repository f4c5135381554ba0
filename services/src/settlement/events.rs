//! What settlement-service tells the others: where a settlement stands, in the unit that makes it true; and what it hears:
//! whose payments wait to be settled.

use payment_clients::{
    apis::{accounting::TransactionType, settlement::SettlementId},
    contract::error::Result,
};

use super::{Settlements, store, waiting};
use crate::kit::{
    consumer::{Builder, Consumer},
    events::{
        Kind,
        accounting::{self, AccountingPayload},
        payment::{self, PaymentPayload},
        settlement::SettlementPayload,
    },
    outbox,
    store::Tx,
};

/// Name under which settlement-service remembers what it has heard.
pub const CONSUMER: &str = "settlement";
/// What it listens to.
pub const HEARD: [&str; 2] = [payment::COMPLETED.name(), accounting::TRANSACTION_CREATED.name()];

impl Settlements {
    /// What notes whose payments wait: early, when the gateway tells of them, so that they are in the settlement of their
    /// day; and surely, when accounting has booked something, which may be late.
    pub fn listener(&self) -> Builder {
        Consumer::builder(CONSUMER, self.store.clone(), self.clock.clone())
            .on(payment::COMPLETED, |tx, event| {
                let PaymentPayload { merchant_id, currency, .. } = event.payload;
                waiting::hear(tx, merchant_id, currency, event.at.unix_ms())
            })
            .on(accounting::TRANSACTION_CREATED, |tx, event| booked(tx, &event.payload, event.at.unix_ms()))
    }
}

/// What a settlement itself has booked is settled; what was taken away waits for nothing.
fn booked(tx: &mut Tx<'_>, booked: &AccountingPayload, at: i64) -> Result<()> {
    let AccountingPayload { merchant_id, currency, amount, extra, .. } = booked;
    let is_ours = TransactionType::from(extra.transaction_type.as_str()) == TransactionType::Settlement;
    if is_ours || *amount <= 0 {
        return Ok(());
    }
    waiting::hear(tx, *merchant_id, *currency, at)
}

/// Tells what has become of a settlement.
///
/// # Errors
/// When the store fails.
pub fn announce(tx: &mut Tx<'_>, event: Kind<SettlementPayload>, id: SettlementId, now: i64) -> Result<()> {
    let payload = SettlementPayload::of(&store::require(tx, id)?.shown)?;
    outbox::append(tx, event, &payload, now).map(drop)
}
