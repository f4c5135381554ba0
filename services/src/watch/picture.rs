//! What is shown: plain rows, each of which says what it does not know.

use serde::Serialize;

use super::{
    fetch::Answers,
    figures::{Figures, Since},
};
use crate::kit::health;

/// All services at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Picture {
    /// When, in milliseconds since 1970.
    pub at_ms: i64,
    /// All that were looked at, in the order in which they are started.
    pub services: Vec<Service>,
    /// Who calls whom, of all callers that answered.
    pub calls: Vec<Calls>,
    /// What the ledger adds up to, by currency; empty where accounting has told nothing.
    pub ledger: Vec<Ledger>,
}

/// One service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Service {
    /// Its name on the network, such as `payment-gateway`.
    pub name: &'static str,
    /// Whether it answers.
    pub up: bool,
    /// How well it is, by its own word.
    pub status: Status,
    /// What could not be read of it, in words.
    pub note: Option<String>,
    /// Calls that it answered since the last look, in thousandths per second.
    pub per_second_milli: u64,
    /// Time that half of them did not exceed, in microseconds; none when there were none.
    pub p50_us: Option<u64>,
    /// Time that 99 of 100 did not exceed.
    pub p99_us: Option<u64>,
    /// Sagas that have not ended.
    pub sagas_open: u64,
    /// Events that no listener can read yet; none where the store keeps none, or does not answer.
    pub unpublished: Option<u64>,
    /// Incidents that nobody has closed; none as above.
    pub incidents: Option<u64>,
    /// Events that could not be taken; none as above.
    pub dead_letters: Option<u64>,
}

/// How well a service is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// As it should be.
    Ok,
    /// It works, and somebody should look.
    Degraded,
    /// It does not work.
    Unhealthy,
    /// It does not answer.
    Down,
}

/// One service's client of another. Rates are in thousandths per second, since the last look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Calls {
    /// Who calls.
    pub from: &'static str,
    /// Who is called.
    pub to: String,
    /// Calls that were answered.
    pub done_milli: u64,
    /// Calls that failed and had no effect, or were refused.
    pub refused_milli: u64,
    /// Calls that may have had their effect.
    pub unknown_milli: u64,
    /// Answers that brought events to who waits for them; these calls count nowhere else here.
    pub news_milli: u64,
    /// Time that half of the calls did not exceed, in microseconds; none when there were none.
    pub p50_us: Option<u64>,
    /// Time that 99 of 100 did not exceed.
    pub p99_us: Option<u64>,
    /// Attempts beyond the first.
    pub retries_milli: u64,
    /// The worst breaker before its instances.
    pub breaker: Breaker,
    /// Attempts under way, at all instances.
    pub in_flight: u64,
    /// Attempts that may be under way at once, at all instances.
    pub limit: u64,
    /// Calls that wait for a place.
    pub queued: u64,
    /// Retries that could be made now; none where nobody has told.
    pub budget: Option<u64>,
}

/// What stands before an instance, from good to bad.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Breaker {
    /// Calls pass.
    #[default]
    Closed,
    /// It was open, and lets more and more pass.
    Ramping,
    /// It was open, and tries a few.
    HalfOpen,
    /// No call passes.
    Open,
}

/// The ledger in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ledger {
    /// The currency.
    pub currency: String,
    /// Sum of all accounts, in minor units: 0 when the ledger adds up. None where nobody has told.
    pub imbalance_minor: Option<i64>,
    /// Holds that are open; none as above.
    pub holds_open: Option<u64>,
}

// === impl Service ===

impl Service {
    /// What its answers say beside their figures.
    pub(super) fn new(name: &'static str, answers: &Answers) -> Self {
        let status = match (&answers.health, &answers.metrics) {
            (Ok(status), _) => (*status).into(),
            // It answers, and cannot say how it is.
            (Err(_), Ok(_)) => Status::Unhealthy,
            (Err(_), Err(_)) => Status::Down,
        };
        let mut service = Self {
            name,
            up: status != Status::Down,
            status,
            note: None,
            per_second_milli: 0,
            p50_us: None,
            p99_us: None,
            sagas_open: 0,
            unpublished: None,
            incidents: None,
            dead_letters: None,
        };
        for (path, why) in [("/health", answers.health.as_ref().err()), ("/metrics", answers.metrics.as_ref().err())] {
            if let Some(why) = why {
                service.note(&format!("{path}: {why}"));
            }
        }
        service
    }

    /// Adds to what could not be read.
    pub(super) fn note(&mut self, what: &str) {
        let note = self.note.take();
        self.note = Some(note.map_or_else(|| what.to_owned(), |note| format!("{note}; {what}")));
    }

    /// Adds its figures.
    pub(super) fn fill(&mut self, figures: &Figures, since: &Since) {
        self.per_second_milli = since.per_second_milli(since.served.count);
        (self.p50_us, self.p99_us) = (since.served.percentile(500), since.served.percentile(990));
        self.sagas_open = figures.sagas;
        (self.unpublished, self.incidents) = (figures.unpublished, figures.incidents);
        self.dead_letters = figures.dead_letters;
    }
}

// === impl Status ===

impl From<health::Status> for Status {
    fn from(status: health::Status) -> Self {
        match status {
            health::Status::Ok => Self::Ok,
            health::Status::Degraded => Self::Degraded,
            health::Status::Unhealthy => Self::Unhealthy,
        }
    }
}

impl Status {
    /// The word that it is told by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Degraded => "degraded",
            Self::Unhealthy => "unhealthy",
            Self::Down => "down",
        }
    }
}

// === impl Breaker ===

impl Breaker {
    /// What the gauge stands for, if it is one of its values.
    pub(super) const fn of(gauge: i64) -> Option<Self> {
        match gauge {
            0 => Some(Self::Closed),
            1 => Some(Self::Ramping),
            2 => Some(Self::HalfOpen),
            3 => Some(Self::Open),
            _ => None,
        }
    }

    /// The word that it is told by.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Closed => "closed",
            Self::Ramping => "ramping",
            Self::HalfOpen => "half_open",
            Self::Open => "open",
        }
    }
}
