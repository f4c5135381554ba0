//! What a check says in the end: a table for people, or one JSON object for programs.

use std::{collections::BTreeMap, fmt};

use serde::Serialize;

use crate::kit::invariants::Violation;

/// Violations that are told of one invariant; of further ones, how many.
const TOLD: usize = 20;

/// Everything that was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// One for each rule and store.
    pub lines: Vec<Line>,
    /// Every row that breaks an invariant.
    pub violations: Vec<Violation>,
}

/// What came of one rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The invariants that it checks.
    pub ids: &'static [&'static str],
    /// What must be true.
    pub says: &'static str,
    /// Of what.
    pub stores: &'static [&'static str],
    /// Whether it is.
    pub outcome: Outcome,
}

/// Whether a rule holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It does.
    Held,
    /// So many rows break it.
    Violated(usize),
    /// It was not checked, and why.
    NotReached(String),
}

/// The report as programs read it.
#[derive(Serialize)]
struct Json<'a> {
    checked: Vec<&'static str>,
    violated: Vec<&'static str>,
    not_reached: Vec<NotReached<'a>>,
    violations: Vec<&'a Violation>,
    more: BTreeMap<&'static str, usize>,
}

#[derive(Serialize)]
struct NotReached<'a> {
    invariants: &'static [&'static str],
    says: &'static str,
    why: &'a str,
}

// === impl Report ===

impl Report {
    /// True when no row breaks an invariant.
    pub fn holds(&self) -> bool {
        self.violations.is_empty()
    }

    /// The invariants of which at least one rule was checked, in their order.
    pub fn checked(&self) -> Vec<&'static str> {
        let reached = self.lines.iter().filter(|line| !matches!(line.outcome, Outcome::NotReached(_)));
        ordered(reached.flat_map(|line| line.ids.iter().copied()))
    }

    /// The invariants that a row breaks, in their order.
    pub fn violated(&self) -> Vec<&'static str> {
        ordered(self.violations.iter().map(|violation| violation.invariant))
    }

    /// At most so many violations of each invariant as are told, and how many more there are.
    fn told(&self) -> (Vec<&Violation>, BTreeMap<&'static str, usize>) {
        let mut counts: BTreeMap<&'static str, usize> = BTreeMap::new();
        let told = self.violations.iter().filter(|violation| {
            let count = counts.entry(violation.invariant).or_default();
            *count += 1;
            *count <= TOLD
        });
        let told = told.collect();
        let more = counts.into_iter().filter(|(_, count)| *count > TOLD).map(|(id, count)| (id, count - TOLD));
        (told, more.collect())
    }
}

impl Serialize for Report {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let not_reached = self.lines.iter().filter_map(|line| match &line.outcome {
            Outcome::NotReached(why) => Some(NotReached { invariants: line.ids, says: line.says, why }),
            _ => None,
        });
        let (violations, more) = self.told();
        let not_reached = not_reached.collect();
        Json { checked: self.checked(), violated: self.violated(), not_reached, violations, more }.serialize(serializer)
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Line { ids, says, stores, outcome } in &self.lines {
            writeln!(f, "{:12} {:70} {:30} {outcome}", range(ids), says, stores.join(", "))?;
        }
        let (told, more) = self.told();
        for violation in told {
            write!(f, "\n{violation}")?;
        }
        for (id, count) in more {
            write!(f, "\n{id}: {count} more")?;
        }
        let (checked, violated) = (self.checked().len(), self.violated().len());
        let lines = self.lines.iter().filter(|line| matches!(line.outcome, Outcome::NotReached(_))).count();
        let held = checked.saturating_sub(violated);
        write!(f, "\n{held} of {checked} invariants hold; {lines} rules were not reached")
    }
}

// === impl Line ===

impl Line {
    pub(super) fn new(
        ids: &'static [&'static str],
        says: &'static str,
        stores: &'static [&'static str],
        outcome: Outcome,
    ) -> Self {
        Self { ids, says, stores, outcome }
    }
}

// === impl Outcome ===

impl Outcome {
    pub(super) fn of(found: &[Violation]) -> Self {
        if found.is_empty() { Self::Held } else { Self::Violated(found.len()) }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Held => f.write_str("held"),
            Self::Violated(count) => write!(f, "VIOLATED by {count}"),
            Self::NotReached(why) => write!(f, "not reached: {why}"),
        }
    }
}

/// Each name once, `I2` before `I10`.
fn ordered(ids: impl Iterator<Item = &'static str>) -> Vec<&'static str> {
    let mut ids: Vec<_> = ids.collect();
    ids.sort_unstable_by_key(|id| (id.len(), *id));
    ids.dedup();
    ids
}

fn range(ids: &[&str]) -> String {
    match ids {
        [first, .., last] if ids.len() > 3 => format!("{first}…{last}"),
        ids => ids.join(", "),
    }
}
