//! merchant-auth-service: whether somebody is the merchant that they say. It owns sessions, second factors, security
//! settings, the history of logins and of passwords, and the audit of all that; it asks merchant-service whether a
//! password is right, and who a merchant is, and hears from it who may not be here any more. Services that do not mint
//! their own tokens get them at its desk.
//!
//! What can be guessed is counted before it is looked at and taken back when it was right, so that a hundred guesses at
//! once are no more than ten. What must be used once is taken by one statement that hits one row. No table holds what
//! opens anything: tokens and recovery codes are there as digests, seeds are sealed.

pub mod access;
pub mod deps;
pub mod domain;
pub mod events;
pub mod invariants;
pub mod store;

mod handler;
mod upkeep;

use std::sync::Arc;

use axum::Router;
use payment_clients::{
    apis::{
        merchant::merchant_api,
        merchant_auth::{
            merchant_login_activity_api, merchant_login_api, merchant_password_api, merchant_security_settings_api,
            merchant_session_api, merchant_two_factor_api, service_token_api, session_internal_api,
        },
    },
    contract::error::Result,
};

use crate::{
    host::{Host, Started},
    kit::{
        clock::Clock,
        configuration::Configuration,
        identity::desk::Desk,
        ids::Ids,
        limits,
        password::Passwords,
        store::{Store, Stores},
        tasks::Tasks,
        vault::Vault,
    },
};
use deps::Deps;

/// The service of logins. Cheap to clone.
#[derive(Clone, Debug)]
pub struct MerchantAuth {
    store: Store,
    deps: Deps,
    vault: Vault,
    desk: Arc<Desk>,
    passwords: Passwords,
    clock: Clock,
    ids: Ids,
    configuration: Configuration,
}

/// Starts the service.
///
/// # Errors
/// When its store cannot be opened, the vault has no key, or events cannot be carried.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let (deps, vault) = (Deps::connect(host.platform)?, Vault::of(host.secrets)?);
    let desk = Desk::open(host.secrets, host.clock.clone())?;
    let auth = MerchantAuth::open(host.stores, deps, vault, desk, host.clock.clone())?;
    host.follow(&auth.configuration).await?;
    host.needs(&[merchant_api::SERVICE])?;
    auth.spawn(host.tasks);
    auth.listener().spawn(host.bus, host.platform, host.tasks)?;
    Ok(Started { router: auth.router(), store: auth.store })
}

impl MerchantAuth {
    /// Opens the service's store.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn open(stores: &Stores, deps: Deps, vault: Vault, desk: Desk, clock: Clock) -> Result<Self> {
        let store = stores.open("merchant-auth", store::MIGRATIONS)?;
        let (passwords, ids) = (Passwords::new()?, Ids::new(clock.clone())?);
        let configuration = Configuration::new(merchant_login_api::SERVICE, &store, &clock);
        Ok(Self { store, deps, vault, desk: Arc::new(desk), passwords, clock, ids, configuration })
    }

    /// Its routes, within the limits of its configuration.
    pub fn router(&self) -> Router {
        let routes = merchant_login_api::router(self.clone())
            .merge(merchant_password_api::router(self.clone()))
            .merge(merchant_two_factor_api::router(self.clone()))
            .merge(merchant_security_settings_api::router(self.clone()))
            .merge(merchant_login_activity_api::router(self.clone()))
            .merge(merchant_session_api::router(self.clone()))
            .merge(service_token_api::router(self.clone()))
            .merge(session_internal_api::router(self.clone()));
        limits::around(routes, &self.configuration)
    }

    /// Its background work: what has expired, and what an older key has sealed.
    pub fn spawn(&self, tasks: &mut Tasks) {
        let auth = self.clone();
        tasks.spawn("merchant-auth upkeep", |shutdown| upkeep::work(auth, shutdown));
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
