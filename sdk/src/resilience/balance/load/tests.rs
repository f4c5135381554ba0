//! The load against the formula that it stands for.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, clippy::float_arithmetic)]
#![allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use std::time::{Duration, Instant};

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
        let mut exact = 30.0_f64;
        for (latency, pause) in samples {
            now += pause as u32 * MS;
            let weight = (-(pause as f64) / 10_000.0).exp();
            let latency_ms = latency as f64;
            exact = latency_ms + (exact - latency_ms).max(0.0) * weight;
            load.answered(latency as u32 * MS, now);
            let got = load.latency(now).as_secs_f64() * 1000.0;
            prop_assert!((got - exact).abs() <= exact * 0.01 + 0.01, "{got} for {exact}");
        }
    }
}

#[test]
fn a_slow_answer_counts_at_once_and_quick_ones_only_with_time() {
    let start = Instant::now();
    let load = Load::new(start);
    load.answered(400 * MS, start + 10 * MS);
    assert!(load.latency(start + 10 * MS) >= 399 * MS);
    // A thousand quick answers within one millisecond, and a thousand spread over a minute.
    (0..1000).for_each(|_| load.answered(MS, start + 11 * MS));
    assert!(load.latency(start + 11 * MS) >= 398 * MS);
    (0..1000).for_each(|turn| load.answered(MS, start + turn * 60 * MS));
    assert!(load.latency(start + 60_000 * MS) < 3 * MS);
}

#[test]
fn many_answers_a_millisecond_do_not_stop_the_fading() {
    let start = Instant::now();
    let load = Load::new(start);
    load.answered(400 * MS, start);
    (0..200_000).for_each(|turn: u32| load.answered(MS, start + turn * Duration::from_micros(100)));
    assert!(load.latency(start + 20_000 * MS) < 60 * MS);
}

#[test]
fn what_is_in_flight_raises_the_cost_before_any_answer() {
    let start = Instant::now();
    let load = Load::new(start);
    let alone = load.cost(start);
    let flights: Vec<_> = (0..9).map(|_| load.begin()).collect();
    assert_eq!(load.cost(start), alone * 10);
    drop(flights);
    assert_eq!((load.cost(start), load.in_flight()), (alone, 0));
}

#[test]
fn an_idle_instance_does_not_become_free() {
    let start = Instant::now();
    let load = Load::new(start);
    load.answered(2 * MS, start + 100_000 * MS);
    let later = load.latency(start + 10_000_000 * MS);
    assert!(later > MS && later < 30 * MS, "{later:?}");
}

#[test]
fn a_given_up_attempt_is_a_lower_bound() {
    let start = Instant::now();
    let load = Load::new(start);
    load.took_at_least(10 * MS, start);
    assert!(load.latency(start) >= 29 * MS, "shorter than what is known says nothing");
    load.took_at_least(1_000 * MS, start);
    assert!(load.latency(start) >= 999 * MS);
}

#[test]
fn a_penalty_is_at_least_five_seconds_at_most_five_minutes_and_fades() {
    let start = Instant::now();
    for (asked, expected) in [(None, 5), (Some(1), 5), (Some(60), 60), (Some(86_400), 300)] {
        let load = Load::new(start);
        load.turned_away(asked.map(Duration::from_secs), start);
        let expected = Duration::from_secs(expected);
        assert!(load.latency(start) <= expected && load.latency(start) > expected - MS, "{asked:?}");
        let faded = load.latency(start + 100_000 * MS);
        assert!(faded < expected / 100 + 30 * MS, "{faded:?}");
    }
}

#[test]
fn recovery_makes_a_newcomer_of_it() {
    let start = Instant::now();
    let load = Load::new(start);
    load.turned_away(None, start);
    load.reset(start);
    assert!(load.latency(start) <= 30 * MS);
}
