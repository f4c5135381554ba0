//! The table of targets, and what a run found beside each.
//!
//! Targets are checked in as `benches/goals.toml` and no run changes them. A goal that is not reached stays in the
//! table as open, with its figure and the reason.

use serde::{Deserialize, Serialize};

use super::{peers::Policy, world::Outcome};
use crate::svg::{Chart, figure};

/// The checked-in table.
const TABLE: &str = include_str!("../../goals.toml");

/// One goal, as the table states it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Goal {
    /// Short name, such as `G1`.
    pub id: String,
    /// What is promised.
    pub title: String,
    /// What is computed.
    pub formula: String,
    /// The figures, each with its bound.
    pub measure: Vec<Target>,
    /// What others publish, or what their rules come to by somebody's model.
    #[serde(default)]
    pub quoted: Vec<Quoted>,
    /// How the run is set up, for readers of the report.
    pub setting: String,
    /// Why the goal is not reached, shown only then.
    #[serde(default)]
    pub why: String,
}

/// One figure of a goal. Without a bound it is shown and decides nothing.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Target {
    /// What the figure is.
    pub name: String,
    /// Its unit.
    #[serde(default)]
    pub unit: String,
    /// Upper bound.
    pub at_most: Option<f64>,
    /// Lower bound.
    pub at_least: Option<f64>,
}

/// A figure from elsewhere, never measured here.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Quoted {
    /// Whose.
    pub peer: String,
    /// In the words of the source.
    pub words: String,
}

/// One figure as each policy came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Row(pub Vec<(Policy, f64)>);

/// What one scenario found: a row per measure of its goal, in the table's order, and pictures of telling runs.
#[derive(Clone, Debug)]
pub struct Finding {
    /// The rows.
    pub rows: Vec<Row>,
    /// Pictures.
    pub charts: Vec<Chart>,
}

/// A goal beside its finding.
#[derive(Clone, Debug)]
pub struct Verdict {
    /// As the table states it.
    pub goal: Goal,
    /// What was found.
    pub finding: Finding,
}

/// A verdict as one JSON object.
#[derive(Debug, Serialize)]
pub struct Summary {
    id: String,
    measure: String,
    target: f64,
    value: f64,
    pass: bool,
    open: bool,
    why: String,
}

// === the table ===

/// The goals of the table, in its order.
///
/// # Errors
/// When the table is malformed.
pub fn table() -> Outcome<Vec<Goal>> {
    #[derive(Deserialize)]
    struct Table {
        goal: Vec<Goal>,
    }
    Ok(toml::from_str::<Table>(TABLE)?.goal)
}

impl Target {
    /// True when `value` keeps the bound, or there is none.
    pub fn holds(&self, value: f64) -> bool {
        self.at_most.is_none_or(|most| value <= most) && self.at_least.is_none_or(|least| value >= least)
    }

    /// The bound in words.
    pub fn bound(&self) -> String {
        let unit = &self.unit;
        match (self.at_least, self.at_most) {
            (Some(least), _) => format!("≥ {}{unit}", figure(least)),
            (None, Some(most)) => format!("≤ {}{unit}", figure(most)),
            (None, None) => "shown only".to_owned(),
        }
    }

    fn limit(&self) -> Option<f64> {
        self.at_least.or(self.at_most)
    }

    /// How much of the bound is left, as a share of it; negative when it is passed.
    fn slack(&self, value: f64) -> f64 {
        let over = |bound: f64, distance: f64| distance / bound.abs().max(1e-9);
        let most = self.at_most.map_or(f64::INFINITY, |most| over(most, most - value));
        let least = self.at_least.map_or(f64::INFINITY, |least| over(least, value - least));
        most.min(least)
    }
}

// === findings ===

impl Row {
    /// Takes one figure of each policy.
    ///
    /// # Errors
    /// The first one of `figure`.
    pub fn of(policies: &[Policy], figure: impl Fn(Policy) -> Outcome<f64>) -> Outcome<Self> {
        policies.iter().map(|policy| Ok((*policy, figure(*policy)?))).collect::<Outcome<_>>().map(Self)
    }

    /// The figure of one policy, if it ran.
    pub fn get(&self, policy: Policy) -> Option<f64> {
        self.0.iter().find(|(ran, _)| *ran == policy).map(|(_, value)| *value)
    }

    /// Ours.
    pub fn ours(&self) -> f64 {
        self.get(Policy::Ours).unwrap_or(f64::NAN)
    }
}

impl Verdict {
    /// Puts goal and finding together.
    ///
    /// # Errors
    /// When the scenario measured something else than the table asks for.
    pub fn new(goal: Goal, finding: Finding) -> Outcome<Self> {
        if goal.measure.len() != finding.rows.len() {
            let (asked, found) = (goal.measure.len(), finding.rows.len());
            return Err(format!("{}: goals.toml asks for {asked} figures, the scenario gives {found}", goal.id).into());
        }
        Ok(Self { goal, finding })
    }

    /// Target and row of each measure.
    pub fn measures(&self) -> impl Iterator<Item = (&Target, &Row)> {
        self.goal.measure.iter().zip(&self.finding.rows)
    }

    /// True when ours keeps every bound.
    pub fn pass(&self) -> bool {
        self.measures().all(|(target, row)| target.holds(row.ours()))
    }

    /// Why the goal is open; empty when it is reached.
    pub fn why(&self) -> String {
        let missed = self.measures().filter(|(target, row)| !target.holds(row.ours()));
        let said = |(target, row): (&Target, &Row)| {
            format!("{} is {}{}, not {}", target.name, figure(row.ours()), target.unit, target.bound())
        };
        let missed: Vec<String> = missed.map(said).collect();
        match missed.as_slice() {
            [] => String::new(),
            missed => format!("{}. {}", missed.join("; "), self.goal.why).trim_end().to_owned(),
        }
    }

    /// The measure with the least slack stands for the goal.
    pub fn summary(&self) -> Summary {
        let slack = |pair: &(&Target, &Row)| pair.0.slack(pair.1.ours());
        let deciding = self.measures().min_by(|left, right| slack(left).total_cmp(&slack(right)));
        let (measure, target, value) = deciding.map_or((String::new(), 0.0, 0.0), |(target, row)| {
            (target.name.clone(), target.limit().unwrap_or(0.0), row.ours())
        });
        let pass = self.pass();
        Summary { id: self.goal.id.clone(), measure, target, value, pass, open: !pass, why: self.why() }
    }
}
