//! What a settlement needs of accounting and withdrawals, each as a durable saga.
//!
//! | saga | steps | declined | unknown |
//! |---|---|---|---|
//! | `claim` | account → claimed → checked | the claim is given up, the settlement forgotten | repeated under the same key |
//! | `pay` | bank account → claim looked at → booked → withdrawal → approved → executed | approved again, or the claim given up and failed | repeated |
//! | `free` | claim given up | a person looks | repeated |

pub mod claim;
pub mod free;
pub mod pay;

use payment_clients::{
    apis::accounting::{AccountSettlementApi, AccountSettlementNo, AccountSettlementStatus},
    contract::{
        error::{Error, ErrorKind, Result},
        options::{CallOptions, WithOptions},
    },
};

use super::deps::Deps;
use crate::kit::saga::{Call, Outcome, Reason};

/// The options of a step's call: its key.
fn keyed(call: &Call) -> CallOptions {
    CallOptions::new().key(call.key.clone())
}

/// Gives a claim up; one that is given up already is as good.
async fn cancel(deps: &Deps, claim: &AccountSettlementNo, call: &Call) -> Outcome {
    let cancelled = deps.claims.with(keyed(call)).cancel_settlement(claim).await;
    ended_as(deps, claim, cancelled, &AccountSettlementStatus::Cancelled).await
}

/// What a call made of a claim. A conflict says only that the claim has ended: how, it tells itself.
async fn ended_as(
    deps: &Deps,
    claim: &AccountSettlementNo,
    result: Result<()>,
    wanted: &AccountSettlementStatus,
) -> Outcome {
    match result {
        Err(error) if error.kind() == ErrorKind::Conflict => match deps.claims.get_settlement(claim).await {
            Ok(found) if found.status == *wanted => Outcome::done(&()),
            Ok(_) => Outcome::Declined(error),
            Err(unanswered) => Outcome::Unknown(unanswered),
        },
        result => result.into(),
    }
}

/// A refusal that settles the question; anything else is asked again, since nothing is lost by asking.
fn settled(error: Error) -> Outcome {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::InvalidInput | ErrorKind::Declined => Outcome::Declined(error),
        _ => Outcome::Unknown(error),
    }
}

/// The refusal that a waiting caller is told and a repeat hears again: whatever stood in the way, it is final now.
pub(super) fn refusal(reason: &Reason) -> Error {
    let error = reason.to_error();
    let status = error.status().filter(|status| status.is_client_error() && !matches!(status.as_u16(), 400 | 409));
    error.with_status(status.unwrap_or(http::StatusCode::UNPROCESSABLE_ENTITY))
}
