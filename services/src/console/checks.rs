//! The invariants, checked in the background while nothing moves, for a small share of the time.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use payment_clients::contract::error::{Error, Result};
use serde::Serialize;
use tokio::time::Instant;

use super::{
    Desk,
    journal::{Journal, Kind},
};
use crate::{
    check::{self, Beside, report::Report},
    kit::{clock::millis, invariants::Violation, store::Stores},
};

/// Shortest time between two checks.
const EVERY: Duration = Duration::from_secs(10);
/// A check rests this many times as long as it took.
const REST: u32 = 20;
/// Violations that are told.
const TOLD: usize = 10;

/// What the last check found.
#[derive(Debug, Default)]
pub(super) struct Checks(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    under_way: bool,
    next: Option<Instant>,
    finding: Finding,
}

/// What is known of the invariants.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Finding {
    /// Invariants that were checked and hold.
    pub held: usize,
    /// Those that a row breaks.
    pub violated: Vec<&'static str>,
    /// How many could not be checked.
    pub not_reached: usize,
    /// Rows that break one, the first few, in words.
    pub rows: Vec<String>,
    /// When they were checked, by the machine's clock; none when never.
    pub at_ms: Option<i64>,
    /// How long that took.
    pub took_ms: i64,
    /// What is on its way, so that it is waited; none when nothing is.
    pub moving: Option<String>,
    /// Why they could not be checked at all.
    pub error: Option<String>,
}

enum Looked {
    Moving(String),
    Checked(Report),
}

impl Checks {
    /// What is known now.
    pub(super) fn finding(&self) -> Finding {
        self.state().finding.clone()
    }

    /// Whether it is time to check; whoever is told so does it.
    fn is_due(&self) -> bool {
        let mut state = self.state();
        let due = !state.under_way && state.next.is_none_or(|next| Instant::now() >= next);
        state.under_way |= due;
        due
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Checks, if it is time to; nobody waits for it.
pub(super) fn run_aside(desk: &Arc<Desk>, now_ms: i64) {
    if desk.checks.is_due() {
        let desk = Arc::clone(desk);
        tokio::spawn(async move { run(&desk, now_ms).await });
    }
}

async fn run(desk: &Desk, now_ms: i64) {
    let (begun, scene) = (Instant::now(), desk.scene.clone());
    let looked = tokio::task::spawn_blocking(move || {
        let beside = Beside { folder: Some(&scene.dir), planted: scene.planted.as_deref() };
        look(&scene.stores, &beside)
    });
    let looked = looked.await.map_err(Error::internal).and_then(|looked| looked);
    let took = begun.elapsed();
    let mut state = desk.checks.state();
    state.under_way = false;
    state.next = Some(Instant::now() + EVERY.max(took * REST));
    match looked {
        Ok(Looked::Moving(what)) => {
            // What moves comes to rest soon, as a rule.
            state.next = Some(Instant::now() + EVERY.min(took * REST));
            (state.finding.moving, state.finding.error) = (Some(what), None);
        }
        Ok(Looked::Checked(report)) => {
            let finding = Finding::of(&report, now_ms, millis(took));
            finding.tell(&state.finding, &desk.journal);
            state.finding = finding;
        }
        Err(error) => state.finding.error = Some(error.message().to_owned()),
    }
}

/// Checks stores that are in use. What is broken in two checks in a row is broken; in one alone, somebody may have begun to
/// pay in the middle of it.
fn look(stores: &Stores, beside: &Beside<'_>) -> Result<Looked> {
    if let Some(Violation { row, wrong, .. }) = check::moving(stores)? {
        return Ok(Looked::Moving(format!("{row} {wrong}")));
    }
    let report = check::check_beside(stores, false, beside)?;
    if report.holds() {
        return Ok(Looked::Checked(report));
    }
    let again = check::check_beside(stores, false, beside)?;
    if again.violations.iter().any(|violation| report.violations.contains(violation)) {
        return Ok(Looked::Checked(again));
    }
    Ok(Looked::Moving("payments have begun while the stores were checked".to_owned()))
}

impl Finding {
    fn of(report: &Report, at_ms: i64, took_ms: i64) -> Self {
        let (checked, violated) = (report.checked(), report.violated());
        let known: BTreeSet<_> = report.lines.iter().flat_map(|line| line.ids).collect();
        Self {
            held: checked.iter().filter(|id| !violated.contains(id)).count(),
            not_reached: known.len() - checked.len(),
            rows: report.violations.iter().take(TOLD).map(ToString::to_string).collect(),
            violated,
            at_ms: Some(at_ms),
            took_ms,
            moving: None,
            error: None,
        }
    }

    /// Writes down what has changed since the last check.
    fn tell(&self, before: &Self, journal: &Journal) {
        if self.violated != before.violated {
            match &self.violated[..] {
                [] => journal.write(Kind::Good, "every invariant holds again"),
                broken => journal.write(Kind::Bad, format!("broken: {}", broken.join(", "))),
            }
        }
    }
}
