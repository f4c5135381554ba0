//! What holds for a queue in every order in which threads can meet.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::{
    future::Future,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use loom::thread;

use super::{Entry, Queue, QueueSettings, Slot, Waiting};
use crate::{
    contract::operation::Tier,
    seams::{Clock, sync::explore},
};

fn queue() -> Arc<Queue> {
    Queue::new(QueueSettings::default(), 1, Clock::system())
}

fn join(queue: &Arc<Queue>) -> Entry {
    let now = queue.clock.now();
    queue.join(Tier::Critical, now, now + Duration::from_secs(4), now).unwrap()
}

fn take(queue: &Arc<Queue>) -> Slot {
    match join(queue) {
        Entry::Admitted(slot) => slot,
        Entry::Queued(_) => panic!("the queue was empty"),
    }
}

fn place(queue: &Arc<Queue>) -> Waiting {
    match join(queue) {
        Entry::Queued(waiting) => waiting,
        Entry::Admitted(_) => panic!("the slot was taken"),
    }
}

fn is_served(waiting: Waiting) -> bool {
    matches!(pin!(waiting).poll(&mut Context::from_waker(Waker::noop())), Poll::Ready(Ok(_)))
}

fn assert_empty(queue: &Queue) {
    assert_eq!((queue.in_use(), queue.waiting()), (0, 0));
}

#[test]
fn nobody_waits_for_a_slot_that_was_given_back_as_it_came() {
    explore(None, || {
        let queue = queue();
        let slot = take(&queue);
        let other = thread::spawn(move || drop(slot));
        let entry = join(&queue);
        other.join().unwrap();
        match entry {
            Entry::Admitted(slot) => drop(slot),
            Entry::Queued(waiting) => assert!(is_served(waiting)),
        }
        assert_empty(&queue);
    });
}

#[test]
fn a_slot_granted_to_a_waiter_that_is_dropped_goes_to_the_next() {
    explore(None, || {
        let queue = queue();
        let (slot, gone, next) = (take(&queue), place(&queue), place(&queue));
        let others = [thread::spawn(move || drop(slot)), thread::spawn(move || drop(gone))];
        others.into_iter().for_each(|thread| thread.join().unwrap());
        assert!(is_served(next));
        assert_empty(&queue);
    });
}

#[test]
fn a_capacity_that_grows_as_a_slot_comes_back_serves_everybody() {
    explore(None, || {
        let queue = queue();
        let (slot, first, second) = (take(&queue), place(&queue), place(&queue));
        let other = thread::spawn(move || drop(slot));
        queue.set_capacity(2);
        other.join().unwrap();
        assert!(is_served(first) && is_served(second));
        assert_empty(&queue);
    });
}
