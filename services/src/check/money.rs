//! Invariants of sums between the books: what channels owe, what was paid back, what left the bank.

use std::collections::{BTreeMap, BTreeSet};

use payment_clients::contract::{error::Result, money::Currency};

use super::books::Books;
use crate::{
    accounting::ledger::Account,
    kit::{
        invariants::Violation,
        store::{Row, View},
    },
};

/// Minor units by currency.
type Sums = BTreeMap<String, i128>;

fn sums(books: &Books, store: &str, sql: &'static str) -> Result<Sums> {
    let rows = books.rows(store, sql, |row| Ok((row.get::<String>(0)?, i128::from(row.get::<i64>(1)?))))?;
    let mut sums = Sums::new();
    for (currency, amount) in rows {
        *sums.entry(currency).or_default() += amount;
    }
    Ok(sums)
}

/// The currencies in which two books differ.
fn differences(invariant: &'static str, of: &str, [ours, theirs]: [&Sums; 2], what: [&str; 2]) -> Vec<Violation> {
    let currencies: BTreeSet<_> = ours.keys().chain(theirs.keys()).collect();
    let [ours, theirs] = [ours, theirs].map(|sums| move |currency: &str| sums.get(currency).copied().unwrap_or(0));
    let differ = currencies.into_iter().filter(|currency| ours(currency) != theirs(currency));
    let told = differ.map(|currency| {
        let wrong = format!("{} {}, and {} {}", what[0], ours(currency), what[1], theirs(currency));
        Violation::new(invariant, format!("{of} in {currency}"), wrong)
    });
    told.collect()
}

/// I8. What a channel has paid out to the platform is in its book still, and in the ledger no longer owed.
pub(super) fn receivable(books: &Books) -> Result<Vec<Violation>> {
    const OWED: &str = "SELECT currency, dp - cp FROM ledger_accounts WHERE class = 'psp_receivable'
        UNION ALL SELECT t.currency, t.amount FROM transfers t JOIN journals j ON j.id = t.journal_id
            WHERE j.kind = 'channel_payout'";
    const TAKEN: &str = "SELECT UPPER(currency), amount FROM intents WHERE status = 'captured'
        UNION ALL SELECT UPPER(i.currency), -r.amount FROM refunds r JOIN intents i ON i.id = r.intent_id";
    let (owed, taken) = (sums(books, "accounting", OWED)?, sums(books, "channel-sim", TAKEN)?);
    Ok(differences("I8", "channels", [&owed, &taken], ["owe us", "hold for us"]))
}

// === refunds ===

/// What a book has of a refund: its amount and currency.
type Money = (i64, String);

fn refunds(books: &Books, store: &str, sql: &'static str) -> Result<Vec<(String, Money)>> {
    books.rows(store, sql, |row: &Row<'_>| Ok((row.get(0)?, (row.get(1)?, row.get(2)?))))
}

/// Refunds that two books do not have alike, once each.
fn compare(books: &Books, ours: &'static str, store: &str, theirs: &'static str, what: &str) -> Result<Vec<Violation>> {
    let mut others: BTreeMap<String, Vec<Money>> = BTreeMap::new();
    for (number, money) in refunds(books, store, theirs)? {
        others.entry(number).or_default().push(money);
    }
    let mut found = Vec::new();
    for (number, money) in refunds(books, "gateway", ours)? {
        let other = others.remove(&number).unwrap_or_default();
        if other.as_slice() != [money.clone()] {
            let wrong = format!("has paid {money:?} back, and {what} has {other:?}");
            found.push(Violation::new("I11", format!("refund {number}"), wrong));
        }
    }
    found.extend(others.iter().map(|(number, money)| {
        Violation::new("I11", format!("refund {number}"), format!("{what} has {money:?}, and the gateway paid none"))
    }));
    Ok(found)
}

/// I11, the ledger. A refund that was held for is named by its hold; what came too late, by its payment.
pub(super) fn refunds_booked(books: &Books) -> Result<Vec<Violation>> {
    const PAID: &str = "SELECT refund_no, amount, UPPER(currency) FROM refunds WHERE status = 'success'
        UNION ALL SELECT p.payment_no, p.amount, UPPER(p.currency) FROM late_successes l
            JOIN payments p ON p.payment_no = l.payment_no WHERE l.status = 'refunded'";
    const BOOKED: &str = "SELECT REPLACE(j.reference, 'refund:', ''), CAST(SUM(t.amount) AS BIGINT), t.currency
        FROM journals j JOIN transfers t ON t.journal_id = j.id
        WHERE j.kind = 'refund' OR (j.kind = 'stray_resolved' AND t.credit LIKE 'psp_receivable:%')
        GROUP BY j.id, j.reference, t.currency";
    compare(books, PAID, "accounting", BOOKED, "the ledger")
}

/// I11, the channel, which has numbers of its own.
pub(super) fn refunds_paid(books: &Books) -> Result<Vec<Violation>> {
    const PAID: &str = "SELECT channel_refund_no, amount, UPPER(currency) FROM refunds WHERE status = 'success'
        UNION ALL SELECT l.channel_refund_no, p.amount, UPPER(p.currency) FROM late_successes l
            JOIN payments p ON p.payment_no = l.payment_no WHERE l.status = 'refunded'";
    const THERE: &str = "SELECT r.id, r.amount, UPPER(i.currency) FROM refunds r JOIN intents i ON i.id = r.intent_id";
    compare(books, PAID, "channel-sim", THERE, "the channel")
}

/// I11, the orders.
pub(super) fn refunds_of_orders(books: &Books) -> Result<Vec<Violation>> {
    const PAID: &str = "SELECT p.payment_no, CAST(COALESCE(SUM(r.amount), 0) AS BIGINT) FROM payments p
        LEFT JOIN refunds r ON r.payment_no = p.payment_no AND r.status = 'success'
        WHERE p.status = 'success' GROUP BY p.payment_no";
    const KNOWN: &str = "SELECT payment_no, refunded_amount FROM orders WHERE payment_no <> ''";
    let (paid, known) = (sums(books, "gateway", PAID)?, sums(books, "order", KNOWN)?);
    let both = paid.iter().filter_map(|(number, paid)| Some((number, paid, known.get(number)?)));
    let differ = both.filter(|(_, paid, known)| paid != known);
    let told = differ.map(|(number, paid, known)| {
        Violation::new("I11", format!("payment {number}"), format!("has {paid} paid back, and its order {known}"))
    });
    Ok(told.collect())
}

// === the platform's own ===

/// I16: every account stands on the side of its class, and both sides are equal.
pub(super) fn balance_sheet(view: &View<'_>) -> Result<Vec<Violation>> {
    const ACCOUNTS: &str = "SELECT id, category, currency, dp - cp FROM ledger_accounts ORDER BY id";
    let mut found = Vec::new();
    let mut sheet: BTreeMap<String, (i128, i128)> = BTreeMap::new();
    view.all(ACCOUNTS, &[], |row| {
        let (id, category, currency): (String, String, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let wanted = id.parse::<Account>().map(|account| account.class().category().as_str());
        if wanted.as_ref() != Ok(&category.as_str()) {
            let wrong = format!("stands among `{category}`, and its class belongs to {wanted:?}");
            found.push(Violation::new("I16", format!("account {id}"), wrong));
        }
        let (net, result) = sheet.entry(currency).or_default();
        match category.as_str() {
            "asset" | "liability" => *net += i128::from(row.get::<i64>(3)?),
            _ => *result -= i128::from(row.get::<i64>(3)?),
        }
        Ok(())
    })?;
    found.extend(sheet.iter().filter(|(_, (net, result))| net != result).map(|(currency, (net, result))| {
        let wrong = format!("assets less liabilities are {net}, income less expense and equity {result}");
        Violation::new("I16", format!("balance sheet in {currency}"), wrong)
    }));
    Ok(found)
}

/// I16, the bank: what channels pay in is not in its book.
pub(super) fn bank(books: &Books) -> Result<Vec<Violation>> {
    const BOOKED: &str = "SELECT t.currency, CASE WHEN t.debit LIKE 'bank:%' THEN t.amount ELSE -t.amount END
        FROM transfers t JOIN journals j ON j.id = t.journal_id
        WHERE (t.debit LIKE 'bank:%' OR t.credit LIKE 'bank:%') AND j.kind <> 'channel_payout'";
    const MOVED: &str = "SELECT currency, amount FROM lines";
    let (booked, moved) = (sums(books, "accounting", BOOKED)?, sums(books, "bank-sim", MOVED)?);
    Ok(differences("I16", "the bank", [&booked, &moved], ["moved in the ledger", "moved in its own book"]))
}

/// I23: a conversion takes one currency from a merchant and gives one other to the same, both through the liquidity; what it
/// gives is what the amount is worth at its rate, less the part of a minor unit that stays with the liquidity.
pub(super) fn conversions(view: &View<'_>) -> Result<Vec<Violation>> {
    let mut found = conversion_legs(view)?;
    found.extend(conversion_rates(view)?);
    found.extend(conversion_states(view)?);
    Ok(found)
}

/// What a conversion says of itself stands in the books: held while it is pending, then booked or freed.
fn conversion_states(view: &View<'_>) -> Result<Vec<Violation>> {
    const STATES: &str = "SELECT c.conversion_no, c.status, h.id, v.id, b.id FROM conversions c
            LEFT JOIN journals h ON h.id = 'conversion-hold:' || c.conversion_no
            LEFT JOIN journals v ON v.id = 'conversion-void:' || c.conversion_no
            LEFT JOIN journals b ON b.id = 'conversion:' || c.conversion_no";
    let mut found = Vec::new();
    view.all(STATES, &[], |row| {
        let (number, status): (String, String) = (row.get(0)?, row.get(1)?);
        let [held, freed, booked]: [Option<String>; 3] = [row.get(2)?, row.get(3)?, row.get(4)?];
        let stands = [held.is_some(), freed.is_some(), booked.is_some()];
        let wanted = [true, status == "cancelled", status == "completed"];
        if stands != wanted {
            let wrong = format!("is {status}; held, freed and booked are {stands:?} in the books");
            found.push(Violation::new("I23", format!("conversion {number}"), wrong));
        }
        Ok(())
    })?;
    Ok(found)
}

fn conversion_rates(view: &View<'_>) -> Result<Vec<Violation>> {
    const BOOKED: &str = "SELECT c.conversion_no, c.source_currency, c.target_currency, c.rate, c.rate_scale,
            CAST(COALESCE(SUM(CASE WHEN t.credit LIKE 'liquidity:%' THEN t.amount ELSE 0 END), 0) AS BIGINT) AS sold,
            CAST(COALESCE(SUM(CASE WHEN t.debit LIKE 'liquidity:%' THEN t.amount ELSE 0 END), 0) AS BIGINT) AS bought
        FROM conversions c
            LEFT JOIN journals j ON j.id = 'conversion:' || c.conversion_no AND j.kind = 'conversion'
            LEFT JOIN transfers t ON t.journal_id = j.id
        WHERE c.status = 'completed'
        GROUP BY c.conversion_no, c.source_currency, c.target_currency, c.rate, c.rate_scale";
    let mut found = Vec::new();
    view.all(BOOKED, &[], |row| {
        let number: String = row.get(0)?;
        let [from, to]: [Currency; 2] = [row.get(1)?, row.get(2)?];
        let [rate, scale]: [i64; 2] = [row.get(3)?, row.get(4)?];
        let [sold, bought]: [i64; 2] = [row.get("sold")?, row.get("bought")?];
        // Both sides in the smallest unit that either has: 10^-(digits of the source, and of the rate).
        let digits = |currency: Currency| currency.exponent().unwrap_or_default();
        let power = |exponent: u32| 10_i128.checked_pow(exponent).unwrap_or(i128::MAX);
        let behind = u32::try_from(scale).unwrap_or(u32::MAX).saturating_add(digits(from));
        let exact = (i128::from(sold) * i128::from(rate)).checked_mul(power(digits(to)));
        let kept = exact.and_then(|exact| exact.checked_sub(i128::from(bought).checked_mul(power(behind))?));
        if sold == 0 || !kept.is_some_and(|kept| (0..power(behind)).contains(&kept)) {
            let wrong = format!("sold {sold} {from} and bought {bought} {to} at {rate} / 10^{scale}");
            found.push(Violation::new("I23", format!("conversion {number}"), wrong));
        }
        Ok(())
    })?;
    Ok(found)
}

fn conversion_legs(view: &View<'_>) -> Result<Vec<Violation>> {
    const LEGS: &str = "SELECT journal_id, debit, credit, currency FROM transfers
        WHERE journal_id IN (SELECT id FROM journals WHERE kind = 'conversion') AND credit NOT LIKE 'fees:%'
        ORDER BY journal_id, leg";
    let mut journals: BTreeMap<String, Vec<[String; 3]>> = BTreeMap::new();
    view.all(LEGS, &[], |row| {
        journals.entry(row.get(0)?).or_default().push([row.get(1)?, row.get(2)?, row.get(3)?]);
        Ok(())
    })?;
    let owner = |account: &str| account.split(':').nth(1).unwrap_or_default().to_owned();
    let fits = |legs: &[[String; 3]]| match legs {
        [[from, into, sold], [out, to, bought]] => {
            let through = into.starts_with("liquidity:") && out.starts_with("liquidity:");
            through && sold != bought && owner(from) == owner(to)
        }
        _ => false,
    };
    let broken = journals.iter().filter(|(_, legs)| !fits(legs));
    let told = broken.map(|(id, legs)| Violation::new("I23", format!("journal {id}"), format!("has legs {legs:?}")));
    Ok(told.collect())
}
