//! What is planted in every field that is secret or personal comes out nowhere but where it may: not in a log line of any
//! level, a span, a metric, an error or the Debug of a value, and in the files of no store but those that keep
//! it. Where each may be is said in `planted`, with the reason; that each did pass is read off the wire.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "../support/mod.rs"]
mod support;

mod heard;
mod planted;
mod played;
mod wire;

use std::{collections::BTreeMap, fs, path::Path, time::Duration};

use payment_clients::transport::{Connection, Transport, http::Http};
use payment_services::{
    channel_sim::Manners,
    host::Secrets,
    kit::clock::Clock,
    platform::{Bound, Ports, Setup, Urls},
    registry::Name,
};
use support::Place;

use heard::Heard;
use planted::{Planted, Reach};
use wire::Wire;

/// Where something was found that may not be there.
type Found = Vec<String>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_secret_or_personal_is_nowhere_but_where_it_may_be() {
    let heard = Heard::listen();
    let place = Place::files();
    let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
    let urls = bound.urls().unwrap();
    let hang = Duration::from_secs(600);
    let setup = Setup {
        manners: Manners { hang, late: Duration::from_millis(50) },
        ..Setup::new(place.path(), place.stores().clone(), Clock::system())
    };
    let running = bound.start(&setup).await.unwrap();
    let (wire, seen) = Wire::around(&urls).await;
    let secrets = Secrets::open(place.path()).unwrap();
    let issuer = support::issuer(place.path(), &Clock::system());
    let played = played::play(&seen, &secrets, &issuer).await;
    let metrics = metrics(&urls).await;
    running.stop().await.unwrap();

    let planted = planted::all(&played);
    let mut found = Found::new();
    for planted in &planted {
        assert!(wire.carried(&planted.value), "{} did not pass", planted.name);
        search(planted, "the log as text", &heard.text(), &mut found);
        search(planted, "the log as JSON", &heard.json(), &mut found);
        metrics.iter().for_each(|(name, text)| search(planted, &format!("/metrics of {name}"), text, &mut found));
        played.errors.iter().for_each(|error| search(planted, "an error", error, &mut found));
        if planted.reach != Reach::Debug {
            played.shown.iter().for_each(|shown| search(planted, "the Debug of a value", shown, &mut found));
        }
    }
    files(place.path(), &planted, &mut found);
    assert!(found.is_empty(), "\n{}", found.join("\n"));
    heard.told_of(&["call ended", "retry", "incident opened", "served", "serve{", "attempt{", "saga{"]);
    assert!(played.errors.len() > 10, "{:?}", played.errors);
    assert!(metrics.iter().all(|(_, text)| text.contains("store_units_total")));
}

fn search(planted: &Planted, place: &str, text: &str, found: &mut Found) {
    if let Some(at) = text.find(&planted.value) {
        let around: String = text[..at].chars().rev().take(120).collect::<Vec<_>>().into_iter().rev().collect();
        found.push(format!("{} is in {place}, behind `{around}`", planted.name));
    }
}

/// Every file of the run, byte by byte, but the platform's own secrets: each canary is in the stores that keep it, and in no
/// other.
fn files(dir: &Path, planted: &[Planted], found: &mut Found) {
    let mut stores: BTreeMap<String, Vec<u8>> = BTreeMap::new();
    for file in fs::read_dir(dir).unwrap().map(|entry| entry.unwrap().path()) {
        let name = file.file_name().unwrap().to_str().unwrap();
        // With what is still in the log of a store.
        let store = name.split('.').next().unwrap().to_owned();
        stores.entry(store).or_default().extend(fs::read(&file).unwrap());
    }
    assert!(stores.len() >= Name::ALL.len(), "{:?}", stores.keys());
    for planted in planted {
        for (store, bytes) in &stores {
            let is_there = bytes.windows(planted.value.len()).any(|part| part == planted.value.as_bytes());
            match (is_there, planted.kept.contains(&store.as_str())) {
                (true, false) => found.push(format!("{} ({}) is in the files of {store}", planted.name, planted.why)),
                (false, true) => {
                    found.push(format!("{} is said to be in the files of {store}, and is not", planted.name));
                }
                _ => {}
            }
        }
    }
}

async fn metrics(urls: &Urls) -> Vec<(Name, String)> {
    let mut all = Vec::new();
    for (name, url) in urls {
        let connection = Http::new().open(&url.parse().unwrap(), &Default::default()).unwrap();
        let request = http::Request::get(format!("{url}/metrics")).body(bytes::Bytes::new()).unwrap();
        let answer = connection.send(request).await.unwrap();
        all.push((*name, String::from_utf8(answer.into_body().to_vec()).unwrap()));
    }
    all
}

/// So that the test would notice: a canary in a line of ours is found.
#[test]
fn a_canary_that_is_told_is_found() {
    let planted = Planted { name: "a canary", value: "canary-1".into(), reach: Reach::Stores, kept: &[], why: "" };
    let mut found = Found::new();
    search(&planted, "a place", "nothing here", &mut found);
    search(&planted, "a place", "here is canary-1", &mut found);
    assert_eq!(found, ["a canary is in a place, behind `here is `"]);
    let dir = tempfile::tempdir().unwrap();
    for name in Name::ALL {
        fs::write(dir.path().join(format!("{name}.db")), "canary-2").unwrap();
    }
    fs::write(dir.path().join("order.db-wal"), "a canary-1").unwrap();
    found.clear();
    files(dir.path(), &[planted], &mut found);
    assert_eq!(found, ["a canary () is in the files of order"]);
}

/// The wire keeps what passes, and changes nothing of it.
#[tokio::test]
async fn the_wire_keeps_what_passes() {
    let echo = axum::Router::new().fallback(async |body: String| body);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let urls = Urls::from([(Name::Order, format!("http://{}", listener.local_addr().unwrap()))]);
    tokio::spawn(async move { axum::serve(listener, echo).await });
    let (wire, seen) = Wire::around(&urls).await;
    let url = &seen[&Name::Order];
    let connection = Http::new().open(&url.parse().unwrap(), &Default::default()).unwrap();
    let request = http::Request::post(format!("{url}/")).body(bytes::Bytes::from("canary-1")).unwrap();
    assert_eq!(connection.send(request).await.unwrap().body(), "canary-1");
    assert!(wire.carried("canary-1") && !wire.carried("canary-2"));
}
