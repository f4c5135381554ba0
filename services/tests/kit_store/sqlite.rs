//! What only a file can go through: a kill, a full disk, bytes that are not ours.

use std::path::Path;

use payment_clients::contract::{certainty::Certainty, error::ErrorKind};
use payment_services::kit::store::{Book, Store};
use tempfile::TempDir;

use super::{TABLES, hold, ids, insert};

fn open(dir: &TempDir) -> Store {
    Store::open(&dir.path().join("t.db"), "test", TABLES).unwrap()
}

fn book(path: &Path) -> Vec<String> {
    Book::open(path).unwrap().read(ids).unwrap()
}

#[tokio::test]
async fn what_was_answered_survives_a_kill() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    for id in ["a", "b"] {
        store.write(move |tx| insert(tx, id)).await.unwrap();
    }
    assert_eq!(book(&dir.path().join("t.db")), ["a", "b"], "beside a running service");

    // What a kill leaves: the file, and the log that was synced, without the index over it.
    let killed = TempDir::new().unwrap();
    for file in ["t.db", "t.db-wal"] {
        std::fs::copy(dir.path().join(file), killed.path().join(file)).unwrap();
    }
    assert!(killed.path().join("t.db-wal").metadata().unwrap().len() > 0, "the commits are in the log");
    assert_eq!(book(&killed.path().join("t.db")), ["a", "b"], "after a kill");
    let again = open(&killed);
    assert_eq!(again.read(ids).await.unwrap(), ["a", "b"]);
}

#[tokio::test]
async fn closing_finishes_what_is_queued_and_leaves_one_file() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let (release, holding) = hold(&store).await;
    let (queued, closing) = (store.clone(), store.clone());
    let (queued, closed, held) = tokio::join!(queued.write(|tx| insert(tx, "a")), closing.close(), async {
        drop(release);
        holding.await.unwrap()
    });
    assert_eq!((queued.unwrap(), closed.unwrap(), held.unwrap()), (1, (), ()));

    let refused = store.write(|tx| insert(tx, "b")).await.unwrap_err();
    assert_eq!((refused.kind(), refused.certainty()), (ErrorKind::Unavailable, Certainty::PossiblyProcessed));
    assert_eq!(store.read(ids).await.unwrap_err().kind(), ErrorKind::Unavailable);
    store.close().await.unwrap();

    let alone = TempDir::new().unwrap();
    std::fs::copy(dir.path().join("t.db"), alone.path().join("t.db")).unwrap();
    assert_eq!(book(&alone.path().join("t.db")), ["a"]);
    assert!(!dir.path().join("t.db-wal").exists(), "the log is in the file");
}

#[tokio::test]
async fn a_full_disk_fails_the_units_it_hits_and_no_others() {
    const SMALL: &[&str] =
        &["PRAGMA max_page_count = 12; CREATE TABLE t(id TEXT PRIMARY KEY, n {{int}}) {{clustered}};"];
    let dir = TempDir::new().unwrap();
    let store = Store::open(&dir.path().join("t.db"), "test", SMALL).unwrap();
    store.write(|tx| insert(tx, "before")).await.unwrap();
    let large = "x".repeat(100_000);
    let (half, again) = (large.clone(), large.clone());
    let full = store.write(move |tx| insert(tx, "half").and_then(|_| insert(tx, &half))).await.unwrap_err();
    assert_eq!((full.kind(), full.certainty()), (ErrorKind::Unavailable, Certainty::PossiblyProcessed));
    store.write(|tx| insert(tx, "small")).await.unwrap();
    assert_eq!(store.read(ids).await.unwrap(), ["before", "small"], "of a unit that failed nothing is there");

    // Somebody makes room.
    store.write(|tx| tx.one("PRAGMA max_page_count = 10000", &[], |row| row.get::<i64>(0))).await.unwrap();
    store.write(move |tx| insert(tx, &again)).await.unwrap();
    assert_eq!(store.read(ids).await.unwrap(), ["before".to_owned(), "small".to_owned(), large]);
}

#[tokio::test]
async fn a_corrupt_file_is_named_with_the_way_out() {
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("t.db");
    let refusal = || Store::open(&path, "test", TABLES).map(drop).unwrap_err();

    std::fs::write(&path, "this is no database, and it is longer than the header of one".repeat(100)).unwrap();
    let error = refusal();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("t.db") && error.to_string().contains("restore it"), "{error}");

    std::fs::remove_file(&path).unwrap();
    let store = open(&dir);
    store.write(|tx| insert(tx, "a")).await.unwrap();
    store.close().await.unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[100..4096].fill(0xff);
    std::fs::write(&path, bytes).unwrap();
    let error = refusal();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("malformed"), "{error}");

    let absent = Book::open(&dir.path().join("absent.db")).map(drop).unwrap_err();
    assert!(absent.to_string().contains("absent.db cannot be opened"), "{absent}");
}
