//! When a breaker should open: the defaults of a critical service, the stricter breakers that the platform's analysis asks
//! for, and the numbers of the clients that are replaced, side by side over the same servers.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use payment_clients::{
    contract::operation::{Class, Service},
    resilience::settings::ClientConfig,
};

use super::Scope;
use crate::{
    fleet::{
        book::Event,
        caller::Handle,
        load::{Ended, Load, percentile},
        network::Network,
        ours::{Ours, SERVICE},
        server::{Plan, State, Work},
        world::{Outcome, World, run},
    },
    svg::figure,
};

/// Settings, side by side. No target is set: the figures are there to choose by.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// Names of the settings.
    pub settings: Vec<&'static str>,
    /// What was measured, and how each of them came out.
    pub rows: Vec<(String, Vec<String>)>,
}

type Settings = fn(&Service) -> ClientConfig;

/// Who is compared.
const SETTINGS: [(&str, Settings); 3] =
    [("defaults", ClientConfig::of), ("`seed_tiers`", ClientConfig::seed_tiers), ("`legacy`", ClientConfig::legacy)];
const MINUTE: Duration = Duration::from_secs(60);
const END: Duration = Duration::from_secs(1200);
/// An instance takes calls and never answers from here to there.
const DEAD: (Duration, Duration) = (Duration::from_secs(600), Duration::from_secs(720));
/// Thousandths of the attempts that an instance answers with a 500, by chance.
const FAILING: [usize; 2] = [30, 100];
/// Calls a second.
const RATES: [f64; 2] = [2.0, 50.0];

/// What a run came to.
struct Seen {
    calls: Vec<Ended>,
    attempts: f64,
    /// Calls that failed and that no server saw.
    refused: f64,
}

/// All settings over all servers and loads.
///
/// # Errors
/// When a client cannot be built.
pub fn comparison(scope: &Scope) -> Outcome<Comparison> {
    let mut rows = Vec::new();
    for failing in FAILING {
        for rate in RATES {
            let runs = SETTINGS.map(|(_, settings)| suffer(scope.seed, settings, rate, failing));
            let runs = runs.into_iter().collect::<Outcome<Vec<_>>>()?;
            let mut row = |what: &str, figure_of: &dyn Fn(&Seen) -> String| {
                let name = format!("{what}, {}/s, {} % failing", figure(rate), failing / 10);
                rows.push((name, runs.iter().map(figure_of).collect()));
            };
            row("calls", &|seen| figure(seen.calls.len() as f64));
            row("refused although an instance would have answered", &|seen| figure(seen.refused));
            row("lost", &|seen| figure(seen.calls.iter().filter(|call| !call.ok).count() as f64));
            row("attempts per call", &|seen| format!("{}×", figure(seen.attempts / seen.calls.len() as f64)));
            row("p99", &|seen| format!("{} ms", figure(percentile(&seen.calls, 0.99))));
        }
    }
    Ok(Comparison { settings: SETTINGS.map(|(name, _)| name).to_vec(), rows })
}

/// Keyed calls to three instances that fail now and then, one of which dies for two minutes.
fn suffer(seed: u64, settings: Settings, rate: f64, failing: usize) -> Outcome<Seen> {
    run(seed, async |world: World| {
        let work = Work::LogNormal(Duration::from_millis(10), 0.5);
        let flaky = State::FailingAtTimes(500, failing);
        let well = Plan { work, script: vec![(Duration::ZERO, flaky)], ..Plan::default() };
        let mut dying = well.clone();
        dying.script.extend([(DEAD.0, State::BlackHole), (DEAD.1, flaky)]);
        let network = Network::new(&world, [dying, well.clone(), well]);
        let client: Handle = Arc::new(Ours::with(settings(&SERVICE), &world, &network, 0)?);
        let calls = Load::steady(rate, END, Class::Keyed).drive(&world, &[client]).await;
        let arrived = world.book().entries(Event::Arrived, Duration::ZERO, END + MINUTE);
        let seen: BTreeSet<u64> = arrived.iter().map(|entry| entry.call).collect();
        let refused = calls.iter().filter(|call| !call.ok && !seen.contains(&call.id)).count() as f64;
        Ok(Seen { calls, attempts: arrived.len() as f64, refused })
    })
}
