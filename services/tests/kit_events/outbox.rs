//! What is committed is published, once, in order, and readable by whoever asks.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use payment_clients::contract::error::{Error, ErrorKind, Result};
use payment_services::kit::{
    clock::Clock,
    events::payment,
    outbox::{
        self, Numbered,
        feed::{EventFeedApi, EventFeedClient, Feed},
        relay::{Relay, Sink},
    },
    store::{Store, Tx},
    tasks::{self, Tasks},
};
use tokio::sync::Mutex;

use super::{
    stage::{NOON, PUBLISHER, a_payment, count, one, publish_lives, store},
    support::Place,
};

fn relay(store: &Store) -> Relay {
    Relay::new(store.clone(), "payment-gateway", Clock::manual(NOON).0, None)
}

#[tokio::test]
async fn an_event_is_committed_with_its_change_or_not_at_all() {
    let place = Place::files();
    let store = store(&place, "publisher", PUBLISHER);
    let undone = |tx: &mut Tx<'_>| {
        outbox::append(tx, payment::CREATED, &a_payment("PY1"), NOON)?;
        Err::<(), _>(Error::declined("NO", "no"))
    };
    store.write(undone).await.unwrap_err();
    assert_eq!(count(&store, "SELECT count(*) FROM outbox").await, 0);
    let version = |kind| move |tx: &mut Tx<'_>| outbox::append(tx, kind, &a_payment("PY1"), NOON);
    assert_eq!(store.write(version(payment::CREATED)).await.unwrap(), 1);
    assert_eq!(store.write(version(payment::COMPLETED)).await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_relays_give_every_event_one_place_without_a_gap() {
    let place = Place::files();
    let store = store(&place, "publisher", PUBLISHER);
    let relays = [relay(&store), relay(&store)].map(|relay| {
        tokio::spawn(async move {
            for _ in 0..60 {
                relay.pass().await.unwrap();
                tokio::task::yield_now().await;
            }
        })
    });
    publish_lives(&store, (0..200).map(|n| format!("PY{n}"))).await;
    for relay in relays {
        relay.await.unwrap();
    }
    while relay(&store).pass().await.unwrap() {}
    assert_eq!(count(&store, "SELECT count(*) FROM outbox WHERE published_at IS NULL").await, 0);
    assert_eq!(count(&store, "SELECT MAX(pub_seq) FROM outbox").await, 600);
    assert_eq!(count(&store, "SELECT count(*) FROM outbox WHERE pub_seq <> id").await, 0, "in the order of writing");
    assert_eq!(store.read(outbox::unpublished).await.unwrap(), 0);
}

#[tokio::test]
async fn a_relay_that_finds_nothing_writes_nothing_and_so_comes_to_rest() {
    let place = Place::files();
    let store = store(&place, "publisher", PUBLISHER);
    publish_lives(&store, ["PY1".to_owned()]).await;
    let relay = relay(&store);
    assert!(relay.pass().await.unwrap());
    let commits = store.stats().commits;
    assert!(!relay.pass().await.unwrap());
    assert_eq!(store.stats().commits, commits);
}

#[tokio::test(start_paused = true)]
async fn a_relay_at_work_commits_once_for_what_it_finds_and_never_while_it_waits() {
    let place = Place::files();
    let store = store(&place, "publisher", PUBLISHER);
    publish_lives(&store, ["PY1".to_owned()]).await;
    let (mut tasks, relay) = (Tasks::default(), relay(&store));
    tasks.spawn("relay", |shutdown| relay.work(shutdown));
    while store.read(outbox::unpublished).await.unwrap() > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    tokio::time::sleep(Duration::from_secs(60)).await;
    // It is queued behind whatever the relay has written, so that nothing is uncounted.
    store.write(|_| Ok(())).await.unwrap();
    assert_eq!(store.stats().commits, 3, "the payment's, the relay's, and the last one");
    tasks.stop(Duration::from_secs(5)).await;
}

/// A bus that is away until it is let in, and may take a batch without saying so.
#[derive(Default)]
struct Moody {
    away: AtomicBool,
    loses_answers: AtomicBool,
    taken: Mutex<Vec<i64>>,
}

#[async_trait::async_trait]
impl Sink for Moody {
    async fn publish(&self, events: &[Numbered]) -> Result<()> {
        self.check().await?;
        self.taken.lock().await.extend(events.iter().map(|event| event.seq));
        if self.loses_answers.swap(false, Ordering::SeqCst) {
            return Err(Error::unavailable("the answer was lost", Duration::ZERO));
        }
        Ok(())
    }

    async fn check(&self) -> Result<()> {
        if self.away.load(Ordering::SeqCst) { Err(Error::unavailable("away", Duration::ZERO)) } else { Ok(()) }
    }
}

#[tokio::test]
async fn events_wait_for_a_bus_that_is_away_and_keep_their_places_when_published_twice() {
    let place = Place::files();
    let store = store(&place, "publisher", PUBLISHER);
    let bus = Arc::new(Moody::default());
    let sink: Arc<dyn Sink> = bus.clone();
    let relay = Relay::new(store.clone(), "payment-gateway", Clock::manual(NOON).0, Some(sink));
    publish_lives(&store, ["PY1".to_owned()]).await;

    bus.away.store(true, Ordering::SeqCst);
    relay.pass().await.unwrap_err();
    assert_eq!(store.read(outbox::unpublished).await.unwrap(), 3, "nothing is lost");

    bus.away.store(false, Ordering::SeqCst);
    bus.loses_answers.store(true, Ordering::SeqCst);
    relay.pass().await.unwrap_err();
    assert_eq!(store.read(outbox::unpublished).await.unwrap(), 3, "not known to be published");

    assert!(relay.pass().await.unwrap());
    assert!(!relay.pass().await.unwrap());
    assert_eq!(*bus.taken.lock().await, [1, 2, 3, 1, 2, 3], "the same places at the repeat");
    assert_eq!(store.read(outbox::unpublished).await.unwrap(), 0);
}

#[tokio::test]
async fn what_an_outside_bus_has_not_taken_is_on_the_feed_when_the_service_runs_without_it() {
    let place = Place::files();
    let store = store(&place, "publisher", PUBLISHER);
    let bus = Arc::new(Moody { away: true.into(), ..Moody::default() });
    let outside = Relay::new(store.clone(), "payment-gateway", Clock::manual(NOON).0, Some(bus));
    publish_lives(&store, ["PY1".to_owned()]).await;
    outside.pass().await.unwrap_err();
    publish_lives(&store, ["PY2".to_owned()]).await;

    let relay = relay(&store);
    assert!(relay.pass().await.unwrap());
    assert_eq!(store.read(outbox::unpublished).await.unwrap(), 0);
    assert!(!relay.pass().await.unwrap(), "and it comes to rest");
    let places = "SELECT pub_seq FROM outbox ORDER BY id";
    let places: Vec<i64> = store.read(move |view| view.all(places, &[], |row| row.get(0))).await.unwrap();
    assert_eq!(places, [1, 2, 3, 4, 5, 6]);
}

struct Served {
    client: EventFeedClient,
    store: Store,
    tasks: Tasks,
    drain: tasks::Stop,
    _place: Place,
}

async fn served() -> Served {
    let place = Place::files();
    let store = store(&place, "publisher", PUBLISHER);
    let (drain, draining) = tasks::shutdown();
    let relay = relay(&store);
    let router = Feed::new(relay.clone(), draining).router();
    let mut tasks = Tasks::default();
    tasks.spawn("relay", |shutdown| relay.work(shutdown));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = EventFeedClient::connect(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    Served { client, store, tasks, drain, _place: place }
}

#[tokio::test]
async fn a_listener_that_waits_hears_at_once_and_reads_on_from_where_it_is() {
    let Served { client, store, tasks, drain: _drain, _place } = served().await;
    let waiting = client.clone();
    let waiting = tokio::spawn(async move { waiting.read_events(0, None, Some(5_000), None).await });
    publish_lives(&store, ["PY1".to_owned()]).await;
    let page = waiting.await.unwrap().unwrap();
    let first = &page.events[0];
    assert_eq!((first.seq, first.event.event_type.as_str()), (1, "payment.created"));
    assert_eq!((first.event.aggregate_id.as_str(), first.event.aggregate_version), ("PY1", Some(1)));
    assert_eq!(first.event.payload["amount"], 1999);

    let mut read = Vec::new();
    let mut next = 0;
    while next < 3 {
        let page = client.read_events(next, Some(1), Some(5_000), Some("payment.events")).await.unwrap();
        read.extend(page.events.iter().map(|event| event.seq));
        next = page.next;
    }
    assert_eq!(read, [1, 2, 3]);
    let none = client.read_events(0, None, None, Some("order.events")).await.unwrap();
    assert_eq!((none.events.len(), none.next), (0, 3), "nothing of that topic, and nothing to look at again");
    tasks.stop(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_feed_refuses_what_cannot_be_read_and_keeps_nobody_waiting_when_it_drains() {
    let Served { client, tasks, drain, store, _place } = served().await;
    for (after, limit, wait, field) in [
        (-1, None, None, "after"),
        (0, Some(0), None, "limit"),
        (0, Some(501), None, "limit"),
        (0, None, Some(5_001), "wait_ms"),
    ] {
        let error = client.read_events(after, limit, wait, None).await.unwrap_err();
        assert!(error.kind() == ErrorKind::InvalidInput && error.message().contains(field), "{error}");
    }
    let ahead = client.read_events(7, None, None, None).await.unwrap_err();
    assert_eq!(ahead.code(), Some("FEED_REPLACED"), "a cursor of another feed: {ahead}");

    let waiting = tokio::spawn(async move { client.read_events(0, None, Some(5_000), None).await });
    drain.begin();
    assert!(waiting.await.unwrap().unwrap().events.is_empty());
    assert_eq!(one::<i64>(&store, "SELECT count(*) FROM outbox").await, 0);
    tasks.stop(Duration::from_secs(5)).await;
}
