//! What services tell each other after the fact: the one place where events are declared, for those who publish them and
//! those who listen.
//!
//! A [`Kind`] ties the word on the wire to the type of its payload, so that neither side can mistake one for another. Each
//! change of an entity's state is one event, and its version counts them from 1: whoever sees a gap knows that
//! something is missing.

pub mod accounting;
pub mod config;
pub mod merchant;
pub mod order;
pub mod payment;
pub mod refund;
pub mod settlement;
pub mod withdrawal;

use std::{fmt, marker::PhantomData};

use payment_clients::{
    apis::words::JsonObject,
    contract::{operation::Service, timestamp::Timestamp},
};
use serde::{Deserialize, Deserializer, Serialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

/// Every topic of the platform.
pub const TOPICS: &[Topic] = &[
    payment::TOPIC,
    refund::TOPIC,
    order::TOPIC,
    accounting::TOPIC,
    settlement::TOPIC,
    withdrawal::TOPIC,
    merchant::TOPIC,
    config::TOPIC,
];

/// The schema of the envelope.
pub const ENVELOPE_VERSION: &str = "1.0";

/// Where events of one sort of entity go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Name on the bus, such as `payment.events`.
    pub name: &'static str,
    /// The only service that publishes to it.
    pub producer: Service,
}

/// What the events of a topic carry: the whole entity as it stands after the change, so that no listener has to ask.
pub trait Payload: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// Where these events go.
    const TOPIC: Topic;

    /// The entity that changed: its number, unique within the producer. Events of one aggregate keep their order.
    fn aggregate(&self) -> &str;
}

/// One sort of event: its word on the wire and its payload.
pub struct Kind<P> {
    name: &'static str,
    alias: Option<&'static str>,
    payload: PhantomData<fn() -> P>,
}

/// An event as it travels.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Envelope {
    /// The same on every repeat.
    pub event_id: Uuid,
    /// What happened, such as `payment.completed`.
    pub event_type: String,
    /// The sort of entity, such as `payment`.
    pub aggregate_type: String,
    /// The entity.
    pub aggregate_id: String,
    /// Counts the events of the entity from 1, without gaps. Absent when the producer does not count.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregate_version: Option<i64>,
    /// When it happened.
    pub timestamp: Timestamp,
    /// Schema of the envelope.
    pub version: String,
    /// Who published it, and whatever a producer adds.
    #[serde(default, deserialize_with = "or_default")]
    pub metadata: JsonObject,
    /// The entity as it stands after the change.
    #[serde(default)]
    pub payload: Value,
}

/// An event as a handler is given it.
#[derive(Clone, Debug)]
pub struct Event<P> {
    /// The same on every repeat.
    pub id: Uuid,
    /// What happened.
    pub kind: String,
    /// When it happened.
    pub at: Timestamp,
    /// Its place in the history of its entity.
    pub version: Option<i64>,
    /// The entity as it stands after the change.
    pub payload: P,
}

// === impl Kind ===

impl<P> Kind<P> {
    /// A sort of event.
    pub const fn new(name: &'static str) -> Self {
        Self { name, alias: None, payload: PhantomData }
    }

    /// Another word under which the event is understood, and never published.
    #[must_use]
    pub const fn also_read_as(self, alias: &'static str) -> Self {
        Self { alias: Some(alias), ..self }
    }

    /// The word that is published.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Every word that is understood.
    pub fn names(&self) -> impl Iterator<Item = &'static str> + use<P> {
        std::iter::once(self.name).chain(self.alias)
    }
}

impl<P> Clone for Kind<P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P> Copy for Kind<P> {}

impl<P> fmt::Debug for Kind<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

// === impl Envelope ===

impl Envelope {
    /// The event with its payload read.
    ///
    /// # Errors
    /// When the payload is none of this type.
    pub fn open<P: Payload>(&self) -> serde_json::Result<Event<P>> {
        let payload = P::deserialize(&self.payload)?;
        let (id, kind, at) = (self.event_id, self.event_type.clone(), self.timestamp);
        Ok(Event { id, kind, at, version: self.aggregate_version, payload })
    }
}

/// Reads `null` as nothing: other producers send it for an empty object.
fn or_default<'de, T, D>(from: D) -> Result<T, D::Error>
where
    T: Deserialize<'de> + Default,
    D: Deserializer<'de>,
{
    Option::deserialize(from).map(Option::unwrap_or_default)
}
