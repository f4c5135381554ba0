//! A picture as lines of a terminal: services, then clients that do something or are in trouble, then the ledger.

use std::{cmp::Reverse, fmt::Write};

use payment_clients::contract::timestamp::Timestamp;

use super::picture::{Breaker, Calls, Ledger, Picture, Service, Status};

/// Longest name that is shown.
const LONGEST: usize = 24;
/// What stands for something that nobody has told.
const UNKNOWN: &str = "-";

/// A line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Without control characters.
    pub text: String,
    /// How it is to be taken.
    pub tone: Tone,
}

/// How a line is to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tone {
    /// It names what is below it.
    Head,
    /// All is well.
    Plain,
    /// Somebody should look.
    Warning,
    /// Something does not work.
    Bad,
}

/// The whole table.
pub fn lines(picture: &Picture) -> Vec<Line> {
    let mut lines = vec![summary(picture)];
    lines.push(head(&format!(
        "{:<LONGEST$} {:<9} {:>9} {:>8} {:>8} {:>6} {:>6} {:>5} {:>9}",
        "SERVICE", "STATUS", "CALLS/S", "P50", "P99", "SAGAS", "OUTBOX", "DEAD", "INCIDENTS"
    )));
    lines.extend(picture.services.iter().map(service));
    lines.push(head(&format!(
        "{:<LONGEST$} {:<LONGEST$} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:<9} {:>9} {:>6} {:>6}",
        "CALLER",
        "CALLED",
        "DONE/S",
        "REFUSED",
        "UNKNOWN",
        "P50",
        "P99",
        "RETRIES",
        "BREAKER",
        "IN/LIMIT",
        "QUEUED",
        "BUDGET"
    )));
    let mut shown: Vec<_> = picture.calls.iter().filter(|calls| is_worth_a_line(calls)).collect();
    shown.sort_by_key(|calls| (Reverse((tone_of(calls), rate(calls))), calls.from, &calls.to));
    let idle = picture.calls.len() - shown.len();
    lines.extend(shown.into_iter().map(client));
    if idle > 0 {
        lines.push(plain(format!("{idle} more clients are idle")));
    }
    lines.push(head(&format!("{:<LONGEST$} {:>24} {:>10}", "LEDGER", "ALL ACCOUNTS ADD UP TO", "HOLDS")));
    lines.extend(picture.ledger.iter().map(ledger));
    if picture.ledger.is_empty() {
        lines.push(plain("accounting has told nothing of it".to_owned()));
    }
    lines
}

fn summary(picture: &Picture) -> Line {
    let mut text = format!("payments at {}:", Timestamp::from_unix_ms(picture.at_ms));
    let worst = picture.services.iter().map(|service| service.status).max().unwrap_or(Status::Ok);
    for status in [Status::Ok, Status::Degraded, Status::Unhealthy, Status::Down] {
        let count = picture.services.iter().filter(|service| service.status == status).count();
        if count > 0 {
            // Writing to a text does not fail.
            let _ = write!(text, " {count} {}", status.as_str());
        }
    }
    Line { text, tone: tone_of_status(worst) }
}

fn service(service: &Service) -> Line {
    let Service { name, status, per_second_milli, p50_us, p99_us, sagas_open, .. } = service;
    let Service { unpublished, incidents, dead_letters, note, .. } = service;
    let trouble = incidents.is_some_and(|open| open > 0) || dead_letters.is_some_and(|open| open > 0) || note.is_some();
    let tone = match tone_of_status(*status) {
        Tone::Plain if trouble => Tone::Warning,
        tone => tone,
    };
    let note = note.as_deref().map(|note| format!("  {}", harmless(note, 80))).unwrap_or_default();
    let rates = if service.up { per_second(*per_second_milli) } else { UNKNOWN.to_owned() };
    let sagas = if service.up { sagas_open.to_string() } else { UNKNOWN.to_owned() };
    let text = format!(
        "{:<LONGEST$} {:<9} {rates:>9} {:>8} {:>8} {sagas:>6} {:>6} {:>5} {:>9}{note}",
        harmless(name, LONGEST),
        status.as_str(),
        time(*p50_us),
        time(*p99_us),
        count(*unpublished),
        count(*dead_letters),
        count(*incidents),
    );
    Line { text, tone }
}

fn client(calls: &Calls) -> Line {
    let Calls { from, to, done_milli, refused_milli, unknown_milli, retries_milli, .. } = calls;
    let text = format!(
        "{:<LONGEST$} {:<LONGEST$} {:>8} {:>8} {:>8} {:>8} {:>8} {:>8} {:<9} {:>9} {:>6} {:>6}",
        harmless(from, LONGEST),
        harmless(to, LONGEST),
        per_second(*done_milli),
        per_second(*refused_milli),
        per_second(*unknown_milli),
        time(calls.p50_us),
        time(calls.p99_us),
        per_second(*retries_milli),
        calls.breaker.as_str(),
        format!("{}/{}", calls.in_flight, calls.limit),
        calls.queued,
        count(calls.budget),
    );
    Line { text, tone: tone_of(calls) }
}

fn ledger(ledger: &Ledger) -> Line {
    let Ledger { currency, imbalance_minor, holds_open } = ledger;
    let told = imbalance_minor.map_or_else(|| UNKNOWN.to_owned(), |minor| minor.to_string());
    let text = format!("{:<LONGEST$} {told:>24} {:>10}", harmless(currency, LONGEST), count(*holds_open));
    let tone = if imbalance_minor.is_some_and(|minor| minor != 0) { Tone::Bad } else { Tone::Plain };
    Line { text, tone }
}

// === what is worth what ===

fn is_worth_a_line(calls: &Calls) -> bool {
    rate(calls) > 0 || calls.in_flight > 0 || calls.queued > 0 || calls.breaker != Breaker::Closed
}

fn rate(calls: &Calls) -> u64 {
    let Calls { done_milli, refused_milli, unknown_milli, retries_milli, .. } = calls;
    [*done_milli, *refused_milli, *unknown_milli, *retries_milli].into_iter().fold(0, u64::saturating_add)
}

fn tone_of(calls: &Calls) -> Tone {
    match calls.breaker {
        Breaker::Open => Tone::Bad,
        Breaker::HalfOpen | Breaker::Ramping => Tone::Warning,
        Breaker::Closed if calls.unknown_milli > 0 || calls.budget == Some(0) => Tone::Warning,
        Breaker::Closed => Tone::Plain,
    }
}

fn tone_of_status(status: Status) -> Tone {
    match status {
        Status::Ok => Tone::Plain,
        Status::Degraded => Tone::Warning,
        Status::Unhealthy | Status::Down => Tone::Bad,
    }
}

// === words ===

fn head(text: &str) -> Line {
    Line { text: text.to_owned(), tone: Tone::Head }
}

fn plain(text: String) -> Line {
    Line { text, tone: Tone::Plain }
}

/// A foreign text that a terminal would not obey, and no longer than its column.
fn harmless(text: &str, most: usize) -> String {
    let shown = text.chars().map(|letter| if letter.is_control() { '\u{fffd}' } else { letter });
    shown.take(most).collect()
}

fn count(count: Option<u64>) -> String {
    count.map_or_else(|| UNKNOWN.to_owned(), |count| count.to_string())
}

/// Thousandths per second, with one digit behind the point.
fn per_second(milli: u64) -> String {
    format!("{}.{}", milli / 1000, milli % 1000 / 100)
}

/// Microseconds, in the unit that fits.
fn time(micros: Option<u64>) -> String {
    match micros {
        None => UNKNOWN.to_owned(),
        Some(micros @ 0..1000) => format!("{micros}us"),
        Some(micros @ 1000..1_000_000) => format!("{}.{}ms", micros / 1000, micros % 1000 / 100),
        Some(micros) => format!("{}.{:02}s", micros / 1_000_000, micros % 1_000_000 / 10_000),
    }
}

#[cfg(test)]
mod tests;
