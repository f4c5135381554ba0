//! The guess against the sorted samples.
#![allow(clippy::disallowed_methods)]

use std::time::Duration;

use super::Median;
use crate::seams::Rng;

fn median_of(samples: impl Iterator<Item = u64>) -> (u64, u64) {
    let median = Median::new();
    let mut all: Vec<u64> = samples.inspect(|sample| median.observe(Duration::from_micros(*sample))).collect();
    all.sort_unstable();
    let guess = u64::try_from(median.get().as_micros()).unwrap_or(u64::MAX);
    (guess, all[all.len() / 2])
}

#[test]
fn it_comes_near_the_median_of_even_and_of_lopsided_samples() {
    let rng = Rng::seeded(3);
    let even = || 1_000 + rng.bits() % 9_000;
    let lopsided = || if rng.bits().is_multiple_of(10) { 1_000_000 } else { 2_000 + rng.bits() % 500 };
    for (guess, exact) in [median_of((0..5_000).map(|_| even())), median_of((0..5_000).map(|_| lopsided()))] {
        assert!(guess.abs_diff(exact) * 5 < exact, "{guess} for {exact}");
    }
}

#[test]
fn it_follows_a_change_in_fifty_samples_per_doubling() {
    let median = Median::new();
    for (sample, times) in [(10, 1), (80, 150), (10, 150)] {
        (0..times).for_each(|_| median.observe(Duration::from_millis(sample)));
        let guess = median.get().as_millis();
        assert!(guess.abs_diff(u128::from(sample)) <= 1 + u128::from(sample) / 32, "{guess} for {sample}");
    }
}

#[test]
fn nothing_is_known_before_the_first_sample() {
    assert!(Median::new().get().is_zero());
}
