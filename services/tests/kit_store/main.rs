//! The store: many units in one commit, each of them alone when it fails; an answer means durable.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod busy;
#[cfg(feature = "postgres")]
mod postgres;
mod schema;
mod sqlite;
#[path = "../support/mod.rs"]
mod support;

use std::sync::{Arc, Mutex, mpsc::sync_channel};

use payment_clients::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind},
    money::Currency,
    timestamp::Timestamp,
};
use payment_services::{
    args,
    kit::store::{Stats, Store, Tx, View, violated},
};
use support::Place;

const TABLES: &[&str] = &["CREATE TABLE t(id TEXT PRIMARY KEY, n {{int}}) {{clustered}};"];

fn open(place: &Place) -> Store {
    place.stores().open("test", TABLES).unwrap()
}

fn insert(tx: &mut Tx<'_>, id: &str) -> Result<u64, Error> {
    tx.execute("INSERT INTO t(id, n) VALUES ($1, 1) ON CONFLICT (id) DO NOTHING", args![id])
}

fn ids(view: &View<'_>) -> Result<Vec<String>, Error> {
    view.all("SELECT id FROM t ORDER BY id", &[], |row| row.get("id"))
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
    let place = Place::new();
    let store = open(&place);
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
    let times = store.times();
    assert!(times.durable > times.committing, "units of the same commit wait for it each: {times:?}");
}

#[tokio::test]
async fn a_part_of_a_unit_can_fail_alone() {
    let place = Place::new();
    let store = open(&place);
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
async fn what_is_to_follow_a_commit_follows_what_is_kept_and_nothing_that_is_undone() {
    let place = Place::new();
    let store = open(&place);
    let done = Arc::new(Mutex::new(Vec::new()));
    let note = |text: &'static str| {
        let done = Arc::clone(&done);
        move || done.lock().unwrap().push(text)
    };
    let (before, part, kept, undone) = (note("before"), note("part"), note("kept part"), note("undone"));
    let unit = |tx: &mut Tx<'_>| {
        tx.after_commit(before);
        let failed = tx.nested(|tx| {
            tx.after_commit(part);
            Err::<(), _>(Error::declined("NO", "no"))
        });
        assert!(failed.is_err());
        tx.nested(|tx| {
            tx.after_commit(kept);
            Ok(())
        })
    };
    store.write(unit).await.unwrap();
    let failed = |tx: &mut Tx<'_>| {
        tx.after_commit(undone);
        Err::<(), _>(Error::declined("NO", "no"))
    };
    store.write(failed).await.unwrap_err();
    assert_eq!(*done.lock().unwrap(), ["before", "kept part"]);
}

#[tokio::test]
async fn a_caller_that_goes_away_stops_nothing() {
    let place = Place::new();
    let store = open(&place);
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
async fn a_view_stays_one_state_while_others_write() {
    let place = Place::new();
    let store = open(&place);
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
    let place = Place::new();
    let store = open(&place);
    let sneaky = |view: &View<'_>| view.optional("INSERT INTO t(id) VALUES ('a') RETURNING id", &[], |_| Ok(()));
    assert!(store.read(sneaky).await.is_err());
    assert!(store.read(ids).await.unwrap().is_empty());
}

#[tokio::test]
async fn arguments_go_by_number_and_columns_by_name() {
    const SQL: &str = "SELECT $2 AS second, $1 AS first, $2 AS again, $3 AS empty, $4 AS money, $5 AS born, $6 AS yes";
    let place = Place::new();
    let store = open(&place);
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
    assert!(format!("{float:?}").contains("a fraction"), "{float:?}");
}

#[tokio::test]
async fn a_broken_constraint_is_told_by_its_name_and_a_key_by_its_columns() {
    const MONEY: &[&str] = &["CREATE TABLE purse(
        owner TEXT NOT NULL, currency TEXT NOT NULL, amount {{int}} NOT NULL, PRIMARY KEY(owner, currency),
        CONSTRAINT enough CHECK(amount >= 0)) {{strict}};"];
    const INSERT: &str = "INSERT INTO purse(owner, currency, amount) VALUES ($1, 'EUR', $2)";
    let place = Place::new();
    let store = place.stores().open("test", MONEY).unwrap();
    let put = |amount: Option<i64>| store.write(move |tx| tx.execute(INSERT, args!["ann", amount]));
    assert_eq!(violated(&put(Some(-1)).await.unwrap_err()).unwrap(), "enough");
    assert_eq!(violated(&put(None).await.unwrap_err()).unwrap(), "purse.amount");
    put(Some(1)).await.unwrap();
    assert_eq!(violated(&put(Some(2)).await.unwrap_err()).unwrap(), "purse.owner, purse.currency");
    let spend = |tx: &mut Tx<'_>| {
        let spent = tx.nested(|tx| tx.execute("UPDATE purse SET amount = amount - 2", &[]));
        let refused = spent.map_err(|error| violated(&error));
        tx.one("SELECT amount FROM purse", &[], |row| row.get::<i64>(0)).map(|left| (refused.unwrap_err(), left))
    };
    assert_eq!(store.write(spend).await.unwrap(), (Some("enough".to_owned()), 1), "a part that fails is undone alone");
    let wrong = store.write(|tx| tx.execute("UPDATE nothing SET amount = 1", &[])).await.unwrap_err();
    assert_eq!(violated(&wrong), None);
}

#[tokio::test]
async fn a_unit_that_goes_on_after_a_failed_statement_is_undone() {
    let place = Place::new();
    let store = open(&place);
    let careless = |tx: &mut Tx<'_>| {
        insert(tx, "a")?;
        let twice = tx.execute("INSERT INTO t(id) VALUES ('a')", &[]);
        assert!(twice.is_err() && insert(tx, "b").is_err());
        Ok(())
    };
    let error = store.write(careless).await.unwrap_err();
    assert!(format!("{error:?}").contains("an earlier statement failed"), "{error:?}");
    store.write(|tx| insert(tx, "c")).await.unwrap();
    assert_eq!(store.read(ids).await.unwrap(), ["c"]);
}

#[tokio::test]
async fn a_character_that_postgresql_cannot_keep_is_refused_by_both() {
    let place = Place::new();
    let store = open(&place);
    let error = store.write(|tx| insert(tx, "a\0b")).await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidInput, Some("INVALID_REQUEST")));
    store.write(|tx| insert(tx, "é ü 漢")).await.unwrap();
    assert_eq!(store.read(ids).await.unwrap(), ["é ü 漢"]);
}

#[tokio::test]
async fn text_is_ordered_by_its_bytes_and_sums_are_whole() {
    let place = Place::new();
    let store = open(&place);
    for id in ["b", "A", "a", "_", "-", "é"] {
        store.write(move |tx| insert(tx, id)).await.unwrap();
    }
    assert_eq!(store.read(ids).await.unwrap(), ["-", "A", "_", "a", "b", "é"]);
    const SUM: &str = "SELECT CAST(SUM(n) AS BIGINT), COUNT(*) > $1, COUNT(*) > $2, 7 / 2, -7 % 2 FROM t";
    let sum = |view: &View<'_>| {
        view.one(SUM, args![5_i64, 6_i64], |row| {
            let yes_and_no: (bool, bool) = (row.get(1)?, row.get(2)?);
            Ok((row.get::<i64>(0)?, yes_and_no, row.get::<i64>(3)?, row.get::<i64>(4)?))
        })
    };
    assert_eq!(store.read(sum).await.unwrap(), (6, (true, false), 3, -1));
}

#[tokio::test]
async fn a_filter_that_is_not_given_filters_nothing() {
    const MATCHING: &str = "SELECT id FROM t WHERE ($1 IS NULL OR id = $1) AND ($2 IS NULL OR n >= $2) ORDER BY id";
    let place = Place::new();
    let store = open(&place);
    for id in ["a", "b"] {
        store.write(move |tx| insert(tx, id)).await.unwrap();
    }
    let find = async |id: Option<&'static str>, least: Option<i64>| {
        store.read(move |view| view.all(MATCHING, args![id, least], |row| row.get::<String>(0))).await.unwrap()
    };
    assert_eq!(find(None, None).await, ["a", "b"]);
    assert_eq!(find(Some("b"), None).await, ["b"]);
    assert!(find(Some("b"), Some(2)).await.is_empty());
    assert_eq!(find(None, Some(1)).await, ["a", "b"]);
}

/// Instances of a service are processes; two stores opened on one place stand for them.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_instances_write_one_after_another() {
    let place = Place::new();
    let stores = [open(&place), open(&place)];
    stores[0].write(|tx| insert(tx, "counter")).await.unwrap();
    // Without a lock over the whole unit, some of these would read what another is about to change.
    let step = |tx: &mut Tx<'_>| {
        let n: i64 = tx.one("SELECT n FROM t WHERE id = 'counter'", &[], |row| row.get(0))?;
        tx.execute("UPDATE t SET n = $1 WHERE id = 'counter'", args![n + 1])
    };
    let work = (0..100).map(|turn| {
        let store = stores[turn % 2].clone();
        tokio::spawn(async move { store.write(step).await.unwrap() })
    });
    for unit in work.collect::<Vec<_>>() {
        unit.await.unwrap();
    }
    let count = |view: &View<'_>| view.one("SELECT n FROM t WHERE id = 'counter'", &[], |row| row.get::<i64>(0));
    assert_eq!(stores[1].read(count).await.unwrap(), 101);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_store_that_another_instance_holds_for_too_long_refuses_work_and_goes_on_afterwards() {
    let place = Place::new();
    let [busy, store] = [open(&place), open(&place)];
    let (release, holding) = hold(&busy).await;
    let refused = store.write(|tx| insert(tx, "refused")).await.unwrap_err();
    assert_eq!((refused.kind(), refused.certainty()), (ErrorKind::Unavailable, Certainty::PossiblyProcessed));
    drop(release);
    holding.await.unwrap().unwrap();
    store.write(|tx| insert(tx, "a")).await.unwrap();
    assert_eq!(busy.read(ids).await.unwrap(), ["a"]);
}

#[tokio::test]
async fn what_was_committed_is_read_by_others_when_the_service_has_stopped() {
    let place = Place::new();
    let store = open(&place);
    store.write(|tx| insert(tx, "a")).await.unwrap();
    store.close().await.unwrap();
    assert_eq!(store.read(ids).await.unwrap_err().kind(), ErrorKind::Unavailable);
    assert_eq!(store.write(|tx| insert(tx, "b")).await.unwrap_err().kind(), ErrorKind::Unavailable);
    let book = place.stores().book("test").unwrap();
    assert_eq!(book.read(ids).unwrap(), ["a"]);
    assert!(place.stores().is_used().unwrap() && !Place::new().stores().is_used().unwrap());
}
