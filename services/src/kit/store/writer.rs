//! The one writer of a store. It takes whatever is queued, gives each unit a savepoint of its own, commits all of them at
//! once and only then answers: the price of a durable commit is shared, and the more load, the more share it.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::FutureExt;
use payment_clients::{
    contract::{context::CallContext, error::Error},
    seams::Clock,
};
use tokio::sync::{mpsc, oneshot};
use tracing::Span;

use super::{
    Times,
    engine::{Connection, Fault},
    sql::{After, Tx, failed},
};

/// What the writer is asked for.
pub(super) enum Message {
    Unit(Box<dyn Unit>),
    Close(oneshot::Sender<Result<(), Error>>),
}

/// A queued unit of work, its types erased.
pub(super) trait Unit: Send {
    /// When it was queued.
    fn since(&self) -> Instant;
    /// Runs it; true when its changes shall stay.
    fn run(&mut self, tx: &mut Tx<'_>) -> bool;
    /// Tells the caller, who may be gone: the result of the run, or why it could not be committed.
    fn answer(self: Box<Self>, failure: Option<Error>);
}

/// For whom a unit is run, on the writer's thread: its log lines are told in this span, and what it begins belongs to this
/// call.
struct Caller {
    span: Span,
    call: Option<Arc<CallContext>>,
}

/// The unit's work, then its result.
pub(super) struct Work<F, T> {
    since: Instant,
    queued_by: Caller,
    work: Option<F>,
    result: Option<Result<T, Error>>,
    after: Vec<After>,
    caller: oneshot::Sender<Result<T, Error>>,
}

/// What a store has done since it was opened.
#[derive(Debug, Default)]
pub(super) struct Counters {
    pub(super) units: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) commits: AtomicU64,
    pub(super) times: Mutex<Times>,
}

/// The thread that owns the writing connection.
pub(super) struct Writer {
    pub(super) connection: Box<dyn Connection>,
    pub(super) store: Arc<str>,
    pub(super) messages: mpsc::Receiver<Message>,
    pub(super) counters: Arc<Counters>,
    pub(super) clock: Clock,
}

// === impl Caller ===

impl Caller {
    fn current() -> Self {
        Self { span: Span::current(), call: CallContext::current() }
    }

    fn run<T>(&self, work: impl FnOnce() -> Result<T, Error>) -> Result<T, Error> {
        let Self { span, call } = self;
        // Nothing in it waits.
        let waited = || Err(Error::internal("a unit of work waited for something"));
        span.in_scope(|| match call {
            Some(call) => call.scope(async { work() }).now_or_never().unwrap_or_else(waited),
            None => work(),
        })
    }
}

// === impl Work ===

impl<F, T> Work<F, T> {
    pub(super) fn new(since: Instant, work: F) -> (Self, oneshot::Receiver<Result<T, Error>>) {
        let (caller, answer) = oneshot::channel();
        let (work, queued_by) = (Some(work), Caller::current());
        (Self { since, queued_by, work, result: None, after: Vec::new(), caller }, answer)
    }
}

impl<F, T> Unit for Work<F, T>
where
    F: FnOnce(&mut Tx<'_>) -> Result<T, Error> + Send,
    T: Send,
{
    fn since(&self) -> Instant {
        self.since
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> bool {
        let Some(work) = self.work.take() else { return false };
        let result = catch_unwind(AssertUnwindSafe(|| self.queued_by.run(|| work(tx))));
        let result = result.unwrap_or_else(|_| Err(Error::internal("a unit of work panicked and was rolled back")));
        let stays = self.result.insert(result.and_then(|done| tx.whole().map(|()| done))).is_ok();
        if stays {
            self.after = tx.take_after();
        }
        stays
    }

    fn answer(self: Box<Self>, failure: Option<Error>) {
        if failure.is_none() {
            self.after.into_iter().for_each(|then| then());
        }
        let result = failure.map(Err).or(self.result);
        let result = result.unwrap_or_else(|| Err(Error::internal("a unit of work was answered before it ran")));
        // A caller who went away does not change what was committed.
        let _ = self.caller.send(result);
    }
}

// === impl Writer ===

impl Writer {
    /// Works until every handle is gone or the store is closed, then empties the queue and closes the store.
    pub(super) fn run(mut self) {
        let most = self.connection.most_units();
        let (mut messages, mut units) = (Vec::with_capacity(most), Vec::with_capacity(most));
        let mut closing = Vec::new();
        while self.messages.blocking_recv_many(&mut messages, most) > 0 {
            for message in messages.drain(..) {
                match message {
                    Message::Unit(unit) => units.push(unit),
                    Message::Close(caller) => {
                        self.messages.close();
                        closing.push(caller);
                    }
                }
            }
            if !units.is_empty() {
                self.batch(&mut units);
            }
        }
        let Self { connection, store, .. } = self;
        let closed = connection.close();
        for caller in closing {
            let _ = caller.send(closed.as_ref().map_err(|cause| failed(&store, "close", cause)).copied());
        }
    }

    /// Runs the units in one transaction, commits it, and answers all of them.
    fn batch(&self, units: &mut Vec<Box<dyn Unit>>) {
        let begun = self.clock.now();
        let run = self.transact(units);
        let ran = self.clock.now();
        let outcome = run.and_then(|()| self.connection.commit());
        self.count(units, [begun, ran, self.clock.now()]);
        if let Err(cause) = &outcome {
            tracing::error!(
                store = &*self.store,
                units = units.len(),
                "{cause}; the units of this commit are undone, unless only the answer to the commit was lost"
            );
            // Nothing of the transaction may stay, or the next one could not begin.
            let _ = self.connection.rollback();
        }
        for unit in units.drain(..) {
            // Failed units are answered after the commit too: what they have read may be of units in this batch.
            unit.answer(outcome.as_ref().err().map(|cause| failed(&self.store, "commit", cause)));
        }
    }

    fn transact(&self, units: &mut [Box<dyn Unit>]) -> Result<(), Fault> {
        let connection = &*self.connection;
        connection.begin()?;
        let mut kept = false;
        for unit in units {
            if kept {
                connection.keep()?;
            }
            kept = unit.run(&mut Tx::new(connection, &self.store));
            if !kept {
                self.counters.failed.fetch_add(1, Ordering::Relaxed);
                connection.undo()?;
            }
        }
        Ok(())
    }

    fn count(&self, units: &[Box<dyn Unit>], [begun, ran, committed]: [Instant; 3]) {
        let Counters { units: counted, commits, times, .. } = &*self.counters;
        commits.fetch_add(1, Ordering::Relaxed);
        counted.fetch_add(u64::try_from(units.len()).unwrap_or(0), Ordering::Relaxed);
        let all = u32::try_from(units.len()).unwrap_or(u32::MAX);
        let queued = units.iter().map(|unit| begun.saturating_duration_since(unit.since()));
        let (run, commit) = (ran - begun, committed - ran);
        let mut times = times.lock().unwrap_or_else(PoisonError::into_inner);
        times.queued += queued.sum::<Duration>();
        times.run += run * all;
        times.durable += commit * all;
        times.committing += commit;
    }
}
