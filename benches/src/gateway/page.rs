//! The page: how many, how fast, where the time goes; and its three pictures.

use std::{fmt::Write, fs, path::Path};

use super::{
    Outcome,
    layers::{Layers, PATH},
    report::{Report, Round, Service},
};
use crate::svg::{Chart, Series, bars::Bars, figure};

const HEAD: &str = "\
# Throughput

How many payments a second the platform takes on, and how long one takes until its merchant has the answer. Every service
is a process of its own, every answer waits until what it says is durable, and the merchant signs. Written by

```
taskset -c 0,1 cargo run --release -p payment-benches --bin gateway -- --svg docs/throughput
```
";

const FIXED: &str = "\
Payments are due at times that are fixed before the first one, and latencies count from there, so that what a stall keeps
waiting is in them. *Unsent* were due while too many were under way; percentiles know nothing of them.
";

const LAYERS: &str = "\
Milliseconds of one payment, on average. Stores count how long units wait for the writer, are run and are committed; an
answer waits for the units of the path, one after another, and each counts as long as its store's units on average. The
client's part is its processor time. What is left is the network, servers, JSON, signatures, and waiting for a processor.
";

const MOST: &str = "\
In a closed loop: so many callers, each of which asks again as soon as it is answered. *Rest* is the time from the last
answer until all that follows is done: callbacks, paid orders, events, the ledger. What is *all done* counts that time, and
is what can go on for ever.
";

/// Services that cost a payment less than this many milliseconds, and write nothing for it, are left out.
const IDLE: f64 = 0.01;

/// The page as a text.
pub fn text(report: &Report) -> String {
    let mut page = HEAD.to_owned();
    let Report { cores, load, durable, .. } = report;
    let _ = writeln!(page, "\n{cores} processors; load of the machine before: {load}.\n\n## The most\n\n{MOST}");
    rounds(&mut page, &report.closed);
    let _ = writeln!(
        page,
        "\nThe commits alone, in plain loops on the same disk: {} payments a second, of which the services reach {} %. The \
         commits that one answer waits for, one after another and with nothing else: {} ms (p99 {} ms).",
        figure(durable.per_second),
        figure(durable.ratio * 100.0),
        figure(durable.in_a_row.p50_ms),
        figure(durable.in_a_row.p99_ms),
    );
    let _ = writeln!(page, "\n## At fixed rates\n\n{FIXED}");
    rounds(&mut page, &report.fixed);
    let _ = writeln!(page, "\n![Latency](latency.svg)\n\n## By layer\n\n{LAYERS}");
    layers(&mut page, report);
    let path: Vec<_> = PATH.iter().map(|(name, units)| format!("{name} {units}")).collect();
    let _ = writeln!(page, "\nUnits on the path: {}.\n\n![Layers](layers.svg)\n\n## By service", path.join(", "));
    if let Some(most) = report.most() {
        services(&mut page, most);
    }
    page.push_str("\n![Services](services.svg)\n");
    page
}

fn rounds(page: &mut String, rounds: &[Round]) {
    let heads = ["answered/s", "all done/s", "p50 ms", "p99 ms", "p99.9 ms", "unsent", "failed", "rest s"];
    let _ = writeln!(page, "| | {} |\n|---|{}", heads.join(" | "), "---|".repeat(heads.len()));
    for round in rounds {
        let times = [round.per_second, round.sustained, round.times.p50_ms, round.times.p99_ms, round.times.p999_ms];
        let (unsent, failed, rest) = (round.unsent, round.failed(), figure(round.rest_seconds));
        let _ = writeln!(page, "| {} | {} | {unsent} | {failed} | {rest} |", round.name, times.map(figure).join(" | "));
    }
    for round in rounds.iter().filter(|round| round.failed() > 0) {
        let reasons: Vec<_> = round.failures.iter().map(|(reason, count)| format!("{reason} {count}")).collect();
        let _ = writeln!(page, "\nFailed in {}: {}.", round.name, reasons.join(", "));
    }
}

fn layers(page: &mut String, report: &Report) {
    let _ = writeln!(page, "| | {} | commits' share |\n|---|---|---|---|---|---|---|", Layers::NAMES.join(" | "));
    for round in told(report) {
        let values = round.layers.values();
        let share = round.layers.commit / values.iter().sum::<f64>().max(f64::MIN_POSITIVE) * 100.0;
        let _ = writeln!(page, "| {} | {} | {share:.0} % |", round.name, values.map(figure).join(" | "));
    }
}

fn services(page: &mut String, round: &Round) {
    let all = round.client_ms.iter().sum::<f64>() + round.services.iter().map(|it| it.cost.processor()).sum::<f64>();
    let _ = writeln!(
        page,
        "\nOne payment with {}, together with all that it causes behind its answer.\n\n\
         | | processor ms | share | units | commits | committing ms | unit waits ms | runs ms | commits ms |\n\
         |---|---|---|---|---|---|---|---|---|",
        round.name
    );
    let share = |processor: f64| processor / all.max(f64::MIN_POSITIVE) * 100.0;
    let client = round.client_ms.iter().sum::<f64>();
    let _ = writeln!(page, "| client | {} | {:.0} % | – | – | – | – | – | – |", figure(client), share(client));
    for Service { name, cost } in busy(round) {
        let stored = [cost.units, cost.commits, cost.committing_ms];
        let unit = [cost.unit_queued_ms, cost.unit_run_ms, cost.unit_durable_ms];
        let cells: Vec<_> = stored.into_iter().chain(unit).map(figure).collect();
        let processor = cost.processor();
        let (spent, share) = (figure(processor), share(processor));
        let _ = writeln!(page, "| {name} | {spent} | {share:.0} % | {} |", cells.join(" | "));
    }
}

/// A payment alone, and those at fixed rates.
fn told(report: &Report) -> impl Iterator<Item = &Round> {
    report.closed.iter().take(1).chain(&report.fixed)
}

fn busy(round: &Round) -> impl Iterator<Item = &Service> {
    round.services.iter().filter(|service| service.cost.processor() >= IDLE || service.cost.units >= IDLE)
}

// === pictures ===

/// Writes the page and its pictures to a folder.
///
/// # Errors
/// When a file cannot be written.
pub fn write(folder: &Path, report: &Report) -> Outcome<()> {
    fs::create_dir_all(folder)?;
    fs::write(folder.join("README.md"), text(report))?;
    fs::write(folder.join("latency.svg"), latency(report))?;
    fs::write(folder.join("layers.svg"), by_layer(report))?;
    if let Some(most) = report.most() {
        fs::write(folder.join("services.svg"), by_service(most))?;
    }
    Ok(())
}

fn latency(report: &Report) -> String {
    let mut chart = Chart::new("latency", "How long a payment takes at fixed rates, from when it is due");
    chart.axes("payments a second", "milliseconds");
    chart.logarithmic();
    let line = |name, class, of: fn(&Round) -> f64| {
        let points = report.fixed.iter().filter_map(|round| Some((f64::from(round.rate?), of(round))));
        Series::named(name, class, points)
    };
    chart.add(line("p50", "line ours c0", |round| round.times.p50_ms));
    chart.add(line("p99", "line c2", |round| round.times.p99_ms));
    chart.add(line("p99.9", "line c3", |round| round.times.p999_ms));
    chart.draw()
}

fn by_layer(report: &Report) -> String {
    let names = Layers::NAMES.map(str::to_owned);
    let mut bars = Bars::new("Where a payment spends its time, on average", "ms", names);
    for round in told(report) {
        bars.add(round.name.as_str(), round.layers.values());
    }
    bars.draw()
}

fn by_service(round: &Round) -> String {
    let parts = ["own code", "system"].map(str::to_owned);
    let mut bars = Bars::new("Processor time of one payment and all that it causes", "ms", parts);
    bars.add("client", round.client_ms);
    for Service { name, cost } in busy(round) {
        bars.add(*name, [cost.user_ms, cost.system_ms]);
    }
    bars.draw()
}
