//! What is counted, and the totals. A fact has a name, and its name is written in the unit that adds it, so that it
//! adds nothing a second time.
//!
//! | module | rows |
//! |---|---|
//! | `payments` | totals per merchant, day, currency and channel |
//! | `channels` | totals per channel, day and currency |
//! | `merchants` | totals per merchant, day and currency, and who has paid before |

pub mod channels;
pub mod merchants;
pub mod payments;

use payment_clients::{apis::analytics::EventId, contract::error::Result};

use super::domain::{
    facts::{Fact, Step, What},
    totals::{Day, Totals},
};
use crate::{
    args,
    kit::{
        configuration, days, inbox, incident,
        store::{Row, Tx},
    },
};

/// The schema, one step after another; steps are only ever added.
pub const MIGRATIONS: &[&str] = &[
    inbox::TABLES,
    incident::TABLES,
    configuration::TABLES,
    "CREATE TABLE counted(what TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY(what, name)) {{clustered}}",
    payments::TABLE,
    channels::TABLE,
    merchants::TABLES,
];

/// A report, and the fact in it, if it counts.
pub type Reported = (EventId, Option<Fact>);

/// Counts what a service reports by itself, unless it has reported it before.
///
/// # Errors
/// When the store fails.
pub fn count_reported(tx: &mut Tx<'_>, id: EventId, fact: Option<&Fact>, now: i64) -> Result<()> {
    if !is_first(tx, "report", &id.to_string())? {
        return Ok(());
    }
    fact.map_or(Ok(()), |fact| count(tx, fact, now))
}

/// Adds a fact to the totals of its day, unless it is counted already.
///
/// # Errors
/// When the store fails.
pub fn count(tx: &mut Tx<'_>, fact: &Fact, now: i64) -> Result<()> {
    if let What::Transaction { number, channel, took: Some(took), .. } = &fact.what
        && is_first(tx, "duration", number)?
    {
        // By itself: whoever has measured it may tell it after the fact was heard of.
        channels::add(tx, fact, channel, &channels::measured(*took), now)?;
    }
    let (what, number) = name(&fact.what);
    if !is_first(tx, what, number)? {
        return Ok(());
    }
    match &fact.what {
        What::Payment { channel, amount, outcome, .. } => {
            payments::add(tx, fact, channel, &payments::ended(*amount, *outcome), now)
        }
        What::Refund { channel, amount, .. } => payments::add(tx, fact, channel, &payments::paid_back(*amount), now),
        What::Transaction { channel, amount, outcome, .. } => {
            channels::add(tx, fact, channel, &channels::ended(*amount, *outcome), now)
        }
        What::Order { step, customer, .. } => {
            let order = merchants::order(tx, fact.merchant, *step, customer)?;
            merchants::add(tx, fact, &order, now)
        }
        What::Revenue { amount, .. } => merchants::add(tx, fact, &merchants::revenue(*amount), now),
        What::Fees { amount, .. } => merchants::add(tx, fact, &merchants::fees(*amount), now),
    }
}

/// Under which name a fact is counted.
fn name(what: &What) -> (&'static str, &str) {
    match what {
        What::Payment { number, .. } => ("payment", number),
        What::Transaction { number, .. } => ("transaction", number),
        What::Refund { number, .. } => ("refund", number),
        What::Order { number, step, .. } => match step {
            Step::Placed => ("order placed", number),
            Step::Paid => ("order paid", number),
            Step::Completed => ("order completed", number),
            Step::Cancelled => ("order cancelled", number),
        },
        What::Revenue { number, .. } => ("revenue", number),
        What::Fees { number, .. } => ("fees", number),
    }
}

/// Writes a name down; false when it was there.
fn is_first(tx: &mut Tx<'_>, what: &str, name: &str) -> Result<bool> {
    let sql = "INSERT INTO counted(what, name) VALUES($1, $2) ON CONFLICT (what, name) DO NOTHING";
    Ok(tx.execute(sql, args![what, name])? == 1)
}

/// The first moment of the day of a fact.
fn day_of(fact: &Fact) -> i64 {
    days::midnight(fact.at)
}

/// A row of totals.
fn day<T: Totals>(row: &Row<'_>, totals: T) -> Result<Day<T>> {
    Ok(Day {
        day: row.get("day")?,
        currency: row.get("currency")?,
        totals,
        created_at: row.get("created_at")?,
        updated_at: row.get("updated_at")?,
    })
}
