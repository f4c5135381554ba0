//! What operators are given: the table of metrics is what services show, rules and dashboard ask for nothing else, and every
//! alert has a page that says what to do.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod expressions;
mod guide;
mod shown;
#[path = "../support/mod.rs"]
mod support;
mod table;

use std::{fs, path::PathBuf};

/// A file of the repository.
pub fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

pub fn read(name: &str) -> String {
    fs::read_to_string(path(name)).unwrap_or_else(|cause| panic!("{name}: {cause}"))
}
