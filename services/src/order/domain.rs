//! Orders as rules, without any store: what may be ordered and what it costs, what may become of it.

use payment_clients::{
    apis::{
        order::{
            Address, CancelOrder, CreateOrder, NewOrderItem, Order, OrderItem, OrderNo, OrderStatus, PayStatus,
            RefundOrder, ShippingMethod, ShippingStatus,
        },
        words::{JsonObject, OperatorType},
    },
    contract::{
        error::{Error, Result},
        timestamp::Timestamp,
    },
};
use serde::Serialize;
use uuid::Uuid;

use crate::kit::{currency, text};

/// Largest amount of one order, in minor units: far above any real one, far below what sums could overflow.
pub const MAX_AMOUNT: i64 = 1_000_000_000_000_000;

/// Most lines of one order; more is no order of one customer.
const MOST_ITEMS: usize = 500;

// === what may be ordered ===

/// Checks a request, adds it up, and makes the order of it. Whatever is not the request's is an argument.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn draft(request: &CreateOrder, order_no: OrderNo, mut mint: impl FnMut() -> Uuid, now: i64) -> Result<Order> {
    validate(request)?;
    let (total_amount, pay_amount) = price(request)?;
    let (id, created_at) = (mint().into(), Timestamp::from_unix_ms(now));
    let items = request.items.iter().map(|item| {
        let quantity = i64::from(item.quantity);
        Ok(OrderItem {
            id: mint().into(),
            order_id: id,
            product_id: item.product_id.clone(),
            product_name: item.product_name.clone(),
            product_sku: item.product_sku.clone().unwrap_or_default(),
            product_image: item.product_image.clone().unwrap_or_default(),
            unit_price: item.unit_price,
            quantity: item.quantity,
            // No overflow: the sum of all lines has been computed.
            total_price: item.unit_price.saturating_mul(quantity),
            discount_price: 0,
            attributes: object(item.attributes.as_ref())?,
            extra: object(item.extra.as_ref())?,
            created_at,
            updated_at: created_at,
        })
    });
    Ok(Order {
        id,
        merchant_id: request.merchant_id,
        order_no,
        payment_no: "".into(),
        total_amount,
        pay_amount,
        discount_amount: request.discount_amount.unwrap_or(0),
        shipping_fee: request.shipping_fee.unwrap_or(0),
        currency: request.currency,
        status: OrderStatus::Pending,
        pay_status: PayStatus::Pending,
        shipping_status: ShippingStatus::Pending,
        customer_id: request.customer_id.unwrap_or_default(),
        customer_email: request.customer_email.clone(),
        customer_name: request.customer_name.clone(),
        customer_phone: request.customer_phone.clone().unwrap_or_default(),
        customer_ip: request.customer_ip.clone().unwrap_or_default(),
        shipping_method: request.shipping_method.clone().unwrap_or_else(|| ShippingMethod::from("")),
        shipping_address: object(request.shipping_address.as_ref())?.into(),
        billing_address: object(request.billing_address.as_ref())?.into(),
        remark: request.remark.clone().unwrap_or_default(),
        extra: object(request.extra.as_ref())?,
        language: request.language.clone().unwrap_or_else(|| "en".to_owned()),
        paid_at: None,
        shipped_at: None,
        completed_at: None,
        cancelled_at: None,
        expired_at: lapses_at(request.expire_minutes, now),
        created_at,
        updated_at: created_at,
        items: items.collect::<Result<_>>()?,
    })
}

fn validate(order: &CreateOrder) -> Result<()> {
    if order.merchant_id.is_nil() {
        return Err(Error::invalid_input("merchant_id", "must not be the nil UUID"));
    }
    if !order.customer_email.split_once('@').is_some_and(|(name, host)| !name.is_empty() && !host.is_empty()) {
        return Err(Error::invalid_input("customer_email", "must be an e-mail address"));
    }
    text::length("customer_email", &order.customer_email, 254)?;
    text::length("customer_name", &order.customer_name, 255)?;
    text::all_at_most([
        ("customer_phone", order.customer_phone.as_deref(), 50),
        ("customer_ip", order.customer_ip.as_deref(), 64),
        ("language", order.language.as_deref(), 16),
        ("shipping_method", order.shipping_method.as_ref().map(ShippingMethod::as_str), 64),
        ("remark", order.remark.as_deref(), 1000),
    ])?;
    order.shipping_address.as_ref().map_or(Ok(()), |address| validate_address(address, "shipping_address"))?;
    order.billing_address.as_ref().map_or(Ok(()), |address| validate_address(address, "billing_address"))?;
    currency::known("currency", order.currency)?;
    if !(1..=MOST_ITEMS).contains(&order.items.len()) {
        let count = order.items.len();
        return Err(Error::invalid_input("items", format!("must have 1 to {MOST_ITEMS} lines; it has {count}")));
    }
    amount("shipping_fee", order.shipping_fee.unwrap_or(0), 0)?;
    amount("discount_amount", order.discount_amount.unwrap_or(0), 0)?;
    order
        .items
        .iter()
        .enumerate()
        .try_for_each(|(line, item)| validate_item(item, &|field| format!("items[{line}].{field}")))
}

fn validate_address(address: &Address, whose: &str) -> Result<()> {
    let parts = [
        ("country", address.country.as_deref()),
        ("province", address.province.as_deref()),
        ("city", address.city.as_deref()),
        ("district", address.district.as_deref()),
        ("street", address.street.as_deref()),
        ("postal_code", address.postal_code.as_deref()),
        ("phone", address.phone.as_deref()),
        ("name", address.name.as_deref()),
    ];
    parts.into_iter().try_for_each(|(part, text)| text::at_most(&format!("{whose}.{part}"), text, 255))
}

fn validate_item(item: &NewOrderItem, name: &dyn Fn(&str) -> String) -> Result<()> {
    if item.product_id.is_empty() || item.product_name.is_empty() {
        let field = if item.product_id.is_empty() { "product_id" } else { "product_name" };
        return Err(Error::invalid_input(&name(field), "must not be empty"));
    }
    let texts = [
        ("product_id", Some(item.product_id.as_str()), 64),
        ("product_name", Some(item.product_name.as_str()), 500),
        ("product_sku", item.product_sku.as_deref(), 64),
        ("product_image", item.product_image.as_deref(), 2048),
    ];
    // The name is only made for a refusal: orders are created on the hot path.
    texts.into_iter().try_for_each(|(field, text, most)| {
        text::at_most("", text, most).or_else(|_| text::at_most(&name(field), text, most))
    })?;
    if item.quantity < 1 {
        return Err(Error::invalid_input(&name("quantity"), format!("is {}; it must be at least 1", item.quantity)));
    }
    amount("", item.unit_price, 1).or_else(|_| amount(&name("unit_price"), item.unit_price, 1))
}

/// What the order costs, and what is to be paid of it.
fn price(order: &CreateOrder) -> Result<(i64, i64)> {
    let fee = order.shipping_fee.unwrap_or(0);
    let total = order.items.iter().try_fold(fee, |sum, item| {
        item.unit_price.checked_mul(item.quantity.into()).and_then(|line| sum.checked_add(line))
    });
    match total.filter(|total| *total <= MAX_AMOUNT) {
        Some(total) => Ok((total, (total - order.discount_amount.unwrap_or(0)).max(0))),
        None => Err(Error::invalid_input("items", format!("may cost at most {MAX_AMOUNT} minor units together"))),
    }
}

fn lapses_at(minutes: Option<i64>, now: i64) -> Option<Timestamp> {
    let minutes = minutes.filter(|minutes| *minutes > 0)?;
    Some(Timestamp::from_unix_ms(now.saturating_add(minutes.saturating_mul(60_000))))
}

fn amount(field: &str, minor_units: i64, least: i64) -> Result<()> {
    if (least..=MAX_AMOUNT).contains(&minor_units) {
        return Ok(());
    }
    Err(Error::invalid_input(field, format!("is {minor_units}; it must be {least} to {MAX_AMOUNT} minor units")))
}

/// Checks why an order is given up, and by whom.
///
/// # Errors
/// The first rule that is broken, with the name of the field.
pub fn validate_cancellation(cancellation: &CancelOrder) -> Result<()> {
    let by = cancellation.operator_type.as_ref().map(OperatorType::as_str);
    text::at_most("operator_type", by, 32)?;
    text::length("reason", &cancellation.reason, 500)
}

fn object<T: Serialize>(given: Option<&T>) -> Result<String> {
    given.map_or_else(|| Ok(String::new()), |object| serde_json::to_string(object).map_err(Error::internal))
}

// === what may become of it ===

/// The states that an order may go to from each state. What stands at the end of none is final, and final states are
/// never left.
pub const EDGES: &[(OrderStatus, &[OrderStatus])] = {
    use OrderStatus::{Cancelled, Completed, Expired, Paid, Pending, Processing, Refunded, Shipped};
    &[
        (Pending, &[Paid, Cancelled, Expired]),
        (Paid, &[Processing, Shipped, Refunded]),
        (Processing, &[Shipped, Refunded]),
        (Shipped, &[Completed, Refunded]),
        // Goods come back after they have arrived, too.
        (Completed, &[Refunded]),
    ]
};

/// As much of an order as decides what may become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The order.
    pub order_no: String,
    /// How far it has come.
    pub status: OrderStatus,
    /// How far paying it has come.
    pub pay_status: PayStatus,
    /// The payment that paid it; empty before.
    pub payment_no: String,
    /// What was to be paid.
    pub pay_amount: i64,
    /// What has been paid back of it.
    pub refunded: i64,
}

/// One step of an order: where it goes, and what goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The next status; a part refund keeps the one it finds.
    pub to: OrderStatus,
    /// The next status of paying, where it changes.
    pub pay_status: Option<PayStatus>,
    /// The payment, when this step is its.
    pub payment_no: Option<String>,
    /// What this step pays back.
    pub refund: i64,
    /// The operation, for the history.
    pub cause: &'static str,
    /// On whose behalf, for the history.
    pub actor: String,
    /// Why or how, for the history.
    pub detail: String,
}

impl Change {
    /// Goes to a status. Paying follows it, so that the two never contradict each other.
    pub fn to(to: OrderStatus, cause: &'static str) -> Self {
        let pay_status = match to {
            OrderStatus::Paid => Some(PayStatus::Paid),
            OrderStatus::Refunded => Some(PayStatus::Refunded),
            _ => None,
        };
        Self { to, pay_status, payment_no: None, refund: 0, cause, actor: String::new(), detail: String::new() }
    }

    /// Pays a pending order.
    pub fn paid_by(payment_no: &str) -> Self {
        Self { payment_no: Some(payment_no.to_owned()), ..Self::to(OrderStatus::Paid, "pay") }
    }
}

/// True when an order may go from one state to the other.
pub fn may_become(from: &OrderStatus, to: &OrderStatus) -> bool {
    EDGES.iter().any(|(state, next)| state == from && next.contains(to))
}

impl State {
    /// Judges a payment that found the order not pending any more, or its number taken: fine if it is the one that paid.
    ///
    /// # Errors
    /// 409 for any other payment.
    pub fn paid_by(&self, payment_no: &str) -> Result<()> {
        match &self.status {
            _ if self.payment_no == payment_no => Ok(()),
            OrderStatus::Pending => {
                let message = format!("payment {payment_no} has paid another order; a payment pays one");
                Err(Error::conflict("PAYMENT_ALREADY_USED", message))
            }
            _ => Err(self.refuses("paid")),
        }
    }

    /// Gives an unpaid order up.
    ///
    /// # Errors
    /// 409 when it is paid, or given up already.
    pub fn cancel(&self, cancellation: &CancelOrder) -> Result<Change> {
        self.leads_to(&OrderStatus::Cancelled)?;
        let by = cancellation.operator_type.as_ref().map(ToString::to_string);
        let who = cancellation.operator_id.as_ref().map(ToString::to_string);
        let actor = [by, who].into_iter().flatten().collect::<Vec<_>>().join(" ");
        Ok(Change { actor, detail: cancellation.reason.clone(), ..Change::to(OrderStatus::Cancelled, "cancel") })
    }

    /// Pays back a part or the whole. A first refund of more than was paid means the whole.
    ///
    /// # Errors
    /// 409 when nothing is paid; `REFUND_AMOUNT_EXCEEDS` when the parts together pass what was.
    pub fn refund(&self, refund: &RefundOrder) -> Result<Change> {
        if !matches!(self.pay_status, PayStatus::Paid | PayStatus::PartialRefunded) {
            return Err(self.refuses("refunded"));
        }
        let rest = self.pay_amount - self.refunded;
        let change = match refund.amount {
            part if part < rest => Change {
                refund: part,
                pay_status: Some(PayStatus::PartialRefunded),
                ..Change::to(self.status.clone(), "refund")
            },
            whole if whole == rest || self.refunded == 0 => self.refund_rest("refund"),
            more => {
                let message = format!("order {}: {more} to pay back, and only {rest} are left", self.order_no);
                return Err(Error::declined("REFUND_AMOUNT_EXCEEDS", message));
            }
        };
        Ok(Change { detail: refund.reason.clone(), ..change })
    }

    /// Hands the goods over; nothing to do when that has happened.
    ///
    /// # Errors
    /// 409 when the order is not paid, or over.
    pub fn ship(&self, info: &JsonObject) -> Result<Option<Change>> {
        let detail = object(Some(info))?;
        Ok(self.step(&OrderStatus::Shipped, "ship")?.map(|change| Change { detail, ..change }))
    }

    /// Goes to a status by itself, for steps that a repeat may find done: then there is nothing to do.
    ///
    /// # Errors
    /// 409 when there is no way from here to there.
    pub fn step(&self, to: &OrderStatus, cause: &'static str) -> Result<Option<Change>> {
        if self.status == *to {
            return Ok(None);
        }
        self.leads_to(to)?;
        Ok(Some(match to {
            OrderStatus::Refunded => self.refund_rest(cause),
            _ => Change::to(to.clone(), cause),
        }))
    }

    fn refund_rest(&self, cause: &'static str) -> Change {
        Change { refund: self.pay_amount - self.refunded, ..Change::to(OrderStatus::Refunded, cause) }
    }

    fn leads_to(&self, to: &OrderStatus) -> Result<()> {
        if may_become(&self.status, to) { Ok(()) } else { Err(self.refuses(to.as_str())) }
    }

    fn refuses(&self, wanted: &str) -> Error {
        let Self { order_no, status, pay_status, .. } = self;
        let message = format!("order {order_no} cannot be {wanted}: it is {status}, its payment {pay_status}");
        Error::conflict("ORDER_STATUS_INVALID", message)
    }
}

#[cfg(test)]
mod tests;
