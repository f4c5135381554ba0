//! `payments check` and `payments reconcile`: they read stores that nobody runs on, and change nothing.

use std::{fmt::Display, io, path::PathBuf, process::ExitCode};

use clap::Args;
use payment_clients::contract::{
    error::{Error, Result},
    secret::Secret,
};
use serde::Serialize;

use super::say;
use crate::{
    check::{self, Beside},
    kit::{clock::Clock, store::Stores},
    reconcile,
};

/// Which stores, and how to tell what is found.
#[derive(Args)]
struct Read {
    /// Folder of the stores, or postgres://user:password@host:port/database.
    #[arg(value_name = "DIR|URL", env = "PAYMENTS_STORE", hide_env_values = true, default_value = ".payments")]
    stores: Secret<String>,
    /// Print one JSON object on stdout and nothing else.
    #[arg(long)]
    json: bool,
}

/// Arguments of the check.
#[derive(Args)]
pub(super) struct Check {
    #[command(flatten)]
    read: Read,
    /// Check only what holds at every moment: services were killed, or payments are on their way.
    #[arg(long)]
    in_flight: bool,
    /// File with secrets, one a line, that no file of the folder and no table may hold.
    #[arg(long, value_name = "FILE")]
    planted: Option<PathBuf>,
    /// Folder of the run, when its stores are in a database: what its client has written down, and its logs.
    #[arg(long, value_name = "DIR")]
    run: Option<PathBuf>,
}

/// Arguments of the reconciliation.
#[derive(Args)]
pub(super) struct Reconcile {
    #[command(flatten)]
    read: Read,
    /// The channel's file in place of the simulator's book: CSV with id, reference, amount_minor, currency and status.
    #[arg(long, value_name = "CSV")]
    channel_file: Option<PathBuf>,
    /// The bank's statement in place of the simulator's book, with the same columns.
    #[arg(long, value_name = "CSV")]
    bank_file: Option<PathBuf>,
}

// === impl Check ===

impl Check {
    /// Runs the check; 2 when an invariant is broken.
    pub(super) fn run(self) -> Result<ExitCode> {
        let stores = self.read.stores()?;
        let beside = Beside { folder: self.run.as_deref().or(stores.dir()), planted: self.planted.as_deref() };
        let report = check::check_beside(&stores, self.in_flight, &beside)?;
        self.read.tell(&report, report.holds())
    }
}

// === impl Reconcile ===

impl Reconcile {
    /// Runs the reconciliation; 2 when something differs that does not pass by itself.
    pub(super) fn run(self) -> Result<ExitCode> {
        let files = reconcile::Files { channel: self.channel_file, bank: self.bank_file };
        let report = reconcile::reconcile(&self.read.stores()?, &files, Clock::system().now())?;
        self.read.tell(&report, report.holds())
    }
}

// === impl Read ===

impl Read {
    fn stores(&self) -> Result<Stores> {
        self.stores.expose().parse()
    }

    fn tell(&self, report: &(impl Serialize + Display), holds: bool) -> Result<ExitCode> {
        if self.json {
            let object = serde_json::to_string(report).map_err(Error::internal)?;
            say(&mut io::stdout(), format_args!("{object}"));
        } else {
            say(&mut io::stdout(), format_args!("{report}"));
        }
        Ok(if holds { ExitCode::SUCCESS } else { ExitCode::from(2) })
    }
}
