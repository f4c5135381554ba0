//! What `docs/SIMULATION.md` shows, in short: the same scenarios with fewer seeds and no peers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::path::Path;

use payment_benches::fleet::{
    goals::{Verdict, table},
    peers::Policy,
    report,
    scenarios::{ALL, Scope, tiers::Comparison, verdicts},
};

/// The verdict of one goal, ours alone.
fn short(id: &str) -> Verdict {
    verdicts(&Scope::short(1), Some(id)).unwrap().remove(0)
}

/// Asserts that every bound of a goal is kept.
fn reached(id: &str) {
    let verdict = short(id);
    assert!(verdict.pass(), "{id}: {}", verdict.why());
}

/// Asserts the bounds of the first measures of a goal that is open as a whole.
fn reached_in_part(id: &str, measures: usize) {
    let verdict = short(id);
    for (target, row) in verdict.measures().take(measures) {
        assert!(target.holds(row.ours()), "{id}: {} is {}, not {}", target.name, row.ours(), target.bound());
    }
}

#[test]
fn an_outage_is_not_amplified() {
    reached("G1");
}

#[test]
fn four_hops_do_not_multiply_retries() {
    reached("G2");
}

#[test]
fn a_black_hole_swallows_few_calls_up_to_200_a_second() {
    reached_in_part("G3", 3);
}

#[test]
fn a_dead_instance_is_left_in_the_time_of_a_few_calls() {
    reached("G4");
}

#[test]
fn a_recovered_instance_has_its_full_share_within_seconds() {
    // The first call may come later than the goal has it, which is open.
    let verdict = short("G5");
    let (target, row) = verdict.measures().nth(1).unwrap();
    assert!(target.holds(row.ours()), "{} is {}, not {}", target.name, row.ours(), target.bound());
}

#[test]
fn no_instance_is_left_out_for_good() {
    reached_in_part("G6", 1);
}

#[test]
fn twice_the_load_is_served_to_the_capacity_and_critical_calls_first() {
    reached("G7");
}

#[test]
fn best_effort_calls_are_not_starved_and_never_go_first() {
    reached("G19");
}

#[test]
fn a_retry_budget_grants_exactly_its_share() {
    reached("G10");
}

#[test]
fn nobody_works_for_a_caller_that_has_left() {
    reached("G16");
}

#[test]
fn no_call_outlives_its_deadline() {
    reached("G17");
}

#[test]
fn dropped_calls_leave_nothing_behind() {
    reached_in_part("G18", 1);
}

#[test]
fn the_same_seed_prints_the_same_bytes() {
    let scope = Scope { policies: vec![Policy::Ours, Policy::Outlier], ..Scope::short(7) };
    let print = || {
        let verdicts = verdicts(&scope, Some("G16")).unwrap();
        let summary = serde_json::to_string(&verdicts[0].summary()).unwrap();
        (report::files(7, &verdicts, &Comparison { settings: vec![], rows: vec![] }), summary)
    };
    assert_eq!(print(), print());
}

#[test]
fn another_seed_is_another_run() {
    let bare = |seed| Scope { policies: vec![Policy::Bare], ..Scope::short(seed) };
    let rows = |seed| verdicts(&bare(seed), Some("G16")).unwrap().remove(0).finding.rows;
    assert_ne!(rows(1), rows(2));
}

#[test]
fn every_goal_has_its_scenario() {
    let ids: Vec<String> = table().unwrap().into_iter().map(|goal| goal.id).collect();
    assert_eq!(ids, ALL.map(|(id, _)| id));
}

#[test]
fn the_page_in_the_tree_names_every_goal_with_its_targets() {
    let page = std::fs::read_to_string(Path::new("..").join(report::PAGE)).unwrap();
    for goal in table().unwrap() {
        assert!(page.contains(&format!("### {} {}", goal.id, goal.title)), "{} is missing", goal.id);
        for target in goal.measure {
            let row = format!("| {} | {} |", target.name, target.bound());
            assert!(page.contains(&row), "{}: the page lacks `{row}`", goal.id);
        }
    }
}
