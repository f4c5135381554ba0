//! Why a call did what it did: each decision of the stack, in order, in a record that cannot grow.
//!
//! "Which timeout was that?" is the question that users of HTTP clients ask most. The layers answer it while they
//! decide: a decision is eight bytes in an array that every call has anyway, so recording costs one atomic store and
//! no allocation. It becomes text only when somebody asks, with [`Error::explain`](super::error::Error::explain).

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use super::certainty::Certainty;

/// Names an instance within one client, for as long as the client knows it. Another one may have it later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct InstanceId(pub u16);

macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// Why something was refused, avoided or ended in this process.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[$doc])* $name,)*
        }

        impl Reason {
            const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// The reason as a clause.
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

reasons! {
    /// The deadline has passed.
    DeadlinePassed => "the deadline has passed",
    /// The next attempt could not end in time.
    DeadlineTooNear => "the deadline would pass before the next attempt",
    /// Every place in the queue is taken by calls that matter as much.
    QueueFull => "the queue is full",
    /// No place became free within the longest wait of the tier.
    QueueTimeout => "no place became free within the tier's longest wait",
    /// Less time is left than such a call usually takes.
    CannotFinish => "less time is left than such a call takes",
    /// The quota of the service is used up for longer than this call may wait.
    NoQuota => "the quota is used up for longer than the call may wait",
    /// Discovery knows no instance.
    NoInstance => "no instance is known",
    /// The circuit breaker of the instance is open.
    Gated => "its breaker is open",
    /// The circuit breaker of the instance lets a growing share of the calls pass, and not this one.
    Ramping => "it is back and gets a part of its calls so far",
    /// As many attempts as the instance can take are in flight.
    Full => "it has no permit left",
    /// An earlier attempt of this call went there.
    Tried => "an earlier attempt went there",
    /// It is being removed.
    Draining => "it is being removed",
    /// The attempt was refused in this process, where repeating changes nothing.
    RefusedHere => "refused in this process",
    /// The credential was refused and a fresh one was, too.
    CredentialRefused => "the credential was refused",
    /// The key belongs to another request.
    KeyReused => "the idempotency key was used for another request",
    /// The server says `x-nack: final`.
    NackFinal => "the server asks not to be asked again",
    /// A complete answer came.
    Answered => "the answer is final",
    /// The first request still runs, and no key tells a repeat.
    StillRunning => "the same request still runs",
    /// A 500 twice is no accident.
    FailedTwice => "the server failed twice inside",
    /// The effect may have happened, and the operation is unsafe to repeat.
    UnsafeToRepeat => "the effect may have happened and the operation is unsafe to repeat",
    /// The effect may have happened, and no key would tell a repeat.
    NoKey => "the effect may have happened and no key would tell a repeat",
    /// All attempts are used.
    NoAttempt => "no attempt is left",
    /// Retries have used what successes had funded.
    NoBudget => "the budget is empty",
    /// A service behind the called one has already tried again.
    SpentBelow => "a service further on has used the attempts of this call",
    /// There is no second instance to hedge with.
    NoOtherInstance => "there is no other instance",
}

impl Reason {
    fn of(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One decision of the stack. Durations are kept to the microsecond, up to about an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// The call got this much time.
    Deadline(Duration),
    /// It waited for its place.
    Queued(Duration),
    /// It waited for quota.
    AwaitedQuota(Duration),
    /// It was refused before anything was sent.
    Refused(Reason),
    /// The cache answered, from an entry of this age.
    Cached(Duration),
    /// The cache answered for a server that could not, from an expired entry of this age.
    Stale(Duration),
    /// An equal call under way answered for it.
    Joined,
    /// It travelled with so many others.
    Batched(u32),
    /// The fallback answered.
    FellBack,
    /// An instance was passed over.
    Avoided(InstanceId, Reason),
    /// An instance was chosen at this load for an attempt.
    Chosen(u8, InstanceId, Duration),
    /// More than the allowed share of the instances is gated: the gates are not asked.
    Panicked,
    /// A credential was fetched.
    Refreshed,
    /// An attempt ended after this time: with a success (`None`), or with this certainty.
    Ended(u8, Option<Certainty>, Duration),
    /// A retry follows after this wait.
    Backoff(u8, Duration),
    /// No retry follows.
    Stopped(Reason),
    /// A hedge was started this long after the attempt before it.
    Hedged(u8, Duration),
    /// A hedge was due and was not started.
    NotHedged(Reason),
}

/// Bits of a packed decision: what it is, a small number, an instance, a value.
type Packed = (u8, u8, u16, u32);

impl Decision {
    fn pack(self) -> u64 {
        let (code, small, instance, value): Packed = match self {
            Self::Deadline(left) => (1, 0, 0, micros(left)),
            Self::Queued(waited) => (2, 0, 0, micros(waited)),
            Self::AwaitedQuota(waited) => (3, 0, 0, micros(waited)),
            Self::Refused(reason) => (4, reason as u8, 0, 0),
            Self::Cached(age) => (5, 0, 0, micros(age)),
            Self::Stale(age) => (6, 0, 0, micros(age)),
            Self::Joined => (7, 0, 0, 0),
            Self::Batched(calls) => (8, 0, 0, calls),
            Self::FellBack => (9, 0, 0, 0),
            Self::Avoided(instance, reason) => (10, reason as u8, instance.0, 0),
            Self::Chosen(attempt, instance, load) => (11, attempt, instance.0, micros(load)),
            Self::Panicked => (12, 0, 0, 0),
            Self::Refreshed => (13, 0, 0, 0),
            Self::Ended(attempt, certainty, elapsed) => (14, attempt, pack_certainty(certainty), micros(elapsed)),
            Self::Backoff(attempt, wait) => (15, attempt, 0, micros(wait)),
            Self::Stopped(reason) => (16, reason as u8, 0, 0),
            Self::Hedged(attempt, after) => (17, attempt, 0, micros(after)),
            Self::NotHedged(reason) => (18, reason as u8, 0, 0),
        };
        u64::from(code) << 56 | u64::from(small) << 48 | u64::from(instance) << 32 | u64::from(value)
    }

    fn unpack(packed: u64) -> Option<Self> {
        let [code, small, high, low, value @ ..] = packed.to_be_bytes();
        let (instance, value) = (InstanceId(u16::from_be_bytes([high, low])), u32::from_be_bytes(value));
        let time = Duration::from_micros(value.into());
        Some(match code {
            1 => Self::Deadline(time),
            2 => Self::Queued(time),
            3 => Self::AwaitedQuota(time),
            4 => Self::Refused(Reason::of(small)?),
            5 => Self::Cached(time),
            6 => Self::Stale(time),
            7 => Self::Joined,
            8 => Self::Batched(value),
            9 => Self::FellBack,
            10 => Self::Avoided(instance, Reason::of(small)?),
            11 => Self::Chosen(small, instance, time),
            12 => Self::Panicked,
            13 => Self::Refreshed,
            14 => Self::Ended(small, unpack_certainty(instance.0), time),
            15 => Self::Backoff(small, time),
            16 => Self::Stopped(Reason::of(small)?),
            17 => Self::Hedged(small, time),
            18 => Self::NotHedged(Reason::of(small)?),
            _ => return None,
        })
    }
}

fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(u32::MAX)
}

const CERTAINTIES: [Certainty; 4] =
    [Certainty::NotSent, Certainty::NotProcessed, Certainty::PossiblyProcessed, Certainty::Processed];

fn pack_certainty(certainty: Option<Certainty>) -> u16 {
    certainty.map_or(0, |certainty| certainty as u16 + 1)
}

fn unpack_certainty(packed: u16) -> Option<Certainty> {
    CERTAINTIES.get(usize::from(packed.checked_sub(1)?)).copied()
}

// === the record ===

/// The decisions of one call, the first ones kept when there are too many.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    taken: AtomicU32,
    decisions: [AtomicU64; Self::CAPACITY],
}

impl Trail {
    /// Three attempts with their waits and two avoided instances each, and what comes before them.
    const CAPACITY: usize = 28;

    pub(crate) fn note(&self, decision: Decision) {
        let place = usize::try_from(self.taken.fetch_add(1, Ordering::Relaxed)).unwrap_or(usize::MAX);
        if let Some(slot) = self.decisions.get(place) {
            slot.store(decision.pack(), Ordering::Release);
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.taken.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn read(&self, names: Option<Arc<dyn Names>>) -> Explanation {
        let taken = usize::try_from(self.taken.load(Ordering::Acquire)).unwrap_or(usize::MAX);
        let kept = self.decisions.iter().take(taken).map(|slot| slot.load(Ordering::Acquire));
        Explanation {
            decisions: kept.filter_map(Decision::unpack).collect(),
            lost: taken.saturating_sub(Self::CAPACITY),
            names,
        }
    }
}

/// Knows the address behind an id.
pub(crate) trait Names: fmt::Debug + Send + Sync {
    fn name(&self, id: InstanceId) -> Option<String>;
}

/// What a call decided, in order. Its text has one line a decision.
#[derive(Clone, Debug)]
pub struct Explanation {
    decisions: Vec<Decision>,
    lost: usize,
    names: Option<Arc<dyn Names>>,
}

impl Explanation {
    /// The decisions, in order.
    pub fn decisions(&self) -> &[Decision] {
        &self.decisions
    }

    /// These decisions, and behind them those of the call that carried this one.
    pub(crate) fn followed_by(mut self, carrier: Self) -> Self {
        self.decisions.extend(carrier.decisions);
        self.lost += carrier.lost;
        self
    }

    /// How many decisions did not fit into the record.
    pub fn lost(&self) -> usize {
        self.lost
    }

    /// The address of an instance, while the client still knows it.
    pub fn instance(&self, id: InstanceId) -> Option<String> {
        self.names.as_ref()?.name(id)
    }

    fn write(&self, decision: Decision, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = |id: InstanceId| self.instance(id).unwrap_or_else(|| format!("instance {}", id.0));
        match decision {
            Decision::Deadline(left) => write!(f, "deadline in {left:?}"),
            Decision::Queued(waited) => write!(f, "queued for {waited:?}"),
            Decision::AwaitedQuota(waited) => write!(f, "waited {waited:?} for quota"),
            Decision::Refused(why) => write!(f, "refused: {why}"),
            Decision::Cached(age) => write!(f, "answered from the cache, {age:?} old"),
            Decision::Stale(age) => write!(f, "answered from an expired entry, {age:?} old"),
            Decision::Joined => f.write_str("joined an equal call under way"),
            Decision::Batched(calls) => write!(f, "sent in a batch of {calls}"),
            Decision::FellBack => f.write_str("answered by the fallback"),
            Decision::Avoided(id, why) => write!(f, "avoided {}: {why}", name(id)),
            Decision::Chosen(attempt, id, load) => write!(f, "attempt {attempt}: chose {}, load {load:?}", name(id)),
            Decision::Panicked => f.write_str("too many instances are gated: all are used"),
            Decision::Refreshed => f.write_str("fetched a credential"),
            Decision::Ended(attempt, None, elapsed) => write!(f, "attempt {attempt}: answered after {elapsed:?}"),
            Decision::Ended(attempt, Some(certainty), elapsed) => {
                write!(f, "attempt {attempt}: failed after {elapsed:?}, {certainty}")
            }
            Decision::Backoff(attempt, wait) => write!(f, "attempt {attempt} follows after {wait:?}"),
            Decision::Stopped(why) => write!(f, "no further attempt: {why}"),
            Decision::Hedged(attempt, after) => write!(f, "attempt {attempt}: a hedge, after {after:?} without answer"),
            Decision::NotHedged(why) => write!(f, "no hedge: {why}"),
        }
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, decision) in self.decisions.iter().enumerate() {
            if number > 0 {
                f.write_str("\n")?;
            }
            self.write(*decision, f)?;
        }
        if self.lost > 0 { write!(f, "\n… and {} more", self.lost) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_decision_survives_its_packing() {
        let (time, id) = (Duration::from_micros(123_456), InstanceId(40_000));
        let mut all = vec![
            Decision::Deadline(time),
            Decision::Queued(time),
            Decision::AwaitedQuota(time),
            Decision::Cached(time),
            Decision::Stale(time),
            Decision::Joined,
            Decision::Batched(7),
            Decision::FellBack,
            Decision::Chosen(3, id, time),
            Decision::Panicked,
            Decision::Refreshed,
            Decision::Backoff(2, time),
            Decision::Hedged(2, time),
        ];
        all.extend(Reason::ALL.iter().map(|reason| Decision::Refused(*reason)));
        all.extend(Reason::ALL.iter().map(|reason| Decision::Avoided(id, *reason)));
        all.extend(Reason::ALL.iter().map(|reason| Decision::Stopped(*reason)));
        all.extend(Reason::ALL.iter().map(|reason| Decision::NotHedged(*reason)));
        let certainties = CERTAINTIES.map(Some).into_iter().chain([None]);
        all.extend(certainties.map(|certainty| Decision::Ended(1, certainty, time)));
        for decision in all {
            assert_eq!(Decision::unpack(decision.pack()), Some(decision));
        }
    }

    #[test]
    fn a_record_keeps_the_first_decisions_and_counts_the_rest() {
        let trail = Trail::default();
        for calls in 0..40 {
            trail.note(Decision::Batched(calls));
        }
        let explanation = trail.read(None);
        assert_eq!(explanation.decisions().len() + explanation.lost(), 40);
        assert_eq!(explanation.decisions()[0], Decision::Batched(0));
        assert!(explanation.to_string().ends_with("… and 12 more"), "{explanation}");
    }

    #[test]
    fn a_record_is_small() {
        assert!(size_of::<Trail>() <= 256);
    }
}
