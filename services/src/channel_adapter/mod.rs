//! channel-adapter: the one service that speaks to payment channels. It owns the payments and refunds it has asked them
//! for, and the inbox of their webhooks; it calls the channels, and tells the gateway what became of a payment.
//!
//! A payment is stored before its channel is asked, and asked for under a key made of its number: whatever gets lost in
//! between, asking again is asking for the same payment. What stays unknown is never guessed; the worker asks until the
//! channel has said. Another channel is tried only when the first has certainly begun nothing.

pub mod access;
pub mod channels;
pub mod deps;
pub mod domain;
mod handler;
pub mod store;
mod worker;

use std::{fmt, sync::Arc, time::Duration};

use axum::Router;
use payment_clients::{
    apis::{
        channel_adapter::{
            ChannelConfig, channel_config_api, channel_payment_api, channel_refund_api, channel_webhook_api,
        },
        payment_gateway::payment_api,
    },
    contract::{error::Result, secret::Secret},
    server,
};
use tokio::sync::{Mutex, mpsc};

use self::{channels::Channels, deps::Deps, worker::Delivery};
use crate::{
    channel_sim::api::channel_sim_api,
    host::{self, Host, Started},
    kit::{
        clock::{Clock, millis},
        configuration::Configuration,
        idempotency::Slot,
        store::{Store, Stores},
        tasks::Tasks,
    },
};

/// How long whoever works at a row keeps others away from it: longer than all its calls together may take.
const LEASE: Duration = Duration::from_secs(30);
/// Events that wait in memory for their delivery. What does not fit waits in the store.
const QUEUE: usize = 4096;

/// What signs and verifies webhooks. Several of one channel are accepted while one replaces another; without any, no
/// event of that channel is.
#[derive(Clone, Debug)]
pub struct Secrets {
    /// Stripe's.
    pub stripe: Vec<Secret<String>>,
    /// PayPal's.
    pub paypal: Vec<Secret<String>>,
    /// Ours, for what the gateway is told.
    pub callbacks: Secret<String>,
}

/// The channel adapter. Cheap to clone.
#[derive(Clone)]
pub struct ChannelAdapter(Arc<Parts>);

struct Parts {
    store: Store,
    deps: Deps,
    channels: Channels,
    clock: Clock,
    secrets: Secrets,
    configs: Vec<ChannelConfig>,
    configuration: Configuration,
    deliveries: mpsc::Sender<Delivery>,
    /// Held by the worker while it runs.
    queue: Mutex<mpsc::Receiver<Delivery>>,
}

/// Starts the service.
///
/// # Errors
/// When its store cannot be opened.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let [stripe, paypal] = [host::Secrets::CHANNEL, host::Secrets::PAYPAL].map(|name| host.secrets.get(name));
    let (stripe, paypal) = (vec![stripe?], vec![paypal?]);
    let secrets = Secrets { stripe, paypal, callbacks: host.secrets.get(host::Secrets::CALLBACKS)? };
    let adapter = ChannelAdapter::open(host.stores, Deps::connect(host.platform)?, host.clock.clone(), secrets).await?;
    host.follow(&adapter.0.configuration).await?;
    host.uses(&[channel_sim_api::SERVICE, payment_api::SERVICE])?;
    adapter.spawn(host.tasks);
    Ok(Started { router: adapter.router(), store: adapter.store().clone() })
}

impl ChannelAdapter {
    /// Opens the store and takes up what an earlier run left undone.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub async fn open(stores: &Stores, deps: Deps, clock: Clock, secrets: Secrets) -> Result<Self> {
        let store = stores.open("channel-adapter", store::MIGRATIONS)?;
        store.write(store::take_over).await?;
        let configs = store.read(store::configs).await?;
        let (deliveries, queue) = mpsc::channel(QUEUE);
        let queue = Mutex::new(queue);
        let configuration = Configuration::new(channel_payment_api::SERVICE, &store, &clock);
        let channels = Channels::new(&deps);
        Ok(Self(Arc::new(Parts { store, deps, channels, clock, secrets, configs, configuration, deliveries, queue })))
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        channel_payment_api::router(self.clone())
            .merge(channel_refund_api::router(self.clone()))
            .merge(channel_config_api::router(self.clone()))
            .merge(channel_webhook_api::router(self.clone()))
    }

    /// Its background work: what the gateway is still to be told, what the channel is still to be asked.
    pub fn spawn(&self, tasks: &mut Tasks) {
        let adapter = self.clone();
        tasks.spawn("channel-adapter worker", |shutdown| worker::work(adapter, shutdown));
    }

    /// What it is run with.
    pub fn configuration(&self) -> &Configuration {
        &self.0.configuration
    }

    /// Its store, to be closed in the end.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    fn now(&self) -> i64 {
        self.0.clock.now()
    }

    /// When somebody who takes up a row now has lost it again.
    fn lease(&self) -> i64 {
        self.now().saturating_add(millis(LEASE))
    }

    /// When a row that was asked about in vain so often is taken up again.
    fn after_pause(&self, asked: u32) -> i64 {
        self.now().saturating_add(millis(domain::pause(asked)))
    }
}

impl fmt::Debug for ChannelAdapter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChannelAdapter").field("store", &self.0.store).finish_non_exhaustive()
    }
}

/// The slot of the call being served.
fn slot() -> Result<Slot> {
    let call = server::current();
    Slot::of(&call, call.principal.as_deref().unwrap_or_default())
}
