//! A server with a few workers and one queue, in virtual time. It answers everything in the end, and everything late
//! when there is too much: it never says that it is overloaded.
#![allow(clippy::float_arithmetic, clippy::cast_possible_truncation, clippy::cast_sign_loss)]

use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
    time::{Duration, Instant},
};

use crate::{
    resilience::admission::limit::{Limit, LimitSettings, Permit},
    seams::Rng,
};

const SECOND: u64 = 1_000_000;
const SERVICE: u64 = SECOND / 10;
const ATTEMPT_TIMEOUT: u64 = SECOND;
const END: u64 = 120 * SECOND;
/// What happens before is not counted.
const WARM: u64 = 20 * SECOND;

/// What came of a run.
pub(super) struct Run {
    /// Answers in time, in thousandths of what the server can do.
    pub(super) goodput_permille: u64,
    /// The limits of all clients, summed, on average over the arrivals.
    pub(super) mean_limit: u64,
    /// Answers that came too late.
    pub(super) wasted: u64,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Arrival,
    Served { attempt: usize },
    TimedOut { attempt: usize },
}

/// Runs two minutes at twice the capacity of `workers`, spread over `clients`.
pub(super) fn run(clients: usize, workers: u64, calm_until: u64, seed: u64) -> Run {
    let (epoch, rng) = (Instant::now(), Rng::seeded(seed));
    let limits: Vec<_> = (0..clients).map(|_| Limit::new(LimitSettings::default(), epoch)).collect();
    let instant = |micros| epoch + Duration::from_micros(micros);
    let mut permits: Vec<Option<Permit<'_>>> = Vec::new();
    let mut events = BinaryHeap::from([Reverse((0, Event::Arrival))]);
    let (mut queue, mut busy) = (VecDeque::new(), 0);
    let (mut good, mut wasted, mut limit_sum, mut arrivals) = (0, 0, 0, 0);
    while let Some(Reverse((now, event))) = events.pop() {
        if now > END {
            break;
        }
        match event {
            Event::Arrival => {
                let load = if now < calm_until { 700 } else { 2000 };
                events.push(Reverse((now + exponential(&rng, SERVICE * 1000 / load / workers), Event::Arrival)));
                (limit_sum, arrivals) = (limit_sum + limits.iter().map(Limit::limit).sum::<u64>(), arrivals + 1);
                let client = rng.bits() as usize % clients;
                let Some(permit) = limits[client].try_acquire(instant(now)) else { continue };
                let attempt = permits.len();
                permits.push(Some(permit));
                queue.push_back(attempt);
                events.push(Reverse((now + ATTEMPT_TIMEOUT, Event::TimedOut { attempt })));
            }
            Event::Served { attempt } => {
                busy -= 1;
                match permits[attempt].take() {
                    Some(permit) => permit.succeeded(instant(now)),
                    None if now >= WARM => wasted += 1,
                    None => {}
                }
                good += u64::from(now >= WARM);
            }
            Event::TimedOut { attempt } => {
                if let Some(permit) = permits[attempt].take() {
                    permit.dropped(instant(now));
                }
            }
        }
        while busy < workers
            && let Some(attempt) = queue.pop_front()
        {
            busy += 1;
            events.push(Reverse((now + exponential(&rng, SERVICE), Event::Served { attempt })));
        }
    }
    let capacity = (END - WARM) * workers / SERVICE;
    Run { goodput_permille: (good - wasted) * 1000 / capacity, mean_limit: limit_sum / arrivals, wasted }
}

fn exponential(rng: &Rng, mean: u64) -> u64 {
    let uniform = (rng.bits() >> 11) as f64 / (1_u64 << 53) as f64;
    (-(1.0 - uniform).ln() * mean as f64) as u64
}
