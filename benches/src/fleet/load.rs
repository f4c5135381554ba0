//! Callers that do not wait for each other: Poisson arrivals at a given rate, whatever becomes of the calls. A load that
//! waited for answers would go easy on a server exactly when it is slow.

use std::time::Duration;

use payment_clients::contract::operation::{Class, Tier};

use super::{
    caller::{Ask, Handle},
    dice::Dice,
    world::World,
};

/// Who calls, how often and how patiently.
#[derive(Clone, Debug)]
pub struct Load {
    /// Calls a second, each from a time on; the last one ends the load and its rate does not matter.
    pub rates: Vec<(Duration, f64)>,
    /// Permille of best-effort, standard and critical calls.
    pub mix: [usize; 3],
    /// What the calls may stand.
    pub class: Class,
    /// When a caller hangs up. A call that ends later is lost.
    pub patience: Duration,
}

/// One call, as its caller saw it.
#[derive(Clone, Copy, Debug)]
pub struct Ended {
    /// Its number.
    pub id: u64,
    /// When it began.
    pub begun: Duration,
    /// How long it took.
    pub elapsed: Duration,
    /// How much it mattered.
    pub tier: Tier,
    /// The answer came, in time, and was a success.
    pub ok: bool,
}

impl Load {
    /// `rate` calls a second until `end`, all critical.
    pub fn steady(rate: f64, end: Duration, class: Class) -> Self {
        let rates = vec![(Duration::ZERO, rate), (end, 0.0)];
        Self { rates, mix: [0, 0, 1000], class, patience: Duration::from_secs(3) }
    }

    /// The same load of callers that hang up after `patience`.
    #[must_use]
    pub fn patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// Makes the calls, in turn through each client, and waits for the last one.
    pub async fn drive(&self, world: &World, clients: &[Handle]) -> Vec<Ended> {
        let (gaps, tiers) = (world.dice(1), world.dice(2));
        let (mut calls, mut id) = (Vec::new(), 0);
        for (phase, next) in self.rates.iter().zip(self.rates.iter().skip(1)) {
            let mean = Duration::from_secs(1).div_f64(phase.1);
            let mut due = phase.0 + gaps.exponential(mean);
            while due < next.0 {
                world.at(due).await;
                id += 1;
                let ask = Ask { id, class: self.class, tier: self.tier(&tiers) };
                let client = clients[usize::try_from(id).unwrap_or(0) % clients.len()].clone();
                calls.push(tokio::spawn(make(world.clone(), client, ask, self.patience)));
                due += gaps.exponential(mean);
            }
            world.at(next.0).await;
        }
        let mut ended = Vec::with_capacity(calls.len());
        for call in calls {
            ended.extend(call.await);
        }
        ended
    }

    fn tier(&self, dice: &Dice) -> Tier {
        let drawn = dice.below(1000);
        match self.mix {
            [best_effort, ..] if drawn < best_effort => Tier::BestEffort,
            [best_effort, standard, _] if drawn < best_effort + standard => Tier::Standard,
            _ => Tier::Critical,
        }
    }
}

async fn make(world: World, client: Handle, ask: Ask, patience: Duration) -> Ended {
    let begun = world.now();
    let ok = matches!(tokio::time::timeout(patience, client.call(ask)).await, Ok(true));
    Ended { id: ask.id, begun, elapsed: world.now() - begun, tier: ask.tier, ok }
}

// === reading the list ===

/// The calls that began between two times.
pub fn begun(calls: &[Ended], from: Duration, to: Duration) -> impl Iterator<Item = &Ended> {
    calls.iter().filter(move |call| call.begun >= from && call.begun < to)
}

/// The share of calls that succeeded, 1 when there were none.
pub fn success<'a>(calls: impl IntoIterator<Item = &'a Ended>) -> f64 {
    let (all, good) = calls.into_iter().fold((0_u32, 0_u32), |(all, good), call| (all + 1, good + u32::from(call.ok)));
    if all == 0 { 1.0 } else { f64::from(good) / f64::from(all) }
}

/// The latency in milliseconds that `share` of the calls stayed below. A lost call took as long as it was waited for.
pub fn percentile(calls: &[Ended], share: f64) -> f64 {
    let mut times: Vec<f64> = calls.iter().map(|call| call.elapsed.as_secs_f64() * 1000.0).collect();
    times.sort_unstable_by(f64::total_cmp);
    let above = times.len() as f64 * (1.0 - share);
    let from_end = (0..times.len()).take_while(|place| (*place as f64) < above).count();
    times.get(times.len().saturating_sub(from_end.max(1))).copied().unwrap_or(0.0)
}
