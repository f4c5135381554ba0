//! Figures of days and their sums: payments and revenue of a merchant, transactions at a channel.

use async_trait::async_trait;
use payment_clients::{
    apis::{
        analytics::{
            ChannelAnalyticsApi, ChannelMetrics, ChannelPeriod, ChannelSummary, MerchantAnalyticsApi, MerchantMetrics,
            MerchantPeriod, MerchantSummary, PaymentAnalyticsApi, PaymentMetrics, PaymentSummary,
        },
        ids::MerchantId,
        words::Channel,
    },
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{named, visible};
use crate::{
    analytics::{
        Analytics,
        domain::{
            EXACT, SHOWN, percent,
            period::Period,
            totals::{ChannelTotals, Day, MerchantTotals, PaymentTotals, average, count, currency_of, summed},
        },
        store,
    },
    kit::{caller::caller, text},
};

/// The longest name of a channel.
const LONGEST: usize = 64;

impl Analytics {
    async fn orders(&self, merchant: MerchantId, period: Period) -> Result<Vec<Day<MerchantTotals>>> {
        self.store.read(move |view| store::merchants::of_merchant(view, merchant, &period)).await
    }

    async fn transactions(&self, asked: &ChannelPeriod) -> Result<Vec<Day<ChannelTotals>>> {
        caller()?.is_of_the_platform("channel_code")?;
        let ChannelPeriod { channel_code: channel, start_date, end_date, currency } = asked.clone();
        text::at_most("channel_code", Some(channel.as_str()), LONGEST)?;
        if channel.as_str().is_empty() {
            return Err(Error::invalid_input("channel_code", "must not be empty"));
        }
        let period = self.period(start_date.as_deref(), end_date.as_deref(), currency)?;
        self.store.read(move |view| store::channels::of_channel(view, &channel, &period)).await
    }

    /// The merchant and the days that are asked for.
    fn asked(&self, asked: &MerchantPeriod) -> Result<(MerchantId, Period)> {
        let merchant = visible(asked.merchant_id)?;
        let period = self.period(asked.start_date.as_deref(), asked.end_date.as_deref(), asked.currency)?;
        Ok((merchant, period))
    }
}

// === payments ===

#[async_trait]
impl PaymentAnalyticsApi for Analytics {
    async fn get_payment_metrics(&self, period: &MerchantPeriod) -> Result<Vec<PaymentMetrics>> {
        let (merchant, period) = self.asked(period)?;
        self.payments(merchant, period).await?.iter().map(|day| payment_metrics(merchant, day)).collect()
    }

    async fn get_payment_summary(&self, period: &MerchantPeriod) -> Result<PaymentSummary> {
        let (merchant, period) = self.asked(period)?;
        let days = self.payments(merchant, period).await?;
        let currency = currency_of(&days);
        let sum = summed(&days, currency)?;
        Ok(PaymentSummary {
            total_payments: count(sum.payments)?,
            success_payments: count(sum.succeeded)?,
            failed_payments: count(sum.failed)?,
            total_amount: sum.amount,
            success_amount: sum.success_amount,
            total_refunds: count(sum.refunds)?,
            total_refund_amount: sum.refund_amount,
            success_rate: percent(sum.succeeded, sum.payments, EXACT),
            average_amount: average(sum.amount, sum.payments),
            currency: named(currency),
        })
    }
}

fn payment_metrics(merchant_id: MerchantId, day: &Day<PaymentTotals>) -> Result<PaymentMetrics> {
    let sum = &day.totals;
    Ok(PaymentMetrics {
        id: id("payments", &merchant_id.to_string(), day).into(),
        merchant_id,
        date: Timestamp::from_unix_ms(day.day),
        total_payments: count(sum.payments)?,
        success_payments: count(sum.succeeded)?,
        failed_payments: count(sum.failed)?,
        total_amount: sum.amount,
        success_amount: sum.success_amount,
        total_refunds: count(sum.refunds)?,
        total_refund_amount: sum.refund_amount,
        currency: day.currency,
        success_rate: percent(sum.succeeded, sum.payments, SHOWN),
        average_amount: average(sum.amount, sum.payments),
        created_at: day.created_at,
        updated_at: day.updated_at,
    })
}

// === orders and revenue ===

#[async_trait]
impl MerchantAnalyticsApi for Analytics {
    async fn get_merchant_metrics(&self, period: &MerchantPeriod) -> Result<Vec<MerchantMetrics>> {
        let (merchant, period) = self.asked(period)?;
        self.orders(merchant, period).await?.iter().map(|day| merchant_metrics(merchant, day)).collect()
    }

    async fn get_merchant_summary(&self, period: &MerchantPeriod) -> Result<MerchantSummary> {
        let (merchant, period) = self.asked(period)?;
        let days = self.orders(merchant, period).await?;
        let currency = currency_of(&days);
        let sum = summed(&days, currency)?;
        Ok(MerchantSummary {
            total_orders: count(sum.orders)?,
            completed_orders: count(sum.completed)?,
            cancelled_orders: count(sum.cancelled)?,
            total_revenue: sum.revenue,
            total_fees: sum.fees,
            net_revenue: sum.revenue.saturating_sub(sum.fees),
            new_customers: count(sum.new_customers)?,
            returning_customers: count(sum.returning_customers)?,
            completion_rate: percent(sum.completed, sum.orders, EXACT),
            currency: named(currency),
        })
    }
}

fn merchant_metrics(merchant_id: MerchantId, day: &Day<MerchantTotals>) -> Result<MerchantMetrics> {
    let sum = &day.totals;
    Ok(MerchantMetrics {
        id: id("orders", &merchant_id.to_string(), day).into(),
        merchant_id,
        date: Timestamp::from_unix_ms(day.day),
        total_orders: count(sum.orders)?,
        completed_orders: count(sum.completed)?,
        cancelled_orders: count(sum.cancelled)?,
        total_revenue: sum.revenue,
        total_fees: sum.fees,
        net_revenue: sum.revenue.saturating_sub(sum.fees),
        new_customers: count(sum.new_customers)?,
        returning_customers: count(sum.returning_customers)?,
        currency: day.currency,
        created_at: day.created_at,
        updated_at: day.updated_at,
    })
}

// === channels ===

#[async_trait]
impl ChannelAnalyticsApi for Analytics {
    async fn get_channel_metrics(&self, period: &ChannelPeriod) -> Result<Vec<ChannelMetrics>> {
        let days = self.transactions(period).await?;
        days.iter().map(|day| channel_metrics(&period.channel_code, day)).collect()
    }

    async fn get_channel_summary(&self, period: &ChannelPeriod) -> Result<ChannelSummary> {
        let days = self.transactions(period).await?;
        let currency = currency_of(&days);
        let sum = summed(&days, currency)?;
        Ok(ChannelSummary {
            total_transactions: count(sum.transactions)?,
            success_transactions: count(sum.succeeded)?,
            failed_transactions: count(sum.failed)?,
            total_amount: sum.amount,
            success_amount: sum.success_amount,
            average_latency: count(average(sum.took, sum.measured))?,
            success_rate: percent(sum.succeeded, sum.transactions, EXACT),
            currency: named(currency),
        })
    }
}

fn channel_metrics(channel: &Channel, day: &Day<ChannelTotals>) -> Result<ChannelMetrics> {
    let sum = &day.totals;
    Ok(ChannelMetrics {
        id: id("channel", channel.as_str(), day).into(),
        channel_code: channel.clone(),
        date: Timestamp::from_unix_ms(day.day),
        total_transactions: count(sum.transactions)?,
        success_transactions: count(sum.succeeded)?,
        failed_transactions: count(sum.failed)?,
        total_amount: sum.amount,
        success_amount: sum.success_amount,
        average_latency: count(average(sum.took, sum.measured))?,
        success_rate: percent(sum.succeeded, sum.transactions, SHOWN),
        currency: day.currency,
        created_at: day.created_at,
        updated_at: day.updated_at,
    })
}

/// A row of figures has the same id whenever it is asked for: it is made of what the row is about.
fn id<T>(sort: &str, of: &str, day: &Day<T>) -> Uuid {
    let hash = Sha256::digest(format!("{sort} {of} {} {}", day.day, day.currency));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
