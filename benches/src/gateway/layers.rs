//! Where one payment spends its time, from its first moment to its answer.
//!
//! The stores count how long a unit waits, is run, and is committed. A payment's answer waits for certain units of
//! certain services, one after another ([`PATH`]), and for as many times that on average. What is neither that nor the
//! client's own is the rest: the network, servers, JSON, signatures, and waiting for a processor.

use std::time::Duration;

use payment_services::registry::Name;
use serde::Serialize;

use super::{figures::Costs, times::milliseconds};

/// The units that a payment's answer waits for, by service. What goes on behind the answer is not among them: webhooks,
/// callbacks, the order that learns that it is paid, events and the ledger.
///
/// None of the gateway's can be spared. The nonce is taken even when the payment's unit refuses and is undone, so it is a
/// unit of its own. What risk has said is kept before an order is made: asked again after a crash, it may say otherwise,
/// and nobody would undo the order.
pub const PATH: [(Name, u32); 5] = [
    // The nonce of the signature, the payment with its saga, and what each of three steps has brought.
    (Name::PaymentGateway, 5),
    (Name::Risk, 1),
    (Name::Order, 1),
    // What is asked of the channel, and what it said.
    (Name::ChannelAdapter, 2),
    (Name::ChannelSim, 1),
];

/// Milliseconds of one payment, on average.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Layers {
    /// Processor time of the client, which is also the load's.
    pub client: f64,
    /// Units waited for the writer of their store.
    pub queue: f64,
    /// They, and those of the same commit, were run.
    pub statements: f64,
    /// They waited for the disk.
    pub commit: f64,
    /// Everything else between the two ends.
    pub rest: f64,
}

impl Layers {
    /// Their names, for people, in the order of [`values`](Self::values).
    pub const NAMES: [&'static str; 5] = ["client", "queues", "statements", "commits", "network, servers, waiting"];

    /// Of a payment that took so long on average, at this cost.
    pub fn of(mean: Duration, costs: &Costs) -> Self {
        let on_path = |figure: fn(&super::figures::Cost) -> f64| {
            let times = |name, units: u32| costs.services.get(&name).map_or(0.0, figure) * f64::from(units);
            PATH.iter().map(|(name, units)| times(*name, *units)).sum::<f64>()
        };
        let client = costs.client_user_ms + costs.client_system_ms;
        let queue = on_path(|cost| cost.unit_queued_ms);
        let statements = on_path(|cost| cost.unit_run_ms);
        let commit = on_path(|cost| cost.unit_durable_ms);
        // Averages of units that are on the path and of others may together exceed what was measured.
        let rest = (milliseconds(mean) - client - queue - statements - commit).max(0.0);
        Self { client, queue, statements, commit, rest }
    }

    /// All of them.
    pub fn values(&self) -> [f64; 5] {
        [self.client, self.queue, self.statements, self.commit, self.rest]
    }
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeMap, time::Duration};

    use payment_services::registry::Name;

    use super::Layers;
    use crate::gateway::figures::{Cost, Costs};

    #[test]
    fn units_on_the_path_count_as_often_as_they_are_waited_for_and_nothing_is_lost() {
        let unit = Cost { unit_queued_ms: 1.0, unit_durable_ms: 2.0, ..Cost::default() };
        let services = BTreeMap::from([(Name::PaymentGateway, unit), (Name::Accounting, unit)]);
        let costs = Costs { services, client_user_ms: 0.5, client_system_ms: 0.5 };
        let layers = Layers::of(Duration::from_millis(20), &costs);
        assert_eq!(layers.values(), [1.0, 5.0, 0.0, 10.0, 4.0]);
    }
}
