//! The store: many units in one commit, each of them alone when it fails; an answer means durable.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::{path::Path, sync::mpsc::sync_channel};

use payment_clients::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind},
    money::Currency,
    timestamp::Timestamp,
};
use payment_services::{
    args,
    kit::store::{Book, Stats, Store, Tx, View},
};
use tempfile::TempDir;

const TABLES: &[&str] = &["CREATE TABLE t(id TEXT PRIMARY KEY, n {{int}}) {{clustered}};"];

fn open(dir: &TempDir) -> Store {
    Store::open(&dir.path().join("t.db"), "test", TABLES).unwrap()
}

fn insert(tx: &mut Tx<'_>, id: &str) -> Result<u64, Error> {
    tx.execute("INSERT INTO t(id, n) VALUES ($1, 1) ON CONFLICT (id) DO NOTHING", args![id])
}

fn ids(view: &View<'_>) -> Result<Vec<String>, Error> {
    view.all("SELECT id FROM t ORDER BY id", &[], |row| row.get("id"))
}

fn book(path: &Path) -> Vec<String> {
    Book::open(path).unwrap().read(ids).unwrap()
}

/// Holds the writer until the sender is dropped, so that what is queued meanwhile shares one commit.
async fn hold(store: &Store) -> (std::sync::mpsc::SyncSender<()>, tokio::task::JoinHandle<Result<(), Error>>) {
    let (release, held) = sync_channel::<()>(0);
    let (entered, inside) = tokio::sync::oneshot::channel();
    let store = store.clone();
    let holding = tokio::spawn(async move {
        let unit = move |_: &mut Tx<'_>| {
            entered.send(()).unwrap();
            let _ = held.recv();
            Ok(())
        };
        store.write(unit).await
    });
    inside.await.unwrap();
    (release, holding)
}

#[tokio::test]
async fn a_unit_that_fails_or_panics_takes_nobody_with_it() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let (release, holding) = hold(&store).await;
    let (good, bad, mad, late) = (store.clone(), store.clone(), store.clone(), store.clone());
    let work = async {
        tokio::join!(
            good.write(|tx| insert(tx, "good")),
            bad.write(|tx| {
                insert(tx, "bad")?;
                Err::<(), _>(Error::declined("NO", "no"))
            }),
            mad.write(|tx| -> Result<(), Error> {
                insert(tx, "mad")?;
                panic!("a unit of this test panics")
            }),
            late.write(|tx| insert(tx, "late")),
            async {
                // All four are queued by now: they were polled first.
                drop(release);
                holding.await.unwrap()
            }
        )
    };
    let (good, bad, mad, late, _) = work.await;
    assert_eq!((good.unwrap(), late.unwrap()), (1, 1));
    assert_eq!(bad.unwrap_err().code(), Some("NO"));
    assert_eq!(mad.unwrap_err().kind(), ErrorKind::Internal);
    assert_eq!(store.read(ids).await.unwrap(), ["good", "late"]);
    assert_eq!(store.stats(), Stats { units: 5, failed: 2, commits: 2 });
}

#[tokio::test]
async fn a_part_of_a_unit_can_fail_alone() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let unit = |tx: &mut Tx<'_>| {
        insert(tx, "before")?;
        let part = tx.nested(|tx| {
            insert(tx, "part")?;
            tx.nested(|tx| insert(tx, "part of the part"))?;
            Err::<(), _>(Error::declined("NO", "no"))
        });
        assert!(part.is_err());
        insert(tx, "after")
    };
    store.write(unit).await.unwrap();
    assert_eq!(store.read(ids).await.unwrap(), ["after", "before"]);
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
async fn a_caller_that_goes_away_stops_nothing() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let (release, holding) = hold(&store).await;
    let abandoned = store.clone();
    let caller = tokio::spawn(async move { abandoned.write(|tx| insert(tx, "a")).await });
    tokio::task::yield_now().await;
    caller.abort();
    assert!(caller.await.unwrap_err().is_cancelled());
    drop(release);
    holding.await.unwrap().unwrap();
    store.write(|tx| insert(tx, "b")).await.unwrap();
    assert_eq!(store.read(ids).await.unwrap(), ["a", "b"]);
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
    let large = "x".repeat(100_000);
    let full = store.write(move |tx| insert(tx, &large)).await.unwrap_err();
    assert_eq!((full.kind(), full.certainty()), (ErrorKind::Unavailable, Certainty::PossiblyProcessed));
    store.write(|tx| insert(tx, "small")).await.unwrap();
    assert_eq!(store.read(ids).await.unwrap(), ["small"]);
}

#[tokio::test]
async fn a_view_stays_one_state_while_others_write() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let (entered, inside) = tokio::sync::oneshot::channel();
    let (release, held) = sync_channel::<()>(0);
    let reading = store.clone();
    let reader = std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(reading.read(move |view| {
            let before = ids(view)?;
            entered.send(()).unwrap();
            let _ = held.recv();
            Ok((before, ids(view)?))
        }))
    });
    inside.await.unwrap();
    store.write(|tx| insert(tx, "a")).await.unwrap();
    drop(release);
    let (before, after) = reader.join().unwrap().unwrap();
    assert!(before.is_empty() && after.is_empty());
    assert_eq!(store.read(ids).await.unwrap(), ["a"]);
}

#[tokio::test]
async fn readers_cannot_write() {
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let sneaky = |view: &View<'_>| view.optional("INSERT INTO t(id) VALUES ('a') RETURNING id", &[], |_| Ok(()));
    assert!(store.read(sneaky).await.is_err());
    assert!(store.read(ids).await.unwrap().is_empty());
}

#[tokio::test]
async fn arguments_go_by_number_and_columns_by_name() {
    const SQL: &str = "SELECT $2 AS second, $1 AS first, $2 AS again, $3 AS empty, $4 AS money, $5 AS born, $6 AS yes";
    let dir = TempDir::new().unwrap();
    let store = open(&dir);
    let read = |view: &View<'_>| {
        let born = Timestamp::from_unix_ms(1_761_307_200_000);
        view.one(SQL, args![1_i64, "two", None::<String>, Currency::USD, born, true], |row| {
            assert_eq!((row.get::<i64>("first")?, row.get::<String>("second")?), (1, "two".to_owned()));
            assert_eq!((row.parse::<String>("again")?, row.get::<Option<String>>("empty")?), ("two".to_owned(), None));
            assert_eq!((row.get::<Currency>("money")?, row.get::<Timestamp>("born")?), (Currency::USD, born));
            assert_eq!((row.get::<bool>("yes")?, row.get::<u32>(1)?), (true, 1));
            let wrong = row.get::<i64>("second").unwrap_err();
            assert!(format!("{wrong:?}").contains("expected an integer"), "{wrong:?}");
            assert!(format!("{:?}", row.get::<i64>("third").unwrap_err()).contains("no such column"));
            Ok(())
        })
    };
    store.read(read).await.unwrap();

    let short = store.read(|view| view.optional("SELECT $1, $2", args![1_i64], |_| Ok(()))).await.unwrap_err();
    assert!(format!("{short:?}").contains("takes 2 arguments and was given 1"), "{short:?}");
    let float = store.read(|view| view.one("SELECT 0.5", &[], |row| row.get::<i64>(0))).await.unwrap_err();
    assert!(format!("{float:?}").contains("a float"), "{float:?}");
}

#[tokio::test]
async fn migrations_run_once_each_and_never_change() {
    const MORE: &[&str] = &[TABLES[0], "ALTER TABLE t ADD COLUMN extra TEXT"];
    let dir = TempDir::new().unwrap();
    let path = dir.path().join("t.db");
    for migrations in [TABLES, TABLES, MORE, MORE] {
        let store = Store::open(&path, "test", migrations).unwrap();
        store.write(|tx| insert(tx, "a")).await.unwrap();
        store.close().await.unwrap();
    }
    let error = |migrations| Store::open(&path, "test", migrations).unwrap_err().to_string();
    assert!(error(TABLES).contains("use a newer one"));
    assert!(error(&["CREATE TABLE other(id TEXT)", MORE[1]]).contains("migration 1 was changed"));
    let broken = dir.path().join("broken.db");
    let error = Store::open(&broken, "test", &["CREATE TABLE"]).unwrap_err();
    assert!(error.to_string().contains("migration 1 failed"), "{error}");
    let absent = Book::open(&dir.path().join("absent.db")).map(drop).unwrap_err();
    assert!(absent.to_string().contains("absent.db cannot be opened"), "{absent}");
}
