//! The rates, and the moods in which the provider answers. Pure.

use payment_clients::{
    apis::exchange_rate::Rates,
    contract::{
        decimal::Decimal,
        error::{Error, Result},
        money::Currency,
        rate::Rate,
    },
};

use crate::kit::days::DAY;

/// Units of a currency for 100 US dollars. Rounded on purpose: nobody takes them for real.
const PER_HUNDRED_DOLLARS: &[(&str, i64)] = &[
    ("USD", 100),
    ("EUR", 80),
    ("GBP", 75),
    ("CNY", 700),
    ("JPY", 15_000),
    ("HKD", 800),
    ("CHF", 90),
    ("KRW", 140_000),
    ("BHD", 40),
    ("KWD", 30),
];
/// Digits behind the point of a rate.
const SCALE: u32 = 6;

/// How the provider answers an account, chosen by its key.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// With the rates of today.
    #[default]
    Normal,
    /// `down`: not at all.
    Down,
    /// `stale`: with rates of a week ago, and says so.
    Stale,
    /// `nonsense`: with rates of another base, and without the one that was asked for.
    Nonsense,
}

impl Mood {
    /// The mood towards an account.
    pub fn towards(key: &str) -> Self {
        match key {
            "down" => Self::Down,
            "stale" => Self::Stale,
            "nonsense" => Self::Nonsense,
            _ => Self::Normal,
        }
    }

    /// The day whose rates it answers with, as its first second.
    pub fn updated_at(self, now: i64) -> i64 {
        let age = if self == Self::Stale { 7 * DAY } else { 0 };
        (now - age).div_euclid(DAY) * (DAY / 1000)
    }
}

/// Units of each currency for one unit of `base`.
///
/// # Errors
/// 404 when the provider has no rates of it.
pub fn rates(base: Currency) -> Result<Rates> {
    let of_base = per_hundred_dollars(base)?;
    let known = PER_HUNDRED_DOLLARS.iter();
    known.map(|(code, units)| Ok((code.parse().map_err(Error::internal)?, ratio(*units, of_base)?))).collect()
}

/// Units of `target` for one unit of `base`.
///
/// # Errors
/// 404 when the provider has no rates of one of them.
pub fn rate(base: Currency, target: Currency) -> Result<Rate> {
    ratio(per_hundred_dollars(target)?, per_hundred_dollars(base)?)
}

fn per_hundred_dollars(currency: Currency) -> Result<i64> {
    let known = PER_HUNDRED_DOLLARS.iter().find(|(code, _)| *code == currency.as_str());
    known.map(|(_, units)| *units).ok_or_else(|| Error::not_found(format_args!("rates of {currency}")))
}

/// The quotient with [`SCALE`] digits, the rest cut off.
fn ratio(units: i64, of: i64) -> Result<Rate> {
    let number = Decimal::new(units * 10_i64.pow(SCALE) / of, SCALE);
    let number = number.ok_or_else(|| Error::internal(format!("{units} / {of} has too many digits")))?;
    Rate::new(number).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    #[test]
    fn a_rate_is_a_quotient_of_whole_numbers() {
        let text = |base: &str, target: &str| rate(base.parse().unwrap(), target.parse().unwrap()).unwrap();
        assert_eq!(text("USD", "EUR").number().to_string().trim_end_matches('0'), "0.8");
        assert_eq!(text("EUR", "USD").number().to_string().trim_end_matches('0'), "1.25");
        assert_eq!(text("GBP", "EUR").number().to_string(), "1.066666");
        assert!(rate(Currency::USD, "XAF".parse().unwrap()).is_err());
    }

    #[test]
    fn every_pair_has_a_rate() {
        for (code, _) in PER_HUNDRED_DOLLARS {
            assert_eq!(rates(code.parse().unwrap()).unwrap().len(), PER_HUNDRED_DOLLARS.len(), "{code}");
        }
    }
}
