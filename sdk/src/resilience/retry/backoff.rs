//! How long to wait before the next attempt: full jitter, unless the server says how long.

use std::time::Duration;

use crate::seams::Rng;

/// Exponential backoff with full jitter: before retry *n*, any time up to `base · 2ⁿ⁻¹`, at most `cap`
/// (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Backoff {
    /// Longest wait before the first retry.
    pub base: Duration,
    /// Longest wait before any retry.
    pub cap: Duration,
}

impl Backoff {
    /// A server's hint replaces the jittered wait, but by no more than this: a hint is advice, not command.
    pub const HINT_MARGIN: Duration = Duration::from_secs(5);

    /// The wait after attempt number `attempt`, from 1. `hint` is the server's `Retry-After`.
    pub fn wait(&self, attempt: u32, hint: Option<Duration>, rng: &Rng) -> Duration {
        let jittered = rng.up_to(self.limit(attempt));
        match hint {
            Some(hint) => hint.clamp(jittered, jittered + Self::HINT_MARGIN),
            None => jittered,
        }
    }

    /// The longest wait after attempt number `attempt`.
    pub fn limit(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        self.base.saturating_mul(1 << doublings).min(self.cap)
    }
}
