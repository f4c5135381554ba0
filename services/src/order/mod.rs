//! order-service: what is bought, apart from how it is paid. It owns the orders with their lines, every step they have
//! taken, and the figures added up from them; it calls nobody.
//!
//! Steps of a saga (create, cancel, pay, refund) are keyed and take effect in the commit that keeps their answer. The
//! status of an order changes in one place, [`store::apply`], and never contradicts what was paid.

pub mod domain;
pub mod store;

mod handler;
mod statistics;

use std::path::Path;

use axum::Router;
use payment_clients::{
    apis::order::{order_api, order_statistics_api},
    contract::error::Result,
};

use crate::kit::{clock::Clock, ids::Ids, store::Store};

/// The order service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Orders {
    store: Store,
    clock: Clock,
    ids: Ids,
}

impl Orders {
    /// Opens the service's store in `dir`.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn open(dir: &Path, clock: Clock) -> Result<Self> {
        let store = Store::open(&dir.join("order.db"), "order", store::MIGRATIONS)?;
        Ok(Self { store, ids: Ids::new(clock.clone())?, clock })
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        order_api::router(self.clone()).merge(order_statistics_api::router(self.clone()))
    }

    /// Its store, to be closed in the end.
    pub fn store(&self) -> &Store {
        &self.store
    }
}
