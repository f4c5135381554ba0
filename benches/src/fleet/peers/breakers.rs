//! Rules that stop calling.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use super::{Fault, Lines};
use crate::fleet::{
    caller::{Ask, Caller, Pending},
    world::World,
};

/// Failures in a row that open a breaker or eject an instance.
const CONSECUTIVE: u32 = 5;
/// How long a breaker stays open, and the base of an ejection.
const OPEN: Duration = Duration::from_secs(30);
/// Waits between the attempts inside the shared breaker.
const WAITS: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(3)];

/// Failures in a row of something, and since when it is shut out.
#[derive(Clone, Copy, Debug, Default)]
struct Streak {
    failures: u32,
    shut_until: Option<Duration>,
    times_shut: u32,
}

// === impl Streak ===

impl Streak {
    fn count(&mut self, failed: bool, now: Duration) {
        self.failures = if failed { self.failures + 1 } else { 0 };
        // Attempts begun before the ejection end after it and prove nothing new.
        if self.failures >= CONSECUTIVE && self.is_open_to_calls(now) {
            self.times_shut += 1;
            self.shut_until = Some(now + OPEN * self.times_shut);
            self.failures = 0;
        }
    }

    fn is_open_to_calls(&self, now: Duration) -> bool {
        self.shut_until.is_none_or(|until| now >= until)
    }
}

// === the shared breaker ===

/// One breaker for the whole service, outside the attempts.
pub struct SharedBreaker {
    lines: Lines,
    world: World,
    breaker: Mutex<Streak>,
}

impl SharedBreaker {
    /// Closed.
    pub fn new(lines: Lines, world: World) -> Self {
        Self { lines, world, breaker: Mutex::default() }
    }

    async fn attempts(&self, ask: Ask) -> Result<(), Fault> {
        for wait in WAITS {
            if self.lines.attempt(ask).await.is_ok() {
                return Ok(());
            }
            tokio::time::sleep(wait).await;
        }
        self.lines.attempt(ask).await
    }
}

impl Caller for SharedBreaker {
    fn call(&self, ask: Ask) -> Pending<'_, bool> {
        Box::pin(async move {
            if !lock(&self.breaker).is_open_to_calls(self.world.now()) {
                return false;
            }
            let answer = self.attempts(ask).await;
            let mut breaker = lock(&self.breaker);
            breaker.count(answer.is_err(), self.world.now());
            // Its time does not grow.
            breaker.times_shut = 0;
            answer.is_ok()
        })
    }
}

// === outliers ===

/// A streak per instance; those that failed are left out for a time.
pub struct Outlier {
    lines: Lines,
    world: World,
    streaks: Mutex<Vec<Streak>>,
}

impl Outlier {
    /// All instances in.
    pub fn new(lines: Lines, world: World) -> Self {
        let streaks = Mutex::new(vec![Streak::default(); lines.lines.len()]);
        Self { lines, world, streaks }
    }

    /// A random instance among those that are in; any, when more than half are out.
    fn choose(&self) -> usize {
        let now = self.world.now();
        let streaks = lock(&self.streaks);
        let inside: Vec<usize> = (0..streaks.len()).filter(|place| streaks[*place].is_open_to_calls(now)).collect();
        if inside.len() * 2 < streaks.len() {
            self.lines.dice.below(streaks.len())
        } else {
            inside[self.lines.dice.below(inside.len())]
        }
    }
}

impl Caller for Outlier {
    fn call(&self, ask: Ask) -> Pending<'_, bool> {
        Box::pin(async move {
            let place = self.choose();
            let answer = self.lines.attempt_at(place, ask).await;
            let failed = matches!(answer, Err(fault) if fault.is_transient());
            lock(&self.streaks)[place].count(failed, self.world.now());
            answer.is_ok()
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
