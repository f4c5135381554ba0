//! Deadlines: nothing outlives them, they travel, and what they cut short is in doubt only if it was sent.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod support;

use std::{sync::Arc, time::Duration};

use payment_clients::contract::{
    call::Call,
    certainty::Certainty,
    context::CallContext,
    deadline::Deadline,
    error::ErrorKind,
    explain::{Decision, Reason},
    operation::Tier,
    options::{CallOptions, Scoped},
};
use support::{DONE, PAY, READ, Script, Step, call, refused, request};
use tokio::time::Instant;

/// A call that is served here, with so much time left.
fn serving(left: Duration, tier: Tier) -> Arc<CallContext> {
    let mut context = CallContext::default();
    context.deadline = Some(Deadline::at((Instant::now() + left).into_std()));
    context.tier = Some(tier);
    Arc::new(context)
}

#[tokio::test(start_paused = true)]
async fn a_call_ends_at_its_deadline_to_the_millisecond() {
    let script = Script::new([Step::Hang]);
    let client = script.client();
    let begun = Instant::now();
    let scoped = Scoped::new(client.clone(), CallOptions::new().deadline(Duration::from_millis(300)));
    let error = scoped.scope(async { client.call(request(&PAY)).await }).await.unwrap_err();
    assert_eq!(begun.elapsed().as_millis(), 300);
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Timeout, Certainty::PossiblyProcessed));
}

#[tokio::test(start_paused = true)]
async fn a_wait_that_would_outlast_the_deadline_is_not_waited_and_the_call_knows_that_nothing_was_sent() {
    let script = Script::new([Step::Fail(refused)]);
    let second = Duration::from_secs(1);
    let client = script.client_with(|builder| {
        builder.configure(|config| config.all_tiers(|tier| (tier.backoff.base, tier.backoff.cap) = (second, second)))
    });
    let begun = Instant::now();
    let scoped = Scoped::new(client.clone(), CallOptions::new().deadline(Duration::from_millis(5)));
    let error = scoped.scope(async { client.call(request(&PAY)).await }).await.unwrap_err();
    assert_eq!((begun.elapsed(), error.certainty()), (Duration::ZERO, Certainty::NotSent));
    assert_eq!(error.explain().unwrap().decisions().last(), Some(&Decision::Stopped(Reason::DeadlineTooNear)));
}

#[tokio::test(start_paused = true)]
async fn a_served_calls_deadline_and_tier_bind_the_calls_made_for_it() {
    let script = Script::new([Step::Hang]);
    let client = script.client();
    let context = serving(Duration::from_millis(200), Tier::BestEffort);
    let begun = Instant::now();
    context.scope(async { call(&client, &READ).await }).await.unwrap_err();
    assert_eq!(begun.elapsed().as_millis(), 195, "5 ms are kept for our own answer's way back");
    assert_eq!(script.header("x-deadline-ms"), [Some("195".to_owned())]);
    assert_eq!(script.header("x-criticality"), [Some("best_effort".to_owned())]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_cannot_finish_is_not_sent() {
    let script = Script::new([]);
    let client = script.client();
    let context = serving(Duration::from_millis(5), Tier::Critical);
    let error = context.scope(async { call(&client, &PAY).await }).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Rejected, Certainty::NotSent));
    assert_eq!(error.attempts(), 0);
    assert!(script.seen().is_empty());
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_told_the_time_that_is_left() {
    let script = Script::new([Step::Hang, DONE]);
    call(&script.client(), &READ).await.unwrap();
    let left: Vec<u64> = script.header("x-deadline-ms").into_iter().map(|ms| ms.unwrap().parse().unwrap()).collect();
    assert_eq!(left[0], 3000, "the critical tier's total");
    assert!(left[1] <= 2000, "after an attempt timeout of one second: {left:?}");
}

#[tokio::test(start_paused = true)]
async fn options_reach_the_first_call_inside_and_no_further() {
    let script = Script::new([DONE, DONE]);
    let client = script.client();
    let options = CallOptions::new().deadline(Duration::from_millis(77)).key("mine".parse().unwrap());
    let handler = async {
        call(&client, &PAY).await.unwrap();
        call(&client, &PAY).await.unwrap();
    };
    Scoped::new(client.clone(), options).scope(handler).await;
    let keys = script.header("idempotency-key");
    assert_eq!(keys[0].as_deref(), Some("mine"));
    assert_ne!(keys[1].as_deref(), Some("mine"), "a handler's own calls must not inherit its caller's key");
}

#[tokio::test(start_paused = true)]
async fn calls_made_for_a_served_call_stay_in_its_trace_and_keep_its_request_id() {
    let script = Script::new([DONE, DONE]);
    let client = script.client();
    let mut context = CallContext::default();
    context.trace = payment_clients::contract::trace::TraceContext::parse(
        "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    );
    context.request_id = Some("req-1".parse().unwrap());
    Arc::new(context).scope(async { call(&client, &READ).await }).await.unwrap();
    call(&client, &READ).await.unwrap();
    let traces = script.header("traceparent");
    let joined = traces[0].clone().unwrap();
    assert!(joined.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && joined.ends_with("-01"), "{joined}");
    assert!(!joined.contains("b7ad6b7169203331"), "each attempt is a span of its own: {joined}");
    assert!(!traces[1].clone().unwrap().contains("0af7651916cd43dd8448eb211c80319c"));
    assert_eq!(script.header("x-request-id")[0].as_deref(), Some("req-1"));
}
