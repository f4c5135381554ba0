//! The promise of a keyed operation, asked of a server: one key is one effect, whatever a client repeats.
//!
//! A server is whatever takes calls: a client of a running one, or a client over
//! [`network`](crate::mock::network)`(router)`.
//!
//! ```no_run
//! # use payment_clients::{client::BaseClient, conformance::{Arguments, Failures, keys::{Trial, prove}}};
//! # use payment_clients::contract::operation::Operation;
//! # use serde_json::json;
//! # async fn test(orders: &BaseClient, create_order: &'static Operation) -> Result<(), Failures> {
//! let body = |name: &str| Arguments { body: Some(json!({ "customer_name": name })), ..Arguments::default() };
//! prove(orders, create_order, Trial::new(body("Ada"), body("Grace"))).await
//! # }
//! ```

use std::{fmt, future::Future, pin::Pin, sync::Arc};

use futures_util::future::join_all;

use super::{Arguments, Failure, Failures};
use crate::{
    contract::{
        call::Call,
        error::{ErrorKind, Result},
        idempotency::IdempotencyKey,
        operation::{Class, Operation},
        options::{CallOptions, Scoped},
        response::Response,
    },
    seams::Rng,
};

/// How many calls with one key are made at once: enough to meet on any server.
const AT_ONCE: usize = 8;

/// What a server is asked with.
#[derive(Clone)]
pub struct Trial {
    /// Succeeds.
    arguments: Arguments,
    /// For the same place, and something else.
    other: Arguments,
    at_once: Arguments,
    effects: Option<Effects>,
}

type Effects = Arc<dyn Fn() -> Pin<Box<dyn Future<Output = u64> + Send>> + Send + Sync>;

/// A server under trial.
struct Court<'s, S> {
    server: &'s S,
    operation: &'static Operation,
    trial: Trial,
    rng: Rng,
    failures: Vec<String>,
}

/// Proves that a server keeps the promise of a keyed operation:
///
/// * the same key twice: the same answer, the second time with `Idempotency-Replayed: true`;
/// * the same key with another body: 422 with [`KEY_REUSED`](crate::contract::error::code::KEY_REUSED);
/// * the same key several times at once: one effect, and each of the others is told its answer, or 409 with
///   [`IN_PROGRESS`](crate::contract::error::code::IN_PROGRESS).
///
/// # Errors
/// Everything that does not hold.
pub async fn prove<S: Call>(server: &S, operation: &'static Operation, trial: Trial) -> Result<(), Failures> {
    let rng = Rng::system().map_err(|error| one(operation, error.to_string()))?;
    if operation.class != Class::Keyed {
        return Err(one(operation, format!("is declared {}, not keyed", operation.class.as_str())));
    }
    let mut court = Court { server, operation, trial, rng, failures: Vec::new() };
    if let Err(error) = court.try_all().await {
        court.note(error.to_string());
    }
    let failures: Vec<_> = court.failures.into_iter().map(|what| failure(operation, what)).collect();
    if failures.is_empty() { Ok(()) } else { Err(Failures(failures)) }
}

fn failure(operation: &Operation, what: String) -> Failure {
    Failure { whose: format!("{} {}", operation.service.name, operation.name), what }
}

fn one(operation: &Operation, what: String) -> Failures {
    Failures(vec![failure(operation, what)])
}

// === impl Trial ===

impl Trial {
    /// `arguments` must succeed when they come under a new key; `other` must have another body.
    pub fn new(arguments: Arguments, other: Arguments) -> Self {
        Self { at_once: arguments.clone(), arguments, other, effects: None }
    }

    /// Sets the arguments of the calls that are made at once; the default are the first ones. For operations that the
    /// same arguments can succeed with only once, such as cancelling an order.
    #[must_use]
    pub fn at_once(mut self, arguments: Arguments) -> Self {
        self.at_once = arguments;
        self
    }

    /// Sets what counts the effects so far, so that one which no answer shows is noticed; the default is nothing.
    #[must_use]
    pub fn effects<F, Fut>(mut self, count: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = u64> + Send + 'static,
    {
        self.effects = Some(Arc::new(move || Box::pin(count())));
        self
    }
}

impl fmt::Debug for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Trial").field("arguments", &self.arguments).field("other", &self.other).finish_non_exhaustive()
    }
}

// === impl Court ===

impl<S: Call> Court<'_, S> {
    async fn try_all(&mut self) -> Result<()> {
        let before = self.effects().await;
        self.one_after_the_other().await?;
        self.expect_effects(before, 1, "a repeat and a reused key").await;
        let before = self.effects().await;
        self.at_once().await?;
        self.expect_effects(before, 1, "calls at once").await;
        Ok(())
    }

    /// The same key twice, then with another body.
    async fn one_after_the_other(&mut self) -> Result<()> {
        let key = self.key()?;
        let first = self.call(&key, &self.trial.arguments).await?;
        if first.replayed() {
            self.note("the first answer to a new key is marked as a replay");
        }
        match self.call(&key, &self.trial.arguments).await {
            Ok(second) => self.compare("the repeat with the same key", &first, &second),
            Err(error) => self.note(format!("the repeat with the same key must be answered as the first: {error}")),
        }
        match self.call(&key, &self.trial.other).await {
            Err(error) if error.kind() == ErrorKind::KeyReused => {}
            answer => {
                let outcome = answer.map_or_else(|error| error.to_string(), |_| "a success".to_owned());
                self.note(format!("the same key with another body must be 422 IDEMPOTENCY_KEY_REUSED: {outcome}"));
            }
        }
        Ok(())
    }

    async fn at_once(&mut self) -> Result<()> {
        let key = self.key()?;
        let calls = (0..AT_ONCE).map(|_| self.call(&key, &self.trial.at_once));
        let answers: Vec<_> = join_all(calls).await;
        let (answered, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(Result::is_ok);
        let answered: Vec<Response> = answered.into_iter().filter_map(Result::ok).collect();
        for error in refused.into_iter().filter_map(Result::err).filter(|error| error.kind() != ErrorKind::InProgress) {
            self.note(format!("a call at once with another must hear its answer or 409: {error}"));
        }
        let (replays, firsts): (Vec<_>, Vec<_>) = answered.into_iter().partition(Response::replayed);
        if firsts.len() != 1 {
            self.note(format!("of {AT_ONCE} calls at once {} were answered as the first one", firsts.len()));
        }
        let Some(first) = firsts.first() else { return Ok(()) };
        for replay in &replays {
            self.compare("a call at once with the first", first, replay);
        }
        match self.call(&key, &self.trial.at_once).await {
            Ok(later) => self.compare("the repeat of calls at once", first, &later),
            Err(error) => self.note(format!("the repeat of calls at once must be answered as the first: {error}")),
        }
        Ok(())
    }

    fn compare(&mut self, whose: &str, first: &Response, second: &Response) {
        if !second.replayed() {
            self.note(format!("{whose} is not marked `Idempotency-Replayed: true`"));
        }
        if (first.status(), first.payload()) != (second.status(), second.payload()) {
            let text = |response: &Response| String::from_utf8_lossy(response.payload()).into_owned();
            self.note(format!("{whose} is answered with {}, the first was {}", text(second), text(first)));
        }
    }

    /// One attempt: a retry would hide what the server said first.
    async fn call(&self, key: &IdempotencyKey, arguments: &Arguments) -> Result<Response> {
        let options = CallOptions::new().key(key.clone()).max_attempts(1);
        let call = async { self.server.call(arguments.request(self.operation)?).await };
        Scoped::new((), options).scope(call).await
    }

    fn key(&self) -> Result<IdempotencyKey> {
        self.rng.unique().map(IdempotencyKey::from_random)
    }

    async fn effects(&self) -> Option<u64> {
        match &self.trial.effects {
            Some(count) => Some(count().await),
            None => None,
        }
    }

    async fn expect_effects(&mut self, before: Option<u64>, wanted: u64, of: &str) {
        let Some((before, now)) = before.zip(self.effects().await) else { return };
        let made = now.saturating_sub(before);
        if made != wanted {
            self.note(format!("{of} had {made} effects instead of {wanted}"));
        }
    }

    fn note(&mut self, what: impl Into<String>) {
        self.failures.push(what.into());
    }
}
