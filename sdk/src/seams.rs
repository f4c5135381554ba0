//! Time and chance, the two things that a test must be able to decide.
//!
//! [`Clock`] reads tokio's clock, which `tokio::time::pause` turns into virtual time; its wall clock is anchored once
//! and moves with it. [`Rng`] is seeded for tests and simulations. Nothing else in this crate asks for either.
//!
//! A third seam is the order in which threads meet: the lock-free state machines take their atomics from `sync`, which
//! is loom's under `--cfg payment_loom`, where a model runs every interleaving.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant, SystemTime},
};

use crate::contract::error::{Error, Result};

/// The atomics and the lock of the state machines: std's, or loom's while their models run.
pub(crate) mod sync {
    #[cfg(payment_loom)]
    pub(crate) use loom::sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    };
    #[cfg(not(payment_loom))]
    pub(crate) use std::sync::{
        Mutex, MutexGuard,
        atomic::{AtomicBool, AtomicU64, Ordering},
    };

    /// Runs a model in every order in which its threads can meet; with no more than some preemptions where all of them
    /// would take hours.
    #[cfg(all(test, payment_loom))]
    pub(crate) fn explore(preemptions: Option<usize>, model: impl Fn() + Send + Sync + 'static) {
        let mut explorer = loom::model::Builder::new();
        explorer.preemption_bound = preemptions;
        explorer.check(model);
    }
}

/// The clock of a stack.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    anchor: Instant,
    wall: SystemTime,
}

impl Clock {
    /// Starts from the machine's time.
    #[allow(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    pub fn system() -> Self {
        Self::starting_at(SystemTime::now())
    }

    /// Starts from a chosen wall-clock time, for simulations.
    pub fn starting_at(wall: SystemTime) -> Self {
        Self { anchor: Self::instant(), wall }
    }

    #[allow(clippy::disallowed_methods, reason = "the one place that asks the machine for the time")]
    fn instant() -> Instant {
        tokio::time::Instant::now().into_std()
    }

    /// The monotonic time, virtual when tokio's clock is paused.
    pub fn now(&self) -> Instant {
        Self::instant()
    }

    /// The wall-clock time, moving with [`now`](Self::now).
    pub fn wall(&self) -> SystemTime {
        self.wall_at(self.now())
    }

    /// The wall-clock time at an instant since the clock was made.
    pub fn wall_at(&self, instant: Instant) -> SystemTime {
        self.wall + instant.saturating_duration_since(self.anchor)
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

/// The source of jitter, span ids and idempotency keys of a stack.
#[derive(Clone, Debug)]
pub struct Rng {
    state: Arc<AtomicU64>,
    seeded: bool,
}

impl Rng {
    /// Draws its seed, and every idempotency key, from the operating system.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn system() -> Result<Self> {
        Ok(Self { state: Arc::new(AtomicU64::new(getrandom::u64().map_err(no_randomness)?)), seeded: false })
    }

    /// The same numbers for the same seed, for tests and simulations only: keys repeat with the seed.
    pub fn seeded(seed: u64) -> Self {
        Self { state: Arc::new(AtomicU64::new(seed)), seeded: true }
    }

    /// 64 random bits (SplitMix64), for jitter and span ids.
    pub fn bits(&self) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut bits = self.state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// 128 bits that no other process draws, for idempotency keys.
    ///
    /// # Errors
    /// When the operating system has no randomness to give.
    pub fn unique(&self) -> Result<u128> {
        if self.seeded {
            return Ok((u128::from(self.bits()) << 64) | u128::from(self.bits()));
        }
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(no_randomness)?;
        Ok(u128::from_be_bytes(bytes))
    }

    /// A duration between zero and `limit`, all equally likely.
    pub fn up_to(&self, limit: Duration) -> Duration {
        let nanos = u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
        let scaled = (u128::from(self.bits()) * (u128::from(nanos) + 1)) >> 64;
        Duration::from_nanos(u64::try_from(scaled).unwrap_or(nanos))
    }
}

fn no_randomness(error: getrandom::Error) -> Error {
    Error::configuration(format!("the operating system gives no randomness: {error}"))
}
