//! payment-gateway: owns payments, their attempts and refunds; calls risk, order and the channel adapter, and hears from
//! the channel adapter how payments ended.

pub mod access;
pub mod deps;
pub mod domain;
pub mod events;
pub mod figures;
pub mod invariants;
pub mod late;
pub mod refunds;
pub mod sagas;
pub mod store;

mod callback;
mod caller;
mod handler;
mod watch;

use std::sync::Arc;

use axum::Router;
use payment_clients::{
    apis::{
        channel_adapter::channel_payment_api,
        order::order_api,
        payment_gateway::{gateway_webhook_api, payment_api, refund_api},
        risk::risk_check_api,
    },
    contract::{error::Result, secret::Secret},
};

use tokio::{
    sync::{Mutex, mpsc},
    task::JoinSet,
};

use crate::{
    host::{Host, Secrets, Started},
    kit::{
        clock::Clock,
        configuration::Configuration,
        ids::Ids,
        limits,
        metrics::Metrics,
        saga::{self, Engine, Lease, Saga},
        store::{Store, Stores},
        tasks::{Shutdown, Tasks},
    },
};
use deps::Deps;
use figures::Figures;

/// The gateway.
#[derive(Clone)]
pub struct Gateway {
    store: Store,
    engine: Engine,
    deps: Deps,
    clock: Clock,
    ids: Ids,
    configuration: Configuration,
    figures: Figures,
    callback_secrets: Arc<[Secret<String>]>,
    followers: mpsc::Sender<Lease>,
    queue: Arc<Mutex<mpsc::Receiver<Lease>>>,
}

/// Callbacks of which something follows that wait in memory; more wait in the store.
const QUEUE: usize = 4096;
/// Of which so many are followed at once.
const AT_ONCE: usize = 64;

/// Starts the service.
///
/// # Errors
/// When its store cannot be opened.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let callbacks = vec![host.secrets.get(Secrets::CALLBACKS)?];
    let (deps, clock) = (Deps::connect(host.platform)?, host.clock.clone());
    let gateway = Gateway::open(host.stores, deps, clock, callbacks, host.metrics).await?;
    host.follow(&gateway.configuration).await?;
    host.needs(&[order_api::SERVICE, channel_payment_api::SERVICE])?;
    host.uses(&[risk_check_api::SERVICE])?;
    gateway.spawn(host.tasks);
    let feed = host.publish(payment_api::SERVICE.name, &gateway.store)?;
    Ok(Started { router: gateway.router().merge(feed), store: gateway.store })
}

impl Gateway {
    /// Opens the gateway's store and takes up what an earlier run left undone; how payments end is counted among `metrics`.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub async fn open(
        stores: &Stores,
        deps: Deps,
        clock: Clock,
        callback_secrets: Vec<Secret<String>>,
        metrics: &Metrics,
    ) -> Result<Self> {
        let store = stores.open("gateway", store::MIGRATIONS)?;
        let ids = Ids::new(clock.clone())?;
        let configuration = Configuration::new(payment_api::SERVICE, &store, &clock);
        let figures = metrics.register(Figures::register);
        let kinds: [Arc<dyn Saga>; 6] = [
            Arc::new(sagas::create::Create {
                deps: deps.clone(),
                clock: clock.clone(),
                configuration: configuration.clone(),
                figures: figures.clone(),
            }),
            Arc::new(sagas::follow::Follow { deps: deps.clone(), clock: clock.clone(), paid: true }),
            Arc::new(sagas::follow::Follow { deps: deps.clone(), clock: clock.clone(), paid: false }),
            Arc::new(sagas::cancel::Cancel { deps: deps.clone(), clock: clock.clone(), figures: figures.clone() }),
            Arc::new(sagas::refund::Refunding { deps: deps.clone(), clock: clock.clone(), figures: figures.clone() }),
            Arc::new(sagas::late::Late { deps: deps.clone(), clock: clock.clone() }),
        ];
        let engine = Engine::new(store.clone(), clock.clone(), ids.clone(), "gateway", kinds);
        engine.recover().await?;
        let (followers, queue) = mpsc::channel(QUEUE);
        let (callback_secrets, queue) = (callback_secrets.into(), Arc::new(Mutex::new(queue)));
        Ok(Self { store, engine, deps, clock, ids, configuration, figures, callback_secrets, followers, queue })
    }

    /// Its routes, within the limits of its configuration.
    pub fn router(&self) -> Router {
        let routes = payment_api::router(self.clone())
            .merge(refund_api::router(self.clone()))
            .merge(gateway_webhook_api::router(self.clone()));
        limits::around(routes, &self.configuration)
    }

    /// What it is run with.
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// Its background work: sagas that wait or were left behind, payments that hear nothing from their channel.
    pub fn spawn(&self, tasks: &mut Tasks) {
        let engine = self.engine.clone();
        tasks.spawn("gateway sagas", |shutdown| saga::work(engine, shutdown));
        let gateway = self.clone();
        tasks.spawn("gateway followers", |shutdown| gateway.follow(shutdown));
        let gateway = self.clone();
        tasks.spawn("gateway watch", |shutdown| watch::work(gateway, shutdown));
    }

    /// Does what follows from callbacks, until the shutdown, and then what still waits: orders hear how their payments
    /// ended, and what came too late goes back.
    async fn follow(self, mut shutdown: Shutdown) {
        let mut queue = self.queue.lock().await;
        let mut calls = JoinSet::new();
        loop {
            let lease = tokio::select! {
                biased;
                Some(_) = calls.join_next(), if calls.len() >= AT_ONCE => continue,
                lease = queue.recv(), if calls.len() < AT_ONCE => lease,
                () = shutdown.begun() => queue.try_recv().ok(),
            };
            let Some(lease) = lease else { break };
            while calls.try_join_next().is_some() {}
            let engine = self.engine.clone();
            calls.spawn(async move {
                if let Err(error) = engine.run(lease).await {
                    tracing::warn!(%error, "what follows from a callback will be done later");
                }
            });
        }
        calls.join_all().await;
    }

    /// Its sagas, to be driven by hand in tests.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Its store, to be closed in the end.
    pub fn store(&self) -> &Store {
        &self.store
    }
}
