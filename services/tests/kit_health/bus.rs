//! A Kafka cluster that is not there when a service starts: events wait, health counts them, and they flow once it comes.

use std::time::Duration;

use payment_clients::{
    apis::{ids::MerchantId, payment_gateway::PaymentStatus, words::Channel},
    contract::{error::Result, money::Currency},
};
use payment_services::kit::{
    bus::{self, Bus, kafka::Kafka},
    clock::Clock,
    events::{
        TOPICS,
        payment::{self, PaymentPayload},
    },
    health::{Checks, FRESH, Health, Status},
    outbox,
    store::{Store, Tx},
    tasks::{Tasks, shutdown},
};
use rdkafka::mocking::MockCluster;

async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), wait).await.expect("what is waited for comes");
}

fn created(tx: &mut Tx<'_>) -> Result<()> {
    let payload = PaymentPayload {
        payment_no: "PY1".into(),
        merchant_id: MerchantId::from_u128(7),
        order_no: "M-1".into(),
        amount: 1999,
        currency: Currency::USD,
        channel: Channel::Stripe,
        status: PaymentStatus::Processing,
        customer_email: "payer@example.com".into(),
        paid_at: None,
        extra: payment::PaymentExtra::default(),
    };
    outbox::append(tx, payment::CREATED, &payload, 1)?;
    outbox::append(tx, payment::PROCESSING, &payload, 2).map(drop)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn events_wait_for_a_cluster_that_comes_late_and_health_counts_them() {
    let cluster = MockCluster::new(1).unwrap();
    for topic in TOPICS {
        cluster.create_topic(topic.name, 3, 1).unwrap();
    }
    cluster.broker_down(1).unwrap();
    let bus = Bus::Kafka(Kafka::new(&cluster.bootstrap_servers()).unwrap());
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(&dir.path().join("publisher.db"), "publisher", &[outbox::TABLES]).unwrap();
    let ((_drain, draining), mut tasks) = (shutdown(), Tasks::default());
    drop(bus.publish("payment-gateway", &store, &Clock::system(), &mut tasks, draining.clone()).unwrap());
    let (clock, hand) = Clock::manual(0);
    let health = Health::new("payment-gateway", Checks::default(), &store, &bus, &clock, draining);
    let look = async || {
        hand.advance(FRESH);
        let report = health.report().await;
        let found = report.checks.iter().find(|check| check.name == "bus").unwrap();
        (report.status, found.message.clone())
    };

    store.write(created).await.unwrap();
    until(async || matches!(bus.health(), bus::Health::Waiting(_))).await;
    let (status, message) = look().await;
    assert_eq!((status, health.refusal().await), (Status::Degraded, None), "it works without its bus: {message}");
    assert!(message.starts_with("2 events wait in the outbox: "), "{message}");

    cluster.broker_up(1).unwrap();
    until(async || store.read(outbox::unpublished).await.unwrap() == 0).await;
    until(async || look().await.0 == Status::Ok).await;
    tasks.stop(Duration::from_secs(15)).await;
}
