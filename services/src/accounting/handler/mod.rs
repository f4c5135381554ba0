//! What each operation does: load, decide, save, answer. One file for each kind of thing.

mod accounts;
mod balances;
mod conversions;
mod holds;
mod invoices;
mod reconciliations;
mod settlements;
mod transactions;

use payment_clients::{
    apis::ids::MerchantId,
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
    },
    server,
};
use serde::Serialize;

use super::Accounting;
use crate::kit::{idempotency, store::Tx};

/// Who is calling.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::accounting) enum Caller {
    /// A merchant, who sees what is its own.
    Merchant(MerchantId),
    /// A service or staff of the platform, by its name.
    Platform(String),
}

/// The caller of the call being served.
///
/// # Errors
/// 401 when nobody has said who it is.
pub(in crate::accounting) fn caller() -> Result<Caller> {
    let principal = server::current().principal.clone().unwrap_or_default();
    match principal.split_once(':') {
        Some(("merchant", id)) => id.parse().map(Caller::Merchant).map_err(|_| unauthenticated()),
        Some(("service" | "admin", _)) => Ok(Caller::Platform(principal)),
        _ => Err(unauthenticated()),
    }
}

fn unauthenticated() -> Error {
    let text = "accounting-service answers merchants, services and staff; say who is calling";
    Error::new(ErrorKind::Unauthenticated, Certainty::Processed, text).with_code("UNAUTHENTICATED")
}

// === impl Caller ===

impl Caller {
    /// The name of a caller who may move money; a merchant may not.
    ///
    /// # Errors
    /// 403 for a merchant.
    pub(in crate::accounting) fn platform(self) -> Result<String> {
        match self {
            Self::Platform(name) => Ok(name),
            Self::Merchant(_) => {
                let text = "only services and staff of the platform may do this";
                Err(Error::new(ErrorKind::Forbidden, Certainty::Processed, text).with_code("FORBIDDEN"))
            }
        }
    }

    /// The merchant whose rows the caller sees; `None` for all.
    pub(in crate::accounting) fn scope(&self) -> Option<MerchantId> {
        match self {
            Self::Merchant(merchant) => Some(*merchant),
            Self::Platform(_) => None,
        }
    }

    /// The merchant that the caller asks about: a merchant asks about itself, whether it says so or not.
    ///
    /// # Errors
    /// 404 when a merchant asks about another.
    pub(in crate::accounting) fn about(&self, asked: Option<MerchantId>) -> Result<Option<MerchantId>> {
        match (self.scope(), asked) {
            (Some(own), Some(other)) if own != other => Err(Error::not_found(format_args!("merchant {other}"))),
            (own, asked) => Ok(own.or(asked)),
        }
    }
}

// === impl Accounting ===

impl Accounting {
    /// Runs a unit once for the key of the call being served.
    pub(in crate::accounting) async fn once<T, F>(&self, work: F) -> Result<T>
    where
        T: Serialize + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let call = server::current();
        let principal = call.principal.as_deref().unwrap_or_default();
        idempotency::local(&self.store, &self.clock, &call, principal, work).await
    }
}
