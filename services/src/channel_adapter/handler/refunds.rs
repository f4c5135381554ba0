//! Refunds: their money is set aside, then they are asked for, then answered; asked for again when an answer got lost.

use std::sync::Arc;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        channel_adapter::{
            ChannelRefund, ChannelRefundApi, ChannelRefundState, ChannelRefundStatus, CreateChannelRefund,
        },
        ids::RefundNo,
    },
    contract::{error::Result, money::Money},
};

use crate::{
    channel_adapter::{
        ChannelAdapter,
        channels::Channels,
        domain::{self, FoundRefund, Outcome},
        slot,
        store::refunds::{self, Stored, Verdict},
    },
    kit::{idempotency::Slot, store::Tx},
};

#[async_trait]
impl ChannelRefundApi for ChannelAdapter {
    async fn create_channel_refund(&self, refund: &CreateChannelRefund) -> Result<ChannelRefund> {
        self.create_refund(refund).await
    }

    async fn create_channel_refund_alias(&self, refund: &CreateChannelRefund) -> Result<ChannelRefund> {
        self.create_refund(refund).await
    }

    async fn query_channel_refund(&self, refund_no: &RefundNo) -> Result<ChannelRefundState> {
        let refund = self.stored_refund(refund_no).await?;
        if refund.verdict.status != ChannelRefundStatus::Processing {
            return Ok(state(refund));
        }
        let outcome = self.resolve_refund(&refund).await;
        // However it ends, the row says so.
        let _ = self.conclude_refund(Arc::new(refund), outcome).await;
        self.stored_refund(refund_no).await.map(state)
    }
}

impl ChannelAdapter {
    async fn stored_refund(&self, refund_no: &RefundNo) -> Result<Stored> {
        let number = refund_no.clone();
        self.0.store.read(move |view| refunds::require(view, number.as_str())).await
    }

    async fn create_refund(&self, refund: &CreateChannelRefund) -> Result<ChannelRefund> {
        domain::validate_refund(refund)?;
        let (slot, request, now, ask_at) = (slot()?, refund.clone(), self.now(), self.lease());
        let adapter = self.clone();
        let unit = move |tx: &mut Tx<'_>| begin(tx, &adapter.0.channels, slot, &request, (now, ask_at));
        let begun = self.0.store.write(unit).await??;
        let refund = match begun {
            Begun::Answered(answer) => return answer,
            Begun::Open(refund) => Arc::new(*refund),
        };
        let outcome = match Outcome::of(self.ask_for_refund(&refund).await) {
            Outcome::Unknown(error) => {
                tracing::info!(refund = %refund.refund_no, %error, "the channel's answer was lost; asking for it");
                self.resolve_refund(&refund).await
            }
            known => known,
        };
        self.conclude_refund(refund, outcome).await
    }

    /// Asks the channel for a refund, by a key that makes every repeat the same refund.
    async fn ask_for_refund(&self, refund: &Stored) -> Result<FoundRefund> {
        self.0.channels.get(&refund.channel)?.pay_back(refund.refund_no.as_str(), &refund.request).await
    }

    /// Finds out what became of a refund whose answer was lost, or which the channel still works at.
    pub(in crate::channel_adapter) async fn resolve_refund(&self, refund: &Stored) -> Outcome<FoundRefund> {
        let asked = match &refund.verdict.channel_refund_no {
            Some(number) => match self.0.channels.get(&refund.channel) {
                Ok(channel) => channel.fetch_refund(number).await,
                Err(error) => Err(error),
            },
            None => self.ask_for_refund(refund).await,
        };
        Outcome::of(asked).after_doubt()
    }

    /// Writes an outcome down, and answers for it.
    pub(in crate::channel_adapter) async fn conclude_refund(
        &self,
        refund: Arc<Stored>,
        outcome: Outcome<FoundRefund>,
    ) -> Result<ChannelRefund> {
        match outcome {
            Outcome::Done(found) => self.settle_refund(refund, Verdict::found(found)).await,
            Outcome::Refused(error) => self.settle_refund(refund, Verdict::refused(error.message())).await,
            Outcome::NotBegun(cause) => {
                let refusal = domain::not_begun(&format!("refund {}", refund.refund_no)).with_source(cause);
                let unit = move |tx: &mut Tx<'_>| {
                    refunds::forget(tx, &refund)?;
                    refund.slot.as_ref().map_or(Ok(()), |slot| slot.release(tx))
                };
                self.0.store.write(unit).await?;
                Err(refusal)
            }
            Outcome::Unknown(cause) => {
                let refusal = domain::unresolved(&format!("refund {}", refund.refund_no)).with_source(cause);
                let ask_at = self.after_pause(refund.asked);
                self.0.store.write(move |tx| refunds::put_off(tx, refund.refund_no.as_str(), ask_at)).await?;
                Err(refusal)
            }
        }
    }

    async fn settle_refund(&self, refund: Arc<Stored>, verdict: Verdict) -> Result<ChannelRefund> {
        let (now, ask_at) = (self.now(), self.after_pause(refund.asked));
        let unit = move |tx: &mut Tx<'_>| {
            let answer = verdict.answer(&refund.refund_no);
            if refunds::settle(tx, &refund, &verdict, now, ask_at)?
                && let Some(slot) = &refund.slot
            {
                slot.finish(tx, now, answer.as_ref())?;
            }
            Ok(answer)
        };
        self.0.store.write(unit).await?
    }
}

/// How a refund began.
enum Begun {
    /// It is there already.
    Answered(Result<ChannelRefund>),
    /// The channel is to be asked.
    Open(Box<Stored>),
}

/// Claims key, number and money; or answers for a refund that is there already. The inner error is a kept refusal.
fn begin(
    tx: &mut Tx<'_>,
    channels: &Channels,
    slot: Slot,
    request: &CreateChannelRefund,
    (now, ask_at): (i64, i64),
) -> Result<Result<Begun>> {
    slot.open(tx, now)?;
    if let Some(known) = refunds::get(tx, request.refund_no.as_str())? {
        let what = format!("refund {}", known.refund_no);
        let money = Money::new(request.amount, request.currency.unwrap_or(known.money.currency));
        if known.payment_no != request.payment_no || known.money != money {
            return Err(domain::other_terms(&what));
        }
        if known.slot.is_some() {
            return Err(domain::running(&what));
        }
        let answer = known.verdict.answer(&known.refund_no);
        slot.finish(tx, now, answer.as_ref())?;
        return Ok(Ok(Begun::Answered(answer)));
    }
    let paid = match refunds::reserve(tx, request) {
        Ok(reserved) => reserved,
        Err(refused) => {
            slot.finish::<ChannelRefund>(tx, now, Err(&refused))?;
            return Ok(Err(refused));
        }
    };
    let money = Money::new(request.amount, paid.currency);
    let refund = Stored {
        refund_no: request.refund_no.clone(),
        payment_no: request.payment_no.clone(),
        money,
        verdict: Verdict { status: ChannelRefundStatus::Processing, channel_refund_no: None, refusal: None },
        refunded_at: None,
        request: channels.get(&paid.channel)?.refund(request, money, &paid.trade_no)?,
        channel: paid.channel,
        slot: Some(slot),
        asked: 0,
    };
    refunds::insert(tx, &refund, now, ask_at)?;
    Ok(Ok(Begun::Open(Box::new(refund))))
}

fn state(refund: Stored) -> ChannelRefundState {
    ChannelRefundState {
        refund_no: refund.refund_no,
        channel_refund_no: refund.verdict.channel_refund_no.unwrap_or_default(),
        status: refund.verdict.status,
        amount: refund.money.minor_units,
        currency: refund.money.currency,
        refunded_at: refund.refunded_at,
    }
}
