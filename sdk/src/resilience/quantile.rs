//! A latency that a chosen share of calls exceeds, learned without keeping any of them.
//!
//! Each sample above the estimate raises it by a step, each sample below lowers it by a smaller one, in the proportion
//! that balances when exactly the wanted share lies above (stochastic approximation, as in the frugal sketch of Ma,
//! Muthukrishnan and Sandler, 2013). What it converges to is the share, not a number: a hedge that waits for the p98
//! then starts for 2 % of the calls, whatever their distribution and however it drifts.

use std::time::Duration;

use crate::seams::sync::{AtomicU64, Ordering};

/// A step is this part of the estimate: a sixteenth, so that a change of scale is learned in some dozens of samples.
const STEP_SHIFT: u32 = 4;
/// The estimate never falls below this, or a step would be nothing: a microsecond.
const LOWEST_NANOS: u64 = 1_000;

/// An estimate of one quantile. Lock-free.
#[derive(Debug)]
pub struct Quantile {
    /// Share of samples above the estimate, in thousandths.
    above_permille: u64,
    nanos: AtomicU64,
}

// === impl Quantile ===

impl Quantile {
    /// Learns the latency that `above_permille` of a thousand calls exceed, beginning at a guess. A guess too low is
    /// corrected in some dozens of calls, one too high, for a small share, in some thousands.
    pub fn new(above_permille: u32, guess: Duration) -> Self {
        Self { above_permille: u64::from(above_permille.clamp(1, 999)), nanos: AtomicU64::new(nanos(guess)) }
    }

    /// A call took so long, or at least so long if it was ended before it could take more.
    pub fn record(&self, latency: Duration) {
        let sample = nanos(latency);
        // Nothing is clipped to the sample: that would be a bias, and the share would no longer be the wanted one.
        let moved = |now: u64| {
            let step = now >> STEP_SHIFT;
            let next = if sample > now {
                now.saturating_add((step * (1000 - self.above_permille)).div_ceil(1000))
            } else {
                now - (step * self.above_permille).div_ceil(1000)
            };
            Some(next.max(LOWEST_NANOS))
        };
        let _ = self.nanos.fetch_update(Ordering::Relaxed, Ordering::Relaxed, moved);
    }

    /// The latency that the wanted share exceeds.
    pub fn estimate(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Relaxed))
    }
}

fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seams::Rng;

    /// Milliseconds between 10 and 110, all equally likely.
    fn sample(rng: &Rng) -> Duration {
        Duration::from_millis(10) + rng.up_to(Duration::from_millis(100))
    }

    #[test]
    fn the_wanted_share_lies_above_the_estimate() {
        for above in [20, 100, 500] {
            let (quantile, rng) = (Quantile::new(above, Duration::from_millis(1)), Rng::seeded(above.into()));
            (0..5_000).for_each(|_| quantile.record(sample(&rng)));
            let mut exceeding = 0;
            for _ in 0..20_000 {
                let latency = sample(&rng);
                exceeding += u32::from(latency > quantile.estimate());
                quantile.record(latency);
            }
            let share = exceeding / 20;
            assert!(share.abs_diff(above) <= above / 5 + 1, "{share} of a thousand instead of {above}");
        }
    }

    #[test]
    fn a_change_of_scale_is_followed() {
        let quantile = Quantile::new(500, Duration::from_millis(1));
        (0..500).for_each(|_| quantile.record(Duration::from_secs(1)));
        assert!(quantile.estimate() > Duration::from_millis(900), "{:?}", quantile.estimate());
        (0..500).for_each(|_| quantile.record(Duration::from_micros(50)));
        assert!(quantile.estimate() < Duration::from_micros(60), "{:?}", quantile.estimate());
    }
}
