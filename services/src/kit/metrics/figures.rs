//! What the store of a service has done, and what in it waits. What ended is not counted: a scrape reads no more than is
//! open.

use std::collections::BTreeMap;

use payment_clients::contract::error::Result;

use super::reading::{Family, Kind, Point};
use crate::kit::{
    bus::{self, Bus},
    configuration::Configuration,
    inbox, incident, outbox, saga,
    store::{Store, View, holds},
    telemetry,
};

/// What waits in a store; none where the store keeps no such thing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Incidents that nobody has closed.
    pub incidents: Option<i64>,
    /// Events that no listener can read yet.
    pub unpublished: Option<i64>,
    /// Events that could not be taken.
    pub dead_letters: Option<i64>,
    /// Sagas that have not ended, by state.
    pub sagas: Vec<(String, i64)>,
}

/// Counts what waits.
///
/// # Errors
/// When the store fails.
pub fn read(view: &View<'_>) -> Result<Figures> {
    const INCIDENTS: &str = "SELECT COUNT(*) FROM incident WHERE closed_at IS NULL";
    const LETTERS: &str = "SELECT COUNT(*) FROM dead_letters WHERE state = 'open'";
    const STATES: [&str; 2] = ["running", "compensating"];
    const SAGAS: &str = "SELECT state, COUNT(*) FROM saga WHERE ended_at IS NULL GROUP BY state ORDER BY state";
    let count = |tables, sql| match holds(view, tables)? {
        true => view.one(sql, &[], |row| row.get::<i64>(0)).map(Some),
        false => Ok(None),
    };
    let unpublished = if holds(view, outbox::TABLES)? { Some(outbox::unpublished(view)?) } else { None };
    let sagas = match holds(view, saga::TABLES)? {
        true => {
            // Also of none of a state there are 0: what comes and goes cannot be watched.
            let mut counts = BTreeMap::from(STATES.map(|state| (state.to_owned(), 0)));
            counts.extend(view.all(SAGAS, &[], |row| Ok((row.get::<String>(0)?, row.get::<i64>(1)?)))?);
            counts.into_iter().collect()
        }
        false => Vec::new(),
    };
    let incidents = count(incident::TABLES, INCIDENTS)?;
    Ok(Figures { incidents, unpublished, dead_letters: count(inbox::TABLES, LETTERS)?, sagas })
}

/// What is known without reading the store.
pub(super) fn counted(store: &Store, bus: &Bus, configuration: Option<&Configuration>) -> Vec<Family> {
    let (stats, times) = (store.stats(), store.times());
    let counter = |name, help, value: u64| Family::one(Kind::Counter, name, help, value);
    let seconds = |name, help, value: std::time::Duration| Family::one(Kind::Counter, name, help, value.as_secs_f64());
    let ready = i64::from(bus.health() == bus::Health::Ready);
    let spans = telemetry::shipped();
    let mut families = vec![
        counter("telemetry_spans_exported", "Spans of the process that a collector has taken.", spans.exported),
        counter("telemetry_spans_dropped", "Spans of the process that were lost.", spans.dropped),
        counter("store_units", "Units of work that were run.", stats.units),
        counter("store_units_failed", "Units of work that were undone.", stats.failed),
        counter("store_commits", "Commits that carried them.", stats.commits),
        seconds("store_queued_seconds", "Seconds in which units waited for the writer.", times.queued),
        seconds("store_run_seconds", "Seconds in which units and their neighbours were run.", times.run),
        seconds("store_durable_seconds", "Seconds in which units waited for their commit.", times.durable),
        seconds("store_committing_seconds", "Seconds of commits, however many units waited.", times.committing),
        Family::one(Kind::Gauge, "bus_ready", "Whether events travel, as far as is known.", ready),
    ];
    if let Some(status) = configuration.map(Configuration::status) {
        let help = "The version in force; 0 for the defaults.";
        families.push(Family::one(Kind::Gauge, "configuration_version", help, status.version));
        let help = "Versions that were refused since the start.";
        families.push(counter("configuration_refused", help, status.refused));
        if let Some(age) = status.age_ms {
            let help = "Since it was last known to be current.";
            families.push(Family::one(Kind::Gauge, "configuration_age_milliseconds", help, age));
        }
    }
    families
}

// === impl Figures ===

impl Figures {
    /// As families; none of what the store does not keep.
    pub(super) fn families(self) -> Vec<Family> {
        let gauges = [
            ("incidents_open", "Incidents that nobody has closed.", self.incidents),
            ("outbox_unpublished", "Events that no listener can read yet.", self.unpublished),
            ("dead_letters_open", "Events that could not be taken.", self.dead_letters),
        ];
        let known = gauges.into_iter().filter_map(|(name, help, value)| Some((name, help, value?)));
        let mut families: Vec<_> =
            known.map(|(name, help, value)| Family::one(Kind::Gauge, name, help, value)).collect();
        let sagas = self.sagas.iter().map(|(state, count)| Point::new([("state", state.as_str())], *count));
        families.push(Family::gauge("sagas_open", "Sagas that have not ended.", sagas.collect()));
        families
    }
}
