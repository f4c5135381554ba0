//! The time of day as stores keep it: milliseconds since 1970, UTC. Tests and the trading day move it by hand.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::{Duration, SystemTime},
};

use payment_clients::{contract::timestamp::Timestamp, seams};

/// Tells the time. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Clock(Source);

#[derive(Clone, Debug)]
enum Source {
    System(seams::Clock),
    Manual(Arc<AtomicI64>),
}

/// Moves a manual clock.
#[derive(Clone, Debug)]
pub struct Hand(Arc<AtomicI64>);

// === impl Clock ===

impl Clock {
    /// The machine's time. It moves with tokio's clock, so paused tests can move it too.
    pub fn system() -> Self {
        Self(Source::System(seams::Clock::system()))
    }

    /// A clock that stands at `unix_ms` until its hand is moved.
    pub fn manual(unix_ms: i64) -> (Self, Hand) {
        let now = Arc::new(AtomicI64::new(unix_ms));
        (Self(Source::Manual(Arc::clone(&now))), Hand(now))
    }

    /// Milliseconds since 1970.
    pub fn now(&self) -> i64 {
        match &self.0 {
            Source::System(clock) => {
                let since = clock.wall().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
                i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
            }
            Source::Manual(now) => now.load(Ordering::SeqCst),
        }
    }

    /// The same as a wire value.
    pub fn timestamp(&self) -> Timestamp {
        Timestamp::from_unix_ms(self.now())
    }
}

// === impl Hand ===

impl Hand {
    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        self.0.fetch_add(millis(by), Ordering::SeqCst);
    }

    /// Moves the clock backward, as when somebody corrects one that was fast.
    pub fn turn_back(&self, by: Duration) {
        self.0.fetch_sub(millis(by), Ordering::SeqCst);
    }
}

/// A duration as stores keep it.
pub fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}
