//! How many attempts an instance carries at once before more of them only wait.
//!
//! An overloaded server answers late long before it answers with errors, and each caller that waits longer makes it
//! later for the others. So the limit listens to both: it grows by one per limit of successes while it is used, and
//! shrinks by a tenth (the rule of TCP, and of Palantir's dialogue) when attempts are dropped, or when they take half as
//! long again as they do without load (the gradient of Netflix' concurrency-limits, and its tolerance). Late answers do
//! not make it grow either.
//!
//! What they take without load changes, so it is measured again twice a minute. While the limit is little used every
//! call measures it. While it is used to the full, it is halved for a moment: Envoy goes down to three.
//!
//! Attempts that began before a cut say nothing about the limit after it. They neither cut again, so that a hundred
//! simultaneous timeouts are one event, nor are they measured.

#[cfg(all(test, payment_loom))]
mod models;
#[cfg(test)]
mod tests;

use std::time::Instant;

use crate::{
    contract::error::{Error, Result},
    resilience::epoch::Epoch,
    seams::sync::{AtomicU64, Ordering},
};

/// Bounds of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitSettings {
    /// Where it begins, before anything is known.
    pub start: u64,
    /// It never falls below: something must get through, or nothing would be learnt.
    pub min: u64,
    /// It never rises above.
    pub max: u64,
}

/// The adaptive limit of one instance.
#[derive(Debug)]
pub struct Limit {
    settings: LimitSettings,
    epoch: Epoch,
    in_flight: AtomicU64,
    /// Packed as thousandths of the limit, and one bit that halves it for a measurement.
    ceiling: AtomicU64,
    /// Nanoseconds since the epoch: attempts that began earlier are void.
    fresh_from: AtomicU64,
    /// Latencies since the last judgement, packed as count (16 bits), sum in microseconds.
    sample: AtomicU64,
    /// Nanoseconds since the epoch: no judgement before.
    judge_from: AtomicU64,
    /// Mean latency without load, in microseconds; zero when it is not known.
    calm: AtomicU64,
    /// Nanoseconds since the epoch at which it was measured.
    calm_at: AtomicU64,
}

/// The right to have one attempt in flight. Dropped without a word it says nothing about the limit.
#[derive(Debug)]
#[must_use = "the permit is given back when this is dropped"]
pub struct Permit<'l> {
    limit: &'l Limit,
    started: u64,
}

/// Least time between two judgements, and between two cuts.
const PAUSE: u64 = 100_000_000;
/// Fewer latencies than this are noise: the mean of 50 exponential ones is within 14 %.
const ENOUGH: u64 = 50;
/// A measurement holds calls back, so that it ends after this time with what it has, if that is at least [`FEW`].
const MEASURE_FOR: u64 = 1_000_000_000;
const FEW: u64 = 10;
/// Late is more than this share of the latency without load, in thousandths.
const TOLERANCE: u64 = 1500;
/// What remains after a cut, in thousandths.
const CUT: u64 = 900;
/// Age at which the latency without load is measured again.
const CALM_FOR: u64 = 30_000_000_000;
const SUM: u32 = 48;

impl Default for LimitSettings {
    /// Twenty is what dialogue and Netflix start with.
    fn default() -> Self {
        Self { start: 20, min: 3, max: 1000 }
    }
}

impl LimitSettings {
    /// Refuses bounds that leave nothing between them.
    ///
    /// # Errors
    /// A sentence that names the numbers that clash.
    pub fn check(&self) -> Result<()> {
        let Self { start, min, max } = *self;
        if min == 0 || min > start || start > max || max > 1_000_000 {
            let text = format!(
                "the concurrency limit begins at {start}, between {min} and {max}; use 1 <= min <= start <= max <= 1000000"
            );
            return Err(Error::configuration(text));
        }
        Ok(())
    }
}

// === impl Limit ===

impl Limit {
    /// A limit that knows nothing yet.
    pub fn new(settings: LimitSettings, epoch: Instant) -> Self {
        Self {
            settings,
            epoch: Epoch::new(epoch),
            in_flight: AtomicU64::new(0),
            ceiling: AtomicU64::new(Ceiling { milli: settings.start * 1000, measuring: false }.pack()),
            fresh_from: AtomicU64::new(0),
            sample: AtomicU64::new(0),
            judge_from: AtomicU64::new(PAUSE),
            calm: AtomicU64::new(0),
            calm_at: AtomicU64::new(0),
        }
    }

    /// Attempts that may be in flight now.
    pub fn limit(&self) -> u64 {
        self.ceiling().now(&self.settings)
    }

    /// Attempts that are.
    pub fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::Acquire)
    }

    /// Takes a permit, if one is left.
    pub fn try_acquire(&self, now: Instant) -> Option<Permit<'_>> {
        let limit = self.limit();
        let taken = |in_flight: u64| (in_flight < limit).then_some(in_flight + 1);
        self.in_flight.fetch_update(Ordering::AcqRel, Ordering::Acquire, taken).ok()?;
        Some(Permit { limit: self, started: self.epoch.nanos(now) })
    }

    /// True when the limit may be what holds calls back: only then its value is put to the test.
    fn is_used(&self) -> bool {
        self.in_flight() * 2 >= self.limit()
    }

    fn grow(&self) {
        let max = self.settings.max * 1000;
        self.reshape(|Ceiling { milli, measuring }| {
            // Above a thousand that is less than can be written, and must not be nothing.
            let grown = (milli + (1_000_000 / milli).max(1)).min(max);
            (!measuring && grown > milli).then_some(Ceiling { milli: grown, measuring })
        });
    }

    /// Shrinks the limit, unless that was done since the attempt began.
    fn cut(&self, started: u64, at: u64) {
        if self.restart(started, at) {
            let min = self.settings.min * 1000;
            self.reshape(|ceiling| Some(Ceiling { milli: (ceiling.milli * CUT / 1000).max(min), ..ceiling }));
        }
    }

    /// Voids the attempts in flight, unless that was done since this one began or just now. One of many wins.
    fn restart(&self, started: u64, at: u64) -> bool {
        let fresh = self.fresh_from.load(Ordering::Acquire);
        let just_now = fresh > 0 && at < fresh.saturating_add(PAUSE);
        if started < fresh || just_now {
            return false;
        }
        let won = self.fresh_from.compare_exchange(fresh, at.max(1), Ordering::AcqRel, Ordering::Relaxed).is_ok();
        if won {
            self.sample.store(0, Ordering::Relaxed);
        }
        won
    }

    /// Adds a latency, and judges once there are enough of them.
    fn observe(&self, started: u64, micros: u64, at: u64) {
        if started < self.fresh_from.load(Ordering::Acquire) {
            return;
        }
        let seen = self.sample.fetch_add((1 << SUM) | micros, Ordering::Relaxed) >> SUM;
        let due = self.judge_from.load(Ordering::Relaxed);
        if seen + 1 < self.enough(at) || at < due {
            return;
        }
        if self.judge_from.compare_exchange(due, at + PAUSE, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            let sample = self.sample.swap(0, Ordering::Relaxed);
            if let Some(mean) = (sample & ((1 << SUM) - 1)).checked_div(sample >> SUM) {
                self.judge(mean, at);
            }
        }
    }

    /// How many latencies are judged.
    fn enough(&self, at: u64) -> u64 {
        let since = self.fresh_from.load(Ordering::Relaxed);
        let is_overdue = self.ceiling().measuring && at >= since.saturating_add(MEASURE_FOR);
        if is_overdue { FEW } else { ENOUGH }
    }

    /// Compares a mean latency with the one without load. Only one thread is here at a time.
    fn judge(&self, mean: u64, at: u64) {
        let (calm, used) = (self.calm.load(Ordering::Relaxed), self.is_used());
        let stale = calm == 0 || at >= self.calm_at.load(Ordering::Relaxed).saturating_add(CALM_FOR);
        if self.ceiling().measuring {
            self.learn(mean, at);
            self.reshape(|ceiling| Some(Ceiling { measuring: false, ..ceiling }));
        } else if stale && !used {
            self.learn(mean, at);
        } else if stale {
            if self.restart(at, at) {
                self.reshape(|ceiling| Some(Ceiling { measuring: true, ..ceiling }));
            }
        } else if mean < calm {
            // Means scatter: following the least of them would end below what the instance can do.
            self.calm.store(calm - (calm - mean) / 8, Ordering::Relaxed);
        } else if used && is_late(mean, calm) {
            self.cut(at, at);
        }
    }

    /// A rise is believed in part only: the load may be that of other processes.
    fn learn(&self, mean: u64, at: u64) {
        let calm = self.calm.load(Ordering::Relaxed);
        let believed = if calm == 0 { mean } else { mean.min(calm + (mean.saturating_sub(calm)) / 4) };
        self.calm.store(believed, Ordering::Relaxed);
        self.calm_at.store(at, Ordering::Relaxed);
    }

    fn ceiling(&self) -> Ceiling {
        Ceiling::unpack(self.ceiling.load(Ordering::Acquire))
    }

    fn reshape(&self, change: impl Fn(Ceiling) -> Option<Ceiling>) {
        // `None` is no failure: nothing was to be changed.
        let _ = self.ceiling.fetch_update(Ordering::AcqRel, Ordering::Acquire, |packed| {
            change(Ceiling::unpack(packed)).map(Ceiling::pack)
        });
    }
}

fn is_late(micros: u64, calm: u64) -> bool {
    micros * 1000 > calm * TOLERANCE
}

// === impl Permit ===

impl Permit<'_> {
    /// The attempt was answered in a way that says nothing against the limit.
    pub fn succeeded(self, now: Instant) {
        let (limit, at) = (self.limit, self.limit.epoch.nanos(now));
        let micros = (at.saturating_sub(self.started) / 1000).clamp(1, (1 << 32) - 1);
        // What comes late is no reason to send more, nor is anything while nobody knows what late is.
        if !is_late(micros, limit.calm.load(Ordering::Relaxed)) && limit.is_used() {
            limit.grow();
        }
        limit.observe(self.started, micros, at);
    }

    /// The attempt was turned away, timed out or broke: the instance may have too much to do.
    pub fn dropped(self, now: Instant) {
        self.limit.cut(self.started, self.limit.epoch.nanos(now));
    }
}

impl Drop for Permit<'_> {
    fn drop(&mut self) {
        self.limit.in_flight.fetch_sub(1, Ordering::AcqRel);
    }
}

// === impl Ceiling ===

/// The unpacked ceiling.
#[derive(Clone, Copy, Debug)]
struct Ceiling {
    milli: u64,
    measuring: bool,
}

impl Ceiling {
    fn now(self, settings: &LimitSettings) -> u64 {
        let halved = if self.measuring { self.milli / 2 } else { self.milli };
        (halved / 1000).max(settings.min)
    }

    fn pack(self) -> u64 {
        (self.milli << 1) | u64::from(self.measuring)
    }

    fn unpack(packed: u64) -> Self {
        Self { milli: packed >> 1, measuring: packed & 1 == 1 }
    }
}
