//! Invariants of figures: the totals of analytics are what the other books add up to, per merchant, UTC day and
//! currency.

use std::collections::{BTreeMap, BTreeSet};

use payment_clients::contract::error::Result;

use super::books::Books;
use crate::kit::{days, invariants::Violation, store::Row};

/// Whose figures: merchant, first moment of the day, currency.
type Whose = (String, i64, String);
/// So many figures of each.
type Figures<const N: usize> = BTreeMap<Whose, [i128; N]>;

/// Adds up rows of a merchant, a moment, a currency and figures.
fn add<const N: usize>(sums: &mut Figures<N>, books: &Books, store: &str, sql: &'static str) -> Result<()> {
    let rows = books.rows(store, sql, |row: &Row<'_>| {
        let whose: Whose = (row.get(0)?, days::midnight(row.get(1)?), row.get(2)?);
        let mut figures = [0; N];
        for (figure, column) in figures.iter_mut().zip(3_usize..) {
            *figure = i128::from(row.get::<i64>(column)?);
        }
        Ok((whose, figures))
    })?;
    for (whose, figures) in rows {
        let sum = sums.entry(whose).or_insert([0; N]);
        sum.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
    }
    Ok(())
}

/// The days on which the totals differ from what they are made of.
fn differences<const N: usize>(ours: &Figures<N>, theirs: &Figures<N>, what: &str) -> Vec<Violation> {
    let whose: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    let of = |sums: &Figures<N>, whose: &Whose| sums.get(whose).copied().unwrap_or([0; N]);
    let differ = whose.into_iter().filter(|whose| of(ours, whose) != of(theirs, whose));
    let told = differ.map(|whose| {
        let (merchant, day, currency) = whose;
        let wrong = format!("{what} are counted as {:?}, and make {:?}", of(ours, whose), of(theirs, whose));
        Violation::new("I22", format!("merchant {merchant} on {} in {currency}", days::name(*day)), wrong)
    });
    told.collect()
}

/// I22, the gateway: how payments ended on a day, and what was paid back.
pub(super) fn payments(books: &Books) -> Result<Vec<Violation>> {
    const COUNTED: &str = "SELECT merchant_id, day, currency, payments, succeeded, failed, amount, success_amount,
        refunds, refund_amount FROM payment_days";
    const ENDED: &str = "SELECT p.merchant_id, t.at, UPPER(p.currency), 1,
            CASE WHEN p.status = 'success' THEN 1 ELSE 0 END, CASE WHEN p.status = 'failed' THEN 1 ELSE 0 END,
            p.amount, CASE WHEN p.status = 'success' THEN p.amount ELSE 0 END, 0, 0
        FROM payments p JOIN transitions t ON t.payment_no = p.payment_no AND t.version = p.version
        WHERE p.status IN ('success', 'failed', 'cancelled', 'expired')";
    const PAID_BACK: &str = "SELECT merchant_id, refunded_at, UPPER(currency), 0, 0, 0, 0, 0, 1, amount FROM refunds
        WHERE status = 'success'";
    let (mut counted, mut happened) = (Figures::<7>::new(), Figures::<7>::new());
    add(&mut counted, books, "analytics", COUNTED)?;
    add(&mut happened, books, "gateway", ENDED)?;
    add(&mut happened, books, "gateway", PAID_BACK)?;
    Ok(differences(&counted, &happened, "payments and refunds"))
}

/// I22, the orders: how many were placed, completed and given up on a day. A part refund leaves an order where it is.
pub(super) fn orders(books: &Books) -> Result<Vec<Violation>> {
    const COUNTED: &str = "SELECT merchant_id, day, currency, orders, completed, cancelled FROM merchant_days";
    const PLACED: &str = "SELECT merchant_id, created_at, currency, 1, 0, 0 FROM orders";
    const ENDED: &str =
        "SELECT o.merchant_id, t.at, o.currency, 0, CASE WHEN t.went_to = 'completed' THEN 1 ELSE 0 END,
            CASE WHEN t.went_to = 'completed' THEN 0 ELSE 1 END
        FROM transitions t JOIN orders o ON o.order_no = t.order_no
        WHERE t.went_to IN ('completed', 'cancelled', 'expired') AND t.came_from <> t.went_to";
    let (mut counted, mut happened) = (Figures::<3>::new(), Figures::<3>::new());
    add(&mut counted, books, "analytics", COUNTED)?;
    add(&mut happened, books, "order", PLACED)?;
    add(&mut happened, books, "order", ENDED)?;
    Ok(differences(&counted, &happened, "orders"))
}

/// I22, the ledger: what payments and refunds did to a merchant's accounts on a day.
pub(super) fn revenue(books: &Books) -> Result<Vec<Violation>> {
    const COUNTED: &str = "SELECT merchant_id, day, currency, revenue FROM merchant_days";
    const BOOKED: &str = "SELECT merchant_id, created_at, currency, amount FROM transactions
        WHERE kind IN ('payment_in', 'refund_out')";
    let (mut counted, mut booked) = (Figures::<1>::new(), Figures::<1>::new());
    add(&mut counted, books, "analytics", COUNTED)?;
    add(&mut booked, books, "accounting", BOOKED)?;
    Ok(differences(&counted, &booked, "revenues"))
}

/// I22, the settlements: what the platform has kept on a day.
pub(super) fn fees(books: &Books) -> Result<Vec<Violation>> {
    const COUNTED: &str = "SELECT merchant_id, day, currency, fees FROM merchant_days";
    const KEPT: &str = "SELECT merchant_id, completed_at, currency, fee_amount FROM settlements
        WHERE status = 'completed'";
    let (mut counted, mut kept) = (Figures::<1>::new(), Figures::<1>::new());
    add(&mut counted, books, "analytics", COUNTED)?;
    add(&mut kept, books, "settlement", KEPT)?;
    Ok(differences(&counted, &kept, "fees"))
}
