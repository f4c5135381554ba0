//! The ledger against a model that is too simple to be wrong: random journals go to both, and after each of them both
//! say the same, whether it was booked, found or refused.
//!
//! A run is named by its seed. The long one, a million operations:
//! `LEDGER_OPS=1000000 cargo test --release -p payment-services --test ledger_model model -- --nocapture`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod arithmetic;
mod model;
mod moves;
#[path = "../support/mod.rs"]
mod support;
mod tampering;

use std::sync::{Arc, Mutex};

use payment_clients::contract::{error::Error, money::Currency};
use payment_services::{
    accounting::{
        ledger::{self, Account, Class, Held, Journal, Kind, Leg, Outcome, invariants},
        store::MIGRATIONS,
    },
    args,
    kit::{
        invariants::Violation,
        store::{Store, Tx},
    },
};

use self::{
    model::{Model, Verdict},
    moves::{Move, Moves},
    support::Place,
};

/// Moves of a run in `cargo test`; `LEDGER_OPS` says otherwise.
const MOVES: u64 = 6_000;
/// Moves of one unit of work: many, since a commit waits for the disk.
const MOVES_A_UNIT: u64 = 500;
const NOW: i64 = 1_761_307_200_000;

/// A store of its own.
pub struct Books {
    store: Store,
    place: Place,
}

impl Books {
    pub fn open() -> Self {
        let place = Place::new();
        let store = place.stores().open("accounting", MIGRATIONS).unwrap();
        Self { store, place }
    }

    pub async fn book(&self, journal: Journal) -> Result<Outcome, Error> {
        self.store.write(move |tx| ledger::book(tx, &journal, NOW)).await
    }

    pub async fn violations(&self) -> Vec<Violation> {
        self.store.read(invariants::check).await.unwrap()
    }

    async fn free(&self, account: Account) -> i64 {
        const FREE: &str = "SELECT cp - dp - dh FROM ledger_accounts WHERE id = $1";
        self.store.read(move |view| view.one(FREE, args![account.id()], |row| row.get(0))).await.unwrap()
    }

    async fn held(&self, journal: &'static str) -> Held {
        self.store.read(move |view| ledger::held(view, journal)).await.unwrap().unwrap()
    }

    /// Gives a merchant free funds.
    async fn fund(&self, amount: i64) {
        let from = Account::new(Class::Adjustments, Account::PLATFORM, Currency::USD);
        let leg = Leg::single(from, available(), amount);
        self.book(Journal::new("tx:fund", Kind::Posting, "fund", vec![leg]).unwrap()).await.unwrap();
    }
}

fn available() -> Account {
    Account::new(Class::MerchantAvailable, "m1", Currency::USD)
}

fn hold(name: &str, amount: i64) -> Journal {
    let transit = Account::new(Class::PayoutsInTransit, Account::PLATFORM, Currency::USD);
    Journal::new(format!("hold:{name}"), Kind::Hold, name, vec![Leg::hold(available(), transit, amount)]).unwrap()
}

// === against the model ===

/// Books a move as services do, so that a refusal undoes what the unit has done for it.
fn play(tx: &mut Tx<'_>, step: &Move) -> Verdict {
    let result = tx.nested(|tx| match step {
        Move::Book(journal) => ledger::book(tx, journal, NOW),
        Move::SetStatus(account, status) => {
            let update = "UPDATE ledger_accounts SET status = $2 WHERE id = $1";
            tx.execute(update, args![account.id(), *status]).map(|_| Outcome::Exists)
        }
    });
    match result {
        Ok(Outcome::Booked(booked)) => Verdict::Booked(booked.entries.iter().map(|entry| entry.seq).collect()),
        Ok(Outcome::Exists) => Verdict::Nothing,
        Err(error) => Verdict::Refused(error.code().unwrap_or_else(|| panic!("{error:?}")).to_owned()),
    }
}

async fn run(seed: u64, moves: u64) -> Model {
    let books = Books::open();
    let state = Arc::new(Mutex::new((Moves::seeded(seed), Model::default())));
    for unit in 0..moves.div_ceil(MOVES_A_UNIT) {
        let state = Arc::clone(&state);
        let work = move |tx: &mut Tx<'_>| {
            let (source, model) = &mut *state.lock().unwrap();
            for at in unit * MOVES_A_UNIT..moves.min((unit + 1) * MOVES_A_UNIT) {
                let step = source.next(model);
                let (ours, theirs) = (model.play(&step), play(tx, &step));
                assert_eq!(ours, theirs, "seed {seed}, move {at}: {step:?}");
                model.check(&model::rows(tx), &format!("seed {seed}, move {at}: {step:?}"));
            }
            Ok(())
        };
        books.store.write(work).await.unwrap();
        // The whole history takes as long as it is: now and then, and in the end.
        if unit % 64 == 0 {
            assert_eq!(books.violations().await, []);
        }
    }
    assert_eq!(books.violations().await, []);
    let (_, model) = Arc::into_inner(state).unwrap().into_inner().unwrap();
    model
}

#[tokio::test]
async fn every_move_leaves_the_books_as_the_model_says() {
    let setting = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let moves = setting("LEDGER_OPS").unwrap_or(MOVES);
    let seed = setting("LEDGER_SEED").unwrap_or(1);
    let model = run(seed, moves).await;
    // A run that never came to these has proven nothing about them.
    for outcome in ["booked", "exists", "REFERENCE_REUSED", "INSUFFICIENT_BALANCE", "HOLD_ENDED", "ACCOUNT_NOT_ACTIVE"]
    {
        assert!(model.seen(outcome) > 0, "seed {seed}: no {outcome} in {moves} moves: {model:?}");
    }
}

#[tokio::test]
async fn other_seeds_find_nothing_either() {
    for seed in 100..110 {
        run(seed, 300).await;
    }
}

// === races ===

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_sixteen_who_hold_700_from_a_million_1428_succeed_and_400_are_left() {
    let books = Arc::new(Books::open());
    books.fund(1_000_000).await;
    let tasks: Vec<_> = (0..16)
        .map(|task| {
            let books = Arc::clone(&books);
            tokio::spawn(async move {
                let mut placed = 0;
                for number in 0.. {
                    match books.book(hold(&format!("{task}-{number}"), 700)).await {
                        Ok(Outcome::Booked(_)) => placed += 1,
                        Ok(Outcome::Exists) => panic!("nobody else has this name"),
                        Err(error) if error.code() == Some(ledger::INSUFFICIENT) => break,
                        Err(error) => panic!("{error}"),
                    }
                }
                placed
            })
        })
        .collect();
    let mut placed = 0;
    for task in tasks {
        placed += task.await.unwrap();
    }
    assert_eq!((placed, books.free(available()).await), (1_428, 400));
    assert_eq!(books.violations().await, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_hold_is_posted_or_voided_and_never_both() {
    let books = Arc::new(Books::open());
    books.fund(1_000_000).await;
    for round in 0..100 {
        let name: &'static str = Box::leak(format!("hold:{round}").into_boxed_str());
        books.book(hold(&round.to_string(), 700)).await.unwrap();
        let held = books.held(name).await;
        let bank = Account::new(Class::Bank, "main", Currency::USD);
        let post = vec![Leg::post(held.clone(), 700), Leg::single(held.credit.clone(), bank, 700)];
        let post = Journal::new(format!("post:{round}"), Kind::Withdrawal, "w", post).unwrap();
        let void = Journal::new(format!("void:{round}"), Kind::Release, "w", vec![Leg::void(held)]).unwrap();
        let (first, second) = tokio::join!(books.book(post), books.book(void));
        let lost = [&first, &second].into_iter().filter_map(|result| result.as_ref().err());
        assert_eq!(lost.map(|error| error.code().unwrap()).collect::<Vec<_>>(), ["HOLD_ENDED"], "round {round}");
    }
    assert_eq!(books.violations().await, []);
}

// === edges ===

#[tokio::test]
async fn a_journal_booked_again_is_found_and_another_of_its_name_is_refused() {
    let books = Books::open();
    books.fund(1_000).await;
    assert!(matches!(books.book(hold("a", 700)).await, Ok(Outcome::Booked(_))));
    assert!(matches!(books.book(hold("a", 700)).await, Ok(Outcome::Exists)));
    let error = books.book(hold("a", 100)).await.unwrap_err();
    assert_eq!(error.code(), Some(ledger::REUSED));
    assert_eq!(books.free(available()).await, 300);
}

#[tokio::test]
async fn a_journal_whose_last_leg_is_refused_leaves_nothing_of_the_first() {
    let books = Books::open();
    books.fund(1_000).await;
    books.book(hold("a", 600)).await.unwrap();
    let held = books.held("hold:a").await;
    let fees = Account::new(Class::Fees, "withdrawal", Currency::USD);
    let bank = Account::new(Class::Bank, "main", Currency::USD);
    let legs = vec![
        Leg::post(held.clone(), 600),
        Leg::single(held.credit.clone(), bank, 600),
        Leg::single(available(), fees, 401),
    ];
    let error = books.book(Journal::new("post:a", Kind::Withdrawal, "a", legs).unwrap()).await.unwrap_err();
    assert_eq!(error.code(), Some(ledger::INSUFFICIENT));
    assert_eq!(books.free(available()).await, 400);
    assert_eq!(books.violations().await, []);
}

#[tokio::test]
async fn volumes_end_with_an_error_and_never_wrap() {
    let books = Books::open();
    books.fund(1_000).await;
    let full = "UPDATE ledger_accounts SET cp = 4000000000000000000 - 999 WHERE id = $1";
    books.store.write(move |tx| tx.execute(full, args![available().id()])).await.unwrap();
    let from = Account::new(Class::Adjustments, Account::PLATFORM, Currency::USD);
    let over = |amount| {
        Journal::new(format!("tx:{amount}"), Kind::Posting, "x", vec![Leg::single(from.clone(), available(), amount)])
    };
    assert_eq!(books.book(over(1_000).unwrap()).await.unwrap_err().code(), Some("VOLUME_LIMIT"));
    assert!(books.book(over(999).unwrap()).await.is_ok());
    for amount in [0, -1, ledger::MAX_AMOUNT + 1, i64::MAX, i64::MIN] {
        assert_eq!(over(amount).unwrap_err().code(), Some("AMOUNT_OUT_OF_RANGE"), "{amount}");
    }
}
