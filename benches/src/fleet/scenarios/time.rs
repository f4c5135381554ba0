//! Deadlines and callers that leave: no work for nobody, no call without an end, nothing left behind.

use std::{sync::Arc, time::Duration};

use payment_clients::contract::operation::{Class, Tier};

use super::{Scope, instances::random_plan};
use crate::fleet::{
    book::Event,
    caller::Ask,
    goals::{Finding, Row},
    load::{Ended, Load, success},
    network::{Network, ONE_WAY},
    ours::DEADLINE,
    peers::Policy,
    server::{Plan, Quota, Work},
    world::{Outcome, World, run},
};

const SECOND: Duration = Duration::from_secs(1);

// === work that nobody waits for ===

/// G16: work begun after its caller's deadline, at a chain of four services of which the last cannot keep up.
pub fn wasted_work(scope: &Scope) -> Outcome<Finding> {
    let runs = scope.policies.iter().map(|policy| chain(scope.seed, *policy)).collect::<Outcome<Vec<_>>>()?;
    let row = |part: fn(&(f64, f64)) -> f64| Row(scope.policies.iter().copied().zip(runs.iter().map(part)).collect());
    Ok(Finding { rows: vec![row(|run| run.0), row(|run| run.1)], charts: Vec::new() })
}

/// Attempts sent after the deadline, and the percentage of all work that was begun after it.
fn chain(seed: u64, policy: Policy) -> Outcome<(f64, f64)> {
    const HOPS: usize = 4;
    const RATE: f64 = 80.0;
    run(seed, async |world: World| {
        let plan = |workers, millis, next| {
            let work = Work::Exponential(Duration::from_millis(millis));
            Plan { workers, work, next, honours_deadlines: true, ..Plan::default() }
        };
        // Two workers that take 40 ms do 50 calls a second.
        let mut network = Network::numbered_from(&world, 10 * HOPS, [plan(2, 40, None)]);
        let mut client = policy.client(&world, &network, HOPS as u64)?;
        for hop in (1..HOPS).rev() {
            network = Network::numbered_from(&world, 10 * hop, [plan(1000, 5, Some(Arc::clone(&client)))]);
            client = policy.client(&world, &network, hop as u64)?;
        }
        let calls = Load::steady(RATE, 60 * SECOND, Class::Keyed).patience(DEADLINE).drive(&world, &[client]).await;
        let late = |event, grace| {
            let entries = world.book().entries(event, Duration::ZERO, Duration::MAX);
            let late = entries.iter().filter(|entry| entry.at > deadline(&calls, entry.call) + grace).count();
            (late as f64, entries.len() as f64)
        };
        let (sent_late, _) = late(Event::Arrived, ONE_WAY);
        let (begun_late, begun) = late(Event::Began, Duration::ZERO);
        Ok((sent_late, 100.0 * begun_late / begun))
    })
}

fn deadline(calls: &[Ended], id: u64) -> Duration {
    let place = usize::try_from(id).unwrap_or(usize::MAX).saturating_sub(1);
    calls.get(place).map_or(Duration::MAX - SECOND, |call| call.begun + DEADLINE)
}

// === the longest call ===

/// G17: how long after a deadline of 3 s the last call returns, in a fleet where everything goes wrong at random.
pub fn worst_case(scope: &Scope) -> Outcome<Finding> {
    let over = |policy: Policy| {
        run(scope.seed, async |world: World| {
            let dice = world.dice(6);
            let quota = Some(Arc::new(Quota::new(40)));
            let plan = || Plan { quota: quota.clone(), ..random_plan(&dice, 120 * SECOND) };
            let network = Network::new(&world, [plan(), plan(), plan()]);
            // Callers that wait ten minutes show what the client itself would do.
            let load = Load::steady(50.0, 120 * SECOND, Class::Keyed).patience(600 * SECOND);
            let calls = load.drive(&world, &[policy.client(&world, &network, 0)?]).await;
            let longest = calls.iter().map(|call| call.elapsed).max().unwrap_or_default();
            Ok(longest.saturating_sub(DEADLINE).as_secs_f64() * 1000.0)
        })
    };
    Ok(Finding { rows: vec![Row::of(&scope.policies, over)?], charts: Vec::new() })
}

// === callers that leave ===

/// G18: calls that are not answered by a healthy fleet after callers have dropped calls at random times, and how many.
pub fn dropped_calls(scope: &Scope) -> Outcome<Finding> {
    let drops = (1_000_000 / scope.thinner).max(20_000);
    let unanswered = run(scope.seed, async |world: World| {
        let work = Work::Exponential(Duration::from_millis(10));
        let server = Plan { work, ..Plan::default() };
        let network = Network::new(&world, [server.clone(), server.clone(), server]);
        let client = Policy::Ours.client(&world, &network, 0)?;
        let dice = world.dice(7);
        for id in 0..drops {
            let (client, patience) = (Arc::clone(&client), dice.up_to(Duration::from_millis(30)));
            let ask = Ask { id: 1_000_000 + id, class: Class::Safe, tier: Tier::Critical };
            tokio::spawn(async move { tokio::time::timeout(patience, client.call(ask)).await });
            if id % 4 == 0 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        tokio::time::sleep(60 * SECOND).await;
        let now = world.now();
        let load = Load { rates: vec![(now, 500.0), (now + 20 * SECOND, 0.0)], ..Load::steady(1.0, now, Class::Safe) };
        let calls = load.drive(&world, &[client]).await;
        Ok((1.0 - success(&calls)) * calls.len() as f64)
    })?;
    let row = |value| Row(vec![(Policy::Ours, value)]);
    Ok(Finding { rows: vec![row(unanswered), row(drops as f64)], charts: Vec::new() })
}
