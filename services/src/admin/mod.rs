//! admin-service: who runs the platform. It owns staff, their roles, sessions and second factors, the audit log and the
//! platform's settings. What staff decide about merchants, papers, settlements and withdrawals it asks their owners to do,
//! on behalf of the member of staff whose session calls: the owner sees who decides, and applies its own rules.
//!
//! What can be guessed is counted before it is looked at and taken back when it was right. What must be used once is
//! taken by one statement that hits one row. No table holds what opens anything: tokens and backup codes are there as
//! digests, passwords as slow hashes, seeds and values of settings sealed. What an operation asks for stands in
//! `domain::permissions`, and is read anew for each call: a role that is taken away is gone at once.

pub mod access;
pub mod deps;
pub mod domain;
pub mod invariants;
pub mod store;

mod handler;
mod staff;
mod upkeep;

use std::sync::Arc;

use axum::Router;
use payment_clients::{
    apis::{
        admin::{
            admin_api, admin_login_activity_api, admin_password_api, admin_preference_api, admin_review_api,
            admin_security_settings_api, admin_session_api, admin_two_factor_api, audit_log_api, permission_api,
            role_api, system_config_api,
        },
        kyc::identity_document_api,
        merchant::merchant_api,
        settlement::settlement_api,
        withdrawal::withdrawal_api,
    },
    contract::error::Result,
};

use crate::{
    host::{Host, Secrets, Started},
    kit::{
        clock::Clock,
        configuration::Configuration,
        ids::Ids,
        limits, not_served,
        password::Passwords,
        store::{Store, Stores},
        tasks::Tasks,
        vault::Vault,
    },
};
use deps::Deps;
use handler::Owners;

/// The name of the first administrator.
pub const FIRST_ADMIN: &str = "admin";

/// The service of staff. Cheap to clone.
#[derive(Clone, Debug)]
pub struct AdminService {
    store: Store,
    deps: Deps,
    vault: Vault,
    passwords: Passwords,
    clock: Clock,
    ids: Ids,
    configuration: Configuration,
    /// Who knows what waits for decisions.
    owners: Arc<Owners>,
}

/// Starts the service.
///
/// # Errors
/// When its store cannot be opened, or the vault has no key.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let (deps, vault) = (Deps::connect(host.platform)?, Vault::of(host.secrets)?);
    let admin = AdminService::open(host.stores, deps, vault, host.clock.clone())?;
    let first = host.secrets.get(Secrets::FIRST_ADMIN)?;
    admin.begin(&first.expose().as_str().into()).await?;
    host.follow(&admin.configuration).await?;
    let reviewed =
        [merchant_api::SERVICE, identity_document_api::SERVICE, settlement_api::SERVICE, withdrawal_api::SERVICE];
    host.uses(&reviewed)?;
    admin.spawn(host.tasks);
    Ok(Started { router: admin.router(), store: admin.store })
}

impl AdminService {
    /// Opens the service's store.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn open(stores: &Stores, deps: Deps, vault: Vault, clock: Clock) -> Result<Self> {
        let store = stores.open("admin", store::MIGRATIONS)?;
        let (passwords, ids) = (Passwords::new()?, Ids::new(clock.clone())?);
        let configuration = Configuration::new(admin_api::SERVICE, &store, &clock);
        Ok(Self { store, deps, vault, passwords, clock, ids, configuration, owners: Arc::default() })
    }

    /// Its routes, behind what knows staff, within the limits of its configuration.
    pub fn router(&self) -> Router {
        let routes = admin_api::router(self.clone())
            .merge(admin_password_api::router(self.clone()))
            .merge(role_api::router(self.clone()))
            .merge(permission_api::router(self.clone()))
            .merge(audit_log_api::router(self.clone()))
            .merge(system_config_api::router(self.clone()))
            .merge(admin_two_factor_api::router(self.clone()))
            .merge(admin_login_activity_api::router(self.clone()))
            .merge(admin_security_settings_api::router(self.clone()))
            .merge(admin_session_api::router(self.clone()))
            .merge(admin_preference_api::router(self.clone()))
            .merge(admin_review_api::router(self.clone()));
        let routes = staff::around(self, routes).merge(not_served::router(&admin_api::SERVICE, access::NOT_SERVED));
        limits::around(routes, &self.configuration)
    }

    /// Its background work: what has expired, and what an older key has sealed.
    pub fn spawn(&self, tasks: &mut Tasks) {
        let admin = self.clone();
        tasks.spawn("admin upkeep", |shutdown| upkeep::work(admin, shutdown));
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
