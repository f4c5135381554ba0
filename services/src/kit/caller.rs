//! Who asks a handler that serves merchants, services and staff alike, and what that one may.

use payment_clients::{
    apis::ids::{MerchantId, OperatorId},
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
    },
    server,
};

/// Who asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// A merchant, who sees its own and decides nothing.
    Merchant(MerchantId),
    /// Another service, which says for whom it asks.
    Service(String),
    /// Staff of the platform.
    Staff(String),
}

/// Who makes the call being served.
///
/// # Errors
/// 401 when nobody says who it is.
pub fn caller() -> Result<Caller> {
    let principal = server::current().principal.clone();
    let known = principal.as_deref().and_then(|principal| match principal.split_once(':')? {
        ("merchant", id) => id.parse().ok().map(Caller::Merchant),
        ("service", name) => Some(Caller::Service(name.to_owned())),
        ("admin", id) => Some(Caller::Staff(id.to_owned())),
        _ => None,
    });
    known.ok_or_else(|| {
        let text = "the call does not say who makes it; sign it, or bring a token";
        Error::new(ErrorKind::Unauthenticated, Certainty::Processed, text).with_code("UNAUTHENTICATED")
    })
}

impl Caller {
    /// Its name among the idempotency keys.
    pub fn principal(&self) -> String {
        match self {
            Self::Merchant(id) => format!("merchant:{id}"),
            Self::Service(name) => format!("service:{name}"),
            Self::Staff(id) => format!("admin:{id}"),
        }
    }

    /// Whether what belongs to a merchant exists for this caller.
    pub fn sees(&self, merchant: MerchantId) -> bool {
        !matches!(self, Self::Merchant(own) if *own != merchant)
    }

    /// The merchant whose rows are listed: the caller's own, or the one that was asked for.
    pub fn scope(&self, asked: Option<MerchantId>) -> Option<MerchantId> {
        match self {
            Self::Merchant(own) => Some(*own),
            _ => asked,
        }
    }

    /// Lets staff decide in their own name, and services in the name that they bring.
    ///
    /// # Errors
    /// 403 for a merchant, and for staff who decide in the name of another.
    pub fn decides_as(&self, approver: OperatorId) -> Result<()> {
        let why = match self {
            Self::Service(_) => return Ok(()),
            Self::Staff(id) if *id == approver.to_string() => return Ok(()),
            Self::Staff(id) => format!("`approver_id` must be {id}, who makes the call"),
            Self::Merchant(_) => {
                "a merchant does not decide about its own payouts; staff of the platform do".to_owned()
            }
        };
        Err(forbidden(why))
    }

    /// Lets staff and services do what merchants may not, and answers who that is: the operator, or the service.
    ///
    /// # Errors
    /// 403 for a merchant; `what` names the field or the step.
    pub fn is_of_the_platform(&self, what: &str) -> Result<String> {
        match self {
            Self::Merchant(_) => Err(forbidden(format!("`{what}` is for staff of the platform"))),
            Self::Service(name) => Ok(format!("service:{name}")),
            Self::Staff(id) => Ok(id.clone()),
        }
    }
}

fn forbidden(why: String) -> Error {
    Error::new(ErrorKind::Forbidden, Certainty::Processed, why).with_code("FORBIDDEN")
}
