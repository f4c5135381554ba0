//! What a reconciliation says in the end: a table for people, or one JSON object for programs.

use std::{collections::BTreeMap, fmt};

use payment_clients::contract::money::Currency;
use serde::Serialize;
use sha2::{Digest, Sha256};

use super::{
    lines::{Balance, Line, Ours},
    matching::{Class, Item},
};

/// Differences that are told one by one.
const TOLD: usize = 20;

/// Two books that are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Pair {
    /// The ledger and the channel.
    Channel,
    /// The ledger and the bank.
    Bank,
}

/// One comparison in one currency, minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// Ours together.
    pub ours: i128,
    /// Theirs together.
    pub theirs: i128,
    /// Of what theirs has more, what our side still waits for.
    pub timing: i128,
}

/// Everything that was compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The ledger by itself.
    pub ledger: Vec<Balance>,
    /// Sums by comparison and currency.
    pub totals: BTreeMap<(Pair, Currency), Total>,
    /// Each number that either book has.
    pub items: Vec<(Pair, Item)>,
}

/// The report as programs read it.
#[derive(Serialize)]
struct Json<'a> {
    reconciled: bool,
    hash: String,
    ledger: &'a [Balance],
    totals: Vec<JsonTotal<'a>>,
    classes: BTreeMap<Class, usize>,
    differences: Vec<JsonItem<'a>>,
}

#[derive(Serialize)]
struct JsonTotal<'a> {
    pair: Pair,
    currency: Currency,
    #[serde(flatten)]
    total: &'a Total,
}

#[derive(Serialize)]
struct JsonItem<'a> {
    pair: Pair,
    #[serde(flatten)]
    item: &'a Item,
}

// === impl Report ===

impl Report {
    pub(super) fn add(&mut self, pair: Pair, ours: &Ours, theirs: &[Line], items: Vec<Item>) {
        for line in &ours.booked {
            self.total(pair, line).ours += i128::from(line.money.minor_units);
        }
        for line in theirs {
            self.total(pair, line).theirs += i128::from(line.money.minor_units);
        }
        for item in items.iter().filter(|item| item.class == Class::Timing) {
            if let Some(line) = &item.theirs {
                self.total(pair, line).timing += i128::from(line.money.minor_units);
            }
        }
        self.items.extend(items.into_iter().map(|item| (pair, item)));
    }

    fn total(&mut self, pair: Pair, line: &Line) -> &mut Total {
        self.totals.entry((pair, line.money.currency)).or_default()
    }

    /// True when every difference is zero or passes by itself.
    pub fn holds(&self) -> bool {
        self.items.iter().all(|(_, item)| item.is_fine())
            && self.ledger.iter().all(|balance| (balance.posted, balance.held) == (0, 0))
            && self.totals.values().all(|total| total.ours + total.timing == total.theirs)
    }

    /// How many numbers there are of each class.
    pub fn classes(&self) -> BTreeMap<Class, usize> {
        let mut classes = BTreeMap::new();
        for (_, item) in &self.items {
            *classes.entry(item.class).or_default() += 1;
        }
        classes
    }

    /// What does not match, in its order.
    pub fn differences(&self) -> impl Iterator<Item = &(Pair, Item)> {
        self.items.iter().filter(|(_, item)| item.class != Class::Matched)
    }

    /// Names the whole result: two reconciliations with one hash have found the same.
    pub fn hash(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(format!("{:?}\n{:?}\n{:?}", self.ledger, self.totals, self.items));
        data_encoding::HEXLOWER.encode(&hash.finalize())
    }
}

impl Serialize for Report {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let named = self.totals.iter();
        let totals = named.map(|((pair, currency), total)| JsonTotal { pair: *pair, currency: *currency, total });
        let json = Json {
            reconciled: self.holds(),
            hash: self.hash(),
            ledger: &self.ledger,
            totals: totals.collect(),
            classes: self.classes(),
            differences: self.differences().map(|(pair, item)| JsonItem { pair: *pair, item }).collect(),
        };
        json.serialize(serializer)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:8} {:8} {:>20} {:>20} {:>14} {:>14}",
            "with", "currency", "ours", "theirs", "difference", "timing"
        )?;
        for ((pair, currency), Total { ours, theirs, timing }) in &self.totals {
            let difference = theirs - ours;
            let currency = currency.as_str();
            writeln!(f, "{pair:8} {currency:8} {ours:>20} {theirs:>20} {difference:>14} {timing:>14}")?;
        }
        for Balance { currency, posted, held } in &self.ledger {
            writeln!(f, "{:8} {:8} debits less credits: {posted} posted, {held} held", "itself", currency.as_str())?;
        }
        for (pair, item) in self.differences().take(TOLD) {
            writeln!(f, "{pair}: {item}")?;
        }
        let more = self.differences().count().saturating_sub(TOLD);
        if more > 0 {
            writeln!(f, "{more} more differences")?;
        }
        writeln!(f, "hash {}", self.hash())?;
        f.write_str(if self.holds() { "RECONCILED" } else { "NOT RECONCILED" })
    }
}

impl fmt::Display for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Channel => "channel",
            Self::Bank => "bank",
        })
    }
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { class, id, ours, theirs, window } = self;
        write!(f, "{class} {id}:")?;
        for (whose, line) in [("ours", ours), ("theirs", theirs)] {
            match line {
                Some(Line { reference, money, status, .. }) => write!(f, " {whose} {money} {status} ({reference})")?,
                None => write!(f, " {whose} nothing")?,
            }
        }
        window.as_ref().map_or(Ok(()), |window| write!(f, "; {window}"))
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Matched => "matched",
            Self::Timing => "timing",
            Self::MissingInternal => "missing_internal",
            Self::MissingExternal => "missing_external",
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Status => "status",
            Self::Duplicate => "duplicate",
        })
    }
}
