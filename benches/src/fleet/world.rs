//! The simulated world: one thread, a stopped clock that jumps from timer to timer, one seed.
//!
//! A minute of a thousand calls a second takes about a second, and the same seed gives the same run to the last byte.

use std::{
    future::Future,
    sync::Arc,
    time::{Duration, Instant, SystemTime},
};

use payment_clients::seams::{Clock, Rng};

use super::{book::Book, dice::Dice};

/// Time, chance and the servers' book of one run.
#[derive(Clone, Debug)]
pub struct World {
    seed: u64,
    clock: Clock,
    begun: Instant,
    book: Arc<Book>,
}

/// What a scene returns. It fails when a client cannot be built, never because of what the scene shows.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Runs one scene to its end, in virtual time.
///
/// # Errors
/// Those of the scene, and when the runtime cannot be built.
pub fn run<T, F: Future<Output = Outcome<T>>>(seed: u64, scene: impl FnOnce(World) -> F) -> Outcome<T> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
    runtime.block_on(async {
        let clock = Clock::starting_at(SystemTime::UNIX_EPOCH);
        scene(World { seed, clock, begun: clock.now(), book: Arc::default() }).await
    })
}

impl World {
    /// Time since the run began.
    pub fn now(&self) -> Duration {
        self.clock.now().saturating_duration_since(self.begun)
    }

    /// Waits until this long after the run began.
    pub async fn at(&self, time: Duration) {
        tokio::time::sleep_until((self.begun + time).into()).await;
    }

    /// The clock that clients are built with.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// A stream of chance for one purpose.
    pub fn dice(&self, purpose: u64) -> Dice {
        Dice::new(self.seed, purpose)
    }

    /// A generator for a client of the SDK.
    pub fn rng(&self, purpose: u64) -> Rng {
        Rng::seeded(self.seed.wrapping_add(purpose << 32))
    }

    /// What the servers wrote down.
    pub fn book(&self) -> &Arc<Book> {
        &self.book
    }
}
