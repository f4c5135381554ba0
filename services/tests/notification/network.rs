//! Calls over a socket: to the address that was checked whatever the name says, without following, up to a size.

use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
    routing::post,
};
use bytes::Bytes;
use http::Request;
use payment_services::notification::deps::{Courier, Network};

#[tokio::test]
async fn a_call_goes_to_the_checked_address_and_no_further() {
    let host = |headers: HeaderMap| async move { headers[header::HOST].to_str().unwrap().to_owned() };
    let elsewhere = || async { (StatusCode::FOUND, [(header::LOCATION, "/host")]) };
    let routes = Router::new()
        .route("/host", post(host))
        .route("/elsewhere", post(elsewhere))
        .route("/large", post(|| async { "x".repeat(64 * 1024 + 1) }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, routes).await });
    let network = Network::default();
    let call = async |path: &str| {
        let mut request = Request::new(Bytes::from_static(b"{}"));
        *request.method_mut() = http::Method::POST;
        *request.uri_mut() = format!("http://shop.invalid{path}").parse().unwrap();
        network.post(address, request).await
    };
    let answer = call("/host").await.unwrap();
    assert_eq!((answer.status(), &answer.body()[..]), (StatusCode::OK, &b"shop.invalid"[..]), "no name was looked up");
    assert_eq!(call("/elsewhere").await.unwrap().status(), StatusCode::FOUND);
    let error = call("/large").await.unwrap_err();
    assert!(error.contains("65536"), "{error}");
    let found = network.look_up("localhost", 443).await.unwrap();
    assert!(found.iter().all(|address| address.ip().is_loopback()), "{found:?}");
}
