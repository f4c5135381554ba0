//! What is said of a day in the end: a table for people, or one JSON object for programs.

use std::{collections::BTreeMap, fmt, fs, time::Duration};

use payment_clients::contract::{
    error::{Error, Result},
    money::{Currency, Money as Amount},
};
use serde::Serialize;

use super::{
    Plan,
    money::{Money, Sum, Sums},
};
use crate::{
    check::{
        self, Beside,
        books::Books,
        sometimes::{self, Evidence, Sometimes},
    },
    demo::history,
    kit::{outbox, saga::rest},
    reconcile::{self, Files, lines},
    registry::Name,
    supervisor::book,
};

/// Things that are told one by one.
const TOLD: usize = 20;

/// What came of a day.
#[derive(Debug)]
pub struct Report {
    /// By which it can be played again.
    pub seed: u64,
    /// How often each process was killed.
    pub kills: BTreeMap<Name, u32>,
    /// Acts that did not come to their end.
    pub broken: Vec<String>,
    /// What is in the stores.
    pub findings: Findings,
    /// How long it all took.
    pub took: Duration,
}

/// What the stores say after everything has stopped.
#[derive(Debug)]
pub struct Findings {
    /// Of the invariants.
    pub check: check::report::Report,
    /// Of the books outside.
    pub reconciliation: reconcile::report::Report,
    /// What had to happen sometimes.
    pub sometimes: Sometimes,
    /// What it all came to.
    pub money: Money,
    /// What was done to whom.
    pub faults: BTreeMap<String, u64>,
    /// Sagas that are on their way.
    pub stuck: usize,
    /// Events that nobody can have heard of.
    pub unpublished: i64,
}

/// The object of `--json`. Its keys are part of the command's contract.
#[derive(Serialize)]
struct Object<'a> {
    payments: i64,
    invariants: Invariants,
    sometimes: &'a Sometimes,
    reconciled: bool,
    kills: u32,
    stuck_sagas: usize,
    unpublished: i64,
    seed: u64,
    seconds: f64,
    money: &'a Money,
    faults: &'a BTreeMap<String, u64>,
    broken_acts: &'a [String],
}

#[derive(Serialize)]
struct Invariants {
    checked: usize,
    violated: usize,
    broken: Vec<&'static str>,
}

// === impl Findings ===

impl Findings {
    /// Reads everything that a day has left behind.
    ///
    /// # Errors
    /// When something of it is missing or cannot be read.
    pub fn gather(plan: &Plan, now: i64) -> Result<Self> {
        let (stores, dir) = (&plan.stores, &plan.program.dir);
        let books = Books::open(stores)?;
        let (history, faults) = (history::read(dir)?.unwrap_or_default(), book::read(dir)?);
        let files = Files { channel: Some(spoilt_file(plan, &books)?), ..Files::default() };
        let spoilt = reconcile::reconcile(stores, &files, now)?;
        let evidence = Evidence { books: &books, history: &history, faults: &faults, spoilt: &spoilt };
        let planted = plan.planted();
        let beside = Beside { folder: Some(dir), planted: planted.exists().then_some(&planted) };
        let (mut stuck, mut unpublished) = (0, 0);
        for store in check::SAGAS {
            stuck += books.read(store, rest::violations)?.len();
        }
        for store in check::PUBLISHING {
            unpublished += books.read(store, outbox::unpublished)?;
        }
        Ok(Self {
            check: check::check_beside(stores, false, &beside)?,
            reconciliation: reconcile::reconcile(stores, &Files::default(), now)?,
            sometimes: sometimes::counts(&evidence)?,
            money: Money::read(&books)?,
            faults: book::counted(&faults),
            stuck,
            unpublished,
        })
    }

    /// Names of what never happened.
    fn never(&self) -> Vec<&'static str> {
        self.sometimes.iter().filter(|(_, count)| **count == 0).map(|(name, _)| *name).collect()
    }
}

/// The channel's own book as a file, with one line off by one minor unit: a reconciliation must name it.
fn spoilt_file(plan: &Plan, books: &Books) -> Result<std::path::PathBuf> {
    let path = plan.program.dir.join("channel-off-by-one.csv");
    let mut text = "id,reference,amount_minor,currency,status\n".to_owned();
    for (place, line) in lines::of_channel(books, None)?.into_iter().enumerate() {
        let amount = line.money.minor_units + i64::from(place == 0);
        let (currency, status) = (line.money.currency, &line.status);
        text.push_str(&format!("{},{},{amount},{currency},{status}\n", line.id, line.reference));
    }
    fs::write(&path, text).map_err(|cause| Error::configuration(format!("{}: {cause}", path.display())))?;
    Ok(path)
}

// === impl Report ===

impl Report {
    /// True when the books hold and agree, nothing is stuck, and everything happened that had to.
    pub fn holds(&self) -> bool {
        let Findings { check, reconciliation, stuck, unpublished, .. } = &self.findings;
        self.broken.is_empty()
            && check.holds()
            && reconciliation.holds()
            && (*stuck, *unpublished) == (0, 0)
            && self.findings.never().is_empty()
    }

    /// What must be the same in two days of one seed.
    pub fn fixed(&self) -> (&Money, &BTreeMap<String, u64>) {
        (&self.findings.money, &self.findings.faults)
    }
}

impl Serialize for Report {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Findings { check, reconciliation, sometimes, money, faults, stuck, unpublished } = &self.findings;
        let broken = check.violated();
        let object = Object {
            payments: money.count(),
            invariants: Invariants { checked: check.checked().len(), violated: broken.len(), broken },
            sometimes,
            reconciled: reconciliation.holds(),
            kills: self.kills.values().sum(),
            stuck_sagas: *stuck,
            unpublished: *unpublished,
            seed: self.seed,
            seconds: self.took.as_secs_f64(),
            money,
            faults,
            broken_acts: &self.broken,
        };
        object.serialize(serializer)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Findings { check, reconciliation, sometimes, money, faults, stuck, unpublished } = &self.findings;
        if !check.holds() {
            for violation in check.violations.iter().take(TOLD) {
                writeln!(f, "{violation}")?;
            }
            writeln!(f)?;
        }
        if !reconciliation.holds() {
            writeln!(f, "{reconciliation}\n")?;
        }
        for broken in &self.broken {
            writeln!(f, "not to its end: {broken}")?;
        }
        for (name, sums) in [
            ("payments", &money.payments),
            ("refunds", &money.refunds),
            ("fees", &money.fees),
            ("settlements", &money.settlements),
            ("withdrawals", &money.withdrawals),
        ] {
            table(f, name, sums)?;
        }
        let word = |holds| if holds { "hold" } else { "do NOT hold" };
        let (checked, violated) = (check.checked().len(), check.violated());
        writeln!(f, "faults        {}", counted(faults))?;
        writeln!(f, "sometimes     {}", counted(sometimes))?;
        if !self.findings.never().is_empty() {
            writeln!(f, "never         {}", self.findings.never().join(", "))?;
        }
        writeln!(f, "invariants    {checked} checked; they {} {}", word(violated.is_empty()), violated.join(", "))?;
        writeln!(f, "books         of ledger, channels and bank; they {}", word(reconciliation.holds()))?;
        let (kills, seed) = (self.kills.values().sum::<u32>(), self.seed);
        writeln!(f, "stuck         {stuck} sagas, {unpublished} events")?;
        let verdict = if self.holds() { "RECONCILED" } else { "NOT RECONCILED" };
        write!(f, "{} payments, {kills} kills, seed {seed}, {:.0} s: {verdict}", money.count(), self.took.as_secs_f32())
    }
}

fn table(f: &mut fmt::Formatter<'_>, name: &str, sums: &Sums) -> fmt::Result {
    for (place, (what, Sum { count, amount })) in sums.iter().enumerate() {
        let name = if place == 0 { name } else { "" };
        let currency = what.rsplit(' ').next().and_then(|code| code.parse::<Currency>().ok());
        let amount = currency.map_or_else(|| amount.to_string(), |currency| Amount::new(*amount, currency).to_string());
        writeln!(f, "{name:13} {what:20} {count:6} {amount:>24}")?;
    }
    Ok(())
}

fn counted<K: fmt::Display, V: fmt::Display>(counts: &BTreeMap<K, V>) -> String {
    let words: Vec<_> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    words.join(", ")
}
