//! The gateway's payments: rows, statements, and the one way in which a status changes.

use payment_clients::{
    apis::{
        ids::{MerchantOrderNo, PaymentNo},
        order::OrderNo,
        payment_gateway::{CreatePayment, NotifyStatus, PayMethod, Payment, PaymentFilter, PaymentStatus},
        words::Channel,
    },
    contract::{
        error::{Error, Result},
        money::{Currency, Money},
        page::Page,
        secret::PersonalText,
        timestamp::Timestamp,
    },
};
use serde::{Deserialize, Serialize};

use super::{domain, events, figures::Figures, late, refunds};
use crate::{
    args,
    kit::{
        configuration, idempotency,
        identity::nonces,
        incident, outbox, paging, saga,
        store::{Row, Tx, View},
    },
};

/// The schema, one step after another; steps are only ever added.
pub const MIGRATIONS: &[&str] = &[
    idempotency::TABLES,
    incident::TABLES,
    saga::TABLES,
    "CREATE TABLE payments(
        payment_no TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE, merchant_id TEXT NOT NULL, order_no TEXT NOT NULL,
        channel TEXT NOT NULL, amount {{int}} NOT NULL CHECK(amount BETWEEN 1 AND 1000000000000000),
        currency TEXT NOT NULL CHECK(length(currency) = 3),
        status TEXT NOT NULL CHECK(status IN('pending','processing','success','failed','cancelled','expired')),
        customer_email TEXT NOT NULL, customer_name TEXT NOT NULL, details TEXT NOT NULL,
        platform_order_no TEXT NOT NULL DEFAULT '', channel_order_no TEXT NOT NULL DEFAULT '',
        refund_reserved {{int}} NOT NULL DEFAULT 0 CHECK(refund_reserved BETWEEN 0 AND amount),
        error_code TEXT NOT NULL DEFAULT '', error_msg TEXT NOT NULL DEFAULT '', version {{int}} NOT NULL DEFAULT 0,
        paid_at {{int}}, expired_at {{int}} NOT NULL, created_at {{int}} NOT NULL, updated_at {{int}} NOT NULL,
        CHECK((status = 'success') = (paid_at IS NOT NULL)), UNIQUE(merchant_id, order_no)) {{strict}}",
    "CREATE INDEX payments_by_age ON payments(created_at)",
    "CREATE INDEX payments_open ON payments(updated_at) WHERE status IN('pending','processing')",
    "CREATE TABLE transitions(
        payment_no TEXT NOT NULL REFERENCES payments(payment_no), version {{int}} NOT NULL, came_from TEXT NOT NULL,
        went_to TEXT NOT NULL, cause TEXT NOT NULL, at {{int}} NOT NULL, PRIMARY KEY(payment_no, version)) {{clustered}}",
    refunds::TABLES,
    outbox::TABLES,
    nonces::TABLES,
    configuration::TABLES,
    "ALTER TABLE payments ADD COLUMN config_version {{int}} NOT NULL DEFAULT 0",
    late::TABLES,
    saga::ORIGIN,
];

/// What a payment was created with and nobody searches for; one column, as JSON.
#[derive(Serialize, Deserialize)]
struct Details {
    pay_method: String,
    customer_phone: PersonalText,
    customer_ip: PersonalText,
    description: String,
    notify_url: String,
    return_url: String,
    extra: String,
}

macro_rules! columns {
    () => {
        "payment_no, id, merchant_id, order_no, channel, amount, currency, status, customer_email, customer_name, \
         details, channel_order_no, error_code, error_msg, paid_at, expired_at, created_at, updated_at"
    };
}

macro_rules! select_payment {
    ($rest:literal) => {
        concat!("SELECT ", columns!(), " FROM payments ", $rest)
    };
}

// === writing ===

/// Stores a new payment, and by which version of the configuration it was let in; the merchant's order number names it
/// only once.
///
/// # Errors
/// `DUPLICATE_ORDER` when the merchant has a payment under that number.
pub fn insert(
    tx: &mut Tx<'_>,
    request: &CreatePayment,
    (payment_no, id): (&PaymentNo, &str),
    config_version: i64,
    now: i64,
) -> Result<()> {
    let details = Details::of(request)?;
    let merchant = request.merchant_id.to_string();
    let name = request.customer_name.as_deref().unwrap_or_default();
    let stored = tx.optional(
        concat!(
            "INSERT INTO payments(payment_no, id, merchant_id, order_no, channel, amount, currency, status, \
             customer_email, customer_name, details, expired_at, config_version, created_at, updated_at) \
             VALUES($1, $2, $3, $4, $5, $6, $7, 'pending', $8, $9, $10, $11, $12, $13, $13) \
             ON CONFLICT(merchant_id, order_no) DO NOTHING RETURNING ",
            columns!()
        ),
        args![
            payment_no.as_str(),
            id,
            merchant,
            request.order_no.as_str(),
            domain::route(request).as_str(),
            request.amount,
            request.currency,
            request.customer_email,
            name,
            details,
            domain::expires_at(request, now),
            config_version,
            now,
        ],
        payment,
    )?;
    if let Some(payment) = stored {
        return events::payment_changed(tx, &payment, None, now);
    }
    let message =
        format!("order {} of this merchant has a payment already; look it up by order number", request.order_no);
    Err(Error::conflict("DUPLICATE_ORDER", message))
}

/// What changes together with a status.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change<'a> {
    /// Why, for the history.
    pub cause: &'a str,
    /// The channel's number, once known.
    pub channel_order_no: Option<&'a str>,
    /// Code of a refusal.
    pub error_code: &'a str,
    /// Text of a refusal or a cancellation.
    pub error_msg: &'a str,
}

/// Takes a payment from one state to another, writes it down, and counts it if that is final; false when it is not in the first state any more.
///
/// # Errors
/// When the states have no edge between them, which is a bug of the caller.
pub fn transition(
    tx: &mut Tx<'_>,
    payment_no: &str,
    [from, to]: [&PaymentStatus; 2],
    change: Change<'_>,
    figures: &Figures,
    now: i64,
) -> Result<bool> {
    if !domain::may_become(from, to) {
        return Err(Error::internal(format!("payment {payment_no}: {from} may not become {to}")));
    }
    let paid_at = (*to == PaymentStatus::Success).then_some(now);
    let changed = tx.optional(
        concat!(
            "UPDATE payments SET status = $3, version = version + 1, paid_at = $4, updated_at = $5, \
             channel_order_no = COALESCE($6, channel_order_no), error_code = $7, error_msg = $8 \
             WHERE payment_no = $1 AND status = $2 RETURNING ",
            columns!(),
            ", version"
        ),
        args![
            payment_no,
            from.as_str(),
            to.as_str(),
            paid_at,
            now,
            change.channel_order_no,
            change.error_code,
            change.error_msg,
        ],
        |row| Ok((payment(row)?, row.get::<i64>("version")?)),
    )?;
    let Some((payment, version)) = changed else { return Ok(false) };
    tx.execute(
        "INSERT INTO transitions(payment_no, version, came_from, went_to, cause, at) VALUES($1, $2, $3, $4, $5, $6)",
        args![payment_no, version, from.as_str(), to.as_str(), change.cause, now],
    )?;
    events::payment_changed(tx, &payment, Some(from), now)?;
    if domain::is_final(to) {
        figures.payment_ended(tx, &payment);
    }
    Ok(true)
}

/// Notes the order that belongs to a payment.
///
/// # Errors
/// When the statement fails.
pub fn set_order(tx: &mut Tx<'_>, payment_no: &str, order_no: &OrderNo) -> Result<()> {
    let sql = "UPDATE payments SET platform_order_no = $2 WHERE payment_no = $1";
    tx.execute(sql, args![payment_no, order_no.as_str()]).map(drop)
}

/// Notes the channel's number of a payment that has none.
///
/// # Errors
/// When the statement fails.
pub fn set_channel_order(tx: &mut Tx<'_>, payment_no: &str, channel_order_no: &str) -> Result<()> {
    let sql = "UPDATE payments SET channel_order_no = $2 WHERE payment_no = $1 AND channel_order_no = ''";
    tx.execute(sql, args![payment_no, channel_order_no]).map(drop)
}

// === reading ===

/// One payment.
///
/// # Errors
/// When the statement fails.
pub fn get(view: &View<'_>, payment_no: &str) -> Result<Option<Payment>> {
    view.optional(select_payment!("WHERE payment_no = $1"), args![payment_no], payment)
}

/// One payment, which must be there.
///
/// # Errors
/// `RESOURCE_NOT_FOUND` when it is not.
pub fn require(view: &View<'_>, payment_no: &str) -> Result<Payment> {
    get(view, payment_no)?.ok_or_else(|| no_payment(payment_no))
}

/// There is none of this number, as far as the caller may know.
pub fn no_payment(payment_no: &str) -> Error {
    Error::not_found(format_args!("payment {payment_no}"))
}

/// The payment that a channel knows under this number.
///
/// # Errors
/// When the statement fails.
pub fn by_channel_order_no(view: &View<'_>, number: &str) -> Result<Option<Payment>> {
    view.optional(select_payment!("WHERE channel_order_no = $1 AND channel_order_no <> ''"), args![number], payment)
}

/// The order that belongs to a payment; empty before there is one.
///
/// # Errors
/// When the statement fails.
pub fn order_of(view: &View<'_>, payment_no: &str) -> Result<OrderNo> {
    let sql = "SELECT platform_order_no FROM payments WHERE payment_no = $1";
    view.one(sql, args![payment_no], |row| row.parse(0))
}

/// Payments that have waited for their channel since before `before`, oldest first; and those that changed after `now`,
/// before the clock went back.
///
/// # Errors
/// When the statement fails.
pub fn waiting(view: &View<'_>, [before, now]: [i64; 2], most: i64) -> Result<Vec<Payment>> {
    let silent = select_payment!(
        "WHERE status = 'processing' AND (updated_at < $1 OR updated_at > $2) ORDER BY updated_at LIMIT $3"
    );
    view.all(silent, args![before, now, most], payment)
}

/// One page of the payments that a filter lets through, newest first.
///
/// # Errors
/// When the statement fails.
pub fn list(view: &View<'_>, filter: &PaymentFilter, page: i64, page_size: i64) -> Result<Page<Payment>> {
    macro_rules! matching {
        () => {
            "WHERE ($1 IS NULL OR merchant_id = $1) AND ($2 IS NULL OR channel = $2) AND ($3 IS NULL OR status = $3) \
             AND ($4 IS NULL OR currency = $4) AND ($5 IS NULL OR customer_email = $5) \
             AND (NULLIF($6, '') IS NULL OR REPLACE(order_no, $6, '') <> order_no \
             OR REPLACE(payment_no, $6, '') <> payment_no OR REPLACE(customer_name, $6, '') <> customer_name) \
             AND ($7 IS NULL OR created_at >= $7) AND ($8 IS NULL OR created_at <= $8) \
             AND ($9 IS NULL OR amount >= $9) AND ($10 IS NULL OR amount <= $10)"
        };
    }
    let merchant = filter.merchant_id.map(|id| id.to_string());
    let (channel, status) =
        (filter.channel.as_ref().map(Channel::as_str), filter.status.as_ref().map(PaymentStatus::as_str));
    let matching = args![
        merchant,
        channel,
        status,
        filter.currency,
        filter.customer_email,
        filter.keyword,
        filter.start_time,
        filter.end_time,
        filter.min_amount,
        filter.max_amount,
    ];
    let count = concat!("SELECT count(*) FROM payments ", matching!());
    let newest =
        concat!(select_payment!(""), matching!(), " ORDER BY created_at DESC, payment_no DESC LIMIT $11 OFFSET $12");
    paging::read(view, [count, newest], matching, (page, page_size), payment)
}

// === rows ===

impl Details {
    fn of(request: &CreatePayment) -> Result<String> {
        let mut extra = request.extra.clone().unwrap_or_default();
        if let Some(language) = &request.language {
            extra.insert("language".to_owned(), language.clone().into());
        }
        let details = Self {
            pay_method: request.pay_method.as_ref().map(ToString::to_string).unwrap_or_default(),
            customer_phone: request.customer_phone.clone().unwrap_or_default(),
            customer_ip: request.customer_ip.clone().unwrap_or_default(),
            description: request.description.clone().unwrap_or_default(),
            notify_url: request.notify_url.clone(),
            return_url: request.return_url.clone(),
            extra: serde_json::to_string(&extra).map_err(Error::internal)?,
        };
        serde_json::to_string(&details).map_err(Error::internal)
    }
}

fn payment(row: &Row<'_>) -> Result<Payment> {
    let details: String = row.get(10)?;
    let details: Details = serde_json::from_str(&details).map_err(Error::internal)?;
    let money = Money::new(row.get(5)?, row.get::<Currency>(6)?);
    Ok(Payment {
        payment_no: row.parse(0)?,
        id: row.parse(1)?,
        merchant_id: row.parse(2)?,
        order_no: row.parse::<MerchantOrderNo>(3)?,
        channel: row.parse(4)?,
        amount: money.minor_units,
        currency: money.currency,
        status: row.parse(7)?,
        customer_email: row.get(8)?,
        customer_name: row.get(9)?,
        pay_method: PayMethod::from(details.pay_method.as_str()),
        customer_phone: details.customer_phone,
        customer_ip: details.customer_ip,
        description: details.description,
        notify_url: details.notify_url,
        return_url: details.return_url,
        extra: details.extra,
        channel_order_no: row.parse(11)?,
        error_code: row.get(12)?,
        error_msg: row.get(13)?,
        notify_status: NotifyStatus::Pending,
        notify_times: 0,
        last_notify_at: None,
        paid_at: row.get(14)?,
        expired_at: Some(row.get::<Timestamp>(15)?),
        created_at: row.get(16)?,
        updated_at: row.get(17)?,
    })
}
