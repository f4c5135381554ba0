//! What each operation does: who asks, load, decide, save, answer.

mod channels;
mod fees;
mod limits;

use payment_clients::{
    apis::ids::{MerchantId, OperatorId},
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
    },
    server,
};
use serde::Serialize;

use super::{
    MerchantConfigs,
    store::{self, By},
};
use crate::kit::{
    caller::{Caller, caller},
    idempotency,
    store::Tx,
};

/// Who asks, where only staff may, and whose id that is.
///
/// # Errors
/// 403 for everybody else.
fn staff() -> Result<(Caller, Option<OperatorId>)> {
    let caller = caller()?;
    if let Caller::Staff(id) = &caller {
        let operator = id.parse().ok();
        return Ok((caller, operator));
    }
    let text = "staff of the platform decide this";
    Err(Error::new(ErrorKind::Forbidden, Certainty::Processed, text).with_code("FORBIDDEN"))
}

/// A merchant that is there for who asks: a merchant sees itself and nobody else.
///
/// # Errors
/// 404 for another.
fn seen(caller: &Caller, merchant: MerchantId) -> Result<MerchantId> {
    if caller.sees(merchant) { Ok(merchant) } else { Err(store::missing("merchant", merchant)) }
}

/// The merchant about whose terms somebody asks: the one that is named, or who asks.
///
/// # Errors
/// As [`seen`].
fn asked_about(caller: &Caller, named: Option<MerchantId>) -> Result<MerchantId> {
    let merchant = named.or_else(|| caller.scope(None));
    seen(caller, merchant.unwrap_or_default())
}

impl MerchantConfigs {
    /// Who changes something now.
    fn by(&self, caller: &Caller) -> By {
        By { actor: caller.principal(), at: self.clock.now() }
    }

    /// Runs a unit once for the key of the call being served.
    async fn once<T, F>(&self, caller: &Caller, work: F) -> Result<T>
    where
        T: Serialize + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        idempotency::local(&self.store, &self.clock, &server::current(), &caller.principal(), work).await
    }
}
