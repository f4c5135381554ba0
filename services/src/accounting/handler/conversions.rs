//! Conversions between the currencies of a merchant.

use async_trait::async_trait;
use payment_clients::{
    apis::accounting::{
        CancelCurrencyConversion, ConversionApi, ConversionNo, CreateCurrencyConversion, CurrencyConversion,
        CurrencyConversionFilter,
    },
    contract::{error::Result, money::Currency, page::Page},
};

use super::caller;
use crate::{
    accounting::{
        Accounting,
        domain::conversions::{self as rules, Quote},
        store::conversions,
    },
    kit::paging,
};

impl Accounting {
    /// The rate between two currencies, as the provider knows it now.
    async fn quote(&self, [source, target]: [Currency; 2]) -> Result<Quote> {
        let published = self.published(source).await;
        let published = published.map_err(|error| rules::unknown_rate(error, [source, target]))?;
        Quote::of(&published, [source, target], self.clock.now())
    }

    /// `CONV-`, the second of its birth, and eight random characters.
    fn conversion_no(&self) -> ConversionNo {
        let id = self.ids.next("CV");
        let random: String = id.chars().rev().take(8).collect();
        format!("CONV-{}-{random}", self.clock.now().div_euclid(1000)).into()
    }
}

#[async_trait]
impl ConversionApi for Accounting {
    async fn create_currency_conversion(&self, request: &CreateCurrencyConversion) -> Result<CurrencyConversion> {
        caller()?.platform()?;
        rules::check(request)?;
        let (number, id) = (self.conversion_no(), self.ids.uuid().into());
        // Not refused here: a repeat is answered by its key, even while nobody knows the rate.
        let quote = self.quote([request.source_currency, request.target_currency]).await;
        let (request, now) = (request.clone(), self.clock.now());
        self.once(move |tx| conversions::create(tx, (&number, id), &request, &quote?, now)).await
    }

    async fn list_currency_conversions(&self, filter: &CurrencyConversionFilter) -> Result<Page<CurrencyConversion>> {
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = CurrencyConversionFilter { merchant_id: caller()?.about(filter.merchant_id)?, ..filter.clone() };
        self.store.read(move |view| conversions::list(view, &filter, page, size)).await
    }

    async fn get_currency_conversion(&self, number: &ConversionNo) -> Result<CurrencyConversion> {
        let (number, merchant) = (number.clone(), caller()?.scope());
        self.store.read(move |view| conversions::require(view, &number, merchant)).await
    }

    async fn process_currency_conversion(&self, number: &ConversionNo) -> Result<()> {
        let (actor, number) = (caller()?.platform()?, number.clone());
        let (ids, now) = (self.ids.clone(), self.clock.now());
        self.once(move |tx| conversions::process(tx, &ids, &number, &actor, now)).await
    }

    async fn cancel_currency_conversion(
        &self,
        number: &ConversionNo,
        cancellation: &CancelCurrencyConversion,
    ) -> Result<()> {
        let actor = caller()?.platform()?;
        rules::check_cancellation(cancellation)?;
        let (number, reason, now) = (number.clone(), cancellation.reason.clone(), self.clock.now());
        self.once(move |tx| conversions::cancel(tx, &number, &reason, &actor, now)).await
    }
}
