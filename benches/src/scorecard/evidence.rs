//! What a line of the scorecard claims, looked up: in the registries, in the tree, and in the simulator's report.

use std::{
    fs,
    path::{Path, PathBuf},
};

use payment_clients::{
    contract::{operation::Operation, partner::Profile},
    platform::{Entry, REGISTRY},
};
use payment_services::{kit::not_served, registry::Name};

use super::Row;
use crate::fleet::report;

/// Where claims are looked up.
#[derive(Clone, Debug)]
pub struct Evidence {
    root: PathBuf,
    /// The rows of the simulator's table of goals.
    goals: Vec<Goal>,
}

/// What was found of a line, as the page shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Clients, routes and modules.
    pub places: String,
    /// Tests, each behind its file.
    pub tests: String,
    /// The figure, or a dash.
    pub figure: String,
}

/// A row of the table of goals: how one measure of one goal came out.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Goal {
    id: String,
    measure: String,
    target: String,
    verdict: String,
    figure: String,
}

// === impl Evidence ===

impl Evidence {
    /// Reads the simulator's report.
    ///
    /// # Errors
    /// When there is none.
    pub fn of(root: &Path) -> Result<Self, String> {
        let report =
            fs::read_to_string(root.join(report::PAGE)).map_err(|cause| format!("{}: {cause}", report::PAGE))?;
        Ok(Self { root: root.to_owned(), goals: goals(&report) })
    }

    /// Looks a line up. `None` when it claims nothing: it is not built.
    ///
    /// # Errors
    /// What is not so.
    pub fn look_up(&self, row: &Row) -> Result<Option<Found>, String> {
        match (row.at.is_empty(), row.test.is_empty()) {
            (true, true) if row.figure.is_empty() => return Ok(None),
            (true, _) => return Err("says nowhere where it is".to_owned()),
            (_, true) => return Err("names no test".to_owned()),
            _ => {}
        }
        let places: Result<Vec<_>, _> = row.at.split_whitespace().map(|word| self.place(word)).collect();
        Ok(Some(Found { places: places?.join(", "), tests: self.tests(&row.test)?, figure: self.figure(row)? }))
    }

    /// A client, an operation that its service answers, or a path.
    fn place(&self, word: &str) -> Result<String, String> {
        if word.contains('/') {
            return self.root.join(word).exists().then(|| format!("`{word}`")).ok_or(format!("there is no `{word}`"));
        }
        let Some((client, method)) = word.split_once('.') else {
            return client_of(word).map(|entry| format!("`{}`", entry.client));
        };
        let entry = client_of(client)?;
        let operation = entry.operations().find(|operation| operation.name == method);
        let operation = operation.ok_or_else(|| format!("`{client}` has no operation `{method}`"))?;
        if !is_served(entry, operation) {
            return Err(format!("`{word}` is declared, and {} does not serve it", entry.service.name));
        }
        Ok(format!("`{client}::{method}` `{} {}`", operation.method, operation.path))
    }

    /// The tests in their files.
    fn tests(&self, words: &str) -> Result<String, String> {
        let (mut code, mut file, mut shown) = (String::new(), "", Vec::new());
        for word in words.split_whitespace() {
            if word.ends_with(".rs") {
                code = fs::read_to_string(self.root.join(word)).map_err(|cause| format!("`{word}`: {cause}"))?;
                file = word;
            } else if !code.contains(&format!("fn {word}(")) {
                return Err(format!("`{file}` has no `fn {word}`"));
            }
            shown.push(format!("`{word}`"));
        }
        Ok(shown.join(" "))
    }

    fn figure(&self, row: &Row) -> Result<String, String> {
        let platform = || REGISTRY.iter().filter(|entry| !is_partner(entry));
        let operations = |entry: &Entry| entry.operations().count();
        Ok(match &*row.figure {
            "" => "–".to_owned(),
            "clients" => format!("{} clients", REGISTRY.len()),
            "operations" => format!("{} operations", REGISTRY.iter().map(operations).sum::<usize>()),
            "services" => {
                let run = platform().filter(|entry| name_of(entry).is_some()).count();
                format!("{run} of {} services", platform().count())
            }
            "served" => {
                let client = row.at.split(['.', ' ']).next().unwrap_or_default();
                let entry = client_of(client)?;
                let served = entry.operations().filter(|operation| is_served(entry, operation)).count();
                format!("{served} of {} served", operations(entry))
            }
            goal => self.goal(goal)?,
        })
    }

    /// A goal and its measure, such as `G2 attempts at the leaf per call`.
    fn goal(&self, words: &str) -> Result<String, String> {
        let (id, measure) = words.split_once(' ').unwrap_or((words, ""));
        let found = self.goals.iter().find(|goal| goal.id == id && goal.measure == measure);
        let Goal { target, verdict, figure, .. } =
            found.ok_or_else(|| format!("figure `{words}` is no count, and no row of {}", report::PAGE))?;
        Ok(format!("{measure}: {figure} ({id}, {target}: {verdict})"))
    }
}

/// Whether the service is somebody else's.
pub fn is_partner(entry: &Entry) -> bool {
    (entry.profile)() != Profile::PLATFORM
}

fn client_of(name: &str) -> Result<&'static Entry, String> {
    REGISTRY.iter().find(|entry| entry.client == name).ok_or_else(|| format!("there is no client `{name}`"))
}

/// The service, or what stands for it, where the binary runs one.
fn name_of(entry: &Entry) -> Option<Name> {
    Name::ALL.iter().copied().find(|name| name.service() == entry.service)
}

fn is_served(entry: &Entry, operation: &Operation) -> bool {
    name_of(entry).is_some_and(|name| not_served::remedy(name.not_served(), operation).is_none())
}

/// The first table of the report. A goal's further measures have no name in front.
fn goals(report: &str) -> Vec<Goal> {
    let rows = report.lines().skip_while(|line| !line.starts_with("|---")).skip(1);
    let mut of = String::new();
    let row = |line: &str| {
        let mut cells = line.split('|').skip(1).map(|cell| cell.trim().to_owned());
        let (id, _, measure) = (cells.next()?, cells.next()?, cells.next()?);
        if !id.is_empty() {
            of = id;
        }
        Some(Goal { id: of.clone(), measure, target: cells.next()?, verdict: cells.next()?, figure: cells.next()? })
    };
    rows.take_while(|line| line.starts_with('|')).filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    /// The repository.
    fn tree() -> Evidence {
        Evidence::of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..")).unwrap()
    }

    fn row(at: &str, test: &str, figure: &str) -> Row {
        Row { says: "a line".to_owned(), at: at.to_owned(), test: test.to_owned(), figure: figure.to_owned() }
    }

    const TEST: &str = "sdk/tests/registry.rs a_service_has_one_line";

    #[test]
    fn what_is_so_is_found() {
        let figure = "G2 attempts at the leaf per call";
        let found = tree().look_up(&row("OrderClient.get_order sdk/src/lib.rs", TEST, figure)).unwrap().unwrap();
        assert_eq!(found.places, "`OrderClient::get_order` `GET /api/v1/orders/{order_no}`, `sdk/src/lib.rs`");
        assert_eq!(found.tests, "`sdk/tests/registry.rs` `a_service_has_one_line`");
        assert!(found.figure.starts_with("attempts at the leaf per call: 0.0"), "{}", found.figure);
        assert!(found.figure.ends_with("× (G2, ≤ 1.1×: reached)"), "{}", found.figure);
        assert_eq!(tree().look_up(&row("", "", "")).unwrap(), None);
    }

    #[test]
    fn what_is_not_so_is_named() {
        for (row, wrong) in [
            (row("", TEST, ""), "says nowhere"),
            (row("OrderClient", "", ""), "names no test"),
            (row("no/such.rs", TEST, ""), "there is no `no/such.rs`"),
            (row("NoClient", TEST, ""), "there is no client `NoClient`"),
            (row("OrderClient.no_such", TEST, ""), "no operation `no_such`"),
            (row("BankTransferClient.icbc_refund", TEST, ""), "does not serve it"),
            (row("OrderClient", "no/such.rs one", ""), "no/such.rs"),
            (row("OrderClient", "sdk/tests/registry.rs no_such", ""), "no `fn no_such`"),
            (row("OrderClient", TEST, "many"), "`many` is no count"),
        ] {
            let cause = tree().look_up(&row).unwrap_err();
            assert!(cause.contains(wrong), "{cause}");
        }
    }
}
