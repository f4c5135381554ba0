//! cashier-service: the checkout page. It owns how each merchant's page looks, templates to begin with, sessions of payers
//! and what they do there. It calls the gateway, for the payment of a session.
//!
//! A session is paid once. Its payment has a key that is made of the session, and the gateway answers each key with one
//! payment; so whoever clicks twice, or comes back after a lost answer, hears of the same. While nobody knows whether there
//! is a payment, the session stays as it is, and is asked about until somebody does.
//!
//! | file | does |
//! |---|---|
//! | `domain` | states, input, what is asked of the gateway; pure |
//! | `sagas` | paying a session, durably |
//! | `store` | rows, and the one way in which a status changes |
//! | `invariants` | what always holds in the store, and beside the gateway's |

pub mod access;
pub mod deps;
pub mod domain;
pub mod invariants;
pub mod sagas;
pub mod store;

mod handler;

use std::sync::Arc;

use axum::Router;
use payment_clients::{
    apis::{
        cashier::{
            cashier_analytics_api, cashier_config_api, cashier_log_api, cashier_session_api, cashier_template_api,
        },
        payment_gateway::payment_api,
    },
    contract::error::Result,
    seams::Rng,
};

use crate::{
    host::{Host, Started},
    kit::{
        clock::Clock,
        configuration::Configuration,
        ids::Ids,
        limits,
        saga::{self, Engine, Saga},
        store::{Store, Stores},
        tasks::Tasks,
    },
};
use deps::Deps;

/// The cashier. Cheap to clone.
#[derive(Clone)]
pub struct Cashier {
    store: Store,
    engine: Engine,
    deps: Deps,
    clock: Clock,
    ids: Ids,
    /// Draws tokens, which nobody may guess.
    rng: Rng,
    configuration: Configuration,
}

/// Starts the service.
///
/// # Errors
/// When its store cannot be opened.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let cashier = Cashier::open(host.stores, Deps::connect(host.platform)?, host.clock.clone()).await?;
    host.follow(&cashier.configuration).await?;
    host.uses(&[payment_api::SERVICE])?;
    cashier.spawn(host.tasks);
    Ok(Started { router: cashier.router(), store: cashier.store })
}

impl Cashier {
    /// Opens the cashier's store and takes up what an earlier run left undone.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub async fn open(stores: &Stores, deps: Deps, clock: Clock) -> Result<Self> {
        let store = stores.open("cashier", store::MIGRATIONS)?;
        let (ids, rng) = (Ids::new(clock.clone())?, Rng::system()?);
        let kinds: [Arc<dyn Saga>; 1] = [Arc::new(sagas::Pay { deps: deps.clone(), clock: clock.clone() })];
        let engine = Engine::new(store.clone(), clock.clone(), ids.clone(), "cashier", kinds);
        engine.recover().await?;
        let configuration = Configuration::new(cashier_session_api::SERVICE, &store, &clock);
        Ok(Self { store, engine, deps, clock, ids, rng, configuration })
    }

    /// Its routes, within the limits of its configuration.
    pub fn router(&self) -> Router {
        let routes = cashier_session_api::router(self.clone())
            .merge(cashier_config_api::router(self.clone()))
            .merge(cashier_template_api::router(self.clone()))
            .merge(cashier_log_api::router(self.clone()))
            .merge(cashier_analytics_api::router(self.clone()));
        limits::around(routes, &self.configuration)
    }

    /// Its background work: sagas that wait or were left behind.
    pub fn spawn(&self, tasks: &mut Tasks) {
        let engine = self.engine.clone();
        tasks.spawn("cashier sagas", |shutdown| saga::work(engine, shutdown));
    }

    /// Its sagas, to be driven by hand in tests.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// What it is run with.
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// Its store, to be closed in the end.
    pub fn store(&self) -> &Store {
        &self.store
    }
}
