//! The slowest calls of a thousand: a slow replica, and the hedges that hide what is left of it.

use std::{collections::BTreeSet, time::Duration};

use payment_clients::contract::operation::Class;

use super::Scope;
use crate::{
    fleet::{
        book::Event,
        goals::{Finding, Row},
        load::{Ended, Load, percentile},
        network::{Network, ONE_WAY},
        peers::Policy,
        server::{Plan, State, Work},
        world::{Outcome, World, run},
    },
    svg::{Chart, Series},
};

const SECOND: Duration = Duration::from_secs(1);
const RATE: f64 = 200.0;
/// Balancing and hedging have learned the fleet by then.
const WARM: Duration = Duration::from_secs(20);
const END: Duration = Duration::from_secs(220);
/// Ten times as slow and 100 ms more.
const DRASTIC: State = State::Slow { times: 10, plus: Duration::from_millis(100) };
/// Three times as slow.
const MILD: State = State::Slow { times: 3, plus: Duration::ZERO };

/// What a run saw after it was warm.
struct Seen {
    calls: Vec<Ended>,
    /// When attempts that were not the first of their call were sent.
    extra: Vec<Duration>,
}

/// Reads from three replicas that take `median`, one of them in `state` all along.
fn replicas(seed: u64, policy: Policy, median: u64, state: State) -> Outcome<Seen> {
    run(seed, async |world: World| {
        let work = Work::LogNormal(Duration::from_millis(median), 0.5);
        let well = Plan { workers: 100, work, ..Plan::default() };
        let sick = Plan { script: vec![(Duration::ZERO, state)], ..well.clone() };
        let network = Network::new(&world, [sick, well.clone(), well]);
        let client = policy.client(&world, &network, 0)?;
        let mut calls = Load::steady(RATE, END, Class::Safe).drive(&world, &[client]).await;
        calls.retain(|call| call.begun >= WARM);
        let (mut firsts, mut extra) = (BTreeSet::new(), Vec::new());
        for entry in world.book().entries(Event::Arrived, Duration::ZERO, END) {
            if !firsts.insert(entry.call) && entry.at >= WARM {
                extra.push(entry.at - ONE_WAY);
            }
        }
        Ok(Seen { calls, extra })
    })
}

impl Seen {
    fn tail(&self) -> f64 {
        percentile(&self.calls, 0.999)
    }

    fn extra_percent(&self) -> f64 {
        100.0 * self.extra.len() as f64 / self.calls.len() as f64
    }
}

/// G8: the tail with one slow replica of three, over the tail without.
pub fn slow_replica(scope: &Scope) -> Outcome<Finding> {
    let of = |state| {
        scope.policies.iter().map(|policy| replicas(scope.seed, *policy, 10, state)).collect::<Outcome<Vec<_>>>()
    };
    let (well, drastic, mild) = (of(State::Healthy)?, of(DRASTIC)?, of(MILD)?);
    let row = |figure: &dyn Fn(usize) -> f64| {
        Row(scope.policies.iter().enumerate().map(|(place, policy)| (*policy, figure(place))).collect())
    };
    let rows = vec![
        row(&|place| drastic[place].tail() / well[place].tail()),
        row(&|place| drastic[place].extra_percent()),
        row(&|place| mild[place].tail() / well[place].tail()),
        row(&|place| well[place].tail()),
        row(&|place| drastic[place].tail()),
    ];
    Ok(Finding { rows, charts: vec![percentiles(scope, &drastic)] })
}

fn percentiles(scope: &Scope, seen: &[Seen]) -> Chart {
    const SHARES: [f64; 7] = [0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 0.9999];
    let mut chart =
        Chart::new("slow-replica", "One replica of three ten times as slow and 100 ms more: latency of reads");
    chart.axes("percentile of the calls", "milliseconds");
    chart.ticks(&["50", "75", "90", "95", "99", "99.9", "99.99"]);
    chart.logarithmic();
    for (policy, seen) in scope.policies.iter().zip(seen) {
        let points = SHARES.iter().enumerate().map(|(place, share)| (place as f64, percentile(&seen.calls, *share)));
        chart.add(Series::of(*policy, points));
    }
    chart
}

/// G9: hedges sent beside the share that the setting allows.
pub fn hedges(scope: &Scope) -> Outcome<Finding> {
    /// What the defaults allow a critical call.
    const ALLOWED: f64 = 2.0;
    /// Timers are a millisecond coarse; beside this it is nothing.
    const MEDIAN: u64 = 100;
    let seen = replicas(scope.seed, Policy::Ours, MEDIAN, State::Healthy)?;
    let ends = seen.extra.iter().filter(|sent| **sent >= WARM + 10 * SECOND);
    let most = ends.map(|end| extra_until(&seen, *end));
    let row = |value| Row(vec![(Policy::Ours, value)]);
    let off = 100.0 * (seen.extra_percent() - ALLOWED).abs() / ALLOWED;
    Ok(Finding { rows: vec![row(off), row(most.fold(0.0, f64::max))], charts: Vec::new() })
}

/// Percent of extra attempts in the ten seconds that end with one of them.
fn extra_until(seen: &Seen, end: Duration) -> f64 {
    let within = |time: Duration| time <= end && end - time < 10 * SECOND;
    let calls = seen.calls.iter().filter(|call| within(call.begun)).count() as f64;
    let extra = seen.extra.iter().filter(|sent| within(**sent)).count() as f64;
    if calls == 0.0 { 0.0 } else { 100.0 * extra / calls }
}
