//! Who is told about attempts and calls, for metrics.

use std::{
    fmt,
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use http::StatusCode;

use crate::{
    contract::{
        error::Error,
        explain::Explanation,
        operation::{Operation, Service, Tier},
        trace::TraceContext,
    },
    resilience::gate::{Phase, Why},
};

/// Told about the end of each attempt and each call, about retries and breakers. Called on the hot path: must not block.
pub trait Recorder: fmt::Debug + Send + Sync {
    /// An attempt ended. Attempts that are dropped on the way are not seen here, but counted in their call.
    fn attempt_ended(&self, attempt: &AttemptEnd<'_>);

    /// A call ended. Calls that their caller dropped are not seen.
    fn call_ended(&self, call: &CallEnd<'_>);

    /// A call is about to be sent again.
    fn retrying(&self, _: &Retrying<'_>) {}

    /// The breaker of an instance changed.
    fn breaker_changed(&self, _: &BreakerChange<'_>) {}
}

/// The end of an attempt.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AttemptEnd<'a> {
    /// The operation that was called.
    pub operation: &'static Operation,
    /// Address of the instance.
    pub instance: &'a str,
    /// Number of the attempt, from 1.
    pub attempt: u32,
    /// Time on the wire.
    pub elapsed: Duration,
    /// Why it failed, if it did.
    pub error: Option<&'a Error>,
    /// The status of the answer, if one came.
    pub status: Option<StatusCode>,
    /// Size of the request's body.
    pub request_bytes: usize,
    /// Size of the answer's body; 0 without an answer.
    pub response_bytes: usize,
    /// The trace of the call.
    pub trace: Option<TraceContext>,
}

/// The end of a call.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct CallEnd<'a> {
    /// The operation that was called.
    pub operation: &'static Operation,
    /// How important it was.
    pub tier: Tier,
    /// Attempts that reached the wire.
    pub attempts: u32,
    /// Time of the whole call.
    pub elapsed: Duration,
    /// Why it failed, if it did.
    pub error: Option<&'a Error>,
    /// The trace that it belongs to.
    pub trace: Option<TraceContext>,
    pub(crate) story: Story<'a>,
}

/// A call that is about to be sent again.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Retrying<'a> {
    /// The operation that was called.
    pub operation: &'static Operation,
    /// Number of the attempt that failed, from 1.
    pub attempt: u32,
    /// How long the call waits before the next.
    pub wait: Duration,
    /// Why it failed.
    pub error: &'a Error,
    /// Thousandths of a retry that are left in the budget.
    pub budget_left: u32,
}

/// A change of a breaker.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct BreakerChange<'a> {
    /// Whose instance it stands before.
    pub service: Service,
    /// Address of the instance.
    pub instance: &'a str,
    /// The phase before.
    pub from: Phase,
    /// The phase after.
    pub to: Phase,
    /// What brought it about.
    pub why: Why,
}

impl CallEnd<'_> {
    /// What the call decided on its way, for successes too. Costs nothing unless it is asked for.
    pub fn explain(&self) -> Explanation {
        self.story.tell()
    }
}

/// The decisions of a call, not read yet.
#[derive(Clone, Copy)]
pub(crate) struct Story<'a>(&'a (dyn Fn() -> Explanation + Sync));

impl<'a> Story<'a> {
    pub(crate) fn new(tell: &'a (impl Fn() -> Explanation + Sync)) -> Self {
        Self(tell)
    }

    pub(crate) fn tell(self) -> Explanation {
        self.0()
    }
}

impl fmt::Debug for Story<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.tell().fmt(f)
    }
}

/// Counts calls and attempts.
#[derive(Debug, Default)]
pub struct Counters {
    calls: AtomicU64,
    attempts: AtomicU64,
    retries: AtomicU64,
}

impl Counters {
    /// Calls that ended.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }

    /// Attempts of these calls.
    pub fn attempts(&self) -> u64 {
        self.attempts.load(Ordering::Relaxed)
    }

    /// Attempts beyond the first of a call.
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }
}

impl Recorder for Counters {
    fn attempt_ended(&self, _: &AttemptEnd<'_>) {}

    fn call_ended(&self, call: &CallEnd<'_>) {
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.attempts.fetch_add(call.attempts.into(), Ordering::Relaxed);
        self.retries.fetch_add(call.attempts.saturating_sub(1).into(), Ordering::Relaxed);
    }
}
