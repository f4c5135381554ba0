//! What travels beside the body, and the span.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use axum::{Extension, body::Body};
use bytes::Bytes;
use http::{Method, StatusCode};
use payment_clients::{
    contract::{certainty::Certainty, context::CallContext, error::Nack, idempotency::Fingerprint, response::Response},
    server::{self, Principal},
};
use serde_json::json;
use tokio::sync::{Notify, oneshot};

use super::support::{CREATE, ORDER, PAY, PING, ask, counting, get, request, serving};

#[tokio::test]
async fn a_keyed_operation_refuses_to_run_without_a_key_and_says_what_to_do() {
    let (router, runs) = counting();
    let answer = ask(&router, request("POST", "/orders").body(Body::from(ORDER)).unwrap()).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "IDEMPOTENCY_KEY_MISSING"));
    assert!(answer.message().contains("Idempotency-Key"), "{}", answer.message());
    for key in ["", "two words", "ключ", &"k".repeat(256)] {
        let request = request("POST", "/orders").header("idempotency-key", key).body(Body::from(ORDER)).unwrap();
        assert_eq!(ask(&router, request).await.code(), "INVALID_REQUEST", "{key}");
    }
    assert_eq!(runs.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_deadline_that_has_passed_is_refused_for_good_and_nothing_runs() {
    let (router, runs) = counting();
    let late = |ms: &str| request("POST", "/orders").header("idempotency-key", "k").header("x-deadline-ms", ms);
    let answer = ask(&router, late("0").body(Body::from(ORDER)).unwrap()).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "DEADLINE_EXCEEDED"));
    let error = Response::classify(&CREATE, answer.status, answer.headers, &answer.body).unwrap_err();
    assert_eq!((error.certainty(), error.nack()), (Certainty::NotProcessed, Some(Nack::Final)));
    for malformed in ["-1", "1.5", "soon", ""] {
        let answer = ask(&router, late(malformed).body(Body::from(ORDER)).unwrap()).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "INVALID_REQUEST"));
        assert!(answer.message().contains("x-deadline-ms"), "{}", answer.message());
    }
    assert_eq!(runs.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_deadline_that_passes_while_the_body_arrives_is_refused_before_the_handler() {
    let (router, runs) = counting();
    let never = futures_util::stream::pending::<Result<Bytes, std::io::Error>>();
    let slow = request("POST", "/orders").header("idempotency-key", "k").header("x-deadline-ms", "50");
    let answer = ask(&router, slow.body(Body::from_stream(never)).unwrap()).await;
    assert_eq!((answer.code().as_str(), answer.header("x-nack")), ("DEADLINE_EXCEEDED", Some("final")));
    assert_eq!(runs.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_handler_that_outlives_the_deadline_still_gives_its_answer() {
    let router = serving(&PING, |_| async {
        tokio::time::advance(Duration::from_secs(1)).await;
        Ok("done")
    });
    let request = request("GET", "/ping").header("x-deadline-ms", "50").body(Body::empty()).unwrap();
    assert_eq!(ask(&router, request).await.body, "\"done\"");
}

#[tokio::test]
async fn a_caller_that_hangs_up_does_not_stop_an_effect_half_way() {
    let (begun, go, done) = (Arc::new(Notify::new()), Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let (ended, end) = oneshot::channel();
    let ended = Arc::new(std::sync::Mutex::new(Some(ended)));
    let router = {
        let (begun, go, done) = (begun.clone(), go.clone(), done.clone());
        serving(&PAY, move |_| {
            let (begun, go, done, ended) = (begun.clone(), go.clone(), done.clone(), ended.clone());
            async move {
                begun.notify_one();
                go.notified().await;
                assert_eq!(server::current().operation.unwrap().name, "pay_order", "still part of its call");
                done.store(true, Ordering::SeqCst);
                ended.lock().unwrap().take().unwrap().send(()).unwrap();
                Ok(())
            }
        })
    };
    let call =
        tokio::spawn(async move { ask(&router, request("POST", "/orders/1/pay").body(Body::empty()).unwrap()).await });
    begun.notified().await;
    call.abort();
    assert!(call.await.is_err());
    go.notify_one();
    end.await.unwrap();
    assert!(done.load(Ordering::SeqCst));
}

#[tokio::test]
async fn the_handler_and_what_it_calls_see_the_context_of_the_call() {
    let router = serving(&CREATE, |_| async {
        // What a client does for every call that it begins.
        let context = CallContext::current().unwrap();
        assert!(Arc::ptr_eq(&context, &server::current()));
        let trace = context.trace.unwrap();
        Ok(json!({
            "operation": context.operation.unwrap().name, "tier": context.tier.unwrap().as_str(),
            "attempt": context.attempt, "principal": context.principal, "key": context.key.as_ref().unwrap().as_str(),
            "deadline": context.deadline.is_some(), "trace_id": format!("{:x}", trace.trace_id),
            "own_span": trace.span_id != 0x00f0_67aa_0ba9_02b7, "sampled": trace.sampled,
            "fingerprint": context.fingerprint.unwrap().to_string(),
        }))
    })
    .layer(Extension(Principal("merchant-7".to_owned())));
    let request = request("POST", "/orders")
        .header("idempotency-key", "k1")
        .header("x-deadline-ms", "5000")
        .header("x-attempt", "2/3")
        .header("x-criticality", "best_effort")
        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    let answer = ask(&router, request.body(Body::from(ORDER)).unwrap()).await;
    let fingerprint = Fingerprint::of(&Method::POST, "/orders", ORDER.as_bytes()).to_string();
    let expected = json!({
        "operation": "create_order", "tier": "best_effort", "attempt": 2, "principal": "merchant-7", "key": "k1",
        "deadline": true, "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736", "own_span": true, "sampled": true,
        "fingerprint": fingerprint,
    });
    assert_eq!(answer.json()["data"], expected);
    assert!(server::current().operation.is_none(), "empty outside of a served call");
}

#[tokio::test]
async fn what_a_caller_leaves_out_or_garbles_gets_a_sound_value() {
    let router = serving(&PING, |_| async {
        let context = server::current();
        let trace = context.trace.unwrap();
        Ok(json!([context.tier.unwrap().as_str(), context.attempt, context.deadline.is_none(), trace.trace_id != 0]))
    });
    assert_eq!(get(&router, "/ping").await.json(), json!(["standard", 1, true, true]));
    let garbled = request("GET", "/ping")
        .header("x-criticality", "critical")
        .header("x-attempt", "0/x")
        .header("traceparent", "00-zz");
    let answer = ask(&router, garbled.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.json(), json!(["standard", 1, true, true]), "no caller raises an operation above its tier");
}
