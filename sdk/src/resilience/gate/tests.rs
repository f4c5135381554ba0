//! What a gate promises, with a clock that only the test moves.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use super::{Change, Control, Gate, GateSettings, Pass, Phase, Probing, Refused, Verdict, Why};
use crate::{contract::operation::Tier, resilience::settings::TierSettings, seams::Rng};

/// A gate, its time and what it told.
struct Bench {
    gate: Gate,
    now: Instant,
    changes: Arc<Mutex<Vec<Change>>>,
    rng: Rng,
}

const MS: Duration = Duration::from_millis(1);

impl Bench {
    fn new(settings: GateSettings) -> Self {
        let changes = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&changes);
        let now = Instant::now();
        let gate = Gate::new(settings, now, move |change| heard.lock().unwrap().push(change));
        Self { gate, now, changes, rng: Rng::seeded(7) }
    }

    fn critical() -> Self {
        Self::new(GateSettings::of(Tier::Critical))
    }

    fn in_band() -> Self {
        Self::new(GateSettings::of(Tier::Critical).with_probing(Probing::InBand))
    }

    fn wait(&mut self, time: Duration) {
        self.now += time;
    }

    fn admit(&self) -> Result<Pass<'_>, Refused> {
        self.gate.admit(self.now, self.rng.bits(), true)
    }

    fn call(&self, verdict: Verdict) {
        self.admit().unwrap().record(verdict, self.now);
    }

    fn calls(&self, times: usize, verdict: Verdict) {
        (0..times).for_each(|_| self.call(verdict));
    }

    fn phase(&self) -> Phase {
        self.gate.phase(self.now)
    }

    fn whys(&self) -> Vec<Why> {
        self.changes.lock().unwrap().iter().map(|change| change.why).collect()
    }

    fn probe(&self) -> Option<Pass<'_>> {
        self.gate.probe_due(self.now, self.rng.bits())
    }

    /// Waits until a probe is due, for no longer than the longest wait.
    fn wait_for_probe(&mut self) -> Pass<'_> {
        let longest = self.gate.settings().probe_every * 5 / 4;
        self.wait(longest);
        self.probe().unwrap()
    }

    fn probe_succeeds(&mut self) {
        drop(self.wait_for_probe());
        self.probe().unwrap().record(Verdict::Success, self.now);
    }
}

#[test]
fn failures_in_a_row_open_it_at_any_rate_of_calls() {
    for (tier, needed) in [(Tier::Critical, 5), (Tier::Standard, 5), (Tier::BestEffort, 3)] {
        let mut bench = Bench::new(GateSettings::of(tier));
        for _ in 1..needed {
            bench.call(Verdict::Failure);
            bench.wait(60_000 * MS);
        }
        assert_eq!(bench.phase(), Phase::Closed);
        bench.call(Verdict::Timeout);
        assert_eq!(bench.phase(), Phase::Open, "{tier}");
        assert_eq!(bench.whys(), [Why::Consecutive]);
        assert_eq!(bench.admit().err(), Some(Refused::Open));
    }
}

#[test]
fn three_refused_connections_are_enough() {
    let bench = Bench::critical();
    bench.calls(3, Verdict::ConnectFailure);
    assert_eq!(bench.whys(), [Why::Unreachable]);
}

#[test]
fn a_success_ends_the_row() {
    let bench = Bench::critical();
    for _ in 0..50 {
        bench.calls(6, Verdict::Success);
        bench.calls(4, Verdict::Failure);
    }
    assert_eq!(bench.phase(), Phase::Closed);
}

#[test]
fn half_of_ten_calls_open_it_and_the_window_really_slides() {
    let mut bench = Bench::critical();
    bench.wait(9_900 * MS);
    let failed = |bench: &Bench| {
        bench.calls(2, Verdict::Failure);
        bench.call(Verdict::Success);
    };
    failed(&bench);
    failed(&bench);
    // Ten seconds that begin in the middle of anybody's fixed window.
    bench.wait(5_000 * MS);
    failed(&bench);
    assert_eq!(bench.phase(), Phase::Closed, "nine calls prove nothing");
    bench.call(Verdict::Failure);
    assert_eq!(bench.whys(), [Why::FailureRate]);
}

#[test]
fn what_is_older_than_ten_seconds_does_not_count() {
    let mut bench = Bench::critical();
    for _ in 0..3 {
        bench.calls(2, Verdict::Failure);
        bench.call(Verdict::Success);
        bench.wait(2_500 * MS);
    }
    bench.wait(8_000 * MS);
    bench.call(Verdict::Failure);
    assert_eq!(bench.phase(), Phase::Closed);
}

#[test]
fn shed_calls_count_in_the_rate_and_never_in_a_row() {
    let bench = Bench::critical();
    bench.calls(9, Verdict::RateFailure);
    assert_eq!(bench.phase(), Phase::Closed);
    bench.call(Verdict::RateFailure);
    assert_eq!(bench.whys(), [Why::FailureRate]);
}

#[test]
fn slow_answers_open_it_and_a_best_effort_instance_may_be_slow() {
    let bench = Bench::critical();
    bench.calls(20, Verdict::SlowSuccess);
    assert_eq!(bench.whys(), [Why::SlowRate]);
    let patient = Bench::new(GateSettings::of(Tier::BestEffort));
    patient.calls(200, Verdict::SlowSuccess);
    assert_eq!(patient.phase(), Phase::Closed);
    let settings = GateSettings::of(Tier::Critical);
    assert!(!settings.is_slow(800 * MS, 1000 * MS) && settings.is_slow(801 * MS, 1000 * MS));
}

#[test]
fn answers_of_any_kind_and_cancellations_among_them_never_open_it() {
    let bench = Bench::critical();
    for turn in 0..2_000 {
        bench.call(Verdict::Cancelled);
        bench.call(Verdict::Void);
        drop(bench.admit().unwrap());
        if turn % 5 == 0 {
            bench.call(Verdict::Neutral);
        }
    }
    assert_eq!(bench.phase(), Phase::Closed);
}

#[test]
fn an_instance_whose_calls_are_all_given_up_is_failing() {
    let bench = Bench::critical();
    for _ in 0..20 {
        drop(bench.admit().unwrap());
    }
    assert_eq!(bench.whys(), [Why::Abandoned]);
    let unsent = Bench::critical();
    unsent.calls(100, Verdict::Void);
    assert_eq!(unsent.phase(), Phase::Closed, "what was never sent says nothing");
}

#[test]
fn a_refusal_of_the_gate_counts_nowhere() {
    let mut bench = Bench::critical();
    bench.calls(5, Verdict::Failure);
    for _ in 0..1000 {
        assert!(bench.admit().is_err());
    }
    for _ in 0..2 {
        bench.probe_succeeds();
    }
    assert_eq!(bench.phase(), Phase::Ramping);
}

#[test]
fn probes_come_one_at_a_time_and_two_of_them_let_the_load_return_by_steps() {
    let mut bench = Bench::critical();
    bench.calls(5, Verdict::Failure);
    assert!(bench.probe().is_none(), "not at once");
    let opened = bench.now;
    bench.wait(1_250 * MS);
    let probe = bench.probe().unwrap();
    assert!(probe.is_probe() && bench.probe().is_none());
    assert_eq!((bench.phase(), bench.admit().err()), (Phase::HalfOpen, Some(Refused::Probing)));
    probe.record(Verdict::Success, bench.now);
    bench.wait(250 * MS);
    bench.probe().unwrap().record(Verdict::Success, bench.now);
    assert!(bench.now - opened <= 2_000 * MS, "first traffic within two seconds");

    for share in [250, 500, 1000] {
        assert_eq!(bench.phase(), Phase::Ramping);
        let passed =
            (0..10_000).filter(|_| bench.admit().map(|pass| pass.record(Verdict::Void, bench.now)).is_ok()).count();
        assert!(passed.abs_diff(share * 10) < 200, "{passed} of 10000 at {share} thousandths");
        bench.wait(1_000 * MS);
    }
    assert_eq!(bench.phase(), Phase::Closed);
    assert_eq!(bench.whys(), [Why::Consecutive, Why::ProbeDue, Why::ProbesSucceeded, Why::RampEnded]);
}

#[test]
fn a_probe_that_is_dropped_or_overdue_frees_its_place() {
    let mut bench = Bench::critical();
    bench.calls(5, Verdict::Failure);
    drop(bench.wait_for_probe());
    let hung = bench.probe().unwrap();
    assert!(bench.probe().is_none());
    let late = bench.now + bench.gate.settings().probe_patience;
    let second = bench.gate.probe_due(late, 0).unwrap();
    hung.record(Verdict::Failure, late);
    assert_eq!(bench.gate.phase(late), Phase::HalfOpen, "an overdue verdict is void");
    second.record(Verdict::Success, late);
    assert!(bench.gate.probe_due(late + bench.gate.settings().probe_every, 0).is_some());
}

#[test]
fn a_failed_probe_opens_it_again_and_in_band_the_wait_doubles_up_to_its_cap() {
    let mut bench = Bench::in_band();
    bench.calls(5, Verdict::Failure);
    for expected in [1, 2, 4, 8, 8, 8].map(|seconds| seconds * 1000 * MS) {
        bench.wait(expected * 3 / 4 - MS);
        assert!(bench.admit().is_err(), "before {expected:?} less a quarter");
        bench.wait(expected / 2 + MS);
        let pass = bench.admit().unwrap();
        assert!(pass.is_probe() && bench.admit().is_err());
        pass.record(Verdict::Failure, bench.now);
    }
}

#[test]
fn a_money_call_is_never_a_probe() {
    let mut bench = Bench::in_band();
    bench.calls(5, Verdict::Failure);
    bench.wait(60_000 * MS);
    assert_eq!(bench.gate.admit(bench.now, 0, false).err(), Some(Refused::Open));
    assert!(bench.gate.admit(bench.now, 0, true).unwrap().is_probe());
    let mut out_of_band = Bench::critical();
    out_of_band.calls(5, Verdict::Failure);
    out_of_band.wait(60_000 * MS);
    assert!(out_of_band.admit().is_err(), "the prober takes the risk, not a caller");
}

#[test]
fn a_call_from_before_changes_nothing_after() {
    let mut bench = Bench::critical();
    let at = bench.now;
    let held: Vec<_> = (0..100).map(|chance| bench.gate.admit(at, chance, false).unwrap()).collect();
    let gate = &bench.gate;
    for chance in 0..5 {
        gate.admit(at, chance, false).unwrap().record(Verdict::Failure, at);
    }
    let mut held = held.into_iter();
    held.by_ref().take(30).for_each(|pass| pass.record(Verdict::Success, at));
    assert_eq!(gate.phase(at), Phase::Open, "late successes do not close it");
    let mut now = at;
    for _ in 0..2 {
        now += 1_250 * MS;
        gate.probe_due(now, 1).unwrap().record(Verdict::Success, now);
    }
    held.for_each(|pass| pass.record(Verdict::Failure, now));
    assert_eq!(gate.phase(now), Phase::Ramping, "late failures do not open it");
    bench.now = now;
    bench.wait(3_000 * MS);
    assert_eq!(bench.phase(), Phase::Closed);
}

#[test]
fn failures_while_ramping_open_it_again() {
    let mut bench = Bench::critical();
    bench.calls(5, Verdict::Failure);
    for _ in 0..2 {
        bench.probe_succeeds();
    }
    for _ in 0..5 {
        bench.gate.admit(bench.now, 0, false).unwrap().record(Verdict::Failure, bench.now);
    }
    assert_eq!(bench.phase(), Phase::Open);
}

#[test]
fn it_can_be_held_open_held_closed_and_watched() {
    let bench = Bench::critical();
    bench.gate.set_control(Control::ForcedOpen);
    assert_eq!(bench.admit().err(), Some(Refused::Forced));
    bench.gate.set_control(Control::ForcedClosed);
    bench.calls(100, Verdict::Failure);
    assert_eq!(bench.phase(), Phase::Closed);
    bench.gate.set_control(Control::MetricsOnly);
    bench.calls(100, Verdict::Failure);
    assert_eq!(bench.phase(), Phase::Open);
    bench.gate.set_control(Control::Auto);
    bench.call(Verdict::Failure);
    assert_eq!(bench.phase(), Phase::Closed, "it starts from closed, without memories");
}

#[test]
fn an_overruled_gate_does_not_count_what_it_would_have_refused() {
    let bench = Bench::critical();
    bench.calls(5, Verdict::Failure);
    bench.gate.overrule(bench.now, 1).record(Verdict::Success, bench.now);
    assert_eq!(bench.phase(), Phase::Open);
}

#[test]
fn jitter_stays_within_a_quarter_and_is_used() {
    let settings = GateSettings::of(Tier::Standard);
    let rng = Rng::seeded(1);
    let waits: Vec<u64> = (0..1000).map(|_| settings.until_probe(1, rng.bits())).collect();
    assert!(waits.iter().all(|wait| (1500..=2500).contains(wait)));
    assert!(waits.iter().max().unwrap() - waits.iter().min().unwrap() > 900);
}

#[test]
fn a_probe_may_take_longer_than_an_attempt() {
    for tier in Tier::ALL {
        assert!(GateSettings::of(tier).probe_patience > TierSettings::of(tier).attempt_timeout, "{tier}");
    }
}

#[test]
fn settings_that_clash_are_refused_with_a_sentence() {
    assert!(Tier::ALL.into_iter().all(|tier| GateSettings::of(tier).check().is_ok()));
    let settings = GateSettings { open_base: 9_000 * MS, ..GateSettings::of(Tier::Critical) };
    assert!(settings.check().unwrap_err().to_string().contains("above its cap"));
    let settings = GateSettings { consecutive: 0, ..GateSettings::of(Tier::Critical) };
    assert!(settings.check().is_err());
}
