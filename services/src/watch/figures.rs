//! What of a service's figures is looked at. Samples that differ only in labels which nobody tells apart here are summed as
//! they are read, so that a look keeps little.

use std::{collections::BTreeMap, time::Duration};

use super::{
    exposition::{Exposition, Kind, Sample, Value},
    histogram::Histogram,
    picture::{Breaker, Calls, Ledger},
};
use crate::kit::metrics::family::OTHER;

/// Routes and operations that say nothing of what a service does, nor how long that takes: by these it is watched, by us and
/// by others, and at the last one listeners wait for news.
const NO_WORK: [&str; 7] =
    ["/health", "/health/live", "/health/ready", "/metrics", "get_liveness", "get_report", "/internal/events"];
/// The operation by which listeners wait for news.
const LISTENING: &str = "read_events";
/// An answer that comes so soon, in microseconds, brings news: without any it is waited longer.
const SOON: u64 = 1_000_000;

/// What a service has told at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    /// Calls that it answered, by their time.
    served: Histogram,
    /// Its clients, by whom they call.
    edges: BTreeMap<String, Edge>,
    pub(super) sagas: u64,
    pub(super) unpublished: Option<u64>,
    pub(super) incidents: Option<u64>,
    pub(super) dead_letters: Option<u64>,
    ledger: BTreeMap<String, (Option<i64>, Option<u64>)>,
    /// Units that its store has run: there are some in every service, and fewer after each start.
    units: u64,
}

/// What a client has told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Edge {
    /// Calls by their time, by how they ended.
    done: Histogram,
    refused: Histogram,
    unknown: Histogram,
    /// Calls that wait for news, by their time.
    news: Histogram,
    retries: u64,
    breaker: Breaker,
    in_flight: u64,
    limit: u64,
    queued: u64,
    budget: Option<u64>,
}

/// What has happened between two looks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Since {
    /// How long that is; none at the first look.
    elapsed: Option<Duration>,
    /// Calls that were answered.
    pub(super) served: Histogram,
    edges: BTreeMap<String, Edge>,
}

// === impl Figures ===

impl Figures {
    /// Reads what a service has told.
    ///
    /// # Errors
    /// When the text is none of the format, or a figure that is looked at cannot be one.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let Exposition { kinds, samples } = Exposition::parse(text).map_err(|error| error.to_string())?;
        let mut figures = Self::default();
        for sample in &samples {
            let wrong = |what| format!("{}: {what}", sample.name);
            figures.add(sample, &kinds).map_err(wrong)?;
        }
        Ok(figures)
    }

    fn add(&mut self, sample: &Sample<'_>, kinds: &BTreeMap<&str, Kind>) -> Result<(), &'static str> {
        if sample.label("operation") == Some(LISTENING) {
            return self.news(sample);
        }
        if ["http_route", "operation"].iter().filter_map(|label| sample.label(label)).any(|of| NO_WORK.contains(&of)) {
            return Ok(());
        }
        let is = |family, kind| match kinds.get(family) {
            Some(told) if *told != kind => Err("is of another kind than it should be"),
            _ => Ok(()),
        };
        match sample.name {
            "store_units_total" => self.units = count(sample)?,
            "sagas_open" => self.sagas = self.sagas.saturating_add(count(sample)?),
            "outbox_unpublished" => self.unpublished = Some(count(sample)?),
            "incidents_open" => self.incidents = Some(count(sample)?),
            "dead_letters_open" => self.dead_letters = Some(count(sample)?),
            "ledger_imbalance_minor" => self.currency(sample)?.0 = Some(sample.value.whole().ok_or("is no number")?),
            "ledger_holds_open" => self.currency(sample)?.1 = Some(count(sample)?),
            name => {
                if let Some(part) = name.strip_prefix("http_server_request_duration_seconds_") {
                    is("http_server_request_duration_seconds", Kind::Histogram)?;
                    return self.served.take(part, sample);
                }
                if let Some(part) = name.strip_prefix("payment_clients_call_duration_seconds_") {
                    is("payment_clients_call_duration_seconds", Kind::Histogram)?;
                    let Some(outcome) = self.edge(sample)?.outcome(sample)? else { return Ok(()) };
                    return outcome.take(part, sample);
                }
                if let Some(figure) = name.strip_prefix("payment_clients_") {
                    return self.client(figure, sample);
                }
            }
        }
        Ok(())
    }

    /// Calls of listeners that were answered.
    fn news(&mut self, sample: &Sample<'_>) -> Result<(), &'static str> {
        match sample.name.strip_prefix("payment_clients_call_duration_seconds_") {
            Some(part) if sample.label("outcome") == Some("done") => self.edge(sample)?.news.take(part, sample),
            _ => Ok(()),
        }
    }

    fn client(&mut self, figure: &str, sample: &Sample<'_>) -> Result<(), &'static str> {
        let sum = |to: &mut u64| count(sample).map(|count| *to = to.saturating_add(count));
        match figure {
            "retries_total" => sum(&mut self.edge(sample)?.retries),
            "limit" => sum(&mut self.edge(sample)?.limit),
            "in_flight" => sum(&mut self.edge(sample)?.in_flight),
            "queue_depth" => sum(&mut self.edge(sample)?.queued),
            "retry_budget" => sum(self.edge(sample)?.budget.get_or_insert_default()),
            "breaker_state" => {
                let breaker = sample.value.whole().and_then(Breaker::of).ok_or("is no state of a breaker")?;
                let edge = self.edge(sample)?;
                edge.breaker = edge.breaker.max(breaker);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn edge(&mut self, sample: &Sample<'_>) -> Result<&mut Edge, &'static str> {
        let peer = sample.label("peer").ok_or("has no label peer")?;
        Ok(self.edges.entry(peer.to_owned()).or_default())
    }

    fn currency(&mut self, sample: &Sample<'_>) -> Result<&mut (Option<i64>, Option<u64>), &'static str> {
        let currency = sample.label("currency").ok_or("has no label currency")?;
        Ok(self.ledger.entry(currency.to_owned()).or_default())
    }

    /// What has happened since `last`. After a start in between, everything has; at the first look, nobody knows.
    pub(super) fn since(&self, last: Option<(Duration, &Self)>) -> Since {
        let Some((elapsed, last)) = last else { return Since::default() };
        let (nothing, no_edge) = (Self::default(), Edge::default());
        let last = if self.is_after(last) { last } else { &nothing };
        let edge =
            |(peer, edge): (&String, &Edge)| (peer.clone(), edge.since(last.edges.get(peer).unwrap_or(&no_edge)));
        Since {
            elapsed: Some(elapsed),
            served: self.served.since(&last.served),
            edges: self.edges.iter().map(edge).collect(),
        }
    }

    /// False when a counter went back, or went away: the service was started in between.
    fn is_after(&self, last: &Self) -> bool {
        let grew = |(peer, last): (&String, &Edge)| self.edges.get(peer).is_some_and(|edge| edge.is_after(last));
        self.units >= last.units && self.served.count >= last.served.count && last.edges.iter().all(grew)
    }

    /// Its clients as they are shown.
    pub(super) fn calls(&self, from: &'static str, since: &Since) -> Vec<Calls> {
        let calls = |(to, edge): (&String, &Edge)| {
            let nothing = Edge::default();
            let news = since.edges.get(to).unwrap_or(&nothing);
            let times = news.times();
            Calls {
                from,
                to: to.clone(),
                done_milli: since.per_second_milli(news.done.count),
                refused_milli: since.per_second_milli(news.refused.count),
                unknown_milli: since.per_second_milli(news.unknown.count),
                news_milli: since.per_second_milli(news.news.within(SOON)),
                p50_us: times.percentile(500),
                p99_us: times.percentile(990),
                retries_milli: since.per_second_milli(news.retries),
                breaker: edge.breaker,
                in_flight: edge.in_flight,
                limit: edge.limit,
                queued: edge.queued,
                budget: edge.budget,
            }
        };
        self.edges.iter().map(calls).collect()
    }

    /// The ledger as it is shown.
    pub(super) fn ledger(&self) -> impl Iterator<Item = Ledger> {
        self.ledger.iter().map(|(currency, (imbalance_minor, holds_open))| Ledger {
            currency: currency.clone(),
            imbalance_minor: *imbalance_minor,
            holds_open: *holds_open,
        })
    }
}

// === impl Edge ===

impl Edge {
    /// None of what a service no longer tells apart.
    fn outcome(&mut self, sample: &Sample<'_>) -> Result<Option<&mut Histogram>, &'static str> {
        match sample.label("outcome") {
            Some("done") => Ok(Some(&mut self.done)),
            Some("refused") => Ok(Some(&mut self.refused)),
            Some("unknown") => Ok(Some(&mut self.unknown)),
            Some(OTHER) => Ok(None),
            _ => Err("has no label outcome that is done, refused or unknown"),
        }
    }

    /// All calls by their time.
    fn times(&self) -> Histogram {
        let mut times = self.done.clone();
        times.add(&self.refused);
        times.add(&self.unknown);
        times
    }

    fn since(&self, last: &Self) -> Self {
        Self {
            done: self.done.since(&last.done),
            refused: self.refused.since(&last.refused),
            unknown: self.unknown.since(&last.unknown),
            news: self.news.since(&last.news),
            retries: self.retries.saturating_sub(last.retries),
            ..self.clone()
        }
    }

    fn is_after(&self, last: &Self) -> bool {
        let counters =
            |edge: &Self| [edge.done.count, edge.refused.count, edge.unknown.count, edge.news.count, edge.retries];
        counters(self).iter().zip(counters(last)).all(|(now, before)| *now >= before)
    }
}

// === impl Since ===

impl Since {
    /// So many events, in thousandths per second.
    pub(super) fn per_second_milli(&self, events: u64) -> u64 {
        let micros = self.elapsed.map_or(0, |elapsed| elapsed.as_micros());
        // Thousandths of an event, and millionths of a second.
        (u128::from(events) * 1_000_000_000)
            .checked_div(micros)
            .map_or(0, |rate| u64::try_from(rate).unwrap_or(u64::MAX))
    }
}

// === impl Histogram ===

impl Histogram {
    /// Adds a sample of a part of a histogram, whose labels beside its bound do not matter.
    fn take(&mut self, part: &str, sample: &Sample<'_>) -> Result<(), &'static str> {
        let more = |to: &mut u64| count(sample).map(|count| *to = to.saturating_add(count));
        match part {
            "count" => more(&mut self.count),
            "bucket" => match sample.label("le").map(str::parse) {
                Some(Ok(Value::Millionths(bound))) => {
                    // Bounds are in seconds, their millionths in microseconds.
                    let bound = u64::try_from(bound).map_err(|_| "has a bound below zero")?;
                    more(self.buckets.entry(bound).or_default())
                }
                // As many as the count.
                Some(Ok(Value::Infinite)) => Ok(()),
                _ => Err("has no bound"),
            },
            _ => Ok(()),
        }
    }
}

fn count(sample: &Sample<'_>) -> Result<u64, &'static str> {
    sample.value.count().ok_or("is no count")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
