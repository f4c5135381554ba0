//! A call whose outcome is found out, as a careful caller does it: what is in doubt is reconciled, what did not happen is
//! asked for again, and both under the same key.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use payment_clients::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind, Result},
    idempotency::IdempotencyKey,
    indeterminate::Resolution,
    options::CallOptions,
};
use serde::{Serialize, de::DeserializeOwned};
use tokio::time::{Instant, sleep};

/// How long one doubt is asked about before the call is repeated.
const PATIENCE: Duration = Duration::from_secs(5);
/// Before a call that did nothing is made again, and between two looks at what is awaited.
const BREATH: Duration = Duration::from_millis(200);

/// Makes calls, and counts what came of them.
#[derive(Debug)]
pub struct Calls {
    deadline: Instant,
    tally: Mutex<Tally>,
}

/// What came of the calls.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Tally {
    /// By what was asked for, such as `payment`.
    pub sorts: BTreeMap<&'static str, Sort>,
    /// How often each code was the reason of a refusal.
    pub reasons: BTreeMap<String, u32>,
}

/// What came of calls of one sort.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Sort {
    /// They had their effect.
    pub done: u32,
    /// They were answered with no.
    pub refused: u32,
    /// Times that an outcome was in doubt; each was found out in the end.
    pub in_doubt: u32,
}

/// What one try has led to.
enum Tried<T> {
    Done(T),
    Refused(Error),
    Again(Error),
}

impl Calls {
    /// Calls that must have an outcome before this.
    pub fn until(deadline: Instant) -> Self {
        Self { deadline, tally: Mutex::default() }
    }

    /// What came of them so far.
    pub fn tally(&self) -> Tally {
        self.counts().clone()
    }

    /// Makes a call under a key until its outcome is known: its answer, or nothing when it was refused.
    ///
    /// # Errors
    /// When no outcome could be found out in time.
    pub async fn make<T: DeserializeOwned>(
        &self,
        sort: &'static str,
        key: String,
        call: impl AsyncFn(CallOptions) -> Result<T>,
    ) -> Result<Option<T>> {
        let options = CallOptions::new().key(IdempotencyKey::new(key).map_err(Error::internal)?);
        loop {
            match self.attempt(sort, &options, &call).await {
                Tried::Done(answer) => {
                    self.counts().sorts.entry(sort).or_default().done += 1;
                    return Ok(Some(answer));
                }
                Tried::Refused(error) => {
                    let mut counts = self.counts();
                    counts.sorts.entry(sort).or_default().refused += 1;
                    *counts.reasons.entry(reason(sort, &error)).or_default() += 1;
                    return Ok(None);
                }
                Tried::Again(error) => self.breathe(error).await?,
            }
        }
    }

    async fn attempt<T: DeserializeOwned>(
        &self,
        sort: &'static str,
        options: &CallOptions,
        call: &impl AsyncFn(CallOptions) -> Result<T>,
    ) -> Tried<T> {
        let error = match call(options.clone()).await {
            Ok(answer) => return Tried::Done(answer),
            Err(error) => error,
        };
        let unknown = match error.into_indeterminate() {
            Ok(unknown) => unknown,
            Err(error) if error.certainty() == Certainty::Processed && error.kind() != ErrorKind::InProgress => {
                return Tried::Refused(error);
            }
            Err(error) => return Tried::Again(error),
        };
        self.counts().sorts.entry(sort).or_default().in_doubt += 1;
        match unknown.reconcile_within(PATIENCE).await {
            // What answers for the effect may answer in a form of its own; the repeat brings the operation's.
            Ok(Resolution::Found(answer) | Resolution::Answered(answer)) => {
                answer.decode().map_or_else(Tried::Again, Tried::Done)
            }
            Ok(Resolution::Refused(error)) => Tried::Refused(error),
            Ok(Resolution::NotFound(unknown) | Resolution::Unresolved(unknown)) => Tried::Again(unknown.into_error()),
            Err(error) => Tried::Again(error),
        }
    }

    /// Asks until there is what is waited for. Whoever does not answer is asked again.
    ///
    /// # Errors
    /// When it has not come in time.
    pub async fn wait_for<T>(&self, what: &str, ask: impl AsyncFn() -> Result<Option<T>>) -> Result<T> {
        loop {
            match ask().await {
                Ok(Some(found)) => return Ok(found),
                Ok(None) => self.breathe(Error::internal(format!("{what} has not come"))).await?,
                Err(error) => self.breathe(error).await?,
            }
        }
    }

    async fn breathe(&self, error: Error) -> Result<()> {
        if Instant::now() > self.deadline {
            return Err(error);
        }
        sleep(BREATH).await;
        Ok(())
    }

    fn counts(&self) -> MutexGuard<'_, Tally> {
        self.tally.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn reason(sort: &str, error: &Error) -> String {
    match (error.code(), error.status()) {
        (Some(code), _) => format!("{sort}: {code}"),
        (None, Some(status)) => format!("{sort}: HTTP {}", status.as_u16()),
        (None, None) => format!("{sort}: {:?}", error.kind()),
    }
}
