//! The published crates promise a Rust version; no dependency of theirs may ask for a newer one.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

const PUBLISHED: [&str; 2] = ["payment-clients", "payment-clients-macros"];

#[test]
fn no_dependency_asks_for_a_newer_rust() {
    let metadata = metadata();
    let packages: BTreeMap<&str, &Value> =
        array(&metadata["packages"]).iter().map(|package| (text(&package["id"]), package)).collect();
    let nodes: BTreeMap<&str, &Value> =
        array(&metadata["resolve"]["nodes"]).iter().map(|node| (text(&node["id"]), node)).collect();

    let roots = packages.iter().filter(|(_, package)| PUBLISHED.contains(&text(&package["name"]))).map(|(id, _)| *id);
    let mut queue: Vec<&str> = roots.collect();
    assert_eq!(queue.len(), PUBLISHED.len(), "the published crates are not in this workspace");
    let promised = version(text(&packages[queue[0]]["rust_version"]));

    let mut seen = BTreeSet::new();
    let mut newer = Vec::new();
    while let Some(id) = queue.pop() {
        if !seen.insert(id) {
            continue;
        }
        let package = packages[id];
        if let Some(asked) = package["rust_version"].as_str().filter(|asked| version(asked) > promised) {
            newer.push(format!("{} {} asks for Rust {asked}", package["name"], package["version"]));
        }
        queue.extend(array(&nodes[id]["deps"]).iter().filter(|dep| is_linked(dep)).map(|dep| text(&dep["pkg"])));
    }
    assert!(seen.len() > 50, "the graph is too small to be true: {seen:?}");
    assert!(newer.is_empty(), "raise rust-version, or choose an older release, of: {newer:#?}");
}

/// What `cargo metadata` says with every feature, for the machine that runs the test.
fn metadata() -> Value {
    let cargo = std::env::var("CARGO").expect("cargo runs the tests");
    let mut command = Command::new(cargo);
    command.args(["metadata", "--format-version=1", "--locked", "--all-features", "--filter-platform"]);
    let output = command.arg(host()).current_dir(env!("CARGO_MANIFEST_DIR")).output().expect("cargo metadata runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("cargo metadata prints JSON")
}

/// The target triple of this machine.
fn host() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    let output = Command::new(rustc).arg("-vV").output().expect("rustc runs");
    let text = String::from_utf8(output.stdout).expect("rustc prints UTF-8");
    text.lines().find_map(|line| line.strip_prefix("host: ")).expect("rustc names its host").to_owned()
}

/// A normal or a build dependency, not one of tests.
fn is_linked(dep: &Value) -> bool {
    array(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].as_str() != Some("dev"))
}

/// `1.88` and `1.88.0` as comparable numbers.
fn version(text: &str) -> (u32, u32) {
    let mut numbers = text.split('.').map(|number| number.parse().expect("a version number"));
    (numbers.next().expect("a major version"), numbers.next().unwrap_or(0))
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_else(|| panic!("cargo metadata has text here, got {value}"))
}

fn array(value: &Value) -> &[Value] {
    value.as_array().unwrap_or_else(|| panic!("cargo metadata has a list here, got {value}"))
}
