//! The orders: rows, statements, and the one way in which a status changes.

use std::borrow::Cow;

use payment_clients::{
    apis::order::{Order, OrderFilter, OrderItem, OrderStatus, PayStatus, ShippingMethod, ShippingStatus},
    contract::{
        error::{Error, Result},
        page::Page,
        timestamp::Timestamp,
    },
};
use serde::{Deserialize, Serialize};

use super::{
    domain::{self, Change, State},
    events,
};
use crate::{
    args,
    kit::{
        configuration, idempotency, outbox, paging,
        store::{Row, Tx, View},
    },
};

/// The schema, one step after another; steps are only ever added.
pub const MIGRATIONS: &[&str] = &[
    idempotency::TABLES,
    // Lines stand in their order's row: they are written with it, read with it, and never searched.
    "CREATE TABLE orders(
        order_no TEXT PRIMARY KEY, id TEXT NOT NULL, merchant_id TEXT NOT NULL, payment_no TEXT NOT NULL DEFAULT '',
        total_amount {{int}} NOT NULL CHECK(total_amount BETWEEN 1 AND 1000000000000000),
        pay_amount {{int}} NOT NULL CHECK(pay_amount BETWEEN 0 AND total_amount),
        discount_amount {{int}} NOT NULL CHECK(discount_amount >= 0),
        shipping_fee {{int}} NOT NULL CHECK(shipping_fee BETWEEN 0 AND total_amount),
        refunded_amount {{int}} NOT NULL DEFAULT 0 CHECK(refunded_amount BETWEEN 0 AND pay_amount),
        currency TEXT NOT NULL CHECK(length(currency) = 3),
        status TEXT NOT NULL DEFAULT 'pending' CHECK(status IN
            ('pending','paid','processing','shipped','completed','cancelled','refunded','expired')),
        pay_status TEXT NOT NULL DEFAULT 'pending' CHECK(pay_status IN
            ('pending','paid','failed','refunded','partial_refunded')),
        shipping_status TEXT NOT NULL DEFAULT 'pending', customer_id TEXT NOT NULL, customer_email TEXT NOT NULL,
        customer_name TEXT NOT NULL, details TEXT NOT NULL, items TEXT NOT NULL, version {{int}} NOT NULL DEFAULT 0,
        paid_at {{int}}, shipped_at {{int}}, completed_at {{int}}, cancelled_at {{int}}, expired_at {{int}},
        created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
        CHECK((status IN('pending','cancelled','expired')) = (paid_at IS NULL)),
        CHECK((pay_status IN('pending','failed')) = (paid_at IS NULL)),
        CHECK((status = 'refunded') = (pay_status = 'refunded')),
        CHECK(pay_status <> 'refunded' OR refunded_amount = pay_amount)) {{strict}}",
    "CREATE UNIQUE INDEX orders_by_payment ON orders(payment_no) WHERE payment_no <> ''",
    "CREATE INDEX orders_by_age ON orders(created_at)",
    "CREATE TABLE transitions(
        order_no TEXT NOT NULL REFERENCES orders(order_no), version {{int}} NOT NULL, came_from TEXT NOT NULL,
        went_to TEXT NOT NULL, refunded {{int}} NOT NULL CHECK(refunded >= 0), cause TEXT NOT NULL,
        actor TEXT NOT NULL, detail TEXT NOT NULL, at {{int}} NOT NULL, PRIMARY KEY(order_no, version)) {{clustered}}",
    outbox::TABLES,
    configuration::TABLES,
];

/// What an order was created with and nobody searches for; one column, as JSON.
#[derive(Serialize, Deserialize)]
struct Details<'a> {
    customer_phone: Cow<'a, str>,
    customer_ip: Cow<'a, str>,
    shipping_method: Cow<'a, str>,
    shipping_address: Cow<'a, str>,
    billing_address: Cow<'a, str>,
    remark: Cow<'a, str>,
    extra: Cow<'a, str>,
    language: Cow<'a, str>,
}

macro_rules! columns {
    () => {
        "order_no, id, merchant_id, payment_no, total_amount, pay_amount, discount_amount, shipping_fee, currency, \
         status, pay_status, shipping_status, customer_id, customer_email, customer_name, details, items, paid_at, \
         shipped_at, completed_at, cancelled_at, expired_at, created_at, updated_at"
    };
}

macro_rules! select_order {
    ($($rest:expr),*) => {
        concat!("SELECT ", columns!(), " FROM orders " $(, $rest)*)
    };
}

macro_rules! select_state {
    ($rest:literal) => {
        concat!("SELECT order_no, status, pay_status, payment_no, pay_amount, refunded_amount FROM orders ", $rest)
    };
}

// === writing ===

/// Stores a new order.
///
/// # Errors
/// When the statement fails.
pub fn insert(tx: &mut Tx<'_>, order: &Order) -> Result<()> {
    let items = serde_json::to_string(&order.items).map_err(Error::internal)?;
    tx.execute(
        "INSERT INTO orders(order_no, id, merchant_id, total_amount, pay_amount, discount_amount, shipping_fee,
            currency, customer_id, customer_email, customer_name, details, items, expired_at, created_at, updated_at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $15)",
        args![
            order.order_no.as_str(),
            order.id.to_string(),
            order.merchant_id.to_string(),
            order.total_amount,
            order.pay_amount,
            order.discount_amount,
            order.shipping_fee,
            order.currency,
            order.customer_id.to_string(),
            order.customer_email,
            order.customer_name,
            Details::of(order)?,
            items,
            order.expired_at,
            order.created_at,
        ],
    )?;
    events::order_changed(tx, order, None, 0, order.created_at.unix_ms())
}

/// Takes an order one step from a state, and writes it down. False when it is not in that state any more, or when the
/// payment has paid another order.
///
/// # Errors
/// When there is no such step from that state, which is a bug of the caller.
pub fn apply(tx: &mut Tx<'_>, order_no: &str, from: &OrderStatus, change: &Change, now: i64) -> Result<bool> {
    let Change { to, pay_status, payment_no, refund, cause, actor, detail } = change;
    let more_is_refunded = from == to && *refund > 0;
    if !(domain::may_become(from, to) || more_is_refunded) {
        return Err(Error::internal(format!("order {order_no}: {from} may not become {to}")));
    }
    let at = |status: OrderStatus| (*to == status && from != to).then_some(now);
    let shipping = match to {
        OrderStatus::Shipped => Some(ShippingStatus::Shipped),
        OrderStatus::Completed => Some(ShippingStatus::Delivered),
        _ => None,
    };
    let changed = tx.optional(
        concat!(
            "UPDATE orders SET status = $3, pay_status = COALESCE($4, pay_status), \
             payment_no = COALESCE($5, payment_no), shipping_status = COALESCE($6, shipping_status), \
             refunded_amount = refunded_amount + $7, paid_at = COALESCE($8, paid_at), \
             shipped_at = COALESCE($9, shipped_at), completed_at = COALESCE($10, completed_at), \
             cancelled_at = COALESCE($11, cancelled_at), version = version + 1, updated_at = $12 \
             WHERE order_no = $1 AND status = $2 \
             AND NOT EXISTS(SELECT 1 FROM orders AS other WHERE other.payment_no = $5 AND other.payment_no <> '') \
             RETURNING ",
            columns!(),
            ", version, refunded_amount"
        ),
        args![
            order_no,
            from.as_str(),
            to.as_str(),
            pay_status.as_ref().map(PayStatus::as_str),
            payment_no,
            shipping.as_ref().map(ShippingStatus::as_str),
            refund,
            at(OrderStatus::Paid),
            at(OrderStatus::Shipped),
            at(OrderStatus::Completed),
            at(OrderStatus::Cancelled),
            now,
        ],
        |row| Ok((order(row)?, row.get::<i64>("version")?, row.get("refunded_amount")?)),
    )?;
    let Some((order, version, refunded)) = changed else { return Ok(false) };
    tx.execute(
        "INSERT INTO transitions(order_no, version, came_from, went_to, refunded, cause, actor, detail, at)
         VALUES($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        args![order_no, version, from.as_str(), to.as_str(), refund, cause, actor, detail, now],
    )?;
    events::order_changed(tx, &order, Some(from), refunded, now).map(|()| true)
}

// === reading ===

/// One order with its lines.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when there is none.
pub fn require(view: &View<'_>, order_no: &str) -> Result<Order> {
    let found = view.optional(select_order!("WHERE order_no = $1"), args![order_no], order)?;
    found.ok_or_else(|| missing(order_no))
}

/// Where one order stands.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when there is none.
pub fn state(view: &View<'_>, order_no: &str) -> Result<State> {
    let found = view.optional(select_state!("WHERE order_no = $1"), args![order_no], read_state)?;
    found.ok_or_else(|| missing(order_no))
}

/// Where the order stands that a payment has paid, or that has this number itself.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when there is neither.
pub fn state_by_key(view: &View<'_>, key: &str) -> Result<State> {
    let paid = select_state!("WHERE payment_no = $1 AND payment_no <> ''");
    match view.optional(paid, args![key], read_state)? {
        Some(found) => Ok(found),
        None => state(view, key),
    }
}

/// One page of the orders that a filter lets through, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, filter: &OrderFilter, page: i64, page_size: i64) -> Result<Page<Order>> {
    macro_rules! matching {
        () => {
            "WHERE ($1 IS NULL OR merchant_id = $1) AND ($2 IS NULL OR customer_id = $2) \
             AND ($3 IS NULL OR status = $3) AND ($4 IS NULL OR pay_status = $4) \
             AND ($5 IS NULL OR shipping_status = $5) AND ($6 IS NULL OR currency = $6) \
             AND ($7 IS NULL OR customer_email = $7) AND (NULLIF($8, '') IS NULL OR \
             REPLACE(order_no, $8, '') <> order_no OR REPLACE(customer_name, $8, '') <> customer_name \
             OR REPLACE(customer_email, $8, '') <> customer_email) \
             AND ($9 IS NULL OR created_at >= $9) AND ($10 IS NULL OR created_at <= $10) \
             AND ($11 IS NULL OR total_amount >= $11) AND ($12 IS NULL OR total_amount <= $12)"
        };
    }
    let merchant = filter.merchant_id.map(|id| id.to_string());
    let customer = filter.customer_id.map(|id| id.to_string());
    let status = filter.status.as_ref().map(OrderStatus::as_str);
    let pay_status = filter.pay_status.as_ref().map(PayStatus::as_str);
    let shipping_status = filter.shipping_status.as_ref().map(ShippingStatus::as_str);
    let matching = args![
        merchant,
        customer,
        status,
        pay_status,
        shipping_status,
        filter.currency,
        filter.customer_email,
        filter.keyword,
        filter.start_time,
        filter.end_time,
        filter.min_amount,
        filter.max_amount,
    ];
    let count = concat!("SELECT count(*) FROM orders ", matching!());
    let newest = select_order!(matching!(), " ORDER BY created_at DESC, order_no DESC LIMIT $13 OFFSET $14");
    paging::read(view, [count, newest], matching, (page, page_size), order)
}

// === rows ===

impl<'a> Details<'a> {
    fn of(order: &'a Order) -> Result<String> {
        let details = Self {
            customer_phone: (&*order.customer_phone).into(),
            customer_ip: (&*order.customer_ip).into(),
            shipping_method: order.shipping_method.as_str().into(),
            shipping_address: (&*order.shipping_address).into(),
            billing_address: (&*order.billing_address).into(),
            remark: order.remark.as_str().into(),
            extra: order.extra.as_str().into(),
            language: order.language.as_str().into(),
        };
        serde_json::to_string(&details).map_err(Error::internal)
    }
}

fn order(row: &Row<'_>) -> Result<Order> {
    let details: String = row.get("details")?;
    let details: Details<'static> = serde_json::from_str(&details).map_err(Error::internal)?;
    let items: String = row.get("items")?;
    let items: Vec<OrderItem> = serde_json::from_str(&items).map_err(Error::internal)?;
    Ok(Order {
        id: row.parse("id")?,
        merchant_id: row.parse("merchant_id")?,
        order_no: row.parse("order_no")?,
        payment_no: row.parse("payment_no")?,
        total_amount: row.get("total_amount")?,
        pay_amount: row.get("pay_amount")?,
        discount_amount: row.get("discount_amount")?,
        shipping_fee: row.get("shipping_fee")?,
        currency: row.get("currency")?,
        status: row.parse("status")?,
        pay_status: row.parse("pay_status")?,
        shipping_status: row.parse("shipping_status")?,
        customer_id: row.parse("customer_id")?,
        customer_email: row.get("customer_email")?,
        customer_name: row.get("customer_name")?,
        customer_phone: details.customer_phone.into_owned().into(),
        customer_ip: details.customer_ip.into_owned().into(),
        shipping_method: ShippingMethod::from(&*details.shipping_method),
        shipping_address: details.shipping_address.into_owned().into(),
        billing_address: details.billing_address.into_owned().into(),
        remark: details.remark.into_owned(),
        extra: details.extra.into_owned(),
        language: details.language.into_owned(),
        paid_at: row.get("paid_at")?,
        shipped_at: row.get("shipped_at")?,
        completed_at: row.get("completed_at")?,
        cancelled_at: row.get("cancelled_at")?,
        expired_at: row.get("expired_at")?,
        created_at: row.get::<Timestamp>("created_at")?,
        updated_at: row.get::<Timestamp>("updated_at")?,
        items,
    })
}

fn read_state(row: &Row<'_>) -> Result<State> {
    Ok(State {
        order_no: row.get("order_no")?,
        status: row.parse("status")?,
        pay_status: row.parse("pay_status")?,
        payment_no: row.get("payment_no")?,
        pay_amount: row.get("pay_amount")?,
        refunded: row.get("refunded_amount")?,
    })
}

fn missing(order_no: &str) -> Error {
    Error::not_found(format_args!("order {order_no}"))
}
