//! Invariants of what merchants have: what came in less what went out, and what is set aside of it. The other books say
//! what that must be, so that a wrong balance shows even where the ledger agrees with itself.

use std::collections::{BTreeMap, BTreeSet};

use payment_clients::contract::error::{Error, Result};

use super::books::Books;
use crate::{
    accounting::ledger::Account,
    kit::{invariants::Violation, store::View},
};

/// A merchant and a currency.
type Purse = (String, String);

/// What a purse must hold, by where it came from or went to: minor units, what went out below zero.
#[derive(Clone, Copy, Debug, Default)]
struct Due {
    paid: i128,
    refunded: i128,
    fees: i128,
    withdrawn: i128,
    other: i128,
}

impl Due {
    fn total(&self) -> i128 {
        let Self { paid, refunded, fees, withdrawn, other } = self;
        paid + refunded + fees + withdrawn + other
    }
}

// === what merchants have ===

/// I15.
pub(super) fn funds(books: &Books) -> Result<Vec<Violation>> {
    const HAVE: &str = "SELECT id, owner, currency, cp - dp FROM ledger_accounts
        WHERE class IN ('merchant_pending', 'merchant_available', 'merchant_reserve')";
    let mut have: BTreeMap<Purse, i128> = BTreeMap::new();
    for (_, purse, amount) in amounts(books, "accounting", HAVE)? {
        *have.entry(purse).or_default() += amount;
    }
    let due = due(books)?;
    let purses: BTreeSet<_> = have.keys().chain(due.keys()).collect();
    let differs = |purse: &Purse| {
        let (have, due) = (have.get(purse).copied().unwrap_or(0), due.get(purse).copied().unwrap_or_default());
        let Due { paid, refunded, fees, withdrawn, other } = due;
        let wrong = format!(
            "has {have}; {paid} paid, {refunded} refunded, {fees} fees, {withdrawn} withdrawn and {other} otherwise make {}",
            due.total()
        );
        (have != due.total()).then(|| Violation::new("I15", format!("merchant {} in {}", purse.0, purse.1), wrong))
    };
    Ok(purses.into_iter().filter_map(differs).collect())
}

/// What the gateway, the withdrawals, the fixed fees and what was booked by hand say.
fn due(books: &Books) -> Result<BTreeMap<Purse, Due>> {
    const PAID: &str = "SELECT payment_no, merchant_id, UPPER(currency), amount FROM payments WHERE status = 'success'";
    const REFUNDED: &str = "SELECT refund_no, merchant_id, UPPER(currency), -amount FROM refunds
        WHERE status = 'success'";
    const SETTLED: &str = "SELECT settlement_no, merchant_id, currency, -fee_amount FROM settlements
        WHERE status = 'completed'";
    const WITHDRAWN: &str = "SELECT withdrawal_no, merchant_id, currency, -amount FROM withdrawals
        WHERE status IN ('completed', 'returned')";
    let suspended = suspended(books)?;
    let mut due: BTreeMap<Purse, Due> = BTreeMap::new();
    for (number, purse, amount) in amounts(books, "gateway", PAID)? {
        // What is nobody's yet is in suspense.
        due.entry(purse).or_default().paid += if suspended.contains(&number) { 0 } else { amount };
    }
    for (number, purse, amount) in amounts(books, "gateway", REFUNDED)? {
        due.entry(purse).or_default().refunded += if suspended.contains(&number) { 0 } else { amount };
    }
    for (_, purse, amount) in amounts(books, "accounting", SETTLED)? {
        due.entry(purse).or_default().fees += amount;
    }
    for (_, purse, amount) in amounts(books, "withdrawal", WITHDRAWN)? {
        due.entry(purse).or_default().withdrawn += amount;
    }
    for (purse, amount) in by_hand(books)? {
        due.entry(purse).or_default().other += amount;
    }
    Ok(due)
}

/// Payments that went to suspense, and refunds that were paid from it.
fn suspended(books: &Books) -> Result<BTreeSet<String>> {
    const SUSPENDED: &str = "SELECT j.reference FROM journals j JOIN transfers t ON t.journal_id = j.id
        WHERE (j.kind = 'stray' AND t.credit LIKE 'suspense:%') OR (j.kind = 'refund' AND t.debit LIKE 'suspense:%')";
    Ok(books.rows("accounting", SUSPENDED, |row| row.get(0))?.into_iter().collect())
}

/// What no other book knows of: corrections, conversions, and what was taken back.
fn by_hand(books: &Books) -> Result<Vec<(Purse, i128)>> {
    const LEGS: &str = "SELECT t.credit, t.amount FROM transfers t JOIN journals j ON j.id = t.journal_id
            WHERE j.kind IN ('posting', 'conversion', 'reversal', 'stray_resolved') AND t.how IN ('single', 'post')
        UNION ALL SELECT t.debit, -t.amount FROM transfers t JOIN journals j ON j.id = t.journal_id
            WHERE j.kind IN ('posting', 'conversion', 'reversal', 'stray_resolved') AND t.how IN ('single', 'post')";
    let legs = books.rows("accounting", LEGS, |row| {
        let account: Account = row.get::<String>(0)?.parse().map_err(|why: String| Error::internal(why))?;
        Ok((account, i128::from(row.get::<i64>(1)?)))
    })?;
    let merchants = legs.into_iter().filter(|(account, _)| account.class().is_merchants());
    Ok(merchants
        .map(|(account, amount)| ((account.owner().to_owned(), account.currency().to_string()), amount))
        .collect())
}

/// Rows of a number, a merchant, a currency and an amount.
fn amounts(books: &Books, store: &str, sql: &'static str) -> Result<Vec<(String, Purse, i128)>> {
    books.rows(store, sql, |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?), i128::from(row.get::<i64>(3)?))))
}

// === what is set aside ===

/// I4: a hold's row says of it what the ledger says.
pub(super) fn holds_in_ledger(view: &View<'_>) -> Result<Vec<Violation>> {
    const HOLDS: &str = "SELECT h.reference, h.status, h.amount, t.amount, r.how FROM holds h
        LEFT JOIN transfers t ON t.journal_id = 'hold:' || h.reference AND t.how = 'hold'
        LEFT JOIN transfers r ON r.resolves = t.seq ORDER BY h.reference";
    let rows = view.all(HOLDS, &[], |row| {
        let (reference, status): (String, String) = (row.get(0)?, row.get(1)?);
        let (amount, held): (i64, Option<i64>) = (row.get(2)?, row.get(3)?);
        let how: Option<String> = row.get(4)?;
        let fits = matches!(
            (status.as_str(), how.as_deref()),
            ("held", None) | ("captured", Some("post")) | ("released", Some("void"))
        );
        let wrong = format!("is {status} over {amount}; the ledger holds {held:?}, and resolved it by {how:?}");
        Ok((!fits || held != Some(amount)).then(|| Violation::new("I4", format!("hold {reference}"), wrong)))
    })?;
    Ok(rows.into_iter().flatten().collect())
}

/// Names of holds, with the merchant, the currency and the amount of each.
type Holds = BTreeMap<String, (String, String, i64)>;

fn holds(books: &Books, store: &str, sql: &'static str) -> Result<Holds> {
    let rows = books.rows(store, sql, |row| Ok((row.get(0)?, (row.get(1)?, row.get(2)?, row.get(3)?))))?;
    Ok(rows.into_iter().collect())
}

/// I4: what is set aside is for a withdrawal or a refund that has not ended, and of the same merchant and amount.
pub(super) fn holds_have_owners(books: &Books) -> Result<Vec<Violation>> {
    const OPEN: &str = "SELECT reference, merchant_id, currency, amount FROM holds WHERE status = 'held'";
    const WITHDRAWALS: &str = "SELECT 'withdrawal:' || id, merchant_id, currency, amount FROM withdrawals
        WHERE status IN ('pending', 'approved', 'processing')";
    const REFUNDS: &str = "SELECT 'refund:' || refund_no, merchant_id, UPPER(currency), amount FROM refunds
        WHERE status = 'pending'";
    let mut open = holds(books, "accounting", OPEN)?;
    let (withdrawals, refunds) = (holds(books, "withdrawal", WITHDRAWALS)?, holds(books, "gateway", REFUNDS)?);
    let mut found = Vec::new();
    for (name, wanted) in withdrawals {
        let held = open.remove(&name);
        if held.as_ref() != Some(&wanted) {
            found.push(Violation::new("I4", format!("hold {name}"), format!("must be {wanted:?}, and is {held:?}")));
        }
    }
    // A refund may be paid without a hold of its own.
    open.retain(|name, held| refunds.get(name) != Some(held));
    let strange = open.iter().map(|(name, held)| {
        Violation::new("I4", format!("hold {name}"), format!("of {held:?} is open, and what it was for has ended"))
    });
    found.extend(strange);
    Ok(found)
}

/// I24: what is held or booked for a withdrawal, or paid back, is its merchant's.
pub(super) fn merchant_of_withdrawals(books: &Books) -> Result<Vec<Violation>> {
    const OWNERS: &str = "SELECT 'withdrawal:' || id, merchant_id FROM withdrawals";
    const BOOKED: &str = "SELECT j.reference, t.debit FROM journals j JOIN transfers t ON t.journal_id = j.id
        WHERE j.kind IN ('hold', 'withdrawal') AND t.debit LIKE 'merchant_%'";
    owned(books, ["withdrawal", OWNERS], BOOKED)
}

/// I24: what was paid back was its merchant's.
pub(super) fn merchant_of_refunds(books: &Books) -> Result<Vec<Violation>> {
    const OWNERS: &str = "SELECT refund_no, merchant_id FROM refunds";
    const BOOKED: &str = "SELECT REPLACE(j.reference, 'refund:', ''), t.debit FROM journals j
        JOIN transfers t ON t.journal_id = j.id WHERE j.kind IN ('hold', 'refund') AND t.debit LIKE 'merchant_%'";
    owned(books, ["gateway", OWNERS], BOOKED)
}

/// Bookings from a merchant other than the one whose entity they name.
fn owned(books: &Books, [store, owners]: [&'static str; 2], booked: &'static str) -> Result<Vec<Violation>> {
    let pairs = |store, sql| books.rows(store, sql, |row| Ok((row.get::<String>(0)?, row.get::<String>(1)?)));
    let owners: BTreeMap<_, _> = pairs(store, owners)?.into_iter().collect();
    let differs = |(name, account): (String, String)| {
        let owner = owners.get(&name)?;
        let wrong = format!("is of merchant {owner}, and was booked from {account}");
        (account.split(':').nth(1) != Some(owner)).then(|| Violation::new("I24", format!("booking of {name}"), wrong))
    };
    Ok(pairs("accounting", booked)?.into_iter().filter_map(differs).collect())
}

/// I24: a refund is of its payment's merchant.
pub(super) fn merchant_of_payments(view: &View<'_>) -> Result<Vec<Violation>> {
    const DIFFER: &str = "SELECT r.refund_no, r.merchant_id, p.payment_no, p.merchant_id FROM refunds r
        JOIN payments p ON p.payment_no = r.payment_no WHERE r.merchant_id <> p.merchant_id";
    view.all(DIFFER, &[], |row| {
        let [refund, merchant, payment, other]: [String; 4] = [row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?];
        let wrong = format!("is of merchant {merchant}, and its payment {payment} of {other}");
        Ok(Violation::new("I24", format!("refund {refund}"), wrong))
    })
}
