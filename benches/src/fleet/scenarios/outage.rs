//! A service that fails as a whole: what its callers add to its load.

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use payment_clients::{contract::operation::Class, resilience::retry::budget::Budget as Ours};
use tower::retry::budget::{Budget, TpsBudget};

use super::Scope;
use crate::{
    fleet::{
        book::{Event, histogram},
        goals::{Finding, Row},
        load::{Load, begun},
        network::Network,
        peers::Policy,
        server::{Plan, State, Work},
        world::{Outcome, World, run},
    },
    svg::{Chart, Series},
};

/// Nothing is wrong until then, so that budgets are as full as they get.
const WARM: Duration = Duration::from_secs(30);
/// The outage lasts a minute.
const END: Duration = Duration::from_secs(90);
/// Late enough for every retry to have come.
const LATER: Duration = Duration::from_secs(600);
const SECOND: Duration = Duration::from_secs(1);

/// What an outage of a service saw.
struct Seen {
    calls: f64,
    attempts: f64,
    probes: f64,
    /// Attempts in each second of the run.
    by_second: Vec<u32>,
    /// The worst second of the outage, over the calls that it stands for.
    peak: f64,
}

/// G1: attempts per call while every instance answers 503.
pub fn amplification(scope: &Scope) -> Outcome<Finding> {
    const RATES: [(f64, u64); 4] = [(1.0, 20), (5.0, 20), (100.0, 2), (1000.0, 1)];
    let mut rows = Vec::new();
    for (rate, runs) in RATES {
        rows.push(Row::of(&scope.policies, |policy| {
            scope.mean(runs, |seed| outage(seed, policy, rate).map(|seen| seen.attempts / seen.calls))
        })?);
    }
    rows.push(Row::of(&scope.policies, |policy| Ok(outage(scope.seed, policy, 100.0)?.peak))?);
    rows.push(Row::of(&scope.policies, |policy| {
        scope.mean(20, |seed| outage(seed, policy, 1.0).map(|seen| seen.probes / seen.calls))
    })?);
    Ok(Finding { rows, charts: scope.charts(&[attempts_per_second])? })
}

fn attempts_per_second(scope: &Scope) -> Outcome<Chart> {
    let mut chart = Chart::new("outage", "Total outage at 100 calls/s: attempts that reach the servers");
    chart.axes("seconds", "attempts per second");
    chart.mark(WARM.as_secs_f64(), "all instances answer 503");
    for policy in &scope.policies {
        let seen = outage(scope.seed, *policy, 100.0)?;
        let points = seen.by_second.iter().enumerate().map(|(second, count)| (second as f64, f64::from(*count)));
        chart.add(Series::of(*policy, points));
    }
    Ok(chart)
}

fn outage(seed: u64, policy: Policy, rate: f64) -> Outcome<Seen> {
    run(seed, async |world: World| {
        let down = Plan::default().between(WARM, LATER, State::Failing(503));
        let network = Network::new(&world, [down.clone(), down.clone(), down]);
        let load = Load::steady(rate, END, Class::Keyed).patience(LATER);
        let calls = load.drive(&world, &[policy.client(&world, &network, 0)?]).await;
        let book = world.book();
        let arrived = || book.entries(Event::Arrived, Duration::ZERO, LATER).into_iter().map(|entry| entry.at);
        let per_second = |times: Vec<Duration>| histogram(times, WARM, END, SECOND);
        let begun_by_second = per_second(calls.iter().map(|call| call.begun).collect());
        let pressed = per_second(arrived().collect()).into_iter().zip(begun_by_second);
        Ok(Seen {
            calls: begun(&calls, WARM, END).count() as f64,
            attempts: book.attempts(WARM, LATER) as f64,
            probes: book.entries(Event::Probed, WARM, END).len() as f64,
            by_second: histogram(arrived(), Duration::ZERO, END, SECOND),
            peak: pressed.map(|(came, meant)| f64::from(came) / f64::from(meant).max(rate)).fold(0.0, f64::max),
        })
    })
}

/// G2: attempts at the last of four services in a row, per call to the first.
pub fn four_hops(scope: &Scope) -> Outcome<Finding> {
    let row = Row::of(&scope.policies, |policy| chain(scope.seed, policy))?;
    Ok(Finding { rows: vec![row], charts: Vec::new() })
}

fn chain(seed: u64, policy: Policy) -> Outcome<f64> {
    const HOPS: usize = 4;
    const RATE: f64 = 50.0;
    run(seed, async |world: World| {
        let leaf = Plan::default().between(WARM, LATER, State::Failing(StatusCode::SERVICE_UNAVAILABLE.as_u16()));
        let mut network = Network::numbered_from(&world, 10 * HOPS, [leaf.clone(), leaf.clone(), leaf]);
        let mut client = policy.client(&world, &network, HOPS as u64)?;
        for hop in (1..HOPS).rev() {
            let work = Work::Constant(Duration::from_millis(2));
            let between = Plan { work, next: Some(Arc::clone(&client)), ..Plan::default() };
            network = Network::numbered_from(&world, 10 * hop, [between.clone(), between.clone(), between]);
            client = policy.client(&world, &network, hop as u64)?;
        }
        let calls = Load::steady(RATE, END, Class::Keyed).patience(LATER).drive(&world, &[client]).await;
        let arrived = world.book().entries(Event::Arrived, WARM, LATER);
        let at_leaf = arrived.iter().filter(|entry| entry.server >= 10 * HOPS).count();
        Ok(at_leaf as f64 / begun(&calls, WARM, END).count() as f64)
    })
}

/// G10: retries granted beside the share of the successes that the setting names.
pub fn budget(scope: &Scope) -> Outcome<Finding> {
    /// A free retry in ten seconds is part of the rule.
    const FLOOR: f64 = 0.1;
    const SHARES: [u32; 8] = [1, 10, 50, 100, 300, 400, 600, 1000];
    let allowed = 1.0 + FLOOR * SUCCESSES as f64 * STEP.as_secs_f64();
    let off = |policy: Policy| {
        let each = SHARES.map(|permille| {
            let granted = granted(scope.seed, policy, permille)?;
            Ok((granted - f64::from(permille) / 1000.0 * SUCCESSES as f64).abs() / allowed)
        });
        each.into_iter().try_fold(0.0, |worst: f64, off: Outcome<f64>| Ok(worst.max(off?)))
    };
    let with_budget = |policy: &&Policy| matches!(policy, Policy::Ours | Policy::TowerBudget);
    let policies: Vec<Policy> = scope.policies.iter().filter(with_budget).copied().collect();
    Ok(Finding { rows: vec![Row::of(&policies, off)?], charts: Vec::new() })
}

const SUCCESSES: u32 = 10_000;
const STEP: Duration = Duration::from_millis(10);

/// Retries that a budget grants to somebody who asks after each success.
fn granted(seed: u64, policy: Policy, permille: u32) -> Outcome<f64> {
    run(seed, async |world: World| {
        let ours = Ours::new(permille, world.clock().now());
        let tower = TpsBudget::new(Duration::from_secs(10), 0, permille as f32 / 1000.0);
        let mut granted = 0_u32;
        for _ in 0..SUCCESSES {
            tokio::time::advance(STEP).await;
            let now = world.clock().now();
            granted += u32::from(if policy == Policy::Ours {
                ours.deposit(now);
                ours.withdraw(now)
            } else {
                tower.deposit();
                tower.withdraw()
            });
        }
        Ok(f64::from(granted))
    })
}
