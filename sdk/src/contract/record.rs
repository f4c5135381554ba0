//! What was settled before the first attempt of a call, and what has become of its attempts, seen from outside of them.
//!
//! The deadline layer, the hedge and foreign layers drop attempts in flight and must still know what those may have
//! done. So the record does not travel with an attempt: all attempts of a call share it.

use std::{
    fmt,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering},
    },
    time::Instant,
};

use http::HeaderValue;

use super::{
    certainty::Certainty,
    explain::{Decision, Explanation, InstanceId, Names, Trail},
    idempotency::IdempotencyKey,
    indeterminate::EntryId,
    operation::Tier,
    trace::{Hex, TraceContext},
};

/// What is the same for all attempts of one call, decided before the first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Settled {
    pub(crate) key: Option<IdempotencyKey>,
    /// When the call began, which is its age in every queue.
    pub(crate) begun: Option<Instant>,
    pub(crate) tier: Tier,
    pub(crate) trace: Option<TraceContext>,
    /// The id of the call being served, or else the bits of a new one.
    pub(crate) request_id: Option<HeaderValue>,
    pub(crate) request_bits: u128,
    /// Whether the attempts of this call are already used by somebody in front of us, so that there is only one.
    pub(crate) spent: bool,
}

/// The id of a request through all services, as it stands on the wire.
pub(crate) struct RequestName<'a>(&'a Settled);

impl Settled {
    /// What names the request in log lines.
    pub(crate) fn request_name(&self) -> RequestName<'_> {
        RequestName(self)
    }

    /// What names the trace in log lines.
    pub(crate) fn trace_name(&self) -> Option<Hex<32>> {
        self.trace.map(|trace| Hex(trace.trace_id))
    }
}

impl fmt::Display for RequestName<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.request_id {
            Some(id) => f.write_str(id.to_str().unwrap_or_default()),
            None => Hex::<32>(self.0.request_bits).fmt(f),
        }
    }
}

/// Shared by all attempts of one call.
#[derive(Debug, Default)]
pub(crate) struct CallRecord {
    pub(crate) settled: Settled,
    /// Numbers given out, one per attempt, retries and hedges alike.
    issued: AtomicU32,
    /// Attempts that reached the wire.
    attempts: AtomicU32,
    /// Attempts whose effect may have happened.
    doubts: AtomicU32,
    /// Whether an attempt was answered, be it with a refusal: whoever loses that answer cannot say that nothing happened.
    answered: AtomicBool,
    /// When the first attempt reached the wire.
    sent_at: OnceLock<Instant>,
    /// Ids of the instances tried last, each plus one, newest in the low bits.
    tried: AtomicU64,
    /// Whether an instance is left that no attempt went to.
    others: AtomicBool,
    /// Whether a refused credential has been replaced, and whether that replacement still waits for its attempt.
    refreshed: AtomicBool,
    refresh_pending: AtomicBool,
    /// Whether the call holds a place in the admission of its dependency.
    placed: AtomicBool,
    /// The call has its answer, and what else is under way for it has lost.
    decided: AtomicBool,
    /// The call that carries this one, together with others.
    carrier: OnceLock<Arc<CallRecord>>,
    /// The journal's entry of the call.
    entry: OnceLock<EntryId>,
    trail: Trail,
}

// === attempts ===

impl CallRecord {
    /// No attempt yet.
    pub(crate) fn new(settled: Settled) -> Self {
        Self { settled, ..Self::default() }
    }

    /// The number of the next attempt.
    pub(crate) fn issue_next(&self) -> u32 {
        self.decided.store(false, Ordering::Relaxed);
        self.issued.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// The number of a further attempt, unless `most` have been given out.
    pub(crate) fn issue(&self, most: u32) -> Option<u32> {
        let more = |issued: u32| (issued < most).then_some(issued + 1);
        self.issued.fetch_update(Ordering::Relaxed, Ordering::Relaxed, more).ok().map(|issued| issued + 1)
    }

    /// One of several attempts under way has brought the answer; the others are dropped.
    pub(crate) fn decide(&self) {
        self.decided.store(true, Ordering::Relaxed);
    }

    /// Whether an attempt that is dropped has lost, rather than been given up by the caller.
    pub(crate) fn is_decided(&self) -> bool {
        self.decided.load(Ordering::Relaxed)
    }

    /// Attempt numbers given out so far.
    pub(crate) fn issued(&self) -> u32 {
        self.issued.load(Ordering::Relaxed)
    }

    /// An attempt is about to reach the wire: from here on its effect may happen.
    pub(crate) fn attempt_begins(&self, now: Instant) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        self.doubts.fetch_add(1, Ordering::Relaxed);
        self.sent_at.get_or_init(|| now);
    }

    /// An attempt ended, and this is known about its effect. One that is dropped never comes here and stays in doubt.
    pub(crate) fn attempt_ends(&self, certainty: Certainty) {
        if certainty == Certainty::Processed {
            self.answered.store(true, Ordering::Relaxed);
        }
        if !certainty.is_indeterminate() {
            self.doubts.fetch_sub(1, Ordering::Relaxed);
        }
    }

    fn is_answered(&self) -> bool {
        self.answered.load(Ordering::Relaxed) || self.carrier.get().is_some_and(|carrier| carrier.is_answered())
    }

    /// Attempts that reached the wire.
    pub(crate) fn attempts(&self) -> u32 {
        self.wire().attempts.load(Ordering::Relaxed)
    }

    /// Attempts whose effect may have happened.
    pub(crate) fn doubts(&self) -> u32 {
        let carried = self.carrier.get().map_or(0, |carrier| carrier.doubts());
        self.doubts.load(Ordering::Relaxed) + carried
    }

    /// When the first attempt reached the wire.
    pub(crate) fn sent_at(&self) -> Option<Instant> {
        self.wire().sent_at.get().copied()
    }

    /// From here on `carrier` carries this call: its attempts are this call's attempts, its doubts this call's doubts.
    /// Until it [arrives](Self::arrives) this call is in doubt whatever has been sent so far, since the carrier goes on
    /// without its caller.
    pub(crate) fn travels_with(&self, carrier: &Arc<Self>) {
        self.carrier.get_or_init(|| Arc::clone(carrier));
        self.doubts.fetch_add(1, Ordering::Relaxed);
    }

    /// The carrier has ended, and its own doubts are all that is left.
    pub(crate) fn arrives(&self) {
        self.doubts.fetch_sub(1, Ordering::Relaxed);
    }

    /// The record of what reaches the wire for this call.
    fn wire(&self) -> &Self {
        self.carrier.get().map_or(self, |carrier| carrier)
    }

    /// The certainty of a call that ends here without an answer.
    pub(crate) fn certainty(&self) -> Certainty {
        self.certainty_since(0)
    }

    /// The certainty of the part of a call that began with `doubts` and ends here without an answer.
    pub(crate) fn certainty_since(&self, doubts: u32) -> Certainty {
        if self.is_answered() || self.doubts() > doubts { Certainty::PossiblyProcessed } else { Certainty::NotSent }
    }
}

// === instances ===

impl CallRecord {
    /// An attempt goes to `instance`; `others` says whether a healthy one is left that none went to.
    pub(crate) fn goes_to(&self, instance: InstanceId, others: bool) {
        let push = |tried: u64| Some((tried << 16) | (u64::from(instance.0) + 1));
        let _ = self.tried.fetch_update(Ordering::Relaxed, Ordering::Relaxed, push);
        self.others.store(others, Ordering::Relaxed);
    }

    /// Whether one of the last four attempts went to `instance`.
    pub(crate) fn has_tried(&self, instance: InstanceId) -> bool {
        let tried = self.tried.load(Ordering::Relaxed);
        tried != 0 && (0..4).any(|place| (tried >> (16 * place)) & 0xFFFF == u64::from(instance.0) + 1)
    }

    /// Whether a healthy instance was left when the last attempt began.
    pub(crate) fn has_others(&self) -> bool {
        self.others.load(Ordering::Relaxed)
    }
}

// === credentials ===

impl CallRecord {
    /// A refused credential was thrown away; true the first time, when an attempt with a fresh one is worth it.
    pub(crate) fn refresh_once(&self) -> bool {
        let first = !self.refreshed.swap(true, Ordering::Relaxed);
        self.refresh_pending.store(first, Ordering::Relaxed);
        first
    }

    /// Whether the last attempt failed for a credential that the next one will have replaced.
    pub(crate) fn refresh_pending(&self) -> bool {
        self.refresh_pending.load(Ordering::Relaxed)
    }
}

// === admission ===

impl CallRecord {
    /// The call holds a place from here on.
    pub(crate) fn set_placed(&self) {
        self.placed.store(true, Ordering::Release);
    }

    /// Takes the place from the call; false when it holds none.
    pub(crate) fn take_place(&self) -> bool {
        self.placed.swap(false, Ordering::AcqRel)
    }
}

// === the journal ===

impl CallRecord {
    /// The call is about to be written to the journal as `entry`.
    pub(crate) fn enter(&self, entry: EntryId) {
        self.entry.get_or_init(|| entry);
    }

    /// The journal's entry of the call, if it has one.
    pub(crate) fn entry(&self) -> Option<EntryId> {
        self.entry.get().copied()
    }
}

// === decisions ===

impl CallRecord {
    pub(crate) fn note(&self, decision: Decision) {
        self.trail.note(decision);
    }

    /// Whether a call has been made with it.
    pub(crate) fn is_used(&self) -> bool {
        !self.trail.is_empty()
    }

    pub(crate) fn explain(&self, names: Option<Arc<dyn Names>>) -> Explanation {
        let own = self.trail.read(names);
        match self.carrier.get() {
            Some(carrier) => own.followed_by(carrier.trail.read(None)),
            None => own,
        }
    }
}
