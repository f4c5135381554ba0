//! The pure decisions: may this be sent again, and what is known when it is not.
//!
//! The table is that of RFC 9110 §9.2.2 made finer: what is known about the effect decides for every class, and the
//! class decides where nothing is known.

use crate::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind, Nack},
    explain::Reason,
    operation::Class,
    partner::Profile,
};

/// Whether another attempt would be safe and could help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Safe and hopeful; attempts, budget and time are asked next.
    Retry,
    /// Not again, and why.
    Stop(Reason),
}

/// What the call knows beside the error of its last attempt.
#[derive(Clone, Copy, Debug)]
pub struct Circumstances {
    /// Class of the operation, as far as the service keeps to it.
    pub class: Class,
    /// Whether the request carries an idempotency key.
    pub keyed: bool,
    /// Number of the attempt that failed, from 1.
    pub attempt: u32,
    /// Whether the next attempt would carry a credential fetched since this one was refused.
    pub fresh_credential: bool,
}

/// Decides about one failed attempt.
pub fn decide(call: Circumstances, error: &Error) -> Verdict {
    use ErrorKind as Kind;
    match (error.certainty(), error.kind()) {
        (_, Kind::Configuration | Kind::InvalidRequest | Kind::Rejected) => Verdict::Stop(Reason::RefusedHere),
        (Certainty::NotProcessed, Kind::Unauthenticated) if call.fresh_credential => Verdict::Retry,
        (_, Kind::Unauthenticated) => Verdict::Stop(Reason::CredentialRefused),
        (_, Kind::KeyReused) => Verdict::Stop(Reason::KeyReused),
        (Certainty::NotSent, _) => Verdict::Retry,
        (Certainty::NotProcessed, _) if error.nack() == Some(Nack::Final) => Verdict::Stop(Reason::NackFinal),
        (Certainty::NotProcessed, _) => Verdict::Retry,
        (Certainty::Processed, _) => Verdict::Stop(Reason::Answered),
        (Certainty::PossiblyProcessed, Kind::InProgress) if call.class != Class::Keyed => {
            Verdict::Stop(Reason::StillRunning)
        }
        (Certainty::PossiblyProcessed, _) if error.is_spent_below() => Verdict::Stop(Reason::SpentBelow),
        (Certainty::PossiblyProcessed, kind) => in_doubt(call, kind),
    }
}

/// Nothing is known about the effect: the class decides.
fn in_doubt(call: Circumstances, kind: ErrorKind) -> Verdict {
    match call.class {
        Class::Safe => Verdict::Retry,
        Class::Idempotent if kind == ErrorKind::Internal && call.attempt > 1 => Verdict::Stop(Reason::FailedTwice),
        Class::Idempotent => Verdict::Retry,
        Class::Keyed if call.keyed => Verdict::Retry,
        Class::Keyed => Verdict::Stop(Reason::NoKey),
        Class::Unsafe => Verdict::Stop(Reason::UnsafeToRepeat),
    }
}

/// The error of the whole call: `last` is that of its last attempt, `doubts` counts the attempts whose effect may have
/// happened, those that were dropped in favour of a hedge included. A refusal settles the others only where the server
/// must have compared it with them, as `partner` promises.
pub fn conclude(class: Class, partner: &Profile, last: Error, doubts: u32) -> Error {
    // A refusal without a code of the service's own comes from something in between, which compares nothing.
    let by_the_service = last.is_in_own_words();
    let judged = match partner.class(class) {
        // Nothing to be in doubt about.
        Class::Safe => true,
        // The key makes the server judge the same request by the same rules.
        Class::Keyed => partner.settles(last.kind()),
        // A refused shape was refused before, too; a 404 or 409 may be the work of our own first attempt.
        Class::Idempotent | Class::Unsafe => last.kind() == ErrorKind::InvalidInput,
    };
    let settled = by_the_service && judged && last.certainty() == Certainty::Processed;
    if doubts > 0 && !settled && class != Class::Safe {
        return last.with_certainty(Certainty::PossiblyProcessed);
    }
    last
}
