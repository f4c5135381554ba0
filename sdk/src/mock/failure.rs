//! The failures that a test wants, in one word each, with the certainty that the code under test decides by.
//!
//! | failure | kind | certainty | the effect |
//! |---|---|---|---|
//! | [`refused`] | `Unreachable` | `NotSent` | did not happen: nobody was reached |
//! | [`unavailable`] | `Unavailable` | `NotProcessed` | did not happen: the server says that it did not begin |
//! | [`lost`] | `Interrupted` | `PossiblyProcessed` | may have happened: the connection broke before the answer |
//! | [`timed_out`] | `Timeout` | `PossiblyProcessed` | may have happened: no answer in time |
//! | [`in_doubt`] | `Timeout` | `PossiblyProcessed` | may have happened, and `reconcile` finds out as scripted |
//! | [`Error::declined`] and its like | `Declined` … | `Processed` | refused for good |

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use http::StatusCode;
use serde::Serialize;

use crate::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind, Result},
    facts::CallFacts,
    indeterminate::{EntryId, Indeterminate, Resolution, Resolver},
    operation::Operation,
    response::Response,
};

/// Nobody was reached: connection refused. Nothing happened.
pub fn refused() -> Error {
    Error::new(ErrorKind::Unreachable, Certainty::NotSent, "no connection: refused, as the test wants")
}

/// 503 of a server that says that it did not begin. Nothing happened.
pub fn unavailable() -> Error {
    Error::unavailable("overloaded, as the test wants", Duration::ZERO).with_status(StatusCode::SERVICE_UNAVAILABLE)
}

/// The connection broke before the answer came. The effect may have happened.
pub fn lost() -> Error {
    Error::new(ErrorKind::Interrupted, Certainty::PossiblyProcessed, "the answer was lost, as the test wants")
}

/// No answer within the deadline. The effect may have happened.
pub fn timed_out() -> Error {
    Error::new(ErrorKind::Timeout, Certainty::PossiblyProcessed, "no answer in time, as the test wants")
}

/// A call of `operation` that timed out, and whose doubt [`Indeterminate::reconcile`] resolves as scripted: for code that
/// goes on to find out.
///
/// ```
/// # use payment_clients::{contract::operation::{Operation, Service, Tier}, mock::failure, prelude::*};
/// # const SERVICE: Service = Service { name: "order-service", port: None, tier: Tier::Standard };
/// # static PAY: Operation = Operation::new(SERVICE, "pay", http::Method::POST, "/pay").class(Class::Keyed);
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<()> {
/// let error = failure::in_doubt(&PAY).answered(&"paid");
/// let Resolution::Answered(answer) = error.into_indeterminate()?.reconcile().await? else { panic!("as scripted") };
/// assert_eq!(answer.decode::<String>()?, "paid");
/// # Ok(())
/// # }
/// ```
pub fn in_doubt(operation: &'static Operation) -> InDoubt {
    InDoubt { operation }
}

/// An effect in doubt; each method says what will be found out, and makes the error.
#[derive(Clone, Copy, Debug)]
#[must_use = "say what will be found out, such as `.answered(&payment)`"]
pub struct InDoubt {
    operation: &'static Operation,
}

/// What will be found out.
#[derive(Debug)]
enum Truth {
    Found(Bytes),
    Answered(Bytes),
    Refused(Error),
    NotFound,
    Unresolved,
}

// === impl InDoubt ===

impl InDoubt {
    /// The status query knows of the effect and answers this: [`Resolution::Found`].
    pub fn found(self, answer: &impl Serialize) -> Error {
        self.with_payload(answer, Truth::Found)
    }

    /// The repeat with the same key is answered with this: [`Resolution::Answered`].
    pub fn answered(self, answer: &impl Serialize) -> Error {
        self.with_payload(answer, Truth::Answered)
    }

    /// The repeat is refused for good: [`Resolution::Refused`].
    pub fn refused(self, refusal: Error) -> Error {
        self.ending(Truth::Refused(refusal))
    }

    /// The server does not know of the effect: [`Resolution::NotFound`].
    pub fn not_found(self) -> Error {
        self.ending(Truth::NotFound)
    }

    /// Nothing can be learned: [`Resolution::Unresolved`].
    pub fn unresolved(self) -> Error {
        self.ending(Truth::Unresolved)
    }

    fn with_payload(self, answer: &impl Serialize, truth: fn(Bytes) -> Truth) -> Error {
        match serde_json::to_vec(answer) {
            Ok(payload) => self.ending(truth(payload.into())),
            Err(error) => Error::internal(error),
        }
    }

    fn ending(self, truth: Truth) -> Error {
        let mut facts = CallFacts::new(self.operation);
        facts.attempts = 1;
        facts.resolver = Some(Arc::new(truth));
        timed_out().with_facts(facts)
    }
}

// === impl Truth ===

impl Resolver for Truth {
    fn reconcile(&self, unknown: Indeterminate, _: Duration) -> BoxFuture<'_, Result<Resolution>> {
        let resolution = match self {
            Self::Found(payload) => Resolution::Found(Response::made(payload.clone())),
            Self::Answered(payload) => Resolution::Answered(Response::made(payload.clone())),
            Self::Refused(refusal) => Resolution::Refused(refusal.copy()),
            Self::NotFound => Resolution::NotFound(unknown),
            Self::Unresolved => Resolution::Unresolved(unknown),
        };
        Box::pin(async { Ok(resolution) })
    }

    /// There is no journal; whoever parks gets an id all the same.
    fn park(&self) -> BoxFuture<'_, Result<EntryId>> {
        Box::pin(async { Ok(EntryId::new(1)) })
    }
}
