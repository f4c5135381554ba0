//! The bank's book: transfers, what is on the platform's accounts, and each movement on them.

use payment_clients::{
    apis::{
        bank_transfer::{BankTransfer, BankTransferState, BankTransferStatus},
        ids::BankTradeNo,
    },
    contract::{error::Result, money::Currency},
};

use super::{
    api::{LineKind, Statement, StatementLine},
    domain,
};
use crate::{
    args,
    kit::store::{Row, Tx, View},
};

/// The schema. The bank never forgets a transfer, so its number and its key are unique for good.
pub const MIGRATIONS: &[&str] = &["
CREATE TABLE accounts(
  currency TEXT PRIMARY KEY CHECK(length(currency) = 3), balance {{int}} NOT NULL
) {{clustered}};
CREATE TABLE transfers(
  order_no TEXT PRIMARY KEY, trade_no TEXT NOT NULL UNIQUE, key TEXT NOT NULL UNIQUE, fingerprint TEXT NOT NULL,
  bank_name TEXT NOT NULL, account_name TEXT NOT NULL, account_no TEXT NOT NULL,
  amount {{int}} NOT NULL CHECK(amount > 0), currency TEXT NOT NULL CHECK(length(currency) = 3),
  status TEXT NOT NULL CHECK(status IN ('processing', 'success', 'failed', 'returned')),
  later TEXT, later_at {{int}}, listed {{int}} NOT NULL CHECK(listed IN (1, 2)), created_at {{int}} NOT NULL,
  CHECK((later IS NULL) = (later_at IS NULL))
) {{clustered}};
CREATE INDEX transfers_later ON transfers(later_at) WHERE later_at IS NOT NULL;
CREATE TABLE lines(
  seq {{int}} PRIMARY KEY, trade_no TEXT NOT NULL REFERENCES transfers(trade_no),
  kind TEXT NOT NULL CHECK(kind IN ('payout', 'return')), amount {{int}} NOT NULL, currency TEXT NOT NULL,
  at {{int}} NOT NULL, UNIQUE(trade_no, kind), CHECK((kind = 'payout') = (amount < 0))
) {{clustered}};"];

/// A transfer that is known, and what it was asked with.
#[derive(Clone, Debug)]
pub struct Known {
    /// How far it has come.
    pub state: BankTransferState,
    /// The key of its first request.
    pub key: String,
    /// Everything that was asked.
    pub fingerprint: String,
}

/// A transfer to be written.
#[derive(Clone, Debug)]
pub struct New {
    /// What was asked.
    pub transfer: BankTransfer,
    /// How far it comes at once, and its number.
    pub state: BankTransferState,
    /// The key of its request.
    pub key: String,
    /// Everything that was asked.
    pub fingerprint: String,
    /// What becomes of it, and when.
    pub later: Option<(BankTransferStatus, i64)>,
    /// How often the statement lists it.
    pub listed: i64,
}

const SELECT: &str = "SELECT trade_no, status, key, fingerprint FROM transfers WHERE order_no = $1";
const SELECT_BY_KEY: &str = "SELECT trade_no, status, key, fingerprint FROM transfers WHERE key = $1";
const SELECT_BY_TRADE_NO: &str = "SELECT trade_no, status, key, fingerprint FROM transfers WHERE trade_no = $1";

// === transfers ===

/// The transfer that a request repeats, by its key or else by its number.
///
/// # Errors
/// When the store fails.
pub fn repeated(view: &View<'_>, key: &str, order_no: &str) -> Result<Option<Known>> {
    match view.optional(SELECT_BY_KEY, args![key], read_known)? {
        Some(known) => Ok(Some(known)),
        None => view.optional(SELECT, args![order_no], read_known),
    }
}

/// The transfer with the bank's number.
///
/// # Errors
/// When the store fails.
pub fn by_trade_no(view: &View<'_>, trade_no: &BankTradeNo) -> Result<Option<BankTransferState>> {
    let known = view.optional(SELECT_BY_TRADE_NO, args![trade_no.as_str()], read_known)?;
    Ok(known.map(|known| known.state))
}

/// Writes a transfer, and books it when it is paid at once.
///
/// # Errors
/// When the store fails.
pub fn insert(tx: &mut Tx<'_>, new: &New, now: i64) -> Result<()> {
    const INSERT: &str = "INSERT INTO transfers(order_no, trade_no, key, fingerprint, bank_name, account_name,
            account_no, amount, currency, status, later, later_at, listed, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    let BankTransfer { order_no, bank_name, bank_account_name, bank_account_no, amount, currency, .. } = &new.transfer;
    let (later, later_at) = new.later.as_ref().map(|(status, at)| (status.as_str(), *at)).unzip();
    let (trade_no, status) = (new.state.channel_trade_no.as_str(), new.state.status.as_str());
    tx.execute(
        INSERT,
        args![
            order_no.as_str(),
            trade_no,
            new.key,
            new.fingerprint,
            bank_name,
            bank_account_name,
            bank_account_no.expose(),
            amount,
            currency,
            status,
            later,
            later_at,
            new.listed,
            now,
        ],
    )?;
    match new.state.status {
        BankTransferStatus::Success => book(tx, trade_no, &LineKind::Payout, -amount, *currency, now),
        _ => Ok(()),
    }
}

/// Does what has become due: pays, refuses and returns.
///
/// # Errors
/// When the store fails.
pub fn clear(tx: &mut Tx<'_>, now: i64) -> Result<()> {
    const DUE: &str = "SELECT trade_no, later, later_at, amount, currency FROM transfers
        WHERE later_at <= $1 ORDER BY later_at, trade_no";
    const UPDATE: &str = "UPDATE transfers SET status = later, later = NULL, later_at = NULL WHERE trade_no = $1";
    let due = tx.all(DUE, args![now], |row| {
        let trade_no: String = row.get("trade_no")?;
        let later: BankTransferStatus = row.parse("later")?;
        let (at, amount): (i64, i64) = (row.get("later_at")?, row.get("amount")?);
        Ok((trade_no, later, at, amount, row.get::<Currency>("currency")?))
    })?;
    for (trade_no, later, at, amount, currency) in due {
        tx.execute(UPDATE, args![trade_no])?;
        match later {
            BankTransferStatus::Success => book(tx, &trade_no, &LineKind::Payout, -amount, currency, at)?,
            BankTransferStatus::Returned => book(tx, &trade_no, &LineKind::Return, amount, currency, at)?,
            _ => {}
        }
    }
    Ok(())
}

/// One movement: a line of the statement and the balance, together.
fn book(tx: &mut Tx<'_>, trade_no: &str, kind: &LineKind, amount: i64, currency: Currency, at: i64) -> Result<()> {
    const OPEN: &str = "INSERT INTO accounts(currency, balance) VALUES ($1, 0) ON CONFLICT (currency) DO NOTHING";
    const MOVE: &str = "UPDATE accounts SET balance = balance + $2 WHERE currency = $1";
    const LINE: &str = "INSERT INTO lines(seq, trade_no, kind, amount, currency, at)
        SELECT COALESCE(MAX(seq), 0) + 1, $1, $2, $3, $4, $5 FROM lines";
    tx.execute(OPEN, args![currency])?;
    tx.execute(MOVE, args![currency, amount])?;
    tx.execute(LINE, args![trade_no, kind.as_str(), amount, currency, at]).map(drop)
}

fn read_known(row: &Row<'_>) -> Result<Known> {
    let status: BankTransferStatus = row.parse("status")?;
    let message = domain::message(&status).to_owned();
    let state = BankTransferState { channel_trade_no: row.parse("trade_no")?, status, message };
    Ok(Known { state, key: row.get("key")?, fingerprint: row.get("fingerprint")? })
}

// === statements ===

/// What moved on the account of a currency behind a line.
///
/// # Errors
/// When the store fails.
pub fn statement(view: &View<'_>, currency: Currency, after: i64) -> Result<Statement> {
    const BALANCE: &str = "SELECT balance FROM accounts WHERE currency = $1";
    const LINES: &str = "SELECT l.seq, l.trade_no, t.order_no, l.kind, l.amount, l.at, t.listed
        FROM lines l JOIN transfers t ON t.trade_no = l.trade_no
        WHERE l.currency = $1 AND l.seq > $2 ORDER BY l.seq LIMIT 500";
    let balance = view.optional(BALANCE, args![currency], |row| row.get(0))?.unwrap_or(0);
    let found = view.all(LINES, args![currency, after], |row| {
        let line = StatementLine {
            seq: row.get("seq")?,
            channel_trade_no: row.parse("trade_no")?,
            order_no: row.parse("order_no")?,
            kind: row.parse("kind")?,
            amount: row.get("amount")?,
            booked_at: row.get("at")?,
        };
        Ok((line, if row.get::<i64>("listed")? == 2 { 2 } else { 1 }))
    })?;
    let lines = found.into_iter().flat_map(|(line, listed)| std::iter::repeat_n(line, listed)).collect();
    Ok(Statement { currency, balance, lines })
}
