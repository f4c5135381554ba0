//! withdrawal-service: pays the merchants' money out. It owns the bank accounts that money goes to, and withdrawals with
//! their approvals; it calls merchant-service (who may be paid), accounting-service (holds and bookings) and the bank.
//!
//! The order is the safety: first the amount is held, then the bank is asked, and only the bank's own word ends the
//! hold. Yes captures it, no releases it, and silence leaves it in place.
//!
//! | file | does |
//! |---|---|
//! | `domain` | fees, levels, states, and what may be paid out; pure |
//! | `store` | withdrawals, and the one way in which a status changes |
//! | `accounts` | bank accounts: rows and statements |
//! | `sagas` | what needs accounting or the bank, durably |
//! | `watch` | asks the bank about transfers that are open, or may come back |
//! | `invariants` | what always holds in the store |

pub mod access;
pub mod accounts;
pub mod deps;
pub mod domain;
pub mod invariants;
pub mod reports;
pub mod sagas;
pub mod store;

mod handler;
mod watch;

use std::sync::Arc;

use axum::Router;
use payment_clients::{
    apis::{
        accounting::account_api,
        bank_transfer::bank_transfer_api,
        merchant::merchant_api,
        withdrawal::{bank_account_api, withdrawal_api},
    },
    contract::error::{Error, Result},
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

/// The withdrawal service. Cheap to clone.
#[derive(Clone)]
pub struct Withdrawals {
    store: Store,
    engine: Engine,
    deps: Deps,
    clock: Clock,
    ids: Ids,
    vault: Vault,
    configuration: Configuration,
}

/// Starts the service. Numbers in clear are sealed first, and those that an older key of the vault has sealed are sealed
/// anew.
///
/// # Errors
/// When its store or its vault cannot be opened.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let (deps, vault) = (Deps::connect(host.platform)?, Vault::of(host.secrets)?);
    let withdrawals = Withdrawals::open(host.stores, deps, host.clock.clone(), vault).await?;
    withdrawals.reseal().await?;
    host.follow(&withdrawals.configuration).await?;
    host.needs(&[account_api::SERVICE, merchant_api::SERVICE])?;
    host.uses(&[bank_transfer_api::SERVICE])?;
    withdrawals.spawn(host.tasks);
    let feed = host.publish(withdrawal_api::SERVICE.name, &withdrawals.store)?;
    Ok(Started { router: withdrawals.router().merge(feed), store: withdrawals.store })
}

impl Withdrawals {
    /// Opens the service's store and takes up what an earlier run left undone. The vault seals the numbers of bank
    /// accounts.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub async fn open(stores: &Stores, deps: Deps, clock: Clock, vault: Vault) -> Result<Self> {
        #[cfg(feature = "mutants")]
        let deps = Deps { holds: crate::mutants::holds(deps.holds), ..deps };
        let store = stores.open("withdrawal", store::MIGRATIONS)?;
        let ids = Ids::new(clock.clone())?;
        let of = || (deps.clone(), clock.clone());
        let kinds: [Arc<dyn Saga>; 5] = [
            Arc::new(sagas::create::Create::new(of())),
            Arc::new(sagas::pay::Pay::new(of(), store.clone(), vault.clone())),
            Arc::new(sagas::complete::Complete::new(of())),
            Arc::new(sagas::free::Free::new(of())),
            Arc::new(sagas::take_back::TakeBack::new(of())),
        ];
        let engine = Engine::new(store.clone(), clock.clone(), ids.clone(), "withdrawal", kinds);
        engine.recover().await?;
        let configuration = Configuration::new(withdrawal_api::SERVICE, &store, &clock);
        Ok(Self { store, engine, deps, clock, ids, vault, configuration })
    }

    /// Its routes, within the limits of its configuration.
    pub fn router(&self) -> Router {
        let routes = withdrawal_api::router(self.clone()).merge(bank_account_api::router(self.clone()));
        limits::around(routes, &self.configuration)
    }

    /// Its background work: sagas that wait or were left behind, transfers that the bank is to be asked about.
    pub fn spawn(&self, tasks: &mut Tasks) {
        let engine = self.engine.clone();
        tasks.spawn("withdrawal sagas", |shutdown| saga::work(engine, shutdown));
        let withdrawals = self.clone();
        tasks.spawn("withdrawal watch", |shutdown| watch::work(withdrawals, shutdown));
    }

    /// Seals with the newest key of the vault what an older one has sealed, or nobody, and returns how many numbers that
    /// were.
    ///
    /// # Errors
    /// When one does not open, or the store fails.
    pub async fn reseal(&self) -> Result<u64> {
        let vault = self.vault.clone();
        let sealed = self.store.write(move |tx| accounts::seal_clear(tx, &vault)).await?;
        let resealed = vault::rotate(&self.store, &self.vault, &[accounts::SEALED]).await?;
        Ok(resealed + u64::try_from(sealed).map_err(Error::internal)?)
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
