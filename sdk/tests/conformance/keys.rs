//! A server that keeps the promise of keyed operations is believed, and one that breaks any part of it is not.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use async_trait::async_trait;
use payment_clients::{
    conformance::{
        Arguments,
        keys::{Trial, prove},
    },
    contract::{error::code, idempotency::Fingerprint},
    mock::network,
    prelude::*,
    server::{Replay, current},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Seats to be booked.
#[api(service = "seat-service")]
pub trait SeatApi {
    /// Books a seat.
    #[post("/seats", keyed)]
    async fn book(&self, seat: &Seat) -> Result<Booking>;

    /// Looks at a booking.
    #[get("/seats/{number}")]
    async fn look(&self, number: u64) -> Result<Booking>;
}

/// A seat.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Seat {
    /// Its row.
    pub row: u32,
}

/// That a seat is taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Booking {
    /// Its number.
    pub number: u64,
}

/// What a server does wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Flaw {
    None,
    /// Does not know keys.
    Forgets,
    /// Answers a repeat as the first, without saying so.
    Unmarked,
    /// Marks a repeat, and answers it with something else.
    OtherAnswer,
    /// Refuses a repeat.
    Refuses,
    /// Takes another body for a repeat.
    TakesAnyBody,
    /// Refuses another body in other words.
    WrongWord,
    /// Looks for the key, works, and only then writes the key down.
    LooksFirst,
    /// Answers rightly, after an effect too many.
    WorksAgain,
}

#[derive(Clone)]
struct Seats {
    flaw: Flaw,
    effects: Arc<AtomicU64>,
    keys: Arc<Mutex<Keys>>,
}

/// What was asked with each key, and what was answered.
type Keys = HashMap<String, (Fingerprint, Option<Replay>)>;

enum Claim {
    New,
    Replay(Replay),
}

impl Seats {
    fn new(flaw: Flaw) -> Self {
        Self { flaw, effects: Arc::default(), keys: Arc::default() }
    }

    fn take_seat(&self) -> Booking {
        Booking { number: self.effects.fetch_add(1, Ordering::Relaxed) + 1 }
    }

    fn claim(&self, key: &str, fingerprint: Fingerprint) -> Result<Claim> {
        let mut keys = self.keys.lock().unwrap();
        match keys.get(key) {
            Some((first, _)) if *first != fingerprint && self.flaw == Flaw::WrongWord => {
                Err(Error::conflict("OTHER_BODY", "another body"))
            }
            Some((first, _)) if *first != fingerprint && self.flaw != Flaw::TakesAnyBody => {
                Err(Error::declined(code::KEY_REUSED, "another body"))
            }
            Some((_, Some(replay))) => Ok(Claim::Replay(replay.clone())),
            Some((_, None)) => Err(Error::conflict(code::IN_PROGRESS, "still running")),
            None => {
                if self.flaw != Flaw::LooksFirst {
                    keys.insert(key.to_owned(), (fingerprint, None));
                }
                Ok(Claim::New)
            }
        }
    }

    fn repeat(&self, replay: Replay) -> Result<Booking> {
        match self.flaw {
            Flaw::Unmarked => {
                let body: serde_json::Value = serde_json::from_slice(&replay.body).unwrap();
                Ok(serde_json::from_value(body["data"].clone()).unwrap())
            }
            Flaw::OtherAnswer => Err(Replay::success(&Booking { number: 0 })?.into()),
            Flaw::Refuses => Err(Error::conflict("SEEN", "the key was seen")),
            Flaw::WorksAgain => {
                self.take_seat();
                Err(replay.into())
            }
            _ => Err(replay.into()),
        }
    }
}

#[async_trait]
impl SeatApi for Seats {
    async fn book(&self, _: &Seat) -> Result<Booking> {
        if self.flaw == Flaw::Forgets {
            return Ok(self.take_seat());
        }
        let call = current();
        let (key, fingerprint) = (call.key.clone().unwrap(), call.fingerprint.unwrap());
        if let Claim::Replay(replay) = self.claim(key.as_str(), fingerprint)? {
            return self.repeat(replay);
        }
        // Somebody else runs in between, as it is where a store is asked.
        for _ in 0..10 {
            tokio::task::yield_now().await;
        }
        let booking = self.take_seat();
        let stored = (fingerprint, Some(Replay::success(&booking)?));
        self.keys.lock().unwrap().insert(key.as_str().to_owned(), stored);
        Ok(booking)
    }

    async fn look(&self, number: u64) -> Result<Booking> {
        Ok(Booking { number })
    }
}

fn row(row: u32) -> Arguments {
    Arguments { body: Some(json!({ "row": row })), ..Arguments::default() }
}

/// What the trial says about a server with this flaw; nothing of one without.
async fn verdict(flaw: Flaw) -> String {
    let seats = Seats::new(flaw);
    let effects = Arc::clone(&seats.effects);
    let network = network(seat_api::router(seats));
    let client = BaseClient::builder(seat_api::SERVICE).url("http://seats").build_on(&network).unwrap();
    let trial = Trial::new(row(1), row(2)).effects(move || {
        let effects = Arc::clone(&effects);
        async move { effects.load(Ordering::Relaxed) }
    });
    let verdict = prove(&client, &seat_api::BOOK, trial).await;
    verdict.err().map(|failures| failures.to_string()).unwrap_or_default()
}

#[tokio::test]
async fn a_server_that_keeps_the_promise_is_believed() {
    assert_eq!(verdict(Flaw::None).await, "");
}

#[tokio::test]
async fn a_server_that_breaks_it_in_any_way_is_not() {
    for (flaw, sentence) in [
        (Flaw::Forgets, "a repeat and a reused key had 3 effects instead of 1"),
        (Flaw::Forgets, "of 8 calls at once 8 were answered as the first one"),
        (Flaw::Unmarked, "the repeat with the same key is not marked `Idempotency-Replayed: true`"),
        (
            Flaw::OtherAnswer,
            "the repeat with the same key is answered with {\"number\":0}, the first was {\"number\":1}",
        ),
        (Flaw::Refuses, "the repeat with the same key must be answered as the first"),
        (Flaw::TakesAnyBody, "the same key with another body must be 422 IDEMPOTENCY_KEY_REUSED: a success"),
        (Flaw::WrongWord, "the same key with another body must be 422 IDEMPOTENCY_KEY_REUSED: seat-service book"),
        (Flaw::LooksFirst, "calls at once had 8 effects instead of 1"),
        (Flaw::WorksAgain, "a repeat and a reused key had 2 effects instead of 1"),
    ] {
        let found = verdict(flaw).await;
        assert!(found.contains("seat-service book: ") && found.contains(sentence), "{flaw:?}: {sentence}\n{found}");
    }
}

#[tokio::test]
async fn only_keyed_operations_make_the_promise() {
    let network = network(seat_api::router(Seats::new(Flaw::None)));
    let client = BaseClient::builder(seat_api::SERVICE).url("http://seats").build_on(&network).unwrap();
    let failures = prove(&client, &seat_api::LOOK, Trial::new(row(1), row(2))).await.unwrap_err();
    assert!(failures.to_string().contains("seat-service look: is declared safe, not keyed"), "{failures}");
}
