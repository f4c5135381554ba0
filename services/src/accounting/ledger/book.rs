//! Booking: the one way into the ledger. A journal is booked whole, found as it was, or refused without a trace.

use std::{collections::BTreeMap, iter};

use payment_clients::contract::error::{Error, Result};

use super::{
    chain::{GENESIS, Link},
    chart::Account,
    journal::{Held, How, Journal, Leg},
    policy,
};
use crate::{
    args,
    kit::store::{Row, Tx, Value, View},
};

/// The refusal of a journal that wants more than is free.
pub const INSUFFICIENT: &str = "INSUFFICIENT_BALANCE";
/// The refusal of a journal on an account that takes nothing.
pub const NOT_ACTIVE: &str = "ACCOUNT_NOT_ACTIVE";
/// The refusal of a journal whose id is that of another one.
pub const REUSED: &str = "REFERENCE_REUSED";

/// Writes a journal down, after it has moved.
pub const INSERT_JOURNAL: &str =
    "INSERT INTO journals(id, kind, reference, fingerprint, at) VALUES($1, $2, $3, $4, $5)";
/// Writes one of its transfers down.
pub const INSERT_TRANSFER: &str = "INSERT INTO transfers(seq, journal_id, leg, how, resolves, debit, credit, currency,
    amount, dv, cv, at, previous_hash, hash) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";

/// What became of a journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It stands in the books now.
    Booked(Booked),
    /// It stood there already, the same.
    Exists,
}

/// What a journal has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Booked {
    /// Its transfers, in order.
    pub entries: Vec<Entry>,
}

/// One transfer as it was booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its place in the books.
    pub seq: i64,
    /// Credits less debits and holds on the debit account after it.
    pub debit_free: i64,
    /// The same on the credit account.
    pub credit_free: i64,
}

/// Both accounts of a leg after it has moved, and the end of the books before it.
#[derive(Default)]
struct Moved {
    /// Version and free funds by account.
    sides: BTreeMap<String, (i64, i64)>,
    last_seq: i64,
    last_hash: Option<String>,
}

/// Books a journal.
///
/// # Errors
/// 422 `INSUFFICIENT_BALANCE` when more than is free would leave an account, 422 `REFERENCE_REUSED` when its id is that
/// of another journal, 409 when an account is not active or the hold is resolved. Nothing has changed then.
pub fn book(tx: &mut Tx<'_>, journal: &Journal, now: i64) -> Result<Outcome> {
    match journal.legs() {
        // The one statement that moves a leg is all or nothing by itself.
        [_] => book_legs(tx, journal, now),
        _ => tx.nested(|tx| book_legs(tx, journal, now)),
    }
}

fn book_legs(tx: &mut Tx<'_>, journal: &Journal, now: i64) -> Result<Outcome> {
    let fingerprint = journal.fingerprint();
    let mut moved = Vec::with_capacity(journal.legs().len());
    for leg in journal.legs() {
        match move_leg(tx, journal, leg, now)? {
            Some(sides) => moved.push(sides),
            None if exists(tx, journal, &fingerprint)? => return Ok(Outcome::Exists),
            // Nested, so that a refusal does not leave accounts behind that were opened for it.
            None => moved.push(tx.nested(|tx| {
                open_missing(tx, leg, now)?;
                let again = move_leg(tx, journal, leg, now)?;
                again.map_or_else(|| refuse(tx, leg), Ok)
            })?),
        }
    }
    let lines = lines(journal, &fingerprint, &moved, now)?;
    let (id, kind, reference) = (journal.id(), journal.kind().as_str(), journal.reference());
    let head = args![id, kind, reference, fingerprint, now].to_vec();
    let rows = lines.iter().map(|line| (INSERT_TRANSFER, line.row()));
    tx.execute_all(&iter::once((INSERT_JOURNAL, head)).chain(rows).collect::<Vec<_>>())?;
    Ok(Outcome::Booked(Booked { entries: lines.into_iter().map(|line| line.entry).collect() }))
}

/// Moves a leg on its accounts; `None` when something is in the way.
fn move_leg(tx: &mut Tx<'_>, journal: &Journal, leg: &Leg, now: i64) -> Result<Option<Moved>> {
    let (debit, credit, (posted, held)) = (leg.debit().id(), leg.credit().id(), leg.deltas());
    let mut moved = Moved::default();
    let resolves = leg.resolves().unwrap_or(0);
    tx.all(policy::MOVE, args![debit, credit, posted, held, now, journal.id(), resolves], |row| {
        moved.last_seq = row.get::<Option<i64>>("last_seq")?.unwrap_or(0);
        moved.last_hash = row.get("last_hash")?;
        moved.sides.insert(row.get("id")?, (row.get("version")?, row.get("free")?));
        Ok(())
    })?;
    match moved.sides.len() {
        0 => Ok(None),
        2 => Ok(Some(moved)),
        sides => Err(Error::internal(format!("journal {}: a leg has moved on {sides} accounts", journal.id()))),
    }
}

/// A transfer as it is written down.
struct Line<'a> {
    link: Link<'a>,
    previous: String,
    hash: String,
    entry: Entry,
}

/// The transfers of a journal that has moved, each chained to the one before it.
fn lines<'a>(journal: &'a Journal, fingerprint: &'a str, moved: &[Moved], now: i64) -> Result<Vec<Line<'a>>> {
    let first = moved.first().ok_or_else(|| Error::internal("a journal without legs"))?;
    let mut last = (first.last_seq, first.last_hash.clone().unwrap_or_else(|| GENESIS.to_owned()));
    let mut lines = Vec::with_capacity(moved.len());
    for (position, (leg, sides)) in (0..).zip(journal.legs().iter().zip(moved)) {
        let line = line(journal, fingerprint, (position, leg), sides, (last.0 + 1, last.1), now)?;
        last = (line.link.seq, line.hash.clone());
        lines.push(line);
    }
    Ok(lines)
}

fn line<'a>(
    journal: &'a Journal,
    fingerprint: &'a str,
    (position, leg): (i64, &'a Leg),
    moved: &Moved,
    (seq, previous): (i64, String),
    now: i64,
) -> Result<Line<'a>> {
    let side = |account: &Account| {
        let side = moved.sides.get(account.id()).copied();
        side.ok_or_else(|| Error::internal(format!("journal {}: {account} has not moved", journal.id())))
    };
    let ((dv, debit_free), (cv, credit_free)) = (side(leg.debit())?, side(leg.credit())?);
    let (how, resolves, amount) = (leg.how().as_str(), leg.resolves(), leg.amount());
    let (debit, credit, currency) = (leg.debit().id(), leg.credit().id(), leg.debit().currency_code());
    let (journal_id, at) = (journal.id(), now);
    let link = Link {
        seq,
        journal_id,
        fingerprint,
        leg: position,
        how,
        resolves,
        debit,
        credit,
        currency,
        amount,
        dv,
        cv,
        at,
    };
    let hash = link.hash(&previous);
    Ok(Line { link, previous, hash, entry: Entry { seq, debit_free, credit_free } })
}

impl Line<'_> {
    fn row(&self) -> Vec<Value<'_>> {
        let link = &self.link;
        let place = args![link.seq, link.journal_id, link.leg, link.how, link.resolves];
        let accounts = args![link.debit, link.credit, link.currency, link.amount, link.dv, link.cv];
        [&place[..], accounts, args![link.at, self.previous, self.hash]].concat()
    }
}

// === what was in the way ===

/// True when the journal is booked already.
fn exists(view: &View<'_>, journal: &Journal, fingerprint: &str) -> Result<bool> {
    const FIND: &str = "SELECT fingerprint FROM journals WHERE id = $1";
    match view.optional(FIND, args![journal.id()], |row| row.get::<String>(0))? {
        None => Ok(false),
        Some(found) if found == fingerprint => Ok(true),
        Some(_) => {
            let text = format!("{} is booked with another content; what differs needs a name of its own", journal.id());
            Err(Error::declined(REUSED, text))
        }
    }
}

/// Opens those accounts of a leg that have never been booked on. Where something must be in an account before it can
/// leave, opening it changes nothing.
fn open_missing(tx: &mut Tx<'_>, leg: &Leg, now: i64) -> Result<()> {
    if !leg.debit().class().is_merchants() {
        open(tx, leg.debit(), now)?;
    }
    open(tx, leg.credit(), now).map(drop)
}

/// Opens an account. False when it is open already.
///
/// # Errors
/// When the store fails.
pub fn open(tx: &mut Tx<'_>, account: &Account, now: i64) -> Result<bool> {
    const INSERT: &str = "INSERT INTO ledger_accounts(id, number, class, owner, currency, category, rule, opened_at,
        updated_at) VALUES($1, $2, $3, $4, $5, $6, $7, $8, $8) ON CONFLICT (id) DO NOTHING";
    let class = account.class();
    tx.execute(
        INSERT,
        args![
            account.id(),
            account.number().to_string(),
            class.as_str(),
            account.owner(),
            account.currency(),
            class.category().as_str(),
            class.rule().as_str(),
            now,
        ],
    )
    .map(|opened| opened == 1)
}

/// Why a leg cannot move.
fn refuse(view: &View<'_>, leg: &Leg) -> Result<Moved> {
    const RESOLVED: &str = "SELECT how FROM transfers WHERE resolves = $1";
    const ACCOUNT: &str = "SELECT status, cp - dp - dh AS free FROM ledger_accounts WHERE id = $1";
    let resolved = view.optional(RESOLVED, args![leg.resolves().unwrap_or(0)], |row| row.parse::<How>(0))?;
    if let Some(how) = resolved {
        let text = format!("the hold has ended already, by a {}; it ends once", how.as_str());
        return Err(Error::conflict("HOLD_ENDED", text));
    }
    let mut free = 0;
    for account in [leg.debit(), leg.credit()] {
        let read = |row: &Row<'_>| Ok((row.get::<String>("status")?, row.get::<i64>("free")?));
        let Some((status, funds)) = view.optional(ACCOUNT, args![account.id()], read)? else { continue };
        if status != "active" {
            return Err(Error::conflict(NOT_ACTIVE, format!("account {} is {status}", account.number())));
        }
        if account == leg.debit() {
            free = funds;
        }
    }
    let (posted, held) = leg.deltas();
    if leg.debit().class().is_merchants() && free < posted + held {
        let currency = leg.debit().currency();
        let text = format!("{} {currency} minor units are wanted and {free} are free", posted + held);
        return Err(Error::declined(INSUFFICIENT, text));
    }
    let text = format!("the volume of {} or {} has reached its limit", leg.debit(), leg.credit());
    Err(Error::declined("VOLUME_LIMIT", text))
}

// === holds ===

/// The hold that a journal has placed, if it has.
///
/// # Errors
/// When the store fails.
pub fn held(view: &View<'_>, journal_id: &str) -> Result<Option<Held>> {
    const FIND: &str = "SELECT seq, debit, credit, amount FROM transfers
        WHERE journal_id = $1 AND leg = 0 AND how = 'hold'";
    view.optional(FIND, args![journal_id], |row| {
        Ok(Held {
            seq: row.get("seq")?,
            debit: row.parse("debit")?,
            credit: row.parse("credit")?,
            amount: row.get("amount")?,
        })
    })
}
