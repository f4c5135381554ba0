//! What the gateway tells the others: one event for each change of a payment or a refund, in the unit that changes it.

use payment_clients::{
    apis::payment_gateway::{Payment, PaymentStatus, Refund, RefundStatus},
    contract::error::{Error, Result},
};

use crate::kit::{
    events::{
        Kind,
        payment::{self, PaymentExtra, PaymentPayload},
        refund::{self, RefundExtra, RefundPayload},
    },
    outbox,
    store::Tx,
};

/// Tells that a payment was created, or has left `old` for the status that it has now.
///
/// # Errors
/// When the store fails.
pub fn payment_changed(tx: &mut Tx<'_>, payment: &Payment, old: Option<&PaymentStatus>, now: i64) -> Result<()> {
    let old_status = old.map(ToString::to_string).unwrap_or_default();
    outbox::append(tx, kind_of_payment(&payment.status)?, &payload(payment, old_status), now).map(drop)
}

/// Tells of the money of a payment that had ended without: it came, or it went back.
///
/// # Errors
/// When the store fails.
pub fn late_success(tx: &mut Tx<'_>, payment: &Payment, kind: Kind<PaymentPayload>, now: i64) -> Result<()> {
    outbox::append(tx, kind, &payload(payment, String::new()), now).map(drop)
}

fn payload(payment: &Payment, old_status: String) -> PaymentPayload {
    let Payment { payment_no, merchant_id, order_no, amount, currency, channel, status, customer_email, .. } =
        payment.clone();
    let extra = PaymentExtra {
        old_status,
        pay_method: payment.pay_method.clone(),
        channel_order_no: payment.channel_order_no.to_string(),
        notify_url: payment.notify_url.clone(),
        customer_name: payment.customer_name.clone(),
        error_code: payment.error_code.clone(),
        error_msg: payment.error_msg.clone(),
    };
    let paid_at = payment.paid_at;
    PaymentPayload {
        payment_no,
        merchant_id,
        order_no,
        amount,
        currency,
        channel,
        status,
        customer_email,
        paid_at,
        extra,
    }
}

/// Tells that a refund was created, or how it ended.
///
/// # Errors
/// When the store fails.
pub fn refund_changed(tx: &mut Tx<'_>, refund: &Refund, payment: &Payment, now: i64) -> Result<()> {
    let Refund { refund_no, merchant_id, amount, currency, reason, status, refunded_at, .. } = refund.clone();
    let extra = RefundExtra {
        payment_amount: payment.amount,
        channel: payment.channel.to_string(),
        channel_refund_no: refund.channel_refund_no.to_string(),
        customer_email: payment.customer_email.clone(),
        notify_url: payment.notify_url.clone(),
        error_code: refund.error_code.clone(),
        error_msg: refund.error_msg.clone(),
    };
    let kind = kind_of_refund(&status)?;
    let (payment_no, order_no) = (payment.payment_no.clone(), payment.order_no.clone());
    let payload = RefundPayload {
        refund_no,
        payment_no,
        merchant_id,
        order_no,
        amount,
        currency,
        reason,
        status,
        refunded_at,
        extra,
    };
    outbox::append(tx, kind, &payload, now).map(drop)
}

fn kind_of_payment(status: &PaymentStatus) -> Result<Kind<PaymentPayload>> {
    match status {
        PaymentStatus::Pending => Ok(payment::CREATED),
        PaymentStatus::Processing => Ok(payment::PROCESSING),
        PaymentStatus::Success => Ok(payment::COMPLETED),
        PaymentStatus::Failed => Ok(payment::FAILED),
        PaymentStatus::Cancelled => Ok(payment::CANCELLED),
        PaymentStatus::Expired => Ok(payment::EXPIRED),
        other => Err(Error::internal(format!("no event tells that a payment is {other}"))),
    }
}

fn kind_of_refund(status: &RefundStatus) -> Result<Kind<RefundPayload>> {
    match status {
        RefundStatus::Pending => Ok(refund::CREATED),
        RefundStatus::Success => Ok(refund::COMPLETED),
        RefundStatus::Failed => Ok(refund::FAILED),
        other => Err(Error::internal(format!("no event tells that a refund is {other}"))),
    }
}
