//! What changes while a driver follows a name.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use hickory_resolver::proto::rr::RecordType;
use payment_clients::{
    contract::error::Result,
    transport::{
        discovery::{Discovery, Pending, dns::Dns, driver::follow},
        instance::Instance,
    },
};
use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

use super::{
    name_server::{EMPTY, NO_SUCH_NAME, Records, Silence, TTL, addresses, hosts, serve},
    shown,
};

/// Lets so much time pass at once, for all who wait for a timer and nothing else.
async fn leap(time: Duration) {
    tokio::time::pause();
    tokio::time::advance(time).await;
    tokio::time::resume();
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test]
async fn a_set_holds_for_its_shortest_ttl_within_a_second_and_a_minute() {
    for (ttl, seconds) in [(0, 1), (7, 7), (86_400, 60)] {
        let config = serve(move |_, kind| match kind {
            RecordType::A => Records(ttl, addresses(&["10.0.0.1"])),
            _ => Records(100_000, addresses(&["fd00::1"])),
        });
        let dns = Dns::addresses("http://orders.test:1", config.await).unwrap();
        dns.resolve().await.unwrap();
        tokio::time::pause();
        let asked = Instant::now();
        dns.changed().await;
        let holds = asked.elapsed();
        tokio::time::resume();
        assert_eq!(holds.as_millis() / 10, 100 * seconds, "TTL {ttl}: {holds:?}");
    }
}

/// A source that tells when it was asked and whether it answered.
#[derive(Debug)]
struct Observed(Dns, mpsc::Sender<(Instant, bool)>);

impl Discovery for Observed {
    fn resolve(&self) -> Pending<'_, Result<Vec<Instance>>> {
        Box::pin(async {
            let asked = Instant::now();
            let answer = self.0.resolve().await;
            self.1.send((asked, answer.is_ok())).await.unwrap();
            answer
        })
    }

    fn changed(&self) -> Pending<'_, ()> {
        self.0.changed()
    }
}

/// A driver at work, and what it did.
struct Driven {
    applied: Arc<Mutex<Vec<Vec<String>>>>,
    asked: mpsc::Receiver<(Instant, bool)>,
}

impl Driven {
    fn new(dns: Result<Dns>) -> Self {
        let applied = Arc::new(Mutex::new(Vec::new()));
        let (tell, asked) = mpsc::channel(1);
        let apply = {
            let applied = Arc::clone(&applied);
            move |found: Result<Vec<Instance>>| applied.lock().unwrap().extend(found.map(|set| shown(&set)))
        };
        tokio::spawn(follow(Arc::new(Observed(dns.unwrap(), tell)), apply));
        Self { applied, asked }
    }

    /// Waits until the driver has asked once more, and has applied what it heard: when, and whether it got an answer.
    async fn asked(&mut self) -> (Instant, bool) {
        timeout(600 * SECOND, self.asked.recv()).await.expect("the driver asks").unwrap()
    }

    fn applied(&self) -> Vec<Vec<String>> {
        self.applied.lock().unwrap().clone()
    }
}

fn at(last: &[u8]) -> Vec<String> {
    last.iter().map(|last| format!("http://orders.test:1 at 10.0.0.{last}:1")).collect()
}

/// A name whose addresses can be changed, or taken away, and a driver that follows it.
async fn driven(first: &[u8]) -> (Arc<Mutex<Option<Vec<u8>>>>, Driven) {
    let set = Arc::new(Mutex::new(Some(first.to_vec())));
    let told = Arc::clone(&set);
    let config = serve(move |_, kind| match &*told.lock().unwrap() {
        None => NO_SUCH_NAME,
        Some(set) if kind == RecordType::A => hosts(set),
        Some(_) => EMPTY,
    });
    let driven = Driven::new(Dns::addresses("http://orders.test:1", config.await));
    (set, driven)
}

#[tokio::test]
async fn a_change_is_seen_once_the_ttl_has_passed() {
    let (set, mut driven) = driven(&[1, 2]).await;
    assert!(driven.asked().await.1);
    *set.lock().unwrap() = Some(vec![2, 3]);
    leap(TTL).await;
    assert!(driven.asked().await.1);
    assert_eq!(driven.applied(), [at(&[1, 2]), at(&[2, 3])]);
}

#[tokio::test]
async fn a_name_that_vanishes_or_is_empty_keeps_the_last_good_set_until_it_is_back() {
    let (set, mut driven) = driven(&[1, 2]).await;
    assert!(driven.asked().await.1);
    for bad in [None, Some(Vec::new())] {
        *set.lock().unwrap() = bad;
        leap(TTL).await;
        assert!(!driven.asked().await.1);
    }
    assert_eq!(driven.applied(), [at(&[1, 2])]);

    *set.lock().unwrap() = Some(vec![3]);
    leap(TTL).await;
    while !driven.asked().await.1 {
        leap(TTL).await;
    }
    assert_eq!(driven.applied(), [at(&[1, 2]), at(&[3])]);
}

#[tokio::test]
async fn a_flapping_name_is_applied_whole_and_at_most_once_a_second() {
    let mut turn = 0;
    let config = serve(move |_, kind| match kind {
        RecordType::A => {
            turn += 1;
            Records(0, addresses(if turn % 2 == 1 { &["10.0.0.1", "10.0.0.2"] } else { &["10.0.0.3", "10.0.0.4"] }))
        }
        _ => EMPTY,
    });
    let mut driven = Driven::new(Dns::addresses("http://orders.test:1", config.await));
    let mut asked = Vec::new();
    for _ in 0..20 {
        asked.push(driven.asked().await.0);
        leap(SECOND).await;
    }
    assert!(asked.windows(2).all(|pair| pair[1] - pair[0] >= SECOND), "asked twice within a second: {asked:?}");
    let applied = driven.applied();
    assert!(applied.len() >= 20, "{} sets", applied.len());
    for (turn, set) in applied.iter().enumerate() {
        assert_eq!(*set, at(if turn % 2 == 0 { &[1, 2] } else { &[3, 4] }), "set {turn}");
    }
}

#[tokio::test]
async fn a_name_server_that_falls_silent_changes_nothing() {
    let mut questions = 0;
    let config = serve(move |_, kind| {
        questions += 1;
        match kind {
            _ if questions > 2 => Silence,
            RecordType::A => hosts(&[1]),
            _ => EMPTY,
        }
    });
    let mut driven = Driven::new(Dns::addresses("http://orders.test:1", config.await));
    assert!(driven.asked().await.1);
    leap(TTL).await;
    let mut told = None;
    for _ in 0..60 {
        leap(SECOND).await;
        told = told.or(driven.asked.try_recv().ok());
    }
    let (_, answered) = told.expect("the driver gives up within a minute");
    assert!(!answered);
    assert_eq!(driven.applied(), [at(&[1])]);
}
