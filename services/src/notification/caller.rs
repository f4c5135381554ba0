//! Who asks, and whose that one may see.

use payment_clients::{
    apis::ids::MerchantId,
    contract::error::{Error, Result},
};

use super::store::Scope;
use crate::kit::caller;

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// A merchant, for itself.
    Merchant(MerchantId),
    /// Staff, or a service, which say for whom.
    Platform,
}

/// Who makes the call being served.
///
/// # Errors
/// 401 when nobody says who it is.
pub(super) fn caller() -> Result<Caller> {
    Ok(match caller::caller()? {
        caller::Caller::Merchant(own) => Caller::Merchant(own),
        caller::Caller::Service(_) | caller::Caller::Staff(_) => Caller::Platform,
    })
}

impl Caller {
    /// For whom something is done: the merchant who asks, or the one whom the platform names.
    ///
    /// # Errors
    /// 404 for somebody else, 400 when nobody is named.
    pub(super) fn on_behalf_of(self, named: Option<MerchantId>) -> Result<MerchantId> {
        match (self, named.filter(|id| !id.is_nil())) {
            (Self::Merchant(own), None) => Ok(own),
            (Self::Merchant(own), Some(id)) if own != id => Err(Error::not_found(format_args!("merchant {id}"))),
            (_, Some(id)) => Ok(id),
            (Self::Platform, None) => Err(Error::invalid_input("merchant_id", "must say for whom")),
        }
    }

    /// Whose rows may be found.
    pub(super) fn scope(self) -> Scope {
        match self {
            Self::Merchant(own) => Some(own.to_string()),
            Self::Platform => None,
        }
    }

    /// Whose rows are listed: the caller's own, or those of the merchant whom the platform names.
    pub(super) fn listed(self, named: Option<MerchantId>) -> Scope {
        match self {
            Self::Merchant(own) => Some(own.to_string()),
            Self::Platform => named.map(|id| id.to_string()),
        }
    }
}
