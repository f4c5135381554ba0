//! What the stack costs: the same calls over loopback beside its peers, in turns, and its parts in memory, one by one.
#![allow(clippy::float_arithmetic, reason = "a bench computes means and ratios")]

use clap::Parser;

#[path = "../overhead/mod.rs"]
mod overhead;

use overhead::{Outcome, Plan, loopback, memory, report::Report, server, telemetry};

/// Measures the overhead of the stack beside its peers.
#[derive(Parser)]
struct Arguments {
    /// Calls of each kind in a round.
    #[arg(long, default_value_t = 2_000)]
    calls: usize,
    /// Rounds; each measures everything once, in turns.
    #[arg(long, default_value_t = 11)]
    rounds: usize,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
    /// Only make `calls` calls of this kind in memory, for counting instructions from outside.
    #[arg(long, value_name = "CASE")]
    only: Option<memory::Case>,
    /// Serve the other end of the loopback.
    #[arg(long, hide = true)]
    serve: bool,
}

/// One thread: what a call costs is then all of what the process spends meanwhile.
#[tokio::main(flavor = "current_thread")]
async fn main() -> Outcome<()> {
    let Arguments { calls, rounds, json, only, serve } = Arguments::parse();
    if serve {
        return server::serve().await;
    }
    if let Some(case) = only {
        return memory::repeat(case, calls).await;
    }
    // A call in memory is some hundred times shorter than one over loopback, so there can be more of them.
    let in_memory = memory::run(Plan { calls: calls * 10, rounds }).await?;
    let loopback = loopback::run(Plan { calls, rounds }).await?;
    let telemetry = telemetry::run(Plan { calls: calls * 2, rounds }).await?;
    let report = Report::new(loopback, in_memory, telemetry);
    if json {
        report.print_json()?;
    } else {
        report.print_tables();
    }
    Ok(())
}
