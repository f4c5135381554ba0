//! bank-sim: the platform's bank in the outside world. It keeps its own book of the platform's accounts, pays every
//! transfer that it is not told to refuse, and lists each movement on a statement. How it misbehaves is chosen by the
//! holder of the receiving account: see [`domain::Behaviour`].
//!
//! It owns transfers, the balances that they draw on and the statement, and calls nobody. The platform's accounts begin
//! at nothing and may be overdrawn: what the channels pay in is not its business.

pub mod access;
pub mod api;
pub mod domain;
mod handler;
pub mod invariants;
pub mod store;

use axum::Router;
use payment_clients::{apis::bank_transfer::bank_transfer_api, contract::error::Result};

use self::{api::bank_statement_api, handler::Handler};
use crate::{
    channel_sim::{Manners, lost::LostAnswers},
    host::{Host, Started},
    kit::{
        clock::Clock,
        ids::Ids,
        not_served,
        store::{Store, Stores},
        tasks::{self, Stop, Tasks},
    },
};

/// The bank.
pub struct BankSim {
    handler: Handler,
    release: Stop,
}

/// Starts the bank.
///
/// # Errors
/// When its book cannot be opened.
pub async fn start(host: &mut Host<'_>) -> Result<Started> {
    let bank = BankSim::open(host.stores, host.clock.clone(), host.manners)?;
    let started = Started { router: bank.router(), store: bank.store().clone() };
    bank.spawn(host.tasks);
    Ok(started)
}

impl BankSim {
    /// Opens the book.
    ///
    /// # Errors
    /// When the book cannot be opened.
    pub fn open(stores: &Stores, clock: Clock, manners: Manners) -> Result<Self> {
        let (release, shutdown) = tasks::shutdown();
        let store = stores.open("bank-sim", store::MIGRATIONS)?;
        let ids = Ids::new(clock.clone())?;
        let handler = Handler { store, clock, ids, manners, lost: LostAnswers::default(), shutdown };
        Ok(Self { handler, release })
    }

    /// Its routes.
    pub fn router(&self) -> Router {
        let routes = bank_transfer_api::router(self.handler.clone())
            .merge(bank_statement_api::router(self.handler.clone()))
            .merge(not_served::router(&bank_transfer_api::SERVICE, access::NOT_SERVED));
        self.handler.lost.around(routes)
    }

    /// Its background work: answers that are kept back until the shutdown at the latest.
    pub fn spawn(self, tasks: &mut Tasks) {
        tasks.spawn("bank answers kept back", |mut shutdown| async move {
            shutdown.begun().await;
            self.release.begin();
        });
    }

    /// Its store, to be closed in the end.
    pub fn store(&self) -> &Store {
        &self.handler.store
    }
}
