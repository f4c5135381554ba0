//! merchant-service: who the merchants are, and on what terms they do business. It owns merchants with their API keys,
//! settlement accounts, channels, limits, fees, people and papers, and every step that one of these has taken. For a login
//! by e-mail address it calls merchant-auth-service, for terms that are kept elsewhere merchant-config-service, and for a
//! dashboard those who know its figures (`figures`).
//!
//! A merchant sees what is its own and nothing more; staff and services of the platform decide: whether a merchant may do
//! business, whether its papers are in order, which account may be paid to. Secrets of keys, credentials of channels and
//! numbers of accounts lie sealed in the store, passwords hashed, and an answer shows a secret once, when it is made.

pub mod access;
pub mod domain;
pub mod invariants;
pub mod store;

mod deps;
mod figures;
mod handler;

use std::sync::Arc;

use axum::Router;
use payment_clients::{
    apis::{
        accounting::balance_api,
        analytics::merchant_statistics_api,
        kyc::identity_document_api,
        merchant::{
            api_key_api, api_key_internal_api, merchant_api, merchant_dashboard_api, merchant_internal_api,
            merchant_user_api, own_channel_api, own_document_api, own_fee_api, own_limit_api, own_qualification_api,
            settlement_account_api,
        },
        merchant_auth::merchant_login_api,
        merchant_config::merchant_fee_api,
        notification::notification_api,
        payment_gateway::payment_api,
        risk::risk_check_api,
        settlement::settlement_api,
        withdrawal::withdrawal_api,
    },
    contract::{error::Result, operation::Service},
    seams::Rng,
};

pub use self::deps::{Deps, Sources};
use self::figures::Figures;
use crate::{
    host::{Host, Started},
    kit::{
        clock::Clock,
        configuration::Configuration,
        ids::Ids,
        limits,
        password::Passwords,
        store::{Store, Stores},
        vault::{self, Vault},
    },
};

/// The merchant service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Merchants {
    store: Store,
    clock: Clock,
    ids: Ids,
    /// Draws keys and their secrets, which nobody may guess.
    rng: Rng,
    vault: Vault,
    passwords: Passwords,
    deps: Deps,
    /// What others know of a merchant, and knew.
    figures: Arc<Figures>,
    configuration: Configuration,
}

/// Those without whom something is missing: a login, terms, a part of a dashboard.
const USED: &[Service] = &[
    merchant_login_api::SERVICE,
    merchant_fee_api::SERVICE,
    payment_api::SERVICE,
    merchant_statistics_api::SERVICE,
    balance_api::SERVICE,
    settlement_api::SERVICE,
    withdrawal_api::SERVICE,
    identity_document_api::SERVICE,
    risk_check_api::SERVICE,
    notification_api::SERVICE,
];

/// Starts the service. What an older key of the vault has sealed is sealed anew first.
///
/// # Errors
/// When its store or its vault cannot be opened.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let (vault, deps) = (Vault::of(host.secrets)?, Deps::connect(host.platform)?);
    let merchants = Merchants::open(host.stores, host.clock.clone(), vault, deps)?;
    host.uses(USED)?;
    merchants.reseal().await?;
    host.follow(&merchants.configuration).await?;
    let feed = host.publish(merchant_api::SERVICE.name, &merchants.store)?;
    Ok(Started { router: merchants.router().merge(feed), store: merchants.store })
}

impl Merchants {
    /// Opens the service's store.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn open(stores: &Stores, clock: Clock, vault: Vault, deps: Deps) -> Result<Self> {
        let store = stores.open("merchant", store::MIGRATIONS)?;
        let (ids, rng, passwords) = (Ids::new(clock.clone())?, Rng::system()?, Passwords::new()?);
        let configuration = Configuration::new(merchant_api::SERVICE, &store, &clock);
        let figures = Arc::new(Figures::new(deps.sources.clone(), clock.clone()));
        Ok(Self { store, clock, ids, rng, vault, passwords, deps, figures, configuration })
    }

    /// Its routes, within the limits of its configuration.
    pub fn router(&self) -> Router {
        let routes = merchant_api::router(self.clone())
            .merge(merchant_internal_api::router(self.clone()))
            .merge(api_key_api::router(self.clone()))
            .merge(api_key_internal_api::router(self.clone()))
            .merge(settlement_account_api::router(self.clone()))
            .merge(own_channel_api::router(self.clone()))
            .merge(own_limit_api::router(self.clone()))
            .merge(own_fee_api::router(self.clone()))
            .merge(merchant_user_api::router(self.clone()))
            .merge(own_document_api::router(self.clone()))
            .merge(own_qualification_api::router(self.clone()))
            .merge(merchant_dashboard_api::router(self.clone()));
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
