use rusqlite::Connection;
use tempfile::TempDir;

use super::*;
use crate::kit::store::{Store, Stores};

async fn audited(rows: usize) -> (TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Stores::folder(dir.path()).open("audited", &[TABLES]).unwrap();
    let write = move |tx: &mut Tx<'_>| {
        for row in 0..rows {
            let target = format!("merchant:{row}");
            let entry = Entry { actor: "admin:1", action: "limit.raised", target: &target, before: "1", after: "2" };
            append(tx, &entry, 1_761_307_200_000)?;
        }
        Ok(())
    };
    store.write(write).await.unwrap();
    (dir, store)
}

/// Somebody with the file in hand.
fn tamper(dir: &TempDir, sql: &str) {
    let file = Connection::open(dir.path().join("audited.db")).unwrap();
    file.execute_batch("DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete").unwrap();
    file.execute_batch(sql).unwrap();
}

async fn broken(store: &Store) -> Option<String> {
    store.read(verify).await.unwrap().map(|broken| broken.to_string())
}

#[tokio::test]
async fn rows_are_numbered_densely_and_chained() {
    let (_dir, store) = audited(2500).await;
    assert_eq!(broken(&store).await, None);
    let head = store.read(head).await.unwrap();
    assert_eq!((head.seq, head.hash.len()), (2500, 64));
}

#[tokio::test]
async fn an_empty_audit_holds() {
    let (_dir, store) = audited(0).await;
    assert_eq!(broken(&store).await, None);
    assert_eq!(store.read(head).await.unwrap().seq, 0);
}

#[tokio::test]
async fn one_changed_character_is_found_in_any_column() {
    let columns = ["actor", "action", "target", "before_hash", "after_hash", "at", "prev_hash", "hash"];
    for column in columns {
        let (dir, store) = audited(5).await;
        let changed = if column == "at" { "at + 1".to_owned() } else { format!("'x' || substr({column}, 2)") };
        tamper(&dir, &format!("UPDATE audit SET {column} = {changed} WHERE seq = 3"));
        let found = broken(&store).await.unwrap_or_else(|| panic!("a changed {column} is found"));
        assert_eq!(found, "row 3 of the audit: it was changed: its hash is not of what it says", "{column}");
    }
}

#[tokio::test]
async fn a_row_that_was_taken_out_is_missing() {
    let (dir, store) = audited(5).await;
    tamper(&dir, "DELETE FROM audit WHERE seq = 3");
    assert_eq!(broken(&store).await.unwrap(), "row 3 of the audit: it is missing");
}

#[tokio::test]
async fn a_row_that_was_rewritten_with_its_hash_breaks_the_next() {
    let (dir, store) = audited(5).await;
    let read = |view: &View<'_>| {
        view.one(
            "SELECT seq, actor, action, target, before_hash, after_hash, at, prev_hash FROM audit WHERE seq = 3",
            &[],
            Link::of,
        )
    };
    let link = store.read(read).await.unwrap();
    let hash = Link { actor: "admin:2".to_owned(), ..link }.hash().unwrap();
    tamper(&dir, &format!("UPDATE audit SET actor = 'admin:2', hash = '{hash}' WHERE seq = 3"));
    let found = broken(&store).await.unwrap();
    assert_eq!(found, "row 4 of the audit: it is chained to another row than the one before it");
}

#[tokio::test]
async fn rows_can_be_added_and_nothing_else() {
    let (_dir, store) = audited(2).await;
    for sql in ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"] {
        let error = store.write(move |tx| tx.execute(sql, &[])).await.unwrap_err();
        let cause = std::error::Error::source(&error).unwrap().to_string();
        assert!(cause.contains("audit is append-only"), "{cause}");
    }
    assert_eq!(broken(&store).await, None);
}
