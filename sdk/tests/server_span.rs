//! What a served call looks like in a log. A file of its own: whether a span is wanted is remembered by process, and other
//! tests, which listen to nothing, would have their say in it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

#[path = "server/support.rs"]
#[allow(dead_code, reason = "shared with the tests of server/")]
mod support;

use std::sync::{Arc, Mutex};

use axum::body::Body;
use payment_clients::contract::error::Error;
use serde_json::{Value, json};
use support::{PAY, ask, request, serving};

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, text: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(text);
        Ok(text.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_span_of_a_call_names_it_and_its_outcome_and_causes_are_logged_inside() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_span_events(tracing_subscriber::fmt::format::FmtSpan::CLOSE)
        .with_writer(move || writer.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let router = serving(&PAY, |_| async { Err::<(), _>(Error::internal("disk full")) });
    let request = request("POST", "/orders/OD1/pay")
        .header("x-request-id", "req-1")
        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    ask(&router, request.body(Body::empty()).unwrap()).await;

    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines[0]["fields"]["error"].as_str().unwrap().contains("internal error"), "{text}");
    assert!(text.contains("disk full"), "{text}");
    let span = &lines.last().unwrap()["span"];
    assert_eq!((&span["service"], &span["operation"]), (&json!("order-service"), &json!("pay_order")));
    assert_eq!((&span["http.response.status_code"], &span["code"]), (&json!(500), &json!("INTERNAL_ERROR")));
    assert_eq!(span["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    assert_eq!((&span["parent_span_id"], &span["request_id"]), (&json!("00f067aa0ba902b7"), &json!("req-1")));
    assert!(!text.contains("OD1"), "spans hold templates, never ids: {text}");
}
