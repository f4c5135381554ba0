//! Figures and aims, as one object or as tables.
#![allow(clippy::print_stdout, reason = "a bench prints its result")]

use serde::Serialize;

use super::{
    loopback::{Loopback, OURS, Row},
    memory::Part,
    meter::Cost,
    telemetry,
};

/// Everything that was measured.
#[derive(Debug, Serialize)]
pub struct Report {
    loopback: Loopback,
    in_memory: Vec<Part>,
    telemetry: Vec<telemetry::Row>,
    aims: Vec<Aim>,
}

/// What a figure should be.
#[derive(Debug, Serialize)]
struct Aim {
    aim: String,
    value: f64,
    at_most: f64,
    pass: bool,
}

// === impl Report ===

impl Report {
    /// Holds the figures against the aims.
    pub fn new(loopback: Loopback, in_memory: Vec<Part>, telemetry: Vec<telemetry::Row>) -> Self {
        let mut aims = aims_of_parts(&in_memory);
        for (call, rows) in [("GET", &loopback.get), ("keyed POST", &loopback.keyed_post)] {
            let ours = rows.iter().filter(|row| row.client == OURS);
            aims.extend(ours.flat_map(|row| aims_of_call(call, row)));
        }
        Self { loopback, in_memory, telemetry, aims }
    }

    /// Prints one object.
    pub fn print_json(&self) -> super::Outcome<()> {
        line(&serde_json::to_string_pretty(self)?);
        Ok(())
    }

    /// Prints tables.
    pub fn print_tables(&self) {
        print_calls("GET over loopback", &self.loopback.get);
        print_calls("keyed POST over loopback", &self.loopback.keyed_post);
        println!("{:<24} {:>9} {:>8} {:>8}   how", "in memory, per call", "cpu ns", "allocs", "bytes");
        for Part { part, from, cost: Cost { cpu_ns, allocations, bytes } } in &self.in_memory {
            println!("{part:<24} {cpu_ns:>9.0} {allocations:>8.2} {bytes:>8.0}   {from}");
        }
        self.print_telemetry();
        println!("\n{:<62} {:>9} {:>9}", "aim", "value", "at most");
        for Aim { aim, value, at_most, pass } in &self.aims {
            println!("{aim:<62} {value:>9.2} {at_most:>9.2}   {}", if *pass { "kept" } else { "MISSED" });
        }
    }
}

impl Report {
    fn print_telemetry(&self) {
        let [cpu, allocations, bytes, more] = ["cpu ns", "allocs", "bytes", "more"];
        println!("\n{:<32} {cpu:>9} {more:>9} {allocations:>8} {more:>8} {bytes:>8} {more:>8}", "seen, per call");
        for telemetry::Row { seen, cost, more } in &self.telemetry {
            println!(
                "{seen:<32} {:>9.0} {:>9.0} {:>8.2} {:>8.2} {:>8.0} {:>8.0}",
                cost.cpu_ns, more.cpu_ns, cost.allocations, more.allocations, cost.bytes, more.bytes
            );
        }
    }
}

fn print_calls(title: &str, rows: &[Row]) {
    let [p50, p99, cpu, ratio] = ["p50 µs", "p99 µs", "cpu µs", "cpu/reqwest"];
    println!("{title:<24} {p50:>8} {p99:>8} {cpu:>8} {ratio:>12} {:>8} {:>8} {:>12}", "allocs", "bytes", "conn/10,000");
    for Row { client, times, cost, connections_per_10000, to_reqwest, .. } in rows {
        let [p50, p99, cpu] = [times.p50_ns, times.p99_ns, cost.cpu_ns].map(|nanos| nanos / 1000.0);
        let (Cost { allocations, bytes, .. }, ratio) = (cost, to_reqwest.cpu);
        println!(
            "{client:<24} {p50:>8.1} {p99:>8.1} {cpu:>8.1} {ratio:>12.3} {allocations:>8.2} {bytes:>8.0} {connections_per_10000:>12.1}"
        );
    }
    println!();
}

/// Prints a line.
pub fn line(text: &str) {
    println!("{text}");
}

// === aims ===

/// Twelve layers for less than two of the best single policies of .NET's Polly, which publishes 766 ns for five; a
/// refusal in the time of Polly's, 234 ns, and without its allocations.
fn aims_of_parts(parts: &[Part]) -> Vec<Aim> {
    let of = |name: &str| parts.iter().find(|part| part.part == name).map(|part| part.cost);
    let two = |name: &str, nanos: f64, allocations: f64| {
        let cost = of(name).unwrap_or(Cost { cpu_ns: f64::NAN, allocations: f64::NAN, bytes: f64::NAN });
        [
            Aim::new(format!("{name}: processor ns"), cost.cpu_ns, nanos),
            Aim::new(format!("{name}: allocations"), cost.allocations, allocations),
        ]
    };
    [two("pipeline", 1500.0, 2.0), two("gate refuses", 300.0, 0.0)].into_iter().flatten().collect()
}

/// With everything on, cheaper than the peer that only retries and traces, and close to the one that does nothing.
fn aims_of_call(call: &str, ours: &Row) -> Vec<Aim> {
    let (middleware, reqwest) = (ours.to_middleware, ours.to_reqwest);
    vec![
        Aim::new(format!("{call}: processor time to reqwest-middleware"), middleware.cpu, 1.0),
        Aim::new(format!("{call}: allocations to reqwest-middleware"), middleware.allocations, 1.0),
        Aim::new(format!("{call}: processor time to bare reqwest"), reqwest.cpu, 1.1),
        Aim::new(format!("{call}: median on the wall to bare reqwest"), reqwest.p50, 1.1),
    ]
}

impl Aim {
    fn new(aim: String, value: f64, at_most: f64) -> Self {
        Self { aim, value, at_most, pass: value <= at_most }
    }
}
