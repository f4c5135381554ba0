//! What services report by themselves. A batch is one unit: all of it is counted, or nothing.

use async_trait::async_trait;
use payment_clients::{
    apis::analytics::{AnalyticsEventApi, ChannelEvent, OrderEvent, PaymentEvent, RefundEvent},
    contract::error::{Error, Result},
};

use crate::{
    analytics::{Analytics, domain::facts::Report, store},
    kit::{caller::caller, store::Tx},
};

impl Analytics {
    async fn one<R: Report + Clone>(&self, report: &R) -> Result<()> {
        let now = self.clock.now();
        caller()?.is_of_the_platform("event_id")?;
        let reported = (report.id(), report.clone().fact("", now)?);
        self.count(vec![reported], now).await
    }

    async fn several<R: Report>(&self, reports: Vec<R>) -> Result<()> {
        let now = self.clock.now();
        caller()?.is_of_the_platform("event_id")?;
        if reports.is_empty() {
            return Err(Error::invalid_input("body", "must hold an event"));
        }
        let read = |(place, report): (usize, R)| Ok((report.id(), report.fact(&format!("[{place}]."), now)?));
        let reported = reports.into_iter().enumerate().map(read).collect::<Result<Vec<_>>>()?;
        self.count(reported, now).await
    }

    async fn count(&self, reported: Vec<store::Reported>, now: i64) -> Result<()> {
        let unit = move |tx: &mut Tx<'_>| {
            reported.iter().try_for_each(|(id, fact)| store::count_reported(tx, *id, fact.as_ref(), now))
        };
        self.store.write(unit).await
    }
}

#[async_trait]
impl AnalyticsEventApi for Analytics {
    async fn record_payment(&self, event: &PaymentEvent) -> Result<()> {
        self.one(event).await
    }

    async fn record_payments(&self, events: Vec<PaymentEvent>) -> Result<()> {
        self.several(events).await
    }

    async fn record_refund(&self, event: &RefundEvent) -> Result<()> {
        self.one(event).await
    }

    async fn record_refunds(&self, events: Vec<RefundEvent>) -> Result<()> {
        self.several(events).await
    }

    async fn record_order(&self, event: &OrderEvent) -> Result<()> {
        self.one(event).await
    }

    async fn record_orders(&self, events: Vec<OrderEvent>) -> Result<()> {
        self.several(events).await
    }

    async fn record_channel_transaction(&self, event: &ChannelEvent) -> Result<()> {
        self.one(event).await
    }

    async fn record_channel_transactions(&self, events: Vec<ChannelEvent>) -> Result<()> {
        self.several(events).await
    }
}
