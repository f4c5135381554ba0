//! What accounting-service hears of payments and refunds, and what it tells of its transactions.

use payment_clients::{
    apis::{accounting::AccountTransaction, payment_gateway::PaymentStatus, words::Channel},
    contract::{error::Result, money::Money},
};

use super::{
    Accounting, domain,
    payments::{self, Captured, Refunded},
};
use crate::{
    host::Host,
    kit::{
        configuration::Values,
        consumer::Consumer,
        events::{
            accounting::{self, AccountingExtra, AccountingPayload, Direction},
            payment::{self, PaymentPayload},
            refund::{self, RefundPayload},
        },
        ids::Ids,
        outbox,
        store::Tx,
    },
};

/// Name under which accounting-service remembers what it has heard.
pub const CONSUMER: &str = "accounting";
/// What it listens to.
pub const HEARD: [&str; 4] = [
    payment::COMPLETED.name(),
    payment::LATE_SUCCESS.name(),
    payment::LATE_SUCCESS_REFUNDED.name(),
    refund::COMPLETED.name(),
];

/// Listens to the gateway, in the background.
///
/// # Errors
/// When the bus cannot be set up.
pub(super) fn listen(service: &Accounting, host: &mut Host<'_>) -> Result<()> {
    let (paid, back) = (service.clone(), service.clone());
    let [came, went] = [service.clock.clone(), service.clock.clone()];
    Consumer::builder(CONSUMER, service.store.clone(), service.clock.clone())
        .on(payment::COMPLETED, move |tx, event| {
            completed(tx, &paid.ids, &event.payload, &paid.configuration.current(), paid.clock.now())
        })
        .on(payment::LATE_SUCCESS, move |tx, event| stray(tx, &event.payload, &event.payload.status, came.now()))
        .on(payment::LATE_SUCCESS_REFUNDED, move |tx, event| {
            payments::book_stray_back(tx, &captured(&event.payload), went.now())
        })
        .on(refund::COMPLETED, move |tx, event| refunded(tx, &back.ids, &event.payload, back.clock.now()))
        .spawn(host.bus, host.platform, host.tasks)
        .map(drop)
}

/// Books a payment that was taken, at the rates of now. One that had been given up before is nobody's: its order may be
/// gone.
fn completed(tx: &mut Tx<'_>, ids: &Ids, payment: &PaymentPayload, values: &Values, now: i64) -> Result<()> {
    match PaymentStatus::from(payment.extra.old_status.as_str()) {
        before @ (PaymentStatus::Cancelled | PaymentStatus::Failed | PaymentStatus::Expired) => {
            stray(tx, payment, &before, now)
        }
        _ => {
            let paid = captured(payment);
            let plan = domain::plan(values, &paid.channel, paid.money.currency);
            payments::book_capture(tx, ids, &paid, &plan, now)
        }
    }
}

/// Books what came for a payment that had ended without.
fn stray(tx: &mut Tx<'_>, payment: &PaymentPayload, before: &PaymentStatus, now: i64) -> Result<()> {
    payments::book_stray(tx, &captured(payment), &format!("it was {before} when the money came"), now)
}

fn captured(payment: &PaymentPayload) -> Captured {
    Captured {
        payment_no: payment.payment_no.clone(),
        merchant_id: payment.merchant_id,
        channel: payment.channel.clone(),
        money: Money::new(payment.amount, payment.currency),
    }
}

fn refunded(tx: &mut Tx<'_>, ids: &Ids, refund: &RefundPayload, now: i64) -> Result<()> {
    let back = Refunded {
        refund_no: refund.refund_no.clone(),
        payment_no: refund.payment_no.clone(),
        merchant_id: refund.merchant_id,
        channel: Channel::from(refund.extra.channel.as_str()),
        money: Money::new(refund.amount, refund.currency),
    };
    payments::book_refund(tx, ids, &back, now)
}

/// Tells of a transaction, in the unit that books it.
///
/// # Errors
/// When the store fails.
pub(super) fn transaction_created(tx: &mut Tx<'_>, booked: &AccountTransaction, now: i64) -> Result<()> {
    let payload = AccountingPayload {
        transaction_id: booked.transaction_no.to_string(),
        account_id: booked.account_id.to_string(),
        merchant_id: booked.merchant_id,
        direction: if booked.amount < 0 { Direction::Debit } else { Direction::Credit },
        amount: booked.amount,
        balance: booked.balance_after,
        currency: booked.currency,
        description: booked.description.clone(),
        related_id: booked.related_no.to_string(),
        created_at: booked.created_at,
        extra: AccountingExtra {
            transaction_type: booked.transaction_type.to_string(),
            balance_before: booked.balance_before,
            balance_after: booked.balance_after,
        },
    };
    outbox::append(tx, accounting::TRANSACTION_CREATED, &payload, now).map(drop)
}
