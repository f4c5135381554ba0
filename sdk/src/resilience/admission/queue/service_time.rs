//! How long half of the calls take, as far as that is to be believed.
//!
//! A call that is turned away because it cannot finish teaches nothing about how long calls take. If nothing else is sent,
//! one slow minute would turn everybody away for good. So a call a second goes all the same, and when it was quicker than
//! what was believed, that is over at once.

use std::time::{Duration, Instant};

use crate::{
    resilience::{
        epoch::{Epoch, millis},
        quantile::Quantile,
    },
    seams::sync::{AtomicBool, AtomicU64, Ordering::Relaxed},
};

/// The share of calls that take longer, in thousandths.
const HALF: u32 = 500;
/// So long calls are turned away without anything being learnt; then one goes.
const BELIEVED: Duration = Duration::from_secs(1);

/// What is known about the time that calls take. Lock-free.
#[derive(Debug)]
pub(super) struct ServiceTime {
    half: Quantile,
    epoch: Epoch,
    /// Since when calls have been turned away and nothing learnt: milliseconds, from 1; 0 when neither.
    turned_away_since: AtomicU64,
    /// A call is under way that was sent to find out.
    finding_out: AtomicBool,
}

// === impl ServiceTime ===

impl ServiceTime {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            half: Quantile::default(),
            epoch: Epoch::new(now),
            turned_away_since: AtomicU64::new(0),
            finding_out: AtomicBool::new(false),
        }
    }

    /// A call was answered after so long. One that was not teaches nothing here: it may have failed at once.
    pub(super) fn record(&self, elapsed: Duration) {
        if self.turned_away_since.load(Relaxed) != 0 {
            self.turned_away_since.store(0, Relaxed);
            if self.finding_out.swap(false, Relaxed) {
                self.half.lower_to(elapsed);
            }
        }
        self.half.record(elapsed, HALF);
    }

    /// Half of the calls take no longer than this.
    pub(super) fn estimate(&self) -> Duration {
        self.half.estimate()
    }

    /// Whether a call that has so much time left is to be turned away.
    pub(super) fn is_too_long_for(&self, left: Duration, now: Instant) -> bool {
        if left.is_zero() || left >= self.estimate() {
            return left.is_zero();
        }
        let now = self.epoch.millis(now) + 1;
        let since = self.turned_away_since.load(Relaxed);
        let is_due = now.saturating_sub(since) >= millis(BELIEVED);
        if since != 0 && !is_due {
            return true;
        }
        // Of those who ask at the same time one is the first.
        let is_first = self.turned_away_since.compare_exchange(since, now, Relaxed, Relaxed).is_ok();
        let goes = since != 0 && is_first;
        if goes {
            self.finding_out.store(true, Relaxed);
        }
        !goes
    }
}
