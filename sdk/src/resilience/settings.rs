//! The numbers that a tier gives to its calls.

use std::time::Duration;

use super::retry::backoff::Backoff;
use crate::contract::operation::Tier;

/// Limits of one call of a tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TierSettings {
    /// Longest time for the whole call, waits included.
    pub total: Duration,
    /// Longest time for one attempt.
    pub attempt_timeout: Duration,
    /// Most attempts, the first one included.
    pub max_attempts: u32,
    /// Wait between attempts.
    pub backoff: Backoff,
}

/// The settings of all tiers, in the order of [`Tier::ALL`].
pub type Tiers = [TierSettings; Tier::ALL.len()];

impl TierSettings {
    /// The starting values of a tier. A critical call is short and tried most, a best-effort call is tried once.
    pub const fn of(tier: Tier) -> Self {
        match tier {
            Tier::Critical => Self::new([3000, 1000], 3, [50, 1000]),
            Tier::Standard => Self::new([5000, 2000], 2, [100, 2000]),
            Tier::BestEffort => Self::new([5000, 2000], 1, [100, 2000]),
        }
    }

    const fn new([total, attempt]: [u64; 2], max_attempts: u32, [base, cap]: [u64; 2]) -> Self {
        Self {
            total: Duration::from_millis(total),
            attempt_timeout: Duration::from_millis(attempt),
            max_attempts,
            backoff: Backoff { base: Duration::from_millis(base), cap: Duration::from_millis(cap) },
        }
    }
}
