//! The trading day, small: every service a process, every act, and the same money when it is played again. The command line
//! that plays it says what is wrong with its flags.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::process::{Command, Output};

use serde_json::Value;
use tempfile::TempDir;

const PURCHASES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples/data/purchases-2000.csv");
/// As few as the acts can be played with.
const FEW: &str = "120";

fn payments(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_payments")).args(arguments).output().unwrap()
}

fn day(dir: &TempDir) -> Value {
    let dir = dir.path().join("day");
    let fixed = ["demo", "--day", "--json", "--ports", "auto", "--concurrency", "4", "--seed", "7", "--limit", FEW];
    let output = payments(&[&fixed[..], &["--input", PURCHASES, "--dir", dir.to_str().unwrap()]].concat());
    let (out, err) = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).into();
    assert_eq!(output.status.code(), Some(0), "{out}{err}");
    serde_json::from_str(&out).unwrap()
}

#[test]
fn two_days_of_one_seed_agree_in_the_money_and_leave_stores_that_hold() {
    let folders = [(); 2].map(|()| TempDir::new().unwrap());
    let [first, again] = [&folders[0], &folders[1]].map(day);
    for part in ["money", "faults"] {
        assert_eq!(first[part], again[part], "{part}");
    }
    assert_eq!(first["payments"].to_string(), FEW);
    assert_eq!(first["invariants"]["checked"], 28);
    assert_eq!(
        (&first["reconciled"], &first["stuck_sagas"], &first["unpublished"]),
        (&true.into(), &0.into(), &0.into())
    );
    assert!(first["sometimes"].as_object().unwrap().values().all(|count| count.as_u64() > Some(0)), "{first}");
    let checked = payments(&["check", folders[0].path().join("day").to_str().unwrap()]);
    assert_eq!(checked.status.code(), Some(0), "{}", String::from_utf8_lossy(&checked.stdout));
}

/// What the program says when it does not begin.
fn refusal(arguments: &[&str], code: i32) -> String {
    let output = payments(arguments);
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(code), "{text}");
    text
}

#[test]
fn a_flag_that_makes_no_sense_is_named() {
    for (arguments, named) in [
        (&["demo", "--seed", "1"][..], "--day"),
        (&["demo", "--repeat", "2"], "--day"),
        (&["demo", "--day", "--repeat", "0"], "--repeat"),
        (&["demo", "--day", "--seed", "noon"], "--seed"),
    ] {
        let text = refusal(arguments, 2);
        assert!(text.contains(named), "{text}");
    }
    let text = refusal(&["demo", "--day", "--limit", "99", "--input", PURCHASES], 1);
    assert!(text.contains("--limit") && text.contains("100"), "{text}");
}

#[cfg(not(feature = "mutants"))]
#[test]
fn a_program_that_makes_no_mistakes_says_how_to_build_one_that_does() {
    let text = refusal(&["demo", "--day", "--mutate", "float-fee"], 2);
    assert!(text.contains("--mutate") && text.contains("--features mutants"), "{text}");
}

#[cfg(feature = "mutants")]
#[test]
fn every_mistake_is_listed_with_the_invariant_that_finds_it() {
    let output = payments(&["demo", "--day", "--mutate", "list"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!((output.status.code(), text.lines().count()), (Some(0), 14), "{text}");
    assert!(text.contains("float-fee") && text.contains("I12"), "{text}");
}
