//! Exchange rates: asked of the provider, kept as it published them, and asked anew in the background.
//!
//! The client of the provider has its breaker, and its cache for a moment and for an outage, in this process. What is
//! kept here outlives the process, is the same for all instances, and shows later by which publication a conversion was
//! quoted. However old, it is handed on as what it is: [`Quote`](super::domain::conversions::Quote) decides whether it
//! still counts, and nobody makes up another rate.

use std::time::Duration;

use payment_clients::{
    apis::exchange_rate::{ExchangeRateApi, LatestRatesV4},
    contract::{
        error::{Error, ErrorKind, Result},
        money::Currency,
    },
    seams::Rng,
};

use super::{Accounting, store::rates};
use crate::kit::tasks::{Shutdown, Tasks};

/// How often the provider is asked anew. It publishes once a day, and the client keeps an answer for as long.
const EVERY: Duration = Duration::from_secs(3600);
/// The most by which a round is later than that, so that instances do not ask in step.
const SPREAD: Duration = Duration::from_secs(300);

impl Accounting {
    /// What is published about a currency: by the provider now, or by what is kept when it does not answer.
    ///
    /// # Errors
    /// The provider's refusal when it has no such currency; its failure when nothing is kept either.
    pub(super) async fn published(&self, base: Currency) -> Result<LatestRatesV4> {
        match self.deps.rates.latest_rates_v4(base).await {
            Ok(published) => self.keep(base, published).await,
            Err(error) if error.kind() == ErrorKind::NotFound => Err(error),
            Err(error) => self.kept(base, error).await,
        }
    }

    /// Asks anew for every currency that was ever converted from, one after the other.
    ///
    /// # Errors
    /// When the store fails. A provider that fails is asked again in the next round.
    pub async fn refresh_rates(&self) -> Result<()> {
        for base in self.store.read(rates::bases).await? {
            if let Err(error) = self.published(base).await {
                tracing::warn!(%error, %base, "its rates are asked for again in the next round");
            }
        }
        Ok(())
    }

    /// Keeps what is published current from now on.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub(super) fn refresh_rates_in(&self, tasks: &mut Tasks) -> Result<()> {
        let (accounting, rng) = (self.clone(), Rng::system()?);
        tasks.spawn("exchange rates", |shutdown| accounting.work(rng, shutdown));
        Ok(())
    }

    async fn keep(&self, base: Currency, published: LatestRatesV4) -> Result<LatestRatesV4> {
        let (known, now) = (published.clone(), self.clock.now());
        // Rates of another currency are none of this one; whoever quotes says so.
        if published.base == base && !self.store.read(move |view| rates::holds(view, &known)).await? {
            let new = published.clone();
            self.store.write(move |tx| rates::insert(tx, &new, now)).await?;
        }
        Ok(published)
    }

    async fn kept(&self, base: Currency, error: Error) -> Result<LatestRatesV4> {
        let Some(kept) = self.store.read(move |view| rates::latest(view, base)).await? else { return Err(error) };
        tracing::warn!(%error, %base, published = kept.date, "no rates are published now; the last ones stand");
        Ok(kept)
    }

    async fn work(self, rng: Rng, mut shutdown: Shutdown) {
        while !shutdown.has_begun() {
            tokio::select! {
                biased;
                () = shutdown.begun() => break,
                () = tokio::time::sleep(EVERY + rng.up_to(SPREAD)) => {}
            }
            if let Err(error) = self.refresh_rates().await {
                tracing::warn!(%error, "the currencies of this round cannot be read");
            }
        }
    }
}
