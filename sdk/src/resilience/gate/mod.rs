//! The circuit breaker of one instance: whether it may be used now.
//!
//! It is asked by whoever chooses an instance, so that a call goes elsewhere instead of failing. It opens on failures in
//! a row, on shares of failed or slow calls, and on calls that everybody gives up. Probes find out when it is well again,
//! and a ramp lets the load return by steps.
//!
//! Four rules keep it from the faults that breakers are known for:
//!
//! * A probe is a ticket with a deadline. One that is dropped or overdue frees its place, so half-open cannot hang.
//! * The ticket *is* the state it was drawn from. A verdict that comes after the state has moved on changes nothing, and
//!   so does that of a call that was admitted before.
//! * Refusals of the caller's requests and of this process are no failures; cancellations count only when nothing else
//!   happens. What is not given as a failing [`Verdict`] cannot open it.
//! * Everything that must change together lies in one word; there is no lock.

#[cfg(all(test, payment_loom))]
mod models;
pub mod settings;
mod tally;
#[cfg(test)]
mod tests;
mod verdict;
mod window;
mod word;

use std::{fmt, mem, time::Instant};

use self::{
    settings::{GateSettings, Probing, below},
    tally::Tally,
    word::Word,
};
pub use self::{
    verdict::{Change, Control, Refused, Verdict, Why},
    word::Phase,
};
use crate::{
    resilience::epoch::{Epoch, millis},
    seams::sync::{AtomicU64, Ordering},
};

/// The gate in front of one instance.
pub struct Gate {
    settings: GateSettings,
    epoch: Epoch,
    word: AtomicU64,
    control: AtomicU64,
    tally: Tally,
    on_change: Box<dyn Fn(Change) + Send + Sync>,
}

/// The right to send one call, or one probe. Dropped without a verdict it counts as cancelled.
#[derive(Debug)]
#[must_use = "a pass without a verdict counts as cancelled"]
pub struct Pass<'g> {
    gate: &'g Gate,
    role: Role,
    /// Milliseconds since the epoch at which it was given.
    at: u64,
    chance: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    /// Passed while the gate was of this generation.
    Call { generation: u64 },
    /// Holds the ticket that is drawn from this state.
    Probe { ticket: Word },
    /// Passed without being asked for its outcome.
    Unobserved,
}

// === impl Gate ===

impl Gate {
    /// A closed gate. `on_change` hears of each change, on the thread that made it.
    pub fn new(settings: GateSettings, epoch: Instant, on_change: impl Fn(Change) + Send + Sync + 'static) -> Self {
        Self {
            settings,
            epoch: Epoch::new(epoch),
            word: AtomicU64::new(Word::NEW.pack()),
            control: AtomicU64::new(Control::Auto.bits()),
            tally: Tally::new(),
            on_change: Box::new(on_change),
        }
    }

    /// The numbers it works by.
    pub fn settings(&self) -> &GateSettings {
        &self.settings
    }

    /// Asks to send one call. `chance` is 64 random bits; `may_probe` says that the call is safe, so that an in-band gate
    /// may risk it.
    ///
    /// # Errors
    /// Why the instance is not to be used now. The refusal counts nowhere.
    pub fn admit(&self, now: Instant, chance: u64, may_probe: bool) -> Result<Pass<'_>, Refused> {
        let at = self.epoch.millis(now);
        let role = match self.control() {
            Control::Auto => self.judge(at, chance, may_probe)?,
            Control::MetricsOnly => self.judge(at, chance, may_probe).unwrap_or(Role::Unobserved),
            Control::ForcedClosed => Role::Unobserved,
            Control::ForcedOpen => return Err(Refused::Forced),
        };
        Ok(Pass { gate: self, role, at, chance })
    }

    /// Sends one call whatever the gate says, for when too many instances are gated to trust the gates. Its outcome counts
    /// as it would have counted.
    pub fn overrule(&self, now: Instant, chance: u64) -> Pass<'_> {
        let at = self.epoch.millis(now);
        // With all bits zero it is always within the share that passes.
        let role = self.judge(at, 0, false).unwrap_or(Role::Unobserved);
        Pass { gate: self, role, at, chance }
    }

    /// The ticket for an out-of-band probe, when one is due. There is at most one, for
    /// [`probe_patience`](GateSettings::probe_patience).
    pub fn probe_due(&self, now: Instant, chance: u64) -> Option<Pass<'_>> {
        let forced = matches!(self.control(), Control::ForcedOpen | Control::ForcedClosed);
        if forced || self.settings.probing != Probing::OutOfBand {
            return None;
        }
        let at = self.epoch.millis(now);
        let ticket = self.draw_ticket(self.load(), at)?;
        Some(Pass { gate: self, role: Role::Probe { ticket }, at, chance })
    }

    /// The phase at `now`.
    pub fn phase(&self, now: Instant) -> Phase {
        self.ramped(self.load(), self.epoch.millis(now)).phase
    }

    /// Who decides.
    pub fn control(&self) -> Control {
        Control::of(self.control.load(Ordering::Relaxed))
    }

    /// Takes control, or gives it back. The gate starts from closed, without memories.
    pub fn set_control(&self, control: Control) {
        self.control.store(control.bits(), Ordering::Relaxed);
        self.tally.clear();
        loop {
            let word = self.load();
            if self.turn(word, word.turned(Phase::Closed, 0).healed(), Why::Reset) {
                return;
            }
        }
    }

    /// What a call at this time may be.
    fn judge(&self, at: u64, chance: u64, may_probe: bool) -> Result<Role, Refused> {
        let word = self.ramped(self.load(), at);
        let in_band = may_probe && self.settings.probing == Probing::InBand;
        match word.phase {
            Phase::Closed => Ok(Role::Call { generation: word.generation }),
            Phase::Ramping => match self.settings.ramp_share(at.saturating_sub(word.at)) {
                Some(share) if below(chance, 1000) >= share => Err(Refused::Ramping),
                _ => Ok(Role::Call { generation: word.generation }),
            },
            Phase::Open | Phase::HalfOpen if in_band => {
                self.draw_ticket(word, at).map(|ticket| Role::Probe { ticket }).ok_or(word.refusal())
            }
            Phase::Open | Phase::HalfOpen => Err(word.refusal()),
        }
    }

    /// Takes the place of the probe, when it is free and one is due.
    fn draw_ticket(&self, word: Word, at: u64) -> Option<Word> {
        if word.phase.carries_calls() || at < word.at {
            return None;
        }
        let ticket = word.turned(Phase::HalfOpen, at + millis(self.settings.probe_patience));
        self.turn(word, ticket, Why::ProbeDue).then_some(ticket)
    }

    /// Takes a verdict.
    fn settle(&self, role: Role, verdict: Verdict, at: u64, chance: u64) {
        match role {
            Role::Unobserved => {}
            Role::Call { generation } => self.count(generation, verdict, at, chance),
            Role::Probe { ticket } => self.conclude(ticket, verdict, at, chance),
        }
    }

    /// Counts a call of the current generation, and opens when it was one too many.
    fn count(&self, generation: u64, verdict: Verdict, at: u64, chance: u64) {
        let current = |word: Word| word.generation == generation && word.phase.carries_calls();
        let mut word = self.ramped(self.load(), at);
        if !current(word) {
            return;
        }
        let Some(why) = self.tally.add(&self.settings, verdict, at / 1000) else { return };
        while current(word) {
            let until = at + self.settings.until_probe(word.trips + 1, chance.rotate_left(32));
            if self.turn(word, word.tripped(until), why) {
                // Nobody counts until the ramp begins, which must not begin with these.
                self.tally.clear();
                return;
            }
            word = self.load();
        }
    }

    /// Takes the verdict of a probe. When its place was given away meanwhile, it says nothing any more.
    fn conclude(&self, ticket: Word, verdict: Verdict, at: u64, chance: u64) {
        let (next, why) = match verdict {
            // An answer that says nothing about health still shows that there is somebody to answer.
            Verdict::Success | Verdict::Neutral if ticket.wins + 1 >= self.settings.probes_needed => {
                (ticket.turned(Phase::Ramping, at), Why::ProbesSucceeded)
            }
            Verdict::Success | Verdict::Neutral => {
                let next = Word { wins: ticket.wins + 1, at: at + self.settings.until_confirmation(), ..ticket };
                (next, Why::ProbesSucceeded)
            }
            Verdict::Cancelled | Verdict::Void => (Word { at, ..ticket }, Why::ProbeDue),
            _ => {
                let until = self.settings.until_probe(ticket.trips + 1, chance.rotate_left(32));
                (ticket.tripped(at + until), Why::ProbeFailed)
            }
        };
        self.turn(ticket, next, why);
    }

    /// Closes a gate whose ramp is over.
    fn ramped(&self, word: Word, at: u64) -> Word {
        let over = word.phase == Phase::Ramping && self.settings.ramp_share(at.saturating_sub(word.at)).is_none();
        if !over {
            return word;
        }
        if self.turn(word, word.healed(), Why::RampEnded) { word.healed() } else { self.load() }
    }

    fn load(&self) -> Word {
        Word::unpack(self.word.load(Ordering::Acquire))
    }

    /// The one place where the state changes: from exactly `from`, or not at all.
    fn turn(&self, from: Word, to: Word, why: Why) -> bool {
        let turned = self.word.compare_exchange(from.pack(), to.pack(), Ordering::AcqRel, Ordering::Relaxed).is_ok();
        if turned && from.phase != to.phase {
            (self.on_change)(Change { from: from.phase, to: to.phase, why });
        }
        turned
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("word", &self.load()).field("control", &self.control()).finish_non_exhaustive()
    }
}

// === impl Pass ===

impl Pass<'_> {
    /// True for a call or read that finds out whether the instance is well again.
    pub fn is_probe(&self) -> bool {
        matches!(self.role, Role::Probe { .. })
    }

    /// Says what came of it.
    pub fn record(mut self, verdict: Verdict, now: Instant) {
        let role = mem::replace(&mut self.role, Role::Unobserved);
        self.gate.settle(role, verdict, self.gate.epoch.millis(now), self.chance);
    }
}

impl Drop for Pass<'_> {
    fn drop(&mut self) {
        // The time of the drop is not known. That of the admission only ends waits a little early.
        self.gate.settle(self.role, Verdict::Cancelled, self.at, self.chance);
    }
}

// === impl Word ===

impl Word {
    fn refusal(self) -> Refused {
        if self.phase == Phase::HalfOpen { Refused::Probing } else { Refused::Open }
    }
}
