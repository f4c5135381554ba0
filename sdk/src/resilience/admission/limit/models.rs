//! What holds for a limit in every order in which threads can meet.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use loom::thread;

use super::{Limit, LimitSettings};
use crate::seams::sync::explore;

fn limit(start: u64) -> (Arc<Limit>, Instant) {
    let now = Instant::now();
    (Arc::new(Limit::new(LimitSettings { start, min: 1, max: 10 }, now)), now)
}

#[test]
fn permits_never_pass_the_limit_and_come_back() {
    explore(None, || {
        let (limit, now) = limit(1);
        let take = {
            let limit = Arc::clone(&limit);
            move || {
                let permit = limit.try_acquire(now);
                assert!(limit.in_flight() <= 1);
                permit.is_some()
            }
        };
        let others = [thread::spawn(take.clone()), thread::spawn(take.clone())];
        take();
        others.into_iter().for_each(|thread| _ = thread.join().unwrap());
        assert!(limit.in_flight() == 0 && take());
    });
}

#[test]
fn drops_at_once_are_one_cut() {
    explore(None, || {
        let (limit, now) = limit(10);
        let end = now + Duration::from_secs(1);
        let drop_one = {
            let limit = Arc::clone(&limit);
            move || limit.try_acquire(now).unwrap().dropped(end)
        };
        let other = thread::spawn(drop_one.clone());
        drop_one();
        other.join().unwrap();
        assert_eq!((limit.limit(), limit.in_flight()), (9, 0));
    });
}
