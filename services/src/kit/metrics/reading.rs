//! Values that are read when they are asked for, and not recorded.

use std::fmt;

use prometheus_client::{
    collector::Collector,
    encoding::{DescriptorEncoder, MetricEncoder, NoLabelSet},
    metrics::MetricType,
};

/// Whether a value only rises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It does, until the process ends.
    Counter,
    /// It does not.
    Gauge,
}

/// A family, read just now.
#[derive(Clone, Debug)]
pub struct Family {
    /// Its name; that of a counter without `_total`.
    pub name: &'static str,
    /// What it is, as a sentence.
    pub help: &'static str,
    /// Whether its values only rise.
    pub kind: Kind,
    /// Its values.
    pub points: Vec<Point>,
}

/// A value with its labels, beside that of the service.
#[derive(Clone, Debug)]
pub struct Point {
    /// The labels.
    pub labels: Vec<(&'static str, String)>,
    /// The value.
    pub value: Value,
}

/// A number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Value {
    /// A whole one.
    Whole(i64),
    /// Seconds.
    Seconds(f64),
}

/// All families that were read.
#[derive(Debug)]
pub(super) struct Readings(pub(super) Vec<Family>);

// === impl Family ===

impl Family {
    /// A family whose only value is this.
    pub fn one(kind: Kind, name: &'static str, help: &'static str, value: impl Into<Value>) -> Self {
        Self { name, help, kind, points: vec![Point { labels: Vec::new(), value: value.into() }] }
    }

    /// A gauge that has a value for each set of labels.
    pub fn gauge(name: &'static str, help: &'static str, points: Vec<Point>) -> Self {
        Self { name, help, kind: Kind::Gauge, points }
    }

    fn encode(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Counter => MetricType::Counter,
            Kind::Gauge => MetricType::Gauge,
        };
        let mut encoder = encoder.encode_descriptor(self.name, self.help, None, kind)?;
        for Point { labels, value } in &self.points {
            value.encode(self.kind, encoder.encode_family(labels)?)?;
        }
        Ok(())
    }
}

// === impl Point ===

impl Point {
    /// A value with labels.
    pub fn new<const N: usize>(labels: [(&'static str, &str); N], value: impl Into<Value>) -> Self {
        Self { labels: labels.map(|(name, text)| (name, text.to_owned())).into(), value: value.into() }
    }
}

// === impl Value ===

impl Value {
    fn encode(self, kind: Kind, mut encoder: MetricEncoder<'_>) -> fmt::Result {
        match (kind, self) {
            (Kind::Gauge, Self::Whole(number)) => encoder.encode_gauge(&number),
            (Kind::Gauge, Self::Seconds(number)) => encoder.encode_gauge(&number),
            // What only rises from 0 is never below it.
            (Kind::Counter, Self::Whole(number)) => {
                encoder.encode_counter::<NoLabelSet, _, u64>(&u64::try_from(number).unwrap_or(0), None)
            }
            (Kind::Counter, Self::Seconds(number)) => encoder.encode_counter::<NoLabelSet, _, u64>(&number, None),
        }
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Whole(number)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Whole(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<f64> for Value {
    fn from(seconds: f64) -> Self {
        Self::Seconds(seconds)
    }
}

// === impl Readings ===

impl Collector for Readings {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        // A family without values is left out: what a service has no store for does not exist there.
        self.0.iter().filter(|family| !family.points.is_empty()).try_for_each(|family| family.encode(&mut encoder))
    }
}
