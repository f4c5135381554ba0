//! `payments demo --day`: the trading day, once or over many seeds.

#[cfg(feature = "mutants")]
use std::ffi::OsString;
use std::{env, fs::File, io, path::Path, process::ExitCode, sync::Arc};

use clap::Args;
use payment_clients::contract::error::{Error, Result};

#[cfg(feature = "mutants")]
use super::mistake;
use super::{Common, Folder, PLATFORM, console::Onlooker, hidden, interrupted, say};
use crate::{
    console::{Mode, Scene},
    day::{self, Plan, report::Report, stage::RELAYED},
    demo::input::Purchases,
    kit::{settings::Settings, telemetry::Telemetry},
    platform::Ports,
    supervisor::{
        plant::{CLOCK, Plant, behind},
        processes::{Program, free_ports},
    },
};

/// Payments of a day, unless somebody asks for more or fewer.
const PAYMENTS: u64 = 2_000;

/// As few as all acts can be played with.
const LEAST: u64 = 100;

/// Arguments of the day.
#[derive(Args)]
pub(super) struct Day {
    /// Play a trading day instead: every service a process of its own, faults on cue, and three books that agree.
    #[arg(long)]
    day: bool,
    /// What happens in the day: the same seed, the same money.
    #[arg(long, requires = "day", default_value_t = 42)]
    seed: u64,
    /// Play so many days, each with the next seed.
    #[arg(long, requires = "day", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    repeat: u64,
}

impl Day {
    /// Whether a day is wanted.
    pub(super) const fn is_wanted(&self) -> bool {
        self.day
    }

    /// Plays one day or several; 2 when something is stuck, missing, or out of balance in any.
    pub(super) async fn run(
        &self,
        common: &Common,
        input: &Path,
        limit: Option<u64>,
        concurrency: usize,
    ) -> Result<ExitCode> {
        let mut settings = common.settings()?;
        // Nobody is told where it is.
        settings.console &= !common.json;
        let onlooker = Onlooker::begin(&mut settings).await?;
        let telemetry = Telemetry::start(&settings.show(PLATFORM, "error"))?;
        let (dir, payments) = (settings.dir.take(), limit.unwrap_or(PAYMENTS));
        if payments < LEAST {
            return Err(Error::configuration(format!("--limit must be at least {LEAST} for a day; it is {payments}")));
        }
        let mut bad = Vec::new();
        for seed in (self.seed..).take(usize::try_from(self.repeat).map_err(Error::internal)?) {
            let rows = Purchases::open(input).map_err(|cause| Error::configuration(cause.to_string()))?;
            let dir =
                dir.as_ref().map(|dir| if self.repeat > 1 { dir.join(format!("seed-{seed}")) } else { dir.clone() });
            let folder = Folder::open(dir.as_deref(), common.fresh)?;
            let report = self.play(seed, rows, (common, &settings, &onlooker), folder, (payments, concurrency)).await?;
            if !report.holds() {
                bad.push(seed);
            }
        }
        telemetry.stop().await;
        if self.repeat > 1 {
            let (days, all) = (self.repeat, self.repeat * payments);
            say(&mut io::stderr(), format_args!("{days} days of {payments} payments, {all} in all; wrong: {bad:?}"));
        }
        Ok(if bad.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }

    async fn play(
        &self,
        seed: u64,
        rows: Purchases<File>,
        (common, settings, onlooker): (&Common, &Settings, &Onlooker),
        mut folder: Folder,
        (payments, concurrency): (u64, usize),
    ) -> Result<Report> {
        if folder.is_resumed() {
            let text =
                format!("{} holds a day already; use --fresh to empty it, or another --dir", folder.path().display());
            return Err(Error::configuration(text));
        }
        let stores = settings.stores(&folder)?;
        let ports = match settings.ports {
            Ports::Auto => free_ports().await?,
            said => said,
        };
        let clock = folder.path().join(CLOCK);
        let refresh = format!("--configuration-refresh-seconds={}", settings.refresh.as_secs());
        let mut words = vec![format!("--bus={}", settings.bus).into(), refresh.into(), "--clock".into(), clock.into()];
        words.extend(settings.shown_alike());
        #[cfg(feature = "mutants")]
        let words = mutated(common, words)?;
        let plan = Plan {
            seed,
            payments: usize::try_from(payments).map_err(Error::internal)?,
            concurrency,
            program: Program {
                path: env::current_exe().map_err(Error::internal)?,
                dir: folder.path().to_owned(),
                variables: hidden(settings, common),
                words,
                ports,
                behind: behind(ports, &RELAYED)?,
            },
            stores,
            bus: settings.bus.clone(),
            told: !common.json,
        };
        if plan.told {
            say(&mut io::stderr(), format_args!("stores in {}; {payments} payments, seed {seed}", plan.stores));
        }
        let mut console = None;
        let open = async |plant: &Arc<Plant>| {
            let scene = Scene {
                mode: Mode::Day,
                urls: plant.urls().clone(),
                stores: plan.stores.clone(),
                dir: plan.program.dir.clone(),
                planted: Some(plan.planted()),
                clock: plant.clock(),
                plant: Some(Arc::clone(plant)),
                traces: onlooker.traces(),
            };
            console = onlooker.open(settings.ports, scene).await;
        };
        // Whoever is asked to stop drops the processes, which kills them.
        let report = tokio::select! {
            report = day::run(&plan, rows, open) => report?,
            asked = interrupted() => {
                let text = "asked to stop; the services are killed, and what they have left can be checked";
                return asked.and(Err(Error::configuration(text)));
            }
        };
        drop(console);
        if common.json {
            let object = serde_json::to_string(&report).map_err(Error::internal)?;
            say(&mut io::stdout(), format_args!("{object}"));
        } else {
            say(&mut io::stdout(), format_args!("{report}"));
        }
        if report.holds() {
            folder.finish()?;
        }
        Ok(report)
    }
}

/// The services make the mistake; who checks them does not.
#[cfg(feature = "mutants")]
pub(super) fn mutated(common: &Common, mut words: Vec<OsString>) -> Result<Vec<OsString>> {
    words.extend(mistake::made(common.mutate)?.map(|mutant| format!("--mutate={mutant}").into()));
    crate::mutants::turn_on(None);
    Ok(words)
}
