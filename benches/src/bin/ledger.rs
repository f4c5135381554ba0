//! How many journals the ledger books in a second, durably, beside a plain loop of the same statements on the same
//! database, in turns.
#![allow(clippy::float_arithmetic, reason = "a bench computes medians and ratios")]

use clap::Parser;
use payment_benches::sqlite;
use payment_services::kit::store::Stores;

#[path = "../ledger/mod.rs"]
mod ledger;

use ledger::{Outcome, Plan, measure, report};

/// Measures durable journals a second.
#[derive(Parser)]
struct Arguments {
    /// Journals of each kind in a round.
    #[arg(long, default_value_t = 2_000)]
    journals: usize,
    /// Rounds; each measures everything once, in turns.
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Callers that book at once, and journals that the plain loop commits together.
    #[arg(long, default_value_t = 60)]
    at_once: usize,
    /// Pairs of accounts, where there are many.
    #[arg(long, default_value_t = 1_000)]
    pairs: usize,
    /// An empty PostgreSQL database to measure too: postgres://user:password@host:port/database.
    #[cfg(feature = "postgres")]
    #[arg(long, env = "PAYMENTS_TEST_STORE", hide_env_values = true)]
    postgres: Option<String>,
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

fn main() -> Outcome<()> {
    let arguments = Arguments::parse();
    let Arguments { journals, rounds, at_once, pairs, json, .. } = arguments;
    let plan = Plan { journals, rounds, at_once, pairs };
    let dir = tempfile::tempdir_in(".")?;
    let stores = Stores::folder(dir.path());
    let rows = measure("SQLite", &stores, plan, || Ok(sqlite::open(&dir.path().join("accounting.db"))?))?;
    #[cfg(feature = "postgres")]
    let rows = match &arguments.postgres {
        Some(url) => rows.into_iter().chain(on_postgres(url, plan)?).collect(),
        None => rows,
    };
    if json { report::print_json(&rows) } else { report::print_table(&rows) }
}

#[cfg(feature = "postgres")]
fn on_postgres(url: &str, plan: Plan) -> Outcome<Vec<ledger::report::Row>> {
    let stores: Stores = url.parse()?;
    if stores.is_used()? {
        return Err(format!("{stores} holds stores already; name an empty database").into());
    }
    measure("PostgreSQL", &stores, plan, || ledger::bare::postgres::open(url))
}
