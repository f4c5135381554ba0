//! What is asked of a service.

use axum::body::Body;
use http::{Method, Request, StatusCode};
use payment_clients::{
    apis::order::{MockOrderApi, order_api},
    contract::error::Error,
    platform::Platform,
};

use super::stage::{Stage, count, value};

const NAME: &str = "http_server_request_duration_seconds_count";

fn stage() -> Stage {
    let mock = MockOrderApi::new().on_get_order(|_| Err(Error::not_found("an order")));
    Stage::new(order_api::router(mock), |_| Platform::local().unwrap())
}

async fn get(stage: &Stage, path: &str) -> StatusCode {
    stage.send(Request::get(path).body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_request_is_told_by_its_declared_route_whatever_its_arguments_are() {
    let stage = stage();
    let path = |number: &str| order_api::GET_ORDER.path.replace("{order_no}", number);
    for number in ["OD1", "OD2", "%22%7D%20hostile"] {
        assert_eq!(get(&stage, &path(number)).await, StatusCode::NOT_FOUND);
    }
    let long = Request::get(path("OD1")).body(Body::from("x".repeat(300_000))).unwrap();
    assert_eq!(stage.send(long).await, StatusCode::PAYLOAD_TOO_LARGE);
    let text = stage.text().await;
    let route = format!("http_route=\"{}\"", order_api::GET_ORDER.path);
    let at = [r#"service="s-service""#, r#"http_request_method="GET""#, route.as_str()];
    assert_eq!(value(&text, NAME, &[&at[..], &[r#"http_response_status_code="404""#]].concat()), "3");
    assert_eq!(value(&text, NAME, &[&at[..], &[r#"http_response_status_code="413""#]].concat()), "1");
    assert_eq!(value(&text, "http_server_request_body_size_bytes_sum", &at), "300000.0");
    assert_eq!(value(&text, "http_server_response_body_size_bytes_count", &at), "4");
    assert!(!text.contains("hostile"), "{text}");
}

#[tokio::test]
async fn paths_and_methods_without_end_make_one_series_each() {
    let stage = stage();
    for number in 0..500 {
        assert_eq!(get(&stage, &format!("/no/such/path-{number}")).await, StatusCode::NOT_FOUND);
        let method = Method::from_bytes(format!("M{number}").as_bytes()).unwrap();
        let request = Request::builder().method(method).uri("/health").body(Body::empty()).unwrap();
        assert_eq!(stage.send(request).await, StatusCode::METHOD_NOT_ALLOWED);
    }
    let text = stage.text().await;
    assert_eq!(value(&text, NAME, &[r#"http_route="unmatched""#, r#"http_response_status_code="404""#]), "500");
    assert_eq!(value(&text, NAME, &[r#"http_request_method="_OTHER""#, r#"http_route="/health""#]), "500");
    assert_eq!(count(&text, NAME), 2, "{text}");
}
