//! A latency that a chosen share of calls exceeds, learned without keeping any of them.
//!
//! Each sample above the estimate raises it by a step, each sample below lowers it by a smaller one, in the proportion
//! that balances when exactly the wanted share lies above (stochastic approximation, as in the frugal sketch of Ma,
//! Muthukrishnan and Sandler, 2013). What it converges to is the share, not a number: a hedge that waits for the p98
//! then starts for 2 % of the calls, whatever their distribution and however it drifts.

use std::{cmp::Ordering, time::Duration};

use super::epoch::nanos;
use crate::seams::sync::{AtomicU64, Ordering::Relaxed};

/// A step is this part of the estimate: a thirty-second, so that a change of scale is learned in some dozens of samples.
const STEP_SHIFT: u32 = 5;
/// The estimate never falls below this, or a step would be nothing: a microsecond.
const LOWEST_NANOS: u64 = 1_000;

/// An estimate of one quantile. Lock-free.
#[derive(Debug, Default)]
pub struct Quantile {
    /// Zero before the first sample.
    nanos: AtomicU64,
}

// === impl Quantile ===

impl Quantile {
    /// A call took so long, or at least so long if it was ended before it could take more. The latency that is wanted is
    /// the one that `above_permille` of a thousand calls exceed; when that changes, the estimate moves there.
    pub fn record(&self, latency: Duration, above_permille: u32) {
        let (sample, above) = (nanos(latency).max(LOWEST_NANOS), u64::from(above_permille.clamp(1, 999)));
        let up = |step: u64| (step * (1000 - above)).div_ceil(1000);
        let down = |step: u64| (step * above).div_ceil(1000);
        // Nothing is clipped to the sample: that would be a bias, and the share would no longer be the wanted one.
        let moved = |now: u64| match sample.cmp(&now) {
            _ if now == 0 => Some(sample),
            Ordering::Greater => Some(now.saturating_add(up(now >> STEP_SHIFT))),
            Ordering::Less => Some((now - down(now >> STEP_SHIFT)).max(LOWEST_NANOS)),
            Ordering::Equal => None,
        };
        let _ = self.nanos.fetch_update(Relaxed, Relaxed, moved);
    }

    /// Forgets whatever was more than this.
    pub fn lower_to(&self, latency: Duration) {
        self.nanos.fetch_min(nanos(latency).max(LOWEST_NANOS), Relaxed);
    }

    /// The latency that the wanted share exceeds; zero before the first sample.
    pub fn estimate(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Relaxed))
    }
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
            let (quantile, rng) = (Quantile::default(), Rng::seeded(above.into()));
            (0..5_000).for_each(|_| quantile.record(sample(&rng), above));
            let mut exceeding = 0;
            for _ in 0..20_000 {
                let latency = sample(&rng);
                exceeding += u32::from(latency > quantile.estimate());
                quantile.record(latency, above);
            }
            let share = exceeding / 20;
            assert!(share.abs_diff(above) <= above / 5 + 1, "{share} of a thousand instead of {above}");
        }
    }

    #[test]
    fn a_change_of_scale_is_followed() {
        let quantile = Quantile::default();
        (0..500).for_each(|_| quantile.record(Duration::from_secs(1), 500));
        assert!(quantile.estimate() > Duration::from_millis(900), "{:?}", quantile.estimate());
        (0..1000).for_each(|_| quantile.record(Duration::from_micros(50), 500));
        assert!(quantile.estimate() < Duration::from_micros(60), "{:?}", quantile.estimate());
    }
}
