//! The figures of a merchant's dashboard.

use std::collections::BTreeMap;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        analytics::{ChannelBreakdown, MerchantStatistics, MerchantStatisticsApi, MerchantTransactions, PaymentTrend},
        ids::MerchantId,
        words::Channel,
    },
    contract::{error::Result, money::Currency},
};

use super::{ChannelDay, named, visible};
use crate::{
    analytics::{
        Analytics,
        domain::{
            SHOWN, percent,
            period::{self, Period},
            totals::{Day, PaymentTotals, average, count, currency_of, merged, summed},
        },
    },
    kit::days,
};

#[async_trait]
impl MerchantStatisticsApi for Analytics {
    async fn get_merchant_statistics(
        &self,
        merchant_id: &MerchantId,
        currency: Option<Currency>,
    ) -> Result<MerchantStatistics> {
        let (merchant, now) = (visible(*merchant_id)?, self.clock.now());
        let mut days = self.payments(merchant, Period::lately(currency, now)?).await?;
        let currency = currency_of(&days);
        days.retain(|day| Some(day.currency) == currency);
        let (today, this_month) = (since(&days, days::midnight(now))?, since(&days, period::month(now))?);
        Ok(MerchantStatistics {
            today_payments: count(today.payments)?,
            today_amount: today.amount,
            today_success_rate: percent(today.succeeded, today.payments, SHOWN),
            month_payments: count(this_month.payments)?,
            month_amount: this_month.amount,
            month_success_rate: percent(this_month.succeeded, this_month.payments, SHOWN),
            currency: named(currency),
            payment_trend: period::trend(now).map(|day| trend(&days, day)).collect::<Result<_>>()?,
        })
    }

    async fn get_transaction_summary(
        &self,
        merchant_id: &MerchantId,
        start_date: Option<&str>,
        end_date: Option<&str>,
        currency: Option<Currency>,
    ) -> Result<MerchantTransactions> {
        let merchant = visible(*merchant_id)?;
        let rows = self.payments_by_channel(merchant, self.period(start_date, end_date, currency)?).await?;
        let days = merged(rows.iter().map(|(_, day)| *day).collect())?;
        let currency = currency_of(&days);
        let sum = summed(&days, currency)?;
        Ok(MerchantTransactions {
            total_payments: count(sum.payments)?,
            success_payments: count(sum.succeeded)?,
            failed_payments: count(sum.failed)?,
            total_amount: sum.amount,
            success_amount: sum.success_amount,
            success_rate: percent(sum.succeeded, sum.payments, SHOWN),
            average_amount: average(sum.amount, sum.payments),
            total_refunds: count(sum.refunds)?,
            total_refund_amount: sum.refund_amount,
            refund_rate: percent(sum.refunds, sum.succeeded, SHOWN),
            currency: named(currency),
            channel_breakdown: breakdown(rows, currency, sum.amount)?,
        })
    }
}

/// The sum of the days from `first` on, which are all of one currency.
fn since(days: &[Day<PaymentTotals>], first: i64) -> Result<PaymentTotals> {
    let later = days.partition_point(|day| day.day >= first);
    summed(&days[..later], currency_of(days))
}

/// One day of the trend; a day on which nothing happened has zeros.
fn trend(days: &[Day<PaymentTotals>], day: i64) -> Result<PaymentTrend> {
    let PaymentTotals { payments, succeeded, amount, .. } =
        days.iter().find(|found| found.day == day).map(|found| found.totals).unwrap_or_default();
    let success_rate = percent(succeeded, payments, SHOWN);
    Ok(PaymentTrend { date: days::name(day), payments: count(payments)?, amount, success_rate })
}

/// The part of each channel in payments that make `whole`.
fn breakdown(rows: Vec<ChannelDay>, currency: Option<Currency>, whole: i64) -> Result<Vec<ChannelBreakdown>> {
    let mut channels: BTreeMap<String, Vec<Day<PaymentTotals>>> = BTreeMap::new();
    for (channel, day) in rows {
        channels.entry(channel.to_string()).or_default().push(day);
    }
    let mut parts = Vec::new();
    for (channel, days) in channels {
        let PaymentTotals { payments, succeeded, amount, .. } = summed(&days, currency)?;
        // A refund alone, or a payment in another currency, is no part of them.
        if payments > 0 {
            parts.push(ChannelBreakdown {
                channel: Channel::from(channel.as_str()),
                payments: count(payments)?,
                amount,
                success_rate: percent(succeeded, payments, SHOWN),
                percentage: percent(amount, whole, SHOWN),
            });
        }
    }
    Ok(parts)
}
