//! Walks at random through the state machines of the resilience layers, and ends with an error when something is stuck.
#![allow(clippy::print_stdout, reason = "a bench prints its result")]

use std::error::Error;

use clap::Parser;
use payment_benches::steps::{Report, walk};
use payment_clients::seams::Clock;

/// Walks through the state machines at random and checks them after each step.
#[derive(Parser)]
struct Arguments {
    /// Steps to take.
    #[arg(long, default_value_t = 1_000_000)]
    steps: u64,
    /// Seed of the walk.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { steps, seed, json } = Arguments::parse();
    let clock = Clock::system();
    let begun = clock.now();
    let Report { changes, retries, longest_recovery } = walk(steps, seed)?;
    let (millis, recovery) = ((clock.now() - begun).as_millis(), longest_recovery.as_millis());
    if json {
        println!(
            r#"{{"steps":{steps},"seed":{seed},"violations":0,"gate_changes":{changes},"retries":{retries},"longest_recovery_ms":{recovery},"elapsed_ms":{millis}}}"#
        );
    } else {
        println!("{steps} steps from seed {seed} in {millis} ms: nothing stuck, nothing lost");
        println!("{changes} changes of the gates, {retries} retries, longest recovery {recovery} ms");
    }
    Ok(())
}
