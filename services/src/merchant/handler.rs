//! What each operation does: who asks, load, decide, save, answer.

mod accounts;
mod api_keys;
mod channels;
mod dashboard;
mod internal;
mod merchants;
mod papers;
mod terms;
mod users;

use payment_clients::{
    apis::{
        ids::{MerchantId, OperatorId},
        merchant::{Changed, MessageData},
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
    },
    server,
};
use serde::Serialize;

use super::{
    Merchants,
    store::{self, Scope},
};
use crate::kit::{idempotency, store::Tx};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Caller {
    /// As the history writes it.
    name: String,
    who: Who,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Who {
    Merchant(MerchantId),
    /// Staff, where they have a number here, or another service.
    Platform(Option<OperatorId>),
}

/// Who asks, as whoever let the call in has found out.
///
/// # Errors
/// 401 when that is nobody.
fn caller() -> Result<Caller> {
    let name = server::current().principal.clone().ok_or_else(|| unauthenticated("the call says not who makes it"))?;
    let who = match name.split_once(':') {
        Some(("merchant", id)) => id.parse().ok().map(Who::Merchant),
        Some(("admin", id)) => Some(Who::Platform(id.parse().ok())),
        Some(("service", _)) => Some(Who::Platform(None)),
        _ => None,
    };
    let who = who.ok_or_else(|| unauthenticated("nobody of this name calls merchant-service"))?;
    Ok(Caller { name, who })
}

// === impl Caller ===

impl Caller {
    /// The merchant who asks.
    fn own(&self) -> Result<MerchantId> {
        match self.who {
            Who::Merchant(id) => Ok(id),
            Who::Platform(_) => Err(forbidden("this is about the merchant who asks; ask as a merchant")),
        }
    }

    /// Lets staff and services of the platform through, and nobody else.
    fn platform(&self) -> Result<()> {
        match self.who {
            Who::Merchant(_) => Err(forbidden("staff of the platform decide this")),
            Who::Platform(_) => Ok(()),
        }
    }

    /// Lets one other service through, or any where none is named.
    fn service(&self, only: Option<&str>) -> Result<()> {
        let name = self.name.strip_prefix("service:");
        if name.is_some_and(|name| only.is_none_or(|only| only == name)) {
            return Ok(());
        }
        Err(forbidden("this is for other services of the platform"))
    }

    /// Whose rows may be found.
    fn scope(&self) -> Scope {
        match self.who {
            Who::Merchant(id) => Some(id.to_string()),
            Who::Platform(_) => None,
        }
    }

    /// Lets the platform reach every merchant and a merchant itself; others are not there.
    fn reach(&self, id: MerchantId) -> Result<MerchantId> {
        match self.who {
            Who::Merchant(own) if own != id => Err(store::missing("merchant", id)),
            _ => Ok(id),
        }
    }

    /// For whom something is made: the merchant who asks, or the one that the platform names.
    fn on_behalf_of(&self, named: Option<MerchantId>) -> Result<MerchantId> {
        match (&self.who, named) {
            (Who::Merchant(own), None) => Ok(*own),
            (_, Some(id)) => self.reach(id),
            (Who::Platform(_), None) => Err(Error::invalid_input("merchant_id", "must say for whom")),
        }
    }

    /// Which of the staff it is, where that is known.
    fn operator(&self) -> Option<OperatorId> {
        match self.who {
            Who::Merchant(_) => None,
            Who::Platform(operator) => operator,
        }
    }
}

// === impl Merchants ===

impl Merchants {
    /// Runs a unit once for the key of the call being served.
    async fn once<T, F>(&self, work: F) -> Result<T>
    where
        T: Serialize + Send + 'static,
        F: FnOnce(&mut Tx<'_>) -> Result<T> + Send + 'static,
    {
        let call = server::current();
        let principal = call.principal.as_deref().unwrap_or_default();
        idempotency::local(&self.store, &self.clock, &call, principal, work).await
    }
}

// === answers ===

fn changed<T>(message: &str, data: T) -> Changed<T> {
    Changed { message: message.to_owned(), data }
}

fn done(message: &str) -> MessageData {
    MessageData { message: message.to_owned() }
}

fn forbidden(message: &str) -> Error {
    Error::new(ErrorKind::Forbidden, Certainty::Processed, message).with_code("FORBIDDEN")
}

fn unauthenticated(message: &str) -> Error {
    Error::new(ErrorKind::Unauthenticated, Certainty::Processed, message).with_code("UNAUTHORIZED")
}
