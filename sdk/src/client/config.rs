//! Every number of a client, its default and its bounds. A configuration that cannot work is refused when the client
//! is built, with a sentence that names the numbers that clash.

use std::time::Duration;

use crate::contract::{
    error::{Error, Result},
    operation::{Operation, Tier},
};

pub use crate::resilience::settings::{ClientConfig, TierSettings, Tiers};

impl ClientConfig {
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
        if self.transport.max_response_bytes == 0 {
            return Err(Error::configuration("max_response_bytes is 0, so no answer could be read; use at least 1"));
        }
        Ok(())
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
