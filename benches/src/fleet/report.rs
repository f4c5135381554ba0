//! The page: a table of goals, how each came out beside its peers, pictures of the telling runs.

use std::{fmt::Write, fs, path::Path};

use super::{
    goals::{Row, Target, Verdict},
    peers::Policy,
    scenarios::tiers::Comparison,
    world::Outcome,
};
use crate::svg::figure;

/// The page, below the root of the repository.
pub const PAGE: &str = "docs/SIMULATION.md";
/// The pictures.
pub const PICTURES: &str = "docs/simulation";

const HEAD: &str = "\
# Simulation

Every figure on this page is measured: the real client, all of its layers, runs on virtual time against scripted servers,
and the servers keep the books. The peers are their documented rules over the same servers in the same run. One seed decides
everything, so that the same command prints the same bytes:

```
cargo run --release -p payment-benches --bin fleet             # writes this page and its pictures
cargo run --release -p payment-benches --bin fleet -- --check  # fails when they are not current
cargo run --release -p payment-benches --bin fleet -- --goal G3
```

Targets are checked in as [`benches/goals.toml`](../benches/goals.toml). A goal that is not reached is **open**: it keeps its
target, its figure and the reason.
";

/// What each picture tells.
const CAPTIONS: [(&str, &str); 6] = [
    (
        "outage",
        "Nothing a client sends helps while the whole service is down. Ours has a breaker for each instance: when all are \
         open, calls fail before anything is sent, and probes of the health path look for the end. Retries without a \
         budget keep the servers at a multiple of their load for as long as the outage lasts; a budget with a floor of ten \
         a second comes back with every window.",
    ),
    (
        "black-hole",
        "An instance that takes calls and says nothing loses one call after the other until the client stops choosing \
         it. Counting failures alone waits for the first timeouts, and a breaker that probes with users' calls pays again \
         at each probe. The calls are unsafe ones: ours never repeats them, and those that reqwest-retry and tower's rule \
         send again may happen twice. Policies that do not tell instances apart lie on one line.",
    ),
    (
        "recovery",
        "An instance that is back does nobody any good before it is used. Probes of the health path find out, and no \
         user's call is risked for it; an ejection that only time ends sends users' calls to find out. Without resilience and behind the shared breaker \
         the share is the same.",
    ),
    (
        "overload",
        "At twice the load half of the calls must fail. Which half is the client's choice here: the servers queue \
         whatever comes. The client keeps their queues short with a limit on what is under way, and gives the places to \
         critical calls first.",
    ),
    (
        "overload-peers",
        "The same flood through the peers' rules, critical calls alone. Without a limit every call ends in a queue that is \
         longer than its caller's patience, and the servers work for callers that have left; retries make it longer. The \
         backlog outlasts the flood.",
    ),
    (
        "slow-replica",
        "A slow replica spoils the tail long before it spoils the mean. Choosing by latency avoids it, a few hedges hide \
         what is left. The peers choose at random and lie on one line.",
    ),
];

const TIERS: &str = "\
When should a breaker open? A critical service of three instances, each of which answers some attempts with a bare 500, by
chance, and one of which takes calls without an answer from the 600th to the 720th of 1200 s. Keyed calls of callers that
wait 3 s, through the defaults of a critical service, `ClientConfig::seed_tiers`, whose breakers trip at 3 failures in a row
or 30 % of five, and `ClientConfig::legacy`. A call is refused when it fails and no server has seen it: two instances were
well all the time. No targets are set; [ADR 0012](adr/0012-critical-trips-later.md) chooses by these figures.
";

/// The page and its pictures, as paths below the root and their content.
pub fn files(seed: u64, verdicts: &[Verdict], tiers: &Comparison) -> Vec<(String, String)> {
    let charts = || verdicts.iter().flat_map(|verdict| &verdict.finding.charts);
    let mut files = vec![(PAGE.to_owned(), page(seed, verdicts, tiers))];
    files.extend(charts().map(|chart| (format!("{PICTURES}/{}.svg", chart.name), chart.draw())));
    files
}

/// Writes them.
///
/// # Errors
/// When a file cannot be written.
pub fn write(root: &Path, files: &[(String, String)]) -> Outcome<()> {
    fs::create_dir_all(root.join(PICTURES))?;
    for (path, content) in files {
        fs::write(root.join(path), content)?;
    }
    Ok(())
}

/// The files of the tree that differ from these.
pub fn stale<'a>(root: &Path, files: &'a [(String, String)]) -> Vec<&'a str> {
    let differs =
        |(path, content): &&(String, String)| fs::read_to_string(root.join(path)).ok().as_ref() != Some(content);
    files.iter().filter(differs).map(|(path, _)| path.as_str()).collect()
}

/// One goal for a terminal.
pub fn terminal(verdict: &Verdict) -> String {
    let mut text = format!("{} {}: {}\n", verdict.goal.id, verdict.goal.title, word(verdict));
    for (target, row) in verdict.measures() {
        let _ = writeln!(text, "  {} ({})", target.name, target.bound());
        for (policy, value) in &row.0 {
            let _ = writeln!(text, "    {:<18}{:>12}{}", policy.name(), figure(*value), target.unit);
        }
    }
    if !verdict.pass() {
        let _ = writeln!(text, "  {}", verdict.why());
    }
    text
}

fn page(seed: u64, verdicts: &[Verdict], tiers: &Comparison) -> String {
    let passed = verdicts.iter().filter(|verdict| verdict.pass()).count();
    let mut page = HEAD.to_owned();
    let _ = writeln!(page, "\nSeed {seed}: {passed} of {} goals reached.\n\n## Goals\n", verdicts.len());
    let names = Policy::ALL.map(Policy::name);
    let _ = writeln!(page, "| | goal | measure | target | | {} |", names.join(" | "));
    let _ = writeln!(page, "|---|---|---|---|---|{}", "---|".repeat(names.len()));
    for verdict in verdicts {
        overview(&mut page, verdict);
    }
    page.push_str("\n## Telling runs\n");
    for chart in verdicts.iter().flat_map(|verdict| &verdict.finding.charts) {
        let caption = CAPTIONS.iter().find(|(name, _)| *name == chart.name).map_or("", |(_, caption)| caption);
        let _ = write!(page, "\n![{}](simulation/{}.svg)\n\n{caption}\n", chart.title, chart.name);
    }
    page.push_str("\n## Each goal beside its peers\n");
    for verdict in verdicts {
        details(&mut page, verdict);
    }
    let _ = write!(page, "\n## Tiers\n\n{TIERS}\n");
    side_by_side(&mut page, tiers);
    page.push_str(
        "\n## The peers' rules\n\nWhat a rule leaves to its user is granted: an attempt timeout of a second where \
                   none is named, and a random instance for each attempt.\n\n",
    );
    for policy in Policy::ALL {
        let _ = writeln!(page, "* **{}**: {}", policy.name(), policy.source());
    }
    page
}

fn overview(page: &mut String, verdict: &Verdict) {
    let bounded = verdict.measures().filter(|(target, _)| target.at_least.or(target.at_most).is_some());
    for (place, (target, row)) in bounded.enumerate() {
        let (id, title) = if place == 0 { (&*verdict.goal.id, &*verdict.goal.title) } else { ("", "") };
        let mark = if target.holds(row.ours()) { "reached" } else { "**open**" };
        let cells = Policy::ALL.map(|policy| cell(target, row, policy));
        let _ = writeln!(
            page,
            "| {id} | {title} | {} | {} | {mark} | {} |",
            target.name,
            target.bound(),
            cells.join(" | ")
        );
    }
}

fn cell(target: &Target, row: &Row, policy: Policy) -> String {
    row.get(policy).map_or("–".to_owned(), |value| format!("{}{}", figure(value), target.unit))
}

fn side_by_side(page: &mut String, comparison: &Comparison) {
    let Comparison { settings, rows } = comparison;
    let _ = writeln!(page, "| | {} |\n|---|{}", settings.join(" | "), "---|".repeat(settings.len()));
    for (name, cells) in rows {
        let _ = writeln!(page, "| {name} | {} |", cells.join(" | "));
    }
}

fn details(page: &mut String, verdict: &Verdict) {
    let goal = &verdict.goal;
    let _ = write!(
        page,
        "\n### {} {}: {}\n\n`{}`\n\n{}\n\n",
        goal.id,
        goal.title,
        word(verdict),
        goal.formula,
        goal.setting
    );
    let policies: Vec<Policy> = Policy::ALL.into_iter().filter(|policy| has(verdict, *policy)).collect();
    let names: Vec<&str> = policies.iter().map(|policy| policy.name()).collect();
    let _ = writeln!(page, "| measure | target | {} |\n|---|---|{}", names.join(" | "), "---|".repeat(names.len()));
    for (target, row) in verdict.measures() {
        let cells: Vec<String> = policies.iter().map(|policy| cell(target, row, *policy)).collect();
        let _ = writeln!(page, "| {} | {} | {} |", target.name, target.bound(), cells.join(" | "));
    }
    if !verdict.pass() {
        let _ = write!(page, "\n**Open.** {}\n", verdict.why());
    }
    if !goal.quoted.is_empty() {
        page.push_str("\nQuoted, not measured here:\n\n");
        for quoted in &goal.quoted {
            let _ = writeln!(page, "* {}: {}", quoted.peer, quoted.words);
        }
    }
}

fn has(verdict: &Verdict, policy: Policy) -> bool {
    verdict.finding.rows.iter().any(|row| row.get(policy).is_some())
}

fn word(verdict: &Verdict) -> &'static str {
    if verdict.pass() { "reached" } else { "open" }
}
