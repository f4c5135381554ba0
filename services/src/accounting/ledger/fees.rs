//! What the platform takes of a payment. A fee is computed once, when the payment comes in, and kept with the plan and
//! version that gave it; nobody computes it again.

use payment_clients::contract::error::{Error, Result};

use super::policy;

/// Millionths of the amount that a plan may take.
const WHOLE: i64 = 1_000_000;

/// How a fee is computed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeePlan {
    /// Name of the plan.
    pub id: String,
    /// Grows with each change.
    pub version: i64,
    /// Millionths of the amount.
    pub ppm: i64,
    /// Added to that, minor units.
    pub fixed: i64,
    /// Least fee, minor units.
    pub min: i64,
    /// Most, minor units.
    pub max: Option<i64>,
    /// What becomes of a part of a minor unit.
    pub rounding: Rounding,
}

/// What becomes of a part of a minor unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Halves go to the even neighbour.
    HalfEven,
    /// Halves go up, where a contract or the law says so.
    HalfUp,
}

// === impl FeePlan ===

impl FeePlan {
    /// A share of the amount in millionths, and nothing else.
    pub fn share(id: impl Into<String>, version: i64, ppm: i64) -> Self {
        Self { id: id.into(), version, ppm, fixed: 0, min: 0, max: None, rounding: policy::FEE_ROUNDING }
    }

    /// Checks that the plan is one.
    ///
    /// # Errors
    /// The first field that breaks a rule.
    pub fn validate(&self) -> Result<()> {
        if !(0..=WHOLE).contains(&self.ppm) {
            return Err(Error::invalid_input("ppm", format!("must be 0 to {WHOLE}; it is {}", self.ppm)));
        }
        if self.fixed < 0 || self.min < 0 {
            let field = if self.fixed < 0 { "fixed" } else { "min" };
            return Err(Error::invalid_input(field, "must not be below 0"));
        }
        match self.max {
            Some(max) if max < self.min => {
                Err(Error::invalid_input("max", format!("must be at least `min`, {}; it is {max}", self.min)))
            }
            _ => Ok(()),
        }
    }

    /// The fee of an amount, both in minor units: never below 0, never more than the amount.
    pub fn fee(&self, amount: i64) -> i64 {
        #[cfg(feature = "mutants")]
        if let Some(fee) = crate::mutants::fee(self, amount) {
            return fee;
        }
        let share = self.rounding.divide(i128::from(amount.max(0)) * i128::from(self.ppm), i128::from(WHOLE));
        let wanted = (share + i128::from(self.fixed)).max(i128::from(self.min));
        let wanted = self.max.map_or(wanted, |max| wanted.min(i128::from(max)));
        // No more than the amount, so it fits.
        i64::try_from(wanted.clamp(0, i128::from(amount.max(0)))).unwrap_or(amount)
    }
}

// === impl Rounding ===

impl Rounding {
    /// Divides what is not below zero by what is above it.
    fn divide(self, number: i128, unit: i128) -> i128 {
        let (below, twice_rest) = (number / unit, number % unit * 2);
        let up = match self {
            Self::HalfEven => twice_rest > unit || (twice_rest == unit && below % 2 == 1),
            Self::HalfUp => twice_rest >= unit,
        };
        below + i128::from(up)
    }
}
