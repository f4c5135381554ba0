//! The counters of a queue in 64 bits, so that room and waiters are seen together.

/// Slots in use (24 bits), calls waiting (16 bits), slots in all (24 bits).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) in_use: u64,
    pub(super) waiting: u64,
    pub(super) capacity: u64,
}

const SLOTS: u64 = 0xFF_FFFF;
const WAITERS: u64 = 0xFFFF;

impl Word {
    pub(super) fn new(capacity: u64) -> Self {
        Self { in_use: 0, waiting: 0, capacity: capacity.min(SLOTS) }
    }

    /// True when a tier may take one more slot. Each tier may have one at least, or a small dependency would starve it.
    pub(super) fn has_room(self, permille: u64) -> bool {
        self.in_use < (self.capacity * permille / 1000).max(self.capacity.min(1))
    }

    pub(super) fn taken(self) -> Self {
        Self { in_use: self.in_use + 1, ..self }
    }

    pub(super) fn given_back(self) -> Self {
        Self { in_use: self.in_use.saturating_sub(1), ..self }
    }

    pub(super) fn with_capacity(self, capacity: u64) -> Self {
        Self { capacity: capacity.min(SLOTS), ..self }
    }

    pub(super) fn pack(self) -> u64 {
        (self.in_use << 40) | (self.waiting << 24) | self.capacity
    }

    pub(super) fn unpack(packed: u64) -> Self {
        Self { in_use: packed >> 40, waiting: (packed >> 24) & WAITERS, capacity: packed & SLOTS }
    }
}
