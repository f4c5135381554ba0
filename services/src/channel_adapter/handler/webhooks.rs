//! Webhooks: verified over their bytes, kept once for their id, applied in the same commit, and then told to the gateway
//! by the worker.

use async_trait::async_trait;
use bytes::Bytes;
use payment_clients::{
    apis::{
        channel_adapter::{ChannelPaymentStatus, ChannelWebhookApi, PaypalEvent, StripeEvent, WebhookReceipt},
        words::Channel,
    },
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
    },
};

use super::payments::late_success;
use crate::{
    channel_adapter::{
        ChannelAdapter,
        domain::{self, News, Reading, paypal, stripe},
        store::{
            inbox::{self, Arrived, End, Waiting},
            payments::{self, Learned},
        },
    },
    kit::{
        incident,
        store::Tx,
        webhook::{self, Invalid, transmission::Transmission},
    },
};

#[async_trait]
impl ChannelWebhookApi for ChannelAdapter {
    async fn handle_stripe_webhook(&self, signature: &str, body: Bytes) -> Result<WebhookReceipt> {
        webhook::verify(&self.0.secrets.stripe, signature, self.seconds(), &body).map_err(forged)?;
        let text = utf8(&body)?;
        let event: StripeEvent = read(text)?;
        let news = stripe::news(&event)?;
        self.receive(Channel::Stripe, event.id, text.to_owned(), news).await
    }

    async fn handle_paypal_webhook(
        &self,
        signature: &str,
        transmission_id: Option<&str>,
        transmission_time: Option<&str>,
        body: Bytes,
    ) -> Result<WebhookReceipt> {
        let webhook_id = domain::webhook_id(&Channel::Paypal, &self.0.configs);
        let (id, time) = (transmission_id.unwrap_or_default(), transmission_time.unwrap_or_default());
        let sent = Transmission { id, time, webhook_id: &webhook_id };
        sent.verify(&self.0.secrets.paypal, signature, self.seconds(), &body).map_err(forged)?;
        let text = utf8(&body)?;
        let event: PaypalEvent = read(text)?;
        let news = paypal::news(&event);
        if let Some(news) = &news {
            self.confirm(news).await?;
        }
        self.receive(Channel::Paypal, event.id, text.to_owned(), news).await
    }
}

/// What is to be done about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::channel_adapter) enum Next {
    /// The gateway is told.
    Tell,
    /// It is over.
    End(End),
    /// Another event has to come first.
    Later,
}

impl ChannelAdapter {
    fn seconds(&self) -> i64 {
        self.now().div_euclid(1000)
    }

    /// PayPal's signature vouches for a checksum of the body and not for the body, so PayPal is asked about a payment of
    /// ours whether it is so. One that is not PayPal's is left to [`judge`], which finds that.
    async fn confirm(&self, news: &News) -> Result<()> {
        let Some(number) = news.payment_no.clone() else { return Ok(()) };
        let stored = self.0.store.read(move |view| payments::get(view, number.as_str())).await?;
        let ours = stored.filter(|payment| payment.channel == Channel::Paypal);
        let Some(payment) = ours.filter(|_| news.status != ChannelPaymentStatus::Refunded) else { return Ok(()) };
        let Some(trade_no) = &payment.verdict.trade_no else {
            // The answer that names it is on its way, and PayPal sends the event again; one that was refused has no name.
            let early = || Err(domain::running(&format!("payment {}", payment.payment_no)));
            return if payment.is_open { early() } else { Ok(()) };
        };
        if paypal::confirms(&self.fetch(trade_no, &payment.channel).await?, news) {
            return Ok(());
        }
        let message = format!("PayPal does not say of payment {} what the event says", payment.payment_no);
        Err(Error::conflict("EVENT_DIFFERS", message))
    }

    async fn receive(
        &self,
        channel: Channel,
        event_id: String,
        body: String,
        news: Option<News>,
    ) -> Result<WebhookReceipt> {
        let (now, deliver_at) = (self.now(), self.lease());
        let unit = move |tx: &mut Tx<'_>| {
            let payment_no = news.as_ref().map(|news| number(tx, news)).transpose()?.unwrap_or_default();
            let event = Waiting { channel, event_id, body, payment_no, asked: 0 };
            let key = [event.channel.as_str(), &event.event_id];
            match inbox::receive(tx, key, &event.body, &event.payment_no, now, deliver_at)? {
                Arrived::New => {}
                Arrived::Again => return Ok(Ok(None)),
                Arrived::Altered => {
                    let detail = "an event came again under its id, with another body and a signature that holds";
                    incident::open(tx, &event.event_id, "EVENT_ALTERED", detail, now)?;
                    return Ok(Err(Error::conflict("EVENT_ALTERED", detail)));
                }
            }
            match judge(tx, &event, news.as_ref(), now)? {
                Next::Tell => Ok(Ok(Some(event))),
                Next::Later => Ok(Ok(None)),
                Next::End(end) => inbox::end(tx, key, end, now).map(|()| Ok(None)),
            }
        };
        if let Some(event) = self.0.store.write(unit).await?? {
            // Without room in memory the event waits in the store.
            let _ = self.0.deliveries.try_send(event);
        }
        Ok(WebhookReceipt { received: true })
    }
}

/// Nothing of a body is read before its signature holds.
fn forged(why: Invalid) -> Error {
    Error::new(ErrorKind::Unauthenticated, Certainty::NotProcessed, why.to_string()).with_code("INVALID_SIGNATURE")
}

fn utf8(body: &Bytes) -> Result<&str> {
    std::str::from_utf8(body).map_err(|_| Error::invalid_input("body", "must be UTF-8"))
}

fn read<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::invalid_input("body", format!("is no event: {error}")))
}

/// The event's kept text, read again.
///
/// # Errors
/// When it is none any more, which its first reading excludes.
pub(in crate::channel_adapter) fn news_of(event: &Waiting) -> Result<Option<News>> {
    match event.channel {
        Channel::Paypal => read(&event.body).map(|event| paypal::news(&event)),
        _ => read(&event.body).and_then(|event| stripe::news(&event)),
    }
}

/// The platform's number of the payment that the news are about; empty when there is none.
fn number(tx: &Tx<'_>, news: &News) -> Result<String> {
    if let Some(number) = &news.payment_no {
        return Ok(number.to_string());
    }
    let Some(trade_no) = &news.trade_no else { return Ok(String::new()) };
    Ok(payments::number_of(tx, trade_no.as_str())?.map(|number| number.to_string()).unwrap_or_default())
}

/// Applies news to their payment, and says what is to be done about them.
///
/// # Errors
/// When a statement fails.
pub(in crate::channel_adapter) fn judge(
    tx: &mut Tx<'_>,
    event: &Waiting,
    news: Option<&News>,
    now: i64,
) -> Result<Next> {
    let payment_no = event.payment_no.as_str();
    // What was paid back is known from the refund that asked for it.
    let Some(news) = news.filter(|news| news.status != ChannelPaymentStatus::Refunded) else {
        return Ok(Next::End(End::Ignored));
    };
    let elsewhere = payments::get(tx, payment_no)?.filter(|payment| payment.channel != event.channel);
    if let Some(payment) = elsewhere {
        let detail = format!("the payment is at {}, the event comes from {}", payment.channel, event.channel);
        return park(tx, payment_no, &detail, now);
    }
    let learned = payments::learn(tx, payment_no, &news.status, news.trade_no.as_ref(), news.money, now)?;
    match learned {
        Learned::Taken => Ok(Next::Tell),
        Learned::Contrary(status) => match domain::reading(&status, &news.status) {
            Reading::Stale => Ok(Next::End(End::Ignored)),
            Reading::StaleSuccess => Ok(Next::Tell),
            Reading::TooEarly => Ok(Next::Later),
            Reading::LateSuccess => {
                late_success(tx, payment_no, &status, news.trade_no.as_ref(), now).map(|()| Next::Tell)
            }
        },
        Learned::OtherMoney(ours) => {
            let told = news.money.map(|money| money.to_string()).unwrap_or_default();
            park(tx, payment_no, &format!("the payment is of {ours}, the event speaks of {told}"), now)
        }
        Learned::OtherTrade(ours) => park(tx, payment_no, &format!("the event is not about {ours}"), now),
        Learned::Unknown => park(tx, &news.event_id, "the event is about no payment of ours", now),
    }
}

fn park(tx: &mut Tx<'_>, subject: &str, detail: &str, now: i64) -> Result<Next> {
    incident::open(tx, subject, "EVENT_DIFFERS", detail, now).map(|()| Next::End(End::Parked))
}
