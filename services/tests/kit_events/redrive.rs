//! A dead letter that is put back while its service is stopped is taken at the next start, once, or stays with its reason.

use std::{
    path::Path,
    process::{Command, Output},
    sync::{Arc, Mutex},
};

use payment_services::{
    accounting::Accounting,
    args,
    kit::{
        clock::Clock,
        consumer::Consumer,
        inbox::{self, DeadLetter},
        incident,
        store::{Store, Stores, Tx},
    },
};

use super::{
    consumer::lives,
    stage::{NOON, Poison, count, effects, ledger, listener, take},
    support::{Place, no_rates},
};

async fn letters(store: &Store) -> Vec<(String, DeadLetter)> {
    store.read(inbox::all_letters).await.unwrap()
}

/// Puts every letter of a store back, as the command does.
async fn put_back(store: &Store) {
    for (consumer, letter) in letters(store).await {
        store.write(move |tx: &mut Tx<'_>| inbox::put_back(tx, &consumer, &letter)).await.unwrap();
    }
}

/// A consumer that has given up `bad`, and a start of it without anything new.
async fn with_a_dead_letter(place: &Place) -> (Store, Arc<Mutex<Poison>>, Consumer) {
    let (store, poison) = (listener(place), Arc::new(Mutex::new(Poison::Refuse)));
    let consumer = ledger(&store, Arc::clone(&poison));
    take(&consumer, [lives(&["bad"]).await]).await;
    assert_eq!(letters(&store).await.len(), 1);
    (store, poison, consumer)
}

async fn started(consumer: &Consumer) {
    take(consumer, [Vec::new()]).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_put_back_is_taken_at_the_next_start_with_what_waited_for_it_and_its_incident_closes() {
    let place = Place::files();
    let (store, poison, consumer) = with_a_dead_letter(&place).await;
    *poison.lock().unwrap() = Poison::None;
    started(&consumer).await;
    assert_eq!(effects(&store).await.len(), 1, "nobody has put it back");
    put_back(&store).await;
    assert_eq!(letters(&store).await.len(), 1, "it stays until it is taken");
    started(&consumer).await;
    assert_eq!(effects(&store).await.len(), 2);
    assert!(letters(&store).await.is_empty());
    assert_eq!(count(&store, "SELECT count(*) FROM incident WHERE closed_at IS NULL").await, 0);
    started(&consumer).await;
    assert_eq!(effects(&store).await.len(), 2, "once");
}

#[tokio::test(start_paused = true)]
async fn what_still_cannot_be_taken_stays_dead_with_its_incident_and_harms_no_other() {
    let place = Place::files();
    let (store, poison, consumer) = with_a_dead_letter(&place).await;
    for kind in [Poison::Refuse, Poison::Panic] {
        poison.clear_poison();
        *poison.lock().unwrap() = kind;
        put_back(&store).await;
        take(&consumer, [lives(&["PY1"]).await]).await;
        let (_, letter) = letters(&store).await.remove(0);
        assert_eq!(letter.attempts, 1, "it is not put back any more");
        assert_eq!(count(&store, "SELECT count(*) FROM incident WHERE closed_at IS NULL").await, 1);
        assert_eq!(effects(&store).await.len(), 3);
    }
}

#[tokio::test(start_paused = true)]
async fn what_only_needs_time_is_waited_for_before_anything_new_is_taken() {
    let place = Place::files();
    let (store, poison, consumer) = with_a_dead_letter(&place).await;
    *poison.lock().unwrap() = Poison::NotNow(20);
    put_back(&store).await;
    started(&consumer).await;
    assert_eq!(effects(&store).await.len(), 2);
    assert!(letters(&store).await.is_empty());
}

// === the command ===

fn payments(dir: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let payments = Command::new(env!("CARGO_BIN_EXE_payments")).arg("redrive").arg(dir).args(arguments).output();
    let Output { status, stdout, stderr } = payments.unwrap();
    (status.code(), String::from_utf8([stdout, stderr].concat()).unwrap())
}

/// A store of accounting-service that could not take two events, of which one is none.
async fn accounting(dir: &Path) -> String {
    let accounting = Accounting::open(&Stores::folder(dir), no_rates(), Clock::manual(NOON).0).unwrap();
    let bury = |id: String, payload: String| {
        move |tx: &mut Tx<'_>| {
            let sql = "INSERT INTO dead_letters(consumer, event_id, topic, attempts, error, payload, at, state)
                VALUES('accounting', $1, 'payment.events', 5, 'the plan is missing', $2, $3, 'open')";
            tx.execute(sql, args![id, payload, NOON])?;
            incident::open(tx, &id, "DEAD_LETTER", "could not take it", NOON)
        }
    };
    let delivery = lives(&["PY1"]).await.remove(2);
    let event = delivery.event.unwrap();
    let id = event.event_id.to_string();
    let store = accounting.store();
    store.write(bury(id.clone(), serde_json::to_string(&event).unwrap())).await.unwrap();
    store.write(bury("payment.events/0@9".into(), "{".into())).await.unwrap();
    store.close().await.unwrap();
    id
}

#[tokio::test]
async fn the_command_lists_the_letters_and_puts_back_what_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let id = accounting(dir.path()).await;

    let (code, told) = payments(dir.path(), &[]);
    assert_eq!(code, Some(2), "{told}");
    assert!(told.contains(&format!("accounting: {id} of payment.events, tried 5 times")), "{told}");
    assert!(told.contains("the plan is missing") && told.contains("2 dead letters in"), "{told}");

    for (arguments, why) in [
        (&["--event", &id][..], "--service"),
        (&["--service", "accounting", "--event", "no-such"], "accounting has no open dead letter no-such"),
        (&["--service", "nobody", "--all"], "holds no store of nobody"),
        (&["--service", "accounting", "--event", &id, "--all"], "cannot be used with"),
    ] {
        let (code, told) = payments(dir.path(), arguments);
        assert!(matches!(code, Some(1 | 2)) && told.contains(why), "{arguments:?}: {told}");
    }

    let (code, told) = payments(dir.path(), &["--service", "accounting", "--event", &id]);
    assert_eq!(code, Some(0), "{told}");
    let (code, told) = payments(dir.path(), &[]);
    assert!(code == Some(2) && told.contains(&format!("{id} of payment.events, put back")), "{told}");

    let (code, told) = payments(dir.path(), &["--all"]);
    assert_eq!(code, Some(2), "one holds no event: {told}");
    assert!(told.contains("accounting: payment.events/0@9 stays") && told.contains("is no event"), "{told}");
}

#[tokio::test]
async fn without_dead_letters_there_is_nothing_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let accounting = Accounting::open(&Stores::folder(dir.path()), no_rates(), Clock::manual(NOON).0).unwrap();
    accounting.store().close().await.unwrap();
    let (code, told) = payments(dir.path(), &["--all"]);
    assert_eq!((code, told.as_str()), (Some(0), ""), "{told}");
    let (code, told) = payments(dir.path(), &[]);
    assert!(code == Some(0) && told.contains("0 dead letters in"), "{told}");
}
