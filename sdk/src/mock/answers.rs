//! What typed mocks are made of beside the closures that answer for them.

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    sync::{Mutex, PoisonError},
};

use futures_util::future::BoxFuture;

use super::witness::{Seen, Witness};
use crate::contract::{
    error::{Error, Result},
    operation::Operation,
    request::Request,
};

/// Answers given one after the other.
///
/// ```
/// # fn mock(order: payment_clients::apis::order::Order) {
/// use payment_clients::{
///     apis::order::MockOrderApi,
///     mock::{InTurn, failure},
/// };
///
/// let answers = InTurn::new([Err(failure::timed_out()), Ok(order)]);
/// let orders = MockOrderApi::new().on_get_order(move |_| answers.next());
/// # }
/// ```
#[derive(Debug)]
pub struct InTurn<T> {
    left: Mutex<VecDeque<Result<T>>>,
}

/// The common part of every typed mock: who sees its calls, and what they wait for.
#[derive(Default)]
pub struct Stage {
    own: Witness,
    shared: Option<Witness>,
    waits: Vec<(&'static Operation, Wait)>,
}

type Wait = Box<dyn Fn() -> BoxFuture<'static, ()> + Send + Sync>;

/// What a typed mock answers when no answer was set.
pub fn unanswered(mock: &str, operation: &str) -> Error {
    Error::rejected(format!("{mock}::{operation} was called and has no answer; set one with on_{operation}"))
}

// === impl InTurn ===

impl<T> InTurn<T> {
    /// These answers, each for one call.
    pub fn new(answers: impl IntoIterator<Item = Result<T>>) -> Self {
        Self { left: Mutex::new(answers.into_iter().collect()) }
    }

    /// The next answer.
    ///
    /// # Errors
    /// As scripted; and when a call comes for which none is left, since a call that was not expected is a finding.
    pub fn next(&self) -> Result<T> {
        self.next_or(|| Err(Error::rejected("this call was not expected: no answer of InTurn::new is left for it")))
    }

    /// The next answer, or else this one, which can look at the arguments.
    ///
    /// # Errors
    /// As scripted.
    pub fn next_or(&self, last: impl FnOnce() -> Result<T>) -> Result<T> {
        let next = self.left.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        next.unwrap_or_else(last)
    }
}

// === impl Stage, for generated code ===

impl Stage {
    /// Shows a call to the witnesses, then waits as long as the test wants.
    pub async fn enter(&self, request: Request) {
        let operation = request.operation();
        let seen = Seen::call(&request);
        if let Some(shared) = &self.shared {
            shared.note(seen.clone());
        }
        self.own.note(seen);
        if let Some((_, wait)) = self.waits.iter().rev().find(|(waiting, _)| waiting.is(operation)) {
            wait().await;
        }
    }

    /// How often `operation` was called.
    pub fn calls(&self, operation: &Operation) -> usize {
        self.own.count(operation)
    }

    /// Lets another witness see the calls.
    pub fn seen_by(&mut self, witness: &Witness) {
        self.shared = Some(witness.clone());
    }

    /// Sets what calls of `operation` wait for.
    pub fn before<W>(&mut self, operation: &'static Operation, wait: impl Fn() -> W + Send + Sync + 'static)
    where
        W: Future<Output = ()> + Send + 'static,
    {
        self.waits.push((operation, Box::new(move || Box::pin(wait()))));
    }
}

impl fmt::Debug for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stage").field("seen", &self.own).finish_non_exhaustive()
    }
}
