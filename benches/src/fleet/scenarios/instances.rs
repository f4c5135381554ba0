//! One instance of several that goes wrong: what it costs before it is avoided, and how it comes back.

use std::{collections::BTreeMap, time::Duration};

use payment_clients::contract::operation::Class;

use super::Scope;
use crate::{
    fleet::{
        book::{Event, histogram},
        dice::Dice,
        goals::{Finding, Row},
        load::{Load, success},
        network::Network,
        peers::Policy,
        server::{Plan, State, Work},
        world::{Outcome, World, run},
    },
    steps,
    svg::{Chart, Series},
};

const SECOND: Duration = Duration::from_secs(1);
/// The attempt timeout of critical calls.
const TIMEOUT: f64 = 1.0;
/// The instance that goes wrong.
const SICK: usize = 0;

/// When the sick instance is sick, and how.
#[derive(Clone, Copy)]
struct Illness {
    from: Duration,
    to: Duration,
    state: State,
}

/// Three instances, one of them ill for a while, `rate` unsafe calls a second until `end`; shows the book.
fn three<T>(
    seed: u64,
    policy: Policy,
    rate: f64,
    illness: Illness,
    end: Duration,
    read: impl FnOnce(&World) -> T,
) -> Outcome<T> {
    run(seed, async |world: World| {
        let Illness { from, to, state } = illness;
        let well = Plan { work: Work::LogNormal(Duration::from_millis(10), 0.5), ..Plan::default() };
        let network = Network::new(&world, [well.clone().between(from, to, state), well.clone(), well]);
        let client = policy.client(&world, &network, 0)?;
        Load::steady(rate, end, Class::Unsafe).drive(&world, &[client]).await;
        Ok(read(&world))
    })
}

// === a black hole ===

const HOLE: Illness = Illness { from: Duration::from_secs(10), to: Duration::from_secs(70), state: State::BlackHole };

/// G3: unsafe calls that a black-holed instance swallows.
pub fn black_hole(scope: &Scope) -> Outcome<Finding> {
    let mut rows = Vec::new();
    for (rate, runs) in [(2.0, 20), (20.0, 10), (200.0, 4), (1000.0, 4)] {
        let lost = |seed, policy| three(seed, policy, rate, HOLE, HOLE.to, swallowed).map(|calls| calls.len() as f64);
        rows.push(Row::of(&scope.policies, |policy| scope.mean(runs, |seed| lost(seed, policy)))?);
    }
    rows.push(Row::of(&scope.policies, |policy| dialogue_black_hole(scope.seed, policy))?);
    Ok(Finding { rows, charts: scope.charts(&[calls_lost])? })
}

/// When each call that went into the hole first did. Policies that repeat unsafe calls send some of them in twice.
fn swallowed(world: &World) -> Vec<Duration> {
    let entries = world.book().entries(Event::Arrived, HOLE.from, HOLE.to);
    let mut first = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.server == SICK) {
        first.entry(entry.call).or_insert(entry.at);
    }
    first.into_values().collect()
}

fn calls_lost(scope: &Scope) -> Outcome<Chart> {
    let mut chart =
        Chart::new("black-hole", "One of three instances swallows calls, 200 calls/s: calls that went into it");
    chart.axes("seconds", "calls so far");
    chart.logarithmic();
    chart.mark(HOLE.from.as_secs_f64(), "black hole");
    for policy in &scope.policies {
        let times = three(scope.seed, *policy, 200.0, HOLE, HOLE.to, swallowed)?;
        let step = SECOND / 2;
        let counts = histogram(times, Duration::ZERO, HOLE.to, step);
        let sums = counts.iter().scan(0.0, |sum, count| {
            *sum += f64::from(*count);
            Some(*sum)
        });
        let points = sums.enumerate().map(|(place, sum)| (place as f64 * step.as_secs_f64(), f64::max(sum, 1.0)));
        chart.add(Series::of(*policy, points));
    }
    Ok(chart)
}

/// The scenario `black_hole` of dialogue's simulation: two nodes that take 600 ms, one never answers from 3 s on, ten
/// clients make 200 reads a second for 10 s and wait up to 30 s
/// (<https://github.com/palantir/dialogue/tree/develop/simulation>).
fn dialogue_black_hole(seed: u64, policy: Policy) -> Outcome<f64> {
    run(seed, async |world: World| {
        let node = Plan { work: Work::Constant(Duration::from_millis(600)), ..Plan::default() };
        let hole = node.clone().between(3 * SECOND, 3600 * SECOND, State::BlackHole);
        let network = Network::new(&world, [node, hole]);
        let clients: Vec<_> =
            (0..10).map(|number| policy.client(&world, &network, number)).collect::<Result<_, _>>()?;
        let load = Load::steady(200.0, 10 * SECOND, Class::Safe).patience(30 * SECOND);
        Ok(100.0 * success(&load.drive(&world, &clients).await))
    })
}

// === a dead instance ===

/// G4: how long calls go on hitting an instance that is gone, over what counting to five (to three, where connections are
/// refused) and waiting for the last one would take; and the most calls that it took to stop.
pub fn dead_instance(scope: &Scope) -> Outcome<Finding> {
    const RATES: [(f64, u64); 4] = [(0.1, 10), (2.0, 10), (10.0, 5), (100.0, 2)];
    let mut rows = Vec::new();
    for (state, count, wait) in [(State::BlackHole, 5.0, TIMEOUT), (State::Refusing, 3.0, 0.0)] {
        let worst = |figure: &dyn Fn(f64, (f64, f64)) -> f64| {
            Row::of(&scope.policies, |policy| {
                let means = RATES.into_iter().map(|(rate, runs)| {
                    scope.mean(runs, |seed| Ok(figure(rate, time_to_stop(seed, policy, rate, state)?)))
                });
                means.into_iter().try_fold(0.0, |worst: f64, mean: Outcome<f64>| Ok(worst.max(mean?)))
            })
        };
        rows.push(worst(&|rate, (seconds, _)| seconds / (count / rate + wait))?);
        rows.push(worst(&|_, (_, hits)| hits)?);
    }
    Ok(Finding { rows, charts: Vec::new() })
}

/// Seconds from the death of an instance that gets `rate` calls a second to the last call before it is left alone for as
/// long as ten calls would have taken, and the calls until then.
fn time_to_stop(seed: u64, policy: Policy, rate: f64, state: State) -> Outcome<(f64, f64)> {
    let silence = Duration::from_secs_f64(10.0 / rate).max(5 * SECOND);
    let from = silence;
    let end = from + 3 * silence + 60 * SECOND;
    let hits = three(seed, policy, 3.0 * rate, Illness { from, to: end, state }, end, |world| {
        world.book().arrivals_at(SICK, from, end)
    })?;
    let (mut last, mut count) = (from, 0.0);
    for hit in hits {
        if hit - last > silence {
            break;
        }
        last = hit;
        count += 1.0;
    }
    Ok(((last - from).as_secs_f64(), count))
}

// === recovery ===

const DOWN: Illness = Illness { from: Duration::from_secs(20), to: Duration::from_secs(50), state: State::BlackHole };
const AFTER: Duration = Duration::from_secs(110);

/// G5: seconds until a recovered instance gets its first call, and as many as before.
pub fn recovery(scope: &Scope) -> Outcome<Finding> {
    let mut rows = Vec::new();
    for read in [first_call, full_share] {
        rows.push(Row::of(&scope.policies, |policy| {
            let mean = |rate| {
                scope.mean(5, |seed| {
                    let seen = |world: &World| world.book().arrivals_at(SICK, Duration::ZERO, AFTER);
                    three(seed, policy, rate, DOWN, AFTER, seen).map(|arrivals| read(&arrivals).as_secs_f64())
                })
            };
            Ok(mean(20.0)?.max(mean(200.0)?))
        })?);
    }
    Ok(Finding { rows, charts: scope.charts(&[share_after_recovery])? })
}

fn first_call(arrivals: &[Duration]) -> Duration {
    arrivals.iter().find(|at| **at >= DOWN.to).map_or(AFTER - DOWN.to, |at| *at - DOWN.to)
}

/// When the calls of four seconds first come to nine tenths of what they were before the illness.
fn full_share(arrivals: &[Duration]) -> Duration {
    let window = 4 * SECOND;
    let within = |from: Duration, to: Duration| arrivals.iter().filter(|at| **at >= from && **at < to).count() as f64;
    let wanted = 0.9 * within(Duration::ZERO, DOWN.from) / DOWN.from.as_secs_f64() * window.as_secs_f64();
    let reached = arrivals.iter().filter(|at| **at >= DOWN.to).find(|at| within(**at, **at + window) >= wanted);
    reached.map_or(AFTER - DOWN.to, |at| *at - DOWN.to)
}

fn share_after_recovery(scope: &Scope) -> Outcome<Chart> {
    const RATE: f64 = 200.0;
    let mut chart =
        Chart::new("recovery", "An instance is gone from 20 s to 50 s, 200 calls/s to three: its share of them");
    chart.axes("seconds", "percent of all calls");
    chart.mark(DOWN.from.as_secs_f64(), "gone");
    chart.mark(DOWN.to.as_secs_f64(), "back");
    for policy in &scope.policies {
        let seen = |world: &World| world.book().arrivals_at(SICK, Duration::ZERO, AFTER);
        let counts = histogram(three(scope.seed, *policy, RATE, DOWN, AFTER, seen)?, Duration::ZERO, AFTER, SECOND);
        let points = counts.iter().enumerate().map(|(second, count)| (second as f64, f64::from(*count) / RATE * 100.0));
        chart.add(Series::of(*policy, points));
    }
    Ok(chart)
}

// === no way out ===

/// G6: instances that are never used again after a random illness of random parts of the fleet, and what was driven to
/// find one.
pub fn no_way_out(scope: &Scope) -> Outcome<Finding> {
    let runs = (200 / scope.thinner).max(4);
    let walks = (0..runs).map(|run| random_walk(scope.seed + run)).collect::<Outcome<Vec<_>>>()?;
    let total = |part: fn(&(f64, f64)) -> f64| walks.iter().map(part).sum::<f64>();
    let row = |value| Row(vec![(Policy::Ours, value)]);
    let steps = 100_000_000 / scope.thinner;
    small_steps(scope.seed, steps)?;
    let rows = vec![row(total(|walk| walk.0)), row(total(|walk| walk.1)), row(steps as f64)];
    Ok(Finding { rows, charts: Vec::new() })
}

/// Two halves of a walk through gate, limit, queue and budget, at the same time.
fn small_steps(seed: u64, steps: u64) -> Outcome<()> {
    let walk = |seed| steps::walk(steps / 2, seed).map(drop);
    let (one, other) = std::thread::scope(|threads| {
        let other = threads.spawn(|| walk(seed + 1));
        (walk(seed), other.join().unwrap_or_else(|_| Err("the walk panicked".to_owned())))
    });
    Ok(one.and(other)?)
}

/// Instances left out for good, and lines in the book.
fn random_walk(seed: u64) -> Outcome<(f64, f64)> {
    let (healed, end) = (60 * SECOND, 180 * SECOND);
    run(seed, async |world: World| {
        let dice = world.dice(6);
        let network = Network::new(&world, (0..3).map(|_| random_plan(&dice, healed)));
        let client = Policy::Ours.client(&world, &network, 0)?;
        let load = Load::steady(10.0, end, Class::Keyed).patience(dice.up_to(2 * SECOND));
        load.drive(&world, &[client]).await;
        let unused = (0..3).filter(|place| world.book().arrivals_at(*place, healed + 90 * SECOND, end).is_empty());
        let events = [Event::Arrived, Event::Began, Event::Committed, Event::Probed];
        let lines = events.map(|event| world.book().entries(event, Duration::ZERO, end).len()).iter().sum::<usize>();
        Ok((unused.count() as f64, lines as f64))
    })
}

/// A server that changes its state at random times until it is healed.
pub(super) fn random_plan(dice: &Dice, healed: Duration) -> Plan {
    let states = [
        State::Healthy,
        State::Slow { times: 50, plus: Duration::ZERO },
        State::Failing(503),
        State::Failing(500),
        State::Failing(429),
        State::Refusing,
        State::BlackHole,
        State::LosesAnswers,
    ];
    let mut plan = Plan::default();
    let mut at = Duration::ZERO;
    while at < healed {
        plan.script.push((at, states[dice.below(states.len())]));
        at += dice.exponential(4 * SECOND);
    }
    plan.script.push((healed, State::Healthy));
    plan
}
