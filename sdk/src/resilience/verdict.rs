//! What the outcome of an attempt counts, and against whom: one row an outcome, one column a mechanism.
//!
//! The caller's mistakes and the business's refusals say that an instance works. What was refused in this process says
//! nothing about it. A throttled instance is busy and not broken, so it never counts towards failures in a row. Only a
//! first attempt that succeeds funds retries.

use std::time::Duration;

use super::{admission::Signal, balance::load::Sample, gate::Verdict};
use crate::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind, Result},
    response::Response,
};

/// A refusal by an instance that is busy or failing is remembered as a latency of at least this, so that answering
/// quickly with an error attracts no traffic (as in linkerd's load biaser).
pub const PENALTY: Duration = Duration::from_secs(5);
/// Longest penalty that a server's `Retry-After` can ask for.
pub const LONGEST_PENALTY: Duration = Duration::from_secs(300);

/// What one attempt tells the mechanisms of its instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Effects {
    /// The circuit breaker.
    pub gate: Verdict,
    /// The load of the balancer.
    pub load: Sample,
    /// The concurrency limit.
    pub limit: Signal,
}

impl Effects {
    const fn new(gate: Verdict, load: Sample, limit: Signal) -> Self {
        Self { gate, load, limit }
    }

    /// The row of this outcome. `slow` is the time from which a success counts as slow; `timeout` is the attempt
    /// timeout, the least that a broken attempt is taken to cost.
    pub fn of(answer: &Result<Response>, elapsed: Duration, slow: Duration, timeout: Duration) -> Self {
        match answer {
            Ok(_) => Self::worked(elapsed, slow),
            Err(error) => Self::of_error(error, elapsed, slow, timeout),
        }
    }

    fn worked(elapsed: Duration, slow: Duration) -> Self {
        let gate = if elapsed > slow { Verdict::SlowSuccess } else { Verdict::Success };
        Self::new(gate, Sample::Latency(elapsed), Signal::Success)
    }

    fn of_error(error: &Error, elapsed: Duration, slow: Duration, timeout: Duration) -> Self {
        use ErrorKind as Kind;
        let penalty = Sample::Penalty(error.retry_after().unwrap_or(PENALTY).clamp(PENALTY, LONGEST_PENALTY));
        let broken = Sample::Penalty(elapsed.max(timeout));
        match error.kind() {
            // Never left this process, or was no failure of anybody there.
            Kind::Configuration | Kind::InvalidRequest | Kind::Rejected => {
                Self::new(Verdict::Neutral, Sample::None, Signal::Ignore)
            }
            Kind::InvalidInput
            | Kind::Forbidden
            | Kind::NotFound
            | Kind::Conflict
            | Kind::InProgress
            | Kind::KeyReused
            | Kind::Declined => Self::worked(elapsed, slow),
            Kind::Unauthenticated => Self::new(Verdict::Neutral, Sample::None, Signal::Ignore),
            Kind::NotImplemented => Self::new(Verdict::Neutral, Sample::Latency(elapsed), Signal::Ignore),
            Kind::RateLimited => Self::new(Verdict::RateFailure, penalty, Signal::Drop),
            Kind::Unavailable if error.certainty() == Certainty::NotProcessed => {
                Self::new(Verdict::RateFailure, penalty, Signal::Drop)
            }
            // A server that says in its own words what broke is alive; a bare 500 may come from anything in front.
            Kind::Internal if error.code().is_some() => Self::new(Verdict::RateFailure, penalty, Signal::Drop),
            Kind::Internal | Kind::Unavailable | Kind::Gateway | Kind::Unreadable => {
                Self::new(Verdict::Failure, penalty, Signal::Drop)
            }
            Kind::Unreachable => Self::new(Verdict::ConnectFailure, broken, Signal::Drop),
            Kind::Interrupted => Self::new(Verdict::Failure, broken, Signal::Drop),
            Kind::Timeout => Self::new(Verdict::Failure, broken, Signal::Drop),
        }
    }
}
