//! `payments check`: what must be true of money, read from the stores alone while nothing runs.
//!
//! ```text
//! stores ──► books ──► rules ──► report
//! ```
//! | file | holds |
//! |---|---|
//! | `books` | the stores, opened to be read |
//! | `rules` | the table: which invariant, when, over which stores |
//! | `payments`, `money`, `merchants`, `events`, `figures`, `messages`, `secrets` | the invariants between stores |
//! | `history` | what a client has written down of its own, beside the stores |
//! | `sometimes` | what must have come up, if a run is to prove anything |
//! | `report` | what is said in the end |
//!
//! The invariants of one store alone stand beside their service, in `invariants`. A rule whose stores are not all
//! there is not reached; it never counts as held.

pub mod books;
pub mod report;
pub mod sometimes;

mod events;
mod figures;
mod history;
mod merchants;
mod messages;
mod money;
mod payments;
mod providers;
mod rules;
mod secrets;

use std::path::Path;

use payment_clients::contract::error::Result;

pub use self::rules::{PUBLISHING, SAGAS};
use self::{
    books::Books,
    report::{Line, Outcome, Report},
    rules::{Find, RULES, Rule, When},
};
use crate::kit::{invariants::Violation, store::Stores};

/// What there is of a run beside its stores.
#[derive(Clone, Copy, Debug, Default)]
pub struct Beside<'a> {
    /// Its folder: what its client has written down, logs, and the stores themselves where they are files.
    pub folder: Option<&'a Path>,
    /// A file with texts, one a line, that no file and no table may hold.
    pub planted: Option<&'a Path>,
}

/// Checks everything that these stores allow, and their folder if they have one. `in_flight` leaves out what holds at rest
/// only; `planted` is as in [`Beside`].
///
/// # Errors
/// When a store or a file cannot be read.
pub fn check(stores: &Stores, in_flight: bool, planted: Option<&Path>) -> Result<Report> {
    check_beside(stores, in_flight, &Beside { folder: stores.dir(), planted })
}

/// Checks everything that these stores allow, and what there is beside them.
///
/// # Errors
/// As [`check`].
pub fn check_beside(stores: &Stores, in_flight: bool, beside: &Beside<'_>) -> Result<Report> {
    let books = Books::open(stores)?;
    let mut report = Report::default();
    for rule in RULES.iter().filter(|rule| !in_flight || rule.when == When::Always) {
        match rule.find {
            Find::Each(find) => {
                for store in rule.stores {
                    let several = rule.stores.len() > 1;
                    let found = || Ok(named(books.read(store, find)?, several.then_some(*store)));
                    add(&mut report, rule, &books, std::slice::from_ref(store), found)?;
                }
            }
            Find::Across(find) => add(&mut report, rule, &books, rule.stores, || find(&books))?,
        }
    }
    history::look(&mut report, &books, beside.folder)?;
    secrets::look(&mut report, &books, beside)?;
    Ok(report)
}

/// What is still on its way breaks these at rest: events, sagas, webhooks.
const MOVING: [&str; 3] = ["I19", "I20", "I21"];

/// The first that is still on its way between these stores, which may be in use; nothing when they are at rest.
///
/// # Errors
/// When a store cannot be read.
pub fn moving(stores: &Stores) -> Result<Option<Violation>> {
    let books = Books::open(stores)?;
    let moving = |rule: &&Rule| rule.when == When::AtRest && rule.ids.iter().any(|id| MOVING.contains(id));
    for rule in RULES.iter().filter(moving) {
        let found = match rule.find {
            Find::Each(find) => {
                let each = |store: &&'static str| Ok(named(books.read(store, find)?, Some(store)));
                rule.stores.iter().map(each).collect::<Result<Vec<_>>>()?.concat()
            }
            Find::Across(find) => find(&books)?,
        };
        if let Some(first) = found.into_iter().next() {
            return Ok(Some(first));
        }
    }
    Ok(None)
}

/// True when nothing is [`moving`].
///
/// # Errors
/// When a store cannot be read.
pub fn is_at_rest(stores: &Stores) -> Result<bool> {
    moving(stores).map(|first| first.is_none())
}

/// Adds what a rule finds, or which stores it lacks.
fn add(
    report: &mut Report,
    rule: &'static Rule,
    books: &Books,
    stores: &'static [&'static str],
    find: impl FnOnce() -> Result<Vec<Violation>>,
) -> Result<()> {
    let missing: Vec<_> = stores.iter().copied().filter(|store| !books.has(store)).collect();
    let outcome = if missing.is_empty() {
        let found = find()?;
        let outcome = Outcome::of(&found);
        report.violations.extend(found);
        outcome
    } else {
        Outcome::NotReached(format!("no store of {}", missing.join(", ")))
    };
    report.lines.push(Line::new(rule.ids, rule.says, stores, outcome));
    Ok(())
}

/// The same rows, each with the store that it is in.
fn named(found: Vec<Violation>, store: Option<&str>) -> Vec<Violation> {
    let Some(store) = store else { return found };
    let name = |violation: Violation| Violation { row: format!("{store}: {}", violation.row), ..violation };
    found.into_iter().map(name).collect()
}
