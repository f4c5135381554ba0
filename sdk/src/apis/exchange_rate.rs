//! exchange-rate-api: currency rates of exchangerate-api.com, a partner outside of the platform.
//!
//! Its two releases have an address and a form each: release 4 at `api.exchangerate-api.com` needs no key, release 6 at
//! `v6.exchangerate-api.com` has it in the path. A client of the one can have the other as its second provider, see
//! [`from_release_4`]. Rates change once a day: an answer is kept for an hour, and answers for a day when the provider
//! cannot. They are read as decimals, and a rate that is not there is an error, never 1.

use std::{collections::BTreeMap, sync::Arc};

use futures_util::future::BoxFuture;
use payment_clients_macros::api;
use serde::{Deserialize, Serialize};

use crate::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind, Result},
    money::{Currency, Money},
    partner::Profile,
    rate::Rate,
    request::Request,
    secret::AddressKey,
};

/// The provider promises nothing about repeats, and is only asked.
pub const PROFILE: Profile = Profile::without_promises("exchangerate-api.com");

/// Currency rates, by one base currency.
#[api(service = "exchange-rate-api", port = 40098, envelope = "bare")]
pub trait ExchangeRateApi {
    /// Answers the latest rates of one base currency, without a key.
    #[get("/v4/latest/{base}", cache = "60m", stale_if_error = "1440m")]
    async fn latest_rates_v4(&self, base: Currency) -> Result<LatestRatesV4>;

    /// Answers the latest rates of one base currency, with a key.
    #[get("/v6/{api_key}/latest/{base}", cache = "60m", stale_if_error = "1440m")]
    async fn latest_rates_v6(&self, api_key: &AddressKey, base: Currency) -> Result<LatestRatesV6>;

    /// Answers the rate of one pair, with a key.
    ///
    /// It costs as much of the quota as all rates of the base, which serve every pair for an hour.
    #[get("/v6/{api_key}/pair/{base}/{target}", cache = "60m", stale_if_error = "1440m")]
    async fn pair_rate_v6(&self, api_key: &AddressKey, base: Currency, target: Currency) -> Result<PairRateV6>;
}

/// Units of each currency for one unit of the base; the base itself is 1.
pub type Rates = BTreeMap<Currency, Rate>;

// === answers ===

/// Rates as release 4 sends them: without `result`, and under another name than in release 6.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LatestRatesV4 {
    /// Who says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// Notice that release 4 is old.
    #[serde(rename = "WARNING_UPGRADE_TO_V6", skip_serializing_if = "Option::is_none")]
    pub upgrade_notice: Option<String>,
    /// Terms of use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms: Option<String>,
    /// The base asked for.
    pub base: Currency,
    /// Day of the rates, such as `2025-10-24`.
    pub date: String,
    /// Unix seconds.
    pub time_last_updated: i64,
    /// The rates.
    pub rates: Rates,
}

/// Rates as release 6 sends them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct LatestRatesV6 {
    /// Always a success; a refusal has another form and another status.
    pub result: Succeeded,
    /// Where the API is described.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
    /// Terms of use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms_of_use: Option<String>,
    /// Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_last_update_unix: Option<i64>,
    /// The same, such as `Fri, 27 Mar 2020 00:00:00 +0000`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_last_update_utc: Option<String>,
    /// Unix seconds before which there is nothing new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_next_update_unix: Option<i64>,
    /// The same as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_next_update_utc: Option<String>,
    /// The base asked for.
    pub base_code: Currency,
    /// The rates.
    pub conversion_rates: Rates,
}

/// Rate of a pair as release 6 sends it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct PairRateV6 {
    /// Always a success; a refusal has another form and another status.
    pub result: Succeeded,
    /// Where the API is described.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub documentation: Option<String>,
    /// Terms of use.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub terms_of_use: Option<String>,
    /// Unix seconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_last_update_unix: Option<i64>,
    /// The same as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_last_update_utc: Option<String>,
    /// Unix seconds before which there is nothing new.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_next_update_unix: Option<i64>,
    /// The same as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_next_update_utc: Option<String>,
    /// The base asked for.
    pub base_code: Currency,
    /// The other currency.
    pub target_code: Currency,
    /// Units of the target for one unit of the base.
    pub conversion_rate: Rate,
}

/// The word in front of an answer of release 6. Anything else is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Succeeded {
    /// It is one.
    Success,
}

impl LatestRatesV4 {
    /// The rate from the base to `target`.
    ///
    /// # Errors
    /// When the provider has none. No other is taken instead.
    pub fn rate(&self, target: Currency) -> Result<Rate> {
        listed(&self.rates, self.base, target)
    }

    /// What `money`, which is in the base, is in `target`.
    ///
    /// # Errors
    /// When it is in another currency, the provider has no rate, or the amount cannot be computed.
    pub fn convert(&self, money: Money, target: Currency) -> Result<Money> {
        converted(self.rate(target)?, self.base, money, target)
    }
}

impl LatestRatesV6 {
    /// The rate from the base to `target`.
    ///
    /// # Errors
    /// When the provider has none. No other is taken instead.
    pub fn rate(&self, target: Currency) -> Result<Rate> {
        listed(&self.conversion_rates, self.base_code, target)
    }

    /// What `money`, which is in the base, is in `target`.
    ///
    /// # Errors
    /// When it is in another currency, the provider has no rate, or the amount cannot be computed.
    pub fn convert(&self, money: Money, target: Currency) -> Result<Money> {
        converted(self.rate(target)?, self.base_code, money, target)
    }
}

impl PairRateV6 {
    /// What `money`, which is in the base, is in the target.
    ///
    /// # Errors
    /// When it is in another currency, or the amount cannot be computed.
    pub fn convert(&self, money: Money) -> Result<Money> {
        converted(self.conversion_rate, self.base_code, money, self.target_code)
    }
}

/// A rate says nothing of the money that it is applied to, so the base is compared here.
fn converted(rate: Rate, base: Currency, money: Money, target: Currency) -> Result<Money> {
    if money.currency != base {
        let text = format!("{money} cannot be converted at rates of {base}; ask for those of {}", money.currency);
        return Err(Error::invalid_request(text));
    }
    rate.convert(money, target).map_err(|error| Error::invalid_request(error.to_string()).with_source(error))
}

fn listed(rates: &Rates, base: Currency, target: Currency) -> Result<Rate> {
    let missing = || {
        let text = format!("the provider has no rate from {base} to {target}; nothing can be converted");
        Error::new(ErrorKind::NotFound, Certainty::Processed, text)
    };
    rates.get(&target).copied().ok_or_else(missing)
}

// === a second provider ===

/// Answers [`latest_rates_v6`](ExchangeRateApi::latest_rates_v6) from the rates of release 4 at another provider, for a
/// client of release 6 that gets no answer:
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use payment_clients::{apis::exchange_rate::{exchange_rate_api, from_release_4}, prelude::*};
///
/// # fn main() -> Result<()> {
/// let second = ExchangeRateClient::connect("https://api.exchangerate-api.com")?;
/// let rates = ExchangeRateClient::builder()
///     .url("https://v6.exchangerate-api.com")
///     .configure(|config| config.fallback_reserve = Duration::from_secs(2))
///     .fallback_asking(&exchange_rate_api::LATEST_RATES_V6, from_release_4(Arc::new(second)))
///     .build()?;
/// # let _ = ExchangeRateClient::from_base(rates);
/// # Ok(())
/// # }
/// ```
pub fn from_release_4(
    second: Arc<dyn ExchangeRateApi>,
) -> impl Fn(Request, Error) -> BoxFuture<'static, Option<LatestRatesV6>> + Send + Sync {
    move |request, _| {
        let (second, base) = (Arc::clone(&second), request.path_argument("base").and_then(|base| base.parse().ok()));
        Box::pin(async move {
            let rates = second.latest_rates_v4(base?).await;
            rates
                .inspect_err(|error| tracing::warn!(%error, "the second provider has no rates either"))
                .ok()
                .map(Into::into)
        })
    }
}

impl From<LatestRatesV4> for LatestRatesV6 {
    fn from(rates: LatestRatesV4) -> Self {
        Self {
            result: Succeeded::Success,
            documentation: None,
            terms_of_use: rates.terms,
            time_last_update_unix: Some(rates.time_last_updated),
            time_last_update_utc: None,
            time_next_update_unix: None,
            time_next_update_utc: None,
            base_code: rates.base,
            conversion_rates: rates.rates,
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::apis::testing::both_ways;

    const V4: &str = r#"{
        "provider": "https://www.exchangerate-api.com",
        "WARNING_UPGRADE_TO_V6": "https://www.exchangerate-api.com/docs/free",
        "terms": "https://www.exchangerate-api.com/terms",
        "base": "USD",
        "date": "2025-10-24",
        "time_last_updated": 1761264001,
        "rates": { "USD": 1, "EUR": 0.86, "JPY": 152.9 }
    }"#;
    const V6: &str = r#"{
        "result": "success",
        "base_code": "USD",
        "time_last_update_unix": 1761264001,
        "time_next_update_unix": 1761350401,
        "conversion_rates": { "USD": 1, "EUR": 0.86 }
    }"#;
    const PAIR: &str = r#"{
        "result": "success",
        "documentation": "https://www.exchangerate-api.com/docs",
        "base_code": "EUR",
        "target_code": "GBP",
        "conversion_rate": 0.8412
    }"#;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    #[test]
    fn each_release_is_read_in_its_own_form() {
        let (v4, v6) = (both_ways::<LatestRatesV4>(V4), both_ways::<LatestRatesV6>(V6));
        assert_eq!(v4.rate(currency("EUR")).unwrap(), v6.rate(currency("EUR")).unwrap());
        assert_eq!(both_ways::<PairRateV6>(PAIR).conversion_rate.to_string(), "0.8412");
        assert!(
            serde_json::from_str::<LatestRatesV6>(V4).is_err() && serde_json::from_str::<LatestRatesV4>(V6).is_err()
        );
        assert!(serde_json::from_str::<LatestRatesV6>(&V6.replace("success", "error")).is_err());
    }

    #[test]
    fn a_rate_that_is_missing_is_an_error_and_never_one() {
        let error = both_ways::<LatestRatesV4>(V4).rate(currency("XAF")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
        assert!(error.message().contains("from USD to XAF"), "{error}");
    }

    #[test]
    fn money_is_converted_to_the_minor_unit() {
        let rates = both_ways::<LatestRatesV4>(V4);
        let price = Money::new(1999, Currency::USD);
        assert_eq!(rates.convert(price, currency("EUR")).unwrap().to_string(), "17.19 EUR");
        assert_eq!(rates.convert(price, currency("JPY")).unwrap().to_string(), "3056 JPY");
        let pair = both_ways::<PairRateV6>(PAIR);
        assert_eq!(pair.convert(Money::new(1999, currency("EUR"))).unwrap().to_string(), "16.82 GBP");
        let error = pair.convert(price).unwrap_err();
        assert!(error.message().contains("19.99 USD cannot be converted at rates of EUR"), "{error}");
    }

    #[test]
    fn rates_are_read_digit_by_digit() {
        let rates: Rates = serde_json::from_str(r#"{"BTC":1e-05,"IDR":16612.299999999999,"EUR":0.1}"#).unwrap();
        let text = |code| rates[&currency(code)].to_string();
        assert_eq!([text("BTC"), text("IDR"), text("EUR")], ["0.00001", "16612.299999999999", "0.1"]);
    }
}
