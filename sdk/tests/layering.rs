//! Imports run one way: `contract ← transport ← resilience ← observe ← client`, `contract ← apis`; `apis`
//! and `client` meet in `platform`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// What each folder or file of the crate may import from it, beside itself.
const MAY_IMPORT: &[(&str, &[&str])] = &[
    ("contract", &[]),
    ("seams", &["contract"]),
    ("transport", &["contract", "seams"]),
    ("resilience", &["contract", "seams", "transport"]),
    ("observe", &["contract", "seams", "transport", "resilience"]),
    ("client", &["contract", "seams", "observe", "transport", "resilience"]),
    ("apis", &["contract", "openapi"]),
    ("openapi", &["contract"]),
    ("platform", &["apis", "client", "conformance", "contract", "openapi", "resilience", "transport"]),
    ("answer", &["contract"]),
    ("server", &["answer", "contract", "observe", "seams"]),
    ("mock", &["answer", "client", "contract", "seams", "server", "transport"]),
    ("conformance", &["answer", "client", "contract", "mock", "openapi", "resilience", "seams", "transport"]),
];

/// Names that any module may use: the macros of the contract, and what generated code uses.
const FREE: &[&str] = &["open_enum", "text_id", "uuid_id", "__private"];

/// Crates that the contract must not know.
const FOREIGN_TO_CONTRACT: &[&str] = &["tokio", "reqwest", "tower", "axum"];

fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return vec![path.to_owned()];
    }
    fs::read_dir(path).unwrap().flat_map(|entry| files(&entry.unwrap().path())).collect()
}

/// A file without its comments, whose links may point anywhere.
fn code(file: &Path) -> String {
    let text = fs::read_to_string(file).unwrap();
    text.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .fold(String::new(), |code, line| code + line + "\n")
}

/// The modules of this crate that a file names, as the first word behind `crate::`.
fn imports(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        // `$crate::` is the macros' own way to the public paths.
        if text[..at].ends_with('$') {
            continue;
        }
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => found.push(word(rest)),
            Some(group) => found.extend(top_level(group)),
        }
    }
    found
}

/// The first words of a braced import list.
fn top_level(group: &str) -> Vec<String> {
    let (mut depth, mut start, mut found) = (0, 0, Vec::new());
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => {
                found.push(word(&group[start..at]));
                break;
            }
            '}' => depth -= 1,
            ',' if depth == 0 => {
                found.push(word(&group[start..at]));
                start = at + 1;
            }
            _ => {}
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn word(text: &str) -> String {
    text.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

#[test]
fn imports_run_one_way() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (module, allowed) in MAY_IMPORT {
        let places = [root.join(module), root.join(format!("{module}.rs"))];
        for file in places.iter().filter(|place| place.exists()).flat_map(|place| files(place)) {
            for name in imports(&code(&file)) {
                let fine = name == *module || allowed.contains(&name.as_str()) || FREE.contains(&name.as_str());
                assert!(fine, "{}: `{module}` must not import `{name}`", file.display());
            }
        }
    }
}

#[test]
fn the_contract_knows_no_runtime_and_no_framework() {
    for file in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src/contract")) {
        let code = code(&file);
        for name in FOREIGN_TO_CONTRACT {
            assert!(!code.contains(&format!("{name}::")), "{}: names {name}", file.display());
        }
    }
}

#[test]
fn the_reader_of_imports_sees_every_form() {
    let text = "use crate::{a::{b, c}, d, e::f};\nuse crate::g::h;\n$crate::i::j!()";
    assert_eq!(imports(text), ["a", "d", "e", "g"]);
}
