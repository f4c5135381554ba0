//! Payments whose channel says nothing: asked after a while, and given up once they have lapsed.

use std::time::Duration;

use payment_clients::{
    apis::{
        channel_adapter::{ChannelPaymentApi, ChannelPaymentStatus},
        payment_gateway::{Payment, PaymentStatus},
    },
    contract::error::Result,
};

use super::{
    Gateway, late,
    sagas::follow,
    store::{self, Change},
};
use crate::kit::{clock::millis, tasks::Shutdown};

/// How often the watch looks.
const EVERY: Duration = Duration::from_secs(5);
/// How long a channel may be silent before it is asked.
const SILENCE: Duration = Duration::from_secs(30);
/// Payments asked about in one round.
const AT_ONCE: i64 = 100;

/// Asks until the shutdown begins.
pub(super) async fn work(gateway: Gateway, mut shutdown: Shutdown) {
    while !shutdown.has_begun() {
        if let Err(error) = gateway.ask_about_silent_payments().await {
            tracing::warn!(%error, "the silent payments will be asked about later");
        }
        tokio::select! {
            biased;
            () = shutdown.begun() => {}
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

impl Gateway {
    /// One round: asks the channel about each payment that has been silent, and applies what it says.
    ///
    /// # Errors
    /// When the store fails. A channel that does not answer is asked again in a later round.
    pub async fn ask_about_silent_payments(&self) -> Result<usize> {
        let now = self.clock.now();
        let silent = self.store.read(move |view| store::waiting(view, [now - millis(SILENCE), now], AT_ONCE)).await?;
        let count = silent.len();
        for payment in silent {
            match self.deps.payments.query_channel_payment(&payment.payment_no).await {
                Ok(state) => self.settle(payment, &state.status).await?,
                Err(error) => tracing::info!(payment = %payment.payment_no, %error, "the channel does not answer"),
            }
        }
        Ok(count)
    }

    async fn settle(&self, payment: Payment, status: &ChannelPaymentStatus) -> Result<()> {
        let now = self.clock.now();
        let lapsed = payment.expired_at.is_some_and(|at| at.unix_ms() <= now);
        let target = match status {
            ChannelPaymentStatus::Success => PaymentStatus::Success,
            ChannelPaymentStatus::Failed => PaymentStatus::Failed,
            ChannelPaymentStatus::Cancelled if lapsed => PaymentStatus::Expired,
            ChannelPaymentStatus::Cancelled => PaymentStatus::Cancelled,
            _ if lapsed => return self.lapse(&payment).await,
            _ => return Ok(()),
        };
        let (engine, figures) = (self.engine.clone(), self.figures.clone());
        let apply = move |tx: &mut crate::kit::store::Tx<'_>| {
            let number = payment.payment_no.as_str();
            let change = Change { cause: "asked", ..Change::default() };
            if !store::transition(tx, number, [&payment.status, &target], change, &figures, now)? {
                // Something else has ended it meanwhile.
                let is_paid = target == PaymentStatus::Success;
                return if is_paid { late::heard(tx, &engine, &store::require(tx, number)?, now) } else { Ok(None) };
            }
            let kind = if target == PaymentStatus::Success { "complete" } else { "close" };
            let order_no = store::order_of(tx, number)?;
            engine.start(tx, kind, number, &follow::Input { order_no }).map(Some)
        };
        if let Some(lease) = self.store.write(apply).await? {
            self.engine.run(lease).await?;
        }
        Ok(())
    }

    /// A lapsed payment is given up at the channel first, since only there can it still be taken. The next round
    /// applies what became of it.
    async fn lapse(&self, payment: &Payment) -> Result<()> {
        if let Err(error) = self.deps.payments.cancel_channel_payment(&payment.payment_no).await {
            tracing::info!(payment = %payment.payment_no, %error, "a lapsed payment is not cancelled yet");
        }
        Ok(())
    }
}
