//! What becomes of a payment while nobody can say how risky it is.

use std::collections::BTreeMap;

use payment_clients::contract::{
    error::Result,
    money::{Currency, Money},
};
use serde::{Deserialize, Serialize};

use super::{Kind, amount, currency};

/// While risk-service does not answer, a payment is declined, unless it is so small that it may go on unchecked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RiskAbsence {
    /// The largest payment that goes on, in minor units, by its currency. One that is not named has none.
    pub allow_up_to: BTreeMap<Currency, i64>,
}

// === impl RiskAbsence ===

impl RiskAbsence {
    /// Whether a payment goes on unchecked.
    pub fn admits(&self, money: Money) -> bool {
        self.allow_up_to.get(&money.currency).is_some_and(|most| money.minor_units <= *most)
    }
}

impl Kind for RiskAbsence {
    const KEY: &'static str = "risk_absence";

    fn check(&self) -> Result<()> {
        self.allow_up_to.iter().try_for_each(|(code, most)| {
            let path = format!("allow_up_to.{code}");
            currency::<Self>(&path, *code)?;
            amount::<Self>(&path, *most, 1)
        })
    }
}
