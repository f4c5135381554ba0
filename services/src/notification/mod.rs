//! notification-service: what merchants and their customers are told. It owns templates, preferences, the merchants'
//! endpoints, and everything that is or was on its way; it calls the endpoints and those who carry e-mail and SMS, and
//! nobody of the platform.
//!
//! ```text
//! event or call ──unit──► a row for each endpoint and way ──worker──► endpoint, or carrier of e-mail and SMS
//! ```
//! What is to be sent is a row before it is sent, written in the unit that notes the event as taken, so none is lost and
//! none is told twice. An attempt that fails is repeated on a schedule and given up with an incident in the end; one whose
//! outcome nobody knows is repeated where the receiver recognises a repeat, and left to somebody where none does.
//!
//! | file | does |
//! |---|---|
//! | `domain` | fields, templates, signatures, schedule, and where an endpoint may be; pure |
//! | `tell` | by which ways a merchant is told, and what |
//! | `events` | what is heard of payments, refunds, orders and settlements |
//! | `worker` | sends what is due |
//! | `carriers` | who carries e-mail and SMS |
//! | `deps` | the outside world |

pub mod access;
pub mod carriers;
pub mod deps;
pub mod domain;
pub mod events;
pub mod store;

mod caller;
mod handler;
mod tell;
mod worker;

use std::{fmt, sync::Arc};

use axum::Router;
use payment_clients::{
    apis::notification::{
        DeliveryChannel, merchant_webhook_api, notification_api, notification_preference_api, notification_template_api,
    },
    contract::error::Result,
    seams::Rng,
};
use tokio::sync::Notify;

use self::{
    carriers::{Carrier, Carriers, Sink},
    deps::{Deps, Network},
    domain::target::Rules,
};
use crate::{
    host::{Host, Started},
    kit::{
        clock::Clock,
        configuration::Configuration,
        consumer::Consumer,
        ids::Ids,
        store::{Store, Stores},
        tasks::Tasks,
        vault::{self, Vault},
    },
};

/// The notification service. Cheap to clone.
#[derive(Clone)]
pub struct Notifications {
    store: Store,
    clock: Clock,
    ids: Ids,
    /// Draws secrets, which nobody may guess.
    rng: Rng,
    vault: Vault,
    configuration: Configuration,
    deps: Deps,
    /// Told when something new is due.
    news: Arc<Notify>,
}

/// Starts the service. What an older key of the vault has sealed is sealed anew first.
///
/// # Errors
/// When its store or its vault cannot be opened, or its events cannot be carried.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let vault = Vault::of(host.secrets)?;
    let outside = |sink| {
        let (courier, carriers) = (Arc::new(Network::default()), Carriers::connect(host.platform, sink)?);
        Ok(Deps { rules: Rules::STRICT, courier, carriers })
    };
    let service = Notifications::open(host.stores, host.clock.clone(), vault, outside)?;
    vault::rotate(&service.store, &service.vault, &[store::SEALED]).await?;
    service.configuration.follow(Arc::new(host.platform.config_service()?), host.tasks).await?;
    events::listen(&service, host)?;
    service.spawn(host.tasks);
    Ok(Started { router: service.router(), store: service.store })
}

impl Notifications {
    /// Opens the service's store. `deps` is given the platform's own sink for e-mail and SMS.
    ///
    /// # Errors
    /// When the store cannot be opened, or `deps` fails.
    pub fn open(stores: &Stores, clock: Clock, vault: Vault, deps: impl FnOnce(Sink) -> Result<Deps>) -> Result<Self> {
        let store = stores.open("notification", store::MIGRATIONS)?;
        let configuration = Configuration::new(notification_api::SERVICE, &store, &clock);
        let deps = deps(Sink { store: store.clone(), clock: clock.clone() })?;
        let (ids, rng, news) = (Ids::new(clock.clone())?, Rng::system()?, Arc::default());
        Ok(Self { store, clock, ids, rng, vault, configuration, deps, news })
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        notification_api::router(self.clone())
            .merge(notification_template_api::router(self.clone()))
            .merge(notification_preference_api::router(self.clone()))
            .merge(merchant_webhook_api::router(self.clone()))
    }

    /// Its background work: what is due is sent.
    pub fn spawn(&self, tasks: &mut Tasks) {
        let service = self.clone();
        tasks.spawn("notification worker", |shutdown| worker::work(service, shutdown));
    }

    /// What takes its events, for tests that bring them.
    pub fn consumer(&self) -> Consumer {
        events::consumer(self).build()
    }

    /// Who carries messages of a way, as it is configured now.
    fn carrier(&self, channel: &DeliveryChannel) -> Arc<dyn Carrier> {
        self.deps.carriers.of(channel, &self.configuration.current())
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

impl fmt::Debug for Notifications {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Notifications").field("store", &self.store).finish_non_exhaustive()
    }
}
