//! analytics-service behind its own router, and events that a test brings.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use async_trait::async_trait;
use axum::Extension;
use payment_clients::{
    apis::{
        analytics::{MerchantPeriod, PaymentMetrics},
        ids::MerchantId,
    },
    mock,
    prelude::*,
    server::Principal,
};
use payment_services::{
    analytics::{Analytics, invariants},
    kit::{
        bus::{Delivery, Source},
        clock::{Clock, Hand},
        tasks::Tasks,
    },
};
use tokio::sync::mpsc;

use crate::{facts::Told, support::Place};

/// 2025-10-24T12:00:00Z, in milliseconds.
pub const NOON: i64 = 1_761_307_200_000;
pub const HOUR: i64 = 3_600_000;
pub const DAY: i64 = 24 * HOUR;

pub struct Stage {
    pub service: Analytics,
    pub hand: Hand,
    pub place: Place,
    seq: AtomicI64,
}

/// Gives out what it is sent, and says when that was taken.
struct Script {
    pages: mpsc::Receiver<Vec<Delivery>>,
    taken: mpsc::Sender<()>,
}

#[async_trait]
impl Source for Script {
    fn name(&self) -> &str {
        "script"
    }

    fn resume(&mut self, _: i64) {}

    async fn next(&mut self) -> Result<Vec<Delivery>> {
        match self.pages.recv().await {
            Some(page) => Ok(page),
            None => std::future::pending().await,
        }
    }

    async fn settle(&mut self) -> Result<()> {
        let _ = self.taken.send(()).await;
        Ok(())
    }
}

impl Stage {
    pub fn new() -> Self {
        Self::at(NOON, Place::new())
    }

    /// The same stores at another time.
    pub fn at(now: i64, place: Place) -> Self {
        let (clock, hand) = Clock::manual(now);
        let service = Analytics::open(place.stores(), clock).unwrap();
        Self { service, hand, place, seq: AtomicI64::new(0) }
    }

    /// Brings events as one page, in this order, to a consumer that has just begun.
    pub async fn hear(&self, told: &[Told]) {
        let (give, pages) = mpsc::channel(1);
        let (taken, mut settled) = mpsc::channel(1);
        let mut tasks = Tasks::default();
        self.service.consumer().listen(Box::new(Script { pages, taken }), &mut tasks);
        give.send(told.iter().map(|told| self.delivery(told)).collect()).await.unwrap();
        settled.recv().await.unwrap();
        assert!(tasks.stop(Duration::from_secs(5)).await.is_empty());
        self.check().await;
    }

    fn delivery(&self, told: &Told) -> Delivery {
        let seq = self.seq.fetch_add(1, Ordering::Relaxed) + 1;
        Delivery { stream: "script".to_owned(), seq, topic: told.topic.to_owned(), event: Ok(told.event.clone()) }
    }

    /// What is counted is in the totals.
    pub async fn check(&self) {
        assert_eq!(self.service.store().read(invariants::counted).await.unwrap(), []);
    }

    pub fn client(&self, principal: &str) -> AnalyticsClient {
        mock::client(self.service.router().layer(Extension(Principal(principal.to_owned())))).unwrap()
    }

    pub fn nobody(&self) -> AnalyticsClient {
        mock::client(self.service.router()).unwrap()
    }

    pub fn shop(&self) -> AnalyticsClient {
        self.client(&format!("merchant:{}", shop()))
    }

    pub fn other(&self) -> AnalyticsClient {
        self.client(&format!("merchant:{}", other()))
    }

    pub fn staff(&self) -> AnalyticsClient {
        self.client("admin:1")
    }

    pub fn gateway(&self) -> AnalyticsClient {
        self.client("service:payment-gateway")
    }

    /// The shop's payments of the last days.
    pub async fn days(&self) -> Vec<PaymentMetrics> {
        self.shop().get_payment_metrics(&period()).await.unwrap()
    }
}

pub fn shop() -> MerchantId {
    MerchantId::from_u128(7)
}

pub fn other() -> MerchantId {
    MerchantId::from_u128(8)
}

/// The last days of the shop.
pub fn period() -> MerchantPeriod {
    MerchantPeriod { merchant_id: shop(), ..MerchantPeriod::default() }
}

pub fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

#[track_caller]
pub fn names<T: std::fmt::Debug>(result: Result<T>, field: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().starts_with(&format!("`{field}`")), "{field} is to be named: {error}");
}

#[track_caller]
pub fn is<T: std::fmt::Debug>(result: Result<T>, kind: ErrorKind) {
    assert_eq!(result.unwrap_err().kind(), kind);
}
