//! How the clients of a service stand now.

use payment_clients::{contract::operation::Tier, platform::Platform, resilience::gate::Phase};

use super::{
    calls::address,
    reading::{Family, Point},
};

/// Thousandths of a retry.
const ONE: u32 = 1000;

/// Reads the clients that have been made so far.
pub(super) fn read(platform: &Platform) -> Vec<Family> {
    let [mut breakers, mut limits, mut in_flight, mut queues, mut budgets] = [const { Vec::new() }; 5];
    for client in platform.clients() {
        let status = client.status();
        let peer = status.service.name;
        budgets.push(Point::new([("peer", peer)], i64::from(status.budget_left / ONE)));
        for (tier, waiting) in Tier::ALL.into_iter().zip(status.queued) {
            queues.push(Point::new([("peer", peer), ("tier", tier.as_str())], waiting));
        }
        for instance in &status.instances {
            let labels = [("peer", peer), ("instance", address(instance.instance.base()))];
            breakers.push(Point::new(labels, rank(instance.phase)));
            limits.push(Point::new(labels, instance.limit));
            in_flight.push(Point::new(labels, instance.in_flight));
        }
    }
    vec![
        Family::gauge(
            "payment_clients_breaker_state",
            "Breakers before other services' instances: 0 closed, 1 ramping, 2 half-open, 3 open.",
            breakers,
        ),
        Family::gauge("payment_clients_limit", "Attempts that an instance may be sent at once.", limits),
        Family::gauge("payment_clients_in_flight", "Attempts that are under way at an instance.", in_flight),
        Family::gauge("payment_clients_queue_depth", "Calls that wait for a place.", queues),
        Family::gauge(
            "payment_clients_retry_budget",
            "Retries that successes have paid for; one in ten seconds is free beside these.",
            budgets,
        ),
    ]
}

/// From well to ill.
const fn rank(phase: Phase) -> i64 {
    match phase {
        Phase::Closed => 0,
        Phase::Ramping => 1,
        Phase::HalfOpen => 2,
        Phase::Open => 3,
    }
}
