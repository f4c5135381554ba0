//! Which traces are recorded, and that none of their spans is lost. Each test is heard by a subscriber of its own, on the one
//! thread that it runs on.

use axum::body::Body;
use http::Request;
use payment_clients::{
    apis::order::{MockOrderApi, order_api},
    contract::headers,
};
use payment_services::{
    collector::Collector,
    kit::{
        settings::LogFormat,
        telemetry::{Show, Telemetry},
    },
};
use tower::ServiceExt;
use tracing::instrument::WithSubscriber;

/// Another service's word on a trace.
const RECORDED: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
const NOT_RECORDED: &str = "00-5bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00";

fn show(collector: &Collector, trace_permille: u16) -> Show {
    let otlp = Some(collector.url());
    Show { service: "shop", log: LogFormat::Text, level: "off", otlp, trace_permille }
}

/// Ends so many traces of two spans, and says how many of them have arrived, whole, when the process is done.
async fn recorded(traces: usize, trace_permille: u16) -> usize {
    let collector = Collector::listen(0).await.unwrap();
    let (listener, telemetry) = Telemetry::prepare(&show(&collector, trace_permille)).unwrap();
    tracing::dispatcher::with_default(&listener, || {
        (0..traces).for_each(|_| {
            let outer = tracing::info_span!(target: "payment_services::test", "outer");
            outer.in_scope(|| drop(tracing::info_span!(target: "payment_services::test", "inner")));
        });
    });
    let shipped = telemetry.stop().await;
    assert_eq!(shipped.dropped, 0);
    let arrived = collector.traces().counts().0;
    assert_eq!(arrived, shipped.exported);
    let kept = collector.traces().latest(traces);
    assert!(kept.iter().all(|id| collector.traces().trace(id).len() == 2), "a trace is recorded whole, or not at all");
    collector.stop().await;
    assert_eq!(arrived, 2 * u64::try_from(kept.len()).unwrap());
    kept.len()
}

#[tokio::test]
async fn no_span_is_lost_between_its_end_and_that_of_the_process() {
    assert_eq!(recorded(3000, 1000).await, 3000);
}

#[tokio::test]
async fn a_tenth_of_the_traces_is_recorded_where_a_tenth_is_asked_for() {
    let some = recorded(4000, 100).await;
    assert!((300..=500).contains(&some), "{some} of 4000");
}

#[tokio::test]
async fn nothing_is_recorded_where_nothing_is_asked_for() {
    assert_eq!(recorded(1000, 0).await, 0);
}

#[tokio::test]
async fn whoever_began_a_trace_decides_whether_it_is_recorded() {
    for (permille, parent, expected) in [(1000, NOT_RECORDED, 0), (1, RECORDED, 1)] {
        let collector = Collector::listen(0).await.unwrap();
        let (listener, telemetry) = Telemetry::prepare(&show(&collector, permille)).unwrap();
        let router = order_api::router(MockOrderApi::new());
        let request =
            Request::get("/api/v1/orders/OD1").header(headers::TRACEPARENT, parent).body(Body::empty()).unwrap();
        router.oneshot(request).with_subscriber(listener).await.unwrap();
        telemetry.stop().await;
        assert_eq!(collector.traces().counts().0, expected, "{parent} with {permille}");
        if let Some(id) = collector.traces().latest(1).first() {
            let span = &collector.traces().trace(id)[0];
            assert_eq!((id.as_str(), span.parent_id.as_deref()), (&parent[3..35], Some(&parent[36..52])));
            assert_eq!((span.name.as_str(), span.kind), ("GET /api/v1/orders/{order_no}", "server"));
            assert_eq!(span.status, "error", "a mock without an answer is broken inside");
        }
        collector.stop().await;
    }
}
