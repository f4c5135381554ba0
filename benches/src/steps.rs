//! Random steps through the state machines of the resilience layers, each followed by a look at whether something is
//! stuck or lost. A violation ends the walk with the step at which it appeared; the seed repeats it.

use std::{
    future::Future,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use payment_clients::{
    contract::operation::Tier,
    resilience::{
        admission::{
            limit::{Limit, LimitSettings, Permit},
            queue::{Entry, Queue, QueueSettings, Slot, Waiting},
        },
        gate::{
            Control, Gate, Pass, Phase, Verdict,
            settings::{GateSettings, Probing},
        },
        retry::budget::Budget,
    },
    seams::{Clock, Rng},
};

/// Steps between two recoveries.
const ROUND: u64 = 512;
/// Slots of the queue, places in it, and most passes and permits held at once.
const SLOTS: u64 = 8;
const PLACES: usize = 12;
const HELD: usize = 64;
const BUDGET_PERMILLE: u32 = 100;

/// What is walked through.
struct Machines {
    /// One that a prober closes, one that its calls close.
    gates: [Gate; 2],
    limit: Limit,
    queue: Arc<Queue>,
    budget: Budget,
}

/// What the walk holds of them, and knows about them.
struct Walk<'m> {
    machines: &'m Machines,
    rng: Rng,
    epoch: Instant,
    now: Instant,
    /// By gate: passes, each with the time until which it is the only probe.
    passes: [Vec<(Pass<'m>, Option<Instant>)>; 2],
    permits: Vec<Permit<'m>>,
    slots: Vec<Slot>,
    places: Vec<Waiting>,
    deposits: u64,
    retries: u64,
    longest_recovery: Duration,
}

/// How often the interesting things happened, so that a walk that meets nothing is seen.
#[derive(Debug)]
pub struct Report {
    /// Changes of the gates.
    pub changes: u64,
    /// Retries that the budget granted.
    pub retries: u64,
    /// Longest time until all gates were closed again.
    pub longest_recovery: Duration,
}

/// Takes `steps` steps.
///
/// # Errors
/// What was stuck or lost, and after which step.
pub fn walk(steps: u64, seed: u64) -> Result<Report, String> {
    let epoch = Clock::system().now();
    let changes = Arc::new(AtomicU64::new(0));
    let gate = |probing| {
        let counted = Arc::clone(&changes);
        let settings = GateSettings::of(Tier::Critical).with_probing(probing);
        Gate::new(settings, epoch, move |_| _ = counted.fetch_add(1, Ordering::Relaxed))
    };
    let machines = Machines {
        gates: [gate(Probing::OutOfBand), gate(Probing::InBand)],
        limit: Limit::new(LimitSettings::default(), epoch),
        queue: Queue::new(QueueSettings { length: PLACES, ..QueueSettings::default() }, SLOTS, Clock::system()),
        budget: Budget::new(BUDGET_PERMILLE, epoch),
    };
    let mut walk = Walk {
        machines: &machines,
        rng: Rng::seeded(seed),
        epoch,
        now: epoch,
        passes: [Vec::new(), Vec::new()],
        permits: Vec::new(),
        slots: Vec::new(),
        places: Vec::new(),
        deposits: 0,
        retries: 0,
        longest_recovery: Duration::ZERO,
    };
    for step in 1..=steps {
        walk.step();
        walk.check().and_then(|()| if step % ROUND == 0 { walk.recover() } else { Ok(()) }).map_err(|violation| {
            format!(
                "step {step} of seed {seed}: {violation}; {machines:?}",
                machines = (&machines.gates, &machines.limit)
            )
        })?;
    }
    let Walk { retries, longest_recovery, .. } = walk;
    Ok(Report { changes: changes.load(Ordering::Relaxed), retries, longest_recovery })
}

impl<'m> Walk<'m> {
    fn step(&mut self) {
        match self.pick(16) {
            0 | 1 => self.tick(),
            2..=6 => self.gate_step(),
            7..=10 => self.limit_step(),
            11..=14 => self.queue_step(),
            _ => self.budget_step(),
        }
    }

    /// Mostly a little time, now and then as long as probes, windows and deadlines last.
    fn tick(&mut self) {
        let longest = [5, 50, 500, 5_000][self.pick(40).saturating_sub(36)];
        self.now += Duration::from_millis(self.rng.bits() % longest);
    }

    fn gate_step(&mut self) {
        let which = self.pick(2);
        let (gate, chance) = (&self.machines.gates[which], self.rng.bits());
        let held = self.passes[which].len();
        match self.pick(256) {
            0 => {
                gate.set_control(
                    [Control::Auto, Control::ForcedOpen, Control::ForcedClosed, Control::MetricsOnly][self.pick(4)],
                );
                self.passes[which].iter_mut().for_each(|(_, probes_until)| *probes_until = None);
            }
            1..=100 if held < HELD => {
                let pass = match self.pick(10) {
                    0 => Some(gate.overrule(self.now, chance)),
                    1..=3 => gate.probe_due(self.now, chance),
                    safe => gate.admit(self.now, chance, safe > 5).ok(),
                };
                self.passes[which].extend(pass.map(|pass| {
                    let probes_until = pass.is_probe().then(|| self.now + gate.settings().probe_patience);
                    (pass, probes_until)
                }));
            }
            _ if held == 0 => {}
            101..=120 => drop(self.passes[which].swap_remove(self.pick(held))),
            _ => {
                let (pass, _) = self.passes[which].swap_remove(self.pick(held));
                pass.record(self.verdict(), self.now);
            }
        }
    }

    /// Good and bad times of a few hundred steps, so that gates open, recover and open again.
    fn verdict(&mut self) -> Verdict {
        let bad = (self.now - self.epoch).as_secs() % 20 < 8;
        let among: &[Verdict] = match (self.pick(8), bad) {
            (0, _) => &[Verdict::Neutral, Verdict::Cancelled, Verdict::Void, Verdict::SlowSuccess],
            (1..=2, false) | (1..=6, true) => {
                &[Verdict::Failure, Verdict::Timeout, Verdict::ConnectFailure, Verdict::RateFailure]
            }
            _ => &[Verdict::Success],
        };
        among[self.pick(among.len())]
    }

    fn limit_step(&mut self) {
        let held = self.permits.len();
        match self.pick(16) {
            0..=7 if held < HELD => self.permits.extend(self.machines.limit.try_acquire(self.now)),
            _ if held == 0 => {}
            how => {
                let permit = self.permits.swap_remove(self.pick(held));
                match how {
                    15 => drop(permit),
                    14 => permit.dropped(self.now),
                    _ => permit.succeeded(self.now),
                }
            }
        }
    }

    fn queue_step(&mut self) {
        let (queue, tier) = (&self.machines.queue, Tier::ALL[self.pick(3)]);
        match self.pick(16) {
            0 => queue.set_capacity(1 + self.rng.bits() % SLOTS),
            1..=8 => match queue.join(tier, self.now, self.now + Duration::from_secs(4), self.now) {
                Ok(Entry::Admitted(slot)) => self.slots.push(slot),
                Ok(Entry::Queued(place)) => self.places.push(place),
                Err(_) => {}
            },
            9..=13 if !self.slots.is_empty() => drop(self.slots.swap_remove(self.pick(self.slots.len()))),
            _ if !self.places.is_empty() => drop(self.places.swap_remove(self.pick(self.places.len()))),
            _ => {}
        }
        let slots = &mut self.slots;
        self.places.retain_mut(|place| match Pin::new(place).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => true,
            Poll::Ready(answer) => {
                slots.extend(answer);
                false
            }
        });
    }

    fn budget_step(&mut self) {
        if self.pick(4) == 0 {
            self.retries += u64::from(self.machines.budget.withdraw(self.now));
        } else {
            self.machines.budget.deposit(self.now);
            self.deposits += 1;
        }
    }

    /// What holds after each step.
    fn check(&self) -> Result<(), String> {
        let Machines { limit, queue, .. } = self.machines;
        for passes in &self.passes {
            let probes = passes.iter().filter(|(_, until)| until.is_some_and(|until| self.now < until)).count();
            ensure(probes <= 1, || format!("{probes} probes at a time"))?;
        }
        ensure(limit.in_flight() == len(&self.permits), || format!("{} permits held", self.permits.len()))?;
        ensure((3..=1000).contains(&limit.limit()), || "the limit left its bounds".to_owned())?;
        ensure(queue.in_use() == len(&self.slots) && queue.waiting() == len(&self.places), || {
            format!("{} slots and {} places held, but {queue:?}", self.slots.len(), self.places.len())
        })?;
        ensure(queue.waiting() == 0 || queue.in_use() * 2 + 1 >= queue.capacity(), || {
            format!("idle waiters: {queue:?}")
        })?;
        let floor = 1 + (self.now - self.epoch).as_secs() / 10;
        let paid = self.deposits * u64::from(BUDGET_PERMILLE) / 1000 + floor;
        ensure(self.retries <= paid, || format!("{} retries, {paid} paid for", self.retries))
    }

    /// Lets everything go and the instance be well: all of it must be usable again in bounded time.
    fn recover(&mut self) -> Result<(), String> {
        self.passes.iter_mut().for_each(Vec::clear);
        self.permits.clear();
        self.slots.clear();
        self.places.clear();
        self.check()?;
        let slots: Vec<_> = (0..self.machines.queue.capacity()).map(|_| self.join()).collect();
        ensure(slots.iter().all(Option::is_some), || "the empty queue has no slot".to_owned())?;
        let permits: Vec<_> = (0..3).map(|_| self.machines.limit.try_acquire(self.now)).collect();
        ensure(permits.iter().all(Option::is_some), || "the unused limit has no permit".to_owned())?;
        for gate in &self.machines.gates {
            if matches!(gate.control(), Control::ForcedOpen | Control::ForcedClosed) {
                gate.set_control(Control::Auto);
            }
            let began = self.now;
            let GateSettings { open_cap, probe_every, probe_patience, ramp, .. } = *gate.settings();
            let bound = open_cap.max(probe_every) * 5 / 4 + probe_every + probe_patience + ramp;
            while gate.phase(self.now) != Phase::Closed {
                ensure(self.now - began <= bound, || format!("not recovered after {bound:?}"))?;
                self.now += Duration::from_millis(20);
                let call = gate.admit(self.now, self.rng.bits(), true).ok();
                let probe = gate.probe_due(self.now, self.rng.bits());
                [call, probe].into_iter().flatten().for_each(|pass| pass.record(Verdict::Success, self.now));
            }
            self.longest_recovery = self.longest_recovery.max(self.now - began);
        }
        Ok(())
    }

    fn join(&self) -> Option<Slot> {
        match self.machines.queue.join(Tier::Critical, self.now, self.now + Duration::from_secs(4), self.now) {
            Ok(Entry::Admitted(slot)) => Some(slot),
            _ => None,
        }
    }

    /// A number below `limit`.
    fn pick(&self, limit: usize) -> usize {
        usize::try_from(self.rng.bits() >> 33).unwrap_or(0) % limit
    }
}

fn len<T>(held: &[T]) -> u64 {
    u64::try_from(held.len()).unwrap_or(u64::MAX)
}

fn ensure(holds: bool, violation: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(violation()) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::walk;

    #[test]
    fn nothing_is_stuck_or_lost_in_a_million_steps() {
        for seed in 1..=5 {
            let report = walk(200_000, seed).unwrap();
            assert!(report.changes > 500 && report.retries > 100, "the walk met too little: {report:?}");
        }
    }
}
