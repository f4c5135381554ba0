//! Every number of a client, its default and its bounds. A configuration that cannot work is refused when the client
//! is built, with a sentence that names the numbers that clash.

use std::time::Duration;

use crate::{
    contract::{
        error::{Error, Result},
        operation::{Operation, Service, Tier},
    },
    resilience::settings::{TierSettings, Tiers},
    transport::config::TransportConfig,
};

/// Settings of a client of one service.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ClientConfig {
    /// Limits of a call, by tier. The tier of a call is its operation's, lowered by what the caller or the call being
    /// served says.
    pub tiers: Tiers,
    /// Retries per thousand calls that succeed at once. 0 turns retries off. Default 100.
    pub retry_budget_permille: u32,
    /// Settings of the connection pool.
    pub transport: TransportConfig,
}

impl ClientConfig {
    /// The defaults for a service: the starting values of each tier, and a connect timeout that fits the service's own.
    pub fn of(service: &Service) -> Self {
        let mut transport = TransportConfig::default();
        if service.tier == Tier::Critical {
            transport.connect_timeout = Duration::from_millis(250);
        }
        Self { tiers: Tier::ALL.map(TierSettings::of), retry_budget_permille: 100, transport }
    }

    /// Changes the settings of every tier alike.
    pub fn all_tiers(&mut self, change: impl Fn(&mut TierSettings)) {
        self.tiers.iter_mut().for_each(change);
    }

    /// Checks that the numbers fit each other.
    ///
    /// # Errors
    /// The first clash, as a sentence that names both numbers and what to do.
    pub fn validate(&self) -> Result<()> {
        for (tier, settings) in Tier::ALL.iter().zip(&self.tiers) {
            let clash = tier_clash(settings, self.transport.connect_timeout);
            if let Some(clash) = clash {
                return Err(Error::configuration(format!("tier {tier}: {clash}")));
            }
        }
        if self.retry_budget_permille > 1000 {
            let share = self.retry_budget_permille;
            let text = format!(
                "a retry budget of {share} per thousand doubles the load on a failing service; use at most 1000"
            );
            return Err(Error::configuration(text));
        }
        self.transport.validate()
    }

    /// Checks what an operation declares against the tier it belongs to.
    ///
    /// # Errors
    /// When an attempt of the operation could not end before its call does.
    pub fn validate_operation(&self, operation: &Operation) -> Result<()> {
        let settings = &self.tiers[operation.tier as usize];
        let total = operation.timeout.unwrap_or(settings.total);
        let attempt = operation.attempt_timeout.unwrap_or(Duration::ZERO);
        if attempt > total {
            return Err(Error::configuration(format!(
                "{operation}: its attempt timeout of {} ms is longer than its total of {} ms; lower the first",
                attempt.as_millis(),
                total.as_millis()
            )));
        }
        Ok(())
    }
}

fn tier_clash(settings: &TierSettings, connect: Duration) -> Option<String> {
    let (total, attempt) = (settings.total.as_millis(), settings.attempt_timeout.as_millis());
    let TierSettings { max_attempts, backoff, .. } = settings;
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
    } else {
        None
    }
}
