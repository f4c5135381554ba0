//! Who gets a slot, in which order, and that none is lost.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::{
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use super::{Entry, Queue, QueueSettings, Refused, Slot, Waiting};
use crate::{contract::operation::Tier, seams::Clock};

const MS: Duration = Duration::from_millis(1);

fn queue(capacity: u64, length: usize) -> Arc<Queue> {
    Queue::new(QueueSettings { length, ..QueueSettings::default() }, capacity, Clock::system())
}

async fn acquire(queue: &Arc<Queue>, tier: Tier) -> Result<Slot, Refused> {
    let now = queue.clock.now();
    queue.acquire(tier, now, now + 4_000 * MS, now).await
}

fn join(queue: &Arc<Queue>, tier: Tier, enqueued_at: Instant) -> Result<Entry, Refused> {
    let now = queue.clock.now();
    queue.join(tier, enqueued_at, now + 4_000 * MS, now)
}

fn waiting(queue: &Arc<Queue>, tier: Tier, enqueued_at: Instant) -> Waiting {
    match join(queue, tier, enqueued_at) {
        Ok(Entry::Queued(waiting)) => waiting,
        other => panic!("{other:?}"),
    }
}

/// One look at a waiter.
fn look(waiting: &mut Waiting) -> Poll<Result<Slot, Refused>> {
    std::future::Future::poll(pin!(waiting), &mut Context::from_waker(Waker::noop()))
}

fn is_served(waiting: &mut Waiting) -> bool {
    matches!(look(waiting), Poll::Ready(Ok(_)))
}

#[tokio::test(start_paused = true)]
async fn the_most_important_goes_first_and_among_equals_the_oldest() {
    let queue = queue(1, 1000);
    let now = queue.clock.now();
    let slot = acquire(&queue, Tier::Standard).await.unwrap();
    let mut late = waiting(&queue, Tier::Critical, now + 2 * MS);
    let mut standard = waiting(&queue, Tier::Standard, now);
    let mut retried = waiting(&queue, Tier::Critical, now + MS);
    drop(slot);
    assert!(look(&mut late).is_pending() && look(&mut standard).is_pending());
    assert!(is_served(&mut retried), "and gives its slot back at once");
    assert!(look(&mut standard).is_pending());
    assert!(is_served(&mut late) && is_served(&mut standard));
}

#[tokio::test(start_paused = true)]
async fn a_critical_call_overtakes_a_waiting_standard_one_even_into_the_last_tenth() {
    let queue = queue(10, 1000);
    let mut slots = Vec::new();
    for _ in 0..9 {
        slots.push(acquire(&queue, Tier::Standard).await.unwrap());
    }
    let mut standard = waiting(&queue, Tier::Standard, queue.clock.now());
    slots.push(acquire(&queue, Tier::Critical).await.unwrap());
    assert!(look(&mut standard).is_pending());
    slots.truncate(9);
    assert!(look(&mut standard).is_pending(), "nine of ten are in use");
    slots.pop();
    assert!(is_served(&mut standard));
}

#[tokio::test(start_paused = true)]
async fn a_tier_uses_its_share_only() {
    let queue = queue(10, 1000);
    for (tier, share) in [(Tier::BestEffort, 5), (Tier::Standard, 9), (Tier::Critical, 10)] {
        let mut slots = Vec::new();
        while let Ok(Entry::Admitted(slot)) = join(&queue, tier, queue.clock.now()) {
            slots.push(slot);
        }
        assert_eq!(slots.len(), share, "{tier}");
        drop(slots);
        assert_eq!((queue.in_use(), queue.waiting()), (0, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn each_tier_has_its_patience() {
    let queue = queue(1, 1000);
    let _slot = acquire(&queue, Tier::Critical).await.unwrap();
    for (tier, left, patience) in [
        (Tier::Critical, 4_000, 800),
        (Tier::Critical, 1_000, 250),
        (Tier::Standard, 4_000, 100),
        (Tier::BestEffort, 4_000, 25),
    ] {
        let now = queue.clock.now();
        let refused = queue.acquire(tier, now, now + left * MS, now).await.unwrap_err();
        assert_eq!(refused, Refused::WaitedTooLong);
        assert_eq!((queue.clock.now() - now).as_millis(), patience);
        assert_eq!(queue.waiting(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_full_queue_pushes_out_its_least_important_newest() {
    let queue = queue(1, 2);
    let now = queue.clock.now();
    let slot = acquire(&queue, Tier::Critical).await.unwrap();
    let mut old = waiting(&queue, Tier::Standard, now);
    let mut new = waiting(&queue, Tier::Standard, now + MS);
    assert_eq!(join(&queue, Tier::Standard, now + 2 * MS).unwrap_err(), Refused::Full);
    let mut critical = waiting(&queue, Tier::Critical, now + 3 * MS);
    assert!(matches!(look(&mut new), Poll::Ready(Err(Refused::PushedOut))));
    assert_eq!(queue.waiting(), 2);
    drop(slot);
    assert!(is_served(&mut critical) && is_served(&mut old));
}

#[tokio::test(start_paused = true)]
async fn a_call_that_cannot_finish_is_not_let_in() {
    let queue = queue(1, 1000);
    (0..100).for_each(|_| queue.served(200 * MS));
    let now = queue.clock.now();
    let ask = |left| queue.join(Tier::Critical, now, now + left * MS, now);
    assert_eq!(ask(199).unwrap_err(), Refused::TooLate);
    assert_eq!(ask(0).unwrap_err(), Refused::TooLate);
    let slot = ask(200).unwrap();
    let waits = queue.acquire(Tier::Critical, now, now + 220 * MS, now);
    let frees = async {
        tokio::time::sleep(40 * MS).await;
        drop(slot);
    };
    let (refused, ()) = tokio::join!(waits, frees);
    assert_eq!(refused.unwrap_err(), Refused::TooLate, "it waited for too much of its time");
    assert_eq!(queue.in_use(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_slow_time_that_is_over_turns_nobody_away_for_good() {
    let queue = queue(1, 1000);
    (0..100).for_each(|_| queue.served(800 * MS));
    let ask = || {
        let now = queue.clock.now();
        queue.join(Tier::Critical, now, now + 500 * MS, now)
    };
    assert_eq!(ask().unwrap_err(), Refused::TooLate);
    tokio::time::advance(999 * MS).await;
    assert_eq!(ask().unwrap_err(), Refused::TooLate);
    tokio::time::advance(MS).await;
    let Entry::Admitted(slot) = ask().unwrap() else { panic!("there is room") };
    assert_eq!(ask().unwrap_err(), Refused::TooLate, "one finds out");
    drop(slot);
    queue.served(2 * MS);
    assert!(ask().is_ok());
}

#[tokio::test(start_paused = true)]
async fn while_calls_are_slow_one_a_second_finds_out() {
    let queue = queue(1, 1000);
    (0..100).for_each(|_| queue.served(800 * MS));
    let mut sent = 0;
    for _ in 0..1_000 {
        let now = queue.clock.now();
        if queue.join(Tier::Critical, now, now + 500 * MS, now).is_ok() {
            sent += 1;
            queue.served(800 * MS);
        }
        tokio::time::advance(10 * MS).await;
    }
    assert!((8..=10).contains(&sent), "{sent} of ten seconds");
}

#[tokio::test(start_paused = true)]
async fn a_waiter_that_is_dropped_leaves_nothing_behind() {
    let queue = queue(1, 1000);
    let now = queue.clock.now();
    let slot = acquire(&queue, Tier::Critical).await.unwrap();
    let gone = waiting(&queue, Tier::Critical, now);
    let granted = waiting(&queue, Tier::Critical, now + MS);
    let mut next = waiting(&queue, Tier::Standard, now + MS);
    drop(gone);
    assert_eq!(queue.waiting(), 2);
    drop(slot);
    drop(granted);
    assert!(is_served(&mut next), "the slot was sent to one that was dropped in the same instant");
    assert_eq!((queue.in_use(), queue.waiting()), (0, 0));
}

#[tokio::test(start_paused = true)]
async fn more_capacity_wakes_those_who_wait() {
    let queue = queue(1, 1000);
    let slot = acquire(&queue, Tier::Critical).await.unwrap();
    let mut waiting = waiting(&queue, Tier::Critical, queue.clock.now());
    queue.set_capacity(2);
    assert!(is_served(&mut waiting));
    queue.set_capacity(0);
    drop(slot);
    assert_eq!((queue.in_use(), queue.capacity()), (0, 0));
    assert_eq!(acquire(&queue, Tier::BestEffort).await.unwrap_err(), Refused::WaitedTooLong);
}

#[test]
fn shares_that_grow_as_importance_falls_are_refused() {
    let mut settings = QueueSettings::default();
    assert!(settings.check().is_ok());
    settings.tiers[0].permille = 950;
    assert!(settings.check().unwrap_err().to_string().contains("less important"));
}

proptest! {
    #[test]
    fn no_slot_and_no_place_is_ever_lost(steps in proptest::collection::vec(any::<(u8, u8)>(), 1..300)) {
        let queue = queue(4, 6);
        let now = queue.clock.now();
        let (mut slots, mut places) = (Vec::new(), Vec::new());
        for (what, which) in steps {
            let which = usize::from(which);
            match what % 5 {
                0 | 1 => match queue.join(Tier::ALL[which % 3], now, now + 4_000 * MS, now) {
                    Ok(Entry::Admitted(slot)) => slots.push(slot),
                    Ok(Entry::Queued(waiting)) => places.push(waiting),
                    Err(_) => {}
                },
                2 if !slots.is_empty() => drop(slots.swap_remove(which % slots.len())),
                3 if !places.is_empty() => drop(places.swap_remove(which % places.len())),
                4 => places.retain_mut(|place| match look(place) {
                    Poll::Ready(answer) => { slots.extend(answer); false }
                    Poll::Pending => true,
                }),
                _ => {}
            }
            prop_assert!(queue.in_use() <= 4 && queue.waiting() <= 6);
            prop_assert!(queue.waiting() == 0 || queue.in_use() >= 2, "somebody waits and there is room");
        }
        drop(slots);
        drop(places);
        prop_assert_eq!((queue.in_use(), queue.waiting()), (0, 0));
    }
}
