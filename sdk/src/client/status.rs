//! How a client stands now, for gauges and consoles: breakers, limits, queue, budget.

use std::time::Duration;

use crate::{
    contract::operation::{Service, Tier},
    resilience::gate::Phase,
    transport::instance::Instance,
};

/// How a client stands.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ClientStatus {
    /// Whom it calls.
    pub service: Service,
    /// Calls that wait for a place, by tier in the order of [`Tier::ALL`].
    pub queued: [u64; Tier::ALL.len()],
    /// Thousandths of a retry that successes have paid for and nobody has spent. One retry in ten seconds is free beside
    /// these.
    pub budget_left: u32,
    /// The instances that calls can go to.
    pub instances: Vec<InstanceStatus>,
}

/// How an instance stands in the eyes of one client.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct InstanceStatus {
    /// Where it is.
    pub instance: Instance,
    /// Where its breaker stands.
    pub phase: Phase,
    /// Attempts under way.
    pub in_flight: u64,
    /// How many there may be.
    pub limit: u64,
    /// The latency that is expected of it; zero while nothing is known.
    pub latency: Duration,
}
