//! Counts what a number of calls costs this process.

use std::alloc::System;

use cpu_time::ProcessTime;
use payment_clients::seams::Clock;
use serde::Serialize;
use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use super::Outcome;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// What one call costs, on average over a block of calls. Processor time, not time on the wall: on a busy machine only
/// the first is the program's own.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Cost {
    /// Processor time of the process.
    pub cpu_ns: f64,
    /// Allocations, those that move a block included.
    pub allocations: f64,
    /// Bytes asked for.
    pub bytes: f64,
}

/// How long calls took, as their caller sees it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Times {
    /// Half of the calls were faster.
    pub p50_ns: f64,
    /// All but one in a hundred were faster.
    pub p99_ns: f64,
}

/// Makes `calls` calls one after the other and counts what they cost.
pub async fn cost<T>(calls: usize, mut call: impl AsyncFnMut() -> Outcome<T>) -> Outcome<Cost> {
    let (region, begun) = (Region::new(ALLOCATOR), ProcessTime::now());
    for _ in 0..calls {
        call().await?;
    }
    let (cpu, change) = (begun.elapsed(), region.change());
    let per_call = |amount: f64| amount / calls as f64;
    Ok(Cost {
        cpu_ns: per_call(cpu.as_nanos() as f64),
        allocations: per_call((change.allocations + change.reallocations) as f64),
        bytes: per_call(change.bytes_allocated as f64),
    })
}

/// As [`cost`], and times each call.
pub async fn timed<T>(calls: usize, mut call: impl AsyncFnMut() -> Outcome<T>) -> Outcome<(Cost, Times)> {
    let clock = Clock::system();
    let mut times = Vec::with_capacity(calls);
    let cost = cost(calls, async || {
        let begun = clock.now();
        call().await?;
        times.push(clock.now() - begun);
        Ok(())
    })
    .await?;
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)].as_nanos() as f64;
    Ok((cost, Times { p50_ns: at(50), p99_ns: at(99) }))
}

/// The middle one of the rounds' figures.
pub fn median(rounds: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = rounds.into_iter().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

impl Cost {
    /// The medians of each figure.
    pub fn median(rounds: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> f64| median(rounds.iter().map(figure));
        Self { cpu_ns: of(|c| c.cpu_ns), allocations: of(|c| c.allocations), bytes: of(|c| c.bytes) }
    }

    /// What is left without `other`.
    #[must_use]
    pub fn less(self, other: Self) -> Self {
        Self {
            cpu_ns: self.cpu_ns - other.cpu_ns,
            allocations: self.allocations - other.allocations,
            bytes: self.bytes - other.bytes,
        }
    }
}
