//! Retries: what is sent again, with which bytes, and what is known at the end. Time is virtual throughout.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use payment_clients::contract::{
    call::Call,
    certainty::Certainty,
    error::{ErrorKind, Result},
    idempotency::IdempotencyKey,
    operation::Operation,
    options::{CallOptions, Scoped},
    response::Response,
};
use support::{ALL, DONE, PAY, PUT, READ, SEND, Script, Step, broken, call, fund, refused, request};

/// Runs one call whose first attempt goes as `step` and whose second would succeed; the attempts made, and the answer.
async fn after(step: Step, operation: &'static Operation) -> (usize, Result<Response>) {
    let script = Script::default();
    let client = script.client();
    fund(&script, &client, 10).await;
    script.then([step, DONE]);
    let answer = call(&client, operation).await;
    (script.seen().len(), answer)
}

/// One row of the retry-safety table: attempts for a safe, idempotent, keyed and unsafe operation, and what an unsafe
/// one knows when it stops.
async fn row(name: &str, step: fn() -> Step, attempts: [usize; 4], certainty: Certainty) {
    for (operation, expected) in ALL.into_iter().zip(attempts) {
        let (seen, answer) = after(step(), operation).await;
        assert_eq!(seen, expected, "{name}: attempts of {}", operation.name);
        assert_eq!(answer.is_ok(), expected == 2, "{name}: outcome of {}", operation.name);
        if let Err(error) = answer {
            assert_eq!(error.certainty(), certainty, "{name}: certainty of {}", operation.name);
            assert_eq!(error.attempts(), 1, "{name}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_table_of_retry_safety_holds_row_by_row() {
    use Certainty::{NotProcessed, NotSent, PossiblyProcessed, Processed};
    const NACK: &[(&str, &str)] = &[("x-nack", "retry")];
    const FINAL: &[(&str, &str)] = &[("x-nack", "final")];
    const IN_PROGRESS: &str = r#"{"code":"IDEMPOTENCY_IN_PROGRESS","message":"still running"}"#;
    const REUSED: &str = r#"{"code":"IDEMPOTENCY_KEY_REUSED","message":"other body"}"#;
    row("connection refused", || Step::Fail(refused), [2, 2, 2, 2], NotSent).await;
    row("reset", || Step::Fail(broken), [2, 2, 2, 1], PossiblyProcessed).await;
    row("attempt timeout", || Step::Hang, [2, 2, 2, 1], PossiblyProcessed).await;
    row("2xx that is no JSON", || Step::Answer(200, &[], "<html>"), [2, 2, 2, 1], PossiblyProcessed).await;
    for status in [408, 500, 502, 503, 504, 429] {
        row(&status.to_string(), gateway_like(status), [2, 2, 2, 1], PossiblyProcessed).await;
    }
    row("503 nack", || Step::Answer(503, NACK, ""), [2, 2, 2, 2], NotProcessed).await;
    row("429 nack", || Step::Answer(429, NACK, ""), [2, 2, 2, 2], NotProcessed).await;
    row("503 final", || Step::Answer(503, FINAL, ""), [1, 1, 1, 1], NotProcessed).await;
    row("421", || Step::Answer(421, &[], ""), [2, 2, 2, 2], NotProcessed).await;
    row("401", || Step::Answer(401, &[], ""), [1, 1, 1, 1], NotProcessed).await;
    for status in [400, 403, 404, 409, 410, 412, 422, 501, 505] {
        row(&status.to_string(), gateway_like(status), [1, 1, 1, 1], Processed).await;
    }
    row("409 in progress", || Step::Answer(409, &[], IN_PROGRESS), [1, 1, 2, 1], PossiblyProcessed).await;
    row("422 key reused", || Step::Answer(422, &[], REUSED), [1, 1, 1, 1], Processed).await;
    row("envelope error", || Step::Answer(200, &[], r#"{"code":"NO","message":"no"}"#), [1, 1, 1, 1], Processed).await;
    row("redirect", || Step::Answer(307, &[("location", "/x")], ""), [2, 2, 2, 1], PossiblyProcessed).await;
}

/// A bare status, as an intermediary would send it. `fn` pointers capture nothing, so each status is spelt out.
fn gateway_like(status: u16) -> fn() -> Step {
    macro_rules! steps {
        ($($status:literal)*) => {
            match status {
                $($status => || Step::Answer($status, &[], ""),)*
                other => panic!("{other} is not in the table"),
            }
        };
    }
    steps!(400 403 404 408 409 410 412 422 429 500 501 502 503 504 505)
}

#[tokio::test(start_paused = true)]
async fn every_attempt_carries_the_same_key_and_the_same_bytes() {
    let script = Script::default();
    let client = script.client();
    fund(&script, &client, 10).await;
    script.then([Step::Fail(broken), Step::Answer(500, &[], ""), DONE]);
    call(&client, &PAY).await.unwrap();
    let keys = script.header("idempotency-key");
    assert_eq!(keys.len(), 3);
    assert!(keys[0].is_some() && keys.iter().all(|key| *key == keys[0]), "{keys:?}");
    assert!(script.seen().windows(2).all(|pair| pair[0].body() == pair[1].body()));
    assert_eq!(script.header("x-attempt"), ["1/3", "2/3", "3/3"].map(|text| Some(text.to_owned())));
}

#[tokio::test(start_paused = true)]
async fn two_calls_never_share_a_key_and_only_keyed_calls_have_one() {
    let script = Script::new([DONE, DONE, DONE, DONE, DONE]);
    let client = script.client();
    for operation in [&PAY, &PAY, &READ, &PUT, &SEND] {
        call(&client, operation).await.unwrap();
    }
    let keys = script.header("idempotency-key");
    assert_ne!(keys[0], keys[1]);
    assert_eq!(keys[2..], [None, None, None]);
}

#[tokio::test(start_paused = true)]
async fn a_caller_may_bring_the_key_and_the_error_gives_it_back() {
    let script = Script::new([Step::Hang, Step::Fail(refused), Step::Fail(refused)]);
    let client = script.client();
    let key = IdempotencyKey::new("saga-1:channel:fwd").unwrap();
    let scoped = Scoped::new(client.clone(), CallOptions::new().key(key.clone()));
    let error = scoped.scope(async { client.call(request(&PAY)).await }).await.unwrap_err();
    let unknown = error.into_indeterminate().unwrap();
    assert_eq!(unknown.key(), Some(&key));
    assert!(unknown.sent_at().is_some());
    assert_eq!(unknown.operation().unwrap().name, "pay");
}

#[tokio::test(start_paused = true)]
async fn a_first_attempt_in_doubt_is_not_forgotten_when_a_later_one_is_refused() {
    let script = Script::default();
    let client = script.client();
    fund(&script, &client, 10).await;
    script.then([Step::Hang, Step::Fail(refused), Step::Fail(refused)]);
    let error = call(&client, &PAY).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unreachable, Certainty::PossiblyProcessed));
    assert_eq!(error.attempts(), 3);
}

#[tokio::test(start_paused = true)]
async fn a_failing_dependency_sees_its_load_and_almost_nothing_on_top() {
    let script = Script::new((0..200).map(|_| Step::Answer(503, &[], "")));
    let client = script.client_with(|builder| builder.configure(|config| config.retry_budget_permille = 100));
    for _ in 0..60 {
        call(&client, &READ).await.unwrap_err();
        tokio::time::advance(Duration::from_secs(1)).await;
    }
    assert!(script.seen().len() <= 67, "{} attempts for 60 calls", script.seen().len());
}

#[tokio::test(start_paused = true)]
async fn a_hint_is_waited_for_and_no_wait_ends_after_the_deadline() {
    let script = Script::default();
    let client = script.client();
    fund(&script, &client, 10).await;
    script.then([Step::Answer(503, &[("retry-after", "1")], ""), DONE]);
    let begun = tokio::time::Instant::now();
    call(&client, &READ).await.unwrap();
    assert!(begun.elapsed() >= Duration::from_secs(1));

    script.then([Step::Answer(503, &[("retry-after", "999999")], "")]);
    let begun = tokio::time::Instant::now();
    let error = call(&client, &READ).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unavailable, "the last error, not a timeout");
    assert!(begun.elapsed() < Duration::from_millis(1), "failed at once instead of waiting in vain");
}

#[tokio::test(start_paused = true)]
async fn a_caller_may_lower_the_attempts_but_not_raise_them() {
    for (asked, expected) in [(1, 1), (2, 2), (9, 3)] {
        let script = Script::default();
        let client = script.client();
        fund(&script, &client, 10).await;
        script.then([Step::Fail(refused), Step::Fail(refused), Step::Fail(refused)]);
        let scoped = Scoped::new(client.clone(), CallOptions::new().max_attempts(asked));
        scoped.scope(async { client.call(request(&READ)).await }).await.unwrap_err();
        assert_eq!(script.seen().len(), expected);
    }
}

#[tokio::test(start_paused = true)]
async fn a_no_of_the_business_funds_retries_like_a_yes() {
    let script = Script::default();
    let client = script.client();
    for _ in 0..5 {
        script.then([Step::Answer(200, &[], r#"{"code":"CARD_DECLINED","message":"no"}"#)]);
        call(&client, &PAY).await.unwrap_err();
    }
    for _ in 0..5 {
        script.then([Step::Fail(refused), DONE]);
        call(&client, &PAY).await.unwrap();
    }
}
