//! The rules beside ours, over the same simulated lines. Each is the rule that its source states, and no more: a name
//! here stands for that rule, not for everything that the product can be configured to do.
//!
//! What a peer leaves to its user is granted: an attempt timeout of a second, and a random instance for each attempt.

pub mod breakers;
pub mod retries;

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http::{Method, Request};
use payment_clients::{
    contract::{error::Result, headers, operation::Class},
    transport::{Connection, failure::Failure},
};

use super::{
    caller::{Ask, Handle},
    dice::Dice,
    network::{Line, Network},
    ours::Ours,
    world::World,
};
use crate::svg::Series;

/// A rule to run a load through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Policy {
    /// The client under test.
    Ours,
    /// Nothing: one attempt at a random instance.
    Bare,
    /// reqwest-retry with the policy of its documentation.
    ReqwestRetry,
    /// The budget of tower and Finagle around three retries.
    TowerBudget,
    /// One breaker per service around four attempts, the Go client that this project replaces.
    SharedBreaker,
    /// Ejection of outliers as in Envoy.
    Outlier,
}

/// What became of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No connection.
    Connect,
    /// No answer in time.
    Timeout,
    /// The connection broke.
    Broken,
    /// An answer that is no success.
    Status(u16),
    /// Refused in the process.
    Rejected,
}

/// The lines of a peer, and its chance.
pub struct Lines {
    lines: Vec<Line>,
    dice: Dice,
    timeout: Duration,
}

// === impl Policy ===

impl Policy {
    /// All, ours first.
    pub const ALL: [Self; 6] =
        [Self::Ours, Self::Bare, Self::ReqwestRetry, Self::TowerBudget, Self::SharedBreaker, Self::Outlier];
    /// Name in tables and pictures.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Ours => "payment-clients",
            Self::Bare => "no resilience",
            Self::ReqwestRetry => "reqwest-retry",
            Self::TowerBudget => "tower budget",
            Self::SharedBreaker => "shared breaker",
            Self::Outlier => "outlier ejection",
        }
    }

    /// The rule and where it is stated.
    pub const fn source(self) -> &'static str {
        match self {
            Self::Ours => "`BaseClient` with its defaults for a critical service; only the deadline is set, to 3 s.",
            Self::Bare => "One attempt, no attempt timeout; the caller hangs up when its patience ends.",
            Self::ReqwestRetry => {
                "3 retries of every method on a failed connection, 408, 429 and 5xx; full jitter over 1 s, 2 s, 4 s; no \
                 budget (reqwest-retry 0.9 with retry-policies' `ExponentialBackoff::builder()`, \
                 <https://docs.rs/retry-policies>)."
            }
            Self::TowerBudget => {
                "3 retries at once while `tower::retry::budget::TpsBudget` grants them; the budget is tower's own code \
                 with its defaults, 10 s, 10/s, 20 %, which are Finagle's (<https://docs.rs/tower>)."
            }
            Self::SharedBreaker => {
                "One breaker per service, open for 30 s after 5 failed calls in a row; inside it 4 attempts, each of up \
                 to 30 s, with sleeps of 1 s, 2 s, 3 s between them, of every method and after every error: the Go \
                 client that this project replaces."
            }
            Self::Outlier => {
                "Random instance; 5 failures in a row eject it for 30 s times the number of its ejections, at most half \
                 of the fleet; the first calls after that are its probes; no retries (Envoy's outlier detection, \
                 <https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/outlier>)."
            }
        }
    }

    /// A client with this rule. `number` tells the clients of one world apart.
    ///
    /// # Errors
    /// When ours cannot be built.
    pub fn client(self, world: &World, network: &Network, number: u64) -> Result<Handle> {
        let lines = |timeout| Lines { lines: network.lines(), dice: world.dice(5000 + number), timeout };
        let second = Duration::from_secs(1);
        Ok(match self {
            Self::Ours => Arc::new(Ours::new(world, network, number)?),
            Self::Bare => Arc::new(retries::Bare(lines(Duration::MAX))),
            Self::ReqwestRetry => Arc::new(retries::ReqwestRetry(lines(second))),
            Self::TowerBudget => Arc::new(retries::TowerBudget::new(lines(second))),
            Self::SharedBreaker => Arc::new(breakers::SharedBreaker::new(lines(30 * second), world.clone())),
            Self::Outlier => Arc::new(breakers::Outlier::new(lines(second), world.clone())),
        })
    }
}

// === impl Series ===

impl Series {
    /// The line of a policy, in its colour; ours is drawn broad.
    pub fn of(policy: Policy, points: impl IntoIterator<Item = (f64, f64)>) -> Self {
        let class = match policy {
            Policy::Ours => "line ours c0",
            Policy::Bare => "line c1",
            Policy::ReqwestRetry => "line c2",
            Policy::TowerBudget => "line c3",
            Policy::SharedBreaker => "line c4",
            Policy::Outlier => "line c5",
        };
        Self::named(policy.name(), class, points)
    }
}

// === impl Lines ===

impl Lines {
    /// One attempt at a random instance.
    async fn attempt(&self, ask: Ask) -> std::result::Result<(), Fault> {
        self.attempt_at(self.dice.below(self.lines.len()), ask).await
    }

    /// One attempt at this instance.
    async fn attempt_at(&self, place: usize, ask: Ask) -> std::result::Result<(), Fault> {
        let request = request(ask).map_err(|_| Fault::Rejected)?;
        let sent = self.lines[place].send(request);
        match tokio::time::timeout(self.timeout, sent).await {
            Err(_) => Err(Fault::Timeout),
            Ok(Err(Failure::Connect(_))) => Err(Fault::Connect),
            Ok(Err(_)) => Err(Fault::Broken),
            Ok(Ok(response)) if response.status().is_success() => Ok(()),
            Ok(Ok(response)) => Err(Fault::Status(response.status().as_u16())),
        }
    }
}

impl Fault {
    /// Whether reqwest-retry calls it transient, and tower's users do: anything but a final answer.
    fn is_transient(self) -> bool {
        match self {
            Self::Connect | Self::Timeout | Self::Broken => true,
            Self::Status(status) => status >= 500 || matches!(status, 408 | 429),
            Self::Rejected => false,
        }
    }
}

fn request(ask: Ask) -> std::result::Result<Request<Bytes>, http::Error> {
    let method = match ask.class {
        Class::Safe => Method::GET,
        Class::Idempotent => Method::PUT,
        Class::Keyed | Class::Unsafe => Method::POST,
    };
    let builder = Request::builder().method(method).uri(format!("/things/{}", ask.id));
    builder.header(headers::CRITICALITY, ask.tier.as_str()).body(Bytes::new())
}
