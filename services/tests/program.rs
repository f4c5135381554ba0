//! The program beside stores that it cannot use: it stops at once with exit code 1 and one sentence that names the file,
//! what is wrong and the way out, and it leaves everything as it was.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use payment_services::{kit::store::Stores, order::store::MIGRATIONS};
use tempfile::TempDir;

fn payments(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_payments")).args(arguments).output().unwrap()
}

/// One service, so that one store is opened.
fn serve(dir: &Path) -> Output {
    payments(&["order", "--ports", "auto", "--dir", dir.to_str().unwrap()])
}

fn check(dir: &Path) -> Output {
    payments(&["check", dir.to_str().unwrap()])
}

/// The last line of what the program says before it stops.
#[track_caller]
fn refusal(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    text.trim_end().lines().last().unwrap_or_default().to_owned()
}

/// A store of order-service, closed, with these migrations.
async fn store(migrations: &[&str]) -> (TempDir, PathBuf) {
    let dir = TempDir::new().unwrap();
    Stores::folder(dir.path()).open("order", migrations).unwrap().close().await.unwrap();
    // What marks the folder of a run.
    fs::write(dir.path().join("run.json"), r#"{"id": "a run", "finished": false}"#).unwrap();
    let file = dir.path().join("order.db");
    (dir, file)
}

/// What the program does with a store whose bytes were changed.
async fn spoilt(spoil: impl FnOnce(&mut Vec<u8>)) -> (String, String) {
    let (dir, file) = store(MIGRATIONS).await;
    let mut bytes = fs::read(&file).unwrap();
    spoil(&mut bytes);
    fs::write(&file, &bytes).unwrap();
    let refusals = (refusal(&serve(dir.path())), refusal(&check(dir.path())));
    assert!(fs::read(&file).unwrap() == bytes, "the file is as it was");
    refusals
}

#[tokio::test]
async fn a_store_with_an_overwritten_head_is_named() {
    let (served, checked) = spoilt(|bytes| bytes[..100].fill(7)).await;
    for text in [&served, &checked] {
        assert!(text.contains("order") && text.contains("not a database"), "{text}");
    }
    assert!(served.contains("order.db") && served.contains("restore it from a backup"), "{served}");
    assert!(checked.contains("restore it from a backup"), "{checked}");
}

#[tokio::test]
async fn a_store_with_an_overwritten_schema_is_named() {
    let (served, checked) = spoilt(|bytes| bytes[100..4096].fill(0xff)).await;
    for text in [&served, &checked] {
        assert!(text.contains("order") && text.contains("malformed"), "{text}");
    }
}

#[tokio::test]
async fn a_store_that_was_cut_off_is_named() {
    let (served, checked) = spoilt(|bytes| bytes.truncate(bytes.len() / 2)).await;
    for text in [&served, &checked] {
        assert!(text.contains("order") && text.contains("malformed"), "{text}");
    }
}

#[tokio::test]
async fn a_store_that_is_damaged_where_nobody_looked_yet_stops_who_reads_it() {
    let (dir, file) = store(MIGRATIONS).await;
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2 / 4096 * 4096;
    bytes[middle..].fill(0xff);
    fs::write(&file, &bytes).unwrap();
    for text in [refusal(&serve(dir.path())), refusal(&check(dir.path()))] {
        assert!(text.contains("order") && text.contains("malformed") && text.contains("from a backup"), "{text}");
    }
    assert!(fs::read(&file).unwrap() == bytes, "the file is as it was");
}

#[tokio::test]
async fn a_store_of_a_newer_program_is_not_touched() {
    let newer = [MIGRATIONS, &["CREATE TABLE newer(a {{int}} PRIMARY KEY) {{strict}}"]].concat();
    let (dir, file) = store(&newer).await;
    let before = fs::read(&file).unwrap();
    let text = refusal(&serve(dir.path()));
    assert!(text.contains("order") && text.contains("use a newer one"), "{text}");
    assert!(fs::read(&file).unwrap() == before, "the file is as it was");
}

#[test]
fn a_place_that_cannot_be_is_named() {
    let dir = TempDir::new().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "").unwrap();
    for place in [file.clone(), file.join("below")] {
        let text = refusal(&serve(&place));
        assert!(text.contains(place.to_str().unwrap()), "{text}");
    }
}

#[test]
fn a_folder_that_nobody_may_write_to_is_named() {
    // Where not even root makes a folder.
    let text = refusal(&serve(Path::new("/sys/payments")));
    assert!(text.contains("/sys/payments"), "{text}");
}

#[test]
fn a_place_of_an_unknown_kind_is_refused_without_its_password() {
    let dir = TempDir::new().unwrap();
    let store = "mysql://me:s3cret@host/db";
    let text = refusal(&payments(&["order", "--dir", dir.path().to_str().unwrap(), "--store", store]));
    assert!(text.contains("knows no `mysql://`") && !text.contains("s3cret"), "{text}");
}
