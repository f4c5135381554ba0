//! The load against the formula that it stands for.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::float_arithmetic)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use std::{
    cmp::Ordering,
    time::{Duration, Instant},
};

use proptest::prelude::{prop_assert, proptest};

use super::{Load, TICK, scale};

const MS: Duration = Duration::from_millis(1);

proptest! {
    #[test]
    fn integer_decay_stays_within_its_bound_of_the_exponential(value in 1_u64..1 << 32, ticks in 0_u64..200_000) {
        let seconds = ((ticks << TICK) as f64) / 1e9;
        let exact = value as f64 * (-seconds / 10.0).exp();
        let got = scale(value, ticks) as f64;
        prop_assert!((got - exact).abs() <= exact / 4000.0 + 1.0, "{got} for {exact}");
    }

    #[test]
    fn the_estimate_follows_the_peak_ewma_formula(samples in proptest::collection::vec((1_u64..400, 10_u64..3000), 1..40)) {
        let mut now = Instant::now();
        let load = Load::new(now);
        let mut exact = 0.0_f64;
        for (latency, pause) in samples {
            now += pause as u32 * MS;
            let weight = (-(pause as f64) / 10_000.0).exp();
            let latency_ms = latency as f64;
            exact = latency_ms + (exact - latency_ms).max(0.0) * weight;
            load.answered(latency as u32 * MS, now);
            let got = load.latency(now).unwrap().as_secs_f64() * 1000.0;
            prop_assert!((got - exact).abs() <= exact * 0.01 + 0.01, "{got} for {exact}");
        }
    }
}

#[test]
fn a_slow_answer_counts_at_once_and_quick_ones_only_with_time() {
    let start = Instant::now();
    let load = Load::new(start);
    let at = |ms: u32| load.latency(start + ms * MS).unwrap();
    load.answered(400 * MS, start + 10 * MS);
    assert!(at(10) >= 399 * MS);
    // A thousand quick answers within one millisecond, and a thousand spread over a minute.
    (0..1000).for_each(|_| load.answered(MS, start + 11 * MS));
    assert!(at(11) >= 398 * MS);
    (0..1000).for_each(|turn| load.answered(MS, start + turn * 60 * MS));
    assert!(at(60_000) < 3 * MS);
}

#[test]
fn many_answers_a_millisecond_do_not_stop_the_fading() {
    let start = Instant::now();
    let load = Load::new(start);
    load.answered(400 * MS, start);
    (0..200_000).for_each(|turn: u32| load.answered(MS, start + turn * Duration::from_micros(100)));
    assert!(load.latency(start + 20_000 * MS).unwrap() < 60 * MS);
}

#[test]
fn what_is_in_flight_raises_the_cost_before_any_answer() {
    let start = Instant::now();
    let [quick, slow] = [10, 25].map(|ms| {
        let load = Load::new(start);
        load.answered(ms * MS, start);
        load
    });
    assert_eq!(quick.compare(&slow, start), Ordering::Less);
    let flights = [quick.begin(start), quick.begin(start)];
    assert_eq!(quick.compare(&slow, start), Ordering::Greater);
    drop(flights);
    assert_eq!((quick.compare(&slow, start), quick.in_flight()), (Ordering::Less, 0));
}

#[test]
fn an_instance_of_which_nothing_is_known_gets_one_call_and_not_a_burst() {
    let start = Instant::now();
    let (known, newcomer) = (Load::new(start), Load::new(start));
    known.answered(MS, start);
    assert_eq!(newcomer.compare(&known, start), Ordering::Equal, "chance decides, so that it is tried");
    let _first = newcomer.begin(start);
    let _busy: Vec<_> = (0..9).map(|_| known.begin(start)).collect();
    assert_eq!(newcomer.compare(&known, start), Ordering::Greater);
    assert_eq!(known.compare(&newcomer, start), Ordering::Less);
}

#[test]
fn what_was_learnt_is_forgotten_after_a_while_without_calls() {
    let start = Instant::now();
    let load = Load::new(start);
    load.answered(500 * MS, start);
    assert!(load.latency(start + 29_000 * MS).is_some());
    assert_eq!(load.latency(start + 31_000 * MS), None);
}

#[test]
fn silence_counts_as_latency_long_before_a_timeout() {
    let start = Instant::now();
    let [silent, quick] = [(); 2].map(|()| {
        let load = Load::new(start);
        load.answered(10 * MS, start);
        load
    });
    let _lost = silent.begin(start);
    let _busy: Vec<_> = (0..4).map(|_| quick.begin(start)).collect();
    assert_eq!(silent.compare(&quick, start + MS), Ordering::Less);
    quick.answered(10 * MS, start + 29 * MS);
    assert_eq!(silent.compare(&quick, start + 30 * MS), Ordering::Greater, "thirty silent milliseconds twice");
}

#[test]
fn the_more_is_in_flight_the_sooner_silence_counts() {
    let start = Instant::now();
    let [silent, heard] = [(); 2].map(|()| {
        let load = Load::new(start);
        load.answered(40 * MS, start);
        load
    });
    let _both: Vec<_> = (0..4).flat_map(|_| [silent.begin(start), heard.begin(start)]).collect();
    heard.answered(40 * MS, start + 9 * MS);
    assert_eq!(silent.compare(&heard, start + 9 * MS), Ordering::Equal);
    assert_eq!(silent.compare(&heard, start + 20 * MS), Ordering::Greater, "one of four should have ended by now");
}

#[test]
fn a_given_up_attempt_is_a_lower_bound() {
    let start = Instant::now();
    let load = Load::new(start);
    load.answered(30 * MS, start);
    load.took_at_least(10 * MS, start);
    assert!(load.latency(start).unwrap() >= 29 * MS, "shorter than what is known says nothing");
    load.took_at_least(1_000 * MS, start);
    assert!(load.latency(start).unwrap() >= 999 * MS);
}

#[test]
fn who_turns_calls_away_looks_slow_for_as_long_as_it_asks_up_to_five_minutes() {
    let start = Instant::now();
    for (asked, rests) in [(None, 5), (Some(1), 5), (Some(60), 60), (Some(86_400), 300)] {
        let load = Load::new(start);
        load.turned_away(asked.map(Duration::from_secs), start);
        let at = |seconds: u64| load.latency(start + Duration::from_secs(seconds));
        assert!(at(0).unwrap() > 4_990 * MS && at(rests - 1).is_some(), "{asked:?}");
        assert_eq!(at(rests.max(30) + 1), None, "{asked:?}");
    }
}

#[test]
fn recovery_makes_a_newcomer_of_it() {
    let start = Instant::now();
    let load = Load::new(start);
    load.turned_away(None, start);
    load.reset();
    assert_eq!(load.latency(start), None);
}
