//! No service names another service's module: they meet on the wire only.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Folders that are no service and may name all of them.
const AROUND: [&str; 13] = [
    "check",
    "cli",
    "collector",
    "console",
    "day",
    "demo",
    "drill",
    "kit",
    "new_api",
    "reconcile",
    "story",
    "supervisor",
    "watch",
];

fn services(source: &Path) -> Vec<String> {
    let folders = fs::read_dir(source).unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.path().is_dir());
    let names = folders.map(|entry| entry.file_name().into_string().unwrap());
    names.filter(|name| !AROUND.contains(&name.as_str())).collect()
}

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    fs::read_dir(path).unwrap().flat_map(|entry| files(&entry.unwrap().path())).collect()
}

/// The modules of this crate that a text names: the first word behind `crate::`, and those of a braced list.
fn named(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for rest in code.split("crate::").skip(1) {
        let mut depth = 0;
        let mut word = String::new();
        for letter in rest.chars() {
            match letter {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ if letter.is_alphanumeric() || letter == '_' => {
                    word.push(letter);
                    continue;
                }
                _ => {}
            }
            // A word at depth 0, or 1 within a list, is a module; deeper ones are its own business.
            if !word.is_empty() && (depth == 0 || !rest.starts_with('{')) {
                found.push(std::mem::take(&mut word));
                break;
            }
            if !word.is_empty() && depth <= 2 && matches!(letter, ':' | ',' | '}') && depth <= 1 {
                found.push(word.clone());
            }
            word.clear();
            if depth < 1 {
                break;
            }
        }
    }
    found
}

#[test]
fn services_meet_on_the_wire_only() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let services = services(&source);
    assert!(services.len() > 4, "{services:?}");
    for service in &services {
        let own = files(&source.join(service));
        for file in own {
            let text = fs::read_to_string(&file).unwrap();
            let code: String = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
            // A simulator stands for somebody outside, and its declaration is the client's.
            for other in services.iter().filter(|other| *other != service && !other.ends_with("_sim")) {
                assert!(!named(&code).iter().any(|name| name == other), "{}: names {other}", file.display());
            }
        }
    }
}

#[test]
fn the_reader_of_imports_sees_lists_and_single_paths() {
    let found = named("use crate::order::store; use crate::{args, kit::{clock::Clock, order::No}, gateway::domain};");
    for name in ["order", "args", "kit", "gateway"] {
        assert!(found.iter().any(|found| found == name), "{name} in {found:?}");
    }
    assert_eq!(found.iter().filter(|name| *name == "order").count(), 1, "a word inside of another module: {found:?}");
}
