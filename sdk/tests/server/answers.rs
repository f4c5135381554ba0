//! Results → answers, and what must not get out.

use std::time::Duration;

use axum::body::Body;
use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use payment_clients::{
    contract::{
        certainty::Certainty,
        error::{Error, ErrorKind, Nack},
        facts::CallFacts,
        response::Response,
    },
    server::{self, Replay},
};
use serde_json::{Value, json};

use super::support::{CREATE, GET, ORDER, PAY, PING, ask, create, get, request, serving};

#[tokio::test]
async fn a_payload_travels_in_the_envelope_and_the_client_reads_it_back() {
    let router = serving(&GET, |incoming| async move { incoming.path::<String>("order_no") });
    let answer =
        ask(&router, request("GET", "/orders/OD1").header("x-request-id", "req-1").body(Body::empty()).unwrap()).await;
    assert_eq!(answer.body, r#"{"code":"SUCCESS","message":"ok","data":"OD1","trace_id":"req-1"}"#);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(answer.header("x-request-id"), Some("req-1"));
    let read = Response::classify(&GET, answer.status, answer.headers, &answer.body).unwrap();
    assert_eq!(read.decode::<String>().unwrap(), "OD1");
}

#[tokio::test]
async fn no_payload_means_no_data_and_bare_means_no_envelope() {
    let answer = ask(
        &serving(&PAY, |_| async { Ok(()) }),
        request("POST", "/orders/OD1/pay").header("x-request-id", "r").body(Body::empty()).unwrap(),
    )
    .await;
    assert_eq!(answer.body, r#"{"code":"SUCCESS","message":"ok","trace_id":"r"}"#);
    assert_eq!(get(&serving(&PING, |_| async { Ok(json!({"up": true})) }), "/ping").await.body, r#"{"up":true}"#);
    assert!(get(&serving(&PING, |_| async { Ok(()) }), "/ping").await.body.is_empty());
}

#[tokio::test]
async fn nothing_newer_than_what_the_caller_knows_is_304_and_without_a_known_version_it_is_an_empty_answer() {
    let known = |method: &str, path: &str| request(method, path).header("if-none-match", "v7").body(Body::empty());
    let nothing = serving(&GET, |_| async { Ok(None::<String>) });
    let answer = ask(&nothing, known("GET", "/orders/OD1").unwrap()).await;
    assert_eq!((answer.status, answer.body.len()), (StatusCode::NOT_MODIFIED, 0));
    let answer = get(&nothing, "/orders/OD1").await;
    assert_eq!((answer.status, &answer.json()["data"]), (StatusCode::OK, &Value::Null));

    let newer = serving(&GET, |_| async { Ok(Some("v8")) });
    assert_eq!(ask(&newer, known("GET", "/orders/OD1").unwrap()).await.status, StatusCode::OK);
    let effect = serving(&PAY, |_| async { Ok(()) });
    assert_eq!(ask(&effect, known("POST", "/orders/OD1/pay").unwrap()).await.status, StatusCode::OK, "it has happened");
}

#[tokio::test]
async fn a_request_without_a_usable_id_gets_a_new_one() {
    let router =
        serving(&PING, |_| async { Ok(server::current().request_id.clone().unwrap().to_str().unwrap().len()) });
    let first = get(&router, "/ping").await;
    let second = get(&router, "/ping").await;
    assert_eq!(first.body, "36");
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    let long = "x".repeat(500);
    for hostile in ["two words", "", &long] {
        let request = request("GET", "/ping").header("x-request-id", hostile).body(Body::empty()).unwrap();
        assert_eq!(ask(&router, request).await.header("x-request-id").unwrap().len(), 36);
    }
}

#[tokio::test]
async fn a_refusal_is_read_back_as_the_error_that_the_handler_returned() {
    let router = serving(&GET, |_| async {
        Err::<(), _>(Error::unavailable("draining", Duration::from_millis(1500)).with_details("instance 3"))
    });
    let answer = get(&router, "/orders/OD1").await;
    assert_eq!(answer.header("retry-after"), Some("2"), "rounded up");
    let error = Response::classify(&GET, answer.status, answer.headers, &answer.body).unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unavailable, Certainty::NotProcessed));
    assert_eq!((error.nack(), error.details()), (Some(Nack::Retry), Some("instance 3")));
}

#[tokio::test]
async fn a_handler_may_choose_the_status_and_a_missing_code_is_made_from_it() {
    let gone = || Error::declined("LINK_EXPIRED", "expired").with_status(StatusCode::GONE);
    let answer = get(&serving(&PING, move |_| async move { Err::<(), _>(gone()) }), "/ping").await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::GONE, "LINK_EXPIRED"));
    let nameless = || Error::new(ErrorKind::RateLimited, Certainty::NotProcessed, "slower");
    let answer = get(&serving(&PING, move |_| async move { Err::<(), _>(nameless()) }), "/ping").await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "TOO_MANY_REQUESTS"));
}

#[tokio::test]
async fn a_stored_answer_is_written_byte_for_byte() {
    let body = Bytes::from_static(b"{ \"code\":\"SUCCESS\" ,\"data\":{\"id\": 1}}");
    let stored = Replay { status: StatusCode::CREATED, body: body.clone() };
    let router = serving(&CREATE, move |_| {
        let stored = stored.clone();
        async move { Err::<(), Error>(stored.into()) }
    });
    let answer = create(&router, ORDER).await;
    assert_eq!((answer.status, &answer.body), (StatusCode::CREATED, &body));
    assert_eq!(answer.header("idempotency-replayed"), Some("true"));
}

#[tokio::test]
async fn what_is_stored_is_what_the_first_caller_got() {
    let router = serving(&CREATE, |_| async {
        let payload = json!({"id": 1});
        let stored = Replay::success(&payload)?;
        Ok(json!({ "stored": String::from_utf8(stored.body.to_vec()).unwrap(), "payload": payload }))
    });
    let answer = create(&router, ORDER).await.json();
    let stored: Value = serde_json::from_str(answer["data"]["stored"].as_str().unwrap()).unwrap();
    assert_eq!(stored["data"], answer["data"]["payload"]);
    assert_eq!(stored["trace_id"], answer["trace_id"]);

    let router = serving(&CREATE, |_| async {
        let refusal = Error::not_found("card");
        let stored = Replay::refusal(&refusal);
        Err::<(), _>(refusal.with_details(String::from_utf8(stored.body.to_vec()).unwrap()))
    });
    let answer = create(&router, ORDER).await.json();
    let stored: Value = serde_json::from_str(answer["details"].as_str().unwrap()).unwrap();
    assert_eq!((&stored["code"], &stored["trace_id"]), (&answer["code"], &answer["trace_id"]));
}

#[tokio::test]
async fn a_layer_can_refuse_in_the_same_words() {
    let mut headers = HeaderMap::new();
    headers.insert("x-request-id", "req-9".parse().unwrap());
    let refused = server::refuse(&headers, &Error::unavailable("full", Duration::from_secs(3)));
    assert_eq!(refused.headers()["x-nack"], "retry");
    assert_eq!(refused.headers()["x-request-id"], "req-9");
}

// === what must not get out ===

#[tokio::test]
async fn a_panic_is_a_500_that_tells_nothing() {
    for operation in [&CREATE, &PING] {
        let router = serving(operation, |_| async { if true { panic!("card 4111111111111111") } else { Ok(()) } });
        let answer = ask(
            &router,
            request(operation.method.as_str(), operation.path)
                .header("idempotency-key", "k")
                .body(Body::empty())
                .unwrap(),
        )
        .await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL_ERROR"));
        assert!(!String::from_utf8_lossy(&answer.body).contains("4111"), "{:?}", answer.body);
    }
}

#[tokio::test]
async fn the_cause_of_an_internal_error_is_not_sent() {
    let leaky = || Error::new(ErrorKind::Internal, Certainty::PossiblyProcessed, "db at 10.0.0.3").with_details("sql");
    let answer = get(&serving(&PING, move |_| async move { Err::<(), _>(leaky()) }), "/ping").await;
    assert_eq!(answer.message(), "internal error");
    assert!(answer.json().get("details").is_none());
}

#[tokio::test]
async fn the_failure_of_a_call_of_ours_is_never_a_promise_that_we_did_nothing() {
    let nacked = || {
        Error::unavailable("10.0.0.3 is draining", Duration::from_secs(1))
            .with_status(StatusCode::SERVICE_UNAVAILABLE)
            .with_facts(CallFacts::new(&GET))
    };
    let answer = create(&serving(&CREATE, move |_| async move { Err::<(), _>(nacked()) }), ORDER).await;
    assert_eq!((answer.status, answer.header("x-nack")), (StatusCode::SERVICE_UNAVAILABLE, None));
    assert!(!answer.message().contains("10.0.0.3"), "{}", answer.message());
    let error = Response::classify(&CREATE, answer.status, answer.headers, &answer.body).unwrap_err();
    assert_eq!(error.certainty(), Certainty::PossiblyProcessed);

    let expired = || {
        Error::new(ErrorKind::Unauthenticated, Certainty::NotProcessed, "token expired")
            .with_status(StatusCode::UNAUTHORIZED)
            .with_facts(CallFacts::new(&GET))
    };
    let answer = create(&serving(&CREATE, move |_| async move { Err::<(), _>(expired()) }), ORDER).await;
    assert_eq!(answer.status, StatusCode::BAD_GATEWAY, "our credential failed, not our caller's");
}

#[tokio::test]
async fn a_business_refusal_of_a_service_behind_is_passed_on() {
    let missing = || Error::not_found("merchant").with_status(StatusCode::NOT_FOUND).with_facts(CallFacts::new(&GET));
    let answer = get(&serving(&PING, move |_| async move { Err::<(), _>(missing()) }), "/ping").await;
    assert_eq!((answer.status, answer.message().as_str()), (StatusCode::NOT_FOUND, "merchant not found"));
    let refused = || Error::declined("LOW_FUNDS", "no").with_status(StatusCode::OK).with_facts(CallFacts::new(&GET));
    let answer = get(&serving(&PING, move |_| async move { Err::<(), _>(refused()) }), "/ping").await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "a refusal never goes out as a success");
}
