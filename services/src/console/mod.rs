//! The console: one page that shows what the platform does at this moment, and lets whoever watches break it.
//!
//! ```text
//! watch, stores, plant ──► feed ──► one frame a second ──► every browser
//!                 page ──► controls ──► shop, plant, channel ──► journal ──► the next frame
//! ```
//! | file | part |
//! |---|---|
//! | `feed` | looks once a second while somebody watches, and says it once for all browsers |
//! | `frame` | what a browser is sent |
//! | `journal` | what was done here, and what was seen to happen: the page's log |
//! | `checks` | the invariants, checked now and then while nothing moves |
//! | `payments` | the latest payments, from the gateway's store |
//! | `shop` | a shop of the console's own, which pays through the typed client |
//! | `webhooks` | says again what the channel has said before |
//! | `routes` | the page, the stream of frames, and the controls |
//! | `guard` | who may use them: this machine's own page, and nobody else's |
//! | `bundle` | the page itself, within the program |
//!
//! It listens on this machine only. Nothing of it is kept: it reads what the services have, and calls them as anybody else
//! does.

mod bundle;
mod checks;
mod feed;
mod frame;
mod guard;
mod journal;
mod payments;
mod routes;
mod shop;
mod webhooks;

use std::{path::PathBuf, sync::Arc};

use payment_clients::contract::error::{Error, Result};
use serde::Serialize;
use tokio::{net::TcpListener, task::JoinSet};

use self::{checks::Checks, feed::Feed, guard::Guard, journal::Journal, shop::Shop};
use crate::{
    collector::Traces,
    host::Secrets,
    kit::{
        clock::Clock,
        store::Stores,
        tasks::{Shutdown, Stop, shutdown},
    },
    platform::{Ports, Urls},
    supervisor::plant::Plant,
};

/// Where it listens, unless any free port will do.
pub const PORT: u16 = 40_000;

/// What is being shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// The platform, which runs until it is asked to stop.
    Up,
    /// A demo that pays by itself and compares books in the end.
    Demo,
    /// A trading day, with its own clock and its own faults.
    Day,
}

/// What the console looks at, and has in hand.
#[derive(Clone, Debug)]
pub struct Scene {
    /// What is being shown.
    pub mode: Mode,
    /// Where the services are.
    pub urls: Urls,
    /// Where their stores are.
    pub stores: Stores,
    /// The folder of the run.
    pub dir: PathBuf,
    /// Texts, one a line, that no file of the run may hold, where somebody has planted any.
    pub planted: Option<PathBuf>,
    /// Their time.
    pub clock: Clock,
    /// Their processes, where they are any.
    pub plant: Option<Arc<Plant>>,
    /// Their traces, where they are sent here.
    pub traces: Option<Traces>,
}

/// A console that listens until it is dropped.
#[derive(Debug)]
pub struct Console {
    url: String,
    /// Begins to close what browsers still hold open, and what goes on paying.
    _closing: Stop,
    /// Ends with the console.
    _running: JoinSet<()>,
}

/// What the parts of the console share.
#[derive(Debug)]
struct Desk {
    scene: Scene,
    secrets: Secrets,
    journal: Journal,
    checks: Checks,
    shop: Shop,
    closing: Shutdown,
}

impl Console {
    /// Opens the console on [`PORT`], or on any port with [`Ports::Auto`]. The services must answer already.
    ///
    /// # Errors
    /// When the port is taken, or the run's secrets cannot be read; the text says what to do.
    pub async fn open(ports: Ports, scene: Scene) -> Result<Self> {
        let port = if ports == Ports::Auto { 0 } else { PORT };
        let listener = TcpListener::bind(("127.0.0.1", port)).await.map_err(|cause| {
            let remedy = "stop what listens there, or use --ports auto or --console off";
            Error::configuration(format!("the console cannot listen on port {port}: {cause}; {remedy}"))
        })?;
        let port = listener.local_addr().map_err(Error::internal)?.port();
        let (stop, closing) = shutdown();
        let desk = Arc::new(Desk {
            secrets: Secrets::open(&scene.dir)?,
            journal: Journal::new(),
            checks: Checks::default(),
            shop: Shop::default(),
            closing,
            scene,
        });
        let (feed, guard) = (Feed::new(), Guard::new(port)?);
        let routes = routes::routes(Arc::clone(&desk), feed.clone(), guard);
        let mut running = JoinSet::new();
        running.spawn(async move { feed.run(desk).await });
        running.spawn(async move {
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::error!(%error, "the console has ended");
            }
        });
        Ok(Self { url: format!("http://127.0.0.1:{port}"), _closing: stop, _running: running })
    }

    /// Where it is, such as `http://127.0.0.1:40000`.
    pub fn url(&self) -> &str {
        &self.url
    }
}
