//! What the outcome of an attempt counts, and against whom: one row an outcome, one column a mechanism.
//!
//! The caller's mistakes and the business's refusals say that an instance works. What was refused in this process says
//! nothing about it. A throttled instance is busy and not broken, so it never counts towards failures in a row.

use std::time::Duration;

use http::StatusCode;

use super::gate::{Verdict, settings::GateSettings};
use crate::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind, Result},
    response::Response,
};

/// What an outcome says about an instance's latency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sample {
    /// It took this long.
    Answered(Duration),
    /// It takes at least this long.
    AtLeast(Duration),
    /// It turned the attempt away, and may have asked for a rest: answering quickly with refusals attracts no traffic.
    TurnedAway(Option<Duration>),
    /// Nothing.
    Nothing,
}

/// What an outcome says about an instance's concurrency limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// It could take that.
    Success,
    /// It could not.
    Drop,
    /// Nothing.
    Nothing,
}

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

    /// The row of this outcome. `timeout` is the attempt timeout: the least that a broken attempt is taken to cost, and
    /// what a slow success is measured by.
    pub fn of(answer: &Result<Response>, elapsed: Duration, timeout: Duration, gate: &GateSettings) -> Self {
        let worked = || {
            let slow = gate.is_slow(elapsed, timeout);
            let verdict = if slow { Verdict::SlowSuccess } else { Verdict::Success };
            Self::new(verdict, Sample::Answered(elapsed), Signal::Success)
        };
        answer.as_ref().err().map_or_else(worked, |error| Self::of_error(error, elapsed, timeout, worked))
    }

    fn of_error(error: &Error, elapsed: Duration, timeout: Duration, worked: impl Fn() -> Self) -> Self {
        use ErrorKind as Kind;
        let broken = Sample::AtLeast(elapsed.max(timeout));
        let turned_away = Sample::TurnedAway(error.retry_after());
        let not_begun = error.certainty() == Certainty::NotProcessed;
        match error.kind() {
            // Never left this process.
            Kind::Configuration | Kind::InvalidRequest | Kind::Rejected => {
                Self::new(Verdict::Void, Sample::Nothing, Signal::Nothing)
            }
            // An answer, if not the one that was hoped for.
            Kind::InvalidInput
            | Kind::Forbidden
            | Kind::NotFound
            | Kind::Conflict
            | Kind::InProgress
            | Kind::KeyReused
            | Kind::Declined => worked(),
            Kind::Unauthenticated => Self::new(Verdict::Neutral, Sample::Nothing, Signal::Nothing),
            Kind::NotImplemented => Self::new(Verdict::Neutral, Sample::Answered(elapsed), Signal::Nothing),
            // It answered for a service further on that failed, and its breaker must not open for that one's.
            _ if error.is_spent_below() => Self::new(Verdict::RateFailure, Sample::Answered(elapsed), Signal::Nothing),
            Kind::RateLimited => Self::new(Verdict::RateFailure, turned_away, Signal::Drop),
            Kind::Unavailable if not_begun => Self::new(Verdict::RateFailure, turned_away, Signal::Drop),
            // A server that says in its own words what broke is alive; a bare 500 may come from anything in front.
            Kind::Internal if error.is_in_own_words() => Self::new(Verdict::RateFailure, turned_away, Signal::Drop),
            // It waited in vain for our request, which need not be its fault.
            Kind::Gateway if error.status() == Some(StatusCode::REQUEST_TIMEOUT) => {
                Self::new(Verdict::Failure, Sample::AtLeast(elapsed), Signal::Drop)
            }
            Kind::Internal | Kind::Unavailable | Kind::Gateway | Kind::Unreadable => {
                Self::new(Verdict::Failure, turned_away, Signal::Drop)
            }
            Kind::Unreachable => Self::new(Verdict::ConnectFailure, broken, Signal::Drop),
            Kind::Interrupted => Self::new(Verdict::Failure, broken, Signal::Drop),
            Kind::Timeout => Self::new(Verdict::Timeout, broken, Signal::Drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::{envelope, operation::Tier};

    const QUICK: Duration = Duration::from_millis(10);
    const TIMEOUT: Duration = Duration::from_secs(1);

    fn effects(error: Error) -> Effects {
        Effects::of(&Err(error), QUICK, TIMEOUT, &GateSettings::of(Tier::Critical))
    }

    #[test]
    fn an_instance_that_waited_in_vain_for_a_request_is_as_slow_as_that() {
        let error = envelope::error(StatusCode::REQUEST_TIMEOUT, &bytes::Bytes::new(), None);
        assert_eq!(effects(error), Effects::new(Verdict::Failure, Sample::AtLeast(QUICK), Signal::Drop));
    }
}
