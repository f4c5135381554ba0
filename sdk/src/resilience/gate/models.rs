//! What holds for a gate in every order in which threads can meet.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use loom::thread;

use super::{Control, Gate, GateSettings, Phase, Verdict, Why, window::Window};
use crate::{contract::operation::Tier, seams::sync::explore};

/// A gate that one failure opens and one probe closes, and how often each happened.
fn gate() -> (Arc<Gate>, Arc<[AtomicU64; 2]>, Instant) {
    let settings = GateSettings { consecutive: 1, probes_needed: 1, ..GateSettings::of(Tier::Critical) };
    let counts = Arc::new([AtomicU64::new(0), AtomicU64::new(0)]);
    let (heard, now) = (Arc::clone(&counts), Instant::now());
    let gate = Gate::new(settings, now, move |change| match change.why {
        Why::Consecutive | Why::ProbeFailed => _ = heard[0].fetch_add(1, Ordering::Relaxed),
        Why::ProbesSucceeded => _ = heard[1].fetch_add(1, Ordering::Relaxed),
        _ => {}
    });
    (Arc::new(gate), counts, now)
}

fn fail(gate: &Gate, now: Instant) {
    gate.admit(now, 0, false).unwrap().record(Verdict::Failure, now);
}

/// Whatever happened, the gate lets calls or a probe through in the end.
fn assert_not_stuck(gate: &Gate, now: Instant) {
    let later = now + Duration::from_secs(60);
    assert!(gate.admit(later, 0, false).is_ok() || gate.probe_due(later, 0).is_some());
}

#[test]
fn failures_at_once_open_it_once() {
    explore(None, || {
        let (gate, counts, now) = gate();
        let threads: Vec<_> = (0..2)
            .map(|_| {
                let gate = Arc::clone(&gate);
                thread::spawn(move || {
                    if let Ok(pass) = gate.admit(now, 0, false) {
                        pass.record(Verdict::Failure, now);
                    }
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!((gate.phase(now), counts[0].load(Ordering::Relaxed)), (Phase::Open, 1));
    });
}

#[test]
fn one_of_many_gets_the_probe_and_gives_it_back() {
    explore(None, || {
        let (gate, _, now) = gate();
        fail(&gate, now);
        let due = now + Duration::from_millis(1300);
        let out = Arc::new(AtomicU64::new(0));
        let ask = {
            let (gate, out) = (Arc::clone(&gate), Arc::clone(&out));
            move || {
                if let Some(probe) = gate.probe_due(due, 0) {
                    assert_eq!(out.fetch_add(1, Ordering::Relaxed), 0, "two probes at a time");
                    thread::yield_now();
                    out.fetch_sub(1, Ordering::Relaxed);
                    drop(probe);
                }
            }
        };
        let other = thread::spawn(ask.clone());
        ask();
        other.join().unwrap();
        assert!(gate.probe_due(due, 0).is_some(), "a dropped probe frees its place");
    });
}

#[test]
fn an_overdue_verdict_and_a_new_probe_do_not_mix() {
    explore(None, || {
        let (gate, counts, now) = gate();
        fail(&gate, now);
        let due = now + Duration::from_millis(1300);
        let late = due + gate.settings().probe_patience;
        let other = {
            let gate = Arc::clone(&gate);
            thread::spawn(move || {
                if let Some(second) = gate.probe_due(late, 0) {
                    second.record(Verdict::Failure, late);
                }
            })
        };
        if let Some(first) = gate.probe_due(due, 0) {
            thread::yield_now();
            first.record(Verdict::Success, late);
        }
        other.join().unwrap();
        let [opened, recovered] = [0, 1].map(|which| counts[which].load(Ordering::Relaxed));
        assert!(opened <= 2 && recovered <= 1);
        assert_not_stuck(&gate, late);
    });
}

#[test]
fn a_call_from_before_neither_closes_nor_opens_it() {
    explore(None, || {
        let (gate, counts, now) = gate();
        let recovered = now + Duration::from_millis(1300);
        let stale = {
            let gate = Arc::clone(&gate);
            let (asked, ask) = loom::sync::mpsc::channel();
            let thread = thread::spawn(move || {
                let pass = gate.admit(now, 0, false).unwrap();
                asked.send(()).unwrap();
                pass.record(Verdict::Failure, recovered);
            });
            ask.recv().unwrap();
            thread
        };
        // It may still be counted before the gate opens; not after.
        if let Ok(pass) = gate.admit(now, 0, false) {
            pass.record(Verdict::Failure, now);
        }
        if let Some(probe) = gate.probe_due(recovered, 0) {
            probe.record(Verdict::Success, recovered);
        }
        stale.join().unwrap();
        assert_eq!(counts[0].load(Ordering::Relaxed), 1);
        assert_not_stuck(&gate, recovered);
    });
}

#[test]
fn control_taken_in_the_middle_leaves_it_usable() {
    explore(Some(3), || {
        let (gate, _, now) = gate();
        let other = {
            let gate = Arc::clone(&gate);
            thread::spawn(move || gate.set_control(Control::ForcedOpen))
        };
        if let Ok(pass) = gate.admit(now, 0, false) {
            pass.record(Verdict::Failure, now);
        }
        other.join().unwrap();
        gate.set_control(Control::Auto);
        assert_eq!(gate.phase(now), Phase::Closed);
        assert!(gate.admit(now, 0, false).is_ok());
    });
}

#[test]
fn no_count_of_a_window_is_lost_within_a_second() {
    explore(None, || {
        let window = Arc::new(Window::new());
        let other = {
            let window = Arc::clone(&window);
            thread::spawn(move || window.add(7, true, false))
        };
        window.add(7, false, true);
        other.join().unwrap();
        let counts = window.counts(7);
        assert_eq!((counts.calls, counts.failed, counts.slow), (2, 1, 1));
        assert_eq!(window.counts(17).calls, 0);
    });
}
