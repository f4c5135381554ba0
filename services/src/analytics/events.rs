//! What the service hears, and which facts that tells. What is heard belongs to the day on which it happened.

use payment_clients::{
    apis::{accounting::TransactionType, ids::MerchantId, payment_gateway::PaymentStatus, words::Channel},
    contract::{error::Result, money::Currency},
};

use super::{
    Analytics,
    domain::facts::{Fact, Outcome, Step, What},
    store,
};
use crate::{
    host::Host,
    kit::{
        consumer::{Builder, Consumer},
        events::{
            Event, Kind, Payload,
            accounting::{self, AccountingPayload},
            order::{self, OrderPayload},
            payment::{self, PaymentPayload},
            refund::{self, RefundPayload},
            settlement::{self, SettlementPayload},
        },
    },
};

/// Name under which the service remembers what it has heard.
pub const CONSUMER: &str = "analytics";

/// Listens to the publishers, in the background.
///
/// # Errors
/// When the bus cannot be set up.
pub(super) fn listen(service: &Analytics, host: &mut Host<'_>) -> Result<()> {
    consumer(service).spawn(host.bus, host.platform, host.tasks).map(drop)
}

macro_rules! heard {
    ($($kind:expr => $facts:expr;)+) => {
        /// What it listens to.
        pub const HEARD: &[&str] = &[$($kind.name()),+];

        /// Takes it.
        pub(super) fn consumer(service: &Analytics) -> Builder {
            let builder = Consumer::builder(CONSUMER, service.store.clone(), service.clock.clone());
            $(let builder = on(builder, service, $kind, $facts);)+
            builder
        }
    };
}

heard! {
    payment::COMPLETED => paid_or_not;
    payment::FAILED => paid_or_not;
    payment::CANCELLED => paid_or_not;
    payment::EXPIRED => paid_or_not;
    refund::COMPLETED => paid_back;
    order::CREATED => |event| step(event, Step::Placed);
    order::PAID => |event| step(event, Step::Paid);
    order::COMPLETED => |event| step(event, Step::Completed);
    order::CANCELLED => |event| step(event, Step::Cancelled);
    order::EXPIRED => |event| step(event, Step::Cancelled);
    accounting::TRANSACTION_CREATED => booked;
    settlement::COMPLETED => settled;
}

fn on<P: Payload>(builder: Builder, service: &Analytics, kind: Kind<P>, facts: fn(&Event<P>) -> Vec<Fact>) -> Builder {
    let clock = service.clock.clone();
    builder.on(kind, move |tx, event| {
        let now = clock.now();
        facts(&event).iter().try_for_each(|fact| store::count(tx, fact, now))
    })
}

// === facts ===

fn paid_or_not(event: &Event<PaymentPayload>) -> Vec<Fact> {
    let PaymentPayload { payment_no, channel, amount, status, extra, .. } = &event.payload;
    let (number, channel, amount) = (payment_no.to_string(), channel.clone(), *amount);
    let outcome = match status {
        PaymentStatus::Success => Outcome::Success,
        PaymentStatus::Failed => Outcome::Failed,
        _ => Outcome::GivenUp,
    };
    // What was refused before its channel knew of it is none of the channel's doing.
    let at_channel = (!extra.channel_order_no.is_empty()).then(|| {
        let (number, channel) = (number.clone(), channel.clone());
        What::Transaction { number, channel, amount, outcome, took: None }
    });
    let payment = What::Payment { number, channel, amount, outcome };
    let (merchant, currency) = (event.payload.merchant_id, event.payload.currency);
    std::iter::once(payment).chain(at_channel).map(|what| fact(event, merchant, currency, what)).collect()
}

fn paid_back(event: &Event<RefundPayload>) -> Vec<Fact> {
    let RefundPayload { refund_no, merchant_id, amount, currency, extra, .. } = &event.payload;
    let channel = Channel::from(extra.channel.as_str());
    let what = What::Refund { number: refund_no.to_string(), channel, amount: *amount };
    vec![fact(event, *merchant_id, *currency, what)]
}

fn step(event: &Event<OrderPayload>, step: Step) -> Vec<Fact> {
    let OrderPayload { order_no, merchant_id, currency, customer_email, .. } = &event.payload;
    let what = What::Order { number: order_no.to_string(), step, customer: customer_email.clone() };
    vec![fact(event, *merchant_id, *currency, what)]
}

/// What payments and refunds did to the accounts; other bookings only move what was earned.
fn booked(event: &Event<AccountingPayload>) -> Vec<Fact> {
    let AccountingPayload { transaction_id, merchant_id, amount, currency, extra, .. } = &event.payload;
    match TransactionType::from(extra.transaction_type.as_str()) {
        TransactionType::PaymentIn | TransactionType::RefundOut => {
            let what = What::Revenue { number: transaction_id.clone(), amount: *amount };
            vec![fact(event, *merchant_id, *currency, what)]
        }
        _ => Vec::new(),
    }
}

fn settled(event: &Event<SettlementPayload>) -> Vec<Fact> {
    let SettlementPayload { settlement_no, merchant_id, fee_amount, currency, .. } = &event.payload;
    let what = What::Fees { number: settlement_no.to_string(), amount: *fee_amount };
    vec![fact(event, *merchant_id, *currency, what)]
}

fn fact<P>(event: &Event<P>, merchant: MerchantId, currency: Currency, what: What) -> Fact {
    Fact { merchant, currency, at: event.at.unix_ms(), what }
}
