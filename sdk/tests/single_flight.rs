//! Equal reads under way: one call for all, and nobody fails because somebody else gave up. Time is virtual throughout.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use payment_clients::{
    client::BaseClient,
    contract::{
        error::{ErrorKind, Result},
        explain::Decision,
        operation::{Operation, Tier},
        options::{CallOptions, Scoped},
        response::Response,
    },
};
use support::{DONE, READ, SERVICE, Script, Step, call, fund, refused};

const SLOW: Step = Step::Slow(Duration::from_millis(50));
static RATES: Operation =
    Operation::new(SERVICE, "rates", Method::GET, "/rates/{id}").cache(Duration::from_millis(1), Duration::ZERO);

async fn with(options: CallOptions, client: &BaseClient) -> Result<Response> {
    Scoped::new(client.clone(), options).scope(async { call(client, &RATES).await }).await
}

/// Calls a little later than the one beside it.
async fn then(options: CallOptions, client: &BaseClient) -> Result<Response> {
    tokio::time::sleep(Duration::from_millis(1)).await;
    with(options, client).await
}

#[tokio::test(start_paused = true)]
async fn equal_reads_under_way_share_one_attempt() {
    let script = Script::new([SLOW]);
    let client = script.client();
    let answers = join_all((0..100).map(|_| call(&client, &RATES))).await;
    assert!(answers.iter().all(Result::is_ok));
    assert_eq!(script.seen().len(), 1);
}

#[tokio::test(start_paused = true)]
async fn reads_that_declare_no_cache_are_made_each() {
    let script = Script::new([SLOW, SLOW]);
    let client = script.client();
    let (one, other) = tokio::join!(call(&client, &READ), call(&client, &READ));
    assert!(one.is_ok() && other.is_ok() && script.finished());
}

#[tokio::test(start_paused = true)]
async fn a_leader_that_gives_up_hands_over() {
    let script = Script::new([Step::Hang, DONE]);
    let client = script.client();
    let hasty = CallOptions::new().deadline(Duration::from_millis(100));
    let followers = join_all((0..10).map(|_| then(CallOptions::new(), &client)));
    let (leader, followers) = tokio::join!(with(hasty, &client), followers);
    assert_eq!(leader.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(followers.iter().all(Result::is_ok));
    assert_eq!(script.seen().len(), 2, "one follower asked again, for all");
}

#[tokio::test(start_paused = true)]
async fn a_follower_keeps_its_own_deadline() {
    let script = Script::new([Step::Slow(Duration::from_millis(500))]);
    let client = script.client();
    let hasty = CallOptions::new().deadline(Duration::from_millis(100));
    let (leader, follower) = tokio::join!(with(CallOptions::new(), &client), then(hasty, &client));
    leader.unwrap();
    assert_eq!(follower.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn a_failure_is_shared_whole_and_says_whose_it_is() {
    let body = r#"{"code":"BUSY","message":"come back later","details":"d","trace_id":"t"}"#;
    let script = Script::default();
    let client = script.client();
    fund(&script, &client, 10).await;
    // The retry of the first failure leaves time to join.
    script.then([Step::Fail(refused), Step::Answer(503, &[("x-nack", "final"), ("retry-after", "7")], body)]);
    let (leader, follower) = tokio::join!(call(&client, &RATES), call(&client, &RATES));
    let (leader, follower) = (leader.unwrap_err(), follower.unwrap_err());
    assert_eq!(script.seen().len(), 2);
    assert_eq!(follower.message(), "an equal call under way failed: come back later");
    assert_eq!((follower.kind(), follower.certainty()), (leader.kind(), leader.certainty()));
    assert_eq!((follower.status(), follower.code()), (leader.status(), leader.code()));
    assert_eq!((follower.details(), follower.trace_id()), (Some("d"), Some("t")));
    assert_eq!((follower.retry_after(), follower.nack()), (leader.retry_after(), leader.nack()));
    assert_eq!((leader.attempts(), follower.attempts()), (2, 0));
    assert!(follower.explain().unwrap().decisions().contains(&Decision::Joined));
}

#[tokio::test(start_paused = true)]
async fn a_caller_that_matters_more_does_not_fail_with_one_that_matters_less() {
    let script = Script::new([Step::Hang, DONE]);
    let client = script.client();
    let low = CallOptions::new().tier(Tier::BestEffort);
    let (low, high) = tokio::join!(with(low, &client), then(CallOptions::new(), &client));
    assert_eq!(low.unwrap_err().kind(), ErrorKind::Timeout);
    high.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_fresh_call_joins_nobody() {
    let script = Script::new([SLOW, DONE]);
    let client = script.client();
    let (early, fresh) = tokio::join!(with(CallOptions::new(), &client), then(CallOptions::new().fresh(), &client));
    assert!(early.is_ok() && fresh.is_ok());
    assert_eq!(script.seen().len(), 2);
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_was_for_want_of_time_is_not_that_of_a_patient_follower() {
    let script = Script::default();
    let client = script.client();
    fund(&script, &client, 10).await;
    // The retry of the first failure leaves time to join; there is none for the one after it.
    script.then([Step::Fail(refused), Step::Answer(503, &[("retry-after", "1")], ""), DONE]);
    let hasty = CallOptions::new().deadline(Duration::from_millis(300));
    let patient = CallOptions::new().deadline(Duration::from_secs(3));
    let (leader, follower) = tokio::join!(with(hasty, &client), with(patient, &client));
    assert_eq!(leader.unwrap_err().kind(), ErrorKind::Unavailable);
    follower.unwrap();
    assert!(script.finished());
}
