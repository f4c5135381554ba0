//! Payments and refunds of each merchant, by day, currency and channel.

use payment_clients::{
    apis::{ids::MerchantId, words::Channel},
    contract::error::Result,
};

use crate::{
    analytics::{
        domain::{
            facts::{Fact, Outcome},
            period::Period,
            totals::{Day, PaymentTotals},
        },
        store::{day, day_of},
    },
    args,
    kit::store::{Row, Tx, View},
};

pub(super) const TABLE: &str = "
CREATE TABLE payment_days(
    merchant_id TEXT NOT NULL, day {{int}} NOT NULL CHECK(day % 86400000 = 0),
    currency TEXT NOT NULL CHECK(length(currency) = 3), channel TEXT NOT NULL,
    payments {{int}} NOT NULL, succeeded {{int}} NOT NULL CHECK(succeeded >= 0),
    failed {{int}} NOT NULL CHECK(failed >= 0), amount {{int}} NOT NULL,
    success_amount {{int}} NOT NULL CHECK(success_amount BETWEEN 0 AND amount),
    refunds {{int}} NOT NULL CHECK(refunds >= 0), refund_amount {{int}} NOT NULL CHECK(refund_amount >= 0),
    created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL, CHECK(succeeded + failed <= payments),
    PRIMARY KEY(merchant_id, day, currency, channel)) {{clustered}}";

/// What a payment that has ended adds.
pub(super) fn ended(amount: i64, outcome: Outcome) -> PaymentTotals {
    let is = |wanted: Outcome| i64::from(outcome == wanted);
    PaymentTotals {
        payments: 1,
        succeeded: is(Outcome::Success),
        failed: is(Outcome::Failed),
        amount,
        success_amount: is(Outcome::Success) * amount,
        ..PaymentTotals::default()
    }
}

/// What a refund adds.
pub(super) fn paid_back(amount: i64) -> PaymentTotals {
    PaymentTotals { refunds: 1, refund_amount: amount, ..PaymentTotals::default() }
}

/// Adds to the totals of a fact's day.
pub(super) fn add(tx: &mut Tx<'_>, fact: &Fact, channel: &Channel, more: &PaymentTotals, now: i64) -> Result<()> {
    const ADD: &str =
        "INSERT INTO payment_days(merchant_id, day, currency, channel, payments, succeeded, failed, amount,
            success_amount, refunds, refund_amount, created_at, updated_at)
        VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $12)
        ON CONFLICT (merchant_id, day, currency, channel) DO UPDATE SET
            payments = payment_days.payments + excluded.payments,
            succeeded = payment_days.succeeded + excluded.succeeded, failed = payment_days.failed + excluded.failed,
            amount = payment_days.amount + excluded.amount,
            success_amount = payment_days.success_amount + excluded.success_amount,
            refunds = payment_days.refunds + excluded.refunds,
            refund_amount = payment_days.refund_amount + excluded.refund_amount, updated_at = excluded.updated_at";
    let PaymentTotals { payments, succeeded, failed, amount, success_amount, refunds, refund_amount } = *more;
    tx.execute(
        ADD,
        args![
            fact.merchant.to_string(),
            day_of(fact),
            fact.currency,
            channel.as_str(),
            payments,
            succeeded,
            failed,
            amount,
            success_amount,
            refunds,
            refund_amount,
            now,
        ],
    )
    .map(drop)
}

/// A merchant's rows of a period with their channels, latest day first; those of a day and currency stand together.
///
/// # Errors
/// When the store fails.
pub fn of_merchant(
    view: &View<'_>,
    merchant: MerchantId,
    period: &Period,
) -> Result<Vec<(Channel, Day<PaymentTotals>)>> {
    const ROWS: &str = "SELECT channel, day, currency, payments, succeeded, failed, amount, success_amount, refunds,
            refund_amount, created_at, updated_at FROM payment_days
        WHERE merchant_id = $1 AND day >= $2 AND day < $3 AND ($4 IS NULL OR currency = $4)
        ORDER BY day DESC, currency, channel";
    let [from, to] = period.range;
    view.all(ROWS, args![merchant.to_string(), from, to, period.currency], |row| {
        Ok((row.parse("channel")?, day(row, totals(row)?)?))
    })
}

fn totals(row: &Row<'_>) -> Result<PaymentTotals> {
    Ok(PaymentTotals {
        payments: row.get("payments")?,
        succeeded: row.get("succeeded")?,
        failed: row.get("failed")?,
        amount: row.get("amount")?,
        success_amount: row.get("success_amount")?,
        refunds: row.get("refunds")?,
        refund_amount: row.get("refund_amount")?,
    })
}
