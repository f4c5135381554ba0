//! Payments: stored, then asked for, then answered; asked for again when an answer got lost.

use std::sync::Arc;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        channel_adapter::{
            ChannelCancellation, ChannelPayment, ChannelPaymentApi, ChannelPaymentState, ChannelPaymentStatus,
            CreateChannelPayment, QueryChannelPayment,
        },
        ids::{ChannelTradeNo, MerchantId, PaymentNo},
        words::Channel,
    },
    contract::{
        certainty::Certainty,
        error::{Error, Result},
    },
    server,
};

use crate::{
    channel_adapter::{
        ChannelAdapter,
        domain::{self, Found, Outcome, Reading, Terms},
        slot,
        store::payments::{self, Learned, Open, Settled, Stored, Verdict},
    },
    kit::{configuration::PaymentChannels, incident, store::Tx},
};

#[async_trait]
impl ChannelPaymentApi for ChannelAdapter {
    async fn create_channel_payment(&self, payment: &CreateChannelPayment) -> Result<ChannelPayment> {
        self.create(payment).await
    }

    async fn create_channel_payment_alias(&self, payment: &CreateChannelPayment) -> Result<ChannelPayment> {
        self.create(payment).await
    }

    async fn query_channel_payment(&self, payment_no: &PaymentNo) -> Result<ChannelPaymentState> {
        let payment = self.payment(payment_no).await?;
        let found = match &payment.verdict {
            Verdict { trade_no: Some(trade_no), .. } => Some(self.fetch(trade_no, &payment.channel).await?),
            // It was refused, so there is none.
            Verdict { refusal: Some(_), .. } => None,
            _ => {
                let found = self.look_up(payment_no, &payment.channel).await;
                found.map_err(|cause| unresolved(payment_no).with_source(cause))?
            }
        };
        match found {
            Some(found) => self.learn(payment_no, found).await.map(state),
            None => Ok(state(payment)),
        }
    }

    async fn query_channel_payment_by_body(&self, query: &QueryChannelPayment) -> Result<ChannelPaymentState> {
        if query.payment_no.as_str().is_empty() {
            return Err(Error::invalid_input("payment_no", "must not be empty"));
        }
        self.query_channel_payment(&query.payment_no).await
    }

    async fn cancel_channel_payment(&self, payment_no: &PaymentNo) -> Result<ChannelCancellation> {
        let payment = self.payment(payment_no).await?;
        self.cancel(payment).await
    }

    async fn cancel_channel_trade(&self, channel_trade_no: &ChannelTradeNo) -> Result<ChannelCancellation> {
        let trade_no = channel_trade_no.clone();
        let found = self.0.store.read(move |view| payments::number_of(view, trade_no.as_str())).await?;
        let missing = || Error::not_found(format_args!("a payment with the channel's number {channel_trade_no}"));
        self.cancel_channel_payment(&found.ok_or_else(missing)?).await
    }
}

// === creating ===

impl ChannelAdapter {
    async fn create(&self, payment: &CreateChannelPayment) -> Result<ChannelPayment> {
        let terms = Terms::of(payment, &self.0.configs)?;
        let merchant_id = payment.merchant_id.unwrap_or_default();
        server::note_payment(merchant_id, terms.money);
        let open = Arc::new(Open {
            payment_no: payment.payment_no.clone(),
            money: terms.money,
            request: self.0.channels.get(&terms.channel)?.payment(payment, terms.money).await?,
            channel: terms.channel.clone(),
            slot: slot()?,
            asked: 0,
        });
        let (times, ours, values) = ((self.now(), self.lease()), Arc::clone(&open), self.0.configuration.current());
        let agreed = terms.clone();
        let unit = move |tx: &mut Tx<'_>| begin(tx, &ours, merchant_id, &agreed, &values.payment_channels, times);
        let begun = self.0.store.write(unit).await?;
        if let Some(answer) = begun {
            return answer;
        }
        let (open, outcome) = self.ask_around(open, payment, &terms).await?;
        let outcome = match outcome {
            Outcome::Unknown(error) => {
                tracing::info!(payment = %open.payment_no, %error, "the channel's answer was lost; asking for it");
                self.resolve(&open).await
            }
            known => known,
        };
        self.conclude(open, outcome).await
    }

    /// Asks the payment's channel for it, and when that has certainly begun nothing, another one. After a doubt nobody
    /// else is asked: the money may be taken where it was asked for first.
    async fn ask_around(
        &self,
        open: Arc<Open>,
        payment: &CreateChannelPayment,
        terms: &Terms,
    ) -> Result<(Arc<Open>, Outcome<Found>)> {
        let outcome = Outcome::of(self.ask_for(&open).await);
        let Outcome::NotBegun(cause) = &outcome else { return Ok((open, outcome)) };
        let values = self.0.configuration.current();
        let admitted = |channel: &&Channel| values.payment_channels.admit(channel, terms.money).is_ok();
        let Some(channel) = domain::substitutes(terms, &self.0.configs).find(admitted) else {
            return Ok((open, outcome));
        };
        tracing::warn!(payment = %open.payment_no, %channel, %cause, "the channel began nothing; trying another");
        let request = self.0.channels.get(channel)?.payment(payment, terms.money).await?;
        let elsewhere = Arc::new(Open { channel: channel.clone(), request, ..Open::clone(&open) });
        let (to, now, ask_at) = (Arc::clone(&elsewhere), self.now(), self.lease());
        if !self.0.store.write(move |tx| payments::move_on(tx, &to, now, ask_at)).await? {
            return Ok((open, outcome));
        }
        let outcome = Outcome::of(self.ask_for(&elsewhere).await);
        Ok((elsewhere, outcome))
    }

    async fn ask_for(&self, open: &Open) -> Result<Found> {
        self.0.channels.get(&open.channel)?.pay(&open.payment_no, &open.request).await
    }

    /// Finds out what became of a payment whose answer was lost.
    pub(in crate::channel_adapter) async fn resolve(&self, open: &Open) -> Outcome<Found> {
        match self.look_up(&open.payment_no, &open.channel).await {
            Ok(Some(found)) => Outcome::Done(found),
            // It may still be on its way there, so that only the same key is safe.
            Ok(None) => Outcome::of(self.ask_for(open).await).after_doubt(),
            Err(error) => Outcome::Unknown(error),
        }
    }

    /// Writes an outcome down, and answers for it.
    pub(in crate::channel_adapter) async fn conclude(
        &self,
        open: Arc<Open>,
        outcome: Outcome<Found>,
    ) -> Result<ChannelPayment> {
        match outcome {
            Outcome::Done(found) if found.money != open.money => {
                let difference = format!("{} was asked for, the channel has {}", open.money, found.money);
                self.put_off(open, Error::internal(difference)).await
            }
            Outcome::Done(found) => self.settle(open, Verdict::found(found)).await,
            Outcome::Refused(error) => self.settle(open, Verdict::refused(error.message())).await,
            Outcome::NotBegun(cause) => self.forget(open, cause).await,
            Outcome::Unknown(cause) => self.put_off(open, cause).await,
        }
    }

    async fn settle(&self, open: Arc<Open>, verdict: Verdict) -> Result<ChannelPayment> {
        let now = self.now();
        let unit = move |tx: &mut Tx<'_>| {
            let number = open.payment_no.as_str();
            let settled = payments::settle(tx, number, &verdict, now)?;
            let answer = if settled == Settled::Ours {
                verdict.answer(&open.payment_no, &open.channel)
            } else {
                let stands = payments::require(tx, number)?.verdict;
                if domain::reading(&stands.status, &verdict.status) == Reading::LateSuccess {
                    late_success(tx, number, &stands.status, verdict.trade_no.as_ref(), now)?;
                }
                stands.answer(&open.payment_no, &open.channel)
            };
            if settled != Settled::Before {
                open.slot.finish(tx, now, answer.as_ref())?;
            }
            Ok(answer)
        };
        self.0.store.write(unit).await?
    }

    /// Nothing happened: the number and the key are free for another try.
    async fn forget(&self, open: Arc<Open>, cause: Error) -> Result<ChannelPayment> {
        let refusal = domain::not_begun(&format!("payment {}", open.payment_no)).with_source(cause);
        let unit = move |tx: &mut Tx<'_>| {
            payments::forget(tx, open.payment_no.as_str())?;
            open.slot.release(tx)
        };
        self.0.store.write(unit).await?;
        Err(refusal)
    }

    /// Nobody knows yet: the key stays taken, and the worker goes on asking.
    async fn put_off(&self, open: Arc<Open>, cause: Error) -> Result<ChannelPayment> {
        tracing::warn!(payment = %open.payment_no, asked = open.asked, %cause, "a payment is not decided yet");
        let refusal = unresolved(&open.payment_no);
        let (now, ask_at, detail) = (self.now(), self.after_pause(open.asked), cause.to_string());
        let unit = move |tx: &mut Tx<'_>| {
            if open.asked + 1 == domain::PATIENCE {
                incident::open(tx, open.payment_no.as_str(), "CHANNEL_UNRESOLVED", &detail, now)?;
            }
            payments::put_off(tx, open.payment_no.as_str(), ask_at)
        };
        self.0.store.write(unit).await?;
        Err(refusal.with_source(cause))
    }
}

/// Claims key and number; or answers for a payment that is there already.
fn begin(
    tx: &mut Tx<'_>,
    open: &Open,
    merchant_id: MerchantId,
    terms: &Terms,
    channels: &PaymentChannels,
    (now, ask_at): (i64, i64),
) -> Result<Option<Result<ChannelPayment>>> {
    open.slot.open(tx, now)?;
    if payments::insert(tx, open, merchant_id, now, ask_at)? {
        // New ones only: whatever has changed since, what has begun is asked for to its end.
        channels.admit(&terms.channel, terms.money)?;
        return Ok(None);
    }
    let known = payments::require(tx, open.payment_no.as_str())?;
    if known.terms != *terms {
        return Err(domain::other_terms(&format!("payment {}", known.payment_no)));
    }
    if known.is_open {
        return Err(domain::running(&format!("payment {}", known.payment_no)));
    }
    let answer = known.verdict.answer(&known.payment_no, &known.channel);
    open.slot.finish(tx, now, answer.as_ref())?;
    Ok(Some(answer))
}

// === asking ===

impl ChannelAdapter {
    async fn payment(&self, payment_no: &PaymentNo) -> Result<Stored> {
        let payment_no = payment_no.clone();
        self.0.store.read(move |view| payments::require(view, payment_no.as_str())).await
    }

    /// The payment that the channel has under our number, if it has one.
    async fn look_up(&self, payment_no: &PaymentNo, channel: &Channel) -> Result<Option<Found>> {
        self.0.channels.get(channel)?.find(payment_no).await
    }

    /// The payment that the channel has under its own number.
    pub(super) async fn fetch(&self, trade_no: &ChannelTradeNo, channel: &Channel) -> Result<Found> {
        self.0.channels.get(channel)?.fetch(trade_no).await.map_err(|cause| {
            domain::unresolved(&format!("the channel does not answer for {trade_no}; the payment")).with_source(cause)
        })
    }

    /// Takes what the channel was found to say, and answers how the payment stands now.
    async fn learn(&self, payment_no: &PaymentNo, found: Found) -> Result<Stored> {
        let (payment_no, now) = (payment_no.clone(), self.now());
        let unit = move |tx: &mut Tx<'_>| {
            let number = payment_no.as_str();
            let learned = payments::learn(tx, number, &found.status, Some(&found.trade_no), Some(found.money), now)?;
            let mut payment = payments::require(tx, number)?;
            match learned {
                Learned::OtherMoney(_) | Learned::OtherTrade(_) => {
                    let detail = format!("the channel speaks of {} as {}", found.money, found.trade_no);
                    incident::open(tx, number, "CHANNEL_DIFFERS", &detail, now)?;
                    return Ok(Err(unresolved(&payment_no)));
                }
                Learned::Contrary(status) if domain::reading(&status, &found.status) == Reading::LateSuccess => {
                    late_success(tx, number, &status, Some(&found.trade_no), now)?;
                    // What we hold stays; who asks shall know that money was taken.
                    payment.verdict.status = found.status;
                }
                Learned::Taken | Learned::Contrary(_) | Learned::Unknown => {}
            }
            Ok(Ok(payment))
        };
        self.0.store.write(unit).await?
    }
}

/// The channel took money for a payment that had ended without: it can be paid back.
pub(super) fn late_success(
    tx: &mut Tx<'_>,
    number: &str,
    status: &ChannelPaymentStatus,
    trade_no: Option<&ChannelTradeNo>,
    now: i64,
) -> Result<()> {
    payments::note_late(tx, number, trade_no, now)?;
    let detail = format!("the channel took the money of a payment that is {status}");
    incident::open(tx, number, domain::LATE_SUCCESS, &detail, now)
}

fn unresolved(payment_no: &PaymentNo) -> Error {
    domain::unresolved(&format!("payment {payment_no}"))
}

fn state(payment: Stored) -> ChannelPaymentState {
    ChannelPaymentState {
        payment_no: payment.payment_no,
        channel_trade_no: payment.verdict.trade_no.unwrap_or_default(),
        status: payment.verdict.status,
        amount: payment.terms.money.minor_units,
        currency: payment.terms.money.currency,
        payment_method: String::new(),
        payment_method_details: None,
        paid_at: payment.paid_at,
    }
}

// === cancelling ===

impl ChannelAdapter {
    async fn cancel(&self, payment: Stored) -> Result<ChannelCancellation> {
        if let Some(answer) = cancelled(&payment) {
            return answer;
        }
        let trade_no = self.trade_no(&payment).await?;
        let found = match self.0.channels.get(&payment.channel)?.cancel(&trade_no).await {
            Ok(found) => found,
            // It has come too far; how far, it says itself.
            Err(error) if error.certainty() == Certainty::Processed => self.fetch(&trade_no, &payment.channel).await?,
            Err(error) if error.certainty().nothing_happened() => {
                return Err(domain::not_begun("the cancellation").with_source(error));
            }
            Err(error) => return Err(unresolved(&payment.payment_no).with_source(error)),
        };
        let payment = self.learn(&payment.payment_no, found).await?;
        let refusal = || Err(domain::not_cancellable(&payment.payment_no, &payment.verdict.status));
        cancelled(&payment).unwrap_or_else(refusal)
    }

    /// The channel's number of a payment that may not have been answered yet.
    async fn trade_no(&self, payment: &Stored) -> Result<ChannelTradeNo> {
        if let Some(trade_no) = &payment.verdict.trade_no {
            return Ok(trade_no.clone());
        }
        let number = &payment.payment_no;
        let found =
            self.look_up(number, &payment.channel).await.map_err(|cause| unresolved(number).with_source(cause))?;
        // Not there may mean not there yet: cancelling nothing now would let it be taken later.
        let missing = || domain::not_begun(&format!("the cancellation of payment {number}, still being asked for,"));
        found.map(|found| found.trade_no).ok_or_else(missing)
    }
}

/// What is answered for a cancellation of a payment in this state, if the channel need not be asked.
fn cancelled(payment: &Stored) -> Option<Result<ChannelCancellation>> {
    let message = match payment.verdict.status {
        ChannelPaymentStatus::Cancelled => "cancelled",
        ChannelPaymentStatus::Failed => "the payment had failed; there was nothing to cancel",
        ChannelPaymentStatus::Success | ChannelPaymentStatus::Refunded => {
            return Some(Err(domain::not_cancellable(&payment.payment_no, &payment.verdict.status)));
        }
        _ => return None,
    };
    Some(Ok(ChannelCancellation { message: message.to_owned() }))
}
