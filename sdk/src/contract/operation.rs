//! What a declaration says about a route, as plain data: the one source for client, server, mock and document.

use std::{fmt, str::FromStr, time::Duration};

use http::Method;
use serde::de::DeserializeOwned;

use super::{error::Result, response::Response, status::StatusQuery};

/// Whether an operation may be repeated, chosen in the declaration and never guessed from the method alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// Reads; may be repeated at will.
    Safe,
    /// Changes state, and twice is the same as once.
    Idempotent,
    /// Changes state; the server recognises the idempotency key and answers a repeat with the first answer.
    Keyed,
    /// Changes state, and twice is twice.
    Unsafe,
}

impl Class {
    /// The word used in declarations, documents and spans.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Idempotent => "idempotent",
            Self::Keyed => "keyed",
            Self::Unsafe => "unsafe",
        }
    }
}

/// How much a call matters when not all of them can be served, and so which numbers apply to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tier {
    /// Shed first: notification, analytics, fan-out of webhooks.
    BestEffort,
    /// Reads, configuration, reporting.
    #[default]
    Standard,
    /// Shed last: authorise, capture, refund, post to the ledger.
    Critical,
}

impl Tier {
    /// All tiers, least important first.
    pub const ALL: [Self; 3] = [Self::BestEffort, Self::Standard, Self::Critical];

    /// The word used in declarations, documents, spans and the `x-criticality` header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BestEffort => "best_effort",
            Self::Standard => "standard",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Tier {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|tier| tier.as_str() == text)
            .ok_or_else(|| format!("`{text}` is no tier; use critical, standard or best_effort"))
    }
}

/// How answers of an operation are wrapped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum EnvelopeKind {
    /// `{"code":"SUCCESS","message":…,"data":…,"trace_id":…}`, see [`envelope`](super::envelope).
    #[default]
    Platform,
    /// The payload stands alone in the body.
    Bare,
}

/// How the body of a request is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum BodyKind {
    /// As JSON.
    #[default]
    Json,
    /// As the fields of a form, `name=value&…`.
    Form,
}

impl BodyKind {
    /// The value of `Content-Type`.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }
}

/// How long answers of an operation may be kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CachePolicy {
    /// Age up to which a kept answer answers instead of the service.
    pub ttl: Duration,
    /// Time behind it during which a kept answer still answers for a service that cannot.
    pub stale_if_error: Duration,
}

/// A service as a declaration names it: who it is, where it listens by default, how much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Service {
    /// Name on the network, in spans and in error texts, such as `order-service`.
    pub name: &'static str,
    /// Port of the service on a developer's machine.
    pub port: Option<u16>,
    /// Tier of operations that name none.
    pub tier: Tier,
}

impl Service {
    /// Prefix of this service's environment variables: `order-service` reads `ORDER_SERVICE_URL`.
    pub fn env_prefix(&self) -> String {
        self.name.replace('-', "_").to_ascii_uppercase()
    }
}

/// One declared route. Rides on each request, so that spans and policies see the template and never a raw id.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Operation {
    /// Service that serves it.
    pub service: Service,
    /// Method of the trait, such as `create_order`.
    pub name: &'static str,
    /// HTTP method.
    pub method: Method,
    /// Whole path template with the base path, such as `/api/v1/orders/{order_no}`.
    pub path: &'static str,
    /// May it be repeated?
    pub class: Class,
    /// Moves money: never answered from a cache, never by a fallback.
    pub money: bool,
    /// Its answer waits for something to happen, so that its time says nothing about the service.
    pub long_poll: bool,
    /// Tier, from the operation or else the service.
    pub tier: Tier,
    /// Longest time for the whole call; overrides the tier's.
    pub timeout: Option<Duration>,
    /// Longest time for one attempt; overrides the tier's.
    pub attempt_timeout: Option<Duration>,
    /// How long answers may be kept; `None` keeps none. Ignored unless the operation is safe and no `money`.
    pub cache: Option<CachePolicy>,
    /// The operation that carries several calls of this one as a list of their bodies.
    pub batch: Option<&'static Operation>,
    /// How a body is written, where there is one.
    pub body: BodyKind,
    /// How answers are wrapped.
    pub envelope: EnvelopeKind,
    /// Where to ask what has become of the effect, when no answer came.
    pub status: Option<StatusQuery>,
    /// First sentence of the method's documentation.
    pub summary: &'static str,
    /// Says whether an answer can be read as the declared type, where that was told.
    pub(crate) reads: Option<fn(&Response) -> Result<()>>,
}

impl Operation {
    /// Describes a route; the setters below add what differs from a standard read.
    pub const fn new(service: Service, name: &'static str, method: Method, path: &'static str) -> Self {
        Self {
            service,
            name,
            method,
            path,
            class: Class::Safe,
            money: false,
            long_poll: false,
            tier: service.tier,
            timeout: None,
            attempt_timeout: None,
            cache: None,
            batch: None,
            body: BodyKind::Json,
            envelope: EnvelopeKind::Platform,
            status: None,
            summary: "",
            reads: None,
        }
    }

    /// Sets the class; the default is [`Class::Safe`].
    pub const fn class(mut self, class: Class) -> Self {
        self.class = class;
        self
    }

    /// Marks an operation that moves money.
    pub const fn money(mut self) -> Self {
        self.money = true;
        self
    }

    /// Marks an operation whose answer waits for something to happen.
    pub const fn long_poll(mut self) -> Self {
        self.long_poll = true;
        self
    }

    /// Sets the tier; the default is the service's.
    pub const fn tier(mut self, tier: Tier) -> Self {
        self.tier = tier;
        self
    }

    /// Sets the longest time for the whole call; the default is the tier's.
    pub const fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// Sets the longest time for one attempt; the default is the tier's.
    pub const fn attempt_timeout(mut self, timeout: Duration) -> Self {
        self.attempt_timeout = Some(timeout);
        self
    }

    /// Lets answers be kept; the default is that none is.
    pub const fn cache(mut self, ttl: Duration, stale_if_error: Duration) -> Self {
        self.cache = Some(CachePolicy { ttl, stale_if_error });
        self
    }

    /// Lets calls travel together as calls of `many`, whose body is a list of bodies and whose answer a list of answers
    /// or nothing. The body must be the only argument. Ignored for `money` and for calls that carry a key.
    pub const fn batch(mut self, many: &'static Self) -> Self {
        self.batch = Some(many);
        self
    }

    /// Has the body written as a form; the default is [`BodyKind::Json`].
    pub const fn form(mut self) -> Self {
        self.body = BodyKind::Form;
        self
    }

    /// Sets how answers are wrapped; the default is [`EnvelopeKind::Platform`].
    pub const fn envelope(mut self, envelope: EnvelopeKind) -> Self {
        self.envelope = envelope;
        self
    }

    /// Sets where to ask what has become of the effect; the default is nowhere.
    pub const fn status(mut self, query: StatusQuery) -> Self {
        self.status = Some(query);
        self
    }

    /// Sets the one-sentence description.
    pub const fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Sets the type of the answer; the default is any. Nothing but its type tells a bare answer from a page of somebody
    /// else's, so where money moves it is read before it counts.
    pub const fn answers<T: DeserializeOwned>(mut self) -> Self {
        self.reads = Some(reads::<T>);
        self
    }

    /// Whether both describe the same route of the same service.
    pub fn is(&self, other: &Self) -> bool {
        (self.service, self.name, self.path) == (other.service, other.name, other.path)
    }

    /// How long answers may be kept, where that can do no harm.
    pub(crate) fn kept(&self) -> Option<CachePolicy> {
        self.cache.filter(|_| self.class == Class::Safe && !self.money)
    }
}

fn reads<T: DeserializeOwned>(answer: &Response) -> Result<()> {
    answer.decode::<T>().map(drop)
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} ({} {})", self.service.name, self.name, self.method, self.path)
    }
}
