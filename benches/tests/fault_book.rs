//! The book keeps the promises of a keyed operation, or its verdict on clients would be worth nothing.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::time::Duration;

use bytes::Bytes;
use http::{Request, StatusCode};
use payment_benches::fault::{
    book::{Arrival, Book},
    calls::CALL,
    fate::Work,
};
use payment_clients::{
    contract::headers::{IDEMPOTENCY_KEY, IDEMPOTENCY_REPLAYED},
    seams::Clock,
};

fn arrival(path: &str, key: Option<&str>, body: &'static str) -> Arrival {
    let mut request = Request::post(path).header(CALL, "1");
    if let Some(key) = key {
        request = request.header(IDEMPOTENCY_KEY, key);
    }
    Arrival::of(&request.body(Bytes::from_static(body.as_bytes())).unwrap()).unwrap()
}

#[test]
fn a_repeat_is_answered_with_the_stored_answer_and_does_nothing() {
    let (mut book, now) = (Book::default(), Clock::system().now());
    for work in [Work::AT_ONCE, Work::Decline] {
        let page = book.serve(&arrival("/keyed/7", Some("k"), "{}"), work, now).page();
        assert_eq!(page.status(), StatusCode::OK, "a refusal would not undo what was done");
    }
    let page = book.serve(&arrival("/keyed/7", Some("k"), "{}"), Work::AT_ONCE, now).page();
    assert_eq!(page.headers()[IDEMPOTENCY_REPLAYED], "true");
    assert_eq!((book.effects_of(7), book.duplicates()), (1, 0));
}

#[test]
fn a_refusal_is_stored_as_well() {
    let (mut book, now) = (Book::default(), Clock::system().now());
    for work in [Work::Decline, Work::AT_ONCE] {
        let page = book.serve(&arrival("/keyed/7", Some("k"), "{}"), work, now).page();
        assert_eq!(page.status(), StatusCode::UNPROCESSABLE_ENTITY);
    }
    assert_eq!(book.effects(), 0);
}

#[test]
fn a_repeat_of_what_is_under_way_has_to_wait() {
    let (mut book, now) = (Book::default(), Clock::system().now());
    let mut serve = |after| book.serve(&arrival("/keyed/7", Some("k"), "{}"), Work::LATE, now + after).page();
    let moments = [0, 10, 30].map(Duration::from_millis).map(|after| serve(after).status());
    assert_eq!(moments, [StatusCode::OK, StatusCode::CONFLICT, StatusCode::OK]);
    assert_eq!(book.effects_of(7), 1);
}

#[test]
fn a_key_names_one_request_only_and_must_be_there() {
    let (mut book, now) = (Book::default(), Clock::system().now());
    let mut serve = |path, key, body| book.serve(&arrival(path, key, body), Work::AT_ONCE, now).page();
    assert_eq!(serve("/keyed/7", Some("k"), "{}").status(), StatusCode::OK);
    for (path, body) in [("/keyed/7", "[]"), ("/keyed/8", "{}")] {
        let page = serve(path, Some("k"), body);
        assert_eq!(page.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert!(page.body().starts_with(br#"{"code":"IDEMPOTENCY_KEY_REUSED""#));
    }
    assert_eq!(serve("/keyed/9", None, "{}").status(), StatusCode::BAD_REQUEST);
    assert_eq!((book.effects(), book.duplicates()), (1, 0));
}

#[test]
fn twice_is_twice_without_a_key_and_once_for_what_is_idempotent() {
    let (mut book, now) = (Book::default(), Clock::system().now());
    for path in ["/safe/1", "/idempotent/2", "/unsafe/3"].into_iter().cycle().take(6) {
        book.serve(&arrival(path, None, "{}"), Work::AT_ONCE, now);
    }
    assert_eq!([1, 2, 3].map(|intent| book.effects_of(intent)), [0, 1, 2]);
    assert_eq!(book.duplicates(), 1);
}
