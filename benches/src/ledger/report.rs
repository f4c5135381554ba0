//! Figures and aims, as one object or as a table.
#![allow(clippy::print_stdout, reason = "a bench prints its result")]

use std::time::Duration;

use payment_benches::machine;
use serde::Serialize;

use super::Outcome;

/// What one round of one way has measured, or the medians of all rounds.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Figures {
    /// Durable journals in a second.
    pub per_second: f64,
    /// Half of the journals were durable sooner.
    pub p50_ms: f64,
    /// All but one in a hundred were durable sooner.
    pub p99_ms: f64,
}

/// The ledger beside the plain loop.
#[derive(Debug, Serialize)]
pub struct Row {
    engine: &'static str,
    accounts: &'static str,
    at_once: usize,
    ledger: Figures,
    plain: Figures,
    /// Journals of the ledger for one of the plain loop: the median of the rounds' ratios.
    ratio: f64,
    /// Journals a second that the ledger should book.
    aim: Option<f64>,
}

// === impl Figures ===

impl Figures {
    /// Of `count` journals in this time.
    pub fn new(count: usize, took: Duration, mut times: Vec<Duration>) -> Self {
        times.sort_unstable();
        let at = |percent: usize| {
            let time = times.get((times.len() * percent / 100).min(times.len().saturating_sub(1)));
            time.copied().unwrap_or_default().as_secs_f64() * 1000.0
        };
        Self { per_second: count as f64 / took.as_secs_f64(), p50_ms: at(50), p99_ms: at(99) }
    }

    fn median(rounds: &[Self]) -> Self {
        let of = |figure: fn(&Self) -> f64| median(rounds.iter().map(figure));
        Self { per_second: of(|f| f.per_second), p50_ms: of(|f| f.p50_ms), p99_ms: of(|f| f.p99_ms) }
    }
}

/// The middle one.
fn median(rounds: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<_> = rounds.into_iter().collect();
    sorted.sort_unstable_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
}

// === impl Row ===

impl Row {
    /// The rounds of both ways, taken in turns.
    pub fn new(
        (engine, accounts, at_once): (&'static str, &'static str, usize),
        ledger: &[Figures],
        plain: &[Figures],
    ) -> Self {
        let ratio = median(ledger.iter().zip(plain).map(|(ours, theirs)| ours.per_second / theirs.per_second));
        let aim = match (engine, accounts, at_once) {
            ("SQLite", _, 2..) => Some(2_500.0),
            ("PostgreSQL", "one pair", 1) => Some(1_200.0),
            ("PostgreSQL", _, 2..) => Some(4_000.0),
            _ => None,
        };
        let (ledger, plain) = (Figures::median(ledger), Figures::median(plain));
        Self { engine, accounts, at_once, ledger, plain, ratio, aim }
    }
}

/// Prints one object.
pub fn print_json(rows: &[Row]) -> Outcome<()> {
    println!("{}", serde_json::to_string_pretty(&serde_json::json!({ "rows": rows, "load": machine::load() }))?);
    Ok(())
}

/// Prints a table.
pub fn print_table(rows: &[Row]) -> Outcome<()> {
    let heads = ["ledger/s", "p50 ms", "p99 ms", "plain/s", "p50 ms", "p99 ms", "ratio", "aim"];
    print!("{:<11} {:<9} {:>7}", "engine", "accounts", "at once");
    println!("{}", heads.map(|head| format!(" {head:>8}")).concat());
    for Row { engine, accounts, at_once, ledger, plain, ratio, aim } in rows {
        print!("{engine:<11} {accounts:<9} {at_once:>7}");
        for Figures { per_second, p50_ms, p99_ms } in [ledger, plain] {
            print!(" {per_second:>8.0} {p50_ms:>8.2} {p99_ms:>8.2}");
        }
        let aim = aim.map_or(String::new(), |aim| {
            format!("{aim:>8.0} {}", if ledger.per_second >= aim { "kept" } else { "MISSED" })
        });
        println!(" {ratio:>8.3} {aim}");
    }
    println!("load of the machine: {}", machine::load());
    Ok(())
}
