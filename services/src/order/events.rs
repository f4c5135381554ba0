//! What order-service tells the others: one event for each change of an order, in the unit that changes it.

use payment_clients::{
    apis::order::{Order, OrderStatus},
    contract::error::{Error, Result},
};

use crate::kit::{
    events::{
        Kind,
        order::{self, OrderExtra, OrderPayload},
    },
    outbox,
    store::Tx,
};

/// Tells that an order was placed, or has left `old` for the status that it has now. A part refund leaves it where it is.
///
/// # Errors
/// When the store fails.
pub fn order_changed(
    tx: &mut Tx<'_>,
    order: &Order,
    old: Option<&OrderStatus>,
    refunded_amount: i64,
    now: i64,
) -> Result<()> {
    let kind = if old == Some(&order.status) { order::REFUNDED } else { kind_of(&order.status)? };
    let extra = OrderExtra {
        old_status: old.map(ToString::to_string).unwrap_or_default(),
        pay_amount: order.pay_amount,
        discount_amount: order.discount_amount,
        shipping_fee: order.shipping_fee,
        refunded_amount,
        customer_name: order.customer_name.clone(),
    };
    let payload = OrderPayload {
        order_no: order.order_no.clone(),
        merchant_id: order.merchant_id,
        payment_no: order.payment_no.clone(),
        total_amount: order.total_amount,
        currency: order.currency,
        status: order.status.clone(),
        customer_email: order.customer_email.clone(),
        paid_at: order.paid_at,
        extra,
    };
    outbox::append(tx, kind, &payload, now).map(drop)
}

fn kind_of(status: &OrderStatus) -> Result<Kind<OrderPayload>> {
    match status {
        OrderStatus::Pending => Ok(order::CREATED),
        OrderStatus::Paid => Ok(order::PAID),
        OrderStatus::Processing => Ok(order::PROCESSING),
        OrderStatus::Shipped => Ok(order::SHIPPED),
        OrderStatus::Completed => Ok(order::COMPLETED),
        OrderStatus::Cancelled => Ok(order::CANCELLED),
        OrderStatus::Refunded => Ok(order::REFUNDED),
        OrderStatus::Expired => Ok(order::EXPIRED),
        other @ OrderStatus::Other(_) => Err(Error::internal(format!("no event tells that an order is {other}"))),
    }
}
