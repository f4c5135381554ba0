//! A long random run of faulty calls against a server that keeps its own book: no effect may happen twice, and no
//! caller may be told a wrong certainty.
#![allow(clippy::print_stdout, reason = "a bench prints its result")]

use std::process::ExitCode;

use clap::{Parser, ValueEnum};
use payment_benches::fault::{campaign, judge::Tally};
use payment_clients::{contract::error::BoxError, seams::Clock};

/// Runs random faulty calls and compares what the callers know with what the server did.
#[derive(Parser)]
struct Arguments {
    /// Effects to ask for; repeats of calls in doubt come on top.
    #[arg(long, default_value_t = 1_000_000)]
    calls: u64,
    /// The same seed gives the same report.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// What carries the calls: memory, on virtual time, or http, over loopback.
    #[arg(long, value_enum, default_value_t = Carrier::Memory)]
    transport: Carrier,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

#[derive(Clone, Copy, ValueEnum)]
enum Carrier {
    Memory,
    Http,
}

/// Exit status of a run that found a duplicate or a wrong certainty.
const FOUND: u8 = 2;

fn main() -> Result<ExitCode, BoxError> {
    let Arguments { calls, seed, transport, json } = Arguments::parse();
    let clock = Clock::system();
    let begun = clock.now();
    let tally = match transport {
        Carrier::Memory => campaign::in_memory(calls, seed, |client| client)?,
        Carrier::Http => {
            let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
            runtime.block_on(campaign::over_http(calls, seed))?
        }
    };
    let seconds = clock.now().saturating_duration_since(begun).as_secs_f64();
    report(&tally, seed, seconds, json)?;
    let clean = tally.duplicates == 0 && tally.wrong_certainty == 0;
    Ok(if clean { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
}

fn report(tally: &Tally, seed: u64, seconds: f64, json: bool) -> Result<(), BoxError> {
    let mut object = serde_json::to_value(tally)?;
    object["seed"] = seed.into();
    object["seconds"] = seconds.into();
    if json {
        println!("{object}");
    } else if let Some(fields) = object.as_object() {
        for (name, value) in fields {
            println!("{name:<16} {value:>12}");
        }
    }
    Ok(())
}
