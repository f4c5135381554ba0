//! What settlement-service tells the others: where a settlement stands, in the unit that makes it true.

use payment_clients::{apis::settlement::SettlementId, contract::error::Result};

use super::store;
use crate::kit::{
    events::{Kind, settlement::SettlementPayload},
    outbox,
    store::Tx,
};

/// Tells what has become of a settlement.
///
/// # Errors
/// When the store fails.
pub fn announce(tx: &mut Tx<'_>, event: Kind<SettlementPayload>, id: SettlementId, now: i64) -> Result<()> {
    let payload = SettlementPayload::of(&store::require(tx, id)?.shown)?;
    outbox::append(tx, event, &payload, now).map(drop)
}
