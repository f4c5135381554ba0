//! What a service counts itself, at `/metrics`, and what a payment has cost each.

use std::collections::BTreeMap;

use payment_services::registry::Name;
use serde::Serialize;

use super::{processor::Processor, times::milliseconds};

/// What the store of a service has done since it was opened, and what in it is open now.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Counted {
    /// Units of work.
    pub units: f64,
    /// Commits that carried them.
    pub commits: f64,
    /// Seconds in which units waited for the writer.
    pub queued: f64,
    /// Seconds in which they and their neighbours were run.
    pub run: f64,
    /// Seconds in which they waited for their commit.
    pub durable: f64,
    /// Seconds of commits.
    pub committing: f64,
    /// Sagas that have not ended, and events that nobody can read yet.
    pub open: f64,
}

/// What everybody has spent and counted at one moment.
#[derive(Clone, Debug)]
pub struct Look {
    /// The services.
    pub services: BTreeMap<Name, (Processor, Counted)>,
    /// This process, which is the client and the load.
    pub client: Processor,
}

/// What one payment has cost everybody, with all that it has caused.
#[derive(Clone, Debug)]
pub struct Costs {
    /// The services.
    pub services: BTreeMap<Name, Cost>,
    /// This process.
    pub client_user_ms: f64,
    /// This process, in the system.
    pub client_system_ms: f64,
}

/// What one payment has cost a service, on average.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Cost {
    /// Processor time in its own code.
    pub user_ms: f64,
    /// Processor time in the system's.
    pub system_ms: f64,
    /// Units of work.
    pub units: f64,
    /// Commits; fewer than units where units share them.
    pub commits: f64,
    /// How long its writer has been committing.
    pub committing_ms: f64,
    /// How long one of its units waited for the writer.
    pub unit_queued_ms: f64,
    /// How long one of its units and those of the same commit were run.
    pub unit_run_ms: f64,
    /// How long one of its units waited for the commit.
    pub unit_durable_ms: f64,
}

// === impl Counted ===

impl Counted {
    /// Reads Prometheus' text format; figures that are none of these are passed over.
    pub fn read(text: &str) -> Self {
        let mut counted = Self::default();
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let Some((series, value)) = line.rsplit_once(' ') else { continue };
            let name = series.split_once('{').map_or(series, |(name, _)| name);
            if let (Some(figure), Ok(value)) = (counted.figure(name), value.parse::<f64>()) {
                *figure += value;
            }
        }
        counted
    }

    fn figure(&mut self, name: &str) -> Option<&mut f64> {
        Some(match name {
            "store_units_total" => &mut self.units,
            "store_commits_total" => &mut self.commits,
            "store_queued_seconds_total" => &mut self.queued,
            "store_run_seconds_total" => &mut self.run,
            "store_durable_seconds_total" => &mut self.durable,
            "store_committing_seconds_total" => &mut self.committing,
            "sagas_open" | "outbox_unpublished" => &mut self.open,
            _ => return None,
        })
    }

    /// Both together, as far as rest is concerned.
    pub fn add(&mut self, other: &Self) {
        self.units += other.units;
        self.open += other.open;
    }
}

// === impl Look ===

impl Look {
    /// What one of so many payments has cost since.
    pub fn since(&self, before: &Self, payments: usize) -> Costs {
        let payments = payments.max(1) as f64;
        let cost = |name: &Name, (spent, now): &(Processor, Counted)| {
            // Who was not there before has spent all of it since.
            let (spent_before, then) = before.services.get(name).copied().unwrap_or_default();
            let spent = spent.since(spent_before);
            let units = now.units - then.units;
            let of_unit = |seconds: f64| if units > 0.0 { seconds * 1_000.0 / units } else { 0.0 };
            Cost {
                user_ms: milliseconds(spent.user) / payments,
                system_ms: milliseconds(spent.system) / payments,
                units: units / payments,
                commits: (now.commits - then.commits) / payments,
                committing_ms: (now.committing - then.committing) * 1_000.0 / payments,
                unit_queued_ms: of_unit(now.queued - then.queued),
                unit_run_ms: of_unit(now.run - then.run),
                unit_durable_ms: of_unit(now.durable - then.durable),
            }
        };
        let services = self.services.iter().map(|(name, look)| (*name, cost(name, look))).collect();
        let client = self.client.since(before.client);
        let (client_user_ms, client_system_ms) =
            (milliseconds(client.user) / payments, milliseconds(client.system) / payments);
        Costs { services, client_user_ms, client_system_ms }
    }
}

#[cfg(test)]
mod tests {
    use super::Counted;

    #[test]
    fn figures_are_read_by_their_names_and_states_are_added_up() {
        let text = "# HELP store_units_total Units.\n# TYPE store_units_total counter\n\
                    store_units_total{service=\"order\"} 12\nstore_durable_seconds_total{service=\"order\"} 0.25\n\
                    sagas_open{service=\"order\",state=\"running\"} 2\nsagas_open{service=\"order\",state=\"waiting\"} 1\n\
                    bus_ready{service=\"order\"} 1\n";
        let expected = Counted { units: 12.0, durable: 0.25, open: 3.0, ..Counted::default() };
        assert_eq!(Counted::read(text), expected);
    }
}
