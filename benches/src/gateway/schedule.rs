//! When payments are asked for. The times are fixed before the first one, and a late answer moves none of them: a
//! customer does not wait with buying until others have been served. Latencies count from these times, so that what a
//! stall has kept waiting is in them.

use std::time::Duration;

/// So many arrivals, equally far apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    rate: u32,
    count: u64,
}

impl Schedule {
    /// A rate for so many seconds.
    pub fn new(rate: u32, seconds: u32) -> Self {
        Self { rate, count: u64::from(rate) * u64::from(seconds) }
    }

    /// The times, from the beginning on. Each is computed by itself, so that no rounding adds up.
    pub fn arrivals(self) -> impl Iterator<Item = Duration> {
        const SECOND: u128 = 1_000_000_000;
        let rate = u128::from(self.rate.max(1));
        (0..self.count).map(move |number| {
            let nanos = u128::from(number) * SECOND / rate;
            Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Schedule;

    #[test]
    fn arrivals_are_equally_far_apart_and_fill_the_time() {
        let arrivals: Vec<_> = Schedule::new(4, 2).arrivals().collect();
        assert_eq!(arrivals, [0, 250, 500, 750, 1_000, 1_250, 1_500, 1_750].map(Duration::from_millis));
    }

    #[test]
    fn a_rate_that_does_not_divide_a_second_does_not_drift() {
        let schedule = Schedule::new(3, 3_600);
        assert_eq!(schedule.arrivals().count(), 10_800);
        assert_eq!(schedule.arrivals().nth(10_797), Some(Duration::from_secs(3_599)));
    }
}
