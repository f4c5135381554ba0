//! Runs the simulator: every goal, its figure, its peers. Without flags it writes `docs/SIMULATION.md` and its pictures.
#![allow(clippy::print_stdout, reason = "a bench prints its result")]

use std::{path::PathBuf, process::ExitCode};

use clap::Parser;
use payment_benches::fleet::{
    goals::Verdict,
    report,
    scenarios::{Scope, tiers, verdicts},
    world::Outcome,
};

/// Measures the goals on virtual time, beside the peers' rules.
#[derive(Parser)]
struct Arguments {
    /// The one source of chance.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Run one goal, such as G3, and write nothing.
    #[arg(long)]
    goal: Option<String>,
    /// Print one JSON object and write nothing.
    #[arg(long)]
    json: bool,
    /// Write nothing, and fail when the report in the tree is not what this run would write.
    #[arg(long)]
    check: bool,
    /// Root of the repository.
    #[arg(long, default_value = ".")]
    root: PathBuf,
}

fn main() -> Outcome<ExitCode> {
    let Arguments { seed, goal, json, check, root } = Arguments::parse();
    let scope = Scope::full(seed);
    let verdicts = verdicts(&scope, goal.as_deref())?;
    if json {
        let goals: Vec<_> = verdicts.iter().map(Verdict::summary).collect();
        println!("{}", serde_json::json!({ "seed": seed, "goals": goals }));
        return Ok(ExitCode::SUCCESS);
    }
    if !check {
        verdicts.iter().for_each(|verdict| print!("{}", report::terminal(verdict)));
    }
    if goal.is_some() {
        return Ok(ExitCode::SUCCESS);
    }
    let files = report::files(seed, &verdicts, &tiers::comparison(&scope)?);
    if !check {
        report::write(&root, &files)?;
        return Ok(ExitCode::SUCCESS);
    }
    let stale = report::stale(&root, &files);
    for path in &stale {
        println!("{path} is not current; run `cargo run --release -p payment-benches --bin fleet`");
    }
    Ok(if stale.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
