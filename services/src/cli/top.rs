//! `payments top`: all services as they are now, in a terminal, again every second.

use std::{
    io::{self, IsTerminal, Write},
    path::PathBuf,
    pin::pin,
    process::ExitCode,
    time::Duration,
};

use clap::Args;
use payment_clients::contract::error::{Error, Result};
use tokio::time::{Instant, MissedTickBehavior, interval_at, sleep};

use super::{addresses, interrupted, say, screen::Screen};
use crate::{
    kit::settings::Sources,
    platform::{Ports, Urls},
    registry::Name,
    watch::{Watch, table},
};

/// How often it looks.
const EVERY: Duration = Duration::from_secs(1);

/// Arguments of the command.
#[derive(Args)]
pub(super) struct Top {
    /// Where the services listen: at the registered ports (fixed), or from this one on.
    #[arg(long, value_name = "fixed|NUMBER", conflicts_with = "dir")]
    ports: Option<String>,
    /// Folder of a run, whose services have written there where they listen.
    #[arg(long)]
    dir: Option<PathBuf>,
    /// Print one table of the next second and end.
    #[arg(long)]
    once: bool,
    /// With --once: print one JSON object in place of the table.
    #[arg(long, requires = "once")]
    json: bool,
}

// === impl Top ===

impl Top {
    /// Looks until it is told to end: by `q`, Ctrl-C, or, where nobody could see it change, after one table.
    pub(super) async fn run(&self) -> Result<ExitCode> {
        let mut watch = Watch::new(&self.urls()?)?;
        if self.once || !io::stdout().is_terminal() {
            return self.print(&mut watch).await;
        }
        let mut stopped = pin!(interrupted());
        let mut screen = Screen::open()?;
        let mut ticks = interval_at(Instant::now(), EVERY);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            tokio::select! {
                biased;
                stopped = &mut stopped => break stopped?,
                () = screen.quit() => break,
                _ = ticks.tick() => {}
            }
            tokio::select! {
                biased;
                stopped = &mut stopped => break stopped?,
                () = screen.quit() => break,
                picture = watch.look() => screen.show(&table::lines(&picture))?,
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Prints one table. Rates are between two looks.
    async fn print(&self, watch: &mut Watch) -> Result<ExitCode> {
        watch.look().await;
        sleep(EVERY).await;
        let picture = watch.look().await;
        let mut stdout = io::stdout();
        if self.json {
            let object = serde_json::to_string(&picture).map_err(Error::internal)?;
            say(&mut stdout, format_args!("{object}"));
        } else {
            for line in table::lines(&picture) {
                say(&mut stdout, format_args!("{}", line.text.trim_end()));
            }
        }
        stdout.flush().map_err(Error::internal)?;
        Ok(ExitCode::SUCCESS)
    }

    fn urls(&self) -> Result<Urls> {
        if let Some(dir) = &self.dir {
            return addresses::read(dir);
        }
        let ports = Sources::default().flag("ports", self.ports.as_deref()).settings()?.ports;
        let url = |name: &Name| Some((*name, format!("http://127.0.0.1:{}", ports.of(*name)?)));
        let urls: Urls = Name::ALL.iter().filter_map(url).collect();
        if ports == Ports::Auto || urls.is_empty() {
            let text = "--ports auto says nothing about where services listen; name the folder of their run with --dir";
            return Err(Error::configuration(text));
        }
        Ok(urls)
    }
}
