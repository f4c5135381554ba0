//! A publisher and a listener, each with a store of its own, and a source that a test fills.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex},
    time::Duration,
};

use payment_clients::{
    apis::{ids::MerchantId, payment_gateway::PaymentStatus, words::Channel},
    contract::{
        error::{Error, ErrorKind, Result},
        money::Currency,
    },
};
use payment_services::{
    args,
    kit::{
        bus::{Delivery, Source},
        clock::Clock,
        consumer::Consumer,
        events::{
            Event,
            payment::{self, PaymentPayload},
        },
        inbox, incident, outbox,
        store::{FromValue, Store, Tx, Value},
        tasks::Tasks,
    },
};

use super::support::Place;

pub const NOON: i64 = 1_761_307_200_000;

pub const PUBLISHER: &[&str] = &[outbox::TABLES];
const LISTENER: &[&str] = &[
    inbox::TABLES,
    incident::TABLES,
    "CREATE TABLE effects(n {{int}} PRIMARY KEY, payment_no TEXT NOT NULL, kind TEXT NOT NULL) {{strict}}",
];

pub fn store(place: &Place, name: &str, migrations: &[&str]) -> Store {
    place.stores().open(name, migrations).unwrap()
}

pub fn listener(place: &Place) -> Store {
    store(place, "listener", LISTENER)
}

pub fn a_payment(payment_no: &str) -> PaymentPayload {
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

/// Appends created, processing and completed of each payment, a unit each.
pub async fn publish_lives(store: &Store, payments: impl IntoIterator<Item = String>) {
    for payment_no in payments {
        let unit = move |tx: &mut Tx<'_>| {
            let payload = a_payment(&payment_no);
            outbox::append(tx, payment::CREATED, &payload, NOON)?;
            outbox::append(tx, payment::PROCESSING, &payload, NOON)?;
            outbox::append(tx, payment::COMPLETED, &payload, NOON)
        };
        store.write(unit).await.unwrap();
    }
}

/// Writes each created and each completed payment down. Payments whose number says so are poison.
pub fn ledger(store: &Store, poison: Arc<Mutex<Poison>>) -> Consumer {
    let remember = move |tx: &mut Tx<'_>, event: Event<PaymentPayload>| {
        let payment_no = event.payload.payment_no.to_string();
        if payment_no.starts_with("bad") && event.version == Some(3) {
            poison.lock().unwrap().bite()?;
        }
        let sql = "INSERT INTO effects(n, payment_no, kind)
            VALUES((SELECT COALESCE(MAX(n), 0) + 1 FROM effects), $1, $2)";
        tx.execute(sql, args![payment_no, event.kind]).map(drop)
    };
    let clock = Clock::manual(NOON).0;
    let consumer = Consumer::builder("ledger", store.clone(), clock);
    consumer.on(payment::CREATED, remember.clone()).on(payment::COMPLETED, remember).build()
}

/// What happens to events that are poison.
#[derive(Debug, Default)]
pub enum Poison {
    #[default]
    None,
    /// They are refused.
    Refuse,
    /// The handler panics.
    Panic,
    /// The store needs time, so often.
    NotNow(u32),
}

impl Poison {
    fn bite(&mut self) -> Result<()> {
        match self {
            Self::None => Ok(()),
            Self::Refuse => Err(Error::internal("poison")),
            Self::Panic => panic!("poison"),
            Self::NotNow(0) => Ok(()),
            Self::NotNow(left) => {
                *left -= 1;
                Err(Error::unavailable("not now", Duration::from_millis(1)))
            }
        }
    }
}

/// Gives out what a test puts in, a page at a time, and again after the end what was never settled.
#[derive(Clone, Default)]
pub struct Script(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    pages: VecDeque<Vec<Delivery>>,
    settled: usize,
    /// Settling fails, as when the process dies between the commit and it.
    deaf: bool,
}

impl Script {
    pub fn put(&self, page: Vec<Delivery>) {
        self.0.lock().unwrap().pages.push_back(page);
    }

    pub fn deafen(&self, deaf: bool) {
        self.0.lock().unwrap().deaf = deaf;
    }

    pub fn settled(&self) -> usize {
        self.0.lock().unwrap().settled
    }
}

#[async_trait::async_trait]
impl Source for Script {
    fn name(&self) -> &str {
        "script"
    }

    fn resume(&mut self, _: i64) {}

    async fn next(&mut self) -> Result<Vec<Delivery>> {
        if let Some(page) = self.0.lock().unwrap().pages.front() {
            return Ok(page.clone());
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        Ok(Vec::new())
    }

    async fn settle(&mut self) -> Result<()> {
        let mut state = self.0.lock().unwrap();
        if state.deaf {
            return Err(Error::new(ErrorKind::Unavailable, Default::default(), "gone"));
        }
        if state.pages.pop_front().is_some() {
            state.settled += 1;
        }
        Ok(())
    }
}

/// Lets a consumer take these pages, and stops it.
pub async fn take(consumer: &Consumer, pages: impl IntoIterator<Item = Vec<Delivery>>) {
    let script = Script::default();
    let mut count = 0;
    for page in pages {
        script.put(page);
        count += 1;
    }
    let mut tasks = Tasks::default();
    consumer.listen(Box::new(script.clone()), &mut tasks);
    until(async || script.settled() == count).await;
    tasks.stop(Duration::from_secs(5)).await;
}

/// Waits until something holds. An hour, because where time is paused it passes as fast as nobody works, and the stores'
/// threads do work.
pub async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(3600), wait).await.expect("what is waited for comes");
}

pub async fn effects(store: &Store) -> Vec<(String, String)> {
    let sql = "SELECT payment_no, kind FROM effects ORDER BY n";
    store.read(|view| view.all(sql, &[], |row| Ok((row.get(0)?, row.get(1)?)))).await.unwrap()
}

pub async fn count(store: &Store, sql: &'static str) -> i64 {
    one(store, sql).await
}

pub async fn one<T: FromValue + Send + 'static>(store: &Store, sql: &'static str) -> T {
    store.read(move |view| view.one(sql, &[] as &[Value<'_>], |row| row.get(0))).await.unwrap()
}
