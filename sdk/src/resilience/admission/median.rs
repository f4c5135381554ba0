//! The median of a stream, in one word: a guess that each sample moves one step towards itself.
//!
//! This is the frugal estimator of Ma, Muthukrishnan and Sandler with steps of 1/64 of the guess. At rest half of the
//! samples push each way, which is the median; after a change it is there in 45 samples per doubling.

use std::time::Duration;

use crate::{
    resilience::epoch::nanos,
    seams::sync::{AtomicU64, Ordering},
};

/// A step is the guess shifted right by this.
const STEP: u32 = 6;

/// The running median of durations.
#[derive(Debug)]
pub(super) struct Median(AtomicU64);

#[cfg(test)]
mod tests;

impl Median {
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    pub(super) fn observe(&self, sample: Duration) {
        let sample = nanos(sample).max(1);
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |guess| {
            let step = (guess >> STEP).max(1);
            Some(match guess {
                0 => sample,
                _ if sample > guess => guess + step,
                _ if sample < guess => guess - step,
                _ => guess,
            })
        });
    }

    /// Half of the samples are shorter; zero before the first.
    pub(super) fn get(&self) -> Duration {
        Duration::from_nanos(self.0.load(Ordering::Relaxed))
    }
}
