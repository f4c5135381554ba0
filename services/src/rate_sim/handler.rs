//! The provider's operations.

use std::time::Duration;

use payment_clients::{
    apis::exchange_rate::{ExchangeRateApi, LatestRatesV4, LatestRatesV6, PairRateV6, Rates, Succeeded},
    contract::{
        error::{Error, Result},
        money::Currency,
        secret::AddressKey,
        timestamp::Timestamp,
    },
};

use super::{
    RateSim,
    domain::{self, Mood},
    store,
};
use crate::kit::days::DAY;

#[async_trait::async_trait]
impl ExchangeRateApi for RateSim {
    async fn latest_rates_v4(&self, base: Currency) -> Result<LatestRatesV4> {
        self.asked_by("").await?;
        let updated_at = Mood::Normal.updated_at(self.clock.now());
        let day = Timestamp::from_unix_ms(updated_at * 1000).to_string();
        Ok(LatestRatesV4 {
            provider: None,
            upgrade_notice: None,
            terms: None,
            base,
            date: day.split('T').next().unwrap_or_default().to_owned(),
            time_last_updated: updated_at,
            rates: domain::rates(base)?,
        })
    }

    async fn latest_rates_v6(&self, api_key: &AddressKey, base: Currency) -> Result<LatestRatesV6> {
        let mood = self.asked_by(&api_key.to_string()).await?;
        let (base_code, conversion_rates) = match mood {
            Mood::Nonsense => nonsense(base)?,
            _ => (base, domain::rates(base)?),
        };
        let updated_at = mood.updated_at(self.clock.now());
        Ok(LatestRatesV6 {
            result: Succeeded::Success,
            documentation: None,
            terms_of_use: None,
            time_last_update_unix: Some(updated_at),
            time_last_update_utc: None,
            time_next_update_unix: Some(updated_at + DAY / 1000),
            time_next_update_utc: None,
            base_code,
            conversion_rates,
        })
    }

    async fn pair_rate_v6(&self, api_key: &AddressKey, base: Currency, target: Currency) -> Result<PairRateV6> {
        let mood = self.asked_by(&api_key.to_string()).await?;
        // The nonsense of a pair is that it is told the other way round.
        let (base_code, target_code) = if mood == Mood::Nonsense { (target, base) } else { (base, target) };
        let updated_at = mood.updated_at(self.clock.now());
        Ok(PairRateV6 {
            result: Succeeded::Success,
            documentation: None,
            terms_of_use: None,
            time_last_update_unix: Some(updated_at),
            time_last_update_utc: None,
            time_next_update_unix: Some(updated_at + DAY / 1000),
            time_next_update_utc: None,
            base_code,
            target_code,
            conversion_rate: domain::rate(base, target)?,
        })
    }
}

impl RateSim {
    /// Counts a question and tells in which mood it is answered.
    async fn asked_by(&self, account: &str) -> Result<Mood> {
        let mood = Mood::towards(account);
        if mood == Mood::Down {
            return Err(Error::unavailable("the provider is down", Duration::from_secs(1)));
        }
        let (account, day) = (account.to_owned(), self.clock.now().div_euclid(DAY));
        self.store.write(move |tx| store::count(tx, &account, day)).await?;
        Ok(mood)
    }
}

fn nonsense(base: Currency) -> Result<(Currency, Rates)> {
    let yen = "JPY".parse().map_err(Error::internal)?;
    let other = if base == yen { Currency::USD } else { yen };
    let mut rates = domain::rates(other)?;
    rates.remove(&base);
    Ok((other, rates))
}
