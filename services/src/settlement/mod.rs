//! settlement-service: pays the merchants what was paid to them, once it has heard of it. It owns settlements with their
//! items and approvals; it calls accounting-service, which claims the transactions and adds them up, and
//! withdrawal-service, which pays out.
//!
//! An amount here is always accounting's sum over what it has claimed, and never a sum over a list: what a caller says of
//! its transactions is compared with that, and refused where it differs.
//!
//! | file | does |
//! |---|---|
//! | `domain` | states, input, and who may agree; pure |
//! | `events` | what the others are told, and what is heard of them |
//! | `store` | settlements, and the one way in which a status changes |
//! | `sagas` | claiming, paying out and giving up, durably |
//! | `waiting` | whose funds wait, as events tell |
//! | `schedule` | settles everybody who waits, once a day |
//! | `invariants` | what always holds in the store |

pub mod access;
pub mod deps;
pub mod domain;
pub mod events;
pub mod invariants;
pub mod reports;
pub mod sagas;
pub mod store;

mod handler;
mod schedule;
mod waiting;

use std::sync::Arc;

use axum::Router;
use payment_clients::{
    apis::{accounting::account_api, settlement::settlement_api, withdrawal::withdrawal_api},
    contract::error::Result,
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

/// Terms of settling that are not the contract's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Settlements below so many minor units, made by schedule, need no person's approval.
    pub approved_below: i64,
}

impl Default for Terms {
    fn default() -> Self {
        Self { approved_below: 10_000_000 }
    }
}

/// The settlement service. Cheap to clone.
#[derive(Clone)]
pub struct Settlements {
    store: Store,
    engine: Engine,
    clock: Clock,
    ids: Ids,
    configuration: Configuration,
}

/// Starts the service.
///
/// # Errors
/// When its store cannot be opened.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let deps = Deps::connect(host.platform)?;
    let settlements = Settlements::open(host.stores, deps, host.clock.clone(), Terms::default()).await?;
    host.follow(&settlements.configuration).await?;
    host.needs(&[account_api::SERVICE])?;
    host.uses(&[withdrawal_api::SERVICE])?;
    settlements.spawn(host.tasks);
    settlements.listener().spawn(host.bus, host.platform, host.tasks)?;
    let feed = host.publish(settlement_api::SERVICE.name, &settlements.store)?;
    Ok(Started { router: settlements.router().merge(feed), store: settlements.store })
}

impl Settlements {
    /// Opens the service's store and takes up what an earlier run left undone.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub async fn open(stores: &Stores, deps: Deps, clock: Clock, terms: Terms) -> Result<Self> {
        let store = stores.open("settlement", store::MIGRATIONS)?;
        let ids = Ids::new(clock.clone())?;
        let kinds: [Arc<dyn Saga>; 3] = [
            Arc::new(sagas::claim::Claim::new(deps.clone(), clock.clone(), terms)),
            Arc::new(sagas::pay::Pay::new(deps.clone(), clock.clone())),
            Arc::new(sagas::free::Free::new(deps.clone(), clock.clone())),
        ];
        let engine = Engine::new(store.clone(), clock.clone(), ids.clone(), "settlement", kinds);
        engine.recover().await?;
        let configuration = Configuration::new(settlement_api::SERVICE, &store, &clock);
        Ok(Self { store, engine, clock, ids, configuration })
    }

    /// Its routes, within the limits of its configuration.
    pub fn router(&self) -> Router {
        limits::around(settlement_api::router(self.clone()), &self.configuration)
    }

    /// Its background work: sagas that wait or were left behind, and the daily settlements.
    pub fn spawn(&self, tasks: &mut Tasks) {
        let engine = self.engine.clone();
        tasks.spawn("settlement sagas", |shutdown| saga::work(engine, shutdown));
        let settlements = self.clone();
        tasks.spawn("settlement schedule", |shutdown| schedule::work(settlements, shutdown));
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
