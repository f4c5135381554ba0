//! What an operator looks at: the settings that are in force, and what waits for a person.

use std::{io, path::PathBuf, process::ExitCode, time::Duration};

use clap::Args;
use payment_clients::contract::{error::Result, secret::Secret};

use super::{Common, say};
use crate::kit::{
    clock::Clock,
    incident::{self, Incident},
    store::Stores,
};

/// What leaves nobody to wait for.
pub(super) const ATTENTION: u8 = 2;

/// Arguments of `payments incidents`.
#[derive(Args)]
pub(super) struct Incidents {
    /// Folder of the stores.
    #[arg(required_unless_present = "store")]
    dir: Option<PathBuf>,
    /// Stores elsewhere: postgres://user:password@host:port/database.
    #[arg(long, env = "PAYMENTS_STORE", hide_env_values = true)]
    store: Option<Secret<String>>,
}

/// Prints each setting with its value and who said so.
pub(super) fn settings(common: &Common) -> Result<ExitCode> {
    let settings = common.settings()?;
    for line in settings.lines() {
        let value = if line.value.is_empty() { "(none)" } else { &line.value };
        say(&mut io::stdout(), format_args!("{} = {value}    from {}; {}", line.name, line.origin, line.about));
    }
    Ok(ExitCode::SUCCESS)
}

impl Incidents {
    /// Lists the open incidents of all stores, whether their services run or not; 2 when there are any.
    pub(super) fn run(&self) -> Result<ExitCode> {
        let stores = match (&self.dir, &self.store) {
            (Some(dir), _) => Stores::folder(dir),
            (None, Some(store)) => store.expose().parse()?,
            (None, None) => Stores::folder("."),
        };
        let now = Clock::system().now();
        let mut count = 0_usize;
        for store in stores.names()? {
            for Incident { subject, reason, detail, opened_at } in stores.book(&store)?.read(incident::listed)? {
                count += 1;
                let age = age(opened_at, now);
                say(&mut io::stdout(), format_args!("{store}: {reason} {subject}, open for {age}: {detail}"));
                say(&mut io::stdout(), format_args!("  remedy: {}", incident::remedy(&reason)));
            }
        }
        say(&mut io::stdout(), format_args!("{count} open incidents in {stores}"));
        Ok(if count == 0 { ExitCode::SUCCESS } else { ATTENTION.into() })
    }
}

/// How long ago that was, in the largest unit that is full.
pub(super) fn age(since: i64, now: i64) -> String {
    let open = Duration::from_millis(u64::try_from(now.saturating_sub(since)).unwrap_or_default());
    let units = [(86_400, "d"), (3_600, "h"), (60, "min")];
    let seconds = open.as_secs();
    let full = units.iter().find(|(length, _)| seconds >= *length);
    full.map_or_else(|| format!("{seconds} s"), |(length, unit)| format!("{} {unit}", seconds / length))
}
