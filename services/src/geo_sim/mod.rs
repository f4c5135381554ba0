//! geo-sim: two providers of places of IP addresses in the outside world. They know the networks that are reserved for
//! examples. How they misbehave is chosen by the address that is asked about: see [`domain::Behaviour`].
//!
//! It owns how often each was asked, which a real provider would charge for, and calls nobody.

pub mod access;
pub mod api;
pub mod domain;
mod handler;
pub mod store;

use axum::Router;
use payment_clients::{apis::ip_geo::ip_geo_api, contract::error::Result};

use self::api::second_geo_api;
use crate::{
    host::{Host, Started},
    kit::{
        clock::Clock,
        store::{Store, Stores},
    },
};

/// The providers. Cheap to clone.
#[derive(Clone, Debug)]
pub struct GeoSim {
    store: Store,
    clock: Clock,
}

/// Starts the providers.
///
/// # Errors
/// When their book cannot be opened.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let places = GeoSim::open(host.stores, host.clock.clone())?;
    Ok(Started { router: places.router(), store: places.store })
}

impl GeoSim {
    /// Opens the providers' book.
    ///
    /// # Errors
    /// When the book cannot be opened.
    pub fn open(stores: &Stores, clock: Clock) -> Result<Self> {
        Ok(Self { store: stores.open("geo-sim", store::MIGRATIONS)?, clock })
    }

    /// Their routes.
    pub fn router(&self) -> Router {
        ip_geo_api::router(self.clone()).merge(second_geo_api::router(self.clone()))
    }

    /// Their store, to be closed in the end.
    pub fn store(&self) -> &Store {
        &self.store
    }
}
