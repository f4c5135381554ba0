//! rate-sim: a provider of exchange rates in the outside world. Its rates are whole numbers and never move, so a test
//! can compute by hand what a conversion gives. How it misbehaves is chosen by the key of the account that asks: see
//! [`domain::Mood`].
//!
//! It owns how often it was asked, which a real provider would charge for, and calls nobody.

pub mod access;
pub mod domain;
mod handler;
pub mod store;

use axum::Router;
use payment_clients::{apis::exchange_rate::exchange_rate_api, contract::error::Result};

use crate::{
    host::{Host, Started},
    kit::{
        clock::Clock,
        store::{Store, Stores},
    },
};

/// The provider. Cheap to clone.
#[derive(Clone, Debug)]
pub struct RateSim {
    store: Store,
    clock: Clock,
}

/// Starts the provider.
///
/// # Errors
/// When its book cannot be opened.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let rates = RateSim::open(host.stores, host.clock.clone())?;
    Ok(Started { router: rates.router(), store: rates.store })
}

impl RateSim {
    /// Opens the provider's book.
    ///
    /// # Errors
    /// When the book cannot be opened.
    pub fn open(stores: &Stores, clock: Clock) -> Result<Self> {
        Ok(Self { store: stores.open("rate-sim", store::MIGRATIONS)?, clock })
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        exchange_rate_api::router(self.clone())
    }

    /// Its store, to be closed in the end.
    pub fn store(&self) -> &Store {
        &self.store
    }
}
