//! Events over Kafka: keyed by entity, so that a partition keeps each entity's order; acknowledged by all replicas before
//! the outbox forgets them; offsets committed after the listener's own commit. A cluster that is away delays events and
//! loses none: nothing here is needed for a service to start or to work.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use async_trait::async_trait;
use futures_util::FutureExt;
use payment_clients::contract::error::{Error, Result};
use rdkafka::{
    ClientConfig, Message, Offset, TopicPartitionList,
    admin::{AdminClient, AdminOptions, NewTopic, TopicReplication},
    consumer::{CommitMode, Consumer, StreamConsumer},
    error::{KafkaError, RDKafkaErrorCode},
    message::{BorrowedMessage, Header, OwnedHeaders},
    producer::{FutureProducer, FutureRecord, Producer},
};
use tokio::task::spawn_blocking;

use super::{Delivery, Health, Source, Unreadable};
use crate::kit::{
    events::{TOPICS, Topic},
    outbox::{Numbered, relay::Sink},
};

/// Longest wait until events are acknowledged. Afterwards they count as not published, and are published again.
const ACKNOWLEDGED: Duration = Duration::from_secs(10);
/// Longest wait for the cluster's answer to a question.
const ANSWERED: Duration = Duration::from_secs(3);
/// How long a listener waits for the first event of a page.
const WAIT: Duration = Duration::from_secs(1);
/// How long the events of a listener that was killed wait for the next one: the cluster gives them to it when it has not
/// heard from the first for so long. The default is 45 s, and most clusters allow no less than 6 s.
const SESSION: Duration = Duration::from_secs(10);
/// Most events of a page.
const MOST: usize = 200;
/// Partitions of a topic that we make.
const PARTITIONS: i32 = 6;

/// A Kafka cluster. Cheap to clone.
#[derive(Clone)]
pub struct Kafka {
    shared: Arc<Shared>,
}

struct Shared {
    brokers: String,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    producer: Option<FutureProducer>,
    health: Health,
    has_topics: bool,
}

/// One consumer's way into its topics.
pub struct KafkaSource {
    kafka: Kafka,
    consumer: Arc<StreamConsumer>,
    topics: Vec<Topic>,
    is_subscribed: bool,
    /// The last offset that was given out, by topic and partition.
    given: BTreeMap<(String, i32), i64>,
}

// === impl Kafka ===

impl Kafka {
    /// The cluster behind these brokers, separated by commas. Nothing is called yet.
    ///
    /// # Errors
    /// When one of them is no `host:port`.
    pub fn new(brokers: &str) -> Result<Self> {
        let is_address = |broker: &str| {
            broker.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        };
        if !brokers.split(',').all(is_address) {
            let text = format!("`kafka://{brokers}` is no Kafka cluster; use kafka://host:port[,host:port]");
            return Err(Error::configuration(text));
        }
        Ok(Self { shared: Arc::new(Shared { brokers: brokers.to_owned(), state: Mutex::default() }) })
    }

    /// The brokers, as they were given.
    pub fn brokers(&self) -> &str {
        &self.shared.brokers
    }

    /// Whether the cluster took the last events, or answered when it was last asked.
    pub fn health(&self) -> Health {
        self.state().health.clone()
    }

    /// Where the consumer of this name reads these topics.
    ///
    /// # Errors
    /// When the client cannot be set up.
    pub fn source(&self, consumer: &str, topics: &[Topic]) -> Result<KafkaSource> {
        let mut config = self.client();
        config
            .set("group.id", consumer)
            .set("enable.auto.commit", "false")
            .set("auto.offset.reset", "earliest")
            .set("session.timeout.ms", SESSION.as_millis().to_string())
            .set("topic.metadata.refresh.interval.ms", "10000");
        let consumer = Arc::new(config.create().map_err(unset)?);
        let (topics, given) = (topics.to_vec(), BTreeMap::new());
        Ok(KafkaSource { kafka: self.clone(), consumer, topics, is_subscribed: false, given })
    }

    fn client(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", self.brokers()).set("client.id", "payments");
        config
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The producer; a new one after one that has given up for good.
    fn producer(&self) -> Result<FutureProducer> {
        let mut state = self.state();
        if let Some(producer) = &state.producer
            && producer.client().fatal_error().is_none()
        {
            return Ok(producer.clone());
        }
        let mut config = self.client();
        config
            .set("enable.idempotence", "true")
            .set("acks", "all")
            .set("linger.ms", "2")
            .set("message.timeout.ms", ACKNOWLEDGED.as_millis().to_string());
        let producer: FutureProducer = config.create().map_err(unset)?;
        state.producer = Some(producer.clone());
        Ok(producer)
    }

    async fn send(&self, events: &[Numbered]) -> Result<()> {
        self.ensure_topics().await?;
        let producer = self.producer()?;
        let mut on_their_way = Vec::with_capacity(events.len());
        for Numbered { topic, event, .. } in events {
            let body = serde_json::to_vec(event).map_err(Error::internal)?;
            let header = |key, value| Header { key, value: Some(value) };
            let headers = OwnedHeaders::new()
                .insert(header("event_type", &event.event_type))
                .insert(header("aggregate_type", &event.aggregate_type));
            let record = FutureRecord::to(topic).key(&event.aggregate_id).payload(&body).headers(headers);
            on_their_way.push(producer.send_result(record).map_err(|(error, _)| away(&error))?);
        }
        for delivery in on_their_way {
            match delivery.await {
                Ok(Ok(_)) => {}
                Ok(Err((error, _))) => return Err(away(&error)),
                Err(gone) => return Err(Error::unavailable(gone.to_string(), Duration::ZERO)),
            }
        }
        Ok(())
    }

    /// Asks the cluster for its topics, and makes those that it lacks.
    async fn ensure_topics(&self) -> Result<()> {
        if self.state().has_topics {
            return Ok(());
        }
        let missing = self.missing_topics().await?;
        if !missing.is_empty() {
            let admin: AdminClient<_> = self.client().create().map_err(unset)?;
            let new = missing.iter().map(|name| NewTopic::new(name, PARTITIONS, TopicReplication::Fixed(-1)));
            let options = AdminOptions::new().operation_timeout(Some(ANSWERED)).request_timeout(Some(ANSWERED));
            let made = admin.create_topics(&new.collect::<Vec<_>>(), &options).await.map_err(|error| away(&error))?;
            for (name, code) in made.into_iter().filter_map(std::result::Result::err) {
                // Another service may have been faster.
                if code != RDKafkaErrorCode::TopicAlreadyExists {
                    return Err(Error::unavailable(format!("topic {name} cannot be made: {code}"), Duration::ZERO));
                }
            }
        }
        self.state().has_topics = true;
        Ok(())
    }

    async fn missing_topics(&self) -> Result<Vec<&'static str>> {
        let producer = self.producer()?;
        let ask = move || producer.client().fetch_metadata(None, ANSWERED);
        let known = spawn_blocking(ask).await.map_err(Error::internal)?.map_err(|error| away(&error))?;
        let is_missing = |name: &&str| !known.topics().iter().any(|topic| topic.name() == *name);
        Ok(TOPICS.iter().map(|topic| topic.name).filter(is_missing).collect())
    }

    fn note<T>(&self, result: Result<T>) -> Result<T> {
        let health = result.as_ref().err().map_or(Health::Ready, |error| Health::Waiting(error.to_string()));
        self.state().health = health;
        result
    }
}

#[async_trait]
impl Sink for Kafka {
    async fn publish(&self, events: &[Numbered]) -> Result<()> {
        self.note(self.send(events).await)
    }

    async fn check(&self) -> Result<()> {
        self.note(self.missing_topics().await.map(drop))
    }
}

impl fmt::Debug for Kafka {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kafka").field("brokers", &self.shared.brokers).finish_non_exhaustive()
    }
}

fn away(error: &KafkaError) -> Error {
    Error::unavailable(format!("Kafka takes no events now: {error}"), Duration::ZERO)
}

fn unset(error: KafkaError) -> Error {
    Error::configuration(format!("the Kafka client cannot be set up: {error}")).with_source(error)
}

// === impl KafkaSource ===

impl KafkaSource {
    fn deliver(&mut self, message: &BorrowedMessage<'_>) -> Delivery {
        let (topic, partition, seq) = (message.topic().to_owned(), message.partition(), message.offset());
        self.given.insert((topic.clone(), partition), seq);
        let bytes = message.payload().unwrap_or_default();
        let event = serde_json::from_slice(bytes).map_err(|error| Unreadable {
            text: String::from_utf8_lossy(bytes).into_owned(),
            error: error.to_string(),
        });
        Delivery { stream: format!("{topic}/{partition}"), seq, topic, event }
    }
}

#[async_trait]
impl Source for KafkaSource {
    fn name(&self) -> &str {
        "kafka"
    }

    /// The cluster keeps the group's offsets.
    fn resume(&mut self, _: i64) {}

    async fn next(&mut self) -> Result<Vec<Delivery>> {
        if !self.is_subscribed {
            self.kafka.ensure_topics().await?;
            let names: Vec<_> = self.topics.iter().map(|topic| topic.name).collect();
            self.consumer.subscribe(&names).map_err(|error| away(&error))?;
            self.is_subscribed = true;
        }
        let consumer = Arc::clone(&self.consumer);
        let Ok(first) = tokio::time::timeout(WAIT, consumer.recv()).await else { return Ok(Vec::new()) };
        let mut page = vec![self.deliver(&first.map_err(|error| away(&error))?)];
        while page.len() < MOST
            && let Some(Ok(message)) = consumer.recv().now_or_never()
        {
            page.push(self.deliver(&message));
        }
        Ok(page)
    }

    async fn settle(&mut self) -> Result<()> {
        let given = std::mem::take(&mut self.given);
        if given.is_empty() {
            return Ok(());
        }
        let mut offsets = TopicPartitionList::new();
        for ((topic, partition), offset) in &given {
            let next = Offset::Offset(offset + 1);
            offsets.add_partition_offset(topic, *partition, next).map_err(|error| away(&error))?;
        }
        let consumer = Arc::clone(&self.consumer);
        let commit = spawn_blocking(move || consumer.commit(&offsets, CommitMode::Sync)).await;
        commit.map_err(Error::internal)?.map_err(|error| away(&error))
    }
}
