//! What the documents name exists: each test of `docs/layer-contracts.md`, and each file that a page mentions.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Pages at the root of the repository.
const PAGES: [&str; 6] =
    ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "SECURITY.md", "docs/layer-contracts.md", "benches/README.md"];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// What stands between backticks in a line.
fn quoted(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// The tests that a page names, each with its file. A line that begins with `Tests:` names the file of the rows that
/// follow; in the last column of a row, a file holds for the tests behind it.
fn named_tests(page: &str) -> Vec<(String, String)> {
    let (mut found, mut file) = (Vec::new(), "");
    for line in page.lines() {
        if let Some(path) = line.strip_prefix("Tests: ") {
            file = quoted(path).next().unwrap();
        } else if let Some(row) = line.strip_prefix("| ") {
            let mut here = file;
            for name in row.rsplit(" | ").next().into_iter().flat_map(quoted) {
                if name.ends_with(".rs") {
                    here = name;
                } else {
                    found.push((here.to_owned(), name.to_owned()));
                }
            }
        }
    }
    found
}

/// The paths that a page names: with a folder and an ending, and without a place for a name.
fn named_files(page: &str) -> Vec<String> {
    let is_file = |word: &&str| {
        let word = word.trim_end_matches('/');
        word.contains('/')
            && !word.contains(['<', '*', ' ', ':', '{'])
            && [".rs", ".md", ".sh", ".toml"].iter().any(|ending| word.ends_with(ending))
    };
    let in_prose = page.split("```").step_by(2);
    in_prose.flat_map(|prose| prose.split('`').skip(1).step_by(2)).filter(is_file).map(str::to_owned).collect()
}

#[test]
fn every_test_that_the_layer_contracts_name_exists() {
    let tests = named_tests(&read("docs/layer-contracts.md"));
    assert!(tests.len() > 100, "only {} tests were found in the page", tests.len());
    for (file, name) in tests {
        assert!(
            read(&file).contains(&format!("fn {name}(")),
            "{file} has no `fn {name}`; mend docs/layer-contracts.md"
        );
    }
}

#[test]
fn every_file_that_a_document_names_exists() {
    for page in PAGES {
        let files = named_files(&read(page));
        for file in files {
            assert!(root().join(&file).exists(), "{page} names `{file}`, which does not exist");
        }
    }
}

#[test]
fn the_readers_of_documents_see_what_is_named() {
    let page =
        "Tests: `a/b.rs`\n\n| | holds | shown by |\n| x | `y` | `one`, `c/d.rs` `two`, `three` |\n| x | y | `four` |";
    let expected = [("a/b.rs", "one"), ("c/d.rs", "two"), ("c/d.rs", "three"), ("a/b.rs", "four")];
    assert_eq!(named_tests(page), expected.map(|(file, name)| (file.to_owned(), name.to_owned())));
    assert_eq!(named_files("`a/b.rs` `c d` `e/<f>.rs`\n```\n`no/file.rs`\n``` and `g/h.md`"), ["a/b.rs", "g/h.md"]);
}
