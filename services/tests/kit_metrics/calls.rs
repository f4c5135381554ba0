//! Calls to other services.

use std::{net::TcpListener, sync::Arc};

use axum::Router;
use payment_clients::{
    apis::order::{CancelOrder, MockOrderApi, OrderApi, order_api},
    client::BaseClient,
    contract::{context::CallContext, error::Error, options::CallOptions, trace::TraceContext},
    mock::{self, Fault, Faults},
    platform::{OrderClient, Platform},
    prelude::*,
};
use payment_services::kit::metrics::{Metrics, family::OTHER};

use super::stage::{Stage, count, value};

const NAME: &str = "http_client_request_duration_seconds_count";

fn nobody(_: &Metrics) -> Platform {
    Platform::local().unwrap()
}

fn orders() -> Router {
    order_api::router(MockOrderApi::new().on_cancel_order(|number, _| match number.as_str() {
        "none" => Err(Error::not_found("an order")),
        _ => Ok(()),
    }))
}

fn client(stage: &Stage, faults: &Faults, urls: &[String]) -> OrderClient {
    let builder = BaseClient::builder(order_api::SERVICE).recorder(stage.metrics.recorder(Some(order_api::SERVICE)));
    OrderClient::from(builder.url(&urls.join(",")).build_on(&mock::network(orders()).faults(faults)).unwrap())
}

#[tokio::test]
async fn an_attempt_is_told_by_its_route_and_instance_and_a_call_by_what_is_known_of_its_effect() {
    let stage = Stage::new(Router::new(), nobody);
    let faults = Faults::new();
    let client = client(&stage, &faults, &["http://orders:40004".to_owned()]);
    client.cancel_order(&"OD1".into(), &CancelOrder::default()).await.unwrap();
    client.cancel_order(&"none".into(), &CancelOrder::default()).await.unwrap_err();
    let once = client.with(CallOptions::new().max_attempts(1));
    let _ = faults.clone().on(&order_api::CANCEL_ORDER, [Fault::drop_after()]);
    once.cancel_order(&"OD1".into(), &CancelOrder::default()).await.unwrap_err();
    let text = stage.text().await;
    let at = [r#"service="s-service""#, r#"http_request_method="POST""#, r#"server_address="orders:40004""#];
    for (status, error) in [("200", ""), ("404", "not_found"), ("", "interrupted")] {
        let own = [format!("http_response_status_code=\"{status}\""), format!("error_type=\"{error}\"")];
        let labels: Vec<_> = at.into_iter().chain(own.iter().map(String::as_str)).collect();
        assert_eq!(value(&text, NAME, &labels), "1");
        assert!(text.contains(order_api::CANCEL_ORDER.path));
    }
    for outcome in ["done", "refused", "unknown"] {
        let outcome = format!("outcome=\"{outcome}\"");
        let labels = [r#"peer="order-service""#, r#"operation="cancel_order""#, &outcome];
        assert_eq!(value(&text, "payment_clients_call_duration_seconds_count", &labels), "1");
    }
    assert_eq!(value(&text, "http_client_request_body_size_bytes_count", &at[..2]), "3");
    assert_eq!(value(&text, "http_client_response_body_size_bytes_count", &at[..2]), "2", "one was not answered");
}

#[tokio::test]
async fn a_bucket_remembers_a_trace_that_is_recorded_and_only_who_asks_for_openmetrics_is_told() {
    const OPEN: &str = "application/openmetrics-text; version=1.0.0";
    let stage = Stage::new(Router::new(), nobody);
    let client = client(&stage, &Faults::new(), &["http://orders".to_owned()]);
    for (trace_id, sampled) in [(0x11, false), (0xab_cd, true)] {
        let mut context = CallContext::default();
        context.trace = Some(TraceContext { trace_id, span_id: 7, sampled });
        Arc::new(context).scope(client.cancel_order(&"OD1".into(), &CancelOrder::default())).await.unwrap();
    }
    let (kind, text) = stage.metrics(OPEN).await;
    assert!(kind.starts_with(OPEN) && text.ends_with("# EOF\n"), "{kind}");
    let exemplars: Vec<_> = text.lines().filter(|line| line.contains(" # {")).collect();
    assert_eq!(exemplars.len(), 1, "{exemplars:?}");
    assert!(exemplars[0].starts_with("http_client_request_duration_seconds_bucket{"), "{exemplars:?}");
    assert!(exemplars[0].contains(r#" # {trace_id="0000000000000000000000000000abcd"} 0"#), "{exemplars:?}");
    let (kind, text) = stage.metrics("*/*").await;
    assert!(kind.starts_with("text/plain; version=0.0.4") && !text.contains(" # {"), "{kind}");
}

#[tokio::test]
async fn a_neighbour_that_is_away_shows_in_retries_breaker_and_budget() {
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let stage = Stage::new(Router::new(), |metrics| {
        let recorder = metrics.recorder(Some(order_api::SERVICE));
        let at = move |client: payment_clients::client::ClientBuilder| {
            client.url(&format!("http://{closed}")).recorder(Arc::clone(&recorder))
        };
        Platform::builder().local().service(order_api::SERVICE, at).build().unwrap()
    });
    let client = stage.scrape().platform.order().unwrap();
    let instance = format!("instance=\"{closed}\"");
    let at = [r#"peer="order-service""#, instance.as_str()];
    assert_eq!(value(&stage.text().await, "payment_clients_breaker_state", &at), "0");
    for _ in 0..20 {
        client.cancel_order(&"OD1".into(), &CancelOrder::default()).await.unwrap_err();
    }
    let text = stage.text().await;
    assert_eq!(value(&text, "payment_clients_breaker_state", &at), "3");
    let opened = [at[0], r#"to="open""#, r#"why="unreachable""#];
    assert_eq!(value(&text, "payment_clients_breaker_changes_total", &opened), "1");
    let why = [at[0], r#"operation="cancel_order""#, r#"why="unreachable""#];
    assert_ne!(value(&text, "payment_clients_retries_total", &why), "0");
    assert_eq!(value(&text, "payment_clients_retry_budget", &at[..1]), "0");
    assert_eq!(value(&text, "payment_clients_in_flight", &at), "0");
    assert_ne!(value(&text, "payment_clients_limit", &at), "0");
    for tier in Tier::ALL {
        let tier = format!("tier=\"{tier}\"");
        assert_eq!(value(&text, "payment_clients_queue_depth", &[at[0], &tier]), "0");
    }
}

#[tokio::test]
async fn instances_without_end_are_told_apart_up_to_a_number_and_then_counted_together() {
    let stage = Stage::new(Router::new(), nobody);
    let urls: Vec<_> = (0..300).map(|number| format!("http://orders-{number}:40004")).collect();
    let client = client(&stage, &Faults::new(), &urls);
    for _ in 0..1500 {
        client.cancel_order(&"OD1".into(), &CancelOrder::default()).await.unwrap();
    }
    let text = stage.text().await;
    assert_eq!(count(&text, NAME), 65, "64 instances and the others");
    let counts = text.lines().filter(|line| line.starts_with(NAME)).map(|line| line.rsplit_once(' ').unwrap().1);
    assert_eq!(counts.map(|count| count.parse::<u32>().unwrap()).sum::<u32>(), 1500, "none is lost");
    assert_ne!(value(&text, NAME, &[&format!("server_address=\"{OTHER}\"")]), "0");
}

#[test]
fn a_family_has_a_bound_and_what_is_beyond_it_is_counted_together() {
    use payment_services::kit::metrics::family::{Bounded, counter};

    let metrics = Metrics::new("s-service");
    let family = metrics
        .register(|registry| Bounded::register(registry, "hostile", "Anything", ["one", "two"], counter).at_most(10));
    for number in 0..10_000 {
        family.of([format!("v{number}\"}} 1\n").into(), "x".into()]).inc();
    }
    assert_eq!(family.of([OTHER.into(), OTHER.into()]).get(), 9990);
    assert_eq!(family.of(["v0\"} 1\n".into(), "x".into()]).get(), 1);
}
