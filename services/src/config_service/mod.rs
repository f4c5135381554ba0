//! config-service: what services are run with. It owns the entries and their history, feature flags, and the registry of
//! instances; it calls nobody.
//!
//! The configuration of a service is what is set for [`EVERYBODY`](domain::EVERYBODY), and over it what is set for that
//! service. One number per environment counts every change of a value or of a flag, so that a version means the same to
//! all services, and `revisions` tells when it was.
//!
//! A value of a [kind](crate::kit::configuration::Kind) is checked when it is written: a bad one never leaves here.

pub mod access;
pub mod domain;
pub mod store;

mod handler;

use axum::Router;
use payment_clients::{
    apis::config_service::{config_api, feature_flag_api, service_config_api, service_registry_api},
    contract::error::Result,
};

use crate::{
    host::{Host, Started},
    kit::{
        clock::Clock,
        ids::Ids,
        store::{Store, Stores},
        vault::{self, Vault},
    },
};

/// The config service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ConfigService {
    store: Store,
    clock: Clock,
    ids: Ids,
    vault: Vault,
}

/// Starts the service. What an older key of the vault has sealed is sealed anew first.
///
/// # Errors
/// When its store or its vault cannot be opened, or its events cannot be carried.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let service = ConfigService::open(host.stores, host.clock.clone(), Vault::of(host.secrets)?)?;
    service.reseal().await?;
    let feed = host.publish(service_config_api::SERVICE.name, &service.store)?;
    Ok(Started { router: service.router().merge(feed), store: service.store })
}

impl ConfigService {
    /// Opens the service's store. The vault seals the values that are kept encrypted.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn open(stores: &Stores, clock: Clock, vault: Vault) -> Result<Self> {
        let store = stores.open("config", store::MIGRATIONS)?;
        Ok(Self { store, ids: Ids::new(clock.clone())?, clock, vault })
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        config_api::router(self.clone())
            .merge(feature_flag_api::router(self.clone()))
            .merge(service_config_api::router(self.clone()))
            .merge(service_registry_api::router(self.clone()))
    }

    /// Seals with the newest key of the vault what an older one has sealed, and returns how many values that were.
    ///
    /// # Errors
    /// When one does not open, or the store fails.
    pub async fn reseal(&self) -> Result<u64> {
        vault::rotate(&self.store, &self.vault, store::configs::SEALED).await
    }

    /// Its store, to be closed in the end.
    pub fn store(&self) -> &Store {
        &self.store
    }
}
