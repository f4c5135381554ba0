//! What only a server can go through: it goes away, it refuses, it is asked by several.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use payment_clients::contract::{
    certainty::Certainty,
    error::{Error, ErrorKind},
};
use payment_services::{
    check::{Beside, check_beside},
    gateway::store::MIGRATIONS,
    kit::{
        incident,
        store::{Stores, Tx, View},
    },
};

use super::{TABLES, hold, ids, insert, support::Place};

const OTHERS: &str = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

fn is_doubtful(error: &Error) -> bool {
    (error.kind(), error.certainty()) == (ErrorKind::Unavailable, Certainty::PossiblyProcessed)
}

#[tokio::test]
async fn a_connection_lost_between_units_is_made_anew() {
    let (place, _) = Place::on_postgres();
    let store = place.stores().open("test", TABLES).unwrap();
    store.write(|tx| insert(tx, "a")).await.unwrap();
    let lost = store.read(|view| view.one(OTHERS, &[], |row| row.get::<i64>(0))).await.unwrap();
    assert!(lost >= 1, "the writer's");
    store.write(|tx| insert(tx, "b")).await.unwrap();
    store.write(|tx| tx.one(OTHERS, &[], |row| row.get::<i64>(0))).await.unwrap();
    assert_eq!(store.read(ids).await.unwrap(), ["a", "b"], "a reader's, too");
}

#[tokio::test]
async fn units_of_a_commit_that_was_lost_are_in_doubt_and_not_repeated() {
    let (place, _) = Place::on_postgres();
    let store = place.stores().open("test", TABLES).unwrap();
    let (release, holding) = hold(&store).await;
    let (first, second) = (store.clone(), store.clone());
    let kill = |tx: &mut Tx<'_>| {
        insert(tx, "killed")?;
        tx.one("SELECT pg_terminate_backend(pg_backend_pid())", &[], |row| row.get::<bool>(0))?;
        insert(tx, "after")
    };
    let (first, second, _) = tokio::join!(first.write(|tx| insert(tx, "neighbour")), second.write(kill), async {
        drop(release);
        holding.await.unwrap()
    });
    assert!(is_doubtful(&first.unwrap_err()) && is_doubtful(&second.unwrap_err()));
    store.write(|tx| insert(tx, "next")).await.unwrap();
    assert_eq!(store.read(ids).await.unwrap(), ["next"]);
}

/// Forwards to the server, and cuts every connection once a COMMIT has passed and been carried out, when told to.
fn gateway(url: &str, cut: Arc<AtomicBool>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (user, rest) = url.rsplit_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let (server, here) = (server.to_owned(), listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (client, server) = (client.unwrap(), TcpStream::connect(&server).unwrap());
            let committing = Arc::new(AtomicBool::new(false));
            let (asked, cut) = (Arc::clone(&committing), Arc::clone(&cut));
            let (from, to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            std::thread::spawn(move || {
                forward(from, to, |bytes| {
                    let commits = bytes.windows(7).any(|word| word == b"COMMIT\0");
                    asked.store(commits && cut.load(Ordering::SeqCst), Ordering::SeqCst);
                    true
                });
            });
            // The server's answer says that the commit is done; it does not arrive.
            std::thread::spawn(move || forward(server, client, |_| !committing.load(Ordering::SeqCst)));
        }
    });
    format!("{user}@{here}/{database}")
}

fn forward(mut from: TcpStream, mut to: TcpStream, mut passes: impl FnMut(&[u8]) -> bool) {
    let mut buffer = [0; 16 * 1024];
    while let Ok(read @ 1..) = from.read(&mut buffer) {
        if !passes(&buffer[..read]) || to.write_all(&buffer[..read]).is_err() {
            break;
        }
    }
    for stream in [from, to] {
        let _ = stream.shutdown(std::net::Shutdown::Both);
    }
}

#[tokio::test]
async fn a_commit_whose_answer_is_lost_is_in_doubt_and_stands() {
    let (_place, url) = Place::on_postgres();
    let cut = Arc::new(AtomicBool::new(false));
    let stores: Stores = gateway(&url, Arc::clone(&cut)).parse().unwrap();
    let store = stores.open("test", TABLES).unwrap();
    store.write(|tx| insert(tx, "before")).await.unwrap();
    cut.store(true, Ordering::SeqCst);
    let lost = store.write(|tx| insert(tx, "lost")).await.unwrap_err();
    assert!(is_doubtful(&lost), "{lost:?}");
    cut.store(false, Ordering::SeqCst);
    assert_eq!(store.write(|tx| insert(tx, "lost")).await.unwrap(), 0, "it had been committed, once");
    assert_eq!(store.read(ids).await.unwrap(), ["before", "lost"]);
}

#[tokio::test]
async fn a_server_that_refuses_or_is_not_there_is_told_without_the_password() {
    let (place, url) = Place::on_postgres();
    let (login, rest) = url.strip_prefix("postgres://").unwrap().rsplit_once('@').unwrap();
    let (user, password) = login.split_once(':').unwrap();
    let (server, _) = rest.split_once('/').unwrap();
    let refusal = |url: &str| {
        let error = url.parse::<Stores>().unwrap().open("test", TABLES).map(drop).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Configuration);
        let text = format!("{error} {error:?}");
        assert!(!text.contains("s3cret"), "{text}");
        text
    };
    let wrong = refusal(&format!("postgres://{user}:s3cret@{rest}"));
    assert!(wrong.contains("check the user and the password"), "{wrong}");
    let absent = refusal(&url.replace("/test_", "/absent_"));
    assert!(absent.contains("create the database first"), "{absent}");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let nobody = listener.local_addr().unwrap();
    drop(listener);
    let away = refusal(&format!("postgres://{user}:s3cret@{nobody}/db"));
    assert!(away.contains(&nobody.to_string()) && away.contains("check that the server runs"), "{away}");
    let book = place.stores().book("order").map(drop).unwrap_err().to_string();
    assert!(book.contains("has no schema order") && book.contains(server), "{book}");
    assert!(!format!("{:?} {}", url.parse::<Stores>().unwrap(), place.stores()).contains(password));
}

#[tokio::test]
async fn a_column_that_holds_no_whole_number_is_named_with_its_statement() {
    let (place, _) = Place::on_postgres();
    let store = place.stores().open("test", TABLES).unwrap();
    let sum = |view: &View<'_>| view.one("SELECT SUM(n) AS total FROM t", &[], |row| row.get::<Option<i64>>("total"));
    let error = format!("{:?}", store.read(sum).await.unwrap_err());
    assert!(error.contains("total") && error.contains("SELECT SUM(n)") && error.contains("CAST"), "{error}");
    let number = |tx: &mut Tx<'_>| tx.execute("UPDATE t SET id = id WHERE n = $1", payment_services::args!["1"]);
    let error = format!("{:?}", store.write(number).await.unwrap_err());
    assert!(error.contains("bigint = text"), "{error}");
}

/// What a check finds of `secret` in the tables of `stores` and in the folder of a run.
async fn planted(stores: &Stores, place: &Place, secret: &str) -> Vec<String> {
    let (stores, folder) = (stores.clone(), place.path().to_owned());
    std::fs::write(folder.join("planted.txt"), secret).unwrap();
    let look = move || {
        let planted = folder.join("planted.txt");
        check_beside(&stores, true, &Beside { folder: Some(&folder), planted: Some(&planted) }).unwrap()
    };
    let report = tokio::task::spawn_blocking(look).await.unwrap();
    assert!(report.checked().contains(&"I25"), "{report}");
    report
        .violations
        .iter()
        .filter(|violation| violation.invariant == "I25")
        .map(|violation| violation.row.clone())
        .collect()
}

#[tokio::test]
async fn a_secret_is_found_in_the_table_or_the_file_of_the_run_that_holds_it() {
    let (place, _) = Place::on_postgres();
    let store = place.stores().open("gateway", MIGRATIONS).unwrap();
    store.write(|tx| incident::open(tx, "PY1", "TOLD", "it was <sk&live> all the time", 1)).await.unwrap();
    std::fs::write(place.path().join("run.log"), "and 4242424242424242").unwrap();
    assert_eq!(planted(place.stores(), &place, "<sk&live>").await, ["table gateway.incident"]);
    let file = format!("file {}", place.path().join("run.log").display());
    assert_eq!(planted(place.stores(), &place, "4242424242424242").await, [file]);
    assert!(planted(place.stores(), &place, "nobody wrote this").await.is_empty());
}
