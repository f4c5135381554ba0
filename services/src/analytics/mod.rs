//! analytics-service: figures about payments, orders and channels. It owns totals of UTC days and nothing else; it
//! hears what they are made of from the gateway, the orders, the accounts and the settlements, takes reports of services
//! that tell it themselves, and calls nobody.
//!
//! ```text
//! event ──┐
//!         ├──► facts ──unit──► what is counted + the totals of its day
//! report ─┘
//! ```
//! Whatever is counted is written down by its name, in the unit that adds it: an event that comes again, a report of
//! what was heard already, and both in any order make the same totals. A fact belongs to the day on which it happened,
//! however late it is heard.
//!
//! | file | does |
//! |---|---|
//! | `domain` | facts, totals and how they add up, periods, shares; pure |
//! | `events` | which facts an event tells |
//! | `store` | what is counted, and the totals |
//! | `invariants` | what always holds of them |
//! | `handler` | figures for those who may see them, and reports |

pub mod access;
pub mod domain;
pub mod events;
pub mod invariants;
pub mod store;

mod handler;

use axum::Router;
use payment_clients::{
    apis::analytics::{
        analytics_event_api, channel_analytics_api, merchant_analytics_api, merchant_statistics_api,
        payment_analytics_api,
    },
    contract::error::Result,
};

use crate::{
    host::{Host, Started},
    kit::{
        clock::Clock,
        configuration::Configuration,
        consumer::Consumer,
        limits, not_served,
        store::{Store, Stores},
    },
};

/// The analytics service. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Analytics {
    store: Store,
    clock: Clock,
    configuration: Configuration,
}

/// Starts the service.
///
/// # Errors
/// When its store cannot be opened, or its events cannot be carried.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let analytics = Analytics::open(host.stores, host.clock.clone())?;
    host.follow(&analytics.configuration).await?;
    events::listen(&analytics, host)?;
    Ok(Started { router: analytics.router(), store: analytics.store })
}

impl Analytics {
    /// Opens the service's store.
    ///
    /// # Errors
    /// When the store cannot be opened.
    pub fn open(stores: &Stores, clock: Clock) -> Result<Self> {
        let store = stores.open("analytics", store::MIGRATIONS)?;
        let configuration = Configuration::new(analytics_event_api::SERVICE, &store, &clock);
        Ok(Self { store, clock, configuration })
    }

    /// Its routes, within the limits of its configuration.
    pub fn router(&self) -> Router {
        let routes = payment_analytics_api::router(self.clone())
            .merge(merchant_analytics_api::router(self.clone()))
            .merge(channel_analytics_api::router(self.clone()))
            .merge(merchant_statistics_api::router(self.clone()))
            .merge(analytics_event_api::router(self.clone()))
            .merge(not_served::router(&analytics_event_api::SERVICE, access::NOT_SERVED));
        limits::around(routes, &self.configuration)
    }

    /// What takes its events, for tests that bring them.
    pub fn consumer(&self) -> Consumer {
        events::consumer(self).build()
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
