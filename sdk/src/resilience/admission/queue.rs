//! Who goes next, when a dependency cannot take everybody.
//!
//! Calls take slots; those that find none wait, the most important first and among equals the oldest, counted from
//! their first attempt. Waiting is short and bounded on purpose: a queue in which calls grow old finishes only what
//! nobody wants any more. A call that cannot finish in the time it has left is turned away at once, a full queue pushes
//! out its least important newest waiter, and less important tiers may only use a part of the slots.
//!
//! While there is room and nobody waits, taking and giving back are one compare-and-swap each. Slots and waiters are
//! counted in the same word, so no slot can be given back between a caller's look and its wait.

#[cfg(all(test, payment_loom))]
mod models;
mod service_time;
#[cfg(test)]
mod tests;
mod waiting;
mod word;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::oneshot;
use tracing::Instrument;

pub use self::waiting::Waiting;
use self::{service_time::ServiceTime, waiting::Rank, word::Word};
use crate::{
    contract::{error::Error, operation::Tier},
    resilience::{live::Live, wait::wait_span},
    seams::{
        Clock,
        sync::{AtomicU64, Mutex, MutexGuard, Ordering},
    },
};

/// What a tier may do in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TierShare {
    /// Thousandths of the slots that it may use.
    pub permille: u64,
    /// Longest wait.
    pub wait: Duration,
    /// Longest wait, in thousandths of the time that the call has left.
    pub wait_permille: u32,
}

/// The numbers of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QueueSettings {
    /// Most calls that may wait.
    pub length: usize,
    /// By tier, in the order of [`Tier::ALL`].
    pub tiers: [TierShare; Tier::ALL.len()],
}

/// The queue in front of one dependency.
pub struct Queue {
    settings: Live<QueueSettings>,
    clock: Clock,
    word: AtomicU64,
    waiters: Mutex<Waiters>,
    service_time: ServiceTime,
}

/// The calls that wait, in the order in which they go.
struct Waiters {
    by_rank: BTreeMap<Rank, oneshot::Sender<Result<Slot, Refused>>>,
    /// Calls that ever waited, which tells equals apart.
    joined: u64,
}

/// The right to run one call; given back when dropped.
#[must_use = "the slot is given back when this is dropped"]
pub struct Slot {
    queue: Option<Arc<Queue>>,
}

/// What a call gets when it asks for a slot.
#[derive(Debug)]
pub enum Entry {
    /// A slot.
    Admitted(Slot),
    /// A place in the queue.
    Queued(Waiting),
}

/// Why a call was turned away. Nothing was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// No slot is free for its tier, and it may not wait.
    Busy,
    /// The queue is full of calls that go before it.
    Full,
    /// A more important call took its place in a full queue.
    PushedOut,
    /// It waited as long as it may.
    WaitedTooLong,
    /// It has less time left than half of the calls need.
    TooLate,
}

impl Default for QueueSettings {
    /// A critical call may wait for a quarter of what it has left. A best-effort call waits a moment: chance fills its half
    /// of the slots now and then although the dependency has room, and empties it as soon.
    fn default() -> Self {
        let tier =
            |permille, wait, wait_permille| TierShare { permille, wait: Duration::from_millis(wait), wait_permille };
        Self { length: 1000, tiers: [tier(500, 25, 1000), tier(900, 100, 1000), tier(1000, 800, 250)] }
    }
}

impl QueueSettings {
    /// Refuses numbers with which a queue would not keep its order.
    ///
    /// # Errors
    /// A sentence that names what clashes.
    pub fn check(&self) -> Result<(), Error> {
        if self.length > 60_000 {
            return Err(Error::configuration(format!("{} calls cannot wait in one queue; 60000 can", self.length)));
        }
        if self.tiers.iter().any(|tier| tier.permille == 0 || tier.permille > 1000) {
            return Err(Error::configuration("the share of a tier lies between 1 and 1000 thousandths"));
        }
        if !self.tiers.is_sorted_by_key(|tier| tier.permille) {
            return Err(Error::configuration("a tier has a smaller share of the slots than a less important one"));
        }
        Ok(())
    }
}

// === impl Queue ===

impl Queue {
    /// An empty queue in front of a dependency that takes `capacity` calls at once.
    pub fn new(settings: QueueSettings, capacity: u64, clock: Clock) -> Arc<Self> {
        Arc::new(Self {
            settings: Live::new(settings),
            service_time: ServiceTime::new(clock.now()),
            clock,
            word: AtomicU64::new(Word::new(capacity).pack()),
            waiters: Mutex::new(Waiters { by_rank: BTreeMap::new(), joined: 0 }),
        })
    }

    /// Goes on with other numbers. Calls that wait already keep the wait that they were given.
    pub fn configure(&self, settings: QueueSettings) {
        self.settings.store(settings);
    }

    /// Waits for a slot, no longer than the tier may. `enqueued_at` is when the call first asked: a later attempt keeps
    /// its place. Dropping the future leaves nothing behind.
    ///
    /// # Errors
    /// Why there is none. Nothing was sent.
    pub async fn acquire(
        self: &Arc<Self>,
        tier: Tier,
        enqueued_at: Instant,
        deadline: Instant,
        now: Instant,
    ) -> Result<Slot, Refused> {
        match self.join(tier, enqueued_at, deadline, now)? {
            Entry::Admitted(slot) => Ok(slot),
            Entry::Queued(waiting) => {
                let until = waiting.until();
                let slot = tokio::time::timeout_at(until.into(), waiting).instrument(wait_span("queue"));
                slot.await.unwrap_or(Err(Refused::WaitedTooLong))
            }
        }
    }

    /// [`acquire`](Self::acquire) up to the wait, which has no timer here.
    ///
    /// # Errors
    /// Why there is neither slot nor place.
    pub fn join(
        self: &Arc<Self>,
        tier: Tier,
        enqueued_at: Instant,
        deadline: Instant,
        now: Instant,
    ) -> Result<Entry, Refused> {
        if self.is_too_late(deadline, now) {
            return Err(Refused::TooLate);
        }
        let permille = self.share(tier).permille;
        if self.update(|word| (word.waiting == 0 && word.has_room(permille)).then(|| word.taken())).is_some() {
            return Ok(Entry::Admitted(self.slot()));
        }
        self.join_slowly(tier, enqueued_at, deadline, now)
    }

    /// Records how long a call took once it had its slot.
    pub fn served(&self, elapsed: Duration) {
        self.service_time.record(elapsed);
    }

    /// Half of the calls take no longer than this.
    pub fn service_time(&self) -> Duration {
        self.service_time.estimate()
    }

    /// Changes how many calls the dependency takes at once.
    pub fn set_capacity(self: &Arc<Self>, capacity: u64) {
        self.update(|word| Some(word.with_capacity(capacity)));
        self.hand_out();
    }

    /// Slots in all.
    pub fn capacity(&self) -> u64 {
        self.load().capacity
    }

    /// Slots taken.
    pub fn in_use(&self) -> u64 {
        self.load().in_use
    }

    /// Calls that wait.
    pub fn waiting(&self) -> u64 {
        self.load().waiting
    }

    /// Calls that wait, by tier in the order of [`Tier::ALL`]. Takes the lock when there are any.
    pub fn waiting_by_tier(&self) -> [u64; Tier::ALL.len()] {
        let mut counts = [0; Tier::ALL.len()];
        if self.waiting() > 0 {
            self.lock().by_rank.keys().for_each(|rank| counts[rank.tier() as usize] += 1);
        }
        counts
    }

    /// Takes a slot or a place behind the lock, where the queue itself can be looked at.
    fn join_slowly(
        self: &Arc<Self>,
        tier: Tier,
        enqueued_at: Instant,
        deadline: Instant,
        now: Instant,
    ) -> Result<Entry, Refused> {
        let TierShare { permille, wait, wait_permille } = self.share(tier);
        let wait = wait.min(deadline.saturating_duration_since(now) * wait_permille / 1000);
        let mut waiters = self.lock();
        let rank = waiters.rank(tier, enqueued_at);
        let goes_first = waiters.by_rank.first_key_value().is_none_or(|(first, _)| rank < *first);
        let goes_last = waiters.by_rank.last_key_value().is_none_or(|(last, _)| rank > *last);
        let is_full = waiters.by_rank.len() >= self.settings.load().length;
        let gets_place = !is_full || !goes_last;
        let may_wait = gets_place && !wait.is_zero();
        // Looking for room and announcing a waiter are one step: whoever gives a slot back sees the one or the other.
        let places = u64::from(!is_full) + waiters.count();
        let before = self.update(|word| match () {
            () if goes_first && word.has_room(permille) => Some(word.taken()),
            () if may_wait => Some(Word { waiting: places, ..word }),
            () => None,
        });
        match before {
            Some(word) if goes_first && word.has_room(permille) => return Ok(Entry::Admitted(self.slot())),
            Some(_) => {}
            None if !gets_place && !wait.is_zero() => return Err(Refused::Full),
            None => return Err(Refused::Busy),
        }
        let pushed_out = if is_full { waiters.by_rank.pop_last() } else { None };
        let (sender, receiver) = oneshot::channel();
        waiters.by_rank.insert(rank, sender);
        drop(waiters);
        if let Some((_, sender)) = pushed_out {
            // It may be gone by itself.
            let _ = sender.send(Err(Refused::PushedOut));
        }
        Ok(Entry::Queued(Waiting::new(Arc::clone(self), rank, receiver, now + wait, deadline)))
    }

    pub(super) fn give_back(self: &Arc<Self>) {
        if self.update(|word| (word.waiting == 0).then(|| word.given_back())).is_none() {
            self.update(|word| Some(word.given_back()));
            self.hand_out();
        }
    }

    /// Gives free slots to those who wait, as far as they may have them.
    fn hand_out(self: &Arc<Self>) {
        while let Some(sender) = self.next_in_line() {
            if let Err(Ok(slot)) = sender.send(Ok(self.slot())) {
                // The waiter is gone. The slot goes to the next one, in this loop rather than in its destructor.
                slot.forget();
                self.update(|word| Some(word.given_back()));
            }
        }
    }

    /// Takes a slot for the first waiter, and the waiter out of the queue.
    fn next_in_line(&self) -> Option<oneshot::Sender<Result<Slot, Refused>>> {
        let mut waiters = self.lock();
        let first = waiters.by_rank.first_entry()?;
        let permille = self.share(first.key().tier()).permille;
        // A lower tier may use less, so when the first one has no room nobody has.
        self.update(|word| {
            word.has_room(permille).then(|| Word { waiting: word.waiting.saturating_sub(1), ..word.taken() })
        })?;
        Some(first.remove())
    }

    /// Takes out a waiter that gave up.
    fn leave(&self, rank: &Rank) {
        let mut waiters = self.lock();
        if waiters.by_rank.remove(rank).is_some() {
            self.update(|word| Some(Word { waiting: waiters.count(), ..word }));
        }
    }

    fn is_too_late(&self, deadline: Instant, now: Instant) -> bool {
        self.service_time.is_too_long_for(deadline.saturating_duration_since(now), now)
    }

    fn share(&self, tier: Tier) -> TierShare {
        self.settings.load().tiers[tier as usize]
    }

    fn slot(self: &Arc<Self>) -> Slot {
        Slot { queue: Some(Arc::clone(self)) }
    }

    fn lock(&self) -> MutexGuard<'_, Waiters> {
        self.waiters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn load(&self) -> Word {
        Word::unpack(self.word.load(Ordering::Acquire))
    }

    /// The word before a change; `None` when there was nothing to change.
    fn update(&self, change: impl Fn(Word) -> Option<Word>) -> Option<Word> {
        let packed = |packed| change(Word::unpack(packed)).map(Word::pack);
        self.word.fetch_update(Ordering::AcqRel, Ordering::Acquire, packed).ok().map(Word::unpack)
    }
}

impl fmt::Debug for Queue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Queue").field("word", &self.load()).finish_non_exhaustive()
    }
}

// === impl Waiters ===

impl Waiters {
    fn rank(&mut self, tier: Tier, enqueued_at: Instant) -> Rank {
        self.joined += 1;
        Rank::new(tier, enqueued_at, self.joined)
    }

    fn count(&self) -> u64 {
        u64::try_from(self.by_rank.len()).unwrap_or(u64::MAX)
    }
}

// === impl Slot ===

impl Slot {
    /// Keeps the place without this guard: whoever calls this gives it back.
    pub(super) fn forget(mut self) {
        self.queue = None;
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(queue) = self.queue.take() {
            queue.give_back();
        }
    }
}

impl fmt::Debug for Slot {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Slot").finish_non_exhaustive()
    }
}

// === impl Refused ===

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "the dependency is busy and calls of this tier do not wait",
            Self::Full => "the queue is full of calls that go first",
            Self::PushedOut => "a more important call took its place in the full queue",
            Self::WaitedTooLong => "no slot became free in the time that calls of this tier may wait",
            Self::TooLate => "less time is left than half of the calls need",
        })
    }
}
