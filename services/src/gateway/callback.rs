//! Callbacks: how the gateway hears what became of a payment. Verified before they are read, applied once, and checked
//! against what was asked for.

use async_trait::async_trait;
use bytes::Bytes;
use payment_clients::{
    apis::payment_gateway::{ChannelCallback, GatewayWebhookApi, Payment, PaymentStatus},
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        money::Money,
    },
};

use super::{
    Gateway, domain,
    figures::Figures,
    late,
    sagas::follow,
    store::{self, Change},
};
use crate::kit::{
    incident,
    saga::{Engine, Lease},
    store::Tx,
    webhook,
};

#[async_trait]
impl GatewayWebhookApi for Gateway {
    async fn handle_stripe_webhook(&self, signature: Option<&str>, body: Bytes) -> Result<()> {
        self.callback(signature, body).await
    }

    async fn handle_paypal_webhook(&self, signature: Option<&str>, body: Bytes) -> Result<()> {
        self.callback(signature, body).await
    }
}

impl Gateway {
    async fn callback(&self, signature: Option<&str>, body: Bytes) -> Result<()> {
        let now = self.clock.now();
        let signature = signature.unwrap_or_default();
        webhook::verify(&self.callback_secrets, signature, now.div_euclid(1000), &body).map_err(|why| {
            Error::new(ErrorKind::Unauthenticated, Certainty::NotProcessed, format!("x-webhook-signature: {why}"))
                .with_code("INVALID_SIGNATURE")
        })?;
        let callback: ChannelCallback =
            serde_json::from_slice(&body).map_err(|error| Error::invalid_input("body", error))?;
        let target = domain::callback_target(&callback)?;
        let (engine, figures) = (self.engine.clone(), self.figures.clone());
        let applied = self.store.write(move |tx| apply(tx, (&engine, &figures), &callback, &target, now)).await?;
        if let Some(lease) = applied? {
            // The channel need not wait for what follows. Without room in the queue the saga's worker finds it later.
            let _ = self.followers.try_send(lease);
        }
        Ok(())
    }
}

/// Applies a callback in one unit. The inner error is an answer whose incident must be kept.
fn apply(
    tx: &mut Tx<'_>,
    (engine, figures): (&Engine, &Figures),
    callback: &ChannelCallback,
    target: &PaymentStatus,
    now: i64,
) -> Result<Result<Option<Lease>>> {
    let payment = find(tx, callback)?;
    let number = payment.payment_no.as_str();
    if let Some(difference) = difference(&payment, callback) {
        incident::open(tx, number, "CALLBACK_DIFFERS", &difference, now)?;
        return Ok(Err(Error::conflict("CALLBACK_DIFFERS", difference)));
    }
    if payment.status == *target {
        return Ok(Ok(None));
    }
    if !domain::may_become(&payment.status, target) {
        let is_late = *target == PaymentStatus::Success;
        return if is_late { late::heard(tx, engine, &payment, now).map(Ok) } else { Ok(Ok(None)) };
    }
    let change = Change {
        cause: callback.event_id.as_deref().unwrap_or("callback"),
        channel_order_no: callback.channel_order_no.as_ref().map(|number| number.as_str()),
        error_code: callback.error_code.as_deref().unwrap_or_default(),
        error_msg: callback.error_msg.as_deref().unwrap_or_default(),
    };
    store::transition(tx, number, [&payment.status, target], change, figures, now)?;
    let kind = if *target == PaymentStatus::Success { "complete" } else { "close" };
    let order_no = store::order_of(tx, number)?;
    engine.start(tx, kind, number, &follow::Input { order_no }).map(|lease| Ok(Some(lease)))
}

fn find(tx: &Tx<'_>, callback: &ChannelCallback) -> Result<Payment> {
    match (&callback.payment_no, &callback.channel_order_no) {
        (Some(number), _) => store::require(tx, number.as_str()),
        (None, Some(number)) => store::by_channel_order_no(tx, number.as_str())?
            .ok_or_else(|| Error::not_found(format_args!("a payment with the channel's number {number}"))),
        (None, None) => Err(Error::invalid_input("payment_no", "or `channel_order_no` must be given")),
    }
}

/// How the callback's money differs from the payment's, if it does.
fn difference(payment: &Payment, callback: &ChannelCallback) -> Option<String> {
    let expected = Money::new(payment.amount, payment.currency);
    let told =
        Money::new(callback.amount.unwrap_or(expected.minor_units), callback.currency.unwrap_or(expected.currency));
    (told != expected).then(|| format!("payment {} is of {expected}, the channel speaks of {told}", payment.payment_no))
}
