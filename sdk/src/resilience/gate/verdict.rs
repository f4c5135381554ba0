//! The words in which a gate is told things and tells them.

use super::word::Phase;

/// Who decides whether calls pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Control {
    /// The gate does.
    Auto,
    /// Nothing passes.
    ForcedOpen,
    /// Everything passes and nothing is counted.
    ForcedClosed,
    /// Everything passes; the gate only shows what it would do.
    MetricsOnly,
}

/// What came of a call, as far as it tells something about the instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It answered, be it with a refusal of the request.
    Success,
    /// It answered, but later than [`is_slow`](super::settings::GateSettings::is_slow) allows. A probe has failed then.
    SlowSuccess,
    /// It failed: a 5xx, a broken connection.
    Failure,
    /// It did not answer within the attempt timeout: failed and slow.
    Timeout,
    /// It sheds load or failed in a way it knows: counts as failed in the rate, never in a row.
    RateFailure,
    /// No connection came about.
    ConnectFailure,
    /// It answered, which says nothing about its health: 401, 501.
    Neutral,
    /// The caller gave up.
    Cancelled,
    /// It never left this process, or another attempt of the call was quicker: counted nowhere, and no probe.
    Void,
}

/// Why a gate let nothing through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The instance failed lately.
    Open,
    /// Probes find out whether it is well again.
    Probing,
    /// It is well again, and this call is not in the share that it gets already.
    Ramping,
    /// Somebody closed it off by hand.
    Forced,
}

/// One change of a gate's phase, for logs and metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// The phase before.
    pub from: Phase,
    /// The phase after.
    pub to: Phase,
    /// What brought it about.
    pub why: Why,
}

/// What brought a change about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Failures in a row.
    Consecutive,
    /// Refused connections in a row.
    Unreachable,
    /// Too large a share of failures.
    FailureRate,
    /// Too large a share of slow calls.
    SlowRate,
    /// Nobody waits for its answers any more.
    Abandoned,
    /// A probe was due.
    ProbeDue,
    /// A probe failed.
    ProbeFailed,
    /// Enough probes succeeded.
    ProbesSucceeded,
    /// The ramp is over.
    RampEnded,
    /// Somebody took or gave back control.
    Reset,
}

// === impl Why ===

impl Why {
    /// As a label, such as `failure_rate`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Consecutive => "consecutive",
            Self::Unreachable => "unreachable",
            Self::FailureRate => "failure_rate",
            Self::SlowRate => "slow_rate",
            Self::Abandoned => "abandoned",
            Self::ProbeDue => "probe_due",
            Self::ProbeFailed => "probe_failed",
            Self::ProbesSucceeded => "probes_succeeded",
            Self::RampEnded => "ramp_ended",
            Self::Reset => "reset",
        }
    }
}

// === impl Control ===

impl Control {
    const ALL: [Self; 4] = [Self::Auto, Self::ForcedOpen, Self::ForcedClosed, Self::MetricsOnly];

    pub(super) fn bits(self) -> u64 {
        match self {
            Self::Auto => 0,
            Self::ForcedOpen => 1,
            Self::ForcedClosed => 2,
            Self::MetricsOnly => 3,
        }
    }

    pub(super) fn of(bits: u64) -> Self {
        Self::ALL[usize::try_from(bits % 4).unwrap_or(0)]
    }
}
