//! Holds by the name that whoever places one gives it, and the journals that place and end them.

use payment_clients::{
    apis::accounting::{
        CaptureHold, Hold, HoldPurpose, HoldReference, HoldStatus, PlaceHold, RelatedNo, TransactionType,
    },
    contract::error::{Error, Result},
};

use super::transactions::{self, Movement, Note};
use crate::{
    accounting::{
        domain,
        ledger::{self, Account, Booked, Class, Entry, Held, Journal, Kind, Leg, Outcome},
    },
    args,
    kit::{
        ids::Ids,
        store::{Row, Tx, View},
    },
};

pub(super) const TABLES: &str = "
CREATE TABLE holds(
  reference TEXT NOT NULL PRIMARY KEY, merchant_id TEXT NOT NULL, currency TEXT NOT NULL,
  amount {{int}} NOT NULL CHECK(amount > 0), purpose TEXT NOT NULL CHECK(purpose IN ('withdrawal', 'refund')),
  channel TEXT NOT NULL, related_no TEXT NOT NULL,
  status TEXT NOT NULL DEFAULT 'held' CHECK(status IN ('held', 'captured', 'released')),
  captured_amount {{int}} NOT NULL DEFAULT 0 CHECK(captured_amount BETWEEN 0 AND amount),
  fee_amount {{int}} NOT NULL DEFAULT 0 CHECK(fee_amount BETWEEN 0 AND captured_amount),
  transaction_no TEXT NOT NULL DEFAULT '', created_at {{int}} NOT NULL, ended_at {{int}},
  CHECK((status = 'held') = (ended_at IS NULL)), CHECK((status = 'captured') = (captured_amount > 0)),
  CHECK((status = 'captured') = (transaction_no <> ''))
) {{strict}};";

/// Those that nobody has ended yet, whatever was held before.
pub(super) const OPEN: &str = "CREATE INDEX holds_open ON holds(currency) WHERE status = 'held'";

const SELECT: &str = "SELECT reference, merchant_id, currency, amount, captured_amount, fee_amount, purpose, channel,
    status, related_no, transaction_no, created_at, ended_at FROM holds WHERE reference = $1";

/// Sets an amount aside. The same hold again is found as it is now.
///
/// # Errors
/// 400 for a field that breaks a rule, 409 when the name is that of another hold, 422 when more than is free is wanted.
pub fn place(tx: &mut Tx<'_>, request: &PlaceHold, now: i64) -> Result<Hold> {
    const INSERT: &str = "INSERT INTO holds(reference, merchant_id, currency, amount, purpose, channel, related_no,
        created_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8)";
    let (sources, target) = domain::hold(request)?;
    let reference = request.reference.as_str();
    let channel = request.channel.as_ref().map_or("", |channel| channel.as_str());
    if let Some((found, through)) = tx.optional(SELECT, args![reference], read)? {
        return repeated(found, &through, request);
    }
    first_with_enough(
        tx,
        sources,
        |from| {
            let leg = Leg::hold(from, target.clone(), request.amount);
            Journal::new(journal(reference), Kind::Hold, reference, vec![leg])
        },
        now,
    )?;
    tx.execute(
        INSERT,
        args![
            reference,
            request.merchant_id.to_string(),
            request.currency,
            request.amount,
            request.purpose.as_str(),
            channel,
            request.related_no.as_ref().map_or("", RelatedNo::as_str),
            now,
        ],
    )?;
    require(tx, &request.reference)
}

/// Books a journal from the first account that has enough; the answer says which.
pub(in crate::accounting) fn first_with_enough(
    tx: &mut Tx<'_>,
    sources: Vec<Account>,
    journal: impl Fn(Account) -> Result<Journal>,
    now: i64,
) -> Result<(Account, Outcome)> {
    let mut refused = None;
    for from in sources {
        match ledger::book(tx, &journal(from.clone())?, now) {
            Ok(outcome) => return Ok((from, outcome)),
            // It may be booked already, from another of them.
            Err(error) if matches!(error.code(), Some(ledger::INSUFFICIENT | ledger::REUSED)) => refused = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(refused.unwrap_or_else(|| Error::internal("a journal was given no account to come from")))
}

/// Ends a hold by booking it, wholly or in part.
///
/// # Errors
/// 400 when the amounts do not fit, 404 when there is no such hold, 409 when it has ended.
pub fn capture(tx: &mut Tx<'_>, ids: &Ids, reference: &HoldReference, request: &CaptureHold, now: i64) -> Result<Hold> {
    let hold = require_held(tx, reference)?;
    let (amount, fee) = domain::capture(request, hold.amount)?;
    let held = in_ledger(tx, reference)?;
    let from = held.debit.clone();
    let (kind, transaction, legs) = legs(&hold.purpose, held, amount, fee)?;
    let journal = Journal::new(format!("post:{reference}"), kind, reference.as_str(), legs)?;
    let Outcome::Booked(Booked { entries }) = ledger::book(tx, &journal, now)? else {
        return Err(Error::internal(format!("hold {reference} is booked and does not say so")));
    };
    // The fee is last, and from the same account.
    let last = if fee > 0 { entries.last() } else { entries.first() };
    let free = last.map_or(0, |entry: &Entry| entry.debit_free);
    let number = if hold.related_no.as_str().is_empty() { reference.as_str() } else { hold.related_no.as_str() };
    let note = Note::new(ids, transaction, number);
    let movement = Movement { journal: journal.id(), account: &from, amount: -amount, free };
    transactions::insert(tx, &note, &movement, now)?;
    end(tx, reference, &HoldStatus::Captured, (amount, fee, note.number.as_str()), now)
}

/// What a captured hold books: what remains after the fee goes to where it was held for, the fee to the platform.
fn legs(purpose: &HoldPurpose, held: Held, amount: i64, fee: i64) -> Result<(Kind, TransactionType, Vec<Leg>)> {
    let (from, to, rest) = (held.debit.clone(), held.credit.clone(), amount - fee);
    let mut legs = vec![Leg::post(held, rest)];
    let (kind, transaction) = match purpose {
        HoldPurpose::Withdrawal => {
            let bank = Account::new(Class::Bank, domain::BANK, to.currency());
            legs.push(Leg::single(to, bank, rest));
            (Kind::Withdrawal, TransactionType::Withdraw)
        }
        HoldPurpose::Refund => (Kind::Refund, TransactionType::RefundOut),
        HoldPurpose::Other(word) => return Err(Error::internal(format!("a hold for `{word}` is none of ours"))),
    };
    if fee > 0 {
        let fees = Account::new(Class::Fees, purpose.as_str(), from.currency());
        legs.push(Leg::single(from, fees, fee));
    }
    Ok((kind, transaction, legs))
}

/// Ends a hold by freeing its amount.
///
/// # Errors
/// 404 when there is no such hold, 409 when it has ended.
pub fn release(tx: &mut Tx<'_>, reference: &HoldReference, now: i64) -> Result<Hold> {
    require_held(tx, reference)?;
    let held = in_ledger(tx, reference)?;
    let journal = Journal::new(format!("void:{reference}"), Kind::Release, reference.as_str(), vec![Leg::void(held)])?;
    ledger::book(tx, &journal, now)?;
    end(tx, reference, &HoldStatus::Released, (0, 0, ""), now)
}

fn end(
    tx: &mut Tx<'_>,
    reference: &HoldReference,
    status: &HoldStatus,
    (amount, fee, transaction_no): (i64, i64, &str),
    now: i64,
) -> Result<Hold> {
    const END: &str = "UPDATE holds SET status = $2, captured_amount = $3, fee_amount = $4, transaction_no = $5,
        ended_at = $6 WHERE reference = $1 AND status = 'held'";
    match tx.execute(END, args![reference.as_str(), status.as_str(), amount, fee, transaction_no, now])? {
        1 => require(tx, reference),
        _ => Err(ended(&require(tx, reference)?)),
    }
}

// === reading ===

/// One hold.
///
/// # Errors
/// 404 when there is none.
pub fn require(view: &View<'_>, reference: &HoldReference) -> Result<Hold> {
    find(view, reference)?.ok_or_else(|| Error::not_found(format_args!("hold {reference}")))
}

/// One hold, if there is one.
///
/// # Errors
/// When the statement fails.
pub fn find(view: &View<'_>, reference: &HoldReference) -> Result<Option<Hold>> {
    view.optional(SELECT, args![reference.as_str()], |row| read(row).map(|(hold, _)| hold))
}

fn require_held(view: &View<'_>, reference: &HoldReference) -> Result<Hold> {
    let hold = require(view, reference)?;
    #[cfg(feature = "mutants")]
    if crate::mutants::is_on(crate::mutants::Mutant::NoOneResolution) {
        return Ok(hold);
    }
    if hold.status == HoldStatus::Held { Ok(hold) } else { Err(ended(&hold)) }
}

fn in_ledger(view: &View<'_>, reference: &HoldReference) -> Result<Held> {
    let held = ledger::held(view, &journal(reference.as_str()))?;
    held.ok_or_else(|| Error::internal(format!("hold {reference} is not in the books")))
}

fn journal(reference: &str) -> String {
    format!("hold:{reference}")
}

fn ended(hold: &Hold) -> Error {
    Error::conflict("HOLD_ENDED", format!("hold {} is {} already; it ends once", hold.reference, hold.status))
}

fn repeated(found: Hold, through: &str, asked: &PlaceHold) -> Result<Hold> {
    let same = found.merchant_id == asked.merchant_id
        && (found.currency, found.amount) == (asked.currency, asked.amount)
        && found.purpose == asked.purpose
        && through == asked.channel.as_ref().map_or("", |channel| channel.as_str())
        && found.related_no.as_str() == asked.related_no.as_ref().map_or("", RelatedNo::as_str);
    if same {
        return Ok(found);
    }
    let text = format!("hold {} exists with another content; take another name", found.reference);
    Err(Error::conflict("HOLD_EXISTS", text))
}

/// The hold, and the channel that pays a refund back.
fn read(row: &Row<'_>) -> Result<(Hold, String)> {
    let hold = Hold {
        reference: row.parse("reference")?,
        merchant_id: row.parse("merchant_id")?,
        currency: row.get("currency")?,
        amount: row.get("amount")?,
        captured_amount: row.get("captured_amount")?,
        fee_amount: row.get("fee_amount")?,
        purpose: row.parse("purpose")?,
        status: row.parse("status")?,
        related_no: row.parse("related_no")?,
        transaction_no: row.parse("transaction_no")?,
        created_at: row.get("created_at")?,
        ended_at: row.get("ended_at")?,
    };
    Ok((hold, row.get("channel")?))
}
