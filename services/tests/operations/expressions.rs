//! What rules, alerts and the dashboard ask for.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use crate::{read, table::documented};

/// A file of rules.
#[derive(Debug, Deserialize)]
pub struct Rules {
    pub groups: Vec<Group>,
}

#[derive(Debug, Deserialize)]
pub struct Group {
    pub rules: Vec<Rule>,
}

#[derive(Debug, Deserialize)]
pub struct Rule {
    pub record: Option<String>,
    pub alert: Option<String>,
    pub expr: String,
    #[serde(default)]
    pub annotations: Annotations,
}

#[derive(Debug, Default, Deserialize)]
pub struct Annotations {
    pub summary: Option<String>,
    pub runbook_url: Option<String>,
}

pub fn rules(file: &str) -> Vec<Rule> {
    let rules: Rules = serde_saphyr::from_str(&read(file)).unwrap();
    rules.groups.into_iter().flat_map(|group| group.rules).collect()
}

/// The series that an expression names: words that are no function, no keyword, no label and no text.
fn series(expression: &str) -> BTreeSet<String> {
    const LISTS: [&str; 4] = ["by", "on", "without", "ignoring"];
    const WORDS: [&str; 4] = ["and", "or", "unless", "bool"];
    let is_part = |letter: char| letter.is_ascii_alphanumeric() || "_:".contains(letter);
    let mut found = BTreeSet::new();
    let mut rest = expression;
    while let Some(at) = rest.find(|letter: char| is_part(letter) || "\"{[".contains(letter)) {
        rest = &rest[at..];
        let up_to = |end: char| rest[1..].find(end).map_or(rest.len(), |length| length + 2);
        let length = match rest.as_bytes()[0] {
            b'"' => up_to('"'),
            b'{' => up_to('}'),
            b'[' => up_to(']'),
            _ => rest.find(|letter: char| !is_part(letter) && letter != '.').unwrap_or(rest.len()),
        };
        let (word, behind) = rest.split_at(length);
        rest = behind.trim_start();
        if LISTS.contains(&word) {
            // The labels behind it.
            rest = rest.split_once(')').map_or("", |(_, behind)| behind);
            continue;
        }
        let is_name = word.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
        let is_called = ["(", "by ", "without "].iter().any(|next| rest.starts_with(next));
        if is_name && !is_called && !WORDS.contains(&word) {
            found.insert(word.to_owned());
        }
    }
    found
}

/// Series that may be asked for: those of the table, of the recording rules, and Prometheus' own.
fn known() -> BTreeSet<String> {
    let mut known = BTreeSet::from(["up".to_owned()]);
    for (name, family) in documented() {
        if family.kind == "histogram" {
            known.extend(["bucket", "sum", "count"].map(|suffix| format!("{name}_{suffix}")));
        } else {
            known.insert(name);
        }
    }
    known.extend(rules("ops/prometheus/rules.yml").into_iter().filter_map(|rule| rule.record));
    known
}

#[track_caller]
fn asks_for_nothing_else(known: &BTreeSet<String>, expression: &str) {
    let asked = series(expression);
    assert!(!asked.is_empty(), "{expression} asks for nothing");
    let strange: Vec<_> = asked.difference(known).collect();
    assert!(strange.is_empty(), "{strange:?} are not in docs/metrics.md, and no recording rule: {expression}");
}

#[test]
fn rules_and_alerts_ask_for_documented_metrics() {
    let known = known();
    for file in ["ops/prometheus/rules.yml", "ops/prometheus/alerts.yml"] {
        for rule in rules(file) {
            asks_for_nothing_else(&known, &rule.expr);
        }
    }
}

#[test]
fn the_dashboard_asks_for_documented_metrics() {
    let dashboard: Value = serde_json::from_str(&read("ops/grafana/payments.json")).unwrap();
    let known = known();
    let panels: Vec<_> =
        dashboard["panels"].as_array().unwrap().iter().filter(|panel| panel["type"] != "row").collect();
    assert!(panels.len() > 10);
    for panel in panels {
        for target in panel["targets"].as_array().unwrap() {
            // Grafana puts an interval and a list of services in.
            let expression = target["expr"].as_str().unwrap().replace("[$__rate_interval]", "[5m]");
            asks_for_nothing_else(&known, &expression);
        }
    }
}

#[test]
fn the_reader_of_expressions_finds_series_and_nothing_else() {
    let found = series(
        "histogram_quantile(0.99, sum by (service, le) (rate(a_bucket{x=\"b_c\", y!~\"d\"}[5m]))) > 2 * 0.1 \
         and on (service, peer) e:f:rate5m == 0 or vector(0)",
    );
    assert_eq!(found, ["a_bucket", "e:f:rate5m"].map(str::to_owned).into());
}
