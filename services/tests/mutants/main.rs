//! Each mistake that a payment platform can make is found by an invariant, by name; the same work without the mistake is
//! clean.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod ledger;
mod payments;
mod payouts;

#[allow(dead_code, reason = "the gateway's own tests need the rest of it")]
#[path = "../gateway/stage.rs"]
mod gateway;
#[allow(dead_code, reason = "the payouts' own tests need the rest of it")]
#[path = "../payout/stage.rs"]
mod stage;
#[path = "../support/mod.rs"]
mod support;

use std::any::Any;

use payment_services::{
    check::check,
    kit::{
        clock::Clock,
        outbox::relay::Relay,
        store::{Store, Stores},
    },
    mutants::{self, Mutant},
};
use tokio::sync::Mutex;

/// One mistake at a time: it is the whole process that makes it.
static ALONE: Mutex<()> = Mutex::const_new(());

/// What a scenario has left behind, and what must not be dropped before it is checked.
struct Left {
    stores: Stores,
    _kept: Box<dyn Any>,
}

impl Left {
    fn behind(stores: Stores, kept: impl Any) -> Self {
        Self { stores, _kept: Box::new(kept) }
    }
}

/// The scenario is clean, and with the mistake breaks this invariant.
async fn finds(mutant: Mutant, invariant: &str, scenario: impl AsyncFn() -> Left) {
    let _alone = ALONE.lock().await;
    mutants::turn_on(None);
    let clean = check(&scenario().await.stores, false, None).unwrap();
    assert!(clean.holds(), "without the mistake:\n{clean}");
    assert!(clean.checked().contains(&invariant), "{invariant} is not reached:\n{clean}");
    mutants::turn_on(Some(mutant));
    let left = scenario().await;
    // Who checks makes no mistakes.
    mutants::turn_on(None);
    let found = check(&left.stores, false, None).unwrap();
    assert!(found.violated().contains(&invariant), "{invariant} does not find {mutant}:\n{found}");
}

/// Publishes what a service has to tell.
async fn publish(store: &Store, service: &'static str, clock: &Clock) {
    let relay = Relay::new(store.clone(), service, clock.clone(), None);
    while relay.pass().await.unwrap() {}
}

#[test]
fn every_mistake_has_a_name_and_is_tried_here() {
    let tests = [include_str!("ledger.rs"), include_str!("payments.rs"), include_str!("payouts.rs")].concat();
    for (name, mutant) in Mutant::ALL {
        assert_eq!(name.parse(), Ok(mutant));
        assert!(tests.contains(&format!("Mutant::{mutant:?}")), "{name} is not tried");
    }
    assert!("no-tests".parse::<Mutant>().unwrap_err().contains("no-check"));
}
