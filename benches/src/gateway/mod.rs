//! How many payments a second the platform takes on, durably, and how long one takes: a merchant that signs, before the
//! services as processes of their own, and beside it what the disk alone would allow.
//!
//! | file | for |
//! |---|---|
//! | [`schedule`] | when payments are asked for: fixed before the first, whatever the answers do |
//! | [`load`] | the merchant: in a closed loop to find the most, then at fixed rates |
//! | [`times`] | percentiles of what was measured |
//! | [`stage`] | the services, started, looked at, and brought to rest |
//! | [`processor`] | processor time of a process, by the system's count |
//! | [`figures`] | what a service counts itself, and what a payment has cost it |
//! | [`layers`] | where one payment spends its time |
//! | [`durable`] | the peer: nothing but the commits |
//! | [`report`], [`page`] | what is printed, and the page with its pictures |
#![allow(clippy::float_arithmetic, reason = "figures of a report, no amounts")]

pub mod durable;
pub mod figures;
pub mod layers;
pub mod load;
pub mod page;
pub mod processor;
pub mod report;
pub mod schedule;
pub mod stage;
pub mod times;

use std::{path::Path, time::Duration};

use self::{
    layers::Layers,
    load::Run,
    report::{Report, Round},
    schedule::Schedule,
    stage::Stage,
};
use crate::machine;

/// What may go wrong in a bench.
pub type Outcome<T> = Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// How much is measured.
#[derive(Clone, Debug)]
pub struct Plan {
    /// Payments a second, one round each; shares of the most when there are none.
    pub rates: Vec<u32>,
    /// How long each round takes.
    pub seconds: u32,
    /// Most payments that are under way at once; what would be more is counted and not sent.
    pub most: usize,
}

/// Rounds in a closed loop begin with one payment under way and go on with so many times as many.
const WIDER: usize = 4;
/// The rates without others, in hundredths of the most.
const SHARES: [u32; 4] = [25, 50, 75, 90];

/// Measures the services of this program, with their stores in a folder.
///
/// # Errors
/// When services cannot be started, looked at or stopped, or no payment went well.
pub async fn measure(plan: &Plan, dir: &Path) -> Outcome<Report> {
    // Before the load is our own.
    let load = machine::load();
    let (stage, customer) = Stage::open(&dir.join("run")).await?;
    let within = Duration::from_secs(plan.seconds.into());
    // Connections, caches and statements of everybody.
    let ask = move |due| customer.clone().timed(due);
    load::closed(plan.most.min(8), within.min(Duration::from_secs(2)), ask.clone()).await;
    stage.rest().await?;
    let mut closed = Vec::new();
    for at_once in widths(plan.most) {
        let run = async || load::closed(at_once, within, ask.clone()).await;
        closed.push(round(&stage, format!("{at_once} at once"), None, run).await?);
    }
    let most = report::most(&closed).filter(|round| round.sustained > 0.0);
    let most = most.ok_or("no payment went well; the logs of the services may say why")?;
    let rates = if plan.rates.is_empty() { rates(most.sustained) } else { plan.rates.clone() };
    let durable = durable::measure(&dir.join("durable"), most, within)?;
    let mut fixed = Vec::new();
    for rate in rates {
        let schedule = Schedule::new(rate, plan.seconds);
        let run = async || load::open(schedule, plan.most, &ask).await;
        fixed.push(round(&stage, format!("{rate}/s"), Some(rate), run).await?);
    }
    stage.close().await?;
    Ok(Report::new(load, closed, fixed, durable))
}

/// One round, and what it has cost until everything that it caused has come to rest.
async fn round(stage: &Stage, name: String, rate: Option<u32>, run: impl AsyncFnOnce() -> Run) -> Outcome<Round> {
    let before = stage.look().await?;
    let run = run().await;
    // What goes on behind the answers is a part of the cost.
    let rest = stage.rest().await?;
    let cost = stage.look().await?.since(&before, run.paid());
    let layers = Layers::of(run.mean(), &cost);
    Ok(Round::new(name, rate, &run, rest, cost, layers))
}

fn widths(most: usize) -> Vec<usize> {
    let narrow = std::iter::successors(Some(1), |width| Some(width * WIDER)).take_while(|width| *width < most);
    narrow.chain([most]).collect()
}

/// Whole rates below the most that was reached.
fn rates(most: f64) -> Vec<u32> {
    // Below any rate that a u32 cannot hold; a rate of nothing would never ask.
    let most = format!("{most:.0}").parse::<u32>().unwrap_or(u32::MAX / 100);
    SHARES.iter().map(|share| (most.saturating_mul(*share) / 100).max(1)).collect()
}

#[cfg(test)]
mod tests {
    use super::{rates, widths};

    #[test]
    fn rounds_go_from_one_to_the_most_and_rates_stay_below_what_was_reached() {
        assert_eq!(widths(128), [1, 4, 16, 64, 128]);
        assert_eq!(widths(1), [1]);
        assert_eq!(rates(401.7), [100, 201, 301, 361]);
        assert_eq!(rates(0.4), [1, 1, 1, 1]);
    }
}
