//! What somebody else's servers promise about repeats, as data: how long a key may be, whose it is, how long it is
//! remembered, what a repeat is answered with, and which refusals come before anything has begun.
//!
//! The stack decides by it whether a call may be sent again, see
//! [`ClientBuilder::partner`](crate::client::ClientBuilder::partner). What a partner does not promise is not counted on. A
//! profile stands beside the API that it is of; here are those of nobody's API in this crate. There is none of PayPal: how
//! long it keeps a key differs from API to API.

use std::time::Duration;

use http::HeaderName;

use super::{
    certainty::Certainty,
    error::{Error, ErrorKind, Result},
    headers,
    idempotency::IdempotencyKey,
    operation::Class,
};

/// The promises of one partner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Profile {
    /// Whose promises these are, for error texts.
    pub name: &'static str,
    /// The header that carries the key.
    pub key_header: HeaderName,
    /// Longest key that it takes. A derived key is cut to it, a longer one of the caller's own is refused.
    pub key_length: usize,
    /// Where a key is known.
    pub scope: KeyScope,
    /// How long a key is remembered; an effect in doubt is repeated only while an eighth of it is left.
    pub key_lifetime: Duration,
    /// What a repeat with a key that is remembered is answered with.
    pub replay: Replay,
    /// Refusals that prove that nothing was begun, beside those that say so with `x-nack`.
    pub not_begun: &'static [NotBegun],
}

/// Where a key is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyScope {
    /// At every address, for one account.
    Account,
    /// At one address, for one account: what was sent to one must not be repeated at another. A client has one URL then.
    Address,
}

/// What a repeat with a key that is remembered is answered with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replay {
    /// The first answer, or the state that the effect is in: a repeat finds out what happened, and a refusal of it is one
    /// of the first request, too.
    Answered,
    /// 409: a repeat does no harm, but does not tell what happened.
    Refused,
    /// Nobody knows, or the effect may happen twice: a keyed call is then treated as an unsafe one.
    Unknown,
}

/// A refusal that proves that nothing was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotBegun {
    /// Its status.
    pub status: u16,
    /// Its code; `None` where the status alone proves it. A status that proxies answer, too, such as 503, needs one.
    pub code: Option<&'static str>,
}

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Part of a key's life that must be left for a repeat: clocks differ, and the repeat itself takes time.
const MARGIN_SHARE: u32 = 8;

// === profiles ===

impl Profile {
    /// Services of this platform: a key is remembered with its effect for a day at least, and what is refused before it
    /// has begun says so with `x-nack`.
    pub const PLATFORM: Self = Self {
        name: "the platform",
        key_header: headers::IDEMPOTENCY_KEY,
        key_length: IdempotencyKey::MAX_LEN,
        scope: KeyScope::Account,
        key_lifetime: DAY,
        replay: Replay::Answered,
        not_begun: &[],
    };

    /// The platform's earlier services. Their contract says of keys that a repeat which comes after the first answer runs
    /// again; their rate limiter stands in front of every handler.
    pub const EARLIER_PLATFORM: Self = Self {
        name: "the earlier platform",
        key_header: headers::IDEMPOTENCY_KEY,
        key_length: IdempotencyKey::MAX_LEN,
        scope: KeyScope::Account,
        key_lifetime: DAY,
        replay: Replay::Unknown,
        not_begun: &[NotBegun { status: 429, code: None }],
    };

    /// Stripe, API v1. Keys of up to 255 characters, kept for 24 hours at least; repeats are given the first answer
    /// (<https://docs.stripe.com/api/idempotent_requests>). Rate limits are applied before keys are looked at, so a 429
    /// with their code has begun nothing (<https://docs.stripe.com/error-low-level#idempotency>); one with `lock_timeout`
    /// comes from behind them.
    pub const STRIPE: Self = Self {
        name: "Stripe",
        key_header: headers::IDEMPOTENCY_KEY,
        key_length: 255,
        scope: KeyScope::Account,
        key_lifetime: DAY,
        replay: Replay::Answered,
        not_begun: &[NotBegun { status: 429, code: Some("rate_limit") }],
    };

    /// Adyen. Keys of up to 64 characters, of the company account; repeats are given the first answer; "if you are
    /// targeting multiple regional end-points simultaneously, idempotency keys will not be checked for duplication in
    /// other regions" (<https://docs.adyen.com/development-resources/api-idempotency>). That page has promised to keep keys
    /// for 31 days and, later, for 7; the shorter time is taken.
    pub const ADYEN: Self = Self {
        name: "Adyen",
        key_header: headers::IDEMPOTENCY_KEY,
        key_length: 64,
        scope: KeyScope::Address,
        key_lifetime: Duration::from_secs(7 * 24 * 3600),
        replay: Replay::Answered,
        not_begun: &[],
    };
}

impl Profile {
    /// A partner that promises nothing about repeats: what it was sent with a key is not sent again.
    pub const fn without_promises(name: &'static str) -> Self {
        Self {
            name,
            key_header: headers::IDEMPOTENCY_KEY,
            key_length: IdempotencyKey::MAX_LEN,
            scope: KeyScope::Account,
            key_lifetime: DAY,
            replay: Replay::Unknown,
            not_begun: &[],
        }
    }
}

// === what follows from it ===

impl Profile {
    /// Whether it is of the platform itself, and not of somebody else's servers.
    pub(crate) fn is_ours(&self) -> bool {
        [Self::PLATFORM.name, Self::EARLIER_PLATFORM.name].contains(&self.name)
    }

    /// Checks that keys can be made for it.
    ///
    /// # Errors
    /// When the longest key has no room for a drawn one.
    pub fn check(&self) -> Result<()> {
        const UUID: usize = uuid::fmt::Hyphenated::LENGTH;
        if (UUID..=IdempotencyKey::MAX_LEN).contains(&self.key_length) {
            return Ok(());
        }
        let (name, length, most) = (self.name, self.key_length, IdempotencyKey::MAX_LEN);
        Err(Error::configuration(format!(
            "keys of {name} have up to {length} characters; a drawn key needs {UUID}, and none has more than {most}"
        )))
    }

    /// What an operation's class is worth at this partner.
    pub fn class(&self, declared: Class) -> Class {
        match (declared, self.replay) {
            (Class::Keyed, Replay::Unknown) => Class::Unsafe,
            _ => declared,
        }
    }

    /// Whether a key of this age is sure to be remembered when a repeat with it arrives.
    pub fn remembers(&self, age: Duration) -> bool {
        age < self.key_lifetime - self.key_lifetime / MARGIN_SHARE
    }

    /// Whether a refusal of a repeat is one of the first request, too: the key made the partner compare them.
    pub(crate) fn settles(&self, refusal: ErrorKind) -> bool {
        match refusal {
            ErrorKind::Declined | ErrorKind::InvalidInput | ErrorKind::NotFound => true,
            ErrorKind::Conflict => self.replay == Replay::Answered,
            _ => false,
        }
    }

    /// The error, with what this partner's refusals prove.
    pub(crate) fn weigh(&self, error: Error) -> Error {
        let is_of = |known: &NotBegun| {
            let status = error.status().is_some_and(|status| status == known.status);
            status && known.code.is_none_or(|code| error.code() == Some(code))
        };
        if error.certainty().is_indeterminate() && self.not_begun.iter().any(is_of) {
            return error.with_certainty(Certainty::NotProcessed);
        }
        error
    }
}
