//! One function per goal, one file per family. Each reads like its goal: build a fleet, let it suffer, drive a load, read
//! the books.

pub mod instances;
pub mod outage;
pub mod overload;
pub mod tail;
pub mod tiers;
pub mod time;

use super::{
    goals::{Finding, Verdict, table},
    peers::Policy,
    world::Outcome,
};
use crate::svg::Chart;

/// How much is run.
#[derive(Clone, Debug)]
pub struct Scope {
    /// The one source of chance.
    pub seed: u64,
    /// Who runs beside whom, in every scenario.
    pub policies: Vec<Policy>,
    /// Runs of which a mean is taken are divided by this; 1 for the report.
    pub thinner: u64,
    /// Whether runs are made for pictures alone.
    pub pictures: bool,
}

type Scenario = fn(&Scope) -> Outcome<Finding>;

/// Every goal that the simulator measures.
pub const ALL: [(&str, Scenario); 14] = [
    ("G1", outage::amplification),
    ("G2", outage::four_hops),
    ("G3", instances::black_hole),
    ("G4", instances::dead_instance),
    ("G5", instances::recovery),
    ("G6", instances::no_way_out),
    ("G7", overload::goodput),
    ("G8", tail::slow_replica),
    ("G9", tail::hedges),
    ("G10", outage::budget),
    ("G16", time::wasted_work),
    ("G17", time::worst_case),
    ("G18", time::dropped_calls),
    ("G19", overload::fairness),
];

impl Scope {
    /// Everything that the report shows.
    pub fn full(seed: u64) -> Self {
        Self { seed, policies: Policy::ALL.to_vec(), thinner: 1, pictures: true }
    }

    /// Ours alone and as few runs as will do.
    pub fn short(seed: u64) -> Self {
        Self { seed, policies: vec![Policy::Ours], thinner: 1000, pictures: false }
    }

    /// The mean of `figure` over up to `runs` seeds.
    fn mean(&self, runs: u64, figure: impl Fn(u64) -> Outcome<f64>) -> Outcome<f64> {
        let runs = (runs / self.thinner).max(1);
        let sum = (0..runs).map(|run| figure(self.seed + run)).sum::<Outcome<f64>>()?;
        Ok(sum / runs as f64)
    }

    /// Draws what needs runs of its own, if pictures are asked for.
    fn charts(&self, draw: &[fn(&Self) -> Outcome<Chart>]) -> Outcome<Vec<Chart>> {
        draw.iter().filter(|_| self.pictures).map(|draw| draw(self)).collect()
    }
}

/// Runs one goal, or all of them on two threads, and returns their verdicts in the table's order.
///
/// # Errors
/// When a client cannot be built, the table and a scenario disagree, or there is no such goal.
pub fn verdicts(scope: &Scope, only: Option<&str>) -> Outcome<Vec<Verdict>> {
    let goals: Vec<_> = table()?.into_iter().filter(|goal| only.is_none_or(|id| goal.id == id)).collect();
    let judge = |goal: super::goals::Goal| {
        let scenario =
            ALL.iter().find(|(id, _)| *id == goal.id).ok_or_else(|| format!("no scenario of {}", goal.id))?;
        Verdict::new(goal, scenario.1(scope)?)
    };
    if goals.is_empty() {
        return Err(
            format!("no goal {}; there are {}", only.unwrap_or("at all"), ALL.map(|(id, _)| id).join(" ")).into()
        );
    }
    let waiting = std::sync::Mutex::new(goals.into_iter().enumerate().collect::<std::collections::VecDeque<_>>());
    let next = || waiting.lock().unwrap_or_else(std::sync::PoisonError::into_inner).pop_front();
    let work = || std::iter::from_fn(next).map(|(place, goal)| (place, judge(goal))).collect::<Vec<_>>();
    let mut done = std::thread::scope(|threads| {
        let second = threads.spawn(work);
        let mut done = work();
        done.extend(second.join().unwrap_or_default());
        done
    });
    done.sort_by_key(|(place, _)| *place);
    done.into_iter().map(|(_, verdict)| verdict).collect()
}
