//! The gateway's refunds: rows and statements. What is reserved and what is refunded stands in the payment's own row,
//! where a constraint keeps it below the amount.

use payment_clients::{
    apis::payment_gateway::{CreateRefund, Payment, Refund, RefundFilter, RefundStatus},
    contract::{
        error::{Error, Result},
        page::Page,
    },
};

use super::{events, figures::Figures, store};
use crate::{
    args,
    kit::{
        paging,
        store::{Row, Tx, View},
    },
};

/// The schema.
pub const TABLES: &str = "
CREATE TABLE refunds(
  refund_no TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, payment_no TEXT NOT NULL REFERENCES payments(payment_no),
  payment_id TEXT NOT NULL, merchant_id TEXT NOT NULL, amount {{int}} NOT NULL CHECK(amount > 0),
  currency TEXT NOT NULL, status TEXT NOT NULL CHECK(status IN ('pending', 'success', 'failed')),
  reason TEXT NOT NULL, description TEXT NOT NULL, operator_id TEXT NOT NULL, operator_type TEXT NOT NULL,
  channel_refund_no TEXT NOT NULL DEFAULT '', error_code TEXT NOT NULL DEFAULT '', error_msg TEXT NOT NULL DEFAULT '',
  refunded_at {{int}}, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
  CHECK((status = 'success') = (refunded_at IS NOT NULL))
) {{strict}};
CREATE INDEX refunds_of ON refunds(payment_no);
CREATE INDEX refunds_by_age ON refunds(created_at);";

macro_rules! select_refund {
    ($rest:literal) => {
        concat!(
            "SELECT refund_no, id, payment_no, payment_id, merchant_id, amount, currency, status, reason, description, \
             operator_id, operator_type, channel_refund_no, error_code, error_msg, refunded_at, created_at, updated_at \
             FROM refunds ",
            $rest
        )
    };
}

// === writing ===

/// Reserves the amount and stores the refund, or refuses what would be more than is left.
///
/// # Errors
/// `REFUND_NOT_ALLOWED` when the payment is not paid, `REFUND_AMOUNT_EXCEEDS` when too little is left.
pub fn insert(
    tx: &mut Tx<'_>,
    payment: &Payment,
    request: &CreateRefund,
    [refund_no, id]: [&str; 2],
    now: i64,
) -> Result<()> {
    const RESERVE: &str = "UPDATE payments SET refund_reserved = refund_reserved + $2
        WHERE payment_no = $1 AND status = 'success' AND refund_reserved + $2 <= amount";
    const INSERT: &str = "INSERT INTO refunds(refund_no, id, payment_no, payment_id, merchant_id, amount, currency,
            status, reason, description, operator_id, operator_type, created_at, updated_at)
        VALUES($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $10, $11, $12, $12)";
    let payment_no = payment.payment_no.as_str();
    if tx.execute(RESERVE, args![payment_no, request.amount])? != 1 {
        return Err(refused(tx, payment, request.amount)?);
    }
    let description = request.description.as_deref().unwrap_or_default();
    let operator = request.operator_id.unwrap_or_default().to_string();
    let operator_type = request.operator_type.as_ref().map(ToString::to_string).unwrap_or_default();
    let (payment_id, merchant_id) = (payment.id.to_string(), payment.merchant_id.to_string());
    let row = args![
        refund_no,
        id,
        payment_no,
        payment_id,
        merchant_id,
        request.amount,
        payment.currency,
        request.reason,
        description,
        operator,
        operator_type,
        now,
    ];
    tx.execute(INSERT, row)?;
    tell(tx, refund_no, now).map(drop)
}

fn refused(tx: &Tx<'_>, payment: &Payment, amount: i64) -> Result<Error> {
    let payment_no = &payment.payment_no;
    if payment.paid_at.is_none() {
        let message = format!("payment {payment_no} is {}; only a paid payment can be refunded", payment.status);
        return Ok(Error::declined("REFUND_NOT_ALLOWED", message));
    }
    let sql = "SELECT amount - refund_reserved FROM payments WHERE payment_no = $1";
    let left: i64 = tx.one(sql, args![payment_no.as_str()], |row| row.get(0))?;
    let message = format!("`amount` is {amount}, and {left} of payment {payment_no} is left to refund");
    Ok(Error::declined("REFUND_AMOUNT_EXCEEDS", message))
}

/// The channel has paid the refund back.
///
/// # Errors
/// When the statement fails.
pub fn succeed(tx: &mut Tx<'_>, refund_no: &str, channel_refund_no: &str, figures: &Figures, now: i64) -> Result<()> {
    let sql = "UPDATE refunds SET status = 'success', channel_refund_no = $2, refunded_at = $3, updated_at = $3
        WHERE refund_no = $1 AND status = 'pending'";
    if tx.execute(sql, args![refund_no, channel_refund_no, now])? == 1 {
        let refund = tell(tx, refund_no, now)?;
        figures.refund_ended(tx, &refund);
    }
    Ok(())
}

/// The channel has refused the refund; what it had reserved is free again.
///
/// # Errors
/// When a statement fails.
pub fn fail(tx: &mut Tx<'_>, refund_no: &str, [code, message]: [&str; 2], figures: &Figures, now: i64) -> Result<()> {
    const FAIL: &str = "UPDATE refunds SET status = 'failed', error_code = $2, error_msg = $3, updated_at = $4
        WHERE refund_no = $1 AND status = 'pending'";
    const FREE: &str = "UPDATE payments SET refund_reserved = refund_reserved
            - (SELECT amount FROM refunds WHERE refund_no = $1)
        WHERE payment_no = (SELECT payment_no FROM refunds WHERE refund_no = $1)";
    if tx.execute(FAIL, args![refund_no, code, message, now])? == 1 {
        tx.execute(FREE, args![refund_no])?;
        let refund = tell(tx, refund_no, now)?;
        figures.refund_ended(tx, &refund);
    }
    Ok(())
}

/// Tells how far a refund has come, and gives it back.
fn tell(tx: &mut Tx<'_>, refund_no: &str, now: i64) -> Result<Refund> {
    let refund = with_payment(tx, refund_no)?;
    let payment = refund.payment.as_ref();
    let payment = payment.ok_or_else(|| Error::internal(format!("refund {refund_no} has no payment")))?;
    events::refund_changed(tx, &refund, payment, now)?;
    Ok(refund)
}

// === reading ===

/// One refund, which must be there.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when it is not.
pub fn require(view: &View<'_>, refund_no: &str) -> Result<Refund> {
    let found = view.optional(select_refund!("WHERE refund_no = $1"), args![refund_no], refund)?;
    let (refund, _) = found.ok_or_else(|| Error::not_found(format_args!("refund {refund_no}")))?;
    Ok(refund)
}

/// One refund with its payment.
///
/// # Errors
/// As [`require`].
pub fn with_payment(view: &View<'_>, refund_no: &str) -> Result<Refund> {
    let found = view.optional(select_refund!("WHERE refund_no = $1"), args![refund_no], refund)?;
    let found = found.ok_or_else(|| no_refund(refund_no))?;
    embed(view, found)
}

/// There is none of this number, as far as the caller may know.
pub fn no_refund(refund_no: &str) -> Error {
    Error::not_found(format_args!("refund {refund_no}"))
}

/// One page of the refunds that a filter lets through, newest first, each with its payment.
///
/// # Errors
/// When a statement fails.
pub fn list(view: &View<'_>, filter: &RefundFilter, page: i64, page_size: i64) -> Result<Page<Refund>> {
    macro_rules! matching {
        () => {
            "WHERE ($1 IS NULL OR payment_id = $1) AND ($2 IS NULL OR merchant_id = $2) AND ($3 IS NULL OR status = $3) \
             AND ($4 IS NULL OR created_at >= $4) AND ($5 IS NULL OR created_at <= $5)"
        };
    }
    let (payment, merchant) = (filter.payment_id.map(|id| id.to_string()), filter.merchant_id.map(|id| id.to_string()));
    let status = filter.status.as_ref().map(RefundStatus::as_str);
    let matching = args![payment, merchant, status, filter.start_time, filter.end_time];
    let count = concat!("SELECT count(*) FROM refunds ", matching!());
    let sql = concat!(select_refund!(""), matching!(), " ORDER BY created_at DESC, refund_no DESC LIMIT $6 OFFSET $7");
    let Page { list, total, .. } = paging::read(view, [count, sql], matching, (page, page_size), refund)?;
    let list = list.into_iter().map(|found| embed(view, found)).collect::<Result<_>>()?;
    Ok(Page { list, total, page, page_size })
}

fn embed(view: &View<'_>, (refund, payment_no): (Refund, String)) -> Result<Refund> {
    Ok(Refund { payment: store::get(view, &payment_no)?, ..refund })
}

/// A refund, and the number of its payment.
fn refund(row: &Row<'_>) -> Result<(Refund, String)> {
    let refund = Refund {
        refund_no: row.parse(0)?,
        id: row.parse(1)?,
        payment_id: row.parse(3)?,
        merchant_id: row.parse(4)?,
        amount: row.get(5)?,
        currency: row.get(6)?,
        status: row.parse(7)?,
        reason: row.get(8)?,
        description: row.get(9)?,
        operator_id: row.parse(10)?,
        operator_type: row.parse(11)?,
        channel_refund_no: row.parse(12)?,
        error_code: row.get(13)?,
        error_msg: row.get(14)?,
        refunded_at: row.get(15)?,
        created_at: row.get(16)?,
        updated_at: row.get(17)?,
        payment: None,
    };
    Ok((refund, row.get(2)?))
}
