//! Every number of a client, its default and where the default comes from.
//!
//! The numbers of a call follow its tier, those of an instance or a dependency follow the service's. A critical call is
//! short and tried most, keeps its place in every queue, and its instances are probed soonest; a best-effort call is
//! tried once and yields first. `client::config` checks that the numbers fit each other.

use std::time::Duration;

use super::{
    admission::{limit::LimitSettings, queue::QueueSettings},
    balance::BalanceSettings,
    batch::BatchSettings,
    cache::CacheSettings,
    gate::settings::GateSettings,
    hedge::HedgeSettings,
    outage,
    rate::RateSettings,
    retry::backoff::Backoff,
};
use crate::{
    contract::{
        operation::{Operation, Service, Tier},
        partner::Profile,
    },
    transport::config::TransportConfig,
};

/// Settings of a client of one service. All but the transport's and the cache's can be changed while the client works.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientConfig {
    /// Limits of a call, by tier. The tier of a call is its operation's, lowered by what the caller or the call being
    /// served says.
    pub tiers: Tiers,
    /// Retries and hedges per thousand calls that succeed at once. 0 turns retries off. Default 100: with success-funded
    /// budgets a tenth is what a healthy service can always take on top.
    pub retry_budget_permille: u32,
    /// The circuit breaker of each instance.
    pub gate: GateSettings,
    /// The adaptive concurrency limit of each instance.
    pub limit: LimitSettings,
    /// The queue in front of the instances.
    pub queue: QueueSettings,
    /// Choice among instances, and the probes of those whose breaker is open.
    pub balance: BalanceSettings,
    /// Quota to keep to. Default none: what the service announces is kept to in any case.
    pub rate: Option<RateSettings>,
    /// Part of a call's deadline that is kept for a fallback or an expired answer, where there is one; at most half of
    /// what is left. Default 20 ms.
    pub fallback_reserve: Duration,
    /// Memory for kept answers. Fixed once the client is built.
    pub cache: CacheSettings,
    /// How calls of batched operations gather.
    pub batch: BatchSettings,
    /// What the service promises about repeats. Default [`Profile::PLATFORM`].
    pub partner: Profile,
    /// Settings of the connection pools. Fixed once the client is built.
    pub transport: TransportConfig,
}

/// Limits of one call of a tier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TierSettings {
    /// Longest time for the whole call, waits included.
    pub total: Duration,
    /// Longest time for one attempt.
    pub attempt_timeout: Duration,
    /// Most attempts, the first one and hedges included.
    pub max_attempts: u32,
    /// Wait between attempts.
    pub backoff: Backoff,
    /// Second attempts for slow calls that are safe or idempotent.
    pub hedge: HedgeSettings,
}

/// The settings of all tiers, in the order of [`Tier::ALL`].
pub type Tiers = [TierSettings; Tier::ALL.len()];

// === impl ClientConfig ===

impl ClientConfig {
    /// The defaults for a service: the starting values of each tier, and for its instances those of its own tier.
    pub fn of(service: &Service) -> Self {
        let mut transport = TransportConfig::default();
        if service.tier == Tier::Critical {
            transport.connect_timeout = Duration::from_millis(250);
        }
        Self {
            tiers: Tier::ALL.map(TierSettings::of),
            retry_budget_permille: 100,
            gate: GateSettings::of(service.tier),
            limit: LimitSettings::default(),
            queue: QueueSettings::default(),
            balance: BalanceSettings::of(service.tier),
            rate: None,
            fallback_reserve: outage::RESERVE,
            cache: CacheSettings::default(),
            batch: BatchSettings::default(),
            partner: Profile::PLATFORM,
            transport,
        }
    }

    /// Changes the settings of every tier alike.
    pub fn all_tiers(&mut self, change: impl Fn(&mut TierSettings)) {
        self.tiers.iter_mut().for_each(change);
    }

    /// Longest time for a call of this operation in this tier.
    pub fn total(&self, operation: &Operation, tier: Tier) -> Duration {
        operation.timeout.unwrap_or(self.tiers[tier as usize].total)
    }

    /// Longest time for one attempt of this operation in this tier.
    pub fn attempt_timeout(&self, operation: &Operation, tier: Tier) -> Duration {
        operation.attempt_timeout.unwrap_or(self.tiers[tier as usize].attempt_timeout)
    }
}

// === impl TierSettings ===

impl TierSettings {
    /// The starting values of a tier.
    pub const fn of(tier: Tier) -> Self {
        match tier {
            Tier::Critical => Self {
                total: Duration::from_secs(3),
                attempt_timeout: Duration::from_secs(1),
                max_attempts: 3,
                backoff: Backoff { base: Duration::from_millis(50), cap: Duration::from_secs(1) },
                hedge: HedgeSettings::new(20),
            },
            Tier::Standard => Self {
                total: Duration::from_secs(5),
                attempt_timeout: Duration::from_secs(2),
                max_attempts: 2,
                backoff: Backoff { base: Duration::from_millis(100), cap: Duration::from_secs(2) },
                hedge: HedgeSettings::new(10),
            },
            Tier::BestEffort => Self { max_attempts: 1, hedge: HedgeSettings::new(0), ..Self::of(Tier::Standard) },
        }
    }
}
