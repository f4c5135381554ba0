//! What the service hears of payments, refunds, orders, settlements, withdrawals and the merchants themselves: each is
//! told in the unit that notes it as taken.

use payment_clients::{
    apis::{
        ids::MerchantId,
        notification::{EventId, EventType},
    },
    contract::error::{Error, Result},
};
use serde_json::Value;

use super::{Notifications, tell::Happening};
use crate::{
    host::Host,
    kit::{
        consumer::{Builder, Consumer},
        events::{
            Event, Kind, Payload,
            merchant::{self, MerchantPayload},
            order::{self, OrderPayload},
            payment::{self, PaymentPayload},
            refund::{self, RefundPayload},
            settlement::{self, SettlementPayload},
            withdrawal::{self, WithdrawalPayload},
        },
        store::Tx,
    },
};

/// Name under which the service remembers what it has heard.
pub const CONSUMER: &str = "notification";

/// Whose entity an event is about.
trait Owned: Payload {
    fn owner(&self) -> Result<MerchantId>;
}

/// Listens to the publishers, in the background.
///
/// # Errors
/// When the bus cannot be set up.
pub(super) fn listen(service: &Notifications, host: &mut Host<'_>) -> Result<()> {
    consumer(service).spawn(host.bus, host.platform, host.tasks).map(drop)
}

macro_rules! heard {
    ($($kind:expr => $told_as:expr;)+) => {
        /// What is listened to, and as what it is told.
        pub fn heard() -> Vec<(&'static str, EventType)> {
            vec![$(($kind.name(), $told_as)),+]
        }

        /// Takes it.
        pub(super) fn consumer(service: &Notifications) -> Builder {
            let builder = Consumer::builder(CONSUMER, service.store.clone(), service.clock.clone());
            $(let builder = on(builder, service, $kind, $told_as);)+
            builder
        }
    };
}

heard! {
    payment::COMPLETED => EventType::PaymentSuccess;
    payment::FAILED => EventType::PaymentFailed;
    refund::COMPLETED => EventType::RefundCompleted;
    refund::FAILED => refund::FAILED.name().into();
    order::CREATED => EventType::OrderCreated;
    order::PAID => order::PAID.name().into();
    order::CANCELLED => EventType::OrderCancelled;
    order::REFUNDED => order::REFUNDED.name().into();
    settlement::COMPLETED => EventType::SettlementCompleted;
    settlement::FAILED => settlement::FAILED.name().into();
    withdrawal::APPROVED => withdrawal::APPROVED.name().into();
    withdrawal::SUCCESS => "withdrawal.completed".into();
    withdrawal::FAILED => withdrawal::FAILED.name().into();
    withdrawal::RETURNED => withdrawal::RETURNED.name().into();
    merchant::REGISTERED => EventType::MerchantRegistered;
    merchant::KYC_APPROVED => EventType::KycApproved;
    merchant::KYC_REJECTED => EventType::KycRejected;
    merchant::FROZEN => EventType::MerchantFrozen;
}

fn on<P: Owned>(builder: Builder, service: &Notifications, kind: Kind<P>, told_as: EventType) -> Builder {
    let service = service.clone();
    builder.on(kind, move |tx, event| told(&service, tx, &event, told_as.clone()))
}

fn told<P: Owned>(service: &Notifications, tx: &mut Tx<'_>, event: &Event<P>, told_as: EventType) -> Result<()> {
    let data = match serde_json::to_value(&event.payload).map_err(Error::internal)? {
        Value::Object(data) => data,
        other => return Err(Error::internal(format!("the payload of {} is no object: {other}", event.kind))),
    };
    let happening = Happening {
        merchant: event.payload.owner()?,
        event: told_as,
        event_id: EventId::from(event.id.to_string().as_str()),
        data,
        text: None,
        priority: 0,
    };
    service.tell(tx, &happening, service.clock.now())?;
    service.news.notify_one();
    Ok(())
}

macro_rules! owned {
    ($($payload:ty),*) => {$(
        impl Owned for $payload {
            fn owner(&self) -> Result<MerchantId> {
                Ok(self.merchant_id)
            }
        }
    )*};
}

owned!(PaymentPayload, RefundPayload, OrderPayload, SettlementPayload, WithdrawalPayload);

impl Owned for MerchantPayload {
    fn owner(&self) -> Result<MerchantId> {
        self.id()
    }
}
