//! The gateway, the channel adapter and the channel, which reach each other over their routers; everything that the gateway
//! is told it is told three times at once. Time moves by hand only.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
    time::Duration,
};

use async_trait::async_trait;
use bytes::Bytes;
use futures_util::future::join_all;
use payment_clients::{
    apis::{
        channel_adapter::{
            ChannelRefund, ChannelRefundApi, ChannelRefundState, ChannelWebhookApi, CreateChannelRefund, WebhookReceipt,
        },
        config_service::{MockServiceConfigApi, ServiceConfig, ServiceConfigApi},
        exchange_rate::MockExchangeRateApi,
        ids::RefundNo,
        payment_gateway::{CancelPayment, CreatePayment, GatewayWebhookApi, Payment},
        words::Channel,
    },
    mock::{self, failure},
    prelude::*,
};
use payment_services::{
    channel_adapter::{self, ChannelAdapter},
    channel_sim::{
        ChannelSim, Manners, Receiver,
        api::{ChannelSimClient, crypto::CryptoSimClient, paypal::PaypalSimClient},
    },
    gateway::{deps::Deps, invariants},
    kit::{
        clock::Clock,
        incident,
        store::{Store, args},
        tasks::Tasks,
    },
};
use tokio::time::timeout;

use crate::{stage::*, support::Place};

/// How long after a cancellation the channel takes the money.
pub const LATE: Duration = Duration::from_secs(60);
/// What becomes of the answers to refunds.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    Come,
    /// The first one, after its effect.
    GetLost,
    SayNo,
}

/// The adapter's refunds, and how often one was asked for.
struct Refunds {
    adapter: ChannelAdapterClient,
    answers: Answers,
    asked: Arc<AtomicU32>,
}

#[async_trait]
impl ChannelRefundApi for Refunds {
    async fn create_channel_refund(&self, refund: &CreateChannelRefund) -> Result<ChannelRefund> {
        self.create_channel_refund_alias(refund).await
    }

    async fn create_channel_refund_alias(&self, refund: &CreateChannelRefund) -> Result<ChannelRefund> {
        let is_first = self.asked.fetch_add(1, Ordering::SeqCst) == 0;
        match self.answers {
            Answers::SayNo => Err(Error::declined("CHANNEL_DECLINED", "the card is closed")),
            Answers::GetLost if is_first => {
                self.adapter.create_channel_refund_alias(refund).await?;
                Err(failure::lost())
            }
            _ => self.adapter.create_channel_refund_alias(refund).await,
        }
    }

    async fn query_channel_refund(&self, refund_no: &RefundNo) -> Result<ChannelRefundState> {
        self.adapter.query_channel_refund(refund_no).await
    }
}

/// Tells the gateway, three times at once, as soon as it is there.
#[derive(Clone, Default)]
struct Callbacks(Arc<OnceLock<PaymentGatewayClient>>);

#[async_trait]
impl GatewayWebhookApi for Callbacks {
    async fn handle_stripe_webhook(&self, signature: Option<&str>, body: Bytes) -> Result<()> {
        let gateway = self.0.get().unwrap();
        let told = join_all((0..3).map(|_| gateway.handle_stripe_webhook(signature, body.clone()))).await;
        told.into_iter().collect()
    }

    async fn handle_paypal_webhook(&self, signature: Option<&str>, body: Bytes) -> Result<()> {
        let gateway = self.0.get().unwrap();
        let told = join_all((0..3).map(|_| gateway.handle_paypal_webhook(signature, body.clone()))).await;
        told.into_iter().collect()
    }
}

/// All three, which reach each other over their routers.
pub struct Whole {
    pub stage: Stage,
    pub adapter: ChannelAdapter,
    pub channels: ChannelAdapterClient,
    /// The channel's.
    pub book: Store,
    /// How often the gateway has asked for a refund.
    pub asked: Arc<AtomicU32>,
    _tasks: Tasks,
}

impl Whole {
    pub async fn open(answers: Answers) -> Self {
        let (place, (clock, hand), mut tasks) = (Place::new(), Clock::manual(NOON), Tasks::default());
        let (callbacks, told) = (Callbacks::default(), Arc::new(OnceLock::<ChannelAdapterClient>::new()));
        let receiver =
            Receiver { api: Arc::new(Webhooks(Arc::clone(&told))), secret: secret("s"), paypal: secret("p") };
        let manners = Manners { late: LATE, ..Manners::default() };
        let sim = ChannelSim::open(place.stores(), clock.clone(), manners, Some(receiver)).unwrap();
        let deps = channel_adapter::deps::Deps {
            stripe: Arc::new(mock::client::<ChannelSimClient>(sim.router()).unwrap()),
            paypal: Arc::new(mock::client::<PaypalSimClient>(sim.router()).unwrap()),
            crypto: Arc::new(mock::client::<CryptoSimClient>(sim.router()).unwrap()),
            rates: Arc::new(MockExchangeRateApi::new()),
            gateway: Arc::new(callbacks.clone()),
        };
        let secrets = channel_adapter::Secrets {
            stripe: vec![secret("s")],
            paypal: vec![secret("p")],
            callbacks: secret(SECRET),
        };
        let adapter = ChannelAdapter::open(place.stores(), deps, clock.clone(), secrets).await.unwrap();
        let channels: ChannelAdapterClient = mock::client(adapter.router()).unwrap();
        told.set(channels.clone()).unwrap();
        let (book, asked) = (sim.store().clone(), Arc::new(AtomicU32::new(0)));
        sim.spawn(&mut tasks);
        adapter.spawn(&mut tasks);

        let (risk, orders, ..) = World::default().mocks();
        let refunds = Refunds { adapter: channels.clone(), answers, asked: Arc::clone(&asked) };
        let deps = Deps {
            risk: Arc::new(risk),
            orders: Arc::new(orders),
            payments: Arc::new(channels.clone()),
            refunds: Arc::new(refunds),
        };
        let stage = stage_with(place, (clock, hand), deps).await;
        callbacks.0.set(stage.client.clone()).unwrap();
        for configuration in [stage.gateway.configuration(), adapter.configuration()] {
            configuration.refresh(&both_channels()).await.unwrap();
        }
        Self { stage, adapter, channels, book, asked, _tasks: tasks }
    }

    pub async fn pay(&self, payer: &str, channel: Channel) -> Payment {
        let asked = CreatePayment {
            customer_email: format!("{payer}@example.com").into(),
            channel: Some(channel),
            ..request(&format!("M-{payer}"), 1999)
        };
        self.stage.client.create_payment(&asked).await.unwrap()
    }

    pub async fn cancel(&self, payment: &Payment) {
        let why = CancelPayment { reason: "changed my mind".into() };
        self.stage.client.cancel_payment(&payment.payment_no, &why).await.unwrap();
    }

    /// A payment whose money comes after it was cancelled.
    pub async fn cancelled_too_late(&self, channel: Channel) -> Payment {
        let payment = self.pay("too_late", channel).await;
        self.cancel(&payment).await;
        self.stage.hand.advance(LATE);
        payment
    }

    pub async fn callback(&self, payment: &Payment) {
        let number = &payment.payment_no;
        let told = format!(r#"{{"payment_no": "{number}", "status": "success", "amount": 1999, "currency": "USD"}}"#);
        self.stage.callback(&told).await.unwrap();
    }

    /// What the gateway says of the money that came too late, once it has come so far.
    pub async fn late(&self, payment: &Payment, wanted: &str) {
        let look = async || {
            let number = payment.payment_no.to_string();
            let sql = "SELECT status FROM late_successes WHERE payment_no = $1";
            let read = self
                .stage
                .gateway
                .store()
                .read(move |view| view.optional(sql, args![number], |row| row.get::<String>(0)));
            read.await.unwrap()
        };
        let came = async {
            while look().await.as_deref() != Some(wanted) {
                tokio::task::yield_now().await;
            }
        };
        if timeout(Duration::from_secs(30), came).await.is_err() {
            panic!("it is {:?} and not {wanted}", look().await);
        }
    }

    /// What the channel has of a payment: how far it came, what went back, in how many refunds.
    pub async fn at_the_channel(&self, payment: &Payment) -> (String, i64, i64) {
        const FIND: &str = "SELECT i.status, i.refunded, (SELECT COUNT(*) FROM refunds r WHERE r.intent_id = i.id)
            FROM intents i WHERE i.payment_no = $1";
        let number = payment.payment_no.to_string();
        let read = self
            .book
            .read(move |view| view.one(FIND, args![number], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))));
        read.await.unwrap()
    }

    /// Reasons of the open incidents of the gateway, then those of the adapter.
    pub async fn incidents(&self) -> [Vec<String>; 2] {
        let stores = [self.stage.gateway.store(), self.adapter.store()];
        let open = join_all(stores.map(|store| store.read(incident::listed))).await;
        let mut reasons =
            open.into_iter().map(|open| open.unwrap().into_iter().map(|incident| incident.reason).collect());
        [reasons.next().unwrap(), reasons.next().unwrap()]
    }

    /// Nothing is left to be told to the gateway.
    pub async fn is_told(&self) {
        let sql = "SELECT COUNT(*) FROM webhook_inbox WHERE state = 'waiting'";
        let waiting = async || self.adapter.store().read(move |view| view.one(sql, &[], |row| row.get::<i64>(0))).await;
        while waiting().await.unwrap() > 0 {
            tokio::task::yield_now().await;
        }
    }

    pub async fn holds(&self) {
        for rule in [invariants::told, invariants::histories, invariants::refunds] {
            assert_eq!(self.stage.gateway.store().read(rule).await.unwrap(), []);
        }
    }
}

/// The adapter's end of the channel's webhooks.
struct Webhooks(Arc<OnceLock<ChannelAdapterClient>>);

#[async_trait]
impl ChannelWebhookApi for Webhooks {
    async fn handle_stripe_webhook(&self, signature: &str, body: Bytes) -> Result<WebhookReceipt> {
        self.0.get().unwrap().handle_stripe_webhook(signature, body).await
    }

    async fn handle_paypal_webhook(
        &self,
        signature: &str,
        id: Option<&str>,
        time: Option<&str>,
        body: Bytes,
    ) -> Result<WebhookReceipt> {
        self.0.get().unwrap().handle_paypal_webhook(signature, id, time, body).await
    }
}

fn both_channels() -> Arc<dyn ServiceConfigApi> {
    let both = r#"{"enabled": {"stripe": {}, "paypal": {}}}"#;
    Arc::new(MockServiceConfigApi::new().on_get_service_config(move |service, _, _| {
        Ok(Some(ServiceConfig {
            service: service.clone(),
            environment: "production".into(),
            version: 1,
            etag: "\"v1\"".into(),
            values: [("payment_channels_enabled".to_owned(), both.to_owned().into())].into(),
            feature_flags: BTreeMap::new(),
        }))
    }))
}
