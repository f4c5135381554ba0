//! What each operation does: who asks, which days, read, add up, answer.

mod figures;
mod reports;
mod statistics;

use payment_clients::{
    apis::{ids::MerchantId, words::Channel},
    contract::{
        error::{Error, Result},
        money::Currency,
    },
};

use super::{
    Analytics,
    domain::{
        period::Period,
        totals::{self, Day, PaymentTotals},
    },
    store,
};
use crate::kit::caller::caller;

/// Payments of a channel on a day.
type ChannelDay = (Channel, Day<PaymentTotals>);

impl Analytics {
    fn period(&self, start: Option<&str>, end: Option<&str>, currency: Option<Currency>) -> Result<Period> {
        Period::of(start, end, currency, self.clock.now())
    }

    /// A merchant's payments with their channels, latest day first.
    async fn payments_by_channel(&self, merchant: MerchantId, period: Period) -> Result<Vec<ChannelDay>> {
        self.store.read(move |view| store::payments::of_merchant(view, merchant, &period)).await
    }

    /// A merchant's payments, latest day first.
    async fn payments(&self, merchant: MerchantId, period: Period) -> Result<Vec<Day<PaymentTotals>>> {
        let rows = self.payments_by_channel(merchant, period).await?;
        totals::merged(rows.into_iter().map(|(_, day)| day).collect())
    }
}

/// The merchant whose figures are asked for, if the caller may see them.
///
/// # Errors
/// 400 when nobody is named, 404 for somebody else.
fn visible(merchant: MerchantId) -> Result<MerchantId> {
    let caller = caller()?;
    if merchant.is_nil() {
        return Err(Error::invalid_input("merchant_id", "must say whose figures"));
    }
    if caller.sees(merchant) { Ok(merchant) } else { Err(Error::not_found(format_args!("merchant {merchant}"))) }
}

/// A currency as summaries have it: empty when nothing happened.
fn named(currency: Option<Currency>) -> String {
    currency.map(|currency| currency.to_string()).unwrap_or_default()
}
