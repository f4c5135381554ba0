//! What carries events from the service that publishes them to those that listen: by default the publisher's own feed,
//! read over HTTP; Kafka where there is one. Outbox and consumer are the same above both.

mod feed;
#[cfg(feature = "kafka")]
pub mod kafka;

use std::{fmt, str::FromStr};

use async_trait::async_trait;
use axum::Router;
use payment_clients::{
    contract::error::{Error, Result},
    platform::Platform,
};

use super::{
    clock::Clock,
    events::{Envelope, Topic},
    outbox::{
        feed::Feed,
        relay::{Relay, Sink},
    },
    store::Store,
    tasks::{Shutdown, Tasks},
};

pub use feed::FeedSource;

/// The bus that a process uses. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub enum Bus {
    /// Each publisher serves its own feed.
    #[default]
    Embedded,
    /// A Kafka cluster.
    #[cfg(feature = "kafka")]
    Kafka(kafka::Kafka),
}

/// Whether events travel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Health {
    /// As far as is known.
    #[default]
    Ready,
    /// They wait in their outboxes, and why.
    Waiting(String),
}

/// Where a listener's events come from.
#[async_trait]
pub trait Source: Send + 'static {
    /// Names it; cursors are kept under this name.
    fn name(&self) -> &str;

    /// Goes on behind this place, if the source itself does not know where its listener is.
    fn resume(&mut self, after: i64);

    /// The next events. Waits a while for the first; none is no error.
    ///
    /// # Errors
    /// When the source does not answer.
    async fn next(&mut self) -> Result<Vec<Delivery>>;

    /// Everything that `next` gave out has been committed by the listener.
    ///
    /// # Errors
    /// When the source does not take it; it gives the same events out again later.
    async fn settle(&mut self) -> Result<()>;
}

/// One event as a source gives it out.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The stream in which it has its place.
    pub stream: String,
    /// Its place.
    pub seq: i64,
    /// The topic that it belongs to.
    pub topic: String,
    /// The event, or what came in its place.
    pub event: std::result::Result<Envelope, Unreadable>,
}

/// What came in the place of an event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// As it came.
    pub text: String,
    /// Why it is no event.
    pub error: String,
}

// === impl Bus ===

impl Bus {
    /// Publishes the outbox of a service from now on, and returns the routes of its feed. Nobody is kept waiting there
    /// once `draining` has begun.
    ///
    /// # Errors
    /// When the bus cannot be set up. One that is only out of reach is no error: events wait.
    pub fn publish(
        &self,
        service: &'static str,
        store: &Store,
        clock: &Clock,
        tasks: &mut Tasks,
        draining: Shutdown,
    ) -> Result<Router> {
        let relay = Relay::new(store.clone(), service, clock.clone(), self.sink());
        let feed = Feed::new(relay.clone(), draining);
        tasks.spawn("event relay", |shutdown| relay.work(shutdown));
        Ok(feed.router())
    }

    /// Where the consumer of this name reads these topics.
    ///
    /// # Errors
    /// When a publisher has no address, or the bus cannot be set up.
    #[cfg_attr(not(feature = "kafka"), expect(unused_variables, reason = "a feed's listeners need no names"))]
    pub fn sources(&self, consumer: &str, topics: &[Topic], platform: &Platform) -> Result<Vec<Box<dyn Source>>> {
        match self {
            Self::Embedded => feed::sources(topics, platform),
            #[cfg(feature = "kafka")]
            Self::Kafka(kafka) => Ok(vec![Box::new(kafka.source(consumer, topics)?)]),
        }
    }

    /// Whether events travel now.
    pub fn health(&self) -> Health {
        match self {
            Self::Embedded => Health::Ready,
            #[cfg(feature = "kafka")]
            Self::Kafka(kafka) => kafka.health(),
        }
    }

    fn sink(&self) -> Option<std::sync::Arc<dyn Sink>> {
        match self {
            Self::Embedded => None,
            #[cfg(feature = "kafka")]
            Self::Kafka(kafka) => Some(std::sync::Arc::new(kafka.clone())),
        }
    }
}

impl FromStr for Bus {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text == "embedded" {
            return Ok(Self::Embedded);
        }
        match text.strip_prefix("kafka://") {
            #[cfg(feature = "kafka")]
            Some(brokers) => kafka::Kafka::new(brokers).map(Self::Kafka),
            #[cfg(not(feature = "kafka"))]
            Some(_) => {
                let text = "this program was built without Kafka; build it with `--features kafka`";
                Err(Error::configuration(text))
            }
            None => Err(Error::configuration(format!("`{text}` is no bus; use `embedded` or `kafka://host:port`"))),
        }
    }
}

impl fmt::Display for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("embedded"),
            #[cfg(feature = "kafka")]
            Self::Kafka(kafka) => write!(f, "kafka://{}", kafka.brokers()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Bus;

    #[test]
    fn a_bus_that_cannot_be_is_refused_with_the_way_out() {
        assert_eq!("embedded".parse::<Bus>().unwrap().to_string(), "embedded");
        for (text, way_out) in [("rabbit://x", "kafka://host:port"), ("", "embedded"), ("kafka://", "kafka")] {
            let error = text.parse::<Bus>().unwrap_err();
            assert!(error.to_string().contains(way_out), "{text}: {error}");
        }
    }
}
