//! The rules that settings must keep. A configuration that cannot work, or that is dangerous, is refused when the client
//! is built and when it is changed, with a sentence that names the numbers that clash.

use std::time::Duration;

use crate::contract::{
    error::{Error, Result},
    operation::Tier,
};

pub use crate::resilience::settings::{ClientConfig, TierSettings, Tiers};

impl ClientConfig {
    /// Checks that the numbers fit each other.
    ///
    /// # Errors
    /// The first clash, as a sentence that names both numbers and what to do.
    pub fn validate(&self) -> Result<()> {
        for (tier, settings) in Tier::ALL.iter().zip(&self.tiers) {
            if let Some(clash) = tier_clash(settings, self.transport.connect_timeout) {
                return Err(Error::configuration(format!("tier {tier}: {clash}")));
            }
        }
        if let Some(clash) = self.clash() {
            return Err(Error::configuration(clash));
        }
        self.partner.check()?;
        self.gate.check()?;
        self.limit.check()?;
        self.queue.check()?;
        self.transport.validate()
    }

    /// What clashes outside of the tiers.
    fn clash(&self) -> Option<String> {
        let budget = self.retry_budget_permille;
        let hedges = self.tiers.iter().map(|tier| tier.hedge.extra_permille).max().unwrap_or(0);
        let gated = self.balance.max_gated_permille;
        let longest = self.tiers.iter().map(|tier| tier.total).max().unwrap_or_default();
        if budget > 1000 {
            Some(format!(
                "a retry budget of {budget} per thousand doubles the load on a failing service; use at most 1000"
            ))
        } else if hedges > budget && budget > 0 {
            Some(format!(
                "hedges of {hedges} per thousand calls exceed the retry budget of {budget}, which pays for them; lower the first"
            ))
        } else if !(1..=1000).contains(&gated) {
            Some(format!("max_gated_permille is {gated}; use 1 to 1000"))
        } else if !self.partner.remembers(longest) {
            let (name, kept, total) = (self.partner.name, self.partner.key_lifetime.as_millis(), longest.as_millis());
            Some(format!(
                "a call of {total} ms could be repeated when {name} has forgotten its key, which is kept for {kept} ms; lower the first"
            ))
        } else if !self.balance.probe_path.starts_with('/') {
            Some(format!("the probe path `{}` must begin with `/`", self.balance.probe_path))
        } else if self.rate.is_some_and(|rate| rate.per_second == 0 || rate.burst == 0) {
            Some("a rate limit of 0 calls lets nothing through; use at least 1 a second and a burst of 1".to_owned())
        } else {
            None
        }
    }
}

fn tier_clash(settings: &TierSettings, connect: Duration) -> Option<String> {
    let (total, attempt) = (settings.total.as_millis(), settings.attempt_timeout.as_millis());
    let TierSettings { max_attempts, backoff, hedge, .. } = settings;
    if total == 0 || attempt == 0 {
        Some("total and attempt timeout must be above zero".to_owned())
    } else if attempt > total {
        Some(format!("the attempt timeout of {attempt} ms is longer than the total of {total} ms; lower the first"))
    } else if connect > settings.attempt_timeout {
        let connect = connect.as_millis();
        Some(format!(
            "the connect timeout of {connect} ms is longer than the attempt timeout of {attempt} ms, so no attempt could tell a dead server from a slow one; lower the first"
        ))
    } else if !(1..=10).contains(max_attempts) {
        Some(format!("max_attempts is {max_attempts}; use 1 to 10"))
    } else if backoff.base > backoff.cap {
        let (base, cap) = (backoff.base.as_millis(), backoff.cap.as_millis());
        Some(format!("the first backoff of {base} ms is longer than its cap of {cap} ms; lower the first"))
    } else if backoff.base >= settings.total {
        let base = backoff.base.as_millis();
        Some(format!("the first backoff of {base} ms leaves no time in the total of {total} ms; lower the first"))
    } else if hedge.extra_permille > 100 {
        let extra = hedge.extra_permille;
        Some(format!("hedging {extra} per thousand calls is load and no longer a remedy; use at most 100"))
    } else if hedge.extra_permille > 0 && hedge.shortest_delay >= settings.attempt_timeout {
        let delay = hedge.shortest_delay.as_millis();
        Some(format!(
            "a hedge after {delay} ms would begin when the attempt of {attempt} ms has ended; lower the first"
        ))
    } else {
        None
    }
}
