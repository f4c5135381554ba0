//! Rules that only repeat.

use std::time::Duration;

use tower::retry::budget::{Budget, TpsBudget};

use super::Lines;
use crate::fleet::caller::{Ask, Caller, Pending};

/// Most retries, as the documentation of each rule has it.
const RETRIES: u32 = 3;

/// One attempt.
pub struct Bare(pub Lines);

impl Caller for Bare {
    fn call(&self, ask: Ask) -> Pending<'_, bool> {
        Box::pin(async move { self.0.attempt(ask).await.is_ok() })
    }
}

/// Retries of everything transient, after a jittered wait.
pub struct ReqwestRetry(pub Lines);

impl Caller for ReqwestRetry {
    fn call(&self, ask: Ask) -> Pending<'_, bool> {
        Box::pin(async move {
            let mut retry = 0;
            loop {
                match self.0.attempt(ask).await {
                    Err(fault) if fault.is_transient() && retry < RETRIES => {
                        tokio::time::sleep(self.0.dice.up_to(Duration::from_secs(1 << retry))).await;
                        retry += 1;
                    }
                    answer => return answer.is_ok(),
                }
            }
        })
    }
}

/// Retries at once, as long as the budget grants them.
pub struct TowerBudget {
    lines: Lines,
    budget: TpsBudget,
}

impl TowerBudget {
    /// With tower's defaults.
    pub fn new(lines: Lines) -> Self {
        Self { lines, budget: TpsBudget::default() }
    }
}

impl Caller for TowerBudget {
    fn call(&self, ask: Ask) -> Pending<'_, bool> {
        Box::pin(async move {
            for retry in 0.. {
                match self.lines.attempt(ask).await {
                    Ok(()) => {
                        self.budget.deposit();
                        return true;
                    }
                    Err(fault) if retry >= RETRIES || !fault.is_transient() || !self.budget.withdraw() => {
                        return false;
                    }
                    Err(_) => {}
                }
            }
            false
        })
    }
}
