//! Exchange rates: a decimal number between two currencies, and the one place where money changes its currency.
//!
//! There is no rate to assume: without one nothing is converted, and none is made up from others.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};

use super::{
    decimal::Decimal,
    money::{Currency, InvalidMoney, Money},
};

/// Units of one currency for one unit of another; above zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct Rate(Decimal);

/// A number that is no rate.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a rate of {0} would make money vanish or change sides: it must be above zero")]
pub struct InvalidRate(Decimal);

// === impl Rate ===

impl Rate {
    /// Takes a number above zero.
    ///
    /// # Errors
    /// When it is none.
    pub fn new(number: Decimal) -> Result<Self, InvalidRate> {
        if number.significand() > 0 { Ok(Self(number)) } else { Err(InvalidRate(number)) }
    }

    /// The number.
    pub const fn number(self) -> Decimal {
        self.0
    }

    /// What `money` is in `target`, of which this rate gives so many for one unit of the money's own currency. Rounded to
    /// a whole minor unit, halves to the even one: the rounding of IEEE 754 and ISO 80000-1 that has no bias.
    ///
    /// # Errors
    /// When the minor unit of a currency is not known, or the amount passes the range of `i64`.
    pub fn convert(self, money: Money, target: Currency) -> Result<Money, InvalidMoney> {
        let digits = |currency: Currency| currency.exponent().ok_or(InvalidMoney::Exponent(currency));
        // Both factors are below 2^63, so the product fits.
        let product = i128::from(money.minor_units) * i128::from(self.0.significand());
        // Minor units times the rate have the digits of both behind the point; the target wants its own.
        let (behind, wanted) = (digits(money.currency)? + self.0.scale(), digits(target)?);
        let minor_units = match behind.checked_sub(wanted) {
            Some(surplus) => divide_half_even(product, 10_i128.pow(surplus)),
            None => product.checked_mul(10_i128.pow(wanted - behind)).ok_or(InvalidMoney::Overflow)?,
        };
        let minor_units = i64::try_from(minor_units).map_err(|_| InvalidMoney::Overflow)?;
        Ok(Money::new(minor_units, target))
    }
}

fn divide_half_even(number: i128, unit: i128) -> i128 {
    let (below, rest) = (number.div_euclid(unit), number.rem_euclid(unit));
    match (rest * 2).cmp(&unit) {
        std::cmp::Ordering::Less => below,
        std::cmp::Ordering::Greater => below + 1,
        std::cmp::Ordering::Equal => below + below.rem_euclid(2),
    }
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rate({self})")
    }
}

impl<'de> Deserialize<'de> for Rate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(Decimal::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl schemars::JsonSchema for Rate {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Rate".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Decimal::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn converted(rate: &str, money: i64, from: &str, to: &str) -> Result<i64, InvalidMoney> {
        let rate = Rate::new(rate.parse().unwrap()).unwrap();
        rate.convert(Money::new(money, from.parse().unwrap()), to.parse().unwrap()).map(|money| money.minor_units)
    }

    #[test]
    fn conversions_are_exact_and_rounded_once() {
        for (rate, money, from, to, wanted) in [
            ("0.86", 1999, "USD", "EUR", 1719),
            ("152.9", 1999, "USD", "JPY", 3056),
            ("0.0065402", 1000, "JPY", "USD", 654),
            ("0.307", 1000, "USD", "KWD", 3070),
            ("3.2573", 3070, "KWD", "USD", 1000),
            ("1", i64::MAX, "EUR", "USD", i64::MAX),
            // What a product of binary floats, cut off, gets wrong.
            ("1.15", 100, "EUR", "USD", 115),
            ("0.29", 100, "EUR", "USD", 29),
            // Halves, to the even neighbour.
            ("0.5", 1, "EUR", "USD", 0),
            ("0.5", 3, "EUR", "USD", 2),
            ("0.5", -1, "EUR", "USD", 0),
            ("0.5", -3, "EUR", "USD", -2),
            ("0.51", -1, "EUR", "USD", -1),
        ] {
            assert_eq!(converted(rate, money, from, to), Ok(wanted), "{money} {from} at {rate}");
        }
    }

    #[test]
    fn what_cannot_be_converted_is_an_error() {
        assert_eq!(converted("2", i64::MAX, "EUR", "USD"), Err(InvalidMoney::Overflow));
        assert_eq!(converted("999999999999999999", i64::MAX, "JPY", "KWD"), Err(InvalidMoney::Overflow));
        assert!(matches!(converted("2", 1, "EUR", "XYZ"), Err(InvalidMoney::Exponent(_))));
    }

    #[test]
    fn a_rate_is_above_zero() {
        for text in ["0", "-0.86", "0.000"] {
            let error = serde_json::from_str::<Rate>(text).unwrap_err();
            assert!(error.to_string().contains("above zero"), "{error}");
        }
    }
}
