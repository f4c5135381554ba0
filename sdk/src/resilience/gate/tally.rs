//! When enough is enough: the rules by which outcomes open a gate.

use super::{
    settings::{GateSettings, Rate},
    verdict::{Verdict, Why},
    window::{Streak, Streaks, Window},
};

/// What is known about the calls of one instance.
#[derive(Debug)]
pub(super) struct Tally {
    streaks: Streaks,
    window: Window,
}

impl Tally {
    pub(super) fn new() -> Self {
        Self { streaks: Streaks::new(), window: Window::new() }
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        self.streaks.clear();
        self.window.clear();
    }

    /// Adds a verdict, and says why that is enough when it is.
    pub(super) fn add(&self, settings: &GateSettings, verdict: Verdict, second: u64) -> Option<Why> {
        match verdict {
            Verdict::Success => self.window.add(second, false, false),
            Verdict::SlowSuccess => self.window.add(second, false, true),
            Verdict::Failure | Verdict::RateFailure | Verdict::ConnectFailure => self.window.add(second, true, false),
            Verdict::Timeout => self.window.add(second, true, true),
            Verdict::Neutral | Verdict::Cancelled | Verdict::Void => {}
        }
        self.in_a_row(settings, verdict).or_else(|| match verdict {
            Verdict::Success | Verdict::Neutral | Verdict::Cancelled | Verdict::Void => None,
            _ => self.by_rate(settings, second),
        })
    }

    fn in_a_row(&self, settings: &GateSettings, verdict: Verdict) -> Option<Why> {
        match verdict {
            Verdict::Void => None,
            Verdict::Success | Verdict::SlowSuccess => {
                self.streaks.clear();
                None
            }
            // An answer of any kind shows that somebody listens and that somebody waits.
            Verdict::RateFailure | Verdict::Neutral => {
                self.streaks.change(|streak| Streak { unreachable: 0, cancelled: 0, ..streak });
                None
            }
            Verdict::Failure | Verdict::Timeout => {
                let failed = |Streak { failures, .. }| Streak { failures: failures + 1, unreachable: 0, cancelled: 0 };
                (self.streaks.change(failed).failures >= settings.consecutive).then_some(Why::Consecutive)
            }
            Verdict::ConnectFailure => {
                let streak = self.streaks.change(|Streak { failures, unreachable, .. }| Streak {
                    failures: failures + 1,
                    unreachable: unreachable + 1,
                    cancelled: 0,
                });
                let unreachable = (streak.unreachable >= settings.unreachable).then_some(Why::Unreachable);
                unreachable.or_else(|| (streak.failures >= settings.consecutive).then_some(Why::Consecutive))
            }
            Verdict::Cancelled => {
                let streak = self.streaks.change(|streak| Streak { cancelled: streak.cancelled + 1, ..streak });
                (streak.cancelled >= settings.abandoned).then_some(Why::Abandoned)
            }
        }
    }

    fn by_rate(&self, settings: &GateSettings, second: u64) -> Option<Why> {
        let counts = self.window.counts(second);
        let reached =
            |part: u64, rate: Rate| counts.calls >= rate.of_at_least && part * 1000 >= rate.permille * counts.calls;
        if reached(counts.failed, settings.failing) {
            return Some(Why::FailureRate);
        }
        settings.slow.filter(|rate| reached(counts.slow, *rate)).map(|_| Why::SlowRate)
    }
}
