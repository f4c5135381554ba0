//! The page: a table of goals, how each came out beside its peers, pictures of the telling runs.

use std::{fmt::Write, fs, path::Path};

use super::{
    goals::{Row, Target, Verdict, figure},
    peers::Policy,
    world::Outcome,
};

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
         user's call is risked for it; an ejection that only time ends sends users' calls to find out.",
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

/// The page and its pictures, as paths below the root and their content.
pub fn files(seed: u64, verdicts: &[Verdict]) -> Vec<(String, String)> {
    let charts = || verdicts.iter().flat_map(|verdict| &verdict.finding.charts);
    let mut files = vec![(PAGE.to_owned(), page(seed, verdicts))];
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

fn page(seed: u64, verdicts: &[Verdict]) -> String {
    let passed = verdicts.iter().filter(|verdict| verdict.pass()).count();
    let mut page = HEAD.to_owned();
    let _ = writeln!(page, "\nSeed {seed}: {passed} of {} goals reached.\n\n## Goals\n", verdicts.len());
    page.push_str("| | goal | measure | target | payment-clients | best peer | |\n|---|---|---|---|---|---|---|\n");
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
        let best = best_peer(target, row);
        let (name, unit, bound, ours) = (&target.name, &target.unit, target.bound(), figure(row.ours()));
        let _ = writeln!(page, "| {id} | {title} | {name} | {bound} | {ours}{unit} | {best} | {mark} |");
    }
}

fn best_peer(target: &Target, row: &Row) -> String {
    let peers = row.0.iter().filter(|(policy, _)| *policy != Policy::Ours);
    let best = if target.at_least.is_some() {
        peers.max_by(|left, right| left.1.total_cmp(&right.1))
    } else {
        peers.min_by(|left, right| left.1.total_cmp(&right.1))
    };
    best.map_or_else(
        || "–".to_owned(),
        |(policy, value)| format!("{}{} ({})", figure(*value), target.unit, policy.name()),
    )
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
        let cell = |policy: &Policy| {
            row.get(*policy).map_or("–".to_owned(), |value| format!("{}{}", figure(value), target.unit))
        };
        let cells: Vec<String> = policies.iter().map(cell).collect();
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
