//! The services of this program, each a process of its own with its own store, and a merchant that has been let in.

use std::{collections::BTreeMap, env, path::Path, sync::Arc, time::Duration};

use payment_services::{
    cli::folder::Folder,
    demo::merchant,
    host::Secrets,
    kit::clock::Clock,
    platform::{Urls, clients},
    registry::Name,
    supervisor::processes::{Fleet, Program, free_ports},
};
use tokio::time::{Instant, sleep};

use super::{
    Outcome,
    figures::{Counted, Look},
    load::Customer,
    processor::Processor,
};

/// The platform under load.
pub struct Stage {
    fleet: Fleet,
    urls: Urls,
    scraper: reqwest::Client,
}

/// Who sells.
const SHOP: &str = "Bench";
/// Longest time until all services answer, and until one has stopped.
const BOOT: Duration = Duration::from_secs(60);
const STOP: Duration = Duration::from_secs(20);
/// Longest time until everything has come to rest after a round.
const REST: Duration = Duration::from_secs(120);
/// Between two looks whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(500);
/// Units between two looks that no payment causes: services also tidy up and read their configuration.
const UPKEEP: f64 = 5.0;

impl Stage {
    /// Starts all services with their stores in this folder, and lets a merchant in.
    ///
    /// # Errors
    /// When one cannot be started or does not answer, or the merchant is refused.
    pub async fn open(dir: &Path) -> Outcome<(Self, Customer)> {
        let folder = Folder::open(Some(dir), false)?;
        // This program again, so that client and services are of one build.
        let program = Program {
            path: env::current_exe()?,
            dir: folder.path().to_owned(),
            variables: BTreeMap::new(),
            words: Vec::new(),
            ports: free_ports().await?,
            behind: BTreeMap::new(),
        };
        let urls = program.urls();
        let mut fleet = Fleet::start(program)?;
        fleet.ready(BOOT).await?;
        let shop = merchant::admit(&urls, &Secrets::open(dir)?, &Clock::system(), SHOP).await?;
        let signed = |name| (name == Name::PaymentGateway).then(|| Arc::clone(&shop.signer));
        let customer = Customer::new(clients(&urls, None, signed)?.payment_gateway()?, shop.id);
        let scraper = reqwest::Client::builder().no_proxy().tls_certs_only([]).build()?;
        Ok((Self { fleet, urls, scraper }, customer))
    }

    /// What everybody has spent and counted so far.
    ///
    /// # Errors
    /// When a service has ended or does not answer.
    pub async fn look(&self) -> Outcome<Look> {
        let mut services = BTreeMap::new();
        for (name, id) in self.fleet.ids() {
            services.insert(name, (Processor::of(&id.to_string())?, self.counted(name).await?));
        }
        Ok(Look { services, client: Processor::of("self")? })
    }

    /// Waits until nothing is open and nothing is written any more, and says how long that took.
    ///
    /// # Errors
    /// When it does not come, or a service does not answer.
    pub async fn rest(&self) -> Outcome<Duration> {
        let (begun, mut written) = (Instant::now(), f64::NEG_INFINITY);
        while begun.elapsed() < REST {
            let mut all = Counted::default();
            for name in Name::ALL {
                all.add(&self.counted(*name).await?);
            }
            if all.open == 0.0 && all.units - written <= UPKEEP {
                // The last look has only confirmed what was so before it.
                return Ok(begun.elapsed().saturating_sub(LOOK_EVERY));
            }
            written = all.units;
            sleep(LOOK_EVERY).await;
        }
        Err(format!("the services do not come to rest within {} seconds", REST.as_secs()).into())
    }

    /// Stops all services.
    ///
    /// # Errors
    /// When one cannot be asked to.
    pub async fn close(mut self) -> Outcome<()> {
        Ok(self.fleet.stop_gently(STOP).await?)
    }

    async fn counted(&self, name: Name) -> Outcome<Counted> {
        let answer = self.scraper.get(format!("{}/metrics", self.urls[&name])).send().await;
        let answer = answer.and_then(reqwest::Response::error_for_status);
        Ok(Counted::read(&answer.map_err(|cause| format!("{name} does not tell its figures: {cause}"))?.text().await?))
    }
}
