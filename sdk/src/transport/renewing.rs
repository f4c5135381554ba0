//! A pool of sockets that is replaced while it is used: it grew old, an exchange on it went wrong, or the certificates
//! changed. Exchanges under way end on the pool on which they began; its last one closes it.

use std::{
    fmt,
    ops::Deref,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use arc_swap::ArcSwap;

use super::tls::{Loaded, Tls};
use crate::{
    contract::error::Result,
    seams::{Clock, Rng},
};

type Open<P> = Box<dyn Fn(Option<&Loaded>) -> Result<P> + Send + Sync>;

/// The pool in use, and how to make its successor.
pub(super) struct Renewing<P> {
    current: ArcSwap<Generation<P>>,
    open: Open<P>,
    tls: Option<Tls>,
    max_age: Duration,
    /// Whether several exchanges share a socket. Where they do not, a socket on which one went wrong is closed with it,
    /// and giving up the others would only make everybody connect anew, in the worst moment.
    shares_sockets: bool,
    clock: Clock,
    rng: Rng,
}

struct Generation<P> {
    pool: P,
    certificates: u64,
    ends: Instant,
    /// An exchange on this pool did not end well.
    failed: AtomicBool,
    retired: AtomicBool,
}

/// One exchange on one pool. Dropped before [`ended_well`](Self::ended_well), it leaves a mark on the pool.
pub(super) struct Exchange<P> {
    generation: Arc<Generation<P>>,
    ended_well: bool,
}

// === impl Renewing ===

impl<P> Renewing<P> {
    /// Opens the first pool. `open` makes one from the TLS settings of an `https` instance.
    pub(super) fn new(
        tls: Option<Tls>,
        max_age: Duration,
        shares_sockets: bool,
        open: impl Fn(Option<&Loaded>) -> Result<P> + Send + Sync + 'static,
    ) -> Result<Self> {
        let (clock, rng) = (Clock::system(), Rng::system()?);
        let open: Open<P> = Box::new(open);
        let first = Generation::open(&open, tls.as_ref(), max_age, &clock, &rng)?;
        Ok(Self { current: ArcSwap::from_pointee(first), open, tls, max_age, shares_sockets, clock, rng })
    }

    /// Begins an exchange, on a new pool if the current one is spent.
    pub(super) fn begin(&self) -> Exchange<P> {
        let current = self.current.load();
        let spent = self.is_spent(&current);
        let generation = if spent { self.renew(&current) } else { Arc::clone(&current) };
        Exchange { generation, ended_well: false }
    }

    /// Gives the current pool up, if an exchange on it went wrong. Many attempts that fail together on one pool thus
    /// cost one new pool and not one each.
    pub(super) fn retire(&self) {
        let current = self.current.load();
        if self.shares_sockets && current.failed.load(Ordering::Relaxed) {
            current.retired.store(true, Ordering::Relaxed);
        }
    }

    fn is_spent(&self, generation: &Generation<P>) -> bool {
        generation.retired.load(Ordering::Relaxed)
            || self.tls.as_ref().is_some_and(|tls| tls.loaded().number != generation.certificates)
            || self.clock.now() >= generation.ends
    }

    /// The successor of `spent`: ours, or that of a caller who was faster.
    fn renew(&self, spent: &Arc<Generation<P>>) -> Arc<Generation<P>> {
        match Generation::open(&self.open, self.tls.as_ref(), self.max_age, &self.clock, &self.rng) {
            Ok(fresh) => {
                let fresh = Arc::new(fresh);
                let found = self.current.compare_and_swap(spent, Arc::clone(&fresh));
                if Arc::ptr_eq(&found, spent) { fresh } else { Arc::clone(&found) }
            }
            Err(error) => {
                tracing::warn!(%error, "no new connection pool; the old one stays in use");
                Arc::clone(spent)
            }
        }
    }
}

impl<P> fmt::Debug for Renewing<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Renewing").field("tls", &self.tls).field("max_age", &self.max_age).finish_non_exhaustive()
    }
}

// === impl Generation ===

impl<P> Generation<P> {
    fn open(open: &Open<P>, tls: Option<&Tls>, max_age: Duration, clock: &Clock, rng: &Rng) -> Result<Self> {
        let loaded = tls.map(Tls::loaded);
        let pool = open(loaded.as_ref().map(|loaded| &***loaded))?;
        let age = max_age / 5 * 4 + rng.up_to(max_age / 5 * 2);
        Ok(Self {
            pool,
            certificates: loaded.map_or(0, |loaded| loaded.number),
            ends: clock.now() + age,
            failed: AtomicBool::new(false),
            retired: AtomicBool::new(false),
        })
    }
}

// === impl Exchange ===

impl<P> Exchange<P> {
    /// The answer is complete; nothing speaks against the pool.
    pub(super) fn ended_well(mut self) {
        self.ended_well = true;
    }
}

impl<P> Deref for Exchange<P> {
    type Target = P;

    fn deref(&self) -> &P {
        &self.generation.pool
    }
}

impl<P> Drop for Exchange<P> {
    fn drop(&mut self) {
        if !self.ended_well {
            self.generation.failed.store(true, Ordering::Relaxed);
        }
    }
}
