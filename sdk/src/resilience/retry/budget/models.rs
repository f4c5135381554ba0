//! What holds for a budget in every order in which threads can meet.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use loom::thread;

use super::Budget;
use crate::seams::sync::explore;

/// Retries that two threads get at once, and the budget after them.
fn race(budget: &Arc<Budget>, now: Instant) -> u32 {
    let other = {
        let budget = Arc::clone(budget);
        thread::spawn(move || budget.withdraw(now))
    };
    let ours = budget.withdraw(now);
    u32::from(ours) + u32::from(other.join().unwrap())
}

#[test]
fn the_floor_grants_one_retry_to_one_of_many() {
    explore(None, || {
        let now = Instant::now();
        let budget = Arc::new(Budget::new(100, now));
        assert_eq!(race(&budget, now), 1);
    });
}

#[test]
fn nothing_is_spent_twice_and_nothing_is_lost() {
    explore(None, || {
        let epoch = Instant::now();
        let budget = Arc::new(Budget::new(500, epoch));
        assert!(budget.withdraw(epoch), "the floor");
        // Three halves of a retry in two seconds: enough for one.
        let now = epoch + Duration::from_secs(1);
        budget.deposit(epoch);
        budget.deposit(now);
        budget.deposit(now);
        let granted = race(&budget, now);
        assert!(granted <= 1);
        assert_eq!(granted * 1000 + budget.balance(now), 1500);
    });
}
