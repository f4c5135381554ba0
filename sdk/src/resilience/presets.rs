//! Other starting points than the defaults, for teams that come from somewhere.

use std::time::Duration;

use super::{
    gate::settings::{GateSettings, Rate},
    hedge::HedgeSettings,
    retry::backoff::Backoff,
    settings::{ClientConfig, TierSettings},
};
use crate::contract::operation::{Service, Tier};

/// A count that no run of failures reaches, for rules that are not to decide.
const NEVER: u64 = 1000;

impl ClientConfig {
    /// The numbers of the hand-written clients that this crate replaces: attempts of 30 s, three retries, a breaker that
    /// opens at 60 % of five calls for 30 s and closes after three good ones. To compare with, and to move over in
    /// steps; a call may take 126 s.
    ///
    /// What was wrong rather than slow does not come back: an unsafe call is not repeated, waits are jittered, the
    /// caller's mistakes open no breaker, there is one breaker per instance, and no call of anybody's is a probe.
    pub fn legacy(service: &Service) -> Self {
        let attempt_timeout = Duration::from_secs(30);
        let max_attempts = 4;
        let waits = Duration::from_secs(1 + 2 + 3);
        let tier = TierSettings {
            total: attempt_timeout * max_attempts + waits,
            attempt_timeout,
            max_attempts,
            backoff: Backoff { base: Duration::from_secs(1), cap: Duration::from_secs(3) },
            hedge: HedgeSettings::new(0),
        };
        let mut config = Self::of(service);
        config.tiers = [tier; Tier::ALL.len()];
        config.retry_budget_permille = 1000;
        config.gate = GateSettings {
            consecutive: NEVER,
            unreachable: NEVER,
            failing: Rate { permille: 600, of_at_least: 5 },
            slow: None,
            probe_every: Duration::from_secs(30),
            probes_needed: 3,
            ..GateSettings::of(service.tier)
        };
        config
    }

    /// The defaults with breakers that trip the earlier the more a service matters, as the platform's analysis asked
    /// for. The defaults do the reverse: docs/adr/0012-critical-trips-later.md says why.
    pub fn seed_tiers(service: &Service) -> Self {
        let (consecutive, permille, of_at_least) = match service.tier {
            Tier::Critical => (3, 300, 5),
            Tier::Standard => (5, 500, 10),
            Tier::BestEffort => (10, 700, 20),
        };
        let mut config = Self::of(service);
        config.gate.consecutive = consecutive;
        config.gate.failing = Rate { permille, of_at_least };
        config
    }
}
