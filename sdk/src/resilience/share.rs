//! Keeps something to a share of the calls, over any ten seconds and not only on average.
//!
//! A bucket that saves what is not used lets twice the share through after a quiet while. So nothing is saved: what is
//! granted is compared with the calls of the same last ten seconds.

use std::{array, time::Instant};

use super::epoch::Epoch;
use crate::seams::sync::{AtomicU64, Ordering};

/// A slot lasts this long.
const SLOT_MILLIS: u64 = 100;
/// Slots in ten seconds, and the one that is being filled.
const SLOTS: usize = 101;
/// Bits of a count; the rest of a word holds the number of its slot.
const COUNT: u32 = 20;
const MOST: u64 = (1 << COUNT) - 1;

/// Counts calls and what was granted beside them. Lock-free.
#[derive(Debug)]
pub struct Share {
    epoch: Epoch,
    /// By slot, packed as number of the slot (24 bits), calls, grants (20 bits each).
    slots: [AtomicU64; SLOTS],
}

// === impl Share ===

impl Share {
    /// Nothing counted yet.
    pub fn new(epoch: Instant) -> Self {
        Self { epoch: Epoch::new(epoch), slots: array::from_fn(|_| AtomicU64::new(0)) }
    }

    /// A call begins.
    pub fn call(&self, now: Instant) {
        self.count(self.slot(now), 1, 0);
    }

    /// Grants one more, if that stays within `permille` of the calls of the last ten seconds.
    pub fn take(&self, permille: u32, now: Instant) -> bool {
        let slot = self.slot(now);
        // Of the oldest slot only a part lies within ten seconds: its grants count, its calls do not.
        let live = |word: &AtomicU64| {
            let (number, calls, grants) = unpack(word.load(Ordering::Relaxed));
            match slot.checked_sub(number)? {
                age if age + 1 < SLOTS as u64 => Some((calls, grants)),
                age if age < SLOTS as u64 => Some((0, grants)),
                _ => None,
            }
        };
        let (calls, grants) =
            self.slots.iter().filter_map(live).fold((0, 0), |(calls, grants), (c, g)| (calls + c, grants + g));
        let granted = (grants + 1) * 1000 <= calls * u64::from(permille);
        if granted {
            self.count(slot, 0, 1);
        }
        granted
    }

    fn count(&self, slot: u64, calls: u64, grants: u64) {
        let place = usize::try_from(slot % SLOTS as u64).unwrap_or(0);
        let _ = self.slots[place].fetch_update(Ordering::Relaxed, Ordering::Relaxed, |packed| {
            let (number, c, g) = unpack(packed);
            let (c, g) = if number == slot { (c, g) } else { (0, 0) };
            Some(pack(slot, (c + calls).min(MOST), (g + grants).min(MOST)))
        });
    }

    /// Numbers of slots begin at one, so that an untouched word is of none. They come round after nineteen days.
    fn slot(&self, now: Instant) -> u64 {
        (self.epoch.millis(now) / SLOT_MILLIS + SLOTS as u64) & ((1 << 24) - 1)
    }
}

fn pack(number: u64, calls: u64, grants: u64) -> u64 {
    (number << (2 * COUNT)) | (calls << COUNT) | grants
}

fn unpack(packed: u64) -> (u64, u64, u64) {
    (packed >> (2 * COUNT), (packed >> COUNT) & MOST, packed & MOST)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::disallowed_methods)]

    use std::time::Duration;

    use super::*;
    use crate::seams::Rng;

    #[test]
    fn no_ten_seconds_see_more_than_the_share() {
        let (epoch, rng) = (Instant::now(), Rng::seeded(5));
        for permille in [10, 20, 100] {
            let (share, mut now, mut calls, mut grants) = (Share::new(epoch), epoch, Vec::new(), Vec::new());
            for _ in 0..20_000 {
                // Quiet and busy times take turns.
                let pause = if calls.len() % 4000 < 2000 { 2 } else { 40 };
                now += rng.up_to(Duration::from_millis(pause));
                share.call(now);
                calls.push(now);
                if share.take(permille, now) {
                    grants.push(now);
                }
            }
            for end in &grants {
                let within = |times: &[Instant]| {
                    times.iter().filter(|at| **at <= *end && *end - **at < Duration::from_secs(10)).count()
                };
                assert!(within(&grants) * 1000 <= within(&calls) * permille as usize, "{permille}");
            }
            assert!(grants.len() * 1000 >= calls.len() * permille as usize * 19 / 20, "{} of {permille}", grants.len());
        }
    }
}
