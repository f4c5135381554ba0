//! The pure decisions: may this be sent again, and what is known when it is not.
//!
//! The table is that of RFC 9110 §9.2.2 made finer: what is known about the effect decides for every class, and the
//! class decides where nothing is known.

use crate::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind, Nack},
    operation::Class,
};

/// Whether another attempt would be safe and could help.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Safe and hopeful; attempts, budget and time are asked next.
    Retry,
    /// Not again, and why.
    Stop(&'static str),
}

/// Decides about one failed attempt. `keyed` says whether the request carries an idempotency key; `attempt` counts
/// from 1.
pub fn decide(class: Class, keyed: bool, error: &Error, attempt: u32) -> Verdict {
    use ErrorKind as Kind;
    match (error.certainty(), error.kind()) {
        (_, Kind::Configuration | Kind::InvalidRequest | Kind::Rejected) => Verdict::Stop("refused in this process"),
        (_, Kind::Unauthenticated) => Verdict::Stop("the credential was refused"),
        (_, Kind::KeyReused) => Verdict::Stop("the idempotency key was used for another request"),
        (Certainty::NotSent, _) => Verdict::Retry,
        (Certainty::NotProcessed, _) if error.nack() == Some(Nack::Final) => {
            Verdict::Stop("the server asks not to be asked again")
        }
        (Certainty::NotProcessed, _) => Verdict::Retry,
        (Certainty::Processed, _) => Verdict::Stop("the answer is final"),
        (Certainty::PossiblyProcessed, Kind::InProgress) if class != Class::Keyed => {
            Verdict::Stop("the same request still runs")
        }
        (Certainty::PossiblyProcessed, kind) => match class {
            Class::Safe => Verdict::Retry,
            Class::Idempotent if kind == Kind::Internal && attempt > 1 => {
                Verdict::Stop("the server failed twice inside")
            }
            Class::Idempotent => Verdict::Retry,
            Class::Keyed if keyed => Verdict::Retry,
            Class::Keyed => Verdict::Stop("the effect may have happened and no key would tell a repeat"),
            Class::Unsafe => Verdict::Stop("the effect may have happened and the operation is unsafe to repeat"),
        },
    }
}

/// The error of the whole call: `last` is that of its last attempt, `doubts` counts the earlier attempts whose effect
/// may have happened. A later refusal settles these only where the server must have compared it with them.
pub fn conclude(class: Class, last: Error, doubts: u32) -> Error {
    // A refusal without a code of the service's own comes from something in between, which compares nothing.
    let by_the_service = last.code().is_some();
    let judged = match class {
        // Nothing to be in doubt about.
        Class::Safe => true,
        // The key makes the server judge the same request by the same rules.
        Class::Keyed => matches!(
            last.kind(),
            ErrorKind::Declined | ErrorKind::Conflict | ErrorKind::InvalidInput | ErrorKind::NotFound
        ),
        // A refused shape was refused before, too; a 404 or 409 may be the work of our own first attempt.
        Class::Idempotent | Class::Unsafe => last.kind() == ErrorKind::InvalidInput,
    };
    let settled = by_the_service && judged && last.certainty() == Certainty::Processed;
    if doubts > 0 && !settled && class != Class::Safe {
        return last.with_certainty(Certainty::PossiblyProcessed);
    }
    last
}
