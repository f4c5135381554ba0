//! config-service: what services are run with. It owns the entries and their history, feature flags, and the registry of
//! instances; it calls nobody.
//!
//! The configuration of a service is what is set for [`EVERYBODY`](domain::EVERYBODY), and over it what is set for that
//! service. One number per environment counts every change of a value or of a flag, so that a version means the same to
//! all services, and `revisions` tells when it was.
//!
//! A value of a [kind](crate::kit::configuration::Kind) is checked when it is written: a bad one never leaves here.

pub mod access;
pub mod cipher;
pub mod domain;
pub mod store;

mod handler;

use axum::Router;
use payment_clients::{
    apis::config_service::{config_api, feature_flag_api, service_config_api, service_registry_api},
    contract::{error::Result, secret::Secret},
};

use self::cipher::Cipher;
use crate::{
    host::{Host, Secrets, Started},
    kit::{
        clock::Clock,
        ids::Ids,
        store::{Store, Stores},
    },
};

/// The config service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct ConfigService {
    store: Store,
    clock: Clock,
    ids: Ids,
    cipher: Cipher,
}

/// Starts the service.
///
/// # Errors
/// When its store cannot be opened.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let key = host.secrets.get(Secrets::CONFIGURATION)?;
    let service = ConfigService::open(host.stores, host.clock.clone(), &key)?;
    Ok(Started { router: service.router(), store: service.store })
}

impl ConfigService {
    /// Opens the service's store. `key` is 256 bits in hexadecimal, and encrypts the values that are to be.
    ///
    /// # Errors
    /// When the store cannot be opened, or the key is none.
    pub fn open(stores: &Stores, clock: Clock, key: &Secret<String>) -> Result<Self> {
        let store = stores.open("config", store::MIGRATIONS)?;
        Ok(Self { store, ids: Ids::new(clock.clone())?, clock, cipher: Cipher::new(key)? })
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        config_api::router(self.clone())
            .merge(feature_flag_api::router(self.clone()))
            .merge(service_config_api::router(self.clone()))
            .merge(service_registry_api::router(self.clone()))
    }

    /// Its store, to be closed in the end.
    pub fn store(&self) -> &Store {
        &self.store
    }
}
