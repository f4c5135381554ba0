//! The merchant: it signs each payment with its API key, as merchants do, and asks the gateway for it.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use payment_clients::{
    apis::{
        ids::{MerchantId, MerchantOrderNo},
        payment_gateway::{CreatePayment, PaymentApi},
    },
    contract::{
        error::{Error, Result},
        idempotency::IdempotencyKey,
        money::{Currency, Money},
        options::{CallOptions, WithOptions},
    },
    platform::PaymentGatewayClient,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep_until},
};

use super::schedule::Schedule;

/// A merchant whose customers buy. Cheap to clone.
#[derive(Clone)]
pub struct Customer {
    gateway: PaymentGatewayClient,
    merchant: MerchantId,
    bought: Arc<AtomicU64>,
}

/// What came of a round.
#[derive(Debug, Default)]
pub struct Run {
    /// From the first payment to the last answer.
    pub took: Duration,
    /// How long each payment took that went well.
    pub times: Vec<Duration>,
    /// Payments that were due and not asked for, since too many were under way.
    pub unsent: u64,
    /// Payments that did not go well, by the reason.
    pub failures: BTreeMap<String, u64>,
}

// === impl Customer ===

impl Customer {
    /// Pays this merchant through a client that signs for it.
    pub fn new(gateway: PaymentGatewayClient, merchant: MerchantId) -> Self {
        Self { gateway, merchant, bought: Arc::default() }
    }

    /// Asks for one payment, of a payer who has not bought before.
    async fn pay(&self) -> Result<()> {
        let number = self.bought.fetch_add(1, Ordering::Relaxed);
        let order = format!("bench-{number}");
        let key = IdempotencyKey::new(order.as_str()).map_err(Error::internal)?;
        let payment = CreatePayment {
            customer_email: format!("customer-{number}@example.com").into(),
            notify_url: "https://shop.example/notify".to_owned(),
            return_url: "https://shop.example/thanks".to_owned(),
            ..CreatePayment::new(self.merchant, MerchantOrderNo::from(order), Money::new(1_999, Currency::USD))
        };
        self.gateway.with(CallOptions::new().key(key)).create_payment(&payment).await.map(drop)
    }

    /// Asks for one, and says how long it took from the time at which it was due.
    ///
    /// # Errors
    /// That of the payment.
    pub async fn timed(self, due: Instant) -> Result<Duration> {
        Box::pin(self.pay()).await.map(|()| due.elapsed())
    }
}

// === the two loops ===

/// So many callers, each of which asks again as soon as it is answered: the most that can be reached. Its latencies say
/// nothing about customers, who do not wait for each other.
pub async fn closed<F>(at_once: usize, within: Duration, ask: impl Fn(Instant) -> F + Clone + Send + 'static) -> Run
where
    F: Future<Output = Result<Duration>> + Send + 'static,
{
    let begun = Instant::now();
    let mut callers = JoinSet::new();
    for _ in 0..at_once {
        let ask = ask.clone();
        callers.spawn(async move {
            let mut run = Run::default();
            while begun.elapsed() < within {
                run.note(ask(Instant::now()).await);
            }
            run
        });
    }
    let mut all = Run::default();
    while let Some(run) = callers.join_next().await {
        all.add(run.unwrap_or_else(|error| Run::broken(&error)));
    }
    all.took = begun.elapsed();
    all
}

/// Payments at the times of a schedule, however long the answers take.
pub async fn open<F>(schedule: Schedule, most: usize, ask: impl Fn(Instant) -> F) -> Run
where
    F: Future<Output = Result<Duration>> + Send + 'static,
{
    let begun = Instant::now();
    let (mut run, mut calls) = (Run::default(), JoinSet::new());
    for arrival in schedule.arrivals() {
        let due = begun + arrival;
        sleep_until(due).await;
        while let Some(answered) = calls.try_join_next() {
            run.settle(answered);
        }
        if calls.len() < most {
            calls.spawn(ask(due));
        } else {
            run.unsent += 1;
        }
    }
    while let Some(answered) = calls.join_next().await {
        run.settle(answered);
    }
    run.took = begun.elapsed();
    run
}

// === impl Run ===

impl Run {
    /// Payments that went well.
    pub fn paid(&self) -> usize {
        self.times.len()
    }

    /// How long a payment took on average; nothing when none went well.
    pub fn mean(&self) -> Duration {
        let count = u32::try_from(self.times.len()).unwrap_or(u32::MAX);
        self.times.iter().sum::<Duration>().checked_div(count).unwrap_or_default()
    }

    fn broken(error: &tokio::task::JoinError) -> Self {
        Self { failures: [(error.to_string(), 1)].into(), ..Self::default() }
    }

    fn settle(&mut self, answered: std::result::Result<Result<Duration>, tokio::task::JoinError>) {
        match answered {
            Ok(answer) => self.note(answer),
            Err(error) => self.add(Self::broken(&error)),
        }
    }

    fn note(&mut self, answer: Result<Duration>) {
        match answer {
            Ok(time) => self.times.push(time),
            Err(error) => {
                let reason = error.code().map_or_else(|| format!("{:?}", error.kind()), str::to_owned);
                *self.failures.entry(reason).or_default() += 1;
            }
        }
    }

    fn add(&mut self, other: Self) {
        self.times.extend(other.times);
        for (reason, count) in other.failures {
            *self.failures.entry(reason).or_default() += count;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::Arc, time::Duration};

    use tokio::{
        sync::Mutex,
        time::{Instant, sleep},
    };

    use super::open;
    use crate::gateway::schedule::Schedule;

    /// The time that a server takes for the first, and for nobody else.
    fn slow_at_first() -> Arc<Mutex<Option<Duration>>> {
        Arc::new(Mutex::new(Some(Duration::from_millis(900))))
    }

    /// It serves one after another.
    async fn stalled(server: Arc<Mutex<Option<Duration>>>, due: Instant) -> super::Result<Duration> {
        let mut stall = server.lock().await;
        if let Some(time) = stall.take() {
            sleep(time).await;
        }
        Ok(due.elapsed())
    }

    #[tokio::test(start_paused = true)]
    async fn a_stall_is_in_the_time_of_everybody_whom_it_keeps_waiting() {
        let server = slow_at_first();
        let mut run = open(Schedule::new(4, 2), 100, |due| stalled(Arc::clone(&server), due)).await;
        run.times.sort_unstable();
        let expected = [0, 0, 0, 0, 150, 400, 650, 900].map(Duration::from_millis);
        assert_eq!((run.times, run.unsent), (expected.to_vec(), 0));
    }

    #[tokio::test(start_paused = true)]
    async fn what_would_be_too_much_at_once_is_counted_and_not_sent() {
        let server = slow_at_first();
        let run = open(Schedule::new(4, 2), 2, |due| stalled(Arc::clone(&server), due)).await;
        assert_eq!((run.paid(), run.unsent), (6, 2));
    }
}
