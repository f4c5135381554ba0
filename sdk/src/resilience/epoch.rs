//! Instants as integers since a common beginning, so that they fit into atomics.

use std::time::{Duration, Instant};

/// The instant from which one state machine counts. Instants before it are taken for it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Epoch(Instant);

impl Epoch {
    pub(crate) fn new(instant: Instant) -> Self {
        Self(instant)
    }

    pub(crate) fn nanos(self, now: Instant) -> u64 {
        nanos(now.saturating_duration_since(self.0))
    }

    pub(crate) fn millis(self, now: Instant) -> u64 {
        millis(now.saturating_duration_since(self.0))
    }

    pub(crate) fn seconds(self, now: Instant) -> u64 {
        now.saturating_duration_since(self.0).as_secs()
    }
}

pub(crate) fn nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
