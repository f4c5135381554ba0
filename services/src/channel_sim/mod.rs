//! channel-sim: a payment channel of the outside world, in the manner of Stripe and in that of PayPal: two channels for
//! those who call, which know nothing of each other's payments, and one book. It takes every
//! payment it is not told to refuse, and owes a signed webhook for each. How it misbehaves is chosen by the payer's
//! address: see [`domain::Behaviour`].
//!
//! It owns payments, refunds and webhooks to be sent, and calls nobody but the receiver of its webhooks.

pub mod access;
pub mod api;
mod deliver;
pub mod domain;
mod handler;
pub mod lost;
mod paypal;
pub mod store;

use std::sync::Arc;

use axum::Router;
use payment_clients::contract::error::Result;
use tokio::sync::Notify;

use self::{
    api::{channel_sim_api, paypal::paypal_sim_api},
    handler::Handler,
    lost::LostAnswers,
};
pub use self::{deliver::Receiver, handler::Manners};
use crate::{
    host::{Host, Secrets, Started},
    kit::{
        clock::Clock,
        ids::Ids,
        store::{Store, Stores},
        tasks::{self, Stop, Tasks},
    },
};

/// The channel.
pub struct ChannelSim {
    handler: Handler,
    receiver: Option<Receiver>,
    release: Stop,
}

/// Starts the channel.
///
/// # Errors
/// When its book cannot be opened.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let api = Arc::new(host.platform.channel_adapter()?);
    let receiver =
        Receiver { api, secret: host.secrets.get(Secrets::CHANNEL)?, paypal: host.secrets.get(Secrets::PAYPAL)? };
    let channel = ChannelSim::open(host.stores, host.clock.clone(), host.manners, Some(receiver))?;
    let started = Started { router: channel.router(), store: channel.store().clone() };
    channel.spawn(host.tasks);
    Ok(started)
}

impl ChannelSim {
    /// Opens the book. Without a receiver the webhooks stay in the book.
    ///
    /// # Errors
    /// When the book cannot be opened.
    pub fn open(stores: &Stores, clock: Clock, manners: Manners, receiver: Option<Receiver>) -> Result<Self> {
        let (release, shutdown) = tasks::shutdown();
        let handler = Handler {
            store: stores.open("channel-sim", store::MIGRATIONS)?,
            ids: Ids::new(clock.clone())?,
            clock,
            manners,
            lost: LostAnswers::default(),
            shutdown,
            news: Arc::new(Notify::new()),
        };
        Ok(Self { handler, receiver, release })
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        let routes = channel_sim_api::router(self.handler.clone()).merge(paypal_sim_api::router(self.handler.clone()));
        self.handler.lost.around(routes)
    }

    /// Its background work: webhooks, late captures, and answers that are kept back until the shutdown at the latest.
    pub fn spawn(self, tasks: &mut Tasks) {
        let Self { handler, receiver, release } = self;
        tasks.spawn("channel answers kept back", |mut shutdown| async move {
            shutdown.begun().await;
            release.begin();
        });
        if let Some(receiver) = receiver {
            tasks.spawn("channel webhooks", |shutdown| deliver::deliver(handler, receiver, shutdown));
        }
    }

    /// Its store, to be closed in the end.
    pub fn store(&self) -> &Store {
        &self.handler.store
    }
}
