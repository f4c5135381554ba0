//! What is to be read of a service from time to time, in Prometheus' text format: what its store has done, and what in it
//! waits. What ended is not counted: a scrape reads no more than is open.

use std::fmt::{Display, Write};

use payment_clients::contract::error::Result;

use super::{
    bus::{self, Bus},
    configuration::Status,
    inbox, incident, outbox, saga,
    store::{Store, View, holds},
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
    const SAGAS: &str = "SELECT state, COUNT(*) FROM saga WHERE ended_at IS NULL GROUP BY state ORDER BY state";
    let count = |tables, sql| match holds(view, tables)? {
        true => view.one(sql, &[], |row| row.get::<i64>(0)).map(Some),
        false => Ok(None),
    };
    let unpublished = if holds(view, outbox::TABLES)? { Some(outbox::unpublished(view)?) } else { None };
    let sagas = match holds(view, saga::TABLES)? {
        true => view.all(SAGAS, &[], |row| Ok((row.get(0)?, row.get(1)?)))?,
        false => Vec::new(),
    };
    let incidents = count(incident::TABLES, INCIDENTS)?;
    Ok(Figures { incidents, unpublished, dead_letters: count(inbox::TABLES, LETTERS)?, sagas })
}

/// Everything as a text. Of a store that does not answer, what is known without it.
pub(super) async fn text(service: &str, store: &Store, bus: &Bus, configuration: Option<&Status>) -> String {
    let mut text = Text { service, text: String::new() };
    let stats = store.stats();
    text.one("counter", "store_units_total", "Units of work that were run.", stats.units);
    text.one("counter", "store_units_failed_total", "Units of work that were undone.", stats.failed);
    text.one("counter", "store_commits_total", "Commits that carried them.", stats.commits);
    let times = store.times();
    for (name, help, time) in [
        ("store_queued_seconds_total", "Seconds in which units waited for the writer.", times.queued),
        ("store_run_seconds_total", "Seconds in which units and their neighbours were run.", times.run),
        ("store_durable_seconds_total", "Seconds in which units waited for their commit.", times.durable),
        ("store_committing_seconds_total", "Seconds of commits, however many units waited.", times.committing),
    ] {
        text.one("counter", name, help, time.as_secs_f64());
    }
    let ready = u8::from(bus.health() == bus::Health::Ready);
    text.one("gauge", "bus_ready", "Whether events travel, as far as is known.", ready);
    if let Some(status) = configuration {
        text.one("gauge", "configuration_version", "The version in force; 0 for the defaults.", status.version);
        let help = "Versions that were refused since the start.";
        text.one("counter", "configuration_refused_total", help, status.refused);
        if let Some(age) = status.age_ms {
            text.one("gauge", "configuration_age_milliseconds", "Since it was last known to be current.", age);
        }
    }
    match store.read(read).await {
        Ok(figures) => text.figures(&figures),
        Err(error) => tracing::warn!(service, %error, "the store does not answer; its figures are left out"),
    }
    text.text
}

/// A text that grows.
struct Text<'a> {
    service: &'a str,
    text: String,
}

impl Text<'_> {
    fn figures(&mut self, figures: &Figures) {
        let gauges = [
            ("incidents_open", "Incidents that nobody has closed.", figures.incidents),
            ("outbox_unpublished", "Events that no listener can read yet.", figures.unpublished),
            ("dead_letters_open", "Events that could not be taken.", figures.dead_letters),
        ];
        for (name, help, value) in gauges {
            if let Some(value) = value {
                self.one("gauge", name, help, value);
            }
        }
        let sagas = figures.sagas.iter().map(|(state, count)| (format!(",state=\"{state}\""), *count));
        self.family("gauge", "sagas_open", "Sagas that have not ended.", sagas);
    }

    fn one(&mut self, kind: &str, name: &str, help: &str, value: impl Display) {
        self.family(kind, name, help, std::iter::once((String::new(), value)));
    }

    fn family<V: Display>(&mut self, kind: &str, name: &str, help: &str, values: impl Iterator<Item = (String, V)>) {
        let mut values = values.peekable();
        if values.peek().is_none() {
            return;
        }
        // Writing to a text does not fail.
        let _ = writeln!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        for (labels, value) in values {
            let _ = writeln!(self.text, "{name}{{service=\"{}\"{labels}}} {value}", self.service);
        }
    }
}
