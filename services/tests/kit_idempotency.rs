//! One effect for one key: repeats get the first answer, other requests get none of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::{sync::Arc, time::Duration};

use http::{HeaderValue, Method, StatusCode};
use payment_clients::{
    contract::{
        context::CallContext,
        error::{Error, ErrorKind, code},
        idempotency::{Fingerprint, IdempotencyKey},
        operation::{EnvelopeKind, Operation, Service, Tier},
    },
    server::Replay,
};
use payment_services::{
    args,
    kit::{
        clock::{Clock, Hand},
        idempotency::{self, Claim, Slot},
        store::Store,
    },
};
use support::Place;

const EFFECTS: &str = "CREATE TABLE effect(id {{int}} PRIMARY KEY, what TEXT NOT NULL) {{strict}};";
const SERVICE: Service = Service { name: "test-service", port: None, tier: Tier::Critical };
static PAY: Operation = Operation::new(SERVICE, "pay", Method::POST, "/api/v1/payments");
static REFUND: Operation = Operation::new(SERVICE, "refund", Method::POST, "/api/v1/refunds");
static BARE: Operation = Operation::new(SERVICE, "bare", Method::POST, "/v1/bare").envelope(EnvelopeKind::Bare);

struct World {
    _place: Place,
    store: Store,
    clock: Clock,
    hand: Hand,
}

fn world() -> World {
    let place = Place::new();
    let store = place.stores().open("test", &[idempotency::TABLES, EFFECTS]).unwrap();
    let (clock, hand) = Clock::manual(1_000_000);
    World { _place: place, store, clock, hand }
}

fn call(operation: &'static Operation, key: &str, body: &str) -> CallContext {
    let mut call = CallContext::default();
    call.operation = Some(operation);
    call.key = Some(IdempotencyKey::new(key).unwrap());
    call.fingerprint = Some(Fingerprint::of(&operation.method, operation.path, body.as_bytes()));
    call.request_id = Some(HeaderValue::from_static("request-1"));
    call
}

impl World {
    /// Pays, and answers with the number of the effect.
    async fn pay(&self, call: &CallContext, principal: &str) -> Result<i64, Error> {
        idempotency::local(&self.store, &self.clock, call, principal, |tx| {
            tx.execute("INSERT INTO effect(id, what) SELECT COUNT(*) + 1, 'paid' FROM effect", &[])?;
            tx.one("SELECT MAX(id) FROM effect", &[], |row| row.get(0))
        })
        .await
    }

    async fn refuse(&self, call: &CallContext, error: fn() -> Error) -> Error {
        let work = idempotency::local(&self.store, &self.clock, call, "m1", move |tx| {
            tx.execute("INSERT INTO effect(id, what) SELECT COUNT(*) + 1, 'never' FROM effect", &[])?;
            Err::<(), _>(error())
        });
        work.await.unwrap_err()
    }

    async fn count(&self, sql: &'static str) -> i64 {
        self.store.read(move |view| view.one(sql, &[], |row| row.get(0))).await.unwrap()
    }

    async fn effects(&self) -> i64 {
        self.count("SELECT COUNT(*) FROM effect").await
    }

    async fn claim(&self, slot: &Slot) -> Claim {
        let (slot, now) = (slot.clone(), self.clock.now());
        self.store.write(move |tx| slot.claim(tx, now)).await.unwrap()
    }

    async fn open(&self, slot: &Slot) -> Result<(), Error> {
        let (slot, now) = (slot.clone(), self.clock.now());
        self.store.write(move |tx| slot.open(tx, now)).await
    }

    async fn finish(&self, slot: &Slot, result: Result<i64, Error>) {
        let (slot, now) = (slot.clone(), self.clock.now());
        self.store.write(move |tx| slot.finish(tx, now, result.as_ref())).await.unwrap();
    }
}

/// What a repeat is answered with, byte for byte.
async fn stored(world: &World, call: &CallContext, principal: &str) -> (StatusCode, String) {
    match world.claim(&Slot::of(call, principal).unwrap()).await {
        Claim::Replay(Replay { status, body }) => (status, String::from_utf8(body.to_vec()).unwrap()),
        other => panic!("nothing is stored: {other:?}"),
    }
}

#[tokio::test]
async fn sixty_four_at_once_are_one_effect_and_one_answer() {
    let world = Arc::new(world());
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.pay(&call(&PAY, "k", "{}"), "m1").await })
        })
        .collect();
    let mut first = 0;
    let mut answers = Vec::new();
    for task in tasks {
        match task.await.unwrap() {
            Ok(effect) => {
                assert_eq!(effect, 1);
                first += 1;
                answers.push(first_answer(effect).await);
            }
            Err(replay) => {
                let answer = Replay::refusal(&replay);
                answers.push((answer.status, String::from_utf8(answer.body.to_vec()).unwrap()));
            }
        }
    }
    assert_eq!((first, world.effects().await, answers.len()), (1, 1, 64));
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0].1, r#"{"code":"SUCCESS","message":"ok","data":1,"trace_id":"request-1"}"#);
}

/// What the server writes for the handler's `Ok`.
async fn first_answer(effect: i64) -> (StatusCode, String) {
    let answer = Arc::new(call(&PAY, "k", "{}")).scope(async move { Replay::success(&effect).unwrap() }).await;
    (answer.status, String::from_utf8(answer.body.to_vec()).unwrap())
}

#[tokio::test]
async fn another_body_is_refused_and_another_principal_route_or_key_is_another_request() {
    let world = world();
    assert_eq!(world.pay(&call(&PAY, "k", "1"), "m1").await.unwrap(), 1);
    let error = world.pay(&call(&PAY, "k", "2"), "m1").await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::KeyReused, Some(code::KEY_REUSED)));
    assert_eq!(Replay::refusal(&error).status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(world.pay(&call(&PAY, "k", "1"), "m2").await.unwrap(), 2);
    assert_eq!(world.pay(&call(&REFUND, "k", "1"), "m1").await.unwrap(), 3);
    assert_eq!(world.pay(&call(&PAY, "l", "1"), "m1").await.unwrap(), 4);
}

#[tokio::test]
async fn a_refusal_for_good_is_kept_and_its_changes_are_not() {
    let world = world();
    let poor = || Error::declined("INSUFFICIENT_FUNDS", "too little");
    assert_eq!(world.refuse(&call(&PAY, "k", "1"), poor).await.code(), Some("INSUFFICIENT_FUNDS"));
    assert_eq!(world.effects().await, 0);
    let (status, body) = stored(&world, &call(&PAY, "k", "1"), "m1").await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(body, r#"{"code":"INSUFFICIENT_FUNDS","message":"too little","trace_id":"request-1"}"#);
    // Sticky: the same request is not tried again.
    let again = world.pay(&call(&PAY, "k", "1"), "m1").await.unwrap_err();
    assert_eq!((Replay::refusal(&again).status, world.effects().await), (status, 0));
}

#[tokio::test]
async fn what_is_no_answer_for_good_leaves_the_key_free() {
    let world = world();
    let passing: [fn() -> Error; 5] = [
        || Error::invalid_input("amount", "must be positive"),
        || Error::conflict("WRONG_STATE", "not now"),
        || Error::new(ErrorKind::RateLimited, Default::default(), "later"),
        || Error::internal("broken"),
        || Error::unavailable("later", Duration::from_secs(1)),
    ];
    for error in passing {
        world.refuse(&call(&PAY, "k", "1"), error).await;
        assert_eq!((world.effects().await, world.count("SELECT COUNT(*) FROM idem").await), (0, 0));
    }
    assert_eq!(world.pay(&call(&PAY, "k", "2"), "m1").await.unwrap(), 1);
}

#[tokio::test]
async fn a_request_that_still_runs_is_answered_with_when_to_come_back() {
    let world = world();
    let call = call(&PAY, "k", "1");
    let slot = Slot::of(&call, "m1").unwrap();
    world.open(&slot).await.unwrap();
    for _ in 0..15 {
        let error = world.open(&slot).await.unwrap_err();
        assert_eq!((error.kind(), error.code()), (ErrorKind::InProgress, Some(code::IN_PROGRESS)));
        assert_eq!(Replay::refusal(&error).status, StatusCode::CONFLICT);
        assert_eq!(error.retry_after(), Some(Duration::from_secs(1)));
    }
    // The saga that finishes it has read the slot back from its input.
    let kept: Slot = serde_json::from_str(&serde_json::to_string(&slot).unwrap()).unwrap();
    world.finish(&kept, Ok(7)).await;
    let (status, body) = stored(&world, &call, "m1").await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(body, r#"{"code":"SUCCESS","message":"ok","data":7,"trace_id":"request-1"}"#);
}

#[tokio::test]
async fn a_bare_answer_is_stored_bare() {
    let world = world();
    world.pay(&call(&BARE, "k", "1"), "m1").await.unwrap();
    assert_eq!(stored(&world, &call(&BARE, "k", "1"), "m1").await, (StatusCode::OK, "1".to_owned()));
}

#[tokio::test]
async fn an_unfinished_request_keeps_its_key_and_an_answer_for_thirty_days() {
    let world = world();
    let slot = Slot::of(&call(&PAY, "k", "1"), "m1").unwrap();
    world.open(&slot).await.unwrap();
    world.hand.advance(Duration::from_secs(400 * 24 * 3600));
    assert!(matches!(world.claim(&slot).await, Claim::InProgress), "what runs does not expire");
    world.finish(&slot, Ok(7)).await;
    world.hand.advance(Duration::from_secs(30 * 24 * 3600 - 1));
    assert!(matches!(world.claim(&slot).await, Claim::Replay(_)));
    world.hand.advance(Duration::from_secs(1));
    assert!(matches!(world.claim(&slot).await, Claim::New));
    assert!(matches!(world.claim(&slot).await, Claim::InProgress));
}

#[tokio::test]
async fn a_saga_that_failed_in_passing_frees_the_key() {
    let world = world();
    let slot = Slot::of(&call(&PAY, "k", "1"), "m1").unwrap();
    world.open(&slot).await.unwrap();
    world.finish(&slot, Err(Error::unavailable("the channel is down", Duration::from_secs(1)))).await;
    assert!(matches!(world.claim(&slot).await, Claim::New));
}

#[tokio::test]
async fn expired_answers_can_be_purged() {
    let world = world();
    for key in ["a", "b", "c"] {
        world.pay(&call(&PAY, key, "1"), "m1").await.unwrap();
    }
    world.open(&Slot::of(&call(&PAY, "running", "1"), "m1").unwrap()).await.unwrap();
    world.hand.advance(Duration::from_secs(31 * 24 * 3600));
    let now = world.clock.now();
    let purge = |most| world.store.write(move |tx| idempotency::purge(tx, now, most));
    assert_eq!((purge(2).await.unwrap(), purge(9).await.unwrap(), purge(9).await.unwrap()), (2, 1, 0));
    let left = world.store.read(|view| view.all("SELECT key FROM idem", args![], |row| row.get::<String>(0))).await;
    assert_eq!(left.unwrap(), ["running"]);
}

#[tokio::test]
async fn a_call_without_a_key_is_told_so() {
    let world = world();
    let error = world.pay(&CallContext::default(), "m1").await.unwrap_err();
    assert_eq!((error.kind(), error.code()), (ErrorKind::InvalidInput, Some(code::KEY_MISSING)));
}
