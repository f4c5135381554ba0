//! `payments drill`: starts every service as a process of its own, kills them at random while they work, and checks what
//! is left.

use std::{collections::BTreeMap, env, io, process::ExitCode};

use clap::Args;
use payment_clients::contract::error::{Error, Result};

use super::{Common, Folder, PLATFORM, hidden, interrupted, say};
use crate::{
    drill::{self, Plan},
    kit::telemetry::Telemetry,
    platform::Ports,
    supervisor::processes::{Program, free_ports},
};

/// Arguments of the drill.
#[derive(Args)]
pub(super) struct Drill {
    /// How many times processes are killed.
    #[arg(long, default_value_t = 50)]
    kills: u32,
    /// Which processes, and when: the same seed kills the same ones.
    #[arg(long, default_value_t = 7)]
    seed: u64,
    #[command(flatten)]
    common: Common,
}

impl Drill {
    /// Runs the drill; 2 when something is stuck, missing, or out of balance.
    pub(super) async fn run(self) -> Result<ExitCode> {
        let settings = self.common.settings()?;
        let telemetry = Telemetry::start(&settings.show(PLATFORM, "error"))?;
        let ports = match settings.ports {
            Ports::Auto => free_ports().await?,
            said => said,
        };
        let mut folder = Folder::open(settings.dir.as_deref(), self.common.fresh)?;
        folder.refuse_finished()?;
        let stores = settings.stores(&folder)?;
        let refresh = format!("--configuration-refresh-seconds={}", settings.refresh.as_secs());
        let mut words = vec![format!("--bus={}", settings.bus).into(), refresh.into()];
        words.extend(settings.shown_alike());
        #[cfg(feature = "mutants")]
        let words = super::day::mutated(&self.common, words)?;
        let plan = Plan {
            kills: self.kills,
            seed: self.seed,
            program: Program {
                path: env::current_exe().map_err(Error::internal)?,
                dir: folder.path().to_owned(),
                variables: hidden(&settings, &self.common),
                words,
                ports,
                behind: BTreeMap::new(),
            },
            stores,
        };
        say(&mut io::stderr(), format_args!("stores in {}; {} kills, seed {}", plan.stores, plan.kills, plan.seed));
        // Whoever is asked to stop drops the processes, which kills them.
        let report = tokio::select! {
            report = drill::run(&plan) => report?,
            asked = interrupted() => {
                let text = "asked to stop; the services are killed, and what they have left can be checked";
                return asked.and(Err(Error::configuration(text)));
            }
        };
        telemetry.stop().await;
        say(&mut io::stdout(), format_args!("{report}"));
        if !report.holds() {
            return Ok(ExitCode::from(2));
        }
        folder.finish()?;
        Ok(ExitCode::SUCCESS)
    }
}
