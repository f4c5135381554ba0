//! Invariants of payments between the books: the gateway's word, and what the channel, the orders and the ledger have.

use std::collections::BTreeMap;

use payment_clients::contract::error::Result;

use super::books::Books;
use crate::kit::{invariants::Violation, store::Row};

/// As much of a payment as the other books can know.
struct Payment {
    number: String,
    status: String,
    merchant: String,
    channel: String,
    /// Minor units and currency.
    money: (i64, String),
    order: String,
}

impl Payment {
    const ALL: &str = "SELECT payment_no, status, merchant_id, channel, amount, UPPER(currency), platform_order_no
        FROM payments ORDER BY payment_no";

    fn of(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            number: row.get(0)?,
            status: row.get(1)?,
            merchant: row.get(2)?,
            channel: row.get(3)?,
            money: (row.get(4)?, row.get(5)?),
            order: row.get(6)?,
        })
    }

    fn all(books: &Books) -> Result<Vec<Self>> {
        books.rows("gateway", Self::ALL, Self::of)
    }

    fn is_paid(&self) -> bool {
        self.status == "success"
    }

    /// All channels keep one book.
    fn is_at_a_simulator(&self) -> bool {
        matches!(self.channel.as_str(), "stripe" | "paypal" | "crypto")
    }

    fn breaks(&self, invariant: &'static str, wrong: impl Into<String>) -> Violation {
        Violation::new(invariant, format!("payment {}", self.number), wrong)
    }
}

/// I7.
pub(super) fn captured_once(books: &Books) -> Result<Vec<Violation>> {
    const CAPTURED: &str = "SELECT payment_no, amount, UPPER(currency), refunded, id FROM intents
        WHERE status = 'captured' ORDER BY payment_no, id";
    let mut captured: BTreeMap<String, Vec<_>> = BTreeMap::new();
    for (number, charge) in books.rows("channel-sim", CAPTURED, |row| {
        Ok((row.get::<String>(0)?, ((row.get(1)?, row.get(2)?), row.get::<i64>(3)?, row.get::<String>(4)?)))
    })? {
        captured.entry(number).or_default().push(charge);
    }
    let mut found = Vec::new();
    for payment in Payment::all(books)?.iter().filter(|payment| payment.is_at_a_simulator()) {
        let charges = captured.remove(&payment.number).unwrap_or_default();
        let wrong = match charges.as_slice() {
            [] if payment.is_paid() => {
                Some(format!("is paid, and the channel has taken nothing of {:?}", payment.money))
            }
            [(money, ..)] if payment.is_paid() && *money != payment.money => {
                Some(format!("is of {:?}, and the channel took {money:?}", payment.money))
            }
            [((amount, _), refunded, id)] if !payment.is_paid() && refunded != amount => {
                Some(format!("is {}, and the channel took {amount} as {id} and paid {refunded} back", payment.status))
            }
            [_, _, ..] => Some(format!("was taken {} times: {charges:?}", charges.len())),
            _ => None,
        };
        found.extend(wrong.map(|wrong| payment.breaks("I7", wrong)));
    }
    found.extend(captured.iter().map(|(number, charges)| {
        Violation::new("I7", format!("channel's payment {number}"), format!("is none of ours: {charges:?}"))
    }));
    Ok(found)
}

/// An order, as far as payments decide it.
struct Order {
    status: String,
    pay_status: String,
    payment: String,
    merchant: String,
    money: (i64, String),
}

fn all_orders(books: &Books) -> Result<BTreeMap<String, Order>> {
    const ORDERS: &str = "SELECT order_no, status, pay_status, payment_no, merchant_id, pay_amount, UPPER(currency)
        FROM orders";
    let rows = books.rows("order", ORDERS, |row| {
        let order = Order {
            status: row.get(1)?,
            pay_status: row.get(2)?,
            payment: row.get(3)?,
            merchant: row.get(4)?,
            money: (row.get(5)?, row.get(6)?),
        };
        Ok((row.get::<String>(0)?, order))
    })?;
    Ok(rows.into_iter().collect())
}

/// I9.
pub(super) fn orders(books: &Books) -> Result<Vec<Violation>> {
    let orders = all_orders(books)?;
    let mut paid: BTreeMap<&str, &str> = BTreeMap::new();
    paid.extend(
        orders.iter().filter(|(_, order)| !order.payment.is_empty()).map(|(no, order)| (&*order.payment, &**no)),
    );
    let mut found = Vec::new();
    let payments = Payment::all(books)?;
    for payment in &payments {
        let order = orders.get(&payment.order);
        let wrong = match (payment.status.as_str(), order) {
            (_, None) if payment.order.is_empty() && !payment.is_paid() => None,
            (_, None) => Some(format!("is {}, and its order `{}` is not there", payment.status, payment.order)),
            ("success", Some(order)) => {
                let follows = matches!(order.pay_status.as_str(), "paid" | "partial_refunded" | "refunded");
                (!follows || order.payment != payment.number || order.money != payment.money).then(|| {
                    let Order { pay_status, payment: by, money, .. } = order;
                    format!(
                        "is paid with {:?}; order {} is {pay_status} by `{by}` over {money:?}",
                        payment.money, payment.order
                    )
                })
            }
            ("failed" | "cancelled" | "expired", Some(order)) => {
                (!matches!(order.status.as_str(), "cancelled" | "expired"))
                    .then(|| format!("is {}, and order {} is {}", payment.status, payment.order, order.status))
            }
            (status, Some(order)) => (order.status != "pending")
                .then(|| format!("is {status}, and order {} is {}", payment.order, order.status)),
        };
        if payment.is_paid() {
            paid.remove(payment.number.as_str());
        }
        found.extend(wrong.map(|wrong| payment.breaks("I9", wrong)));
    }
    found.extend(paid.iter().map(|(payment, order)| {
        Violation::new("I9", format!("order {order}"), format!("is paid by {payment}, which is not"))
    }));
    Ok(found)
}

/// A booked payment: the kind of its journal, its accounts, its money.
type Booking = (String, String, String, (i64, String));

fn bookings(books: &Books) -> Result<BTreeMap<String, Vec<Booking>>> {
    const BOOKED: &str = "SELECT j.reference, j.kind, t.debit, t.credit, t.amount, t.currency
        FROM journals j JOIN transfers t ON t.journal_id = j.id WHERE j.kind IN ('capture', 'stray', 'stray_resolved')
        ORDER BY j.reference, t.seq";
    let mut all: BTreeMap<String, Vec<Booking>> = BTreeMap::new();
    for (number, booking) in books.rows("accounting", BOOKED, |row| {
        Ok((row.get::<String>(0)?, (row.get(1)?, row.get(2)?, row.get(3)?, (row.get(4)?, row.get(5)?))))
    })? {
        all.entry(number).or_default().push(booking);
    }
    Ok(all)
}

/// I10. What came for a payment that had ended without is in suspense, until it has gone back where it came from.
pub(super) fn booked_once(books: &Books) -> Result<Vec<Violation>> {
    let mut booked = bookings(books)?;
    let mut found = Vec::new();
    for payment in Payment::all(books)? {
        let Payment { status, channel, money, .. } = &payment;
        let through = format!("psp_receivable:{channel}:{}", money.1);
        let mut bookings = booked.remove(&payment.number).unwrap_or_default();
        if payment.is_paid() {
            bookings.retain(|(kind, ..)| kind != "stray_resolved");
        }
        let wrong = match bookings.as_slice() {
            [] => payment.is_paid().then(|| format!("is paid, and {money:?} is not booked")),
            [(_, debit, _, booked)] if payment.is_paid() => (booked != money || *debit != through)
                .then(|| format!("is paid with {money:?}, and {booked:?} is booked from {debit}")),
            [(stray, from, to, came), (back, then_from, then_to, went)]
                if [stray.as_str(), back] == ["stray", "stray_resolved"] =>
            {
                let nets = (from, to, came) == (then_to, then_from, went) && (came, from) == (money, &through);
                (!nets).then(|| format!("is {status}, and of {came:?} from {from} went {went:?} to {then_to}"))
            }
            [(kind, ..)] => Some(format!("is {status}, and is booked as {kind}, with nothing back")),
            several => Some(format!("is {status}, and is booked {} times", several.len())),
        };
        found.extend(wrong.map(|wrong| payment.breaks("I10", wrong)));
    }
    found.extend(
        booked
            .keys()
            .map(|number| Violation::new("I10", format!("booked payment {number}"), "is none that the gateway knows")),
    );
    Ok(found)
}

// === one merchant in all books ===

/// I24, orders.
pub(super) fn merchant_of_orders(books: &Books) -> Result<Vec<Violation>> {
    let orders = all_orders(books)?;
    let merchants = orders.into_iter().map(|(number, order)| (number, order.merchant)).collect();
    same_merchant(books, |payment| &payment.order, "order", &merchants)
}

/// I24, the way to the channels.
pub(super) fn merchant_at_channels(books: &Books) -> Result<Vec<Violation>> {
    const PAYMENTS: &str = "SELECT payment_no, merchant_id FROM payments";
    let rows = books.rows("channel-adapter", PAYMENTS, |row| Ok((row.get(0)?, row.get(1)?)))?;
    same_merchant(books, |payment| &payment.number, "the channel's payment", &rows.into_iter().collect())
}

/// I24, the ledger. What is in suspense is nobody's.
pub(super) fn merchant_in_ledger(books: &Books) -> Result<Vec<Violation>> {
    let owner = |(kind, _, credit, _): &Booking| {
        (kind == "capture").then(|| credit.split(':').nth(1).unwrap_or_default().to_owned())
    };
    let booked = bookings(books)?.into_iter();
    let owners = booked.filter_map(|(number, bookings)| Some((number, bookings.iter().find_map(owner)?))).collect();
    same_merchant(books, |payment| &payment.number, "the journal", &owners)
}

fn same_merchant(
    books: &Books,
    key: fn(&Payment) -> &String,
    what: &str,
    merchants: &BTreeMap<String, String>,
) -> Result<Vec<Violation>> {
    let differs = |payment: &Payment| {
        let other = merchants.get(key(payment)).filter(|other| **other != payment.merchant)?;
        Some(payment.breaks("I24", format!("is of merchant {}, and {what} of {other}", payment.merchant)))
    };
    Ok(Payment::all(books)?.iter().filter_map(differs).collect())
}
