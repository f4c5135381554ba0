//! What was measured, as one object.

use std::{collections::BTreeMap, thread, time::Duration};

use serde::Serialize;

use super::{
    durable::Durable,
    figures::{Cost, Costs},
    layers::Layers,
    load::Run,
    times::Percentiles,
};

/// Everything.
#[derive(Debug, Serialize)]
pub struct Report {
    /// Processors that this process, and with it the services, may use.
    pub cores: usize,
    /// Processes that wanted to run, on average over the minutes before, where the system tells.
    pub load: String,
    /// Rounds in a closed loop.
    pub closed: Vec<Round>,
    /// Rounds at fixed rates.
    pub fixed: Vec<Round>,
    /// What the disk alone allows.
    pub durable: Durable,
}

/// One round.
#[derive(Debug, Serialize)]
pub struct Round {
    /// What was asked.
    pub name: String,
    /// Payments a second that were due; of a closed loop, none.
    pub rate: Option<u32>,
    /// Payments a second that went well.
    pub per_second: f64,
    /// The same, with the time until all that follows is done, too: what can go on for ever.
    pub sustained: f64,
    /// How long they took; at a fixed rate, from when they were due.
    #[serde(flatten)]
    pub times: Percentiles,
    /// Payments that were due and not sent, since too many were under way. The percentiles know nothing of them.
    pub unsent: u64,
    /// Payments that did not go well, by the reason.
    pub failures: BTreeMap<String, u64>,
    /// From the last answer until everything that followed was done.
    pub rest_seconds: f64,
    /// Where a payment spent its time.
    pub layers: Layers,
    /// Processor time of the client for one payment.
    pub client_ms: [f64; 2],
    /// What one payment has cost the services, dearest first.
    pub services: Vec<Service>,
}

/// A service in a round.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Service {
    /// The word on the command line.
    pub name: &'static str,
    /// For one payment.
    #[serde(flatten)]
    pub cost: Cost,
}

// === impl Report ===

impl Report {
    /// Of these rounds, on this machine.
    pub fn new(load: String, closed: Vec<Round>, fixed: Vec<Round>, durable: Durable) -> Self {
        let cores = thread::available_parallelism().map_or(0, usize::from);
        Self { cores, load, closed, fixed, durable }
    }

    /// The round in a closed loop that has reached the most.
    pub fn most(&self) -> Option<&Round> {
        most(&self.closed)
    }
}

/// The round after which most payments a second were done with all that follows them.
pub fn most(rounds: &[Round]) -> Option<&Round> {
    rounds.iter().max_by(|left, right| left.sustained.total_cmp(&right.sustained))
}

// === impl Round ===

impl Round {
    /// What came of a round.
    pub fn new(name: String, rate: Option<u32>, run: &Run, rest: Duration, costs: Costs, layers: Layers) -> Self {
        let Costs { services, client_user_ms, client_system_ms } = costs;
        let services = services.into_iter().map(|(name, cost)| Service { name: name.as_str(), cost });
        let mut services: Vec<_> = services.collect();
        services.sort_by(|left, right| right.cost.processor().total_cmp(&left.cost.processor()));
        Self {
            name,
            rate,
            per_second: run.paid() as f64 / run.took.as_secs_f64(),
            sustained: run.paid() as f64 / (run.took + rest).as_secs_f64(),
            times: Percentiles::of(&run.times),
            unsent: run.unsent,
            failures: run.failures.clone(),
            rest_seconds: rest.as_secs_f64(),
            layers,
            client_ms: [client_user_ms, client_system_ms],
            services,
        }
    }

    /// Payments that did not go well.
    pub fn failed(&self) -> u64 {
        self.failures.values().sum()
    }
}

impl Cost {
    /// Processor time together.
    pub fn processor(&self) -> f64 {
        self.user_ms + self.system_ms
    }
}
