//! What happened at an instance: in the last ten seconds, and in a row.

use std::array;

use crate::seams::sync::{AtomicU64, Ordering};

/// Seconds that the window covers, the current one included; one slot each.
const SLOTS: u64 = 10;
/// Most that a slot counts. It then stops counting, all at once, so that the shares stay true.
const FULL: u64 = 0xFFFF;

/// Counts of the last ten seconds. It really slides: each second replaces the one ten seconds ago, so that no
/// boundary hides a failure that happened just before it.
#[derive(Debug)]
pub(super) struct Window {
    /// Packed as second, calls, failed, slow, 16 bits each. The low bits of the second suffice: a slot would have to be
    /// left alone for 3.8 days, to the second, to be taken for a live one.
    slots: [AtomicU64; 10],
}

/// What the window holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) calls: u64,
    pub(super) failed: u64,
    pub(super) slow: u64,
}

/// Outcomes in a row, packed as failures, refused connections, cancelled calls.
#[derive(Debug)]
pub(super) struct Streaks(AtomicU64);

/// The unpacked streaks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Streak {
    pub(super) failures: u64,
    pub(super) unreachable: u64,
    pub(super) cancelled: u64,
}

// === impl Window ===

impl Window {
    pub(super) fn new() -> Self {
        Self { slots: array::from_fn(|_| AtomicU64::new(0)) }
    }

    /// Counts one call that ended in this second.
    pub(super) fn add(&self, second: u64, failed: bool, slow: bool) {
        let _ = self.slot(second).fetch_update(Ordering::Relaxed, Ordering::Relaxed, |packed| {
            let Counts { calls, failed: failures, slow: slows } = live(packed, second);
            (calls < FULL).then(|| {
                tag(second) | ((calls + 1) << 32) | ((failures + u64::from(failed)) << 16) | (slows + u64::from(slow))
            })
        });
    }

    /// Everything counted in the ten seconds up to this one.
    pub(super) fn counts(&self, second: u64) -> Counts {
        let slots = (second.saturating_sub(SLOTS - 1)..=second).map(|then| (then, self.slot(then)));
        slots.fold(Counts::default(), |sum, (then, slot)| {
            let Counts { calls, failed, slow } = live(slot.load(Ordering::Relaxed), then);
            Counts { calls: sum.calls + calls, failed: sum.failed + failed, slow: sum.slow + slow }
        })
    }

    /// Forgets everything.
    pub(super) fn clear(&self) {
        for slot in &self.slots {
            slot.store(0, Ordering::Relaxed);
        }
    }

    fn slot(&self, second: u64) -> &AtomicU64 {
        &self.slots[usize::try_from(second % SLOTS).unwrap_or(0)]
    }
}

fn tag(second: u64) -> u64 {
    second << 48
}

/// What a slot holds of this second: nothing, when it was last used in another one.
fn live(packed: u64, second: u64) -> Counts {
    if packed >> 48 != tag(second) >> 48 {
        return Counts::default();
    }
    Counts { calls: (packed >> 32) & FULL, failed: (packed >> 16) & FULL, slow: packed & FULL }
}

// === impl Streaks ===

impl Streaks {
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Ends all streaks. Nothing is written when there is none, so that healthy calls do not contend.
    pub(super) fn clear(&self) {
        if self.0.load(Ordering::Relaxed) != 0 {
            self.0.store(0, Ordering::Relaxed);
        }
    }

    /// Applies a change, and returns what came of it.
    pub(super) fn change(&self, change: impl Fn(Streak) -> Streak) -> Streak {
        let mut changed = Streak::default();
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |packed| {
            changed = change(Streak::unpack(packed));
            let next = changed.pack();
            (next != packed).then_some(next)
        });
        changed
    }
}

impl Streak {
    fn unpack(packed: u64) -> Self {
        Self { failures: packed >> 32, unreachable: (packed >> 16) & FULL, cancelled: packed & FULL }
    }

    fn pack(self) -> u64 {
        (self.failures.min(FULL) << 32) | (self.unreachable.min(FULL) << 16) | self.cancelled.min(FULL)
    }
}
