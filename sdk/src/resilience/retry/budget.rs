//! What keeps retries from becoming the outage: an allowance that only successes fund.
//!
//! Each call that succeeds at its first attempt, or that the business declines, deposits a fraction of a retry, each
//! retry withdraws one, and deposits expire after ten seconds. When everything fails nothing is deposited, so a dying
//! dependency sees its offered load and almost nothing on top. A small floor lets a quiet process retry at all. Failures
//! never deposit, unlike in tower's budget, and the arithmetic is in thousandths, so that a ratio of 0.3 is 30 % and not
//! 33 %.

use std::{
    array,
    time::{Duration, Instant},
};

use crate::{
    resilience::epoch::{Epoch, millis},
    seams::sync::{AtomicU64, Ordering},
};

#[cfg(all(test, payment_loom))]
mod models;
#[cfg(test)]
mod tests;

/// Thousandths of a retry.
const ONE: u32 = 1000;
/// Seconds until a deposit expires.
const WINDOW: u64 = SLOTS as u64;
/// One slot a second.
const SLOTS: usize = 10;
/// One retry is free in this time, whatever succeeds: the floor of 0.1/s.
pub const FLOOR_EVERY: Duration = Duration::from_secs(10);

/// The allowance of one dependency, shared by all calls to it. Lock-free.
#[derive(Debug)]
pub struct Budget {
    ratio_permille: AtomicU64,
    epoch: Epoch,
    /// Deposits by second, each packed as (second, thousandths).
    slots: [AtomicU64; SLOTS],
    /// Milliseconds after `epoch` from which the next free retry may be taken.
    floor_from: AtomicU64,
}

impl Budget {
    /// A budget that grants `ratio_permille` retries per thousand successes, from `epoch` on. Zero grants none at all.
    pub fn new(ratio_permille: u32, epoch: Instant) -> Self {
        Self {
            ratio_permille: AtomicU64::new(ratio_permille.into()),
            epoch: Epoch::new(epoch),
            slots: array::from_fn(|_| AtomicU64::new(0)),
            floor_from: AtomicU64::new(0),
        }
    }

    /// Grants another ratio from here on.
    pub fn set_ratio(&self, ratio_permille: u32) {
        self.ratio_permille.store(ratio_permille.into(), Ordering::Relaxed);
    }

    fn ratio(&self) -> u32 {
        u32::try_from(self.ratio_permille.load(Ordering::Relaxed)).unwrap_or(u32::MAX)
    }

    /// A call was answered at its first attempt, with a success or a no of the business.
    pub fn deposit(&self, now: Instant) {
        let (second, ratio) = (self.second(now), self.ratio());
        let _ = self.slot(second).fetch_update(Ordering::Relaxed, Ordering::Relaxed, |packed| {
            let (then, amount) = unpack(packed);
            let kept = if then == second { amount } else { 0 };
            Some(pack(second, kept.saturating_add(ratio)))
        });
    }

    /// Takes one retry; false when there is none.
    pub fn withdraw(&self, now: Instant) -> bool {
        self.ratio() > 0 && (self.withdraw_deposits(now) || self.withdraw_floor(now))
    }

    /// Thousandths of a retry deposited and not yet spent or expired.
    pub fn balance(&self, now: Instant) -> u32 {
        let second = self.second(now);
        let live = |slot: &AtomicU64| live_amount(slot.load(Ordering::Relaxed), second);
        self.slots.iter().map(live).fold(0, u32::saturating_add)
    }

    /// Collects one retry's worth, oldest deposits first; puts everything back when it does not suffice.
    fn withdraw_deposits(&self, now: Instant) -> bool {
        let second = self.second(now);
        let mut missing = ONE;
        let mut taken = [0; SLOTS];
        for (age, part) in (0..WINDOW).rev().zip(&mut taken) {
            *part = self.take(second, age, missing);
            missing -= *part;
            if missing == 0 {
                return true;
            }
        }
        for (age, part) in (0..WINDOW).rev().zip(taken) {
            self.put_back(second, age, part);
        }
        false
    }

    /// Takes up to `wanted` from the deposits made `age` seconds ago.
    fn take(&self, second: u64, age: u64, wanted: u32) -> u32 {
        let Some(then) = second.checked_sub(age) else { return 0 };
        let mut part = 0;
        let _ = self.slot(then).fetch_update(Ordering::Relaxed, Ordering::Relaxed, |packed| {
            let (stored, amount) = unpack(packed);
            part = if stored == then { amount.min(wanted) } else { 0 };
            (part > 0).then(|| pack(stored, amount - part))
        });
        part
    }

    fn put_back(&self, second: u64, age: u64, part: u32) {
        if part == 0 {
            return;
        }
        let then = second - age;
        let _ = self.slot(then).fetch_update(Ordering::Relaxed, Ordering::Relaxed, |packed| {
            let (stored, amount) = unpack(packed);
            (stored == then).then(|| pack(stored, amount.saturating_add(part)))
        });
    }

    fn withdraw_floor(&self, now: Instant) -> bool {
        let elapsed = self.epoch.millis(now);
        let free = |from: u64| (from <= elapsed).then_some(elapsed + millis(FLOOR_EVERY));
        self.floor_from.fetch_update(Ordering::Relaxed, Ordering::Relaxed, free).is_ok()
    }

    fn second(&self, now: Instant) -> u64 {
        // One is added so that an untouched slot (second 0) is never taken for a live one.
        self.epoch.seconds(now) + 1
    }

    fn slot(&self, second: u64) -> &AtomicU64 {
        &self.slots[usize::try_from(second % WINDOW).unwrap_or(0)]
    }
}

fn live_amount(packed: u64, second: u64) -> u32 {
    let (then, amount) = unpack(packed);
    if then > 0 && then + WINDOW > second { amount } else { 0 }
}

fn pack(second: u64, amount: u32) -> u64 {
    (second << 32) | u64::from(amount)
}

fn unpack(packed: u64) -> (u64, u32) {
    (packed >> 32, u32::try_from(packed & u64::from(u32::MAX)).unwrap_or(u32::MAX))
}
