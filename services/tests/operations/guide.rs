//! Alerts and their pages.

use std::{collections::BTreeSet, fs};

use payment_clients::platform::REGISTRY;

use crate::{expressions::rules, path, read};

/// What each page must say.
const PARTS: [&str; 4] = ["## What it means", "## What to look at", "## What to do", "## When it is over"];

#[test]
fn every_alert_has_its_page_and_every_page_its_alert() {
    let folder = "docs/operations/alerts";
    let pages = fs::read_dir(path(folder)).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let pages: BTreeSet<_> = pages.map(|file| file.strip_suffix(".md").unwrap().to_owned()).collect();
    let mut alerts = BTreeSet::new();
    for rule in rules("ops/prometheus/alerts.yml") {
        let alert = rule.alert.unwrap();
        assert!(rule.annotations.summary.is_some(), "{alert}");
        assert_eq!(rule.annotations.runbook_url, Some(format!("{folder}/{alert}.md")));
        alerts.insert(alert);
    }
    assert_eq!(alerts, pages);
    let guide = read("docs/operations/README.md");
    for alert in alerts {
        let page = read(&format!("{folder}/{alert}.md"));
        assert!(page.starts_with(&format!("# {alert}\n")), "{alert}");
        for part in PARTS {
            assert_eq!(page.lines().filter(|line| *line == part).count(), 1, "{part} of {alert}");
        }
        assert!(guide.contains(&format!("(alerts/{alert}.md)")), "{alert} is not in the list of the guide");
    }
}

#[test]
fn every_alert_that_matters_is_tried_with_series_of_its_own() {
    let tried = read("ops/prometheus/tests.yml");
    for rule in rules("ops/prometheus/alerts.yml") {
        let alert = rule.alert.unwrap();
        assert!(tried.contains(&format!("alertname: {alert}\n")), "ops/prometheus/tests.yml does not try {alert}");
    }
}

#[test]
fn the_alert_about_money_names_the_operations_that_move_it() {
    let rule = rules("ops/prometheus/alerts.yml");
    let rule = rule.iter().find(|rule| rule.alert.as_deref() == Some("MoneyCallsUnknown")).unwrap();
    let named = rule.expr.split_once("operation=~\"").unwrap().1.split_once('"').unwrap().0;
    let named: BTreeSet<_> = named.split('|').collect();
    let declared = REGISTRY.iter().flat_map(|entry| entry.operations()).filter(|operation| operation.money);
    assert_eq!(named, declared.map(|operation| operation.name).collect());
}
