//! The publishers among the services, heard over their sockets.

use std::{path::Path, time::Duration};

use payment_clients::{
    apis::{
        ids::MerchantId,
        payment_gateway::{CreatePayment, CreateRefund, Payment, PaymentStatus},
    },
    contract::{
        error::Result,
        money::{Currency, Money},
    },
    prelude::*,
};
use payment_services::{
    args,
    channel_sim::Manners,
    kit::{
        bus::Bus,
        clock::Clock,
        consumer::Consumer,
        events::{order, payment, refund},
        inbox, incident,
        store::{Store, Tx},
        tasks::Tasks,
    },
    platform::{Bound, Ports, Running, Setup, Urls, clients},
    registry::Name,
};

use super::{
    stage::{one, store, until},
    support::{self, Place},
};

const HEARD: &[&str] = &[
    inbox::TABLES,
    incident::TABLES,
    "CREATE TABLE heard(n {{int}} PRIMARY KEY, about TEXT NOT NULL, amount {{int}} NOT NULL) {{strict}}",
];

struct Platform {
    gateway: PaymentGatewayClient,
    running: Running,
    urls: Urls,
}

async fn platform(place: &Place) -> Platform {
    let bound = Bound::bind(Name::ALL, Ports::Auto).await.unwrap();
    let urls = bound.urls().unwrap();
    let gateway = PaymentGatewayClient::builder().url(&urls[&Name::PaymentGateway]).signer(support::merchant(7));
    let gateway = gateway.build().unwrap().into();
    let setup = Setup {
        directory: Some(support::directory()),
        manners: Manners { hang: Duration::from_secs(60), late: Duration::from_millis(50) },
        ..Setup::new(place.path(), place.stores().clone(), Clock::system())
    };
    Platform { gateway, running: bound.start(&setup).await.unwrap(), urls }
}

impl Platform {
    async fn pay(&self, order_no: &str, payer: &str) -> Result<Payment> {
        let request = CreatePayment {
            customer_email: format!("{payer}@example.com").into(),
            notify_url: "https://shop.example/notify".into(),
            return_url: "https://shop.example/back".into(),
            ..CreatePayment::new(MerchantId::from_u128(7), order_no.into(), Money::new(1000, Currency::USD))
        };
        self.gateway.create_payment(&request).await
    }

    async fn is(&self, payment: &Payment, status: PaymentStatus) {
        let asked = async || self.gateway.get_payment(&payment.payment_no).await.unwrap().status == status;
        until(asked).await;
    }
}

fn hear(tx: &mut Tx<'_>, about: &str, amount: i64) -> Result<()> {
    let sql = "INSERT INTO heard(n, about, amount) VALUES((SELECT COALESCE(MAX(n), 0) + 1 FROM heard), $1, $2)";
    tx.execute(sql, args![about, amount]).map(drop)
}

/// Listens to everything that this test is about, as a service would.
fn listen(store: &Store, dir: &Path, urls: &Urls, tasks: &mut Tasks) {
    let issuer = support::issuer(dir, &Clock::system());
    let clients = clients(urls, None, |name| Some(support::service(&issuer, "accounting-service", name))).unwrap();
    let consumer = Consumer::builder("bookkeeper", store.clone(), Clock::system());
    consumer
        .on(payment::CREATED, |tx, event| hear(tx, &event.kind, event.payload.amount))
        .on(payment::COMPLETED, |tx, event| hear(tx, &event.kind, event.payload.amount))
        .on(payment::FAILED, |tx, event| hear(tx, &event.kind, event.payload.amount))
        .on(refund::COMPLETED, |tx, event| hear(tx, &event.kind, event.payload.amount))
        .on(order::PAID, |tx, event| hear(tx, &event.kind, event.payload.total_amount))
        .on(order::REFUNDED, |tx, event| hear(tx, &event.kind, event.payload.extra.refunded_amount))
        .spawn(&Bus::Embedded, &clients, tasks)
        .unwrap();
}

async fn heard(store: &Store, about: &'static str) -> Vec<i64> {
    let sql = "SELECT amount FROM heard WHERE about = $1 ORDER BY n";
    store.read(move |view| view.all(sql, args![about], |row| row.get(0))).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_was_away_hears_of_everything_that_happened_meanwhile() {
    let place = Place::files();
    let platform = platform(&place).await;
    let store = store(&place, "bookkeeper", HEARD);
    let mut tasks = Tasks::default();
    listen(&store, place.path(), &platform.urls, &mut tasks);
    let first = platform.pay("M-0", "payer").await.unwrap();
    platform.is(&first, PaymentStatus::Success).await;
    until(async || heard(&store, "payment.completed").await.len() == 1).await;
    assert!(tasks.stop(Duration::from_secs(5)).await.is_empty());

    for n in 1..=20 {
        let payment = platform.pay(&format!("M-{n}"), "payer").await.unwrap();
        platform.is(&payment, PaymentStatus::Success).await;
    }
    platform.pay("M-21", "decline").await.unwrap_err();
    let refund = CreateRefund {
        payment_no: first.payment_no.clone(),
        amount: 400,
        reason: "returned".into(),
        ..CreateRefund::default()
    };
    platform.gateway.create_refund(&refund).await.unwrap();

    let mut tasks = Tasks::default();
    listen(&store, place.path(), &platform.urls, &mut tasks);
    until(async || {
        heard(&store, "order.refunded").await.len() == 1 && heard(&store, "refund.completed").await.len() == 1
    })
    .await;
    until(async || heard(&store, "order.paid").await.len() == 21 && heard(&store, "payment.failed").await.len() == 1)
        .await;
    assert_eq!(heard(&store, "payment.created").await.len(), 22);
    assert_eq!(heard(&store, "payment.completed").await, [1000; 21]);
    assert_eq!(heard(&store, "refund.completed").await, [400]);
    assert_eq!(heard(&store, "order.refunded").await, [400]);
    assert_eq!(one::<i64>(&store, "SELECT count(*) FROM incident").await, 0);
    tasks.stop(Duration::from_secs(5)).await;
    let begun = tokio::time::Instant::now();
    platform.running.stop().await.unwrap();
    assert!(begun.elapsed() < Duration::from_secs(8), "no listener holds a service up");
    versions_agree(&place);
}

/// Each version of an entity is one event, and each event a version.
fn versions_agree(place: &Place) {
    const PAYMENTS: &str = "SELECT count(*) FROM payments AS entity WHERE version + 1 <>
        (SELECT count(*) FROM outbox WHERE aggregate = entity.payment_no) OR version + 1 <>
        (SELECT COALESCE(MAX(version), 0) FROM outbox WHERE aggregate = entity.payment_no)";
    const ORDERS: &str = "SELECT count(*) FROM orders AS entity WHERE version + 1 <>
        (SELECT count(*) FROM outbox WHERE aggregate = entity.order_no) OR version + 1 <>
        (SELECT COALESCE(MAX(version), 0) FROM outbox WHERE aggregate = entity.order_no)";
    for (service, sql) in [("gateway", PAYMENTS), ("order", ORDERS)] {
        let book = place.stores().book(service).unwrap();
        let disagree: i64 = book.read(|view| view.one(sql, &[], |row| row.get(0))).unwrap();
        assert_eq!(disagree, 0, "{service}");
        let unpublished = "SELECT count(*) FROM outbox WHERE published_at IS NULL";
        assert_eq!(book.read(|view| view.one(unpublished, &[], |row| row.get::<i64>(0))).unwrap(), 0);
    }
}
