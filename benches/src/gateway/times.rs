//! Percentiles of what was measured.

use std::time::Duration;

use serde::Serialize;

/// How long payments took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// Half took no longer.
    pub p50_ms: f64,
    /// All but one in a hundred took no longer.
    pub p99_ms: f64,
    /// All but one in a thousand took no longer.
    pub p999_ms: f64,
}

impl Percentiles {
    /// Of these times; of none, zeros.
    pub fn of(times: &[Duration]) -> Self {
        let mut sorted = times.to_vec();
        sorted.sort_unstable();
        let at = |per_mille| milliseconds(rank(&sorted, per_mille));
        Self { p50_ms: at(500), p99_ms: at(990), p999_ms: at(999) }
    }
}

/// The nearest rank: the smallest time that so many in a thousand did not exceed. No time is made up between two.
fn rank(sorted: &[Duration], per_mille: usize) -> Duration {
    let place = (sorted.len() * per_mille).div_ceil(1_000);
    sorted.get(place.saturating_sub(1)).copied().unwrap_or_default()
}

/// As people read it.
pub fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Percentiles;

    #[test]
    fn a_percentile_is_a_time_that_was_measured() {
        let times: Vec<_> = (1..=1_000).rev().map(Duration::from_millis).collect();
        assert_eq!(Percentiles::of(&times), Percentiles { p50_ms: 500.0, p99_ms: 990.0, p999_ms: 999.0 });
    }

    #[test]
    fn of_few_times_the_longest_stands_for_the_tail() {
        let times = [3, 1, 2].map(Duration::from_millis);
        assert_eq!(Percentiles::of(&times), Percentiles { p50_ms: 2.0, p99_ms: 3.0, p999_ms: 3.0 });
        assert_eq!(Percentiles::of(&[]), Percentiles::default());
    }
}
