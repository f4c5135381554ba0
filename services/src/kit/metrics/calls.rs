//! What a service's calls to its neighbours come to: each attempt by its route, instance and outcome, each call by its
//! operation and whether its effect is known, and what clients decide on the way.
//!
//! Handles are looked up by the operation's place in memory: what was recorded once is recorded again without a lock around
//! the families and without an allocation.

use std::sync::{Arc, OnceLock};

use http::StatusCode;
use payment_clients::{
    contract::{
        error::{Error, ErrorKind},
        operation::{Operation, Service},
    },
    observe::recorder::{AttemptEnd, BreakerChange, CallEnd, Recorder, Retrying},
};
use prometheus_client::{
    metrics::{counter::Counter, histogram::Histogram},
    registry::Registry,
};

use super::family::{Bounded, OTHER, Seen, Text, TraceId, Traced, bytes, counter, seconds, size, traced};

/// Most operations of one neighbour that are told apart: more than any declares.
const OPERATIONS: usize = 1024;
/// Most instances of one neighbour that are told apart.
const INSTANCES: usize = 64;
/// Most outcomes of one instance that are found without a lock.
const OUTCOMES: usize = 4096;

/// How calls end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// With the answer.
    Done,
    /// Without an effect, or with a refusal: the caller knows.
    Refused,
    /// It is not known whether there was an effect.
    Unknown,
}

/// The families of all neighbours.
#[derive(Clone, Debug)]
pub(super) struct Families {
    attempts: Bounded<5, Traced>,
    request_sizes: Bounded<2, Histogram>,
    response_sizes: Bounded<2, Histogram>,
    calls: Bounded<3, Histogram>,
    retries: Bounded<3, Counter>,
    breakers: Bounded<3, Counter>,
}

/// Records the calls to one neighbour.
#[derive(Debug)]
pub(super) struct Calls {
    families: Families,
    /// Its name; that of the declaration where it is not known.
    peer: Option<&'static str>,
    operations: Seen<usize, Arc<OfOperation>>,
    instances: Seen<Box<str>, Arc<OfInstance>>,
}

#[derive(Debug)]
struct OfOperation {
    request_sizes: Histogram,
    response_sizes: Histogram,
    calls: [OnceLock<Histogram>; 3],
    retries: Seen<ErrorKind, Counter>,
}

#[derive(Debug)]
struct OfInstance {
    address: Text,
    attempts: Seen<(usize, u16, Option<ErrorKind>), Traced>,
}

// === impl Families ===

impl Families {
    pub(super) fn register(registry: &mut Registry) -> Self {
        Self {
            attempts: Bounded::register(
                registry,
                "http_client_request_duration_seconds",
                "Attempts to call another service, on the wire",
                ["http_request_method", "url_template", "server_address", "http_response_status_code", "error_type"],
                traced,
            ),
            request_sizes: Bounded::register(
                registry,
                "http_client_request_body_size_bytes",
                "Bodies of requests to other services, each attempt",
                ["http_request_method", "url_template"],
                bytes,
            ),
            response_sizes: Bounded::register(
                registry,
                "http_client_response_body_size_bytes",
                "Bodies of answers from other services, each attempt that was answered",
                ["http_request_method", "url_template"],
                bytes,
            ),
            calls: Bounded::register(
                registry,
                "payment_clients_call_duration_seconds",
                "Calls to another service with all attempts and waits",
                ["peer", "operation", "outcome"],
                seconds,
            ),
            retries: Bounded::register(
                registry,
                "payment_clients_retries",
                "Attempts beyond the first of a call, by why the one before failed",
                ["peer", "operation", "why"],
                counter,
            ),
            breakers: Bounded::register(
                registry,
                "payment_clients_breaker_changes",
                "Changes of the breakers before other services' instances",
                ["peer", "to", "why"],
                counter,
            ),
        }
    }
}

// === impl Calls ===

impl Calls {
    pub(super) fn new(families: &Families, peer: Option<&'static str>) -> Self {
        let (operations, instances) = (Seen::at_most(OPERATIONS), Seen::at_most(INSTANCES));
        Self { families: families.clone(), peer, operations, instances }
    }

    fn peer(&self, declared: Service) -> Text {
        self.peer.unwrap_or(declared.name).into()
    }

    /// What is kept of an operation.
    fn at<R>(&self, operation: &'static Operation, use_it: impl FnOnce(&OfOperation) -> R) -> R {
        let make = || {
            let labels = || [operation.method.as_str().into(), operation.path.into()];
            Arc::new(OfOperation {
                request_sizes: self.families.request_sizes.of(labels()),
                response_sizes: self.families.response_sizes.of(labels()),
                calls: Default::default(),
                retries: Seen::at_most(OUTCOMES),
            })
        };
        self.operations.of(&place(operation), |key| *key, make, |known| use_it(known))
    }

    fn attempt(&self, instance: &str, key: (usize, u16, Option<ErrorKind>), end: &AttemptEnd<'_>) {
        let unseen = || {
            let address = if self.instances.is_full() { OTHER.into() } else { address(instance).to_owned().into() };
            Arc::new(OfInstance { address, attempts: Seen::at_most(OUTCOMES) })
        };
        let record = |kept: &Arc<OfInstance>| {
            let series = || {
                let AttemptEnd { operation, status, error, .. } = *end;
                self.families.attempts.of([
                    operation.method.as_str().into(),
                    operation.path.into(),
                    kept.address.clone(),
                    status.as_ref().map(StatusCode::as_str).unwrap_or_default().to_owned().into(),
                    error.map_or("", |error| error.kind().as_str()).into(),
                ])
            };
            let (elapsed, trace) = (end.elapsed.as_secs_f64(), TraceId::sampled(end.trace));
            kept.attempts.of(&key, |key| *key, series, |series| series.observe(elapsed, trace, None));
        };
        self.instances.of(instance, |name| name.into(), unseen, record);
    }
}

impl Recorder for Calls {
    fn attempt_ended(&self, end: &AttemptEnd<'_>) {
        let key = (place(end.operation), end.status.map_or(0, |status| status.as_u16()), end.error.map(Error::kind));
        self.attempt(end.instance, key, end);
        self.at(end.operation, |known| {
            known.request_sizes.observe(size(end.request_bytes));
            if end.status.is_some() {
                known.response_sizes.observe(size(end.response_bytes));
            }
        });
    }

    fn call_ended(&self, end: &CallEnd<'_>) {
        let (operation, outcome) = (end.operation, Outcome::of(end.error));
        self.at(operation, |known| {
            let series = || {
                let peer = self.peer(operation.service);
                self.families.calls.of([peer, operation.name.into(), outcome.as_str().into()])
            };
            known.calls[outcome.place()].get_or_init(series).observe(end.elapsed.as_secs_f64());
        });
    }

    fn retrying(&self, retrying: &Retrying<'_>) {
        let (operation, kind) = (retrying.operation, retrying.error.kind());
        self.at(operation, |known| {
            let series = || {
                let peer = self.peer(operation.service);
                self.families.retries.of([peer, operation.name.into(), kind.as_str().into()])
            };
            known.retries.of(&kind, |kind| *kind, series, |series| series.inc());
        });
    }

    fn breaker_changed(&self, change: &BreakerChange<'_>) {
        let peer = self.peer(change.service);
        self.families.breakers.of([peer, change.to.as_str().into(), change.why.as_str().into()]).inc();
    }
}

/// Where an operation lies: declarations are never moved nor freed.
fn place(operation: &'static Operation) -> usize {
    std::ptr::from_ref(operation).addr()
}

/// Host and port of an instance, whose address begins with a scheme and may end with a path.
pub(super) fn address(instance: &str) -> &str {
    let behind = instance.split_once("://").map_or(instance, |(_, behind)| behind);
    behind.split('/').next().unwrap_or(behind)
}

// === impl Outcome ===

impl Outcome {
    fn of(error: Option<&Error>) -> Self {
        match error {
            None => Self::Done,
            Some(error) if error.certainty().is_indeterminate() => Self::Unknown,
            Some(_) => Self::Refused,
        }
    }

    const fn as_str(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    const fn place(self) -> usize {
        match self {
            Self::Done => 0,
            Self::Refused => 1,
            Self::Unknown => 2,
        }
    }
}
