//! accounting-service: the merchants' money. It owns the [`ledger`] and what is booked on it: postings by hand, holds,
//! captures and refunds of payments, which the gateway tells of, settlements and conversions; besides, it keeps invoices and
//! reconciliation sheets, which move nothing. It calls the provider of exchange rates.
//!
//! Whatever moves money is a journal of the ledger, booked in the unit that writes the row which asked for it, so the two
//! cannot disagree. Whoever reads a balance to rely on it places a hold instead.

pub mod access;
pub mod deps;
pub mod domain;
pub mod events;
pub mod figures;
pub mod ledger;
pub mod payments;
pub mod store;

mod handler;
mod rates;

use axum::Router;
use payment_clients::{
    apis::{
        accounting::{
            account_api, account_settlement_api, balance_api, conversion_api, hold_api, invoice_api,
            reconciliation_api, transaction_api,
        },
        exchange_rate::exchange_rate_api,
        payment_gateway::payment_api,
    },
    contract::error::Result,
};

use crate::{
    host::{Host, Started},
    kit::{
        clock::Clock,
        configuration::Configuration,
        ids::Ids,
        not_served,
        store::{Store, Stores},
    },
};
use deps::Deps;

/// The accounting service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Accounting {
    store: Store,
    clock: Clock,
    ids: Ids,
    deps: Deps,
    configuration: Configuration,
}

/// Starts the service.
///
/// # Errors
/// When its store cannot be opened or its events cannot be carried.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let accounting = Accounting::open(host.stores, Deps::connect(host.platform)?, host.clock.clone())?;
    host.follow(&accounting.configuration).await?;
    host.uses(&[payment_api::SERVICE, exchange_rate_api::SERVICE])?;
    events::listen(&accounting, host)?;
    accounting.refresh_rates_in(host.tasks)?;
    host.metrics.read(figures::read);
    let feed = host.publish(account_api::SERVICE.name, &accounting.store)?;
    Ok(Started { router: accounting.router().merge(feed), store: accounting.store })
}

impl Accounting {
    /// Opens the service's store.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn open(stores: &Stores, deps: Deps, clock: Clock) -> Result<Self> {
        let store = stores.open("accounting", store::MIGRATIONS)?;
        let configuration = Configuration::new(account_api::SERVICE, &store, &clock);
        Ok(Self { store, ids: Ids::new(clock.clone())?, deps, clock, configuration })
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        account_api::router(self.clone())
            .merge(transaction_api::router(self.clone()))
            .merge(balance_api::router(self.clone()))
            .merge(hold_api::router(self.clone()))
            .merge(account_settlement_api::router(self.clone()))
            .merge(conversion_api::router(self.clone()))
            .merge(invoice_api::router(self.clone()))
            .merge(reconciliation_api::router(self.clone()))
            .merge(not_served::router(&account_api::SERVICE, access::NOT_SERVED))
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
