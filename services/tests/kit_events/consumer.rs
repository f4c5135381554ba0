//! What is published has its effect once, in the order of its entity, or somebody is told.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use payment_clients::contract::error::ErrorKind;
use payment_services::kit::{
    bus::{Delivery, Unreadable},
    clock::Clock,
    consumer::Consumer,
    events::Envelope,
    inbox,
    outbox::{
        feed::{EventFeedApi, Feed},
        relay::Relay,
    },
    store::Store,
    tasks::{self, Tasks},
};

use super::{
    stage::{
        NOON, PUBLISHER, Poison, Script, count, effects, ledger, listener, one, publish_lives, store, take, until,
    },
    support::Place,
};

struct Stage {
    store: Store,
    consumer: Consumer,
    poison: Arc<Mutex<Poison>>,
    place: Place,
}

fn stage() -> Stage {
    let place = Place::files();
    let (store, poison) = (listener(&place), Arc::new(Mutex::new(Poison::None)));
    Stage { consumer: ledger(&store, Arc::clone(&poison)), store, poison, place }
}

/// The events of these payments, as their publisher gives them out.
pub async fn lives(payments: &[&str]) -> Vec<Delivery> {
    let place = Place::files();
    let store = store(&place, "publisher", PUBLISHER);
    publish_lives(&store, payments.iter().map(ToString::to_string)).await;
    let relay = Relay::new(store, "payment-gateway", Clock::manual(NOON).0, None);
    relay.pass().await.unwrap();
    let feed = Feed::new(relay, tasks::shutdown().1);
    let page = feed.read_events(0, None, None, None).await.unwrap();
    let deliver = |event: payment_services::kit::outbox::feed::Published| Delivery {
        stream: "script".into(),
        seq: event.seq,
        topic: event.topic,
        event: Ok(event.event),
    };
    page.events.into_iter().map(deliver).collect()
}

fn pairs(lines: &[(&str, &str)]) -> Vec<(String, String)> {
    lines.iter().map(|(payment, kind)| ((*payment).to_owned(), format!("payment.{kind}"))).collect()
}

fn event(delivery: &Delivery) -> &Envelope {
    delivery.event.as_ref().unwrap()
}

#[tokio::test]
async fn an_event_that_comes_ten_times_has_its_effect_once() {
    let Stage { store, consumer, place: _place, .. } = stage();
    let events = lives(&["PY1", "PY2"]).await;
    let repeated: Vec<_> = events.iter().flat_map(|event| vec![event.clone(); 10]).collect();
    take(&consumer, [repeated, events.clone(), events]).await;
    assert_eq!(
        effects(&store).await,
        pairs(&[("PY1", "created"), ("PY1", "completed"), ("PY2", "created"), ("PY2", "completed")])
    );
    assert_eq!(count(&store, "SELECT count(*) FROM inbox").await, 4, "one for each that is listened to");
}

#[tokio::test]
async fn events_that_come_in_reverse_have_their_effects_in_order() {
    let Stage { store, consumer, place: _place, .. } = stage();
    let mut events = lives(&["PY1", "PY2", "PY3"]).await;
    events.reverse();
    take(&consumer, events.into_iter().map(|event| vec![event])).await;
    let expected = ["PY3", "PY2", "PY1"].map(|payment| [(payment, "created"), (payment, "completed")]);
    assert_eq!(effects(&store).await, pairs(expected.as_flattened()));
    let waiting = store.read(|view| inbox::waiting(view, "ledger")).await.unwrap();
    assert_eq!(waiting, 0);
}

#[tokio::test]
async fn a_gap_parks_what_follows_until_it_is_filled() {
    let Stage { store, consumer, place: _place, .. } = stage();
    let mut events = lives(&["PY1", "PY2"]).await;
    let missing = events.remove(0);
    take(&consumer, [events]).await;
    assert_eq!(effects(&store).await, pairs(&[("PY2", "created"), ("PY2", "completed")]), "the others go on");
    assert_eq!(store.read(|view| inbox::waiting(view, "ledger")).await.unwrap(), 2);
    take(&consumer, [vec![missing]]).await;
    assert_eq!(effects(&store).await.len(), 4);
}

#[tokio::test]
async fn a_death_between_effect_and_offset_repeats_nothing() {
    let Stage { store, poison, place, consumer } = stage();
    let script = Script::default();
    script.deafen(true);
    script.put(lives(&["PY1"]).await);
    let mut tasks = Tasks::default();
    consumer.listen(Box::new(script.clone()), &mut tasks);
    until(async || effects(&store).await.len() == 2).await;
    drop(tasks);
    store.close().await.unwrap();

    let again = listener(&place);
    script.deafen(false);
    let mut tasks = Tasks::default();
    ledger(&again, poison).listen(Box::new(script.clone()), &mut tasks);
    until(async || script.settled() == 1).await;
    assert_eq!(effects(&again).await, pairs(&[("PY1", "created"), ("PY1", "completed")]));
    tasks.stop(Duration::from_secs(5)).await;
}

#[tokio::test(start_paused = true)]
async fn poison_becomes_a_dead_letter_holds_up_its_own_entity_only_and_can_be_redriven() {
    for kind in [Poison::Refuse, Poison::Panic] {
        let Stage { store, consumer, poison, place: _place } = stage();
        *poison.lock().unwrap() = kind;
        take(&consumer, [lives(&["PY1", "bad", "PY2"]).await]).await;
        let taken = effects(&store).await;
        assert_eq!(taken.iter().filter(|(payment, _)| payment != "bad").count(), 4, "the others go on: {taken:?}");
        let letters = store.read(|view| inbox::letters(view, "ledger")).await.unwrap();
        assert_eq!((letters.len(), letters[0].attempts), (1, 5), "{letters:?}");
        assert_eq!(count(&store, "SELECT count(*) FROM incident WHERE closed_at IS NULL").await, 1);

        let id = letters[0].event_id.clone();
        poison.clear_poison();
        let still = consumer.redrive(&id).await;
        assert!(still.is_err(), "it is poison still");
        poison.clear_poison();
        *poison.lock().unwrap() = Poison::None;
        consumer.redrive(&id).await.unwrap();
        assert_eq!(effects(&store).await.last().unwrap().0, "bad");
        assert_eq!(count(&store, "SELECT count(*) FROM incident WHERE closed_at IS NULL").await, 0);
        assert_eq!(consumer.redrive(&id).await.unwrap_err().kind(), ErrorKind::NotFound, "once");
    }
}

#[tokio::test(start_paused = true)]
async fn what_follows_a_dead_letter_waits_for_it() {
    let Stage { store, consumer, poison, place: _place } = stage();
    let mut events = lives(&["bad"]).await;
    let mut later = events[0].clone();
    if let Ok(event) = &mut later.event {
        (event.event_id, event.aggregate_version) = (uuid::Uuid::from_u128(4), Some(4));
    }
    later.seq = 4;
    events.push(later);
    *poison.lock().unwrap() = Poison::Refuse;
    take(&consumer, [events.clone()]).await;
    assert_eq!(effects(&store).await, pairs(&[("bad", "created")]));
    *poison.lock().unwrap() = Poison::None;
    consumer.redrive(&event(&events[2]).event_id.to_string()).await.unwrap();
    assert_eq!(effects(&store).await, pairs(&[("bad", "created"), ("bad", "completed"), ("bad", "created")]));
}

#[tokio::test(start_paused = true)]
async fn what_only_needs_time_is_never_given_up() {
    let Stage { store, consumer, poison, place: _place } = stage();
    *poison.lock().unwrap() = Poison::NotNow(50);
    take(&consumer, [lives(&["bad"]).await]).await;
    assert_eq!(effects(&store).await.len(), 2);
    assert!(store.read(|view| inbox::letters(view, "ledger")).await.unwrap().is_empty());
}

#[tokio::test]
async fn what_is_no_event_or_claims_a_taken_place_is_kept_with_an_incident() {
    let Stage { store, consumer, place: _place, .. } = stage();
    let mut events = lives(&["PY1"]).await;
    let garbage = Unreadable { text: "{".into(), error: "ends too early".into() };
    let mut usurper = events[0].clone();
    if let Ok(event) = &mut usurper.event {
        event.event_id = uuid::Uuid::from_u128(1);
    }
    events.push(Delivery {
        stream: "payment.events/0".into(),
        seq: 9,
        topic: "payment.events".into(),
        event: Err(garbage),
    });
    events.push(usurper);
    take(&consumer, [events]).await;
    assert_eq!(effects(&store).await.len(), 2);
    let letters = store.read(|view| inbox::letters(view, "ledger")).await.unwrap();
    assert_eq!(letters.iter().filter(|letter| letter.event_id == "payment.events/0@9").count(), 1);
    assert_eq!(letters.len(), 2, "{letters:?}");
}

#[tokio::test]
async fn the_older_word_for_a_completed_payment_is_understood() {
    let Stage { store, consumer, place: _place, .. } = stage();
    let mut events = lives(&["PY1"]).await;
    if let Ok(event) = &mut events[2].event {
        event.event_type = "payment.success".into();
        event.aggregate_version = None;
    }
    take(&consumer, [vec![events[2].clone(), events[2].clone()]]).await;
    assert_eq!(effects(&store).await, pairs(&[("PY1", "success")]), "once, without a version too");
}

#[tokio::test]
async fn a_cursor_never_goes_back() {
    let Stage { store, consumer, place: _place, .. } = stage();
    let events = lives(&["PY1"]).await;
    take(&consumer, [events.clone(), vec![events[0].clone()]]).await;
    assert_eq!(one::<i64>(&store, "SELECT seq FROM cursors").await, 3);
}
