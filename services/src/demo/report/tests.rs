//! Both forms of the report, and when it says that the books agree.

use std::{collections::BTreeMap, time::Duration};

use payment_clients::contract::money::{Currency, Money};

use super::{Http, Report};
use crate::demo::{
    books::{Book, Total},
    tally::{Tally, Verdict},
};

fn tally() -> Tally {
    let mut tally = Tally::default();
    for (line, amount, verdict) in [
        (2, 1177, Verdict::Accepted),
        (3, 0, Verdict::Refused("INVALID_REQUEST".to_owned())),
        (4, 120_000, Verdict::Accepted),
    ] {
        let money = Money::new(amount, Currency::USD);
        tally.offer(money);
        tally.answered_in(Duration::from_micros(1500));
        tally.settle(line, money, verdict);
    }
    tally
}

fn books(orders: i64) -> Vec<Book> {
    let book = |name, amount| Book { name, totals: BTreeMap::from([(Currency::USD, Total { payments: 2, amount })]) };
    vec![book("gateway", 121_177), book("order", orders), book("channel_adapter", 121_177), book("channel", 121_177)]
}

fn report(tally: Tally, orders: i64) -> Report {
    let http = Http { calls: 20, attempts: 21, retries: 1 };
    Report::new(tally, books(orders), Vec::new(), http, Duration::from_millis(1500))
}

#[test]
fn the_object_has_these_keys_in_this_order() {
    let json = serde_json::to_string(&report(tally(), 121_177)).unwrap();
    assert_eq!(
        json,
        "{\"payments\":{\"offered\":3,\"succeeded\":2,\"refused\":1,\"failed\":0,\"unknown\":0},\
         \"amount_minor\":{\"USD\":{\"offered\":121177,\"succeeded\":121177}},\
         \"books\":{\"gateway\":{\"USD\":121177},\"order\":{\"USD\":121177},\
         \"channel_adapter\":{\"USD\":121177},\"channel\":{\"USD\":121177}},\
         \"http\":{\"calls\":20,\"attempts\":21,\"retries\":1},\
         \"seconds\":1.5,\"payments_per_second\":2,\"p50_ms\":1.5,\"p99_ms\":1.5,\
         \"refused_by_reason\":{\"INVALID_REQUEST\":1}}"
    );
}

#[test]
fn people_read_the_same_figures() {
    let text = report(tally(), 121_177).to_string();
    for line in [
        "purchases             number                  amount",
        "offered                    3             1211.77 USD",
        "succeeded                  2             1211.77 USD",
        "  refused with INVALID_REQUEST: 1",
        "channel_adapter            2             1211.77 USD",
        "1.5s: 2 payments/s, p50 1.5ms, p99 1.5ms; 20 HTTP calls, 21 attempts, 1 retries",
        "The four books agree with each other and with every answer.",
    ] {
        assert!(text.lines().any(|told| told == line), "{line:?} is not in\n{text}");
    }
}

#[test]
fn one_cent_is_a_difference() {
    assert!(report(tally(), 121_177).holds());
    let report = report(tally(), 121_176);
    assert!(!report.holds());
    assert!(report.to_string().ends_with("THE BOOKS DO NOT AGREE."));
}

#[test]
fn an_unknown_outcome_is_no_success() {
    let mut tally = tally();
    let money = Money::new(5, Currency::USD);
    tally.offer(money);
    tally.settle(5, money, Verdict::Doubtful);
    let report = report(tally, 121_177);
    assert!(!report.holds());
    assert!(report.to_string().contains("SOME OUTCOMES ARE UNKNOWN"));
}

#[test]
fn a_book_that_holds_nothing_stands_there_with_zero() {
    let mut books = books(0);
    books[1].totals.clear();
    let report = Report::new(tally(), books, Vec::new(), Http::default(), Duration::ZERO);
    assert!(!report.holds());
    assert!(serde_json::to_string(&report).unwrap().contains("\"order\":{\"USD\":0}"));
}
