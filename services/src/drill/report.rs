//! What is said of a drill.

use std::{collections::BTreeMap, fmt, time::Duration};

use payment_clients::contract::error::{Error, Result};

use crate::{
    check::{self, books::Books},
    kit::{
        incident::{self, Incident},
        store::Stores,
    },
    reconcile,
    registry::Name,
    supervisor::calls::{Sort, Tally},
};

/// Differences that are told one by one.
const TOLD: usize = 20;

/// What came of a drill.
#[derive(Debug)]
pub struct Report {
    /// How often each process was killed.
    pub kills: BTreeMap<Name, u32>,
    /// How often each has ended by itself.
    pub falls: BTreeMap<Name, u32>,
    /// What came of the shops' calls.
    pub calls: Tally,
    /// Why a call had no outcome in the end.
    pub unanswered: Option<Error>,
    /// How long everything took to come to rest; nothing when it did not.
    pub rest: Option<Duration>,
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
    /// What was answered and is in no store.
    pub missing: Vec<String>,
    /// Sagas, and those of them of which a step was begun more than once.
    pub sagas: [i64; 2],
    /// What waits for a person.
    pub incidents: Vec<Incident>,
}

/// Counts the sagas of all services.
///
/// # Errors
/// When a store cannot be read.
pub fn sagas(books: &Books) -> Result<[i64; 2]> {
    const COUNT: &str = "SELECT COUNT(*), (SELECT COUNT(DISTINCT saga_id) FROM saga_step WHERE attempts > 1) FROM saga";
    let mut sum = [0; 2];
    for store in ["gateway", "settlement", "withdrawal"] {
        for counts in books.rows(store, COUNT, |row| Ok([row.get::<i64>(0)?, row.get::<i64>(1)?]))? {
            sum = [sum[0] + counts[0], sum[1] + counts[1]];
        }
    }
    Ok(sum)
}

/// What waits for a person in any store.
///
/// # Errors
/// When a store cannot be read.
pub fn incidents(stores: &Stores) -> Result<Vec<Incident>> {
    let mut all = Vec::new();
    for name in stores.names()? {
        all.extend(stores.book(&name)?.read(incident::listed)?);
    }
    Ok(all)
}

// === impl Report ===

impl Report {
    /// True when everything has come to rest, nothing is missing, and the books hold and agree.
    pub fn holds(&self) -> bool {
        let Findings { check, reconciliation, missing, .. } = &self.findings;
        self.unanswered.is_none()
            && self.rest.is_some()
            && missing.is_empty()
            && check.holds()
            && reconciliation.holds()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kills, falls, calls, unanswered, rest, findings, took } = self;
        let Findings { check, reconciliation, missing, sagas: [sagas, resumed], incidents } = findings;
        if !check.holds() {
            writeln!(f, "{check}\n")?;
        }
        if !reconciliation.holds() {
            writeln!(f, "{reconciliation}\n")?;
        }
        writeln!(f, "{:12} {:>6} {:>8} {:>9}", "calls", "done", "refused", "in doubt")?;
        for (sort, Sort { done, refused, in_doubt }) in &calls.sorts {
            writeln!(f, "{sort:12} {done:6} {refused:8} {in_doubt:9}")?;
        }
        writeln!(f, "refused       {}", counted(&calls.reasons))?;
        writeln!(f, "kills         {}: {}", kills.values().sum::<u32>(), counted(kills))?;
        if !falls.is_empty() {
            writeln!(f, "ended alone   {}", counted(falls))?;
        }
        if let Some(error) = unanswered {
            writeln!(f, "unanswered    {error}")?;
        }
        match rest {
            Some(rest) => writeln!(f, "rest          {:.1} s after the last call", rest.as_secs_f32())?,
            None => writeln!(f, "rest          never: something is stuck")?,
        }
        writeln!(f, "sagas         {sagas}, {resumed} of them taken up again")?;
        writeln!(f, "incidents     {}", incidents.len())?;
        for Incident { subject, reason, detail, .. } in incidents.iter().take(TOLD) {
            writeln!(f, "              {reason} {subject}: {detail}")?;
        }
        writeln!(f, "missing       {} of what was answered", missing.len())?;
        for id in missing.iter().take(TOLD) {
            writeln!(f, "              {id}")?;
        }
        let verdict = |holds| if holds { "hold" } else { "do NOT hold" };
        writeln!(f, "invariants    {} checked; they {}", check.checked().len(), verdict(check.holds()))?;
        writeln!(f, "books         of ledger, channel and bank; they {}", verdict(reconciliation.holds()))?;
        write!(f, "in {:.0} s", took.as_secs_f32())
    }
}

fn counted<K: fmt::Display>(counts: &BTreeMap<K, u32>) -> String {
    let words: Vec<_> = counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
    words.join(", ")
}
