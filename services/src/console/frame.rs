//! What a browser is sent each second: everything that the page shows, in one object.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{checks::Finding, journal::Line, payments::Latest, shop::Takings};
use crate::{
    registry::Name,
    supervisor::plant::{Condition, Plant},
    watch::picture::Picture,
};

/// One look at everything.
#[derive(Debug, Serialize)]
pub(super) struct Frame {
    /// Counts from 1.
    pub number: u64,
    /// The time of the services, in milliseconds since 1970.
    pub clock_ms: i64,
    /// The services and their calls.
    pub picture: Picture,
    /// Processes and the network before them, by the names of the command line; none where all is one process.
    pub plant: Option<BTreeMap<&'static str, Condition>>,
    /// The latest payments.
    pub latest: Latest,
    /// The invariants.
    pub checks: Finding,
    /// What the console's own shop has done.
    pub shop: Takings,
    /// What was done and seen.
    pub journal: Vec<Line>,
    /// Browsers that watch.
    pub browsers: usize,
}

/// What does not change while the console runs.
#[derive(Debug, Serialize)]
pub(super) struct Setting<'a> {
    /// What is being shown.
    pub mode: super::Mode,
    /// What the page shows when it does something.
    pub token: &'a str,
    /// The services.
    pub nodes: Vec<Node>,
    /// Whether services are processes that can be killed.
    pub processes: bool,
    /// Whether the clock can be moved.
    pub clock: bool,
    /// Whether the console's shop may pay.
    pub shop: bool,
}

/// A service.
#[derive(Debug, Serialize)]
pub(super) struct Node {
    /// Its name on the command line, by which it is controlled.
    pub name: &'static str,
    /// Its name on the network, and those that it has beside it.
    pub services: Vec<&'static str>,
    /// Where it is.
    pub url: String,
}

/// The services, by where they are.
pub(super) fn nodes(urls: &crate::platform::Urls) -> Vec<Node> {
    let node = |name: &Name| {
        let beside = name.beside().iter().map(|service| service.name);
        let services = std::iter::once(name.service().name).chain(beside).collect();
        Node { name: name.as_str(), services, url: urls.get(name).cloned().unwrap_or_default() }
    };
    Name::ALL.iter().map(node).collect()
}

/// How each process is, by its name on the command line.
pub(super) fn conditions(plant: &Plant) -> BTreeMap<&'static str, Condition> {
    plant.conditions().into_iter().map(|(name, condition)| (name.as_str(), condition)).collect()
}
