//! order-service: what is bought, apart from how it is paid. It owns the orders with their lines, every step they have
//! taken, and the figures added up from them; it calls nobody.
//!
//! Steps of a saga (create, cancel, pay, refund) are keyed and take effect in the commit that keeps their answer. The
//! status of an order changes in one place, [`store::apply`], and never contradicts what was paid.

pub mod access;
pub mod domain;
pub mod events;
pub mod invariants;
pub mod store;

mod handler;
mod statistics;

use axum::Router;
use payment_clients::{
    apis::order::{order_api, order_statistics_api},
    contract::error::Result,
};

use crate::{
    host::{Host, Started},
    kit::{
        clock::Clock,
        configuration::Configuration,
        ids::Ids,
        store::{Store, Stores},
    },
};

/// The order service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Orders {
    store: Store,
    clock: Clock,
    ids: Ids,
    configuration: Configuration,
}

/// Starts the service.
///
/// # Errors
/// When its store cannot be opened.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let orders = Orders::open(host.stores, host.clock.clone())?;
    host.follow(&orders.configuration).await?;
    let feed = host.publish(order_api::SERVICE.name, &orders.store)?;
    Ok(Started { router: orders.router().merge(feed), store: orders.store })
}

impl Orders {
    /// Opens the service's store.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn open(stores: &Stores, clock: Clock) -> Result<Self> {
        let store = stores.open("order", store::MIGRATIONS)?;
        let configuration = Configuration::new(order_api::SERVICE, &store, &clock);
        Ok(Self { store, ids: Ids::new(clock.clone())?, clock, configuration })
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        order_api::router(self.clone()).merge(order_statistics_api::router(self.clone()))
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
