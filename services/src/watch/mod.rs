//! What an observer sees of all services at one moment, made of what each tells at `/metrics` and `/health` and of the
//! difference to the look before. The console and `payments top` show the same picture.
//!
//! ```text
//! fetch ──► exposition ──► figures ──► picture
//! ```
//! | file | holds |
//! |---|---|
//! | `fetch` | asks all services at once; nobody waits longer than [`DEADLINE`] for one |
//! | `exposition` | Prometheus' text format, read strictly |
//! | `figures` | what of it is looked at, summed over what nobody tells apart here |
//! | `histogram` | percentiles of the calls between two looks |
//! | `picture` | what is shown |
//! | `table` | a picture as lines of a terminal |
//!
//! All arithmetic is in integers. A rate is in thousandths per second, a time in microseconds.

pub mod exposition;
pub mod picture;
pub mod table;

mod fetch;
mod figures;
mod histogram;

use std::{collections::BTreeMap, time::Duration};

use futures_util::future::join_all;
use payment_clients::contract::error::Result;
use tokio::time::Instant;

use self::{
    fetch::{Answers, Probe},
    figures::Figures,
    picture::{Picture, Service},
};
use crate::{kit::clock::Clock, platform::Urls, registry::Name};

/// Longest time that one look waits for a service: what its health asks may take a second.
pub const DEADLINE: Duration = Duration::from_millis(1500);
/// Most bytes that are read of an answer. Twenty times what a busy gateway tells.
pub const MOST: usize = 4 * 1024 * 1024;

/// Looks at services again and again.
#[derive(Debug)]
pub struct Watch {
    clock: Clock,
    probes: Vec<(Name, Probe)>,
    /// What each told last, and when; of a service that is away, what it told before.
    last: BTreeMap<Name, (Instant, Figures)>,
}

// === impl Watch ===

impl Watch {
    /// Will look at the services at these addresses, such as `http://127.0.0.1:40003`.
    ///
    /// # Errors
    /// When an address cannot be one.
    pub fn new(urls: &Urls) -> Result<Self> {
        let probe = |(name, url): (&Name, &String)| Ok((*name, Probe::new(url)?));
        let probes = urls.iter().map(probe).collect::<Result<_>>()?;
        Ok(Self { clock: Clock::system(), probes, last: BTreeMap::new() })
    }

    /// Looks at all services at once. Rates and times are of what has happened since the last look: the first knows none.
    pub async fn look(&mut self) -> Picture {
        let answers = join_all(self.probes.iter().map(async |(name, probe)| (*name, probe.ask().await))).await;
        let mut picture = Picture { at_ms: self.clock.now(), ..Picture::default() };
        for (name, answers) in answers {
            self.add(&mut picture, name, &answers);
        }
        picture
    }

    /// Adds a service, its calls and what it knows of the ledger.
    fn add(&mut self, picture: &mut Picture, name: Name, answers: &Answers) {
        let mut service = Service::new(name.service().name, answers);
        if let Some(text) = answers.metrics() {
            match Figures::read(text) {
                Ok(figures) => {
                    let last = self.last.get(&name).map(|(at, last)| (answers.at.duration_since(*at), last));
                    let since = figures.since(last);
                    service.fill(&figures, &since);
                    picture.calls.extend(figures.calls(service.name, &since));
                    picture.ledger.extend(figures.ledger());
                    self.last.insert(name, (answers.at, figures));
                }
                Err(error) => service.note(&format!("/metrics cannot be read: {error}")),
            }
        }
        picture.services.push(service);
    }
}
