//! Postings by hand, and taking journals back.

use payment_clients::{
    apis::accounting::{AccountTransaction, CreateTransaction},
    contract::error::{Error, Result},
};

use super::{
    accounts,
    transactions::{self, Movement, Note},
};
use crate::{
    accounting::{
        domain,
        ledger::{self, Account, Booked, Entry, Journal, Kind, Leg, Outcome},
    },
    args,
    kit::store::{Tx, View},
};

/// From where an amount went, to where, and how much.
type Way = (Account, Account, i64);

/// Posts one movement between an account and one of the platform.
///
/// # Errors
/// 404 when there is no such account, 409 when it takes nothing or the number is posted, 422 when more than is free
/// would leave it.
pub fn post(tx: &mut Tx<'_>, note: &Note, request: &CreateTransaction, now: i64) -> Result<AccountTransaction> {
    let account = accounts::in_ledger(tx, request.account_id)?;
    let (from, to, size) = domain::posting(request, account.clone())?;
    let id = format!("tx:{}", note.number);
    let journal = Journal::new(id, Kind::Posting, note.number.as_str(), vec![Leg::single(from, to, size)])?;
    let entries = book(tx, &journal, now)?;
    transactions::insert(tx, note, &movement(&journal, &entries, &account)?, now)
}

/// Takes back the journal behind a transaction, which `note` names: its legs, last first and the other way round.
///
/// # Errors
/// 404 when there is no such transaction, 409 when it is reversed already or is undone in another way, 422 when what it
/// brought is not free any more.
pub fn reverse(tx: &mut Tx<'_>, note: &Note, now: i64) -> Result<()> {
    let original = note.reverses.as_ref().ok_or_else(|| Error::internal("a reversal of nothing"))?;
    let booked = transactions::journal_of(tx, original)?;
    let (kind, legs) = legs(tx, &booked)?;
    if !matches!(kind, Kind::Posting | Kind::Withdrawal) {
        let text = format!("transaction {original} belongs to a {}, which has its own way back", kind.as_str());
        return Err(Error::conflict("NOT_REVERSIBLE", text));
    }
    let account = merchants(&legs)?;
    let back = legs.iter().rev().map(|(debit, credit, amount)| Leg::single(credit.clone(), debit.clone(), *amount));
    let journal = Journal::new(format!("rev:{booked}"), Kind::Reversal, original.as_str(), back.collect())?;
    let entries = book(tx, &journal, now)?;
    transactions::insert(tx, note, &movement(&journal, &entries, &account)?, now).map(drop)
}

fn book(tx: &mut Tx<'_>, journal: &Journal, now: i64) -> Result<Vec<Entry>> {
    match ledger::book(tx, journal, now)? {
        Outcome::Booked(Booked { entries }) => Ok(entries),
        Outcome::Exists => Err(Error::conflict("ALREADY_POSTED", format!("{} is booked already", journal.reference()))),
    }
}

/// What a journal has done to an account: all of its legs there, and what was free after the last.
fn movement<'a>(journal: &'a Journal, entries: &[Entry], account: &'a Account) -> Result<Movement<'a>> {
    let mut movement = Movement { journal: journal.id(), account, amount: 0, free: 0 };
    for (leg, entry) in journal.legs().iter().zip(entries) {
        let (sign, free) = match () {
            () if leg.debit() == account => (-1, entry.debit_free),
            () if leg.credit() == account => (1, entry.credit_free),
            () => continue,
        };
        let amount = sign * leg.amount();
        movement.amount = movement.amount.checked_add(amount).ok_or_else(|| Error::internal("too many legs"))?;
        movement.free = free;
    }
    Ok(movement)
}

/// A journal as it was booked: its kind, and from where each leg went to where.
fn legs(view: &View<'_>, journal: &str) -> Result<(Kind, Vec<Way>)> {
    const LEGS: &str = "SELECT j.kind, t.debit, t.credit, t.amount
        FROM transfers t JOIN journals j ON j.id = t.journal_id WHERE t.journal_id = $1 ORDER BY t.leg";
    let rows =
        view.all(LEGS, args![journal], |row| Ok((row.parse::<Kind>(0)?, (row.parse(1)?, row.parse(2)?, row.get(3)?))))?;
    let (kinds, legs): (Vec<_>, Vec<_>) = rows.into_iter().unzip();
    let kind = kinds.first().copied().ok_or_else(|| Error::internal(format!("journal {journal} has no legs")))?;
    Ok((kind, legs))
}

/// The one account of a merchant that these legs touch.
fn merchants(legs: &[Way]) -> Result<Account> {
    let mut sides = legs.iter().flat_map(|(debit, credit, _)| [debit, credit]);
    let found = sides.find(|account| account.class().is_merchants()).cloned();
    found.ok_or_else(|| Error::internal("a journal to be reversed touches no merchant"))
}
