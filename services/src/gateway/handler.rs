//! What merchants ask for: load, decide, save, answer.

use std::sync::Arc;

use async_trait::async_trait;
use payment_clients::{
    apis::{
        ids::{PaymentNo, RefundNo},
        payment_gateway::{
            CancelPayment, CreatePayment, CreateRefund, Payment, PaymentApi, PaymentFilter, PaymentId, PaymentStatus,
            Refund, RefundApi, RefundFilter,
        },
    },
    contract::{
        error::{Error, Result},
        money::Money,
        page::Page,
    },
    server,
};
use serde::de::DeserializeOwned;
use tokio::time::Instant;

use super::{
    Gateway,
    caller::caller,
    domain,
    figures::Operation,
    refunds,
    sagas::{cancel, create, refund},
    store,
};
use crate::kit::{
    idempotency::Slot,
    paging,
    saga::{End, Lease, Progress},
    store::Tx,
};

#[async_trait]
impl PaymentApi for Gateway {
    async fn create_payment(&self, payment: &CreatePayment) -> Result<Payment> {
        domain::validate(payment)?;
        caller()?.act_for(payment.merchant_id)?;
        let money = Money::new(payment.amount, payment.currency);
        server::note_payment(payment.merchant_id, money);
        let slot = Slot::of(&server::current(), &payment.merchant_id.to_string())?;
        let payment_no = PaymentNo::from(self.ids.next("PY"));
        let id = PaymentId::from(self.ids.uuid());
        let input = create::Input { slot, payment_no: payment_no.clone(), id, request: payment.clone() };
        let (engine, now) = (self.engine.clone(), self.clock.now());
        let configuration = self.configuration.current();
        let begin = move |tx: &mut Tx<'_>| {
            let create::Input { slot, payment_no, id, request } = &input;
            slot.open(tx, now)?;
            // Behind the slot: a repeat hears its answer, whatever has changed since. A refusal frees the key again.
            configuration.payment_channels.admit(&domain::route(request), money)?;
            store::insert(tx, request, (payment_no, &id.to_string()), configuration.version, now)?;
            engine.start(tx, "create", payment_no.as_str(), &input)
        };
        let lease = self.store.write(begin).await?;
        self.drive(Operation::CreatePayment, lease, payment_no.as_str()).await
    }

    async fn list_payments(&self, filter: &PaymentFilter) -> Result<Page<Payment>> {
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = PaymentFilter { merchant_id: caller()?.narrow(filter.merchant_id)?, ..filter.clone() };
        self.store.read(move |view| store::list(view, &filter, page, size)).await
    }

    async fn get_payment(&self, payment_no: &PaymentNo) -> Result<Payment> {
        let (caller, payment_no) = (caller()?, payment_no.clone());
        self.store.read(move |view| caller.payment(view, payment_no.as_str())).await
    }

    async fn cancel_payment(&self, payment_no: &PaymentNo, cancellation: &CancelPayment) -> Result<()> {
        domain::validate_reason(&cancellation.reason)?;
        let (call, caller) = (server::current(), caller()?);
        let (number, reason) = (payment_no.to_string(), cancellation.reason.clone());
        let (engine, now) = (self.engine.clone(), self.clock.now());
        let begin = move |tx: &mut Tx<'_>| {
            let payment = caller.payment(tx, &number)?;
            let slot = Slot::of(&call, &payment.merchant_id.to_string())?;
            slot.open(tx, now)?;
            if payment.status != PaymentStatus::Processing {
                return Err(cancel::not_cancellable(&number, &format!("it is {}", payment.status)));
            }
            let order_no = store::order_of(tx, &number)?;
            // A refused cancellation may be tried again, under another key.
            let name = format!("{number}:{}", call.key.as_ref().map_or("", |key| key.as_str()));
            engine.start(tx, "cancel", &name, &cancel::Input { slot, reason, payment_no: number, order_no })
        };
        let lease = self.store.write(begin).await?;
        match self.drive::<Option<String>>(Operation::CancelPayment, lease, payment_no.as_str()).await? {
            None => Ok(()),
            Some(why) => Err(cancel::not_cancellable(payment_no.as_str(), &why)),
        }
    }
}

#[async_trait]
impl RefundApi for Gateway {
    async fn create_refund(&self, refund: &CreateRefund) -> Result<Refund> {
        domain::validate_refund(refund)?;
        let (call, caller) = (server::current(), caller()?);
        let (refund_no, id) = (RefundNo::from(self.ids.next("RF")), self.ids.uuid().to_string());
        let (engine, now) = (self.engine.clone(), self.clock.now());
        let (number, request) = (refund_no.clone(), refund.clone());
        let begin = move |tx: &mut Tx<'_>| {
            let payment = caller.payment(tx, request.payment_no.as_str())?;
            let slot = Slot::of(&call, &payment.merchant_id.to_string())?;
            slot.open(tx, now)?;
            if let Err(refused) = refunds::insert(tx, &payment, &request, [number.as_str(), &id], now) {
                slot.finish::<Refund>(tx, now, Err(&refused))?;
                return Ok(Err(refused));
            }
            let order_no = store::order_of(tx, payment.payment_no.as_str())?;
            let (refund_no, currency) = (number.clone(), payment.currency);
            let input = refund::Input { slot, refund_no, order_no, currency, request };
            engine.start(tx, "refund", number.as_str(), &input).map(Ok)
        };
        let lease = self.store.write(begin).await??;
        self.drive(Operation::CreateRefund, lease, refund_no.as_str()).await
    }

    async fn list_refunds(&self, filter: &RefundFilter) -> Result<Page<Refund>> {
        let (page, size) = paging::of(filter.page, filter.page_size)?;
        let filter = RefundFilter { merchant_id: caller()?.narrow(filter.merchant_id)?, ..filter.clone() };
        self.store.read(move |view| refunds::list(view, &filter, page, size)).await
    }

    async fn get_refund(&self, refund_no: &RefundNo) -> Result<Refund> {
        let (caller, refund_no) = (caller()?, refund_no.clone());
        self.store.read(move |view| caller.refund(view, refund_no.as_str())).await
    }
}

impl Gateway {
    /// Drives a saga and answers with what it left for us.
    async fn drive<T: DeserializeOwned>(&self, operation: Operation, lease: Lease, number: &str) -> Result<T> {
        let began = Instant::now();
        let driven = self.engine.run(lease).await;
        self.figures.driven(operation, began.elapsed(), driven.as_ref().ok());
        match driven? {
            Progress::Ended(End::Succeeded, answer) => {
                serde_json::from_str(answer.as_deref().unwrap_or("null")).map_err(Error::internal)
            }
            Progress::Ended(End::Compensated(reason), _) => Err(super::sagas::refusal(&reason)),
            Progress::Ended(End::Attention(_), _) => Err(domain::unresolved(number)),
            Progress::Unresolved(cause) => Err(domain::unresolved(number).with_source(Arc::new(cause))),
        }
    }
}
