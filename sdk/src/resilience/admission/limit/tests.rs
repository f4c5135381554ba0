//! The limit by its rules, and in front of a simulated server.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod server;

use std::time::{Duration, Instant};

use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

use self::server::{Run, run};
use super::{Limit, LimitSettings, Permit};

const MS: Duration = Duration::from_millis(1);

fn limit(start: u64) -> (Limit, Instant) {
    let now = Instant::now();
    (Limit::new(LimitSettings { start, ..LimitSettings::default() }, now), now)
}

fn take(limit: &Limit, count: u64, now: Instant) -> Vec<Permit<'_>> {
    (0..count).map(|_| limit.try_acquire(now).unwrap()).collect()
}

#[test]
fn no_more_attempts_than_the_limit_are_in_flight() {
    let (limit, now) = limit(20);
    let permits = take(&limit, 20, now);
    assert!(limit.try_acquire(now).is_none());
    drop(permits);
    assert_eq!(limit.in_flight(), 0);
    assert_eq!(limit.limit(), 20, "attempts that end without a word say nothing");
}

#[test]
fn a_limit_of_successes_raises_it_by_one_while_it_is_used() {
    let (limit, now) = limit(20);
    let now = now + 150 * MS;
    let idle = || limit.try_acquire(now).unwrap().succeeded(now + MS);
    (0..60).for_each(|_| idle());
    assert_eq!(limit.limit(), 20, "an unused limit is not put to the test");
    let held = take(&limit, 10, now);
    (0..21).for_each(|_| idle());
    assert_eq!(limit.limit(), 21);
    (0..60).for_each(|_| limit.try_acquire(now).unwrap().succeeded(now + 2 * MS));
    assert_eq!(limit.limit(), 21, "late answers are no reason to send more");
    drop(held);
}

#[test]
fn simultaneous_drops_are_one_event() {
    let (limit, now) = limit(100);
    let permits = take(&limit, 100, now);
    let end = now + 1_000 * MS;
    permits.into_iter().for_each(|permit| permit.dropped(end));
    assert_eq!(limit.limit(), 90);
    take(&limit, 50, end).into_iter().for_each(|permit| permit.dropped(end + 50 * MS));
    assert_eq!(limit.limit(), 90, "at most one cut in 100 ms");
    take(&limit, 50, end + 100 * MS).into_iter().for_each(|permit| permit.dropped(end + 200 * MS));
    assert_eq!(limit.limit(), 81);
}

#[test]
fn a_slow_service_is_not_held_back_for_long_by_a_measurement() {
    let (limit, mut now) = limit(20);
    let mut halved_for = 0;
    // Twelve at a time, 600 ms each: half of the limit is in use, and twenty a second are too few to count to fifty.
    for _ in 0..20 {
        let permits = take(&limit, limit.limit().min(12), now);
        halved_for += u32::from(limit.limit() < 20);
        now += 600 * MS;
        permits.into_iter().for_each(|permit| permit.succeeded(now));
    }
    assert!((1..=3).contains(&halved_for), "halved for {halved_for} times 600 ms");
}

#[test]
fn it_stays_within_its_bounds_and_returns_from_the_lowest() {
    let (limit, mut now) = limit(20);
    for _ in 0..100 {
        now += 200 * MS;
        limit.try_acquire(now).unwrap().dropped(now + MS);
    }
    assert_eq!(limit.limit(), 3);
    let mut turns = 0;
    while limit.limit() < 1000 {
        let permits = take(&limit, limit.limit(), now);
        now += 10 * MS;
        permits.into_iter().for_each(|permit| permit.succeeded(now));
        turns += 1;
        assert!(turns < 3_000, "stuck at {}", limit.limit());
    }
}

/// 100 exponential services a second, offered 200: a limit below 10 would idle the workers, a higher one only queues.
#[test]
fn at_twice_the_load_a_queueing_server_stays_near_its_knee() {
    for (calm_until, seed) in [(0, 1), (0, 2), (0, 3), (20_000_000, 1), (20_000_000, 2), (20_000_000, 3)] {
        let Run { goodput_permille, mean_limit, wasted } = run(1, 10, calm_until, seed);
        assert!(goodput_permille >= 950, "seed {seed}: {goodput_permille} thousandths, limit {mean_limit}");
        assert!((10..=25).contains(&mean_limit), "seed {seed}: {mean_limit}");
        assert!(wasted <= 20, "seed {seed}: {wasted} answers came too late");
    }
}

/// The same server behind five processes that know it from a calm minute, each with a limit of its own.
#[test]
fn limits_that_do_not_know_each_other_share_a_server() {
    for seed in 1..=3 {
        let Run { goodput_permille, mean_limit, .. } = run(5, 10, 20_000_000, seed);
        assert!(goodput_permille >= 950, "seed {seed}: {goodput_permille} thousandths, limit {mean_limit}");
    }
}

proptest! {
    #[test]
    fn no_permit_is_ever_lost(steps in proptest::collection::vec(any::<(u8, u16)>(), 1..400)) {
        let (limit, mut now) = limit(20);
        let mut held = Vec::new();
        for (what, which) in steps {
            now += u32::from(which % 50) * MS;
            let at = usize::from(which) % held.len().max(1);
            match what % 5 {
                0 | 1 => held.extend(limit.try_acquire(now)),
                _ if held.is_empty() => {}
                2 => Permit::succeeded(held.swap_remove(at), now),
                3 => Permit::dropped(held.swap_remove(at), now),
                _ => drop(held.swap_remove(at)),
            }
            prop_assert_eq!(limit.in_flight(), held.len() as u64);
            prop_assert!((3..=1000).contains(&limit.limit()));
        }
    }
}

#[test]
fn a_large_limit_grows_too() {
    let now = Instant::now();
    let limit = Limit::new(LimitSettings { start: 2000, min: 3, max: 5000 }, now);
    let now = now + 150 * MS;
    // What is late has to be known.
    (0..60).for_each(|_| limit.try_acquire(now).unwrap().succeeded(now + MS));
    take(&limit, 2000, now).into_iter().for_each(|permit| permit.succeeded(now + MS));
    assert!(limit.limit() > 2000);
}
