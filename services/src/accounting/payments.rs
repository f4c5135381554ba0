//! What payments do to the books. The money has moved at a channel already, so nothing here may lose it: what no merchant
//! can have goes to suspense, with an incident, and waits for its way back or for a person.

use payment_clients::{
    apis::{
        accounting::TransactionType,
        ids::{MerchantId, PaymentNo, RefundNo},
        words::Channel,
    },
    contract::{error::Result, money::Money},
};

use super::{
    domain,
    ledger::{self, Account, Booked, Class, Journal, Kind, Leg, Outcome, fees::FeePlan},
    store::{
        fee_plans, holds,
        transactions::{self, Movement, Note},
    },
};
use crate::{
    args,
    kit::{ids::Ids, incident, store::Tx},
};

/// A payment that a channel has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Captured {
    /// Number of the payment.
    pub payment_no: PaymentNo,
    /// Whose it is.
    pub merchant_id: MerchantId,
    /// Who has taken it.
    pub channel: Channel,
    /// How much.
    pub money: Money,
}

/// A refund that a channel has paid.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refunded {
    /// Number of the refund.
    pub refund_no: RefundNo,
    /// What was refunded.
    pub payment_no: PaymentNo,
    /// Whose it was.
    pub merchant_id: MerchantId,
    /// Who has paid it back.
    pub channel: Channel,
    /// How much.
    pub money: Money,
}

/// Books a payment that has come in, and fixes its fee. The same payment again changes nothing.
///
/// # Errors
/// 422 when the payment is booked with another content.
pub fn book_capture(tx: &mut Tx<'_>, ids: &Ids, paid: &Captured, plan: &FeePlan, now: i64) -> Result<()> {
    domain::money("amount", paid.money)?;
    let Money { minor_units: amount, currency } = paid.money;
    let receivable = domain::receivable(paid.channel.as_str(), currency)?;
    let pending = domain::merchants(Class::MerchantPending, paid.merchant_id, currency);
    let leg = Leg::single(receivable, pending.clone(), amount);
    let journal = Journal::new(format!("cap:{}", paid.payment_no), Kind::Capture, paid.payment_no.as_str(), vec![leg])?;
    let Booked { entries } = match ledger::book(tx, &journal, now) {
        Ok(Outcome::Booked(booked)) => booked,
        Ok(Outcome::Exists) => return Ok(()),
        Err(error) if error.code() == Some(ledger::NOT_ACTIVE) => {
            return book_stray(tx, paid, "the merchant's account takes nothing", now);
        }
        Err(error) => return Err(error),
    };
    for entry in entries {
        fee_plans::charge(tx, entry.seq, paid.payment_no.as_str(), plan.fee(amount), plan)?;
        let note = Note::new(ids, TransactionType::PaymentIn, paid.payment_no.as_str());
        let movement = Movement { journal: journal.id(), account: &pending, amount, free: entry.credit_free };
        transactions::insert(tx, &note, &movement, now)?;
    }
    Ok(())
}

/// Books a payment that has come in and is nobody's, such as one that succeeds after it was cancelled.
///
/// # Errors
/// 422 when the payment is booked with another content.
pub fn book_stray(tx: &mut Tx<'_>, paid: &Captured, why: &str, now: i64) -> Result<()> {
    domain::money("amount", paid.money)?;
    let Money { minor_units: amount, currency } = paid.money;
    let receivable = domain::receivable(paid.channel.as_str(), currency)?;
    let leg = Leg::single(receivable, suspense(paid.money), amount);
    let payment_no = paid.payment_no.as_str();
    let journal = Journal::new(stray(payment_no), Kind::Stray, payment_no, vec![leg])?;
    ledger::book(tx, &journal, now)?;
    incident::open(tx, payment_no, STRAY_PAYMENT, &format!("{} in suspense: {why}", paid.money), now)
}

/// Books that a stray payment went back to its payer, as a whole.
///
/// # Errors
/// 422 when that is booked with another content.
pub fn book_stray_back(tx: &mut Tx<'_>, paid: &Captured, now: i64) -> Result<()> {
    let Money { minor_units: amount, currency } = paid.money;
    let receivable = domain::receivable(paid.channel.as_str(), currency)?;
    let leg = Leg::single(suspense(paid.money), receivable, amount);
    let payment_no = paid.payment_no.as_str();
    let journal = Journal::new(format!("stray-back:{payment_no}"), Kind::StrayResolved, payment_no, vec![leg])?;
    ledger::book(tx, &journal, now)?;
    incident::close(tx, payment_no, STRAY_PAYMENT, "paid back to the payer", now)
}

/// Books a refund that was paid: from what was held for it, from suspense when the payment was stray, else from the
/// merchant's pending or free funds. The same refund again changes nothing.
///
/// # Errors
/// 422 when the refund is booked with another content.
pub fn book_refund(tx: &mut Tx<'_>, ids: &Ids, back: &Refunded, now: i64) -> Result<()> {
    domain::money("amount", back.money)?;
    let Money { minor_units: amount, currency } = back.money;
    let refund_no = back.refund_no.as_str();
    if holds::find(tx, &format!("refund:{refund_no}").into())?.is_some() {
        // Whoever placed the hold ends it, with the outcome that it has heard itself.
        return Ok(());
    }
    let receivable = domain::receivable(back.channel.as_str(), currency)?;
    let own = |class| domain::merchants(class, back.merchant_id, currency);
    let sources = match is_stray(tx, back.payment_no.as_str())? {
        true => vec![suspense(back.money)],
        false => vec![own(Class::MerchantPending), own(Class::MerchantAvailable), suspense(back.money)],
    };
    let id = format!("ref:{refund_no}");
    let (from, outcome) = holds::first_with_enough(
        tx,
        sources,
        |from| {
            let leg = Leg::single(from, receivable.clone(), amount);
            Journal::new(&id, Kind::Refund, refund_no, vec![leg])
        },
        now,
    )?;
    let Outcome::Booked(Booked { entries }) = outcome else { return Ok(()) };
    if from.class() == Class::Suspense {
        let detail = format!("{} paid back from suspense for payment {}", back.money, back.payment_no);
        return incident::open(tx, refund_no, "refund_from_suspense", &detail, now);
    }
    for entry in entries {
        let note = Note::new(ids, TransactionType::RefundOut, refund_no);
        let movement = Movement { journal: &id, account: &from, amount: -amount, free: entry.debit_free };
        transactions::insert(tx, &note, &movement, now)?;
    }
    Ok(())
}

/// The incident of money in suspense.
const STRAY_PAYMENT: &str = "stray_payment";

fn suspense(money: Money) -> Account {
    Account::new(Class::Suspense, Account::PLATFORM, money.currency)
}

fn stray(payment_no: &str) -> String {
    format!("stray:{payment_no}")
}

fn is_stray(tx: &Tx<'_>, payment_no: &str) -> Result<bool> {
    const FIND: &str = "SELECT 1 FROM journals WHERE id = $1";
    Ok(tx.optional(FIND, args![stray(payment_no)], |_| Ok(()))?.is_some())
}
