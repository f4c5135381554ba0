//! What a caller knows at the end of a call, held against the book.

use std::{fmt, ops::AddAssign};

use payment_clients::contract::{
    certainty::Certainty,
    error::{Error, Result},
    operation::Class,
    response::Response,
};
use serde::Serialize;

use super::{book::Book, calls::Done};

/// What a caller knows at the end of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Knowledge {
    /// The declared answer came and was decoded.
    Answered,
    /// An error.
    Failed {
        /// What it says about the effect.
        certainty: Certainty,
        /// Who said so.
        source: Source,
    },
    /// The caller stopped waiting.
    Cancelled,
}

/// Who said that a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The service: a status, and a code of its own.
    Service,
    /// Something in between, which knows nothing of earlier calls with the same key: a status alone.
    Between,
    /// The client itself: no status.
    Client,
}

/// One call and what its caller knows.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// Class of the operation.
    pub class: Class,
    /// The effect that was wanted.
    pub intent: u64,
    /// Which call for it.
    pub call: u32,
    /// What the caller knows.
    pub knowledge: Knowledge,
}

/// How knowledge can be wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// "Nothing happened", and it did.
    HappenedAfterAll,
    /// "Refused for good", and it happened.
    HappenedThoughRefused,
    /// "Done", and nothing happened.
    NeverHappened,
    /// "Processed", and no server answered.
    NobodyAnswered,
}

/// Sums of a run, from the book and from what the callers know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[allow(missing_docs, reason = "the fields are the words of the glossary, and the keys of the report")]
pub struct Tally {
    pub calls: u64,
    pub attempts: u64,
    pub effects: u64,
    pub duplicates: u64,
    pub wrong_certainty: u64,
    pub answered: u64,
    pub cancelled: u64,
    pub not_sent: u64,
    pub not_processed: u64,
    pub indeterminate: u64,
    pub processed: u64,
}

// === impl Knowledge ===

impl Knowledge {
    /// Decodes what a call returned.
    pub fn of(answer: &Result<Response>) -> Self {
        match answer {
            Ok(response) => match response.decode::<Done>() {
                Ok(_) => Self::Answered,
                Err(error) => Self::of_error(&error),
            },
            Err(error) => Self::of_error(error),
        }
    }

    fn of_error(error: &Error) -> Self {
        let source = match (error.status(), error.code()) {
            (None, _) => Source::Client,
            (Some(_), None) => Source::Between,
            (Some(_), Some(_)) => Source::Service,
        };
        Self::Failed { certainty: error.certainty(), source }
    }
}

// === impl Ended ===

impl Ended {
    /// Compares with the book, once nothing is under way any more. "May have happened" is never wrong.
    pub fn judge(&self, book: &Book) -> Option<Wrong> {
        let happened = book.effects_of(self.intent) > 0;
        let by_this_call = book.effects_of_call(self.intent, self.call) > 0;
        match self.knowledge {
            Knowledge::Cancelled => None,
            Knowledge::Answered => (self.class != Class::Safe && !happened).then_some(Wrong::NeverHappened),
            Knowledge::Failed { certainty, source } => match (certainty, source) {
                (Certainty::NotSent | Certainty::NotProcessed, _) => by_this_call.then_some(Wrong::HappenedAfterAll),
                (Certainty::Processed, Source::Client) => Some(Wrong::NobodyAnswered),
                (Certainty::Processed, Source::Between) => by_this_call.then_some(Wrong::HappenedThoughRefused),
                // The service knows the key, and so what every call with it did.
                (Certainty::Processed, Source::Service) => happened.then_some(Wrong::HappenedThoughRefused),
                _ => None,
            },
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::HappenedAfterAll => "said that nothing happened, and it did",
            Self::HappenedThoughRefused => "said that it was refused for good, and it happened",
            Self::NeverHappened => "said that it was done, and nothing happened",
            Self::NobodyAnswered => "said that it was processed, and no server answered",
        })
    }
}

// === impl Tally ===

impl Tally {
    /// Counts calls that have ended against the book that they were served from.
    pub fn of(book: &Book, calls: &[Ended]) -> Self {
        let mut tally = Self {
            calls: calls.len() as u64,
            attempts: book.attempts(),
            effects: book.effects() as u64,
            duplicates: book.duplicates() as u64,
            ..Self::default()
        };
        for call in calls {
            tally.wrong_certainty += u64::from(call.judge(book).is_some());
            *tally.count_of(call.knowledge) += 1;
        }
        tally
    }

    fn count_of(&mut self, knowledge: Knowledge) -> &mut u64 {
        match knowledge {
            Knowledge::Answered => &mut self.answered,
            Knowledge::Cancelled => &mut self.cancelled,
            Knowledge::Failed { certainty, .. } => match certainty {
                Certainty::NotSent => &mut self.not_sent,
                Certainty::NotProcessed => &mut self.not_processed,
                Certainty::Processed => &mut self.processed,
                _ => &mut self.indeterminate,
            },
        }
    }
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        let pairs = [
            (&mut self.calls, other.calls),
            (&mut self.attempts, other.attempts),
            (&mut self.effects, other.effects),
            (&mut self.duplicates, other.duplicates),
            (&mut self.wrong_certainty, other.wrong_certainty),
            (&mut self.answered, other.answered),
            (&mut self.cancelled, other.cancelled),
            (&mut self.not_sent, other.not_sent),
            (&mut self.not_processed, other.not_processed),
            (&mut self.indeterminate, other.indeterminate),
            (&mut self.processed, other.processed),
        ];
        for (sum, part) in pairs {
            *sum += part;
        }
    }
}
