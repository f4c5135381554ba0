//! Mistakes of the ledger, of the outbox and of nonces.

use payment_clients::{
    apis::accounting::{HoldApi, HoldPurpose, PlaceHold},
    prelude::*,
};
use payment_services::{
    accounting::ledger::{self, Held, Journal, Kind, Leg},
    args,
    kit::{
        clock::Clock,
        identity::nonces,
        store::{Store, Tx},
    },
    mutants::{self, Mutant},
    settlement,
};

use crate::{
    ALONE, Left, finds, publish,
    stage::{NOON, Stage, shop},
    support::Place,
};

#[tokio::test]
async fn a_hold_that_ends_twice_is_found() {
    finds(Mutant::NoOneResolution, "I4", async || {
        let stage = Stage::open().await;
        stage.funded(shop(), 10_000).await;
        let money = Money::new(4_000, Currency::USD);
        // The second end of the one takes what the other still holds.
        for name in ["withdrawal:1", "withdrawal:2"] {
            let asked = PlaceHold::new(name.into(), shop(), money, HoldPurpose::Withdrawal);
            stage.accounts.place_hold(&asked).await.unwrap();
        }
        stage.accounts.release_hold(&"withdrawal:1".into()).await.unwrap();
        let now = stage.clock.now();
        let again = move |tx: &mut Tx<'_>| {
            const HOLD: &str = "SELECT seq, debit, credit, amount FROM transfers WHERE how = 'hold' ORDER BY seq";
            let held = tx.one(HOLD, &[], |row| {
                Ok(Held { seq: row.get(0)?, debit: row.parse(1)?, credit: row.parse(2)?, amount: row.get(3)? })
            })?;
            let journal = Journal::new("void:again", Kind::Release, "withdrawal:1", vec![Leg::void(held)])?;
            ledger::book(tx, &journal, now)
        };
        let _ = stage.accounting.store().write(again).await;
        publish(stage.accounting.store(), "accounting-service", &stage.clock).await;
        Left::behind(stage.stores.clone(), stage)
    })
    .await;
}

#[tokio::test]
async fn a_fee_in_binary_fractions_is_not_what_the_plan_gives() {
    finds(Mutant::FloatFee, "I12", async || {
        let stage = Stage::open().await;
        // 3 % are 5.7, which are 6.
        stage.takes(shop(), "PY1", 190).await;
        publish(stage.accounting.store(), "accounting-service", &stage.clock).await;
        Left::behind(stage.stores.clone(), stage)
    })
    .await;
}

#[tokio::test]
async fn an_event_with_a_lower_number_that_comes_later_is_never_published() {
    finds(Mutant::IdAfterLast, "I19", async || {
        let (place, (clock, _)) = (Place::new(), Clock::manual(NOON));
        let store = place.stores().open("settlement", settlement::store::MIGRATIONS).unwrap();
        // Numbers that were given in one order and committed in the other.
        for number in [2, 1] {
            write_event(&store, number).await;
            publish(&store, "settlement-service", &clock).await;
        }
        store.close().await.unwrap();
        Left::behind(place.stores().clone(), place)
    })
    .await;
}

async fn write_event(store: &Store, number: i64) {
    const INSERT: &str = "INSERT INTO outbox(id, event_id, aggregate, version, topic, kind, payload, created_at)
        VALUES($1, $2, $3, 1, 'settlement.events', 'settlement.created', '{}', 0)";
    let write = move |tx: &mut Tx<'_>| {
        let (event, aggregate) = (uuid::Uuid::from_u128(7).to_string(), format!("entity-{number}"));
        let event = event.replace("000000000007", &format!("{number:012}"));
        tx.execute(INSERT, args![number, event, aggregate])
    };
    store.write(write).await.unwrap();
}

/// No row tells that a nonce was used twice, so the promise itself is tried: two requests at once with one nonce, and
/// one of them is let in.
#[tokio::test]
async fn a_nonce_that_is_looked_for_and_then_written_lets_two_in() {
    let _alone = ALONE.lock().await;
    let mut let_in = Vec::new();
    for mutant in [None, Some(Mutant::NonceCheckThenSet)] {
        mutants::turn_on(mutant);
        let place = Place::new();
        let store = place.stores().open("nonces", &[nonces::TABLES]).unwrap();
        let take = || nonces::take(&store, "k", "n", NOON / 1000, NOON);
        let (one, two) = tokio::join!(take(), take());
        let_in.push([one, two].into_iter().filter(|taken| *taken.as_ref().unwrap() == nonces::Taken::New).count());
        store.close().await.unwrap();
    }
    mutants::turn_on(None);
    assert_eq!(let_in, [1, 2]);
}
