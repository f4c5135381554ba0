//! Who may call what: one table a service, one line an operation. What has no line is denied.

use std::fmt;

use super::token::Claims;

/// Somebody who may call an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Anybody, for this reason: the handler checks a proof of its own, or there is nothing to protect.
    Public(&'static str),
    /// A merchant's program, by API key and signature.
    Merchant,
    /// Somebody who has logged in as a merchant.
    Session,
    /// These services of the platform, by their tokens.
    Service(&'static [&'static str]),
    /// Staff of the platform: admin-service vouches for them.
    Staff,
}

/// The table of a service.
#[derive(Clone, Copy, Debug)]
pub enum Access {
    /// Operations by name, and who may call each.
    Lines(&'static [(&'static str, &'static [Who])]),
    /// No service of the platform: it stands for somebody outside, who has an identity check of his own.
    Outside,
}

/// Who calls, as it was proven.
#[derive(Clone, Debug)]
pub enum Caller {
    /// A merchant's program.
    Merchant(String),
    /// Somebody who has logged in as a merchant.
    Session(String),
    /// A service, with what its token says.
    Service(std::sync::Arc<Claims>),
}

/// The service that vouches for staff.
const VOUCHES_FOR_STAFF: &str = "admin-service";

// === impl Access ===

impl Access {
    /// The line of an operation.
    pub fn line(&self, operation: &str) -> Option<&'static [Who]> {
        self.lines().iter().find(|(name, _)| *name == operation).map(|(_, who)| *who)
    }

    /// All lines.
    pub const fn lines(&self) -> &'static [(&'static str, &'static [Who])] {
        match self {
            Self::Lines(lines) => lines,
            Self::Outside => &[],
        }
    }

    /// The operations that a service may call.
    pub fn open_to(&self, service: &str) -> impl Iterator<Item = &'static str> {
        let service = service.to_owned();
        let lines = self.lines().iter();
        lines.filter(move |(_, who)| who.iter().any(|who| who.admits_service(&service))).map(|(name, _)| *name)
    }

    /// Whether any operation is signed for, so that nonces must be kept.
    pub fn takes_signatures(&self) -> bool {
        self.is_open_to(Who::Merchant)
    }

    /// Whether any operation is for who has logged in.
    pub fn takes_sessions(&self) -> bool {
        self.is_open_to(Who::Session)
    }

    fn is_open_to(&self, who: Who) -> bool {
        self.lines().iter().any(|(_, admitted)| admitted.contains(&who))
    }
}

// === impl Who ===

impl Who {
    /// Whether this is the caller.
    pub fn admits(&self, caller: &Caller) -> bool {
        match (self, caller) {
            (Self::Public(_), _) | (Self::Merchant, Caller::Merchant(_)) | (Self::Session, Caller::Session(_)) => true,
            (Self::Service(names), Caller::Service(claims)) => names.contains(&claims.sub.as_str()),
            (Self::Staff, Caller::Service(claims)) => staff(claims).is_some(),
            _ => false,
        }
    }

    /// Whether a token of this service could be used for it: for itself, or for staff.
    fn admits_service(&self, service: &str) -> bool {
        match self {
            Self::Service(names) => names.contains(&service),
            Self::Staff => service == VOUCHES_FOR_STAFF,
            Self::Public(_) | Self::Merchant | Self::Session => false,
        }
    }
}

/// As a refusal names them.
impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public(_) => f.write_str("anybody"),
            Self::Merchant => f.write_str("a merchant's API key"),
            Self::Session => f.write_str("a merchant's session"),
            Self::Service(names) => f.write_str(&names.join(", ")),
            Self::Staff => f.write_str("staff"),
        }
    }
}

// === impl Caller ===

impl Caller {
    /// The name under which handlers and stores know the caller.
    pub fn principal(&self) -> String {
        match self {
            Self::Merchant(id) | Self::Session(id) => format!("merchant:{id}"),
            Self::Service(claims) => match staff(claims) {
                Some(staff) => staff.to_owned(),
                None => format!("service:{}", claims.sub),
            },
        }
    }

    /// For whom a service acts, where that is somebody else.
    pub fn on_behalf_of(&self) -> Option<&str> {
        match self {
            Self::Merchant(_) | Self::Session(_) => None,
            Self::Service(claims) => claims.act.as_deref().filter(|_| staff(claims).is_none()),
        }
    }

    /// Whether the caller's proof is good for this operation; only tokens name operations.
    pub fn covers(&self, operation: &str) -> bool {
        match self {
            Self::Merchant(_) | Self::Session(_) => true,
            Self::Service(claims) => claims.scopes.iter().any(|scope| scope == operation),
        }
    }
}

/// The member of staff for whom a token speaks.
fn staff(claims: &Claims) -> Option<&str> {
    claims.act.as_deref().filter(|act| claims.sub == VOUCHES_FOR_STAFF && act.starts_with("admin:"))
}
