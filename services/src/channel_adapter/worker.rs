//! What goes on behind the handlers: events are told to the gateway, and what its channel left undecided is asked about.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use payment_clients::{
    apis::{ids::PaymentNo, payment_gateway::GatewayWebhookApi, words::Channel},
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
    },
};
use tokio::task::JoinSet;

use super::{
    ChannelAdapter,
    handler::webhooks::{Next, judge, news_of},
    store::{
        self,
        inbox::{self, End, Waiting},
        payments, refunds,
    },
};
use crate::kit::{incident, store::Tx, tasks::Shutdown, webhook};

/// An event that is to be told.
pub(super) type Delivery = Waiting;

/// How often the worker looks for what is due.
const EVERY: Duration = Duration::from_millis(200);
/// Calls that it makes at once.
const AT_ONCE: usize = 32;
/// Rows of a kind that it takes up in one look.
const MOST: u32 = 64;

/// Works until the shutdown, and then tells what is still in memory.
pub(super) async fn work(adapter: ChannelAdapter, mut shutdown: Shutdown) {
    let mut queue = adapter.0.queue.lock().await;
    let mut calls = JoinSet::new();
    let mut look = tokio::time::interval(EVERY);
    look.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        let delivery = tokio::select! {
            biased;
            Some(_) = calls.join_next(), if calls.len() >= AT_ONCE => continue,
            () = shutdown.begun() => queue.try_recv().ok(),
            _ = look.tick() => {
                if let Err(error) = adapter.take_up(&mut calls).await {
                    tracing::warn!(%error, "what is due cannot be read; trying again");
                }
                continue;
            }
            delivery = queue.recv() => delivery,
        };
        let Some(delivery) = delivery else { break };
        while calls.try_join_next().is_some() {}
        let adapter = adapter.clone();
        calls.spawn(async move { adapter.tell(delivery).await });
    }
    calls.join_all().await;
}

impl ChannelAdapter {
    /// Takes up everything whose time has come.
    async fn take_up(&self, calls: &mut JoinSet<()>) -> Result<()> {
        let (now, until) = (self.now(), self.lease());
        if !self.0.store.read(move |view| store::anything_due(view, now)).await? {
            return Ok(());
        }
        let take = move |tx: &mut Tx<'_>| {
            let payments = payments::take_due(tx, now, until, MOST)?;
            let refunds = refunds::take_due(tx, now, until, MOST)?;
            Ok((payments, refunds, inbox::take_due(tx, now, until, MOST)?))
        };
        let (payments, refunds, events) = self.0.store.write(take).await?;
        for open in payments {
            let adapter = self.clone();
            calls.spawn(async move {
                let outcome = adapter.resolve(&open).await;
                // However it ends, the row says so.
                let _ = adapter.conclude(Arc::new(open), outcome).await;
            });
        }
        for refund in refunds {
            let adapter = self.clone();
            calls.spawn(async move {
                let outcome = adapter.resolve_refund(&refund).await;
                let _ = adapter.conclude_refund(Arc::new(refund), outcome).await;
            });
        }
        for event in events {
            let adapter = self.clone();
            calls.spawn(async move { adapter.look_again(event).await });
        }
        Ok(())
    }

    /// An event that was not told when it came: another may have come first, or the gateway was away.
    async fn look_again(&self, event: Waiting) {
        let (now, later) = (self.now(), self.after_pause(event.asked));
        let again = event.clone();
        let unit = move |tx: &mut Tx<'_>| {
            let key = [again.channel.as_str(), &again.event_id];
            let next = judge(tx, &again, news_of(&again)?.as_ref(), now)?;
            match next {
                Next::Tell => {}
                Next::Later => inbox::put_off(tx, key, later)?,
                Next::End(end) => inbox::end(tx, key, end, now)?,
            }
            Ok(next)
        };
        match self.0.store.write(unit).await {
            Ok(Next::Tell) => self.tell(event).await,
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, event = event.event_id, "the event waits"),
        }
    }

    /// Tells the gateway, and writes down what came of it.
    async fn tell(&self, event: Waiting) {
        let told = self.call_back(&event).await;
        let (now, later) = (self.now(), self.after_pause(event.asked));
        let id = event.event_id.clone();
        let unit = move |tx: &mut Tx<'_>| {
            let key = [event.channel.as_str(), event.event_id.as_str()];
            match told {
                Ok(()) => inbox::end(tx, key, End::Delivered, now),
                Err(error) if is_refusal(&error) => {
                    incident::open(tx, &event.payment_no, "CALLBACK_REFUSED", error.message(), now)?;
                    inbox::end(tx, key, End::Parked, now)
                }
                Err(error) => {
                    tracing::info!(%error, event = event.event_id, "the gateway was not told; it will be");
                    inbox::put_off(tx, key, later)
                }
            }
        };
        if let Err(error) = self.0.store.write(unit).await {
            tracing::warn!(%error, event = id, "what came of a callback cannot be noted; it will be made again");
        }
    }

    async fn call_back(&self, event: &Waiting) -> Result<()> {
        let news = news_of(event)?;
        let payment_no = PaymentNo::from(event.payment_no.as_str());
        let Some(callback) = news.and_then(|news| news.callback(&payment_no)) else { return Ok(()) };
        let body = serde_json::to_vec(&callback).map_err(Error::internal)?;
        let signature = webhook::sign(&self.0.secrets.callbacks, self.now().div_euclid(1000), &body);
        let (gateway, signature, body) = (&self.0.deps.gateway, Some(signature.as_str()), Bytes::from(body));
        match event.channel {
            Channel::Paypal => gateway.handle_paypal_webhook(signature, body).await,
            _ => gateway.handle_stripe_webhook(signature, body).await,
        }
    }
}

/// True when the gateway will never take it. A missing payment or a refused signature may mend.
fn is_refusal(error: &Error) -> bool {
    error.certainty() == Certainty::Processed && error.kind() != ErrorKind::NotFound
}
