//! The console beside whatever else a command does: its collector is there before the first span, and a console that cannot
//! listen is told and stops nobody.

use std::io;

use payment_clients::contract::error::Result;

use super::say;
use crate::{
    collector::{Collector, Traces},
    console::{Console, Mode, Scene},
    kit::settings::Settings,
    platform::{Ports, Setup, Urls},
};

/// What a command needs for a console.
#[derive(Debug, Default)]
pub(super) struct Onlooker {
    wanted: bool,
    collector: Option<Collector>,
}

impl Onlooker {
    /// Whether a console is wanted, and then a collector for it: from now on the settings send spans there, if they do not
    /// send them elsewhere.
    ///
    /// # Errors
    /// When no port is free.
    pub(super) async fn begin(settings: &mut Settings) -> Result<Self> {
        let wanted = settings.console;
        if !wanted || settings.otlp.is_some() {
            return Ok(Self { wanted, collector: None });
        }
        let collector = Collector::listen(0).await?;
        settings.otlp = Some(collector.url());
        Ok(Self { wanted, collector: Some(collector) })
    }

    /// The traces that can be shown; none when they go to a collector of somebody's own.
    pub(super) fn traces(&self) -> Option<Traces> {
        self.collector.as_ref().map(|collector| collector.traces().clone())
    }

    /// As [`open`](Self::open), beside services that run in this process.
    pub(super) async fn open_beside(&self, ports: Ports, setup: &Setup, urls: Urls, mode: Mode) -> Option<Console> {
        let Setup { dir, stores, clock, .. } = setup.clone();
        let traces = self.traces();
        self.open(ports, Scene { mode, urls, stores, dir, planted: None, clock, plant: None, traces }).await
    }

    /// Opens the console and says where it is, or why there is none.
    pub(super) async fn open(&self, ports: Ports, scene: Scene) -> Option<Console> {
        if !self.wanted {
            return None;
        }
        match Console::open(ports, scene).await {
            Ok(console) => {
                say(&mut io::stderr(), format_args!("console {}", console.url()));
                Some(console)
            }
            Err(error) => {
                say(&mut io::stderr(), format_args!("no console: {error}"));
                None
            }
        }
    }
}
