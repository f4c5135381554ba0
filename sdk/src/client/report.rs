//! What a configuration promises, computed from its numbers alone: how long a call can take, how much load retries can
//! add, when a retry storm would keep itself alive, how long a dead instance goes unnoticed.
//!
//! Formulas, with the attempts limit `m`, the budget `b` per success, the budget's floor `f` a second, the rate `R` of
//! calls a second of one process, `n` instances, `N` failures in a row and the attempt timeout `T`:
//!
//! * amplification, all calls failing: `min(m, 1 + f/R)`: nothing succeeds, so nothing funds retries but the floor;
//! * amplification, at worst: `min(m, 1 + b + f/R)`;
//! * an overloaded state sustains itself only while the offered load exceeds the capacity divided by the amplification
//!   with all calls failing (Huang and others, "Metastable Failures in the Wild", 2022);
//! * a silent instance is noticed after `N / (R/n) + T`, one that refuses connections after `N / (R/n)`.

use std::{fmt, time::Duration};

use super::config::{ClientConfig, TierSettings};
use crate::{contract::operation::Tier, resilience::retry::budget::FLOOR_EVERY};

/// What one process asks of a service, as far as a report needs to know it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Workload {
    /// Calls of this process in a thousand seconds, so that one call in a minute can be said.
    pub calls_per_kilosecond: u64,
    /// Instances of the service.
    pub instances: u32,
}

/// What a configuration promises under a workload. Its text is a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// One line a tier, in the order of [`Tier::ALL`].
    pub tiers: Vec<TierReport>,
    /// From a silent instance's first failure until its breaker opens.
    pub silent_noticed_after: Duration,
    /// From a refused connection until the breaker opens.
    pub refusing_noticed_after: Duration,
    /// From an instance's return until it has all its traffic back.
    pub trusted_again_after: Duration,
}

/// What one tier promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TierReport {
    /// The tier.
    pub tier: Tier,
    /// No call takes longer.
    pub worst_latency: Duration,
    /// Attempts per thousand calls when all calls fail for long.
    pub outage_attempts_permille: u64,
    /// Attempts per thousand calls at worst.
    pub worst_attempts_permille: u64,
    /// Share of the service's capacity, in thousandths, above which retries alone could keep it overloaded.
    pub storm_above_permille: u64,
}

// === impl ClientConfig ===

impl ClientConfig {
    /// Computes what these settings promise for one process with this workload.
    pub fn report(&self, workload: Workload) -> Report {
        let between_calls = 1_000_000_000_000 / workload.calls_per_kilosecond.max(1);
        let per_instance = Duration::from_nanos(between_calls).saturating_mul(workload.instances.max(1));
        let in_a_row = |count: u64| per_instance.saturating_mul(u32::try_from(count).unwrap_or(u32::MAX));
        let slowest = self.tiers.iter().map(|tier| tier.attempt_timeout).max().unwrap_or_default();
        let gate = &self.gate;
        let probes = gate.probe_every.saturating_mul(u32::try_from(gate.probes_needed).unwrap_or(u32::MAX));
        Report {
            tiers: Tier::ALL
                .iter()
                .zip(&self.tiers)
                .map(|(tier, numbers)| self.tier(*tier, numbers, workload))
                .collect(),
            silent_noticed_after: in_a_row(gate.consecutive) + slowest,
            refusing_noticed_after: in_a_row(gate.unreachable),
            trusted_again_after: probes + gate.ramp,
        }
    }

    fn tier(&self, tier: Tier, numbers: &TierSettings, workload: Workload) -> TierReport {
        let most = u64::from(numbers.max_attempts) * 1000;
        // The floor is one retry in so many seconds, so per thousand calls it is this many thousandths.
        let calls_between_floors = workload.calls_per_kilosecond.saturating_mul(FLOOR_EVERY.as_secs());
        let floor = if self.retry_budget_permille == 0 { 0 } else { 1_000_000 / calls_between_floors.max(1) };
        let outage = most.min(1000 + floor);
        TierReport {
            tier,
            worst_latency: numbers.total,
            outage_attempts_permille: outage,
            worst_attempts_permille: most.min(1000 + u64::from(self.retry_budget_permille) + floor),
            storm_above_permille: 1_000_000 / outage,
        }
    }
}

// === impl Report ===

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "tier         longest call  attempts per call: outage  at worst  storm above")?;
        for tier in &self.tiers {
            let [outage, worst] = [tier.outage_attempts_permille, tier.worst_attempts_permille]
                .map(|permille| format!("{}.{:03}", permille / 1000, permille % 1000));
            let (name, longest) = (tier.tier.as_str(), format!("{:?}", tier.worst_latency));
            let storm = format!("{}.{} %", tier.storm_above_permille / 10, tier.storm_above_permille % 10);
            writeln!(f, "{name:<12} {longest:>12}  {outage:>25}  {worst:>8}  {storm:>11}")?;
        }
        writeln!(f, "a silent instance is noticed after {:?}", self.silent_noticed_after)?;
        writeln!(f, "one that refuses connections after {:?}", self.refusing_noticed_after)?;
        write!(f, "one that is back has all its traffic after {:?}", self.trusted_again_after)
    }
}
