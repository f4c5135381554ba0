//! A line of a book, and where the lines come from: the ledger with the numbers that the other side knows, the books of
//! the simulators, and files in their place.

use std::{collections::BTreeMap, path::Path};

use payment_clients::contract::{
    error::{Error, Result},
    money::{Currency, Money},
};
use serde::{Deserialize, Serialize};

use crate::{
    check::books::Books,
    kit::store::{Row, View},
};

/// How long a channel may take until the platform has heard of a payment: an hour.
const CHANNEL_WINDOW: i64 = 3_600_000;
/// How long a bank may take: three days.
const BANK_WINDOW: i64 = 3 * 24 * 3_600_000;

/// A line of a book. What comes to the platform is positive.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Line {
    /// The number that both sides know.
    pub id: String,
    /// Our own number.
    pub reference: String,
    /// How much.
    pub money: Money,
    /// What became of it: `captured`, `refunded`, `paid`, `returned`.
    pub status: String,
}

/// What our side has.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ours {
    /// What is booked.
    pub booked: Vec<Line>,
    /// What it waits for, by our own number.
    pub waiting: BTreeMap<String, Waiting>,
}

/// Something that our side waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    /// In words: `payment PY1 is processing`.
    pub what: String,
    /// How much.
    pub money: Money,
    /// Until when that may be so.
    pub until: i64,
}

/// Debits less credits of all accounts in a currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Balance {
    /// The currency.
    pub currency: Currency,
    /// Posted.
    pub posted: i64,
    /// Held.
    pub held: i64,
}

fn line(row: &Row<'_>) -> Result<Line> {
    let money = Money::new(row.get(2)?, row.get(3)?);
    Ok(Line { id: row.get(0)?, reference: row.get(1)?, money, status: row.get(4)? })
}

// === the ledger ===

/// Debits less credits in each currency: all must be zero.
pub(super) fn ledger(books: &Books) -> Result<Vec<Balance>> {
    const SUMS: &str = "SELECT currency, CAST(SUM(dp) - SUM(cp) AS BIGINT), CAST(SUM(dh) - SUM(ch) AS BIGINT)
        FROM ledger_accounts GROUP BY currency ORDER BY currency";
    books.rows("accounting", SUMS, |row| Ok(Balance { currency: row.get(0)?, posted: row.get(1)?, held: row.get(2)? }))
}

/// What the ledger has booked through channels, by the channel's numbers, which the gateway keeps.
pub(super) fn through_channels(books: &Books) -> Result<Ours> {
    // What came too late went back without a refund of ours: its journal names it.
    const BOOKED: &str = "SELECT j.reference,
            CASE WHEN j.kind = 'stray_resolved' THEN j.id ELSE REPLACE(j.reference, 'refund:', '') END,
            CASE WHEN j.kind IN ('refund', 'stray_resolved') THEN -t.amount ELSE t.amount END, t.currency,
            CASE WHEN j.kind IN ('refund', 'stray_resolved') THEN 'refunded' ELSE 'captured' END
        FROM journals j JOIN transfers t ON t.journal_id = j.id
        WHERE j.kind IN ('capture', 'stray', 'refund') OR (j.kind = 'stray_resolved' AND t.credit LIKE 'psp_receivable:%')
        ORDER BY t.seq";
    const NUMBERS: &str = "SELECT payment_no, channel_order_no FROM payments
        UNION ALL SELECT refund_no, channel_refund_no FROM refunds
        UNION ALL SELECT 'stray-back:' || payment_no, channel_refund_no FROM late_successes WHERE status = 'refunded'";
    const OPEN: &str = "SELECT payment_no, status, amount, UPPER(currency), updated_at FROM payments
        WHERE status IN ('pending', 'processing')";
    const REFUNDS: &str = "SELECT refund_no, status, -amount, UPPER(currency), updated_at FROM refunds
        WHERE status = 'pending'";
    let numbers = books.rows("gateway", NUMBERS, |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)))?;
    let numbers: BTreeMap<_, _> = numbers.into_iter().collect();
    let mut booked = books.rows("accounting", BOOKED, line)?;
    for line in &mut booked {
        // Without a number of the channel it keeps ours, and is missing there.
        line.id = numbers.get(&line.reference).filter(|id| !id.is_empty()).unwrap_or(&line.reference).clone();
    }
    let mut waiting = open(books, "gateway", "payment", OPEN, CHANNEL_WINDOW)?;
    waiting.extend(open(books, "gateway", "refund", REFUNDS, CHANNEL_WINDOW)?);
    Ok(Ours { booked, waiting })
}

/// What the ledger has paid from its banks, by the numbers of the withdrawals, which travel with a transfer.
///
/// # Errors
/// When a store is missing or cannot be read.
pub fn through_banks(books: &Books) -> Result<Ours> {
    const BOOKED: &str = "SELECT j.reference, j.reference,
            CASE WHEN t.debit LIKE 'bank:%' THEN t.amount ELSE -t.amount END, t.currency,
            CASE WHEN t.debit LIKE 'bank:%' THEN 'returned' ELSE 'paid' END
        FROM journals j JOIN transfers t ON t.journal_id = j.id
        WHERE j.kind IN ('withdrawal', 'reversal') AND (t.debit LIKE 'bank:%' OR t.credit LIKE 'bank:%')
        ORDER BY t.seq";
    // A payout is booked by its hold, what came back by the transaction that it takes back.
    const NUMBERS: &str = "SELECT 'withdrawal:' || id, withdrawal_no FROM withdrawals
        UNION ALL SELECT transaction_no, withdrawal_no FROM withdrawals WHERE transaction_no <> ''";
    const OPEN: &str = "SELECT withdrawal_no, status, fee - amount, UPPER(currency), updated_at FROM withdrawals
        WHERE status = 'processing'";
    let numbers = books.rows("withdrawal", NUMBERS, |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)))?;
    let numbers: BTreeMap<_, _> = numbers.into_iter().collect();
    let mut booked = books.rows("accounting", BOOKED, line)?;
    for line in &mut booked {
        line.reference = numbers.get(&line.reference).unwrap_or(&line.reference).clone();
        line.id = end_to_end(&line.reference, &line.status);
    }
    Ok(Ours { booked, waiting: open(books, "withdrawal", "withdrawal", OPEN, BANK_WINDOW)? })
}

/// A payout and its return carry the same number; they are two lines all the same.
fn end_to_end(number: &str, status: &str) -> String {
    if status == "returned" { format!("{number}/return") } else { number.to_owned() }
}

fn open(books: &Books, store: &str, of: &str, sql: &'static str, window: i64) -> Result<BTreeMap<String, Waiting>> {
    let rows = books.rows(store, sql, |row| {
        let (number, status): (String, String) = (row.get(0)?, row.get(1)?);
        let what = format!("{of} {number} is {status}");
        let money = Money::new(row.get(2)?, row.get(3)?);
        Ok((number, Waiting { what, money, until: row.get::<i64>(4)?.saturating_add(window) }))
    })?;
    Ok(rows.into_iter().collect())
}

// === the outside ===

/// The channel's file, or the simulator's book.
///
/// # Errors
/// When the store or the file is missing or cannot be read.
pub fn of_channel(books: &Books, file: Option<&Path>) -> Result<Vec<Line>> {
    const BOOK: &str = "SELECT id, payment_no, amount, UPPER(currency), 'captured' FROM intents
        WHERE status = 'captured' ORDER BY created_at, id";
    const REFUNDS: &str = "SELECT r.id, r.id, -r.amount, UPPER(i.currency), 'refunded'
        FROM refunds r JOIN intents i ON i.id = r.intent_id ORDER BY r.id";
    if let Some(file) = file {
        return of_file(file);
    }
    let both: fn(&View<'_>) -> Result<Vec<Line>> =
        |view| Ok([view.all(BOOK, &[], line)?, view.all(REFUNDS, &[], line)?].concat());
    books.read("channel-sim", both)
}

/// The bank's file, or the simulator's statement, which lists a transfer as often as it was told to.
///
/// # Errors
/// When the store or the file is missing or cannot be read.
pub fn of_bank(books: &Books, file: Option<&Path>) -> Result<Vec<Line>> {
    const STATEMENT: &str = "SELECT t.order_no, t.order_no, l.amount, l.currency,
            CASE WHEN l.kind = 'return' THEN 'returned' ELSE 'paid' END, t.listed
        FROM lines l JOIN transfers t ON t.trade_no = l.trade_no ORDER BY l.seq";
    if let Some(file) = file {
        return of_file(file);
    }
    let listed = books.rows("bank-sim", STATEMENT, |row| {
        let mut line = line(row)?;
        line.id = end_to_end(&line.reference, &line.status);
        let again = line.status == "paid" && row.get::<i64>(5)? == 2;
        Ok(std::iter::repeat_n(line, if again { 2 } else { 1 }))
    })?;
    Ok(listed.into_iter().flatten().collect())
}

/// A line of a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    id: String,
    reference: String,
    amount_minor: i64,
    currency: Currency,
    status: String,
}

fn of_file(path: &Path) -> Result<Vec<Line>> {
    let failed = |cause: csv::Error| Error::configuration(format!("{}: {cause}", path.display())).with_source(cause);
    let mut file = csv::Reader::from_path(path).map_err(failed)?;
    let records = file.deserialize::<Record>().map(|record| {
        let Record { id, reference, amount_minor, currency, status } = record.map_err(failed)?;
        Ok(Line { id, reference, money: Money::new(amount_minor, currency), status })
    });
    records.collect()
}
