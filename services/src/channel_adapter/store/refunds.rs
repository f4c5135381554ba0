//! Refunds. Their money is set aside on the payment before the channel is asked, so that all of them together, running
//! ones included, are never more than was paid.

use payment_clients::{
    apis::{
        channel_adapter::{ChannelRefund, ChannelRefundStatus, CreateChannelRefund},
        ids::{ChannelRefundNo, ChannelTradeNo, PaymentNo, RefundNo},
        words::Channel,
    },
    contract::{
        error::{Error, Result},
        money::{Currency, Money},
        timestamp::Timestamp,
    },
};

use super::{from_json, payments, to_json};
use crate::{
    args,
    channel_adapter::domain::{self, FoundRefund, LATE_SUCCESS},
    kit::{
        idempotency::Slot,
        incident,
        store::{Row, Tx, View},
    },
};

/// A refund as it is kept.
#[derive(Clone, Debug)]
pub struct Stored {
    /// Its number.
    pub refund_no: RefundNo,
    /// Of which payment.
    pub payment_no: PaymentNo,
    /// Where that was paid.
    pub channel: Channel,
    /// How much.
    pub money: Money,
    /// What became of it.
    pub verdict: Verdict,
    /// When it was paid back.
    pub refunded_at: Option<Timestamp>,
    /// What the channel is asked for, in its words, the same at every repeat.
    pub request: String,
    /// Where the answer is kept, until there is one.
    pub slot: Option<Slot>,
    /// Questions that brought nothing.
    pub asked: u32,
}

/// Where a payment was paid that a refund is of.
#[derive(Clone, Debug)]
pub struct Paid {
    /// The channel.
    pub channel: Channel,
    /// Its number there.
    pub trade_no: ChannelTradeNo,
    /// Its currency.
    pub currency: Currency,
}

/// What became of a refund.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// How far it has come.
    pub status: ChannelRefundStatus,
    /// The channel's number.
    pub channel_refund_no: Option<ChannelRefundNo>,
    /// Why the channel did not take it on.
    pub refusal: Option<String>,
}

// Written out in each statement, since a statement is one literal.
macro_rules! columns {
    () => {
        "refund_no, payment_no, amount, currency, status, channel_refund_no, refusal, refunded_at, request, slot, asked,
            (SELECT channel FROM payments WHERE payments.payment_no = refunds.payment_no) AS channel"
    };
}

// === impl Verdict ===

impl Verdict {
    /// A refund that the channel has.
    pub fn found(found: FoundRefund) -> Self {
        Self { status: found.status, channel_refund_no: Some(found.refund_no), refusal: None }
    }

    /// A refund that the channel refused.
    pub fn refused(reason: &str) -> Self {
        Self { status: ChannelRefundStatus::Failed, channel_refund_no: None, refusal: Some(reason.to_owned()) }
    }

    /// What is answered for it.
    ///
    /// # Errors
    /// `CHANNEL_DECLINED` when the channel did not take it on.
    pub fn answer(&self, refund_no: &RefundNo) -> Result<ChannelRefund> {
        match &self.refusal {
            Some(reason) => Err(domain::declined(reason)),
            None => Ok(ChannelRefund {
                refund_no: refund_no.clone(),
                channel_refund_no: self.channel_refund_no.clone().unwrap_or_default(),
                status: self.status.clone(),
            }),
        }
    }
}

// === beginning ===

/// Sets a refund's money aside on its payment. Returns where that was paid, under which number, in which currency.
///
/// # Errors
/// Why the payment cannot be refunded so: not found, not taken, another currency, or more than is left.
pub fn reserve(tx: &mut Tx<'_>, refund: &CreateChannelRefund) -> Result<Paid> {
    const RESERVE: &str = "UPDATE payments SET refund_reserved = refund_reserved + $2
        WHERE payment_no = $1 AND (status = 'success' OR taken_late IS NOT NULL) AND channel_trade_no IS NOT NULL
            AND refund_reserved + $2 <= amount AND currency = COALESCE($3, currency)
        RETURNING channel, channel_trade_no, currency";
    let number = refund.payment_no.as_str();
    let reserved = tx.optional(RESERVE, args![number, refund.amount, refund.currency], |row| {
        Ok(Paid {
            channel: row.parse("channel")?,
            trade_no: row.parse("channel_trade_no")?,
            currency: row.get("currency")?,
        })
    })?;
    match reserved {
        Some(reserved) => Ok(reserved),
        None => {
            let payment = payments::require(tx, number)?;
            Err(domain::not_refundable(&payment.verdict.status, payment.taken_late, payment.terms.money, refund))
        }
    }
}

/// Stores a refund whose channel is about to be asked.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, refund: &Stored, now: i64, ask_at: i64) -> Result<()> {
    const INSERT: &str = "INSERT INTO refunds(refund_no, payment_no, amount, currency, status, request, slot, ask_at,
            created_at, updated_at)
        VALUES ($1, $2, $3, $4, 'processing', $5, $6, $7, $8, $8)";
    let (request, slot) = (&refund.request, refund.slot.as_ref().map(to_json).transpose()?);
    let (number, payment_no) = (refund.refund_no.as_str(), refund.payment_no.as_str());
    let Money { minor_units, currency } = refund.money;
    tx.execute(INSERT, args![number, payment_no, minor_units, currency, request, slot, ask_at, now]).map(drop)
}

/// Forgets a refund that was never begun, and frees its money.
///
/// # Errors
/// When a statement fails.
pub fn forget(tx: &mut Tx<'_>, refund: &Stored) -> Result<()> {
    const DELETE: &str = "DELETE FROM refunds WHERE refund_no = $1 AND slot IS NOT NULL";
    if tx.execute(DELETE, args![refund.refund_no.as_str()])? == 1 { free(tx, refund) } else { Ok(()) }
}

fn free(tx: &mut Tx<'_>, refund: &Stored) -> Result<()> {
    const FREE: &str = "UPDATE payments SET refund_reserved = refund_reserved - $2 WHERE payment_no = $1";
    tx.execute(FREE, args![refund.payment_no.as_str(), refund.money.minor_units]).map(drop)
}

// === ending ===

/// Writes what became of a refund, with its money: paid back, or free again. What came too late is over once all of it is
/// back. One that its channel still works at is asked about at `ask_at`. False when it had ended before.
///
/// # Errors
/// When a statement fails.
pub fn settle(tx: &mut Tx<'_>, refund: &Stored, verdict: &Verdict, now: i64, ask_at: i64) -> Result<bool> {
    const SETTLE: &str = "UPDATE refunds SET status = $2, channel_refund_no = COALESCE($3, channel_refund_no),
            refusal = $4, slot = NULL, updated_at = $5, refunded_at = CASE WHEN $2 = 'refunded' THEN $5 END,
            ask_at = CASE WHEN $2 = 'processing' THEN $6 END
        WHERE refund_no = $1 AND status = 'processing'";
    const PAID_BACK: &str = "UPDATE payments SET refunded = refunded + $2, updated_at = $3,
            status = CASE WHEN status = 'success' AND refunded + $2 = amount THEN 'refunded' ELSE status END
        WHERE payment_no = $1 RETURNING taken_late IS NOT NULL AND refunded = amount";
    let number = verdict.channel_refund_no.as_ref().map(ChannelRefundNo::as_str);
    let (refund_no, status) = (refund.refund_no.as_str(), verdict.status.as_str());
    let row = args![refund_no, status, number, verdict.refusal, now, ask_at];
    if tx.execute(SETTLE, row)? == 0 {
        return Ok(false);
    }
    match verdict.status {
        ChannelRefundStatus::Refunded => {
            let payment_no = refund.payment_no.as_str();
            if tx.one(PAID_BACK, args![payment_no, refund.money.minor_units, now], |row| row.get(0))? {
                incident::close(tx, payment_no, LATE_SUCCESS, &format!("paid back by refund {refund_no}"), now)?;
            }
        }
        ChannelRefundStatus::Failed | ChannelRefundStatus::Cancelled => free(tx, refund)?,
        ChannelRefundStatus::Processing | ChannelRefundStatus::Other(_) => {}
    }
    Ok(true)
}

/// The channel could not be asked; somebody asks again at `ask_at`.
///
/// # Errors
/// When the statement fails.
pub fn put_off(tx: &mut Tx<'_>, refund_no: &str, ask_at: i64) -> Result<()> {
    const PUT_OFF: &str =
        "UPDATE refunds SET ask_at = $2, asked = asked + 1 WHERE refund_no = $1 AND status = 'processing'";
    tx.execute(PUT_OFF, args![refund_no, ask_at]).map(drop)
}

/// Takes up to `most` refunds whose time has come, and keeps others away from them until `until`.
///
/// # Errors
/// When the statement fails.
pub fn take_due(tx: &mut Tx<'_>, now: i64, until: i64, most: u32) -> Result<Vec<Stored>> {
    const TAKE: &str = concat!(
        "UPDATE refunds SET ask_at = $2 WHERE refund_no IN
            (SELECT refund_no FROM refunds WHERE ask_at <= $1 ORDER BY ask_at LIMIT $3) RETURNING ",
        columns!()
    );
    tx.all(TAKE, args![now, until, most], read)
}

// === reading ===

/// One refund.
///
/// # Errors
/// When the statement fails.
pub fn get(view: &View<'_>, refund_no: &str) -> Result<Option<Stored>> {
    view.optional(concat!("SELECT ", columns!(), " FROM refunds WHERE refund_no = $1"), args![refund_no], read)
}

/// One refund, which must be there.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when it is not.
pub fn require(view: &View<'_>, refund_no: &str) -> Result<Stored> {
    get(view, refund_no)?.ok_or_else(|| Error::not_found(format_args!("refund {refund_no}")))
}

fn read(row: &Row<'_>) -> Result<Stored> {
    Ok(Stored {
        refund_no: row.parse("refund_no")?,
        payment_no: row.parse("payment_no")?,
        channel: row.parse("channel")?,
        money: Money::new(row.get("amount")?, row.get("currency")?),
        verdict: Verdict {
            status: row.parse("status")?,
            channel_refund_no: row.get::<Option<String>>("channel_refund_no")?.map(ChannelRefundNo::from),
            refusal: row.get("refusal")?,
        },
        refunded_at: row.get("refunded_at")?,
        request: row.get("request")?,
        slot: row.get::<Option<String>>("slot")?.map(|text| from_json(&text)).transpose()?,
        asked: row.get("asked")?,
    })
}
