//! Events as their publishers tell them, and reports as services send them.

use std::hash::{DefaultHasher, Hash, Hasher};

use payment_clients::{
    apis::{
        accounting::TransactionType,
        analytics::{ChannelEvent, EventId, EventOutcome, OrderEvent, OrderStep, PaymentEvent, RefundEvent},
        order::OrderStatus,
        payment_gateway::{PaymentStatus, RefundStatus},
        settlement::{SettlementCycle, SettlementStatus},
        words::Channel,
    },
    prelude::*,
};
use payment_services::kit::events::{
    ENVELOPE_VERSION, Envelope, Kind, Payload,
    accounting::{self, AccountingExtra, AccountingPayload, Direction},
    order::{self, OrderExtra, OrderPayload},
    payment::{self, PaymentExtra, PaymentPayload},
    refund::{self, RefundExtra, RefundPayload},
    settlement::{self, SettlementExtra, SettlementPayload},
};
use uuid::Uuid;

use crate::stage::{NOON, shop};

/// An event and where it goes.
#[derive(Clone)]
pub struct Told {
    pub topic: &'static str,
    pub event: Envelope,
}

/// An event of an entity, in this place of its history, that happened at this time.
fn told<P: Payload>(kind: Kind<P>, payload: &P, version: i64, at: i64) -> Told {
    let mut id = DefaultHasher::new();
    (kind.name(), payload.aggregate(), version).hash(&mut id);
    let event = Envelope {
        event_id: Uuid::from_u128(id.finish().into()),
        event_type: kind.name().to_owned(),
        aggregate_type: "test".to_owned(),
        aggregate_id: payload.aggregate().to_owned(),
        aggregate_version: Some(version),
        timestamp: Timestamp::from_unix_ms(at),
        version: ENVELOPE_VERSION.to_owned(),
        metadata: Default::default(),
        payload: serde_json::to_value(payload).unwrap(),
    };
    Told { topic: P::TOPIC.name, event }
}

fn payload(number: &str, money: Money, status: PaymentStatus) -> PaymentPayload {
    PaymentPayload {
        payment_no: number.into(),
        merchant_id: shop(),
        order_no: "M-1".into(),
        amount: money.minor_units,
        currency: money.currency,
        channel: Channel::Stripe,
        status,
        customer_email: "payer@example.com".into(),
        paid_at: None,
        extra: PaymentExtra { channel_order_no: format!("pi_{number}"), ..PaymentExtra::default() },
    }
}

/// A payment that was asked for: the first event of its history.
pub fn asked_for(number: &str, money: Money, at: i64) -> Told {
    told(payment::CREATED, &payload(number, money, PaymentStatus::Pending), 1, at)
}

/// A payment that was paid, in this place of its history.
pub fn paid_in_place(number: &str, money: Money, version: i64, at: i64) -> Told {
    told(payment::COMPLETED, &payload(number, money, PaymentStatus::Success), version, at)
}

pub fn paid(number: &str, money: Money, at: i64) -> Told {
    paid_in_place(number, money, 1, at)
}

pub fn paid_by(number: &str, money: Money, channel: Channel) -> Told {
    let payload = PaymentPayload { channel, ..payload(number, money, PaymentStatus::Success) };
    told(payment::COMPLETED, &payload, 1, NOON)
}

pub fn failed(number: &str, money: Money, at: i64) -> Told {
    told(payment::FAILED, &payload(number, money, PaymentStatus::Failed), 1, at)
}

/// A payment that its channel never heard of.
pub fn refused_at_once(number: &str, money: Money) -> Told {
    let payload = PaymentPayload { extra: PaymentExtra::default(), ..payload(number, money, PaymentStatus::Failed) };
    told(payment::FAILED, &payload, 1, NOON)
}

pub fn lapsed(number: &str, money: Money) -> Told {
    told(payment::EXPIRED, &payload(number, money, PaymentStatus::Expired), 1, NOON)
}

pub fn paid_back(number: &str, money: Money, at: i64) -> Told {
    let payload = RefundPayload {
        refund_no: number.into(),
        payment_no: "PY1".into(),
        merchant_id: shop(),
        order_no: "M-1".into(),
        amount: money.minor_units,
        currency: money.currency,
        reason: "returned".into(),
        status: RefundStatus::Success,
        refunded_at: None,
        extra: RefundExtra { channel: "stripe".into(), ..RefundExtra::default() },
    };
    told(refund::COMPLETED, &payload, 1, at)
}

/// An order that has come to a status, in this place of its history.
pub fn order(number: &str, version: i64, status: OrderStatus, customer: &str) -> Told {
    let kind = match status {
        OrderStatus::Pending => order::CREATED,
        OrderStatus::Paid => order::PAID,
        OrderStatus::Completed => order::COMPLETED,
        _ => order::CANCELLED,
    };
    let payload = OrderPayload {
        order_no: number.into(),
        merchant_id: shop(),
        payment_no: "PY1".into(),
        total_amount: 1000,
        currency: Currency::USD,
        status,
        customer_email: customer.into(),
        paid_at: None,
        extra: OrderExtra::default(),
    };
    told(kind, &payload, version, NOON)
}

/// A transaction on an account of the shop.
pub fn booked(number: &str, sort: &TransactionType, amount: i64) -> Told {
    let payload = AccountingPayload {
        transaction_id: number.into(),
        account_id: "A-1".into(),
        merchant_id: shop(),
        direction: if amount < 0 { Direction::Debit } else { Direction::Credit },
        amount,
        balance: 0,
        currency: Currency::USD,
        description: String::new(),
        related_id: "PY1".into(),
        created_at: Timestamp::from_unix_ms(NOON),
        extra: AccountingExtra { transaction_type: sort.to_string(), ..AccountingExtra::default() },
    };
    told(accounting::TRANSACTION_CREATED, &payload, 1, NOON)
}

pub fn settled(number: &str, fee_amount: i64) -> Told {
    let at = Timestamp::from_unix_ms(NOON);
    let payload = SettlementPayload {
        settlement_no: number.into(),
        merchant_id: shop(),
        cycle: SettlementCycle::from("daily"),
        total_amount: 1000,
        fee_amount,
        settlement_amount: 1000 - fee_amount,
        total_count: 1,
        currency: Currency::USD,
        status: SettlementStatus::Completed,
        start_date: at,
        end_date: at,
        approved_at: None,
        completed_at: Some(at),
        extra: SettlementExtra::default(),
    };
    told(settlement::COMPLETED, &payload, 1, NOON)
}

// === reports ===

pub fn payment_report(id: u128, number: &str, status: EventOutcome) -> PaymentEvent {
    PaymentEvent {
        event_id: EventId::from_u128(id),
        payment_no: number.into(),
        merchant_id: shop(),
        amount: 1000,
        currency: Currency::USD,
        channel: Channel::Stripe,
        status,
        duration_ms: 250,
        occurred_at: Timestamp::from_unix_ms(NOON),
    }
}

pub fn refund_report(id: u128, number: &str, status: EventOutcome) -> RefundEvent {
    RefundEvent {
        event_id: EventId::from_u128(id),
        refund_no: number.into(),
        payment_no: "PY1".into(),
        merchant_id: shop(),
        amount: 400,
        currency: Currency::USD,
        status,
        occurred_at: Timestamp::from_unix_ms(NOON),
    }
}

pub fn order_report(id: u128, number: &str, status: OrderStep) -> OrderEvent {
    OrderEvent {
        event_id: EventId::from_u128(id),
        order_no: number.into(),
        payment_no: "".into(),
        merchant_id: shop(),
        total_amount: 1000,
        currency: Currency::USD,
        status,
        customer_email: "ada@example.com".into(),
        occurred_at: Timestamp::from_unix_ms(NOON),
    }
}

pub fn channel_report(id: u128, number: &str, duration_ms: i64) -> ChannelEvent {
    ChannelEvent {
        event_id: EventId::from_u128(id),
        channel: Channel::Stripe,
        channel_trade_no: "pi_1".into(),
        payment_no: number.into(),
        merchant_id: shop(),
        amount: 1000,
        currency: Currency::USD,
        status: EventOutcome::Success,
        duration_ms,
        occurred_at: Timestamp::from_unix_ms(NOON),
    }
}
