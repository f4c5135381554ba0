//! Figures about orders, added up from the orders themselves, so that there is no second book to disagree with.

use payment_clients::{
    apis::{
        ids::MerchantId,
        order::{DailySummary, OrderStatistics, OrderStatisticsFilter},
    },
    contract::{
        error::{Error, Result},
        money::Currency,
        timestamp::Timestamp,
    },
};
use sha2::{Digest, Sha256};
use time::{Date, macros::format_description};
use uuid::Uuid;

use crate::{
    args,
    kit::store::{Row, View},
};

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A sum as two columns, so that it cannot overflow in the database: billions, and the rest.
macro_rules! sum {
    ($amount:literal) => {
        concat!("CAST(SUM((", $amount, ") / 1000000000) AS BIGINT), CAST(SUM((", $amount, ") % 1000000000) AS BIGINT)")
    };
}

/// Figures per UTC day and currency, newest day first. Both ends of the period are days that count whole.
///
/// # Errors
/// When the currency is none, or a sum passes what an answer can carry.
pub fn per_day(view: &View<'_>, filter: &OrderStatisticsFilter) -> Result<Vec<OrderStatistics>> {
    let currency = match filter.currency.as_deref() {
        None => Some(Currency::USD),
        Some("") => None,
        Some(text) => Some(text.parse().map_err(|error| Error::invalid_input("currency", error))?),
    };
    let merchant = filter.merchant_id.to_string();
    let [first, last] = [filter.start_time, filter.end_time].map(day_of);
    let [since, before] = [first, last.saturating_add(1)].map(|day| day.saturating_mul(DAY_MS));
    view.all(
        concat!(
            "SELECT created_at / 86400000 AS day, currency, COUNT(*), COUNT(paid_at), COUNT(cancelled_at), \
             MIN(created_at), MAX(updated_at), ",
            sum!("total_amount"),
            ", ",
            sum!("CASE WHEN paid_at IS NULL THEN 0 ELSE pay_amount END"),
            ", ",
            sum!("refunded_amount"),
            " FROM orders WHERE merchant_id = $1 AND created_at >= $2 AND created_at < $3 \
             AND ($4 IS NULL OR currency = $4) GROUP BY 1, 2 ORDER BY 1 DESC, 2"
        ),
        args![merchant, since, before, currency],
        |row| figures(row, filter.merchant_id),
    )
}

/// The totals of the day that begins at `since`.
///
/// # Errors
/// When a sum passes what an answer can carry.
pub fn of_day(view: &View<'_>, merchant_id: MerchantId, since: i64) -> Result<DailySummary> {
    view.one(
        concat!(
            "SELECT COUNT(*), COUNT(paid_at), COUNT(cancelled_at), ",
            sum!("total_amount"),
            ", ",
            sum!("CASE WHEN paid_at IS NULL THEN 0 ELSE pay_amount END"),
            " FROM orders WHERE merchant_id = $1 AND created_at >= $2 AND created_at < $3"
        ),
        args![merchant_id.to_string(), since, since.saturating_add(DAY_MS)],
        |row| {
            Ok(DailySummary {
                total_orders: row.get(0)?,
                paid_orders: row.get(1)?,
                cancelled_orders: row.get(2)?,
                total_amount: sum(row, 3)?,
                paid_amount: sum(row, 5)?,
            })
        },
    )
}

/// When a UTC day begins, in milliseconds: a day such as `2025-10-24`, or the one of `now`.
///
/// # Errors
/// When the text is no day.
pub fn begin_of_day(date: Option<&str>, now: i64) -> Result<i64> {
    let Some(text) = date else { return Ok(now.div_euclid(DAY_MS) * DAY_MS) };
    let date = Date::parse(text, format_description!("[year]-[month]-[day]"));
    let date = date.map_err(|_| Error::invalid_input("date", "must be a day such as 2025-10-24"))?;
    Ok(date.midnight().assume_utc().unix_timestamp() * 1000)
}

fn day_of(time: Timestamp) -> i64 {
    time.unix_ms().div_euclid(DAY_MS)
}

fn figures(row: &Row<'_>, merchant_id: MerchantId) -> Result<OrderStatistics> {
    let (day, currency): (i64, Currency) = (row.get(0)?, row.get(1)?);
    let (total_orders, total_amount) = (row.get::<i32>(2)?, sum(row, 7)?);
    Ok(OrderStatistics {
        id: id(merchant_id, day, currency).into(),
        merchant_id,
        stat_date: Timestamp::from_unix_ms(day * DAY_MS),
        currency,
        total_orders,
        paid_orders: row.get(3)?,
        cancelled_orders: row.get(4)?,
        total_amount,
        paid_amount: sum(row, 9)?,
        refund_amount: sum(row, 11)?,
        avg_order_amount: total_amount / i64::from(total_orders.max(1)),
        created_at: row.get(5)?,
        updated_at: row.get(6)?,
    })
}

/// Puts the two columns of a sum together; no rows add up to nothing.
fn sum(row: &Row<'_>, column: usize) -> Result<i64> {
    let [billions, rest] = [row.get::<Option<i64>>(column)?, row.get(column + 1)?].map(Option::unwrap_or_default);
    let sum = billions.checked_mul(1_000_000_000).and_then(|whole| whole.checked_add(rest));
    sum.ok_or_else(|| Error::declined("SUM_TOO_LARGE", "the orders of a day cost more than 64-bit minor units can say"))
}

/// The figures are not stored, and still have one id each: it is made of what they are about.
fn id(merchant_id: MerchantId, day: i64, currency: Currency) -> Uuid {
    let hash = Sha256::digest(format!("{merchant_id} {day} {currency}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
