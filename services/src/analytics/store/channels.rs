//! Transactions at each channel, by day and currency.

use payment_clients::{apis::words::Channel, contract::error::Result};

use crate::{
    analytics::{
        domain::{
            facts::{Fact, Outcome},
            period::Period,
            totals::{ChannelTotals, Day},
        },
        store::{day, day_of},
    },
    args,
    kit::store::{Row, Tx, View},
};

pub(super) const TABLE: &str = "
CREATE TABLE channel_days(
    channel TEXT NOT NULL, day {{int}} NOT NULL CHECK(day % 86400000 = 0),
    currency TEXT NOT NULL CHECK(length(currency) = 3), transactions {{int}} NOT NULL,
    succeeded {{int}} NOT NULL CHECK(succeeded >= 0), failed {{int}} NOT NULL CHECK(failed >= 0),
    amount {{int}} NOT NULL, success_amount {{int}} NOT NULL CHECK(success_amount BETWEEN 0 AND amount),
    measured {{int}} NOT NULL CHECK(measured >= 0), took {{int}} NOT NULL CHECK(took >= 0),
    created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL, CHECK(succeeded + failed <= transactions),
    PRIMARY KEY(channel, day, currency)) {{clustered}}";

/// What a transaction that has ended adds.
pub(super) fn ended(amount: i64, outcome: Outcome) -> ChannelTotals {
    let is = |wanted: Outcome| i64::from(outcome == wanted);
    ChannelTotals {
        transactions: 1,
        succeeded: is(Outcome::Success),
        failed: is(Outcome::Failed),
        amount,
        success_amount: is(Outcome::Success) * amount,
        ..ChannelTotals::default()
    }
}

/// What its measured time adds.
pub(super) fn measured(took: i64) -> ChannelTotals {
    ChannelTotals { measured: 1, took, ..ChannelTotals::default() }
}

/// Adds to the totals of a fact's day.
pub(super) fn add(tx: &mut Tx<'_>, fact: &Fact, channel: &Channel, more: &ChannelTotals, now: i64) -> Result<()> {
    const ADD: &str = "INSERT INTO channel_days(channel, day, currency, transactions, succeeded, failed, amount,
            success_amount, measured, took, created_at, updated_at)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
        ON CONFLICT (channel, day, currency) DO UPDATE SET
            transactions = channel_days.transactions + excluded.transactions,
            succeeded = channel_days.succeeded + excluded.succeeded, failed = channel_days.failed + excluded.failed,
            amount = channel_days.amount + excluded.amount,
            success_amount = channel_days.success_amount + excluded.success_amount,
            measured = channel_days.measured + excluded.measured, took = channel_days.took + excluded.took,
            updated_at = excluded.updated_at";
    let ChannelTotals { transactions, succeeded, failed, amount, success_amount, measured, took } = *more;
    tx.execute(
        ADD,
        args![
            channel.as_str(),
            day_of(fact),
            fact.currency,
            transactions,
            succeeded,
            failed,
            amount,
            success_amount,
            measured,
            took,
            now,
        ],
    )
    .map(drop)
}

/// A channel's rows of a period, latest day first.
///
/// # Errors
/// When the store fails.
pub fn of_channel(view: &View<'_>, channel: &Channel, period: &Period) -> Result<Vec<Day<ChannelTotals>>> {
    const ROWS: &str = "SELECT day, currency, transactions, succeeded, failed, amount, success_amount, measured, took,
            created_at, updated_at FROM channel_days
        WHERE channel = $1 AND day >= $2 AND day < $3 AND ($4 IS NULL OR currency = $4)
        ORDER BY day DESC, currency";
    let [from, to] = period.range;
    view.all(ROWS, args![channel.as_str(), from, to, period.currency], |row| day(row, totals(row)?))
}

fn totals(row: &Row<'_>) -> Result<ChannelTotals> {
    Ok(ChannelTotals {
        transactions: row.get("transactions")?,
        succeeded: row.get("succeeded")?,
        failed: row.get("failed")?,
        amount: row.get("amount")?,
        success_amount: row.get("success_amount")?,
        measured: row.get("measured")?,
        took: row.get("took")?,
    })
}
