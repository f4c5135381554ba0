//! How many payments a second the platform takes on, how long one takes at fixed rates, and where the time goes.
#![allow(clippy::print_stdout, reason = "a bench prints its result")]

use std::{env, path::PathBuf, process::ExitCode};

use clap::Parser;
use mimalloc::MiMalloc;
use payment_benches::gateway::{Outcome, Plan, measure, page};
use payment_services::{
    cli,
    kit::{
        settings::{Settings, Sources},
        telemetry::{Show, Telemetry},
    },
    registry::Name,
};

// As in `payments`.
#[global_allocator]
static ALLOCATOR: MiMalloc = MiMalloc;

/// Measures payments from end to end, with every service a process of its own.
#[derive(Parser)]
struct Arguments {
    /// Payments a second, a round each; 25, 50, 75 and 90 % of the most when there are none.
    #[arg(long = "rate", value_delimiter = ',', value_name = "R[,R..]", value_parser = clap::value_parser!(u32).range(1..))]
    rates: Vec<u32>,
    /// How long each round takes.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    seconds: u32,
    /// Most payments under way at once. Beyond 128 they may also wait for the client's own limit.
    #[arg(long, default_value_t = 128)]
    concurrency_max: usize,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Write the page and its pictures to this folder.
    #[arg(long, value_name = "PATH")]
    svg: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> Outcome<ExitCode> {
    // The services are this program again, so that both are of one build.
    if env::args().nth(1).is_some_and(|word| word.parse::<Name>().is_ok()) {
        return Ok(cli::run().await);
    }
    let Arguments { rates, seconds, concurrency_max, json, svg } = Arguments::parse();
    let telemetry = recording()?;
    // In the current folder, which should be on the disk that is meant.
    let dir = tempfile::tempdir_in(".")?;
    let plan = Plan { rates, seconds, most: concurrency_max.max(1) };
    let report = match Box::pin(measure(&plan, dir.path())).await {
        Ok(report) => report,
        Err(error) => return Err(format!("{error}; what was left is in {}", dir.keep().display()).into()),
    };
    telemetry.stop().await;
    if let Some(folder) = svg {
        page::write(&folder, &report)?;
    }
    println!("{}", if json { serde_json::to_string_pretty(&report)? } else { page::text(&report) });
    Ok(ExitCode::SUCCESS)
}

/// The shop records its traces where the services do: it begins them, and they heed what it says.
fn recording() -> Outcome<Telemetry> {
    let Settings { otlp, trace_permille, log, .. } = Sources::default().variables(env::vars_os()).settings()?;
    Ok(Telemetry::start(&Show { service: "shop", log, level: "error", otlp, trace_permille })?)
}
