//! `docs/SCORECARD.md`: what was found about the deployed platform, line by line; where each line stands here, the test that
//! shows it, and its figure.
//!
//! `docs/scorecard.toml` holds the lines. Nothing in it is taken on its word: while the page is written, each operation is
//! looked up in the registries, each file and test in the tree, and each figure is counted or read from a report that
//! another command writes ([`evidence`]).

pub mod evidence;

use std::{fmt::Write, fs, path::Path};

use payment_clients::{apis::cashier::cashier_session_api, platform::REGISTRY};
use serde::Deserialize;

use self::evidence::{Evidence, Found};

/// The page, below the root of the repository.
pub const PAGE: &str = "docs/SCORECARD.md";
/// The lines.
pub const LINES: &str = "docs/scorecard.toml";

const HEAD: &str = "\
# Scorecard

What an analysis of the deployed platform found, line by line, and where it stands here. Written by

```
cargo run -p payment-benches --bin scorecard             # writes this page from docs/scorecard.toml
cargo run -p payment-benches --bin scorecard -- --check  # fails when it is not current
```

which looks each operation up in the registries of clients and services, each file and test in the tree, and counts each figure
or reads it from the report that another command writes. A line that is not so ends the run with its name. An operation
stands here by its client; the figure *served* says how many of a client's operations its service answers, the rest are 501
with a remedy. Open goals are shown as open.
";

/// All lines.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lines {
    /// In the order of the analysis.
    pub part: Vec<Part>,
}

/// A part of the analysis.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Part {
    /// Its number and subject.
    pub title: String,
    /// What it found.
    pub row: Vec<Row>,
}

/// One finding.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// The finding, in our words.
    pub says: String,
    /// Clients (`OrderClient`), operations (`OrderClient.create_order`) and paths; nothing where it is not built.
    #[serde(default)]
    pub at: String,
    /// A file, and the tests in it that show the line; other files with theirs may follow.
    #[serde(default)]
    pub test: String,
    /// What is counted, or the goal and measure of the simulator; nothing where there is none.
    #[serde(default)]
    pub figure: String,
}

/// Reads the lines in the tree.
///
/// # Errors
/// When the file cannot be read or understood.
pub fn lines(root: &Path) -> Result<Lines, Vec<String>> {
    let failed = |cause: &dyn std::fmt::Display| vec![format!("{LINES}: {cause}")];
    let text = fs::read_to_string(root.join(LINES)).map_err(|cause| failed(&cause))?;
    toml::from_str(&text).map_err(|cause| failed(&cause))
}

/// The page that these lines make.
///
/// # Errors
/// Each line that is not so, with its name and what is wrong.
pub fn page(root: &Path, lines: &Lines) -> Result<String, Vec<String>> {
    let evidence = Evidence::of(root).map_err(|cause| vec![cause])?;
    let (mut body, mut wrong, mut built) = (String::new(), Vec::new(), 0);
    for part in &lines.part {
        let _ = write!(body, "\n## {}\n\n| found there | here | shown by | figure |\n|---|---|---|---|\n", part.title);
        for row in &part.row {
            match evidence.look_up(row) {
                Ok(found) => {
                    built += usize::from(found.is_some());
                    write_row(&mut body, row, found);
                }
                Err(cause) => wrong.push(format!("{LINES}: `{}`: {cause}", row.says)),
            }
        }
    }
    let all: usize = lines.part.iter().map(|part| part.row.len()).sum();
    if wrong.is_empty() { Ok(format!("{HEAD}\n{}{body}", notes(built, all))) } else { Err(wrong) }
}

fn write_row(page: &mut String, row: &Row, found: Option<Found>) {
    let Found { places, tests, figure } = found.unwrap_or_else(|| Found {
        places: "**not built**".to_owned(),
        tests: String::new(),
        figure: "–".to_owned(),
    });
    let _ = writeln!(page, "| {} | {places} | {tests} | {figure} |", row.says);
}

/// Where the analysis counts otherwise than its own tables, and how much of it is here.
fn notes(built: usize, all: usize) -> String {
    let clients = REGISTRY.len();
    let partners = REGISTRY.iter().filter(|entry| evidence::is_partner(entry)).count();
    let cashier = cashier_session_api::SERVICE.port.unwrap_or_default();
    format!(
        "{built} of {all} lines are built.\n\n\
         * It counts 15 services and names {services}, two of them at one port.\n\
         * It counts 17 clients and lists 16; here are {clients}: one for each of the {services} services, and {partners} for partners.\n\
         * It gives cashier-service the port 40009, which is analytics-service's; here it is {cashier}.\n",
        services = clients - partners,
    )
}
