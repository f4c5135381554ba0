//! `docs/metrics.md`, read.

use std::collections::{BTreeMap, BTreeSet};

/// A family as the table has it, or as a service shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Family {
    pub kind: String,
    pub labels: BTreeSet<String>,
}

/// The families of the table, by name.
pub fn documented() -> BTreeMap<String, Family> {
    let text = crate::read("docs/metrics.md");
    let mut families = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        // The table of labels has two columns.
        let [name, kind, _unit, labels, _meaning] = cells[..] else { continue };
        let labels = words(labels).map(str::to_owned).collect();
        let family = Family { kind: kind.to_owned(), labels };
        let name = words(name).next().unwrap().to_owned();
        assert!(families.insert(name.clone(), family).is_none(), "{name} stands in the table twice");
    }
    families
}

/// What stands between backticks.
fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}
