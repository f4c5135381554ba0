//! risk-service: whether a payment may be tried at all. It owns the checks with their decisions, the rules and the
//! blacklist that decide them, how often each payer was checked, and how payments are reported to have ended; it
//! asks two providers where addresses are, and never waits for them longer than a moment.
//!
//! A check is named by what it checks: a repeat finds the stored decision and counts nothing twice. Only the blacklist
//! and rules refuse; a score by itself asks for a person. The rules are those that are kept here and those of the
//! configuration, in one order of priority; neither lifts what the other refuses.

pub mod access;
pub mod deps;
pub mod domain;
pub mod store;

mod geography;
mod handler;

use axum::Router;
use payment_clients::{
    apis::{
        ip_geo::ip_geo_api,
        risk::{blacklist_api, risk_check_api, risk_rule_api},
    },
    contract::error::Result,
};

use self::deps::Deps;
use crate::{
    host::{Host, Started},
    kit::{
        clock::Clock,
        configuration::Configuration,
        ids::Ids,
        store::{Store, Stores},
    },
};

/// The risk service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Risk {
    store: Store,
    deps: Deps,
    clock: Clock,
    ids: Ids,
    configuration: Configuration,
}

/// Starts the service.
///
/// # Errors
/// When its store cannot be opened.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let risk = Risk::open(host.stores, Deps::connect(host.platform)?, host.clock.clone())?;
    host.follow(&risk.configuration).await?;
    host.uses(&[ip_geo_api::SERVICE])?;
    Ok(Started { router: risk.router(), store: risk.store })
}

impl Risk {
    /// Opens the service's store.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn open(stores: &Stores, deps: Deps, clock: Clock) -> Result<Self> {
        let store = stores.open("risk", store::MIGRATIONS)?;
        let configuration = Configuration::new(risk_check_api::SERVICE, &store, &clock);
        Ok(Self { store, deps, ids: Ids::new(clock.clone())?, clock, configuration })
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        risk_check_api::router(self.clone())
            .merge(risk_rule_api::router(self.clone()))
            .merge(blacklist_api::router(self.clone()))
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
