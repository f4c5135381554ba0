//! How long a call through an instance would take: the worst of its latencies, fading, times the calls it already has.
//!
//! This is the peak EWMA of Finagle and tower. A slower answer counts at once and in full, a quicker one only as time
//! passes, so a stalling instance is left before its first timeout: what is in flight there raises its cost already.
//!
//! Two things are different here. An instance with calls in flight that answers none of them is taken to be as slow as
//! that silence is long, the more so the more calls: a black hole is left after the time of an answer, not of a timeout. And what
//! was learnt holds for a while and is then forgotten whole. Were an unknown instance assumed to be slow, a newcomer
//! would never be tried beside a quicker one; were it assumed to be quick, the next burst would go there whole. So it
//! gets one call at a time until it has answered one.
//!
//! It is integer arithmetic in two words, without a lock.

#[cfg(test)]
mod tests;

use std::{
    cmp,
    time::{Duration, Instant},
};

use crate::{
    resilience::epoch::{Epoch, nanos},
    seams::sync::{AtomicU64, Ordering},
};

/// Time in which what was learnt fades to 1/e: Finagle's and linkerd's default.
const DECAY: Duration = Duration::from_secs(10);
/// Time without any sample after which it is forgotten, when a twentieth would be left of it. Then the instance gets a
/// call to find out, which is the price of noticing that a slow one has become quick.
const MEMORY: Duration = Duration::from_secs(30);
/// Least penalty of an instance that turns calls away: linkerd's default.
const PENALTY: Duration = Duration::from_secs(5);
/// Longest wait that an instance can ask for.
const LONGEST_PENALTY: Duration = Duration::from_secs(300);

/// Unit of the latency: 2⁸ ns, so that 32 bits hold 18 minutes.
const UNIT: u32 = 8;
/// Unit of the time stamps: 2²⁰ ns, so that 32 bits hold 52 days, after which they come round.
const TICK: u32 = 20;
const LOW: u64 = 0xFFFF_FFFF;

/// The load of one instance.
#[derive(Debug)]
pub struct Load {
    epoch: Epoch,
    /// Packed as tick of the last sample, latency; a latency of zero is none.
    estimate: AtomicU64,
    in_flight: AtomicU64,
    /// Nanoseconds since the epoch of the last answer, or of the first attempt since nothing was in flight.
    heard_at: AtomicU64,
}

/// An attempt in flight; ends when dropped.
#[derive(Debug)]
#[must_use = "the attempt counts as in flight until this is dropped"]
pub struct InFlight<'l>(&'l Load);

impl Load {
    /// The load of a newcomer.
    pub fn new(epoch: Instant) -> Self {
        let [estimate, in_flight, heard_at] = [0; 3].map(AtomicU64::new);
        Self { epoch: Epoch::new(epoch), estimate, in_flight, heard_at }
    }

    /// Begins an attempt.
    pub fn begin(&self, now: Instant) -> InFlight<'_> {
        if self.in_flight.fetch_add(1, Ordering::Relaxed) == 0 {
            self.heard_at.store(self.epoch.nanos(now), Ordering::Relaxed);
        }
        InFlight(self)
    }

    /// Attempts in flight.
    pub fn in_flight(&self) -> u64 {
        self.in_flight.load(Ordering::Relaxed)
    }

    /// Which of two instances would cost one more call less: latency times calls in flight, that one included.
    pub fn compare(&self, other: &Self, now: Instant) -> cmp::Ordering {
        let (ours, theirs) = (self.in_flight().saturating_add(1), other.in_flight().saturating_add(1));
        match (self.expected(now), other.expected(now)) {
            (Some(our_latency), Some(their_latency)) => {
                our_latency.saturating_mul(ours).cmp(&their_latency.saturating_mul(theirs))
            }
            (None, None) => ours.cmp(&theirs),
            // Chance decides whether the one of which nothing is known gets its one call.
            (None, Some(_)) => {
                if ours > 1 {
                    cmp::Ordering::Greater
                } else {
                    cmp::Ordering::Equal
                }
            }
            (Some(_), None) => {
                if theirs > 1 {
                    cmp::Ordering::Less
                } else {
                    cmp::Ordering::Equal
                }
            }
        }
    }

    /// What is known, raised to what the silence says. Of `n` calls in flight one should end in every `n`-th part of the
    /// latency; half of that is believed, since now and then chance makes a well one silent for so long.
    fn expected(&self, now: Instant) -> Option<u64> {
        let silence = self.epoch.nanos(now).saturating_sub(self.heard_at.load(Ordering::Relaxed)) >> UNIT;
        let said = match self.in_flight() {
            0 => 0,
            some => silence.saturating_mul(some + 1) / 2,
        };
        Some(self.known(now)?.max(said))
    }

    /// The latency that is expected of the instance, while something is known of it.
    pub fn latency(&self, now: Instant) -> Option<Duration> {
        self.known(now).map(|latency| Duration::from_nanos(latency << UNIT))
    }

    /// It answered after `elapsed`.
    pub fn answered(&self, elapsed: Duration, now: Instant) {
        self.heard_at.store(self.epoch.nanos(now), Ordering::Relaxed);
        let (sample, now) = (units(elapsed), self.tick(now));
        self.update(|packed| {
            let excess = (packed & LOW).saturating_sub(sample);
            let age = age(packed, now);
            // Within one tick nothing has faded. Keeping the stamp lets the time add up, however many samples come.
            (excess == 0 || age > 0).then(|| pack(now, sample + scale(excess, age)))
        });
    }

    /// It did not answer within `elapsed`, when the attempt was given up: it takes at least as long.
    pub fn took_at_least(&self, elapsed: Duration, now: Instant) {
        let (sample, now) = (units(elapsed), self.tick(now));
        self.update(|packed| (sample > fresh(packed, now).unwrap_or(0)).then(|| pack(now, sample)));
    }

    /// It turned a call away, and may have asked for a rest: it looks slow for that time, and then is forgotten.
    pub fn turned_away(&self, retry_after: Option<Duration>, now: Instant) {
        let rest = retry_after.unwrap_or_default().clamp(PENALTY, LONGEST_PENALTY);
        // A stamp ahead of the time keeps what it says from fading until then.
        self.took_at_least(PENALTY, now + rest.saturating_sub(MEMORY));
    }

    /// It is well again: what was learnt before says nothing.
    pub fn reset(&self) {
        self.estimate.store(0, Ordering::Relaxed);
    }

    fn known(&self, now: Instant) -> Option<u64> {
        fresh(self.estimate.load(Ordering::Relaxed), self.tick(now))
    }

    fn update(&self, change: impl FnMut(u64) -> Option<u64>) {
        // `None` is no failure: nothing was to be changed.
        let _ = self.estimate.fetch_update(Ordering::Relaxed, Ordering::Relaxed, change);
    }

    fn tick(&self, now: Instant) -> u64 {
        (self.epoch.nanos(now) >> TICK) & LOW
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        self.0.in_flight.fetch_sub(1, Ordering::Relaxed);
    }
}

fn pack(tick: u64, latency: u64) -> u64 {
    (tick << 32) | latency
}

fn units(duration: Duration) -> u64 {
    (nanos(duration) >> UNIT).clamp(1, LOW)
}

/// Ticks since the last sample. A stamp ahead of a late reader's clock is of now.
fn age(packed: u64, now: u64) -> u64 {
    let age = now.wrapping_sub(packed >> 32) & LOW;
    if age > LOW / 2 { 0 } else { age }
}

/// The latency, unless it is too old to say anything.
fn fresh(packed: u64, now: u64) -> Option<u64> {
    const FORGOTTEN: u64 = (MEMORY.as_secs() * 1_000_000_000) >> TICK;
    let latency = packed & LOW;
    (latency > 0 && age(packed, now) < FORGOTTEN).then_some(latency)
}

/// `value` × e^(−`ticks` / `DECAY`), within 1/4000 of it and one unit.
///
/// e^−x is 2^−(x·log₂e): the whole part is a shift, the sixteenths are a table, and between them runs a line.
fn scale(value: u64, ticks: u64) -> u64 {
    /// log₂e · 2³² / `DECAY` in ticks.
    const RATE: u64 = (6_196_328_018_549 << TICK) / (DECAY.as_secs() * 1_000_000_000_000);
    /// 2^(−i/16) · 2³².
    const TABLE: [u64; 17] = [
        4_294_967_296,
        4_112_874_773,
        3_938_502_376,
        3_771_522_796,
        3_611_622_603,
        3_458_501_653,
        3_311_872_529,
        3_171_459_999,
        3_037_000_500,
        2_908_241_642,
        2_784_941_738,
        2_666_869_345,
        2_553_802_834,
        2_445_529_972,
        2_341_847_524,
        2_242_560_872,
        2_147_483_648,
    ];
    let exponent = ticks.saturating_mul(RATE);
    let (halvings, fraction) = (exponent >> 32, exponent & LOW);
    if halvings >= 32 {
        return 0;
    }
    let step = usize::try_from(fraction >> 28).unwrap_or(0);
    let (left, right) = (TABLE[step], TABLE[step + 1]);
    let factor = left - (((left - right) * (fraction & 0x0FFF_FFFF)) >> 28);
    ((value * factor) >> 32) >> halvings
}
