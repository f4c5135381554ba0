//! A durable saga: named steps, each a call to another service, written down before it is made.
//!
//! ```text
//! unit 1  domain rows + saga + step 1 started          the caller's unit, through `Engine::start`
//! call 1                                                key {saga}:{step}:fwd, the same on every repeat
//! unit 2  step 1 done + hook + step 2 started
//! …
//! unit n  last step done + hook + saga ended + hook     the idempotency slot is finished here
//! ```
//! A call ends in one of three ways. **Done**: go on. **Declined**: undo what was done, in reverse order. **Unknown**:
//! never undo; repeat the same key later, from the worker, until one of the other two is the answer. A crash between
//! two commits is an unknown too, since nobody can say whether the call had left.
//!
//! One driver at a time: whoever drives holds the lease, and every commit compares the saga's version. Who lost the
//! lease finds out at its next commit and stops; what it did in between was done under the same keys.
//!
//! | file | does |
//! |---|---|
//! | `decide` | what follows from an outcome; pure |
//! | `engine` | makes the calls, commits the outcomes |
//! | `log` | the two tables |
//! | `origin` | the request that a saga follows from |
//! | `rest` | what must be true of them in the end |
//! | `worker` | picks up what is due: unknown outcomes, and what a crash left behind |

pub mod rest;

mod decide;
mod engine;
mod log;
mod origin;
mod worker;

use std::sync::Arc;

use async_trait::async_trait;
use http::StatusCode;
use payment_clients::contract::{
    certainty::Certainty,
    envelope,
    error::{Error, ErrorKind},
    idempotency::IdempotencyKey,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use self::origin::Origin;
use super::store::Tx;

pub use self::{
    engine::{Engine, Lease, Progress},
    log::{ORIGIN, TABLES},
    worker::work,
};

/// One kind of saga: its steps, the calls they make, and the domain rows that belong to them.
#[async_trait]
pub trait Saga: Send + Sync + 'static {
    /// Name of the kind, such as `create_payment`.
    fn kind(&self) -> &'static str;

    /// The steps, in order. A step that has run somewhere is never renamed or moved.
    fn steps(&self) -> &'static [Step];

    /// Makes a step's call, with [`Call::key`] as its idempotency key. No unit of work is open.
    async fn forward(&self, run: &Run, call: &Call) -> Outcome;

    /// Undoes a step, with [`Call::key`]. `Done` too when there was nothing to undo. Asked for steps with
    /// [`Undo::Call`] only; where one has no such step, nothing is to be said. One that was forgotten asks a person in
    /// the end.
    async fn compensate(&self, _: &Run, call: &Call) -> Outcome {
        Outcome::Unknown(Error::internal(format!("{} does not say what undoes its step {}", self.kind(), call.step)))
    }

    /// Writes what the domain knows from a call that was done, in the unit that records it; some teach it nothing.
    ///
    /// # Errors
    /// When the rows cannot be written; the outcome is not recorded either, and the call is repeated later.
    fn recorded(&self, _: &mut Tx<'_>, _: &Run, _: &Call) -> Result<(), Error> {
        Ok(())
    }

    /// Writes how it all ended, in the unit that ends the saga, and returns what the waiting handler shall answer.
    ///
    /// # Errors
    /// As for [`recorded`](Self::recorded).
    fn ended(&self, tx: &mut Tx<'_>, run: &Run, end: &End) -> Result<Option<Json>, Error>;
}

/// JSON text.
pub type Json = String;

/// A step, as a kind declares it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Part of the step's idempotency key.
    pub name: &'static str,
    /// What is done about it when a later step is declined.
    pub undo: Undo,
    /// It carries on what is decided: nobody being there to be asked is no answer.
    pub owed: bool,
}

/// How a step that was done is undone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Undo {
    /// It left nothing behind.
    Nothing,
    /// By a call.
    Call,
    /// Not at all: after this step there is only forward.
    Never,
}

/// Whether a call does a step or undoes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// It does the step.
    Forward,
    /// It undoes the step.
    Compensate,
}

/// One call of a step, about to be made or just done.
#[derive(Clone, Debug)]
pub struct Call {
    /// Name of the step.
    pub step: &'static str,
    /// Doing or undoing it.
    pub direction: Direction,
    /// The same for every repeat of this call, in this process and the next.
    pub key: IdempotencyKey,
    /// How often the call has been begun, from 1.
    pub attempt: u32,
    /// An earlier attempt may have had its effect: ask before repeating, where the other side can be asked.
    pub doubt: bool,
}

/// How a call ended.
#[derive(Debug)]
pub enum Outcome {
    /// The effect happened; what the other side answered.
    Done(Json),
    /// The other side refused for good; nothing happened.
    Declined(Error),
    /// Nothing happened, and nobody refused: it was not sent, or sent back unread. Tried again a few times.
    NotBegun(Error),
    /// The effect may have happened.
    Unknown(Error),
}

/// How a saga ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Every step was done.
    Succeeded,
    /// A step was declined, and what came before it is undone.
    Compensated(Reason),
    /// Neither forward nor back; an incident is open.
    Attention(Reason),
}

/// Why a saga did not succeed, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The step whose call ended it.
    pub step: String,
    /// Status for the caller.
    pub status: u16,
    /// Code of the envelope.
    pub code: String,
    /// Text for people.
    pub message: String,
}

/// A saga on its way: what it was started with and what its steps have answered.
#[derive(Clone, Debug)]
pub struct Run {
    /// Id of the saga.
    pub id: String,
    /// Kind of the saga.
    pub kind: &'static str,
    /// What it is about, such as the payment's number; unique within the kind.
    pub business_key: String,
    origin: Arc<Origin>,
    pub(super) input: Json,
    pub(super) answers: Vec<(&'static str, Json)>,
    pub(super) reason: Option<Reason>,
}

// === impl Step ===

impl Step {
    /// A step that leaves nothing behind, such as a question.
    pub const fn ask(name: &'static str) -> Self {
        Self { name, undo: Undo::Nothing, owed: false }
    }

    /// A step that a call can undo.
    pub const fn undoable(name: &'static str) -> Self {
        Self { name, undo: Undo::Call, owed: false }
    }

    /// A step after which there is only forward.
    pub const fn pivot(name: &'static str) -> Self {
        Self { name, undo: Undo::Never, owed: false }
    }

    /// A step that follows from what has happened already: it is asked for until there is an answer.
    pub const fn owed(name: &'static str) -> Self {
        Self { name, undo: Undo::Never, owed: true }
    }
}

// === impl Outcome ===

impl Outcome {
    /// Done, with what the other side answered.
    pub fn done<T: Serialize>(answer: &T) -> Self {
        // The effect has happened; an answer that cannot be kept does not change that, and a repeat brings it again.
        serde_json::to_string(answer).map_or_else(|error| Self::Unknown(Error::internal(error)), Self::Done)
    }
}

impl<T: Serialize> From<Result<T, Error>> for Outcome {
    fn from(result: Result<T, Error>) -> Self {
        match result {
            Ok(answer) => Self::done(&answer),
            Err(error) => error.into(),
        }
    }
}

impl From<Error> for Outcome {
    fn from(error: Error) -> Self {
        match error.certainty() {
            Certainty::NotSent | Certainty::NotProcessed => Self::NotBegun(error),
            Certainty::Processed => Self::Declined(error),
            // Also what a later version may add: the pessimistic reading is the safe one.
            _ => Self::Unknown(error),
        }
    }
}

// === impl Run ===

impl Run {
    /// What the saga was started with.
    ///
    /// # Errors
    /// When it is no `T`.
    pub fn input<T: DeserializeOwned>(&self) -> Result<T, Error> {
        serde_json::from_str(&self.input).map_err(Error::internal)
    }

    /// What a step answered.
    ///
    /// # Errors
    /// When the step is not done, or its answer is no `T`.
    pub fn answer<T: DeserializeOwned>(&self, step: &str) -> Result<T, Error> {
        let answer = self.answers.iter().find(|(name, _)| *name == step);
        let (_, json) = answer.ok_or_else(|| Error::internal(format!("saga {}: {step} is not done", self.id)))?;
        serde_json::from_str(json).map_err(Error::internal)
    }
}

// === impl Reason ===

impl Reason {
    pub(super) fn of(step: &str, error: &Error) -> Self {
        let given = error.status().filter(|status| status.is_client_error() || status.is_server_error());
        let status = given.unwrap_or_else(|| envelope::status_of(error.kind())).as_u16();
        let code = error.code().unwrap_or("UPSTREAM_FAILED").to_owned();
        Self { step: step.to_owned(), status, code, message: error.message().to_owned() }
    }

    /// The same refusal as an answer for the caller.
    pub fn to_error(&self) -> Error {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let kind = if status.is_server_error() { ErrorKind::Unavailable } else { ErrorKind::Declined };
        Error::new(kind, Certainty::Processed, self.message.clone()).with_code(self.code.clone()).with_status(status)
    }
}
