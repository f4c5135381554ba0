//! The instant by which a call must have ended. It crosses the wire as milliseconds left, so clocks need not agree.

use std::time::{Duration, Instant};

use http::HeaderValue;

/// Absolute end of a call, on the monotonic clock of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline(Instant);

impl Deadline {
    /// Longest deadline accepted from the wire; a larger number means no more than this.
    pub const MAX: Duration = Duration::from_secs(3600);

    /// Ends at `instant`.
    pub fn at(instant: Instant) -> Self {
        Self(instant)
    }

    /// Ends `left` after `now`, at most [`MAX`](Self::MAX).
    pub fn after(now: Instant, left: Duration) -> Self {
        Self(now + left.min(Self::MAX))
    }

    /// The instant itself.
    pub fn instant(self) -> Instant {
        self.0
    }

    /// Time left at `now`; zero once it has passed.
    pub fn remaining(self, now: Instant) -> Duration {
        self.0.saturating_duration_since(now)
    }

    /// True once `now` has reached it.
    pub fn has_passed(self, now: Instant) -> bool {
        now >= self.0
    }

    /// `x-deadline-ms` as sent: whole milliseconds left, rounded down.
    pub fn millis_left(self, now: Instant) -> u64 {
        u64::try_from(self.remaining(now).as_millis()).unwrap_or(u64::MAX)
    }

    /// Reads `x-deadline-ms`. A text that is no number of milliseconds is an error that says so.
    ///
    /// # Errors
    /// When the header is not a non-negative whole number.
    pub fn from_header(value: &HeaderValue, now: Instant) -> Result<Self, String> {
        let text = value.to_str().unwrap_or_default();
        let left: u64 =
            text.parse().map_err(|_| format!("x-deadline-ms must be a whole number of milliseconds, not `{text}`"))?;
        Ok(Self::after(now, Duration::from_millis(left)))
    }
}
