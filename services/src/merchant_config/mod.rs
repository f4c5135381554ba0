//! merchant-config-service: on what terms a merchant does business. It owns fee configurations with their approvals,
//! transaction limits, channel settings, and what each merchant was paid a day, as far as limits must know it. It hears
//! of payments from the gateway, and calls nobody.
//!
//! Staff of the platform set fees and limits; a fee counts once another of them than who made it has approved it, and
//! once more when it is changed. A merchant sees what is its own, and sets up its channels. Their settings lie sealed in
//! the store, and answers show them masked. Every change is audited.
//!
//! | file | does |
//! |---|---|
//! | `domain` | which terms there may be, which of them hold, what they come to; pure |
//! | `events` | what is heard of payments |
//! | `store` | rows and statements |
//! | `invariants` | what always holds in the store |

pub mod access;
pub mod domain;
pub mod events;
pub mod invariants;
pub mod store;

mod handler;

use axum::Router;
use payment_clients::{
    apis::merchant_config::{merchant_channel_api, merchant_fee_api, merchant_limit_api},
    contract::error::Result,
};

use crate::{
    host::{Host, Started},
    kit::{
        clock::Clock,
        configuration::Configuration,
        ids::Ids,
        limits,
        store::{Store, Stores},
        vault::{self, Vault},
    },
};

/// The service of merchants' terms. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MerchantConfigs {
    store: Store,
    clock: Clock,
    ids: Ids,
    vault: Vault,
    configuration: Configuration,
}

/// Starts the service. What an older key of the vault has sealed is sealed anew first.
///
/// # Errors
/// When its store or its vault cannot be opened, or events cannot be carried.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let configs = MerchantConfigs::open(host.stores, host.clock.clone(), Vault::of(host.secrets)?)?;
    configs.reseal().await?;
    host.follow(&configs.configuration).await?;
    configs.listener().spawn(host.bus, host.platform, host.tasks)?;
    Ok(Started { router: configs.router(), store: configs.store })
}

impl MerchantConfigs {
    /// Opens the service's store.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn open(stores: &Stores, clock: Clock, vault: Vault) -> Result<Self> {
        let store = stores.open("merchant-config", store::MIGRATIONS)?;
        let configuration = Configuration::new(merchant_fee_api::SERVICE, &store, &clock);
        Ok(Self { store, ids: Ids::new(clock.clone())?, clock, vault, configuration })
    }

    /// Its routes, within the limits of its configuration.
    pub fn router(&self) -> Router {
        let routes = merchant_fee_api::router(self.clone())
            .merge(merchant_limit_api::router(self.clone()))
            .merge(merchant_channel_api::router(self.clone()));
        limits::around(routes, &self.configuration)
    }

    /// What it is run with.
    pub fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// Its store, to be closed in the end.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// Seals with the newest key of the vault what an older one has sealed, and returns how many secrets that were.
    ///
    /// # Errors
    /// When one does not open, or the store fails.
    pub async fn reseal(&self) -> Result<u64> {
        vault::rotate(&self.store, &self.vault, store::SEALED).await
    }
}
