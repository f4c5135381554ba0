//! Events over Kafka: the same outbox and the same consumer. Against the client library's own mock cluster, and against a
//! real broker, which `PAYMENTS_TEST_KAFKA` must name; `scripts/servers.sh` runs one.
#![cfg(feature = "kafka")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use payment_clients::{
    apis::{ids::MerchantId, payment_gateway::PaymentStatus, words::Channel},
    contract::money::Currency,
    platform::Platform,
};
use payment_services::{
    args,
    kit::{
        bus::{Bus, Health, kafka::Kafka},
        clock::Clock,
        consumer::Consumer,
        events::{
            TOPICS,
            payment::{self, PaymentPayload},
        },
        inbox, incident, outbox,
        store::{Store, Tx},
        tasks::{self, Stop, Tasks},
    },
};
use rdkafka::{mocking::MockCluster, producer::DefaultProducerContext};
use support::Place;

const LISTENER: &[&str] = &[
    inbox::TABLES,
    incident::TABLES,
    "CREATE TABLE effects(n {{int}} PRIMARY KEY, payment_no TEXT NOT NULL, kind TEXT NOT NULL) {{strict}}",
];

fn payment(payment_no: &str) -> PaymentPayload {
    PaymentPayload {
        payment_no: payment_no.into(),
        merchant_id: MerchantId::from_u128(7),
        order_no: "M-1".into(),
        amount: 1999,
        currency: Currency::USD,
        channel: Channel::Stripe,
        status: PaymentStatus::Success,
        customer_email: "payer@example.com".into(),
        paid_at: None,
        extra: payment::PaymentExtra::default(),
    }
}

async fn publish(store: &Store, payments: impl IntoIterator<Item = String>) {
    for payment_no in payments {
        let unit = move |tx: &mut Tx<'_>| {
            let payload = payment(&payment_no);
            outbox::append(tx, payment::CREATED, &payload, 1)?;
            outbox::append(tx, payment::PROCESSING, &payload, 2)?;
            outbox::append(tx, payment::COMPLETED, &payload, 3)
        };
        store.write(unit).await.unwrap();
    }
}

struct Publisher {
    store: Store,
    tasks: Tasks,
    _drain: Stop,
}

fn publisher(place: &Place, bus: &Bus) -> Publisher {
    let store = place.stores().open("publisher", &[outbox::TABLES]).unwrap();
    let (drain, draining) = tasks::shutdown();
    let mut tasks = Tasks::default();
    drop(bus.publish("payment-gateway", &store, &Clock::system(), &mut tasks, draining).unwrap());
    Publisher { store, tasks, _drain: drain }
}

fn listen(name: &'static str, store: &Store, bus: &Bus) -> Tasks {
    let remember = |tx: &mut Tx<'_>, event: payment_services::kit::events::Event<PaymentPayload>| {
        let sql = "INSERT INTO effects(n, payment_no, kind)
            VALUES((SELECT COALESCE(MAX(n), 0) + 1 FROM effects), $1, $2)";
        tx.execute(sql, args![event.payload.payment_no.as_str(), event.kind]).map(drop)
    };
    let mut tasks = Tasks::default();
    let consumer = Consumer::builder(name, store.clone(), Clock::system());
    let consumer = consumer.on(payment::CREATED, remember).on(payment::COMPLETED, remember);
    consumer.spawn(bus, &Platform::local().unwrap(), &mut tasks).unwrap();
    tasks
}

fn listener(place: &Place) -> Store {
    place.stores().open("listener", LISTENER).unwrap()
}

async fn count(store: &Store, sql: &'static str) -> i64 {
    store.read(move |view| view.one(sql, &[], |row| row.get(0))).await.unwrap()
}

async fn effects(store: &Store) -> i64 {
    count(store, "SELECT count(*) FROM effects").await
}

async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("what is waited for comes");
}

fn cluster() -> (MockCluster<'static, DefaultProducerContext>, Bus) {
    let cluster = MockCluster::new(1).unwrap();
    for topic in TOPICS {
        cluster.create_topic(topic.name, 3, 1).unwrap();
    }
    let bus = Bus::Kafka(Kafka::new(&cluster.bootstrap_servers()).unwrap());
    (cluster, bus)
}

/// A listener that takes everything, is stopped, and takes what came meanwhile: each effect once, each payment's in order.
async fn goes_on(bus: &Bus, name: &'static str) {
    let place = Place::new();
    let heard = listener(&place);
    let publisher = publisher(&place, bus);
    let listening = listen(name, &heard, bus);
    publish(&publisher.store, (0..50).map(|n| format!("{name}-{n}"))).await;
    until(async || effects(&heard).await == 100).await;
    assert!(listening.stop(Duration::from_secs(10)).await.is_empty());

    publish(&publisher.store, (50..100).map(|n| format!("{name}-{n}"))).await;
    until(async || publisher.store.read(outbox::unpublished).await.unwrap() == 0).await;
    let listening = listen(name, &heard, bus);
    until(async || effects(&heard).await == 200).await;
    let disorder = "SELECT count(*) FROM effects AS late JOIN effects AS early ON late.payment_no = early.payment_no
        WHERE late.kind = 'payment.completed' AND early.kind = 'payment.created' AND late.n < early.n";
    assert_eq!(count(&heard, disorder).await, 0);
    assert_eq!(count(&heard, "SELECT count(*) FROM inbox").await, 200);
    assert_eq!(count(&heard, "SELECT count(*) FROM incident").await, 0);
    assert_eq!(bus.health(), Health::Ready);
    listening.stop(Duration::from_secs(10)).await;
    publisher.tasks.stop(Duration::from_secs(15)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_was_away_goes_on_where_it_was() {
    let (_cluster, bus) = cluster();
    goes_on(&bus, "mock").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_real_broker_carries_them_too() {
    let brokers = std::env::var("PAYMENTS_TEST_KAFKA").expect("PAYMENTS_TEST_KAFKA names a broker for this test");
    goes_on(&Bus::Kafka(Kafka::new(&brokers).unwrap()), "real").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_is_lost_delays_events_and_loses_none() {
    let (cluster, bus) = cluster();
    let place = Place::new();
    let heard = listener(&place);
    let publisher = publisher(&place, &bus);
    let listening = listen("patient", &heard, &bus);
    publish(&publisher.store, ["PY1".to_owned()]).await;
    until(async || effects(&heard).await == 2).await;

    cluster.broker_down(1).unwrap();
    publish(&publisher.store, ["PY2".to_owned()]).await;
    until(async || matches!(bus.health(), Health::Waiting(_))).await;
    assert_eq!(publisher.store.read(outbox::unpublished).await.unwrap(), 3, "they wait");

    cluster.broker_up(1).unwrap();
    until(async || effects(&heard).await == 4).await;
    until(async || bus.health() == Health::Ready).await;
    listening.stop(Duration::from_secs(10)).await;
    publisher.tasks.stop(Duration::from_secs(15)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_that_was_never_there_stops_no_service() {
    let place = Place::new();
    // Nobody listens on port 1.
    let bus: Bus = "kafka://127.0.0.1:1".parse().unwrap();
    let publisher = publisher(&place, &bus);
    publish(&publisher.store, ["PY1".to_owned()]).await;
    until(async || matches!(bus.health(), Health::Waiting(_))).await;
    assert_eq!(publisher.store.read(outbox::unpublished).await.unwrap(), 3);
    publisher.tasks.stop(Duration::from_secs(15)).await;
}
