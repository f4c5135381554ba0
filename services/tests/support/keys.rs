//! The promises of a service: each keyed operation that it serves is put on trial, and none is forgotten.

use payment_clients::{
    conformance::{
        Arguments,
        keys::{Trial, prove},
    },
    contract::{
        call::Call,
        operation::{Class, Operation},
    },
    platform::REGISTRY,
};
use payment_services::{kit::not_served, registry::Name};
use serde::Serialize;

/// The keyed operations of one service, until each has been tried. `services/tests/keys.rs` sees to it that every service
/// that has any is asked for them.
pub struct Promises {
    untried: Vec<&'static Operation>,
    broken: Vec<String>,
}

// === impl Promises ===

impl Promises {
    pub fn of(name: Name) -> Self {
        let entry = REGISTRY.iter().find(|entry| entry.service == name.service());
        let served = |operation: &&Operation| not_served::remedy(name.not_served(), operation).is_none();
        let keyed = entry.into_iter().flat_map(|entry| entry.operations());
        let keyed = keyed.filter(|operation| operation.class == Class::Keyed).filter(served);
        Self { untried: keyed.collect(), broken: Vec::new() }
    }

    /// Those that have not been tried.
    pub fn untried(&self) -> Vec<&'static Operation> {
        self.untried.clone()
    }

    /// Tries an operation, if there is anything to try it with.
    pub async fn prove<S: Call>(&mut self, server: &S, operation: &'static Operation, trial: impl Into<Option<Trial>>) {
        let Some(trial) = trial.into() else { return };
        self.untried.retain(|untried| !untried.is(operation));
        self.broken.extend(prove(server, operation, trial).await.err().map(|failures| failures.to_string()));
    }

    /// All of them have been tried, and all are kept.
    pub fn are_kept(self) {
        let untried = self.untried.iter().map(|operation| format!("{operation} is keyed and is not tried"));
        let wrong: Vec<_> = self.broken.into_iter().chain(untried).collect();
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}

/// A request with this body.
pub fn body(body: impl Serialize) -> Arguments {
    Arguments { body: Some(serde_json::to_value(body).unwrap()), ..Arguments::default() }
}
