//! What the gateway counts: how payments and refunds end, of how much money, and how long callers wait. An end is counted where
//! it is decided, once its unit is committed: a request that is repeated, a callback that comes twice and a saga that is taken
//! up again count nothing.

use std::time::Duration;

use payment_clients::{
    apis::{
        payment_gateway::{Payment, PaymentStatus, Refund, RefundStatus},
        words::Channel,
    },
    contract::money::Currency,
};
use prometheus_client::{
    metrics::{counter::Counter, histogram::Histogram},
    registry::Registry,
};

use crate::kit::{
    metrics::family::{Bounded, OTHER, Text, counter, seconds},
    saga::{End, Progress},
    store::Tx,
};

/// Minor units: powers of ten up to ten million.
const AMOUNTS: [f64; 8] = [1.0, 10.0, 100.0, 1000.0, 10_000.0, 100_000.0, 1_000_000.0, 10_000_000.0];

/// The gateway's figures. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Figures {
    payments: Bounded<3, Counter>,
    amounts: Bounded<1, Histogram>,
    operations: Bounded<2, Histogram>,
    refunds: Bounded<2, Counter>,
}

/// What a caller waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A payment is created.
    CreatePayment,
    /// A payment is cancelled.
    CancelPayment,
    /// A payment is paid back.
    CreateRefund,
}

// === impl Figures ===

impl Figures {
    /// Registers the families.
    pub fn register(registry: &mut Registry) -> Self {
        Self {
            payments: Bounded::register(
                registry,
                "payment_gateway_payment",
                "Payments that came to an end",
                ["status", "channel", "currency"],
                counter,
            ),
            amounts: Bounded::register(
                registry,
                "payment_gateway_payment_amount",
                "Amounts of successful payments, in minor units",
                ["currency"],
                || Histogram::new(AMOUNTS),
            ),
            operations: Bounded::register(
                registry,
                "payment_gateway_payment_duration_seconds",
                "From a stored request to the answer, without repeats of it",
                ["operation", "status"],
                seconds,
            ),
            refunds: Bounded::register(
                registry,
                "payment_gateway_refund",
                "Refunds that came to an end",
                ["status", "currency"],
                counter,
            ),
        }
    }

    /// Counts a payment that has ended, once that is committed.
    pub fn payment_ended(&self, tx: &mut Tx<'_>, payment: &Payment) {
        let (figures, currency) = (self.clone(), currency(payment.currency));
        let status = known(payment.status.as_str(), PaymentStatus::KNOWN);
        let channel = known(payment.channel.as_str(), Channel::KNOWN);
        let amount = (payment.status == PaymentStatus::Success).then(|| minor(payment.amount));
        tx.after_commit(move || {
            if let Some(amount) = amount {
                figures.amounts.of([currency.clone()]).observe(amount);
            }
            figures.payments.of([status, channel, currency]).inc();
        });
    }

    /// Counts a refund that has ended, once that is committed.
    pub fn refund_ended(&self, tx: &mut Tx<'_>, refund: &Refund) {
        let (refunds, currency) = (self.refunds.clone(), currency(refund.currency));
        let status = known(refund.status.as_str(), RefundStatus::KNOWN);
        tx.after_commit(move || {
            refunds.of([status, currency]).inc();
        });
    }

    /// Records how long a caller waited, and whether anything is known then: nothing is when the saga was not driven on.
    pub fn driven(&self, operation: Operation, elapsed: Duration, progress: Option<&Progress>) {
        let status = match progress {
            Some(Progress::Ended(End::Succeeded, _)) => "success",
            Some(Progress::Ended(End::Compensated(_), _)) => "failed",
            Some(Progress::Ended(End::Attention(_), _) | Progress::Unresolved(_)) | None => "unknown",
        };
        self.operations.of([operation.as_str().into(), status.into()]).observe(elapsed.as_secs_f64());
    }
}

/// A word that is declared; any other is one of the others.
fn known(word: &str, words: &[&'static str]) -> Text {
    words.iter().find(|known| **known == word).copied().unwrap_or(OTHER).into()
}

/// A currency that is known; others are counted together, since three letters can be many things.
fn currency(currency: Currency) -> Text {
    if currency.exponent().is_some() { currency.as_str().to_owned().into() } else { OTHER.into() }
}

/// An amount as a histogram takes it: exact, since the largest that is let in is below 2^53.
fn minor(amount: i64) -> f64 {
    amount as f64
}

// === impl Operation ===

impl Operation {
    const fn as_str(self) -> &'static str {
        match self {
            Self::CreatePayment => "create_payment",
            Self::CancelPayment => "cancel_payment",
            Self::CreateRefund => "create_refund",
        }
    }
}
