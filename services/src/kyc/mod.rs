//! kyc-service: who a merchant is. It owns the papers that merchants submit (documents, and the qualification of a
//! company), what staff find about them, the level that follows, and alerts; it calls merchant-service, and nobody else.
//!
//! Whoever submitted a paper never decides about it. An approval raises the level, in the unit that writes it; a level never
//! falls by itself: when a document runs out, an alert asks staff to look. How a merchant stands as a whole is passed on to
//! merchant-service, which tells the platform; so no event is told from here, and nobody hears of one approval twice.
//!
//! | file | does |
//! |---|---|
//! | `domain` | states, levels with their limits, and what input may say; pure |
//! | `store` | rows, and the one way in which a status changes |
//! | `tell` | passes on to merchant-service how a merchant stands, durably and in order |
//! | `watch` | documents that run out |
//! | `invariants` | what always holds in the store |

pub mod access;
pub mod deps;
pub mod domain;
pub mod invariants;
pub mod store;
pub mod tell;
pub mod watch;

mod handler;

use std::sync::Arc;

use axum::Router;
use payment_clients::{
    apis::{
        kyc::{
            identity_document_api, kyc_alert_api, kyc_level_api, kyc_qualification_api, kyc_statistics_api,
            kyc_verification_api,
        },
        merchant::merchant_api,
    },
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
        vault::{self, Vault},
    },
};
use deps::Deps;

/// The KYC service. Cheap to clone.
#[derive(Clone)]
pub struct Kyc {
    store: Store,
    engine: Engine,
    clock: Clock,
    ids: Ids,
    vault: Vault,
    configuration: Configuration,
}

/// Starts the service. What an older key of the vault has sealed is sealed anew first.
///
/// # Errors
/// When its store or its vault cannot be opened.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let (deps, vault) = (Deps::connect(host.platform)?, Vault::of(host.secrets)?);
    let kyc = Kyc::open(host.stores, deps, host.clock.clone(), vault).await?;
    kyc.reseal().await?;
    host.follow(&kyc.configuration).await?;
    host.uses(&[merchant_api::SERVICE])?;
    kyc.spawn(host.tasks);
    Ok(Started { router: kyc.router(), store: kyc.store })
}

impl Kyc {
    /// Opens the service's store and takes up what an earlier run left undone. The vault seals the numbers of documents.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub async fn open(stores: &Stores, deps: Deps, clock: Clock, vault: Vault) -> Result<Self> {
        let store = stores.open("kyc", store::MIGRATIONS)?;
        let ids = Ids::new(clock.clone())?;
        let kinds: [Arc<dyn Saga>; 1] = [Arc::new(tell::Tell::new(deps, store.clone()))];
        let engine = Engine::new(store.clone(), clock.clone(), ids.clone(), "kyc", kinds);
        engine.recover().await?;
        let configuration = Configuration::new(kyc_verification_api::SERVICE, &store, &clock);
        Ok(Self { store, engine, clock, ids, vault, configuration })
    }

    /// Its routes, within the limits of its configuration.
    pub fn router(&self) -> Router {
        let routes = identity_document_api::router(self.clone())
            .merge(kyc_qualification_api::router(self.clone()))
            .merge(kyc_level_api::router(self.clone()))
            .merge(kyc_verification_api::router(self.clone()))
            .merge(kyc_alert_api::router(self.clone()))
            .merge(kyc_statistics_api::router(self.clone()));
        limits::around(routes, &self.configuration)
    }

    /// Its background work: what merchant-service has not heard yet, and documents that run out.
    pub fn spawn(&self, tasks: &mut Tasks) {
        let engine = self.engine.clone();
        tasks.spawn("kyc sagas", |shutdown| saga::work(engine, shutdown));
        let kyc = self.clone();
        tasks.spawn("kyc watch", |shutdown| watch::work(kyc, shutdown));
    }

    /// Seals with the newest key of the vault what an older one has sealed, and returns how many numbers that were.
    ///
    /// # Errors
    /// When one does not open, or the store fails.
    pub async fn reseal(&self) -> Result<u64> {
        vault::rotate(&self.store, &self.vault, store::SEALED).await
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
