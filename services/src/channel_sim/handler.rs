//! The channel's operations: check, write book and webhook in one unit, answer; and the ways in which it misbehaves.

use std::{sync::Arc, time::Duration};

use payment_clients::{
    apis::ids::PaymentNo,
    contract::error::{Error, Result},
    server,
};
use serde::Serialize;
use tokio::{select, sync::Notify, time::sleep};

use super::{
    api::{
        ChannelSimApi, CreateIntent, CreateRefund, IntentId, IntentList, IntentStatus, PaymentIntent, Refund, RefundId,
    },
    domain::{Behaviour, Intent, Shape, State},
    lost::LostAnswers,
    store::{self, Event},
};
use crate::kit::{
    clock::{Clock, millis},
    idempotency::{self, Slot},
    ids::Ids,
    store::{Store, Tx, View},
    tasks::Shutdown,
};

/// All customers are one: the simulator has no accounts.
const PRINCIPAL: &str = "customer";

/// How long the channel takes when it misbehaves.
#[derive(Clone, Copy, Debug)]
pub struct Manners {
    /// How long `hang@` keeps the answer back; longer than any caller waits.
    pub hang: Duration,
    /// When `late@` captures, and `too_late@` once it is cancelled.
    pub late: Duration,
}

impl Default for Manners {
    fn default() -> Self {
        Self { hang: Duration::from_secs(60), late: Duration::from_secs(2) }
    }
}

/// Serves the channel's operations.
#[derive(Clone, Debug)]
pub struct Handler {
    pub(super) store: Store,
    pub(super) clock: Clock,
    pub(super) ids: Ids,
    pub(super) manners: Manners,
    pub(super) lost: LostAnswers,
    pub(super) shutdown: Shutdown,
    /// Told when there is a webhook to be sent.
    pub(super) news: Arc<Notify>,
}

#[async_trait::async_trait]
impl ChannelSimApi for Handler {
    async fn create_payment_intent(&self, request: &CreateIntent) -> Result<PaymentIntent> {
        self.create(Shape::Stripe, request, |intent| Ok(intent.shown_as(IntentStatus::Processing))).await
    }

    async fn get_payment_intent(&self, id: &IntentId) -> Result<PaymentIntent> {
        self.intent(Shape::Stripe, id).await.map(|intent| intent.shown())
    }

    async fn list_payment_intents(&self, payment_no: PaymentNo) -> Result<IntentList> {
        let found = self.store.read(move |view| store::intents_of(view, Shape::Stripe, payment_no.as_str())).await?;
        let data = found.iter().map(Intent::shown).collect();
        Ok(IntentList { object: "list".to_owned(), data, has_more: false })
    }

    async fn cancel_payment_intent(&self, id: &IntentId) -> Result<PaymentIntent> {
        self.cancel(Shape::Stripe, id).await.map(|intent| intent.shown())
    }

    async fn create_refund(&self, request: &CreateRefund) -> Result<Refund> {
        self.pay_back(Shape::Stripe, request.clone(), Ok).await
    }

    async fn get_refund(&self, id: &RefundId) -> Result<Refund> {
        let wanted = id.clone();
        let found = self.store.read(move |view| store::refund(view, &wanted)).await?;
        found.ok_or_else(|| Error::not_found(format_args!("refund {id}")))
    }
}

impl Handler {
    /// Writes a payment down as its payer has it, and answers it as `show` does.
    pub(super) async fn create<T: Serialize + Send + 'static>(
        &self,
        shape: Shape,
        request: &CreateIntent,
        show: fn(&Intent) -> Result<T>,
    ) -> Result<T> {
        let call = server::current();
        let behaviour = Behaviour::towards(request.receipt_email.as_deref());
        if behaviour.refuses(shape, call.attempt) {
            return Err(Error::unavailable("the channel takes nothing on now; try again", Duration::ZERO));
        }
        let now = self.clock.now();
        let id = self.ids.next(shape.prefix()).into();
        let intent = Intent::new(id, shape, request, behaviour.first_state(shape), now)?;
        let event = self.event(&intent, behaviour.copies(), now)?;
        let capture_at = behaviour.arrives(shape).then(|| now.saturating_add(millis(self.manners.late)));
        let slot = Slot::of(&call, PRINCIPAL)?;
        let unit = move |tx: &mut Tx<'_>| {
            slot.open(tx, now)?;
            store::insert_intent(tx, &intent, capture_at, behaviour == Behaviour::TooLate)?;
            if let Some(event) = event {
                store::insert_event(tx, &event, now)?;
            }
            // A declined payment stands in the book too, so this is no `idempotency::local`, which would undo it.
            let answer = match intent.state {
                State::Declined => Err(shape.declined()),
                _ => show(&intent),
            };
            slot.finish(tx, now, answer.as_ref())?;
            Ok(answer)
        };
        let created = self.store.write(unit).await??;
        self.news.notify_one();
        match behaviour {
            Behaviour::Hang => self.hang().await,
            Behaviour::LoseAnswer => self.lost.lose(call.request_id.as_ref()),
            _ => {}
        }
        Ok(created)
    }

    /// One payment, in the manner in which it was asked for: the other channel knows nothing of it.
    pub(super) async fn intent(&self, shape: Shape, id: &IntentId) -> Result<Intent> {
        let id = id.clone();
        self.store.read(move |view| require(view, shape, &id)).await
    }

    /// Ends a payment whose money has not been taken.
    pub(super) async fn cancel(&self, shape: Shape, id: &IntentId) -> Result<Intent> {
        let (handler, id, now) = (self.clone(), id.clone(), self.clock.now());
        let capture_at = now.saturating_add(millis(self.manners.late));
        let unit = move |tx: &mut Tx<'_>| {
            let mut intent = require(tx, shape, &id)?;
            if store::cancel_too_late(tx, &id, capture_at)? {
                return Ok(Intent { state: State::Canceled, ..intent });
            }
            if store::end_intent(tx, &id, State::Canceled)? {
                intent.state = State::Canceled;
                if let Some(event) = handler.event(&intent, 1, now)? {
                    store::insert_event(tx, &event, now)?;
                }
            }
            match intent.state {
                State::Canceled => Ok(intent),
                state => {
                    let text = format!("payment {id} is {} and cannot be cancelled", state.as_str());
                    Err(Error::conflict("payment_intent_unexpected_state", text))
                }
            }
        };
        let cancelled = self.store.write(unit).await?;
        self.news.notify_one();
        Ok(cancelled)
    }

    /// Pays money back, and answers it as `show` does.
    pub(super) async fn pay_back<T: Serialize + Send + 'static>(
        &self,
        shape: Shape,
        request: CreateRefund,
        show: fn(Refund) -> Result<T>,
    ) -> Result<T> {
        let (handler, now) = (self.clone(), self.clock.now());
        let work = move |tx: &mut Tx<'_>| {
            let mut intent = require(tx, shape, &request.payment_intent)?;
            let refund = intent.refund(handler.ids.next(shape.refund_prefix()).into(), &request, now)?;
            store::insert_refund(tx, &refund)?;
            intent.refunded += refund.amount;
            if let Some(event) = handler.event(&intent, 1, now)? {
                store::insert_event(tx, &event, now)?;
            }
            show(refund)
        };
        let refund = idempotency::local(&self.store, &self.clock, &server::current(), PRINCIPAL, work).await?;
        self.news.notify_one();
        Ok(refund)
    }

    /// The webhook that tells how far a payment has come, if anybody is to be told.
    pub(super) fn event(&self, intent: &Intent, copies: u32, now: i64) -> Result<Option<Event>> {
        if copies == 0 {
            return Ok(None);
        }
        let (id, shape) = (self.ids.next("evt_"), intent.shape);
        let told = intent.told(&id, now)?;
        Ok(told.map(|body| Event { id, shape, body, copies, attempts: 0 }))
    }

    /// Keeps an answer back, but no shutdown.
    async fn hang(&self) {
        let mut shutdown = self.shutdown.clone();
        select! {
            biased;
            () = shutdown.begun() => {}
            () = sleep(self.manners.hang) => {}
        }
    }
}

fn require(view: &View<'_>, shape: Shape, id: &IntentId) -> Result<Intent> {
    let found = store::intent(view, id)?.filter(|intent| intent.shape == shape);
    found.ok_or_else(|| Error::not_found(format_args!("payment {id}")))
}
