//! Orders and revenue of each merchant, by day and currency; and who has paid before, as digests: nobody learns an
//! address here.

use data_encoding::HEXLOWER;
use payment_clients::{apis::ids::MerchantId, contract::error::Result};
use sha2::{Digest, Sha256};

use crate::{
    analytics::{
        domain::{
            facts::{Fact, Step},
            period::Period,
            totals::{Day, MerchantTotals},
        },
        store::{day, day_of},
    },
    args,
    kit::store::{Row, Tx, View},
};

pub(super) const TABLES: &str = "
CREATE TABLE merchant_days(
    merchant_id TEXT NOT NULL, day {{int}} NOT NULL CHECK(day % 86400000 = 0),
    currency TEXT NOT NULL CHECK(length(currency) = 3), orders {{int}} NOT NULL CHECK(orders >= 0),
    completed {{int}} NOT NULL CHECK(completed >= 0), cancelled {{int}} NOT NULL CHECK(cancelled >= 0),
    revenue {{int}} NOT NULL, fees {{int}} NOT NULL CHECK(fees >= 0),
    new_customers {{int}} NOT NULL CHECK(new_customers >= 0),
    returning_customers {{int}} NOT NULL CHECK(returning_customers >= 0),
    created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL, PRIMARY KEY(merchant_id, day, currency)) {{clustered}};
CREATE TABLE customers(
    merchant_id TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY(merchant_id, digest)) {{clustered}}";

/// What a step of an order adds. Who pays for the first time is known from now on: which of two orders was a customer's
/// first is decided by which is heard of first.
pub(super) fn order(tx: &mut Tx<'_>, merchant: MerchantId, step: Step, customer: &str) -> Result<MerchantTotals> {
    let mut more = MerchantTotals::default();
    match step {
        Step::Placed => more.orders = 1,
        Step::Completed => more.completed = 1,
        Step::Cancelled => more.cancelled = 1,
        Step::Paid if customer.is_empty() => {}
        Step::Paid if is_new(tx, merchant, customer)? => more.new_customers = 1,
        Step::Paid => more.returning_customers = 1,
    }
    Ok(more)
}

/// What a booking adds.
pub(super) fn revenue(amount: i64) -> MerchantTotals {
    MerchantTotals { revenue: amount, ..MerchantTotals::default() }
}

/// What the fees of a settlement add.
pub(super) fn fees(amount: i64) -> MerchantTotals {
    MerchantTotals { fees: amount, ..MerchantTotals::default() }
}

/// Notes a customer; false for one who is known.
fn is_new(tx: &mut Tx<'_>, merchant: MerchantId, customer: &str) -> Result<bool> {
    const NOTE: &str = "INSERT INTO customers(merchant_id, digest) VALUES($1, $2)
        ON CONFLICT (merchant_id, digest) DO NOTHING";
    let digest = HEXLOWER.encode(&Sha256::digest(format!("{merchant} {}", customer.to_lowercase())));
    Ok(tx.execute(NOTE, args![merchant.to_string(), digest])? == 1)
}

/// Adds to the totals of a fact's day.
pub(super) fn add(tx: &mut Tx<'_>, fact: &Fact, more: &MerchantTotals, now: i64) -> Result<()> {
    const ADD: &str =
        "INSERT INTO merchant_days(merchant_id, day, currency, orders, completed, cancelled, revenue, fees,
            new_customers, returning_customers, created_at, updated_at)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
        ON CONFLICT (merchant_id, day, currency) DO UPDATE SET
            orders = merchant_days.orders + excluded.orders, completed = merchant_days.completed + excluded.completed,
            cancelled = merchant_days.cancelled + excluded.cancelled,
            revenue = merchant_days.revenue + excluded.revenue, fees = merchant_days.fees + excluded.fees,
            new_customers = merchant_days.new_customers + excluded.new_customers,
            returning_customers = merchant_days.returning_customers + excluded.returning_customers,
            updated_at = excluded.updated_at";
    let MerchantTotals { orders, completed, cancelled, revenue, fees, new_customers, returning_customers } = *more;
    tx.execute(
        ADD,
        args![
            fact.merchant.to_string(),
            day_of(fact),
            fact.currency,
            orders,
            completed,
            cancelled,
            revenue,
            fees,
            new_customers,
            returning_customers,
            now,
        ],
    )
    .map(drop)
}

/// A merchant's rows of a period, latest day first.
///
/// # Errors
/// When the store fails.
pub fn of_merchant(view: &View<'_>, merchant: MerchantId, period: &Period) -> Result<Vec<Day<MerchantTotals>>> {
    const ROWS: &str = "SELECT day, currency, orders, completed, cancelled, revenue, fees, new_customers,
            returning_customers, created_at, updated_at FROM merchant_days
        WHERE merchant_id = $1 AND day >= $2 AND day < $3 AND ($4 IS NULL OR currency = $4)
        ORDER BY day DESC, currency";
    let [from, to] = period.range;
    view.all(ROWS, args![merchant.to_string(), from, to, period.currency], |row| day(row, totals(row)?))
}

fn totals(row: &Row<'_>) -> Result<MerchantTotals> {
    Ok(MerchantTotals {
        orders: row.get("orders")?,
        completed: row.get("completed")?,
        cancelled: row.get("cancelled")?,
        revenue: row.get("revenue")?,
        fees: row.get("fees")?,
        new_customers: row.get("new_customers")?,
        returning_customers: row.get("returning_customers")?,
    })
}
