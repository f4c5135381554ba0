//! The schema: migrations run once each, never change, and never stop half-way.

use payment_clients::contract::error::ErrorKind;
use payment_services::kit::store::Stores;

use super::{TABLES, ids, insert, support::Place};

const MORE: &[&str] = &[TABLES[0], "ALTER TABLE t ADD COLUMN extra TEXT"];

fn refusal(stores: &Stores, migrations: &[&str]) -> String {
    let error = stores.open("test", migrations).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    error.to_string()
}

#[tokio::test]
async fn migrations_run_once_each_and_never_change() {
    let place = Place::new();
    for migrations in [TABLES, TABLES, MORE, MORE] {
        let store = place.stores().open("test", migrations).unwrap();
        store.write(|tx| insert(tx, "a")).await.unwrap();
        store.close().await.unwrap();
    }
    let newer = refusal(place.stores(), TABLES);
    assert!(newer.contains("the store has 2 migrations and this program knows 1; use a newer one"), "{newer}");
    let changed = refusal(place.stores(), &["CREATE TABLE other(id TEXT)", MORE[1]]);
    assert!(changed.contains("migration 1 was changed after it had run"), "{changed}");
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing_of_those_before_it() {
    let place = Place::new();
    let broken = refusal(place.stores(), &[TABLES[0], "CREATE TABLE half(id TEXT); CREATE TABLE"]);
    assert!(broken.contains("migration 2 failed"), "{broken}");
    // Had anything stayed, one of these would exist already.
    let store = place.stores().open("test", &[TABLES[0], "CREATE TABLE half(id TEXT)"]).unwrap();
    store.write(|tx| insert(tx, "a")).await.unwrap();
}

#[tokio::test]
async fn a_gap_in_the_numbers_is_refused() {
    let place = Place::new();
    let store = place.stores().open("test", MORE).unwrap();
    store.write(|tx| tx.execute("DELETE FROM migrations WHERE number = 1", &[])).await.unwrap();
    store.close().await.unwrap();
    let gap = refusal(place.stores(), MORE);
    assert!(gap.contains("migration 1 is missing and 2 is there; restore a backup"), "{gap}");
}

#[tokio::test]
async fn programs_that_start_at_once_migrate_once() {
    let place = Place::new();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| place.stores().open("test", MORE).unwrap());
        }
    });
    let store = place.stores().open("test", MORE).unwrap();
    store.write(|tx| insert(tx, "a")).await.unwrap();
    assert_eq!(store.read(ids).await.unwrap(), ["a"]);
}

#[test]
fn a_place_that_makes_no_sense_is_refused_with_the_way_out() {
    let refusal = |text: &str| {
        let error = text.parse::<Stores>().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let error = error.to_string();
        assert!(!error.contains("s3cret"), "{error}");
        error
    };
    assert!(refusal("").contains("name a folder or a database"));
    assert!(refusal("mysql://me:s3cret@host/db").contains("knows no `mysql://`"));
    assert!(matches!("/var/lib/payments".parse::<Stores>().unwrap(), Stores::Folder(_)));
    let postgres = "postgres://me:s3cret@127.0.0.1:5432/";
    if cfg!(feature = "postgres") {
        assert!(refusal(postgres).contains("names no database"));
        assert!(refusal("postgres://127.0.0.1/db").contains("names no user"));
        assert!(refusal("postgres://me:s3cret@host:many/db").contains("cannot be read"));
    } else {
        assert!(refusal(postgres).contains("--features postgres"));
    }
}
