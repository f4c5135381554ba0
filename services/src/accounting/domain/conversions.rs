//! Conversions as rules: which rate counts, for how long, and what an amount becomes at it.

use std::time::Duration;

use payment_clients::{
    apis::{
        accounting::{CancelCurrencyConversion, CreateCurrencyConversion},
        exchange_rate::LatestRatesV4,
    },
    contract::{
        decimal::Decimal,
        error::{Error, ErrorKind, Result},
        money::{Currency, Money},
        rate::Rate,
    },
};

use crate::{
    accounting::ledger::{Account, Class, MAX_AMOUNT, exchange::exchange, fees::FeePlan},
    kit::{clock::millis, days::DAY, text},
};

/// How long a rate is good for that was quoted for a conversion.
pub const GOOD_FOR: Duration = Duration::from_secs(15 * 60);
/// Rates of the provider that are older are none: it publishes once a day, and may be late once.
const OLDEST: i64 = 2 * DAY;
/// Digits behind the point of a rate as it is kept.
const DIGITS: u32 = 8;
/// What the platform takes of a conversion, in millionths: 0.5 %.
pub const FEE_PPM: i64 = 5_000;

/// A rate that somebody may convert at, until it expires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quote {
    /// Which publication of the provider's says so: `USD-EUR@1761264000`.
    pub id: String,
    /// Units of the target for one of the source, at most eight digits behind the point.
    pub rate: Rate,
    /// First moment at which it does not count any more.
    pub expires_at: i64,
}

/// What a conversion comes to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// What enters the target account, minor units of its currency.
    pub target_amount: i64,
    /// What the platform takes beside the amount, minor units of the source currency.
    pub fee_amount: i64,
    /// Both leave the source account.
    pub held: i64,
}

/// Checks what is asked for, whatever the rate.
///
/// # Errors
/// The first field that breaks a rule.
pub fn check(request: &CreateCurrencyConversion) -> Result<()> {
    let CreateCurrencyConversion { merchant_id, source_currency, target_currency, source_amount, .. } = request;
    for currency in [source_currency, target_currency] {
        super::check_owner(*merchant_id, *currency)?;
    }
    if source_currency == target_currency {
        let rule = format!("must be another one than `source_currency`, {source_currency}");
        return Err(Error::invalid_input("target_currency", rule));
    }
    super::positive("source_amount", *source_amount)?;
    text::at_most("reason", request.reason.as_deref(), 500)?;
    text::at_most("notes", request.notes.as_deref(), 500)
}

/// Checks why a conversion is given up.
///
/// # Errors
/// 400 when nothing is said, or too much.
pub fn check_cancellation(cancellation: &CancelCurrencyConversion) -> Result<()> {
    text::required("reason", &cancellation.reason, 500)
}

/// What the platform exchanges a currency from and to.
pub fn liquidity(currency: Currency) -> Account {
    Account::new(Class::Liquidity, Account::PLATFORM, currency)
}

// === impl Quote ===

impl Quote {
    /// The rate between two currencies, by what the provider has published.
    ///
    /// # Errors
    /// 422 when it has no such rate, 503 when what it says is old or about another currency: no other is taken instead.
    pub fn of(published: &LatestRatesV4, [source, target]: [Currency; 2], now: i64) -> Result<Self> {
        let LatestRatesV4 { base, time_last_updated: seconds, .. } = published;
        if *base != source {
            return Err(unusable(&format!("rates of {base} were published where those of {source} were asked for")));
        }
        let age = now.saturating_sub(seconds.saturating_mul(1000));
        if age > OLDEST {
            return Err(unusable(&format!("the rates of {source} are {} hours old", age / 3_600_000)));
        }
        let rate = published.rate(target).map_err(|error| no_rate([source, target]).with_source(error))?;
        let expires_at = now.saturating_add(millis(GOOD_FOR));
        Ok(Self { id: format!("{source}-{target}@{seconds}"), rate: short(rate, [source, target])?, expires_at })
    }

    /// What an amount of the source currency comes to.
    ///
    /// # Errors
    /// 422 when nothing would be left of it, or it is too much.
    pub fn terms(&self, money: Money, target: Currency) -> Result<Terms> {
        let bought = exchange(money, target, self.rate)?;
        let fee_amount = FeePlan::share("conversion", 1, FEE_PPM).fee(money.minor_units);
        let held = money.minor_units.saturating_add(fee_amount);
        if held > MAX_AMOUNT || bought.minor_units > MAX_AMOUNT {
            let text =
                format!("{money} and its fee, or the {bought} that they buy, are more than {MAX_AMOUNT} minor units");
            return Err(Error::declined("NOT_CONVERTIBLE", text));
        }
        Ok(Terms { target_amount: bought.minor_units, fee_amount, held })
    }
}

/// A failure of whoever was asked for rates, as our own callers hear it.
pub fn unknown_rate(error: Error, pair: [Currency; 2]) -> Error {
    match error.kind() {
        ErrorKind::NotFound => no_rate(pair),
        _ => unusable("nobody gives exchange rates now"),
    }
    .with_source(error)
}

/// The rate with the digits that are kept; what is cut off stays with the liquidity.
fn short(rate: Rate, pair: [Currency; 2]) -> Result<Rate> {
    let number = rate.number();
    let surplus = number.scale().saturating_sub(DIGITS);
    let cut = Decimal::new(number.significand() / 10_i64.pow(surplus), number.scale() - surplus);
    cut.and_then(|number| Rate::new(number).ok()).ok_or_else(|| no_rate(pair))
}

fn no_rate([source, target]: [Currency; 2]) -> Error {
    Error::declined("NO_RATE", format!("there is no rate from {source} to {target}; convert to another currency"))
}

fn unusable(why: &str) -> Error {
    Error::unavailable(format!("{why}; nothing was converted, try again"), Duration::from_secs(60))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    const NOW: i64 = 1_761_307_200_000;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    fn published(rate: &str, age: i64) -> LatestRatesV4 {
        let text = format!(
            r#"{{"base": "USD", "date": "2025-10-24", "time_last_updated": {}, "rates": {{"JPY": {rate}}}}}"#,
            (NOW - age) / 1000
        );
        serde_json::from_str(&text).unwrap()
    }

    fn quote(rate: &str, age: i64, to: &str) -> Result<Quote> {
        Quote::of(&published(rate, age), [Currency::USD, currency(to)], NOW)
    }

    #[test]
    fn a_quote_names_its_publication_and_ends() {
        let quote = quote("150.25", 0, "JPY").unwrap();
        assert_eq!((quote.id.as_str(), quote.rate.to_string()), ("USD-JPY@1761307200", "150.25".to_owned()));
        assert_eq!(quote.expires_at, NOW + 900_000);
    }

    #[test]
    fn digits_that_are_not_kept_are_cut_off() {
        assert_eq!(quote("0.123456789999", 0, "JPY").unwrap().rate.to_string(), "0.12345678");
        assert_eq!(quote("0.000000001", 0, "JPY").unwrap_err().code(), Some("NO_RATE"));
    }

    #[test]
    fn a_rate_that_is_missing_old_or_of_another_base_converts_nothing() {
        assert_eq!(quote("150", 0, "EUR").unwrap_err().code(), Some("NO_RATE"));
        assert!(quote("150", OLDEST, "JPY").is_ok());
        assert_eq!(quote("150", OLDEST + 1_000, "JPY").unwrap_err().kind(), ErrorKind::Unavailable);
        let other = Quote::of(&published("150", 0), [currency("EUR"), currency("JPY")], NOW).unwrap_err();
        assert_eq!(other.kind(), ErrorKind::Unavailable);
    }

    #[test]
    fn the_fee_comes_on_top_and_what_is_bought_is_whole() {
        let quote = quote("150.25", 0, "JPY").unwrap();
        let terms = |amount| quote.terms(Money::new(amount, Currency::USD), currency("JPY"));
        // 999.01 USD are 150,101.25 yen.
        assert_eq!(terms(99_901).unwrap(), Terms { target_amount: 150_101, fee_amount: 500, held: 100_401 });
        // 0.01 USD is 1.5 yen, and its fee nothing.
        assert_eq!(terms(1).unwrap(), Terms { target_amount: 1, fee_amount: 0, held: 1 });
        assert_eq!(terms(MAX_AMOUNT).unwrap_err().code(), Some("NOT_CONVERTIBLE"));
    }
}
