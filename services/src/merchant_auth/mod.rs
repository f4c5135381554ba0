//! merchant-auth-service: whether somebody is the merchant that they say. It owns sessions, second factors, security
//! settings, the history of logins and of passwords, and the audit of all that; it asks merchant-service whether a
//! password is right, and who a merchant is.
//!
//! What can be guessed is counted before it is looked at and taken back when it was right, so that a hundred guesses at
//! once are no more than ten. What must be used once is taken by one statement that hits one row. No table holds what
//! opens anything: tokens and recovery codes are there as digests, seeds are sealed.

pub mod access;
pub mod deps;
pub mod domain;
pub mod invariants;
pub mod store;

mod handler;
mod upkeep;

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
        ids::Ids,
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
    passwords: Passwords,
    clock: Clock,
    ids: Ids,
}

/// Starts the service.
///
/// # Errors
/// When its store cannot be opened, or the vault has no key.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let (deps, vault) = (Deps::connect(host.platform)?, Vault::of(host.secrets)?);
    let auth = MerchantAuth::open(host.stores, deps, vault, host.clock.clone())?;
    host.needs(&[merchant_api::SERVICE])?;
    auth.spawn(host.tasks);
    Ok(Started { router: auth.router(), store: auth.store })
}

impl MerchantAuth {
    /// Opens the service's store.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn open(stores: &Stores, deps: Deps, vault: Vault, clock: Clock) -> Result<Self> {
        let store = stores.open("merchant-auth", store::MIGRATIONS)?;
        let (passwords, ids) = (Passwords::new()?, Ids::new(clock.clone())?);
        Ok(Self { store, deps, vault, passwords, clock, ids })
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        merchant_login_api::router(self.clone())
            .merge(merchant_password_api::router(self.clone()))
            .merge(merchant_two_factor_api::router(self.clone()))
            .merge(merchant_security_settings_api::router(self.clone()))
            .merge(merchant_login_activity_api::router(self.clone()))
            .merge(merchant_session_api::router(self.clone()))
            .merge(service_token_api::router(self.clone()))
            .merge(session_internal_api::router(self.clone()))
    }

    /// Its background work: what has expired, and what an older key has sealed.
    pub fn spawn(&self, tasks: &mut Tasks) {
        let auth = self.clone();
        tasks.spawn("merchant-auth upkeep", |shutdown| upkeep::work(auth, shutdown));
    }

    /// Its store, to be closed in the end.
    pub fn store(&self) -> &Store {
        &self.store
    }
}
