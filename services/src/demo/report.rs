//! What the demo says at its end: a table for people, or one JSON object for programs.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    time::Duration,
};

use payment_clients::{
    contract::money::{Currency, Money},
    observe::recorder::Counters,
};
use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    books::{Book, Difference, Total},
    tally::{Sums, Tally},
};

/// The result of a run.
#[derive(Debug)]
pub struct Report {
    tally: Tally,
    books: Vec<Book>,
    differences: Vec<Difference>,
    http: Http,
    elapsed: Duration,
}

/// Calls between the platform's services, the driver's included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Http {
    /// Calls that were made.
    pub calls: u64,
    /// Attempts of these calls that reached the wire.
    pub attempts: u64,
    /// Attempts beyond the first of a call.
    pub retries: u64,
}

impl From<&Counters> for Http {
    fn from(counters: &Counters) -> Self {
        Self { calls: counters.calls(), attempts: counters.attempts(), retries: counters.retries() }
    }
}

// === impl Report ===

impl Report {
    /// Puts together what the driver counted, what the books hold, and how long the paying took.
    pub fn new(tally: Tally, books: Vec<Book>, differences: Vec<Difference>, http: Http, elapsed: Duration) -> Self {
        Self { tally, books, differences, http, elapsed }
    }

    /// True when every book holds what the answers said, payment by payment, and no outcome is unknown.
    pub fn holds(&self) -> bool {
        self.tally.unknown == 0 && self.differences.is_empty() && self.books.iter().all(|book| self.agrees(book))
    }

    /// True when a book holds what the answers said.
    fn agrees(&self, book: &Book) -> bool {
        let payments: u64 = book.totals.values().map(|total| total.payments).sum();
        let amount = |currency: &Currency| book.totals.get(currency).copied().unwrap_or_default().amount;
        payments == self.tally.succeeded
            && self.currencies().iter().all(|currency| amount(currency) == self.sums(*currency).succeeded)
    }

    fn currencies(&self) -> BTreeSet<Currency> {
        let booked = self.books.iter().flat_map(|book| book.totals.keys());
        self.tally.sums.keys().chain(booked).copied().collect()
    }

    fn sums(&self, currency: Currency) -> Sums {
        self.tally.sums.get(&currency).copied().unwrap_or_default()
    }

    fn per_second(&self) -> u64 {
        let ms = u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX).max(1);
        (self.tally.offered.saturating_mul(1000) + ms / 2) / ms
    }
}

// === for programs ===

/// The object of `--json`. Its keys are part of the command's contract.
#[derive(Serialize)]
struct Object<'a> {
    payments: Payments,
    amount_minor: BTreeMap<&'a str, Amounts>,
    books: BookSums<'a>,
    http: Http,
    seconds: f64,
    payments_per_second: u64,
    p50_ms: f64,
    p99_ms: f64,
    refused_by_reason: &'a BTreeMap<String, u64>,
}

#[derive(Serialize)]
struct Payments {
    offered: u64,
    succeeded: u64,
    refused: u64,
    failed: u64,
    unknown: u64,
}

#[derive(Serialize)]
struct Amounts {
    offered: i64,
    succeeded: i64,
}

/// The sum of each book and currency; a currency that a book does not know stands there with 0.
struct BookSums<'a>(&'a Report, &'a BTreeSet<Currency>);

impl Serialize for BookSums<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(report, currencies) = self;
        let mut map = serializer.serialize_map(Some(report.books.len()))?;
        for book in &report.books {
            let amount = |currency: &Currency| book.totals.get(currency).map_or(0, |total| total.amount);
            let sums: BTreeMap<&str, i64> =
                currencies.iter().map(|currency| (currency.as_str(), amount(currency))).collect();
            map.serialize_entry(book.name, &sums)?;
        }
        map.end()
    }
}

impl Serialize for Report {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Tally { offered, succeeded, refused, failed, unknown, .. } = self.tally;
        let currencies = self.currencies();
        let amounts = |currency: &Currency| {
            let Sums { offered, succeeded } = self.sums(*currency);
            Amounts { offered, succeeded }
        };
        let object = Object {
            payments: Payments { offered, succeeded, refused, failed, unknown },
            amount_minor: currencies.iter().map(|currency| (currency.as_str(), amounts(currency))).collect(),
            books: BookSums(self, &currencies),
            http: self.http,
            seconds: self.elapsed.as_secs_f64(),
            payments_per_second: self.per_second(),
            p50_ms: ms(self.tally.percentile(50)),
            p99_ms: ms(self.tally.percentile(99)),
            refused_by_reason: &self.tally.reasons,
        };
        object.serialize(serializer)
    }
}

/// Milliseconds with their fraction, for reading only.
fn ms(time: Duration) -> f64 {
    (time * 1000).as_secs_f64()
}

// === for people ===

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = &self.tally;
        let currencies = self.currencies();
        writeln!(f, "{:<16}{:>12}{:>24}", "purchases", "number", "amount")?;
        let amounts = |of: fn(Sums) -> i64| -> Vec<(Currency, i64)> {
            currencies.iter().map(|currency| (*currency, of(self.sums(*currency)))).collect()
        };
        row(f, "offered", tally.offered, &amounts(|sums| sums.offered))?;
        row(f, "succeeded", tally.succeeded, &amounts(|sums| sums.succeeded))?;
        row(f, "refused", tally.refused, &[])?;
        row(f, "failed", tally.failed, &[])?;
        row(f, "unknown", tally.unknown, &[])?;
        for (reason, number) in &tally.reasons {
            writeln!(f, "  refused with {reason}: {}", Grouped(*number))?;
        }
        writeln!(f)?;
        writeln!(f, "{:<16}{:>12}{:>24}", "book of", "paid", "amount")?;
        for book in &self.books {
            let amounts: Vec<(Currency, i64)> =
                book.totals.iter().map(|(currency, Total { amount, .. })| (*currency, *amount)).collect();
            row(f, book.name, book.totals.values().map(|total| total.payments).sum(), &amounts)?;
        }
        for difference in &self.differences {
            writeln!(f, "  {difference}")?;
        }
        writeln!(f)?;
        writeln!(
            f,
            "{:.1?}: {} payments/s, p50 {:.1?}, p99 {:.1?}; {} HTTP calls, {} attempts, {} retries",
            self.elapsed,
            Grouped(self.per_second()),
            tally.percentile(50),
            tally.percentile(99),
            Grouped(self.http.calls),
            Grouped(self.http.attempts),
            Grouped(self.http.retries),
        )?;
        f.write_str(match (self.holds(), tally.unknown) {
            (true, _) => "The four books agree with each other and with every answer.",
            (false, 0) => "THE BOOKS DO NOT AGREE.",
            (false, _) => "SOME OUTCOMES ARE UNKNOWN: start the same run again, it repeats the same keys.",
        })
    }
}

/// One line of a table; further currencies stand below the first.
fn row(f: &mut fmt::Formatter<'_>, name: &str, number: u64, amounts: &[(Currency, i64)]) -> fmt::Result {
    let number = Grouped(number).to_string();
    let Some(((currency, amount), further)) = amounts.split_first() else {
        return writeln!(f, "{name:<16}{number:>12}");
    };
    writeln!(f, "{name:<16}{number:>12}{:>24}", Money::new(*amount, *currency).to_string())?;
    for (currency, amount) in further {
        writeln!(f, "{:<28}{:>24}", "", Money::new(*amount, *currency).to_string())?;
    }
    Ok(())
}

/// A number with its thousands apart.
struct Grouped(u64);

impl fmt::Display for Grouped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = self.0.to_string();
        for (position, digit) in digits.chars().enumerate() {
            if position > 0 && (digits.len() - position).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
