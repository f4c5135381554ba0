//! `payments up`: the whole platform until Ctrl-C, in this process, or each service in a process of its own.

use std::{env, ffi::OsString, io, process::ExitCode, sync::Arc, time::Duration};

use clap::Args;
use payment_clients::contract::error::{Error, Result};
use tokio::time::{MissedTickBehavior, interval};

use super::{Common, Folder, PLATFORM, console::Onlooker, hidden, interrupted, say, serve};
use crate::{
    console::{Mode, Scene},
    kit::{
        clock::{Clock, Dial},
        settings::Settings,
        telemetry::Telemetry,
    },
    platform::{Bound, Ports},
    registry::Name,
    supervisor::{
        plant::{CLOCK, Plant, behind},
        processes::{Program, free_ports},
    },
};

/// Between two looks at whether a process has ended by itself.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Arguments of [`Up::run`].
#[derive(Args)]
pub(super) struct Up {
    /// Run each service as a process of its own, behind a relay: the console can then kill it, cut it off, slow it down, rob
    /// it of its answers, and move the clock of all.
    #[arg(long)]
    processes: bool,
    #[command(flatten)]
    common: Common,
}

impl Up {
    /// Runs all services until Ctrl-C.
    pub(super) async fn run(&self) -> Result<ExitCode> {
        let mut settings = self.common.settings()?;
        let onlooker = Onlooker::begin(&mut settings).await?;
        // What the processes have to say is in their own logs.
        let level = if self.processes { "warn" } else { "info" };
        let telemetry = Telemetry::start(&settings.show(PLATFORM, level))?;
        if self.processes {
            let stopped = Box::pin(self.processes(&settings, &onlooker)).await;
            telemetry.stop().await;
            return stopped.map(|()| ExitCode::SUCCESS);
        }
        let bound = Bound::bind(Name::ALL, settings.ports).await?;
        serve(bound, Clock::system(), settings, self.common.fresh, (telemetry, Some(onlooker)), interrupted()).await
    }

    async fn processes(&self, settings: &Settings, onlooker: &Onlooker) -> Result<()> {
        let ports = match settings.ports {
            Ports::Auto => free_ports().await?,
            said => said,
        };
        let folder = Folder::open(settings.dir.as_deref(), self.common.fresh)?;
        let stores = settings.stores(&folder)?;
        let file = folder.path().join(CLOCK);
        // A run that is continued goes on at the time to which somebody may have moved its clock.
        let now = if file.exists() { Clock::dial(&file)?.now() } else { Clock::system().now() };
        let dial = Dial::new(&file, now)?;
        let program = Program {
            path: env::current_exe().map_err(Error::internal)?,
            dir: folder.path().to_owned(),
            variables: hidden(settings, &self.common),
            words: self.words(settings, &dial)?,
            ports,
            behind: behind(ports, Name::ALL)?,
        };
        let mut asked = std::pin::pin!(interrupted());
        // Whoever is asked to stop before that drops the processes, which kills them.
        let plant = tokio::select! {
            plant = Plant::open(&program, dial) => Arc::new(plant?),
            asked = &mut asked => return asked,
        };
        let scene = Scene {
            mode: Mode::Up,
            urls: plant.urls().clone(),
            stores: stores.clone(),
            dir: folder.path().to_owned(),
            planted: None,
            clock: plant.clock(),
            plant: Some(Arc::clone(&plant)),
            traces: onlooker.traces(),
        };
        let console = onlooker.open(settings.ports, scene).await;
        let many = Name::ALL.len();
        say(&mut io::stderr(), format_args!("{many} processes; stores in {stores}; Ctrl-C stops"));
        let mut ticks = interval(LOOK_EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                asked = &mut asked => {
                    asked?;
                    break;
                }
                _ = ticks.tick() => plant.revive().await?,
            }
        }
        drop(console);
        plant.stop_gently(settings.drain * 2).await.map(drop)
    }

    /// What is said to each process beside where it is.
    fn words(&self, settings: &Settings, dial: &Dial) -> Result<Vec<OsString>> {
        let seconds = |flag: &str, time: Duration| OsString::from(format!("--{flag}={}", time.as_secs()));
        let mut words = vec![
            format!("--bus={}", settings.bus).into(),
            seconds("configuration-refresh-seconds", settings.refresh),
            seconds("drain-seconds", settings.drain),
            "--clock".into(),
            dial.file().into(),
        ];
        words.extend(settings.shown_alike());
        if let Some(file) = &self.common.settings {
            words.extend(["--settings".into(), file.into()]);
        }
        #[cfg(feature = "mutants")]
        let words = super::day::mutated(&self.common, words)?;
        Ok(words)
    }
}
