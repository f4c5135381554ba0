use super::{Line, Tone, lines};
use crate::watch::picture::{Breaker, Calls, Ledger, Picture, Service, Status};

fn service(name: &'static str, status: Status) -> Service {
    Service {
        name,
        up: status != Status::Down,
        status,
        note: None,
        per_second_milli: 12_345,
        p50_us: Some(950),
        p99_us: Some(31_250),
        sagas_open: 3,
        unpublished: Some(7),
        incidents: Some(0),
        dead_letters: None,
    }
}

fn calls(to: &str, done_milli: u64, breaker: Breaker) -> Calls {
    Calls {
        from: "payment-gateway",
        to: to.to_owned(),
        done_milli,
        refused_milli: 0,
        unknown_milli: 0,
        news_milli: 0,
        p50_us: None,
        p99_us: Some(2_345_678),
        retries_milli: 0,
        breaker,
        in_flight: 0,
        limit: 128,
        queued: 0,
        budget: Some(10),
    }
}

fn ledger(currency: &str, imbalance_minor: Option<i64>) -> Ledger {
    Ledger { currency: currency.to_owned(), imbalance_minor, holds_open: Some(2) }
}

/// The words of the line that begins so.
#[track_caller]
fn of<'a>(lines: &'a [Line], begins: &str) -> (Vec<&'a str>, Tone) {
    let line = lines.iter().find(|line| line.text.starts_with(begins)).unwrap_or_else(|| unreachable!("{lines:?}"));
    (line.text.split_whitespace().collect(), line.tone)
}

#[test]
fn a_service_is_a_line_and_one_that_is_down_is_said_so() {
    let mut away = service("order-service", Status::Down);
    (away.p50_us, away.p99_us, away.unpublished, away.incidents) = (None, None, None, None);
    let services = vec![service("payment-gateway", Status::Ok), away];
    let lines = lines(&Picture { services, ..Picture::default() });
    let gateway = ["payment-gateway", "ok", "12.3", "950us", "31.2ms", "3", "7", "-", "0"];
    assert_eq!(of(&lines, "payment-gateway"), (gateway.to_vec(), Tone::Plain));
    let order = ["order-service", "down", "-", "-", "-", "-", "-", "-", "-"];
    assert_eq!(of(&lines, "order-service"), (order.to_vec(), Tone::Bad));
    assert_eq!((&*lines[0].text, lines[0].tone), ("payments at 1970-01-01T00:00:00Z: 1 ok 1 down", Tone::Bad));
}

#[test]
fn clients_in_trouble_come_first_and_idle_ones_are_counted() {
    let calls = vec![
        calls("idle-service", 0, Breaker::Closed),
        calls("busy-service", 9000, Breaker::Closed),
        calls("risk-service", 0, Breaker::Open),
        calls("less-busy-service", 1000, Breaker::Closed),
    ];
    let lines = lines(&Picture { calls, ..Picture::default() });
    let called: Vec<_> =
        lines.iter().filter_map(|line| line.text.strip_prefix("payment-gateway")?.split_whitespace().next()).collect();
    assert_eq!(called, ["risk-service", "busy-service", "less-busy-service"]);
    assert_eq!(of(&lines, "1 more clients are idle").1, Tone::Plain);
    let (words, tone) = of(&lines, "payment-gateway");
    assert_eq!(words[1..], ["risk-service", "0.0", "0.0", "0.0", "-", "2.34s", "0.0", "open", "0/128", "0", "10"]);
    assert_eq!(tone, Tone::Bad);
}

#[test]
fn a_ledger_that_does_not_add_up_is_bad_and_one_that_is_not_told_is_no_zero() {
    let told = vec![ledger("EUR", Some(0)), ledger("JPY", None), ledger("USD", Some(-5))];
    let told = lines(&Picture { ledger: told, ..Picture::default() });
    assert_eq!(of(&told, "EUR"), (vec!["EUR", "0", "2"], Tone::Plain));
    assert_eq!(of(&told, "JPY"), (vec!["JPY", "-", "2"], Tone::Plain));
    assert_eq!(of(&told, "USD"), (vec!["USD", "-5", "2"], Tone::Bad));
    assert_eq!(lines(&Picture::default()).last().map(|line| &*line.text), Some("accounting has told nothing of it"));
}

#[test]
fn what_somebody_else_has_named_cannot_command_the_terminal() {
    let mut odd = service("order-service", Status::Ok);
    odd.note = Some("\u{1b}[2J\nnote".to_owned());
    let calls = vec![calls("\u{1b}]0;title\u{7}\r\nname-that-is-longer-than-its-column", 1000, Breaker::Closed)];
    let lines = lines(&Picture { services: vec![odd], calls, ..Picture::default() });
    assert!(lines.iter().all(|line| !line.text.contains(char::is_control)), "{lines:?}");
    assert_eq!(of(&lines, "order-service").1, Tone::Warning);
}
