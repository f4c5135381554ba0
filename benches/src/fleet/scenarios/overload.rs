//! More calls than the servers can do: who is served.

use std::{collections::BTreeMap, time::Duration};

use payment_clients::contract::operation::{Class, Tier};

use super::Scope;
use crate::{
    fleet::{
        book::{Event, histogram},
        goals::{Finding, Row},
        load::{Ended, Load, begun, success},
        network::{Network, ONE_WAY},
        peers::Policy,
        server::{Plan, Work},
        world::{Outcome, World, run},
    },
    svg::{Chart, Series},
};

const SECOND: Duration = Duration::from_secs(1);
/// Three servers of five workers that take 50 ms in the mean.
const CAPACITY: f64 = 300.0;
/// Permille of best-effort, standard and critical calls. At twice the load the critical ones take two fifths of the
/// capacity.
const MIX: [usize; 3] = [300, 500, 200];
/// From then on the load is twice the capacity.
const FLOOD: Duration = Duration::from_secs(10);
/// From then on it is half of it.
const EBB: Duration = Duration::from_secs(70);
const END: Duration = Duration::from_secs(110);

/// What a run of the servers saw.
struct Seen {
    calls: Vec<Ended>,
    /// Calls and when their first attempt arrived.
    first_arrivals: BTreeMap<u64, Duration>,
}

/// Servers that know neither deadlines nor tiers and queue whatever comes: all sense must come from the client.
fn crowd(seed: u64, policy: Policy, rates: Vec<(Duration, f64)>) -> Outcome<Seen> {
    run(seed, async |world: World| {
        let work = Work::Exponential(Duration::from_millis(50));
        let server = Plan { workers: 5, work, ..Plan::default() };
        let network = Network::new(&world, [server.clone(), server.clone(), server]);
        let load = Load { rates, mix: MIX, class: Class::Keyed, patience: 3 * SECOND };
        let calls = load.drive(&world, &[policy.client(&world, &network, 0)?]).await;
        let mut first_arrivals = BTreeMap::new();
        for entry in world.book().entries(Event::Arrived, Duration::ZERO, Duration::MAX) {
            first_arrivals.entry(entry.call).or_insert(entry.at);
        }
        Ok(Seen { calls, first_arrivals })
    })
}

fn flood(seed: u64, policy: Policy) -> Outcome<Seen> {
    let rates = [(Duration::ZERO, 0.5), (FLOOD, 2.0), (EBB, 0.5), (END, 0.0)];
    crowd(seed, policy, rates.map(|(from, times)| (from, times * CAPACITY)).to_vec())
}

/// G7: what is done of what could be done at twice the load, what becomes of critical calls, and how fast it ends.
pub fn goodput(scope: &Scope) -> Outcome<Finding> {
    let floods = scope.policies.iter().map(|policy| flood(scope.seed, *policy)).collect::<Outcome<Vec<_>>>()?;
    let row = |figure: fn(&[Ended]) -> f64| {
        Row(scope.policies.iter().copied().zip(floods.iter().map(|seen| figure(&seen.calls))).collect())
    };
    let rows = vec![row(done_of_capacity), row(critical_success), row(seconds_to_recover)];
    Ok(Finding { rows, charts: vec![by_tier(&floods[0].calls), beside_peers(scope, &floods)] })
}

/// Calls answered while the flood lasts, over what the workers could do in that time.
fn done_of_capacity(calls: &[Ended]) -> f64 {
    let answered = calls.iter().filter(|call| call.ok && (FLOOD..EBB).contains(&(call.begun + call.elapsed)));
    100.0 * answered.count() as f64 / (CAPACITY * (EBB - FLOOD).as_secs_f64())
}

fn critical_success(calls: &[Ended]) -> f64 {
    100.0 * success(begun(calls, FLOOD, EBB).filter(|call| call.tier == Tier::Critical))
}

/// The first second after the flood from which five in a row see 95 % of their calls answered.
fn seconds_to_recover(calls: &[Ended]) -> f64 {
    let well = |second: u32| success(begun(calls, EBB + second * SECOND, EBB + (second + 5) * SECOND)) >= 0.95;
    (0..=35).find(|second| well(*second)).map_or((END - EBB).as_secs_f64(), f64::from)
}

fn answered_per_second<'a>(calls: impl Iterator<Item = &'a Ended>) -> Vec<(f64, f64)> {
    let times = calls.filter(|call| call.ok).map(|call| call.begun + call.elapsed);
    let counts = histogram(times, Duration::ZERO, END, SECOND);
    counts.iter().enumerate().map(|(second, count)| (second as f64, f64::from(*count))).collect()
}

fn by_tier(calls: &[Ended]) -> Chart {
    let mut chart =
        Chart::new("overload", "Twice the load of 300 calls/s that the servers can do: calls answered, by tier");
    chart.axes("seconds", "answered per second");
    chart.mark(FLOOD.as_secs_f64(), "600 calls/s");
    chart.mark(EBB.as_secs_f64(), "150 calls/s");
    for (tier, name, class) in [
        (Tier::Critical, "critical", "line ours c0"),
        (Tier::Standard, "standard", "line c5"),
        (Tier::BestEffort, "best effort", "line c4"),
    ] {
        chart.add(Series::named(name, class, answered_per_second(calls.iter().filter(|call| call.tier == tier))));
    }
    chart
}

fn beside_peers(scope: &Scope, floods: &[Seen]) -> Chart {
    let mut chart = Chart::new("overload-peers", "The same flood through each policy: critical calls answered");
    chart.axes("seconds", "critical calls answered per second");
    chart.mark(FLOOD.as_secs_f64(), "120 critical calls/s of 600");
    chart.mark(EBB.as_secs_f64(), "30 of 150");
    for (policy, seen) in scope.policies.iter().zip(floods) {
        let critical = seen.calls.iter().filter(|call| call.tier == Tier::Critical);
        chart.add(Series::of(*policy, answered_per_second(critical)));
    }
    chart
}

/// G19: best-effort calls below the limit, and critical calls that a later one of a lower tier overtook.
pub fn fairness(scope: &Scope) -> Outcome<Finding> {
    let best_effort = Row::of(&scope.policies, |policy| {
        let seen = crowd(scope.seed, policy, vec![(Duration::ZERO, 0.9 * CAPACITY), (60 * SECOND, 0.0)])?;
        Ok(100.0 * success(seen.calls.iter().filter(|call| call.tier == Tier::BestEffort)))
    })?;
    let overtaken = Row::of(&scope.policies, |policy| flood(scope.seed, policy).map(|seen| overtaken(&seen)))?;
    Ok(Finding { rows: vec![best_effort, overtaken], charts: Vec::new() })
}

/// Critical calls that were still waiting to be sent when a lower one, begun after them, was sent.
fn overtaken(seen: &Seen) -> f64 {
    let sent = |call: &Ended| seen.first_arrivals.get(&call.id).map(|arrived| *arrived - ONE_WAY);
    let lower: Vec<(Duration, Duration)> = seen
        .calls
        .iter()
        .filter(|call| call.tier != Tier::Critical)
        .filter_map(|call| Some((call.begun, sent(call)?)))
        .collect();
    let waited = |call: &&Ended| {
        let until = sent(call).unwrap_or(call.begun + call.elapsed);
        let first = lower.partition_point(|(begun, _)| *begun <= call.begun);
        lower[first..].iter().take_while(|(begun, _)| *begun < until).any(|(_, sent)| *sent < until)
    };
    seen.calls.iter().filter(|call| call.tier == Tier::Critical).filter(waited).count() as f64
}
