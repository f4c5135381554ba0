//! `payments demo`: starts the platform, pays a file of purchases, stops it, and compares the books.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    process::ExitCode,
    sync::Arc,
    time::Duration,
};

use clap::Args;
use payment_clients::{
    apis::{ids::MerchantId, payment_gateway::PaymentApi},
    contract::error::{Error, Result},
    observe::recorder::{Counters, Recorder},
    platform::PaymentGatewayClient,
};
use tokio::time::Instant;

#[cfg(feature = "mutants")]
use super::mistake::{self, Mistake};
use super::{Common, Folder, PLATFORM, addresses, console::Onlooker, day::Day, interrupted, say};
use crate::{
    check,
    console::Mode,
    demo::{
        self, books,
        history::History,
        input::Purchases,
        merchant,
        report::{Http, Report},
        run::{Driver, Plan},
        tally::Tally,
    },
    host::Secrets,
    kit::{clock::Clock, store::Stores, telemetry::Telemetry},
    platform::{Bound, Setup, clients},
    registry::Name,
};

/// Who pays.
const SHOP: &str = "CD shop";
/// Differences between the books that are told one by one.
const TOLD: usize = 20;
/// Longest time without progress before what is open counts as unknown.
const PATIENCE: Duration = Duration::from_secs(30);

/// Between two looks at whether everything has come to rest.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Arguments of the demo.
#[derive(Args)]
pub(super) struct Demo {
    /// CSV file with the columns customer_id, date, quantity, amount_minor and currency.
    #[arg(long, default_value = "examples/data/purchases-2000.csv")]
    input: PathBuf,
    /// Pay only the first rows.
    #[arg(long)]
    limit: Option<u64>,
    /// Most payments asked for at once.
    #[arg(long, default_value_t = 64)]
    concurrency: usize,
    #[command(flatten)]
    day: Day,
    #[command(flatten)]
    common: Common,
}

impl Demo {
    /// Runs the demo; 2 when the books do not agree.
    pub(super) async fn run(self) -> Result<ExitCode> {
        #[cfg(feature = "mutants")]
        if let Some(Mistake::List) = self.common.mutate {
            say(&mut io::stdout(), format_args!("{}", mistake::list()));
            return Ok(ExitCode::SUCCESS);
        }
        if self.day.is_wanted() {
            return self.day.run(&self.common, &self.input, self.limit, self.concurrency).await;
        }
        let rows = Purchases::open(&self.input).map_err(|cause| Error::configuration(cause.to_string()))?;
        let mut settings = self.common.settings()?;
        // Nobody is told where it is.
        settings.console &= !self.common.json;
        let onlooker = Onlooker::begin(&mut settings).await?;
        let telemetry = Telemetry::start(&settings.show(PLATFORM, "error"))?;
        let bound = Bound::bind(Name::ALL, settings.ports).await?;
        let mut folder = Folder::open(settings.dir.as_deref(), self.common.fresh)?;
        folder.refuse_finished()?;
        let stores = settings.stores(&folder)?;
        if !self.common.json {
            let verb = if folder.is_resumed() { "continuing the run in" } else { "stores in" };
            say(&mut io::stderr(), format_args!("{verb} {stores}"));
        }
        let counters = Arc::new(Counters::default());
        let recorder: Arc<dyn Recorder> = counters.clone();
        let setup = Setup {
            bus: settings.bus.clone(),
            quotas: settings.quotas.clone(),
            recorder: Some(Arc::clone(&recorder)),
            timing: settings.timing(),
            ..Setup::new(folder.path(), stores.clone(), Clock::system())
        };
        let (names, urls) = (bound.names(), bound.urls()?);
        let running = bound.start(&setup).await?;
        addresses::write(folder.path(), &names, &urls)?;
        let shop = merchant::admit(&urls, &Secrets::open(folder.path())?, &setup.clock, SHOP).await?;
        let console = onlooker.open_beside(settings.ports, &setup, urls.clone(), Mode::Demo).await;
        let signed = |name| (name == Name::PaymentGateway).then(|| Arc::clone(&shop.signer));
        let client = clients(&urls, Some(&recorder), signed)?.payment_gateway()?;
        let history = History::open(folder.path())?;
        let (tally, elapsed) = self.pay(rows, (folder.run_id(), &history), shop.id, client).await?;
        quiet(&stores).await?;
        if self.common.stay {
            say(&mut io::stderr(), format_args!("paid; the services stay until Ctrl-C"));
            interrupted().await?;
        }
        drop(console);
        running.stop().await?;
        telemetry.stop().await;
        let books = books::read(&stores)?;
        let differences = books::differences(&stores, TOLD)?;
        let report = Report::new(tally, books, differences, Http::from(&*counters), elapsed);
        self.tell(&report)?;
        if !report.holds() {
            return Ok(ExitCode::from(2));
        }
        folder.finish()?;
        Ok(ExitCode::SUCCESS)
    }

    /// Pays every row and waits until each payment is final.
    async fn pay(
        &self,
        rows: Purchases<std::fs::File>,
        (run_id, history): (&str, &History),
        merchant_id: MerchantId,
        client: PaymentGatewayClient,
    ) -> Result<(Tally, Duration)> {
        let gateway: Arc<dyn PaymentApi> = Arc::new(client);
        let plan = Plan {
            run_id: run_id.to_owned(),
            merchant_id,
            concurrency: self.concurrency,
            limit: self.limit,
            patience: PATIENCE,
        };
        let bar = demo::progress(&self.input, self.limit, !self.common.json && io::stderr().is_terminal());
        let driver = Driver::new(gateway, &plan, &bar).writing(history);
        let begun = Instant::now();
        let paid = driver.pay(rows, &mut io::stderr()).await;
        let mut tally = paid.map_err(|cause| Error::configuration(cause.to_string()))?;
        driver.settle(&mut tally).await?;
        bar.finish_and_clear();
        Ok((tally, begun.elapsed()))
    }

    fn tell(&self, report: &Report) -> Result<()> {
        if self.common.json {
            let object = serde_json::to_string(report).map_err(Error::internal)?;
            say(&mut io::stdout(), format_args!("{object}"));
        } else {
            say(&mut io::stdout(), format_args!("{report}"));
        }
        Ok(())
    }
}

/// Waits until nothing is on its way, so that every service has heard of every payment.
async fn quiet(stores: &Stores) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < PATIENCE {
        let stores = stores.clone();
        if tokio::task::spawn_blocking(move || check::is_at_rest(&stores)).await.map_err(Error::internal)?? {
            break;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    Ok(())
}
