//! What must hold in the stores, whoever wrote them: the one shape in which a broken rule is told, and the rule that
//! every history has to follow.

use std::{collections::BTreeMap, fmt};

use payment_clients::contract::error::Result;
use serde::Serialize;

use super::store::View;

/// A row that breaks an invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Violation {
    /// Name of the invariant, such as `I7`.
    pub invariant: &'static str,
    /// Which row, in words: `payment PY1`.
    pub row: String,
    /// What is wrong with it.
    pub wrong: String,
}

/// The history of one sort of entity: how it is read, and which steps there are.
pub struct History {
    /// What it is the history of, such as `payment`.
    pub of: &'static str,
    /// The state of an entity before its first step.
    pub first: &'static str,
    /// The entities: id, state, version.
    pub entities: &'static str,
    /// Their steps: id, version, from, to; ordered by id and version.
    pub steps: &'static str,
    /// Whether there is such a step. What leads nowhere is final.
    pub may_become: fn(&str, &str) -> bool,
}

// === impl Violation ===

impl Violation {
    /// This row breaks this invariant.
    pub fn new(invariant: &'static str, row: impl Into<String>, wrong: impl Into<String>) -> Self {
        Self { invariant, row: row.into(), wrong: wrong.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { invariant, row, wrong } = self;
        write!(f, "{invariant} {row}: {wrong}")
    }
}

// === impl History ===

/// A step: version, from, to.
type Step = (i64, String, String);

impl History {
    /// I18: versions are 1, 2, 3 …, each step begins where the one before it ended and is one that there is, and the
    /// last ends at the state of the row.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub fn violations(&self, view: &View<'_>) -> Result<Vec<Violation>> {
        let mut steps: BTreeMap<String, Vec<Step>> = BTreeMap::new();
        view.all(self.steps, &[], |row| {
            steps.entry(row.get(0)?).or_default().push((row.get(1)?, row.get(2)?, row.get(3)?));
            Ok(())
        })?;
        let mut found = Vec::new();
        view.all(self.entities, &[], |row| {
            let (id, state, version): (String, String, i64) = (row.get(0)?, row.get(1)?, row.get(2)?);
            let steps = steps.remove(&id).unwrap_or_default();
            let wrong = self.fault(&steps, &state, version);
            found.extend(wrong.map(|wrong| Violation::new("I18", format!("{} {id}", self.of), wrong)));
            Ok(())
        })?;
        let strangers =
            steps.keys().map(|id| Violation::new("I18", format!("{} {id}", self.of), "has steps and no row"));
        found.extend(strangers);
        Ok(found)
    }

    /// The first thing that is wrong with the steps of an entity in this state and version.
    fn fault(&self, steps: &[Step], state: &str, version: i64) -> Option<String> {
        let mut reached = self.first;
        for (next, (number, from, to)) in (1..).zip(steps) {
            if *number != next {
                return Some(format!("step {number} stands where step {next} must be"));
            }
            if from != reached {
                return Some(format!("step {number} begins at {from}, and the entity was {reached}"));
            }
            if !(self.may_become)(from, to) {
                return Some(format!("step {number} goes from {from} to {to}, and there is no such step"));
            }
            reached = to;
        }
        let count = i64::try_from(steps.len()).unwrap_or(i64::MAX);
        match () {
            () if count != version => Some(format!("is in version {version} and has {count} steps")),
            () if reached != state => Some(format!("is {state}, and its last step ends at {reached}")),
            () => None,
        }
    }
}
