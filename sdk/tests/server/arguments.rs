//! Bodies, paths, queries.

use std::sync::atomic::Ordering;

use axum::{Extension, body::Body};
use bytes::Bytes;
use http::{Method, StatusCode};
use payment_clients::{
    contract::operation::{Class, Operation},
    server::{BodyLimit, Routes},
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::support::{CREATE, Create, Filter, GET, ORDER, PAY, SERVICE, ask, counting, create, get, request, serving};

// === bodies ===

#[tokio::test]
async fn a_body_over_the_limit_is_refused_while_reading() {
    let (router, runs) = counting();
    let router = router.layer(Extension(BodyLimit(64)));
    let frames = (0..10).map(|_| Ok::<_, std::io::Error>(Bytes::from_static(&[b' '; 20])));
    let answer = create(&router, Body::from_stream(futures_util::stream::iter(frames))).await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::PAYLOAD_TOO_LARGE, "BODY_TOO_LARGE"));
    assert!(answer.message().contains("64 bytes"), "{}", answer.message());
    assert_eq!(runs.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_body_of_exactly_the_limit_passes_in_one_frame_and_in_many() {
    let routes = Routes::new(()).body_limit(ORDER.len());
    let router = routes.route(&CREATE, |_, incoming| async move { incoming.json::<Create>() }).into_router();
    assert_eq!(create(&router, ORDER).await.status, StatusCode::OK);
    let frames = ORDER.as_bytes().chunks(7).map(|frame| Ok::<_, std::io::Error>(Bytes::from_static(frame)));
    let frames: Vec<_> = frames.collect();
    let answer = create(&router, Body::from_stream(futures_util::stream::iter(frames))).await;
    assert_eq!(answer.json()["data"], serde_json::from_str::<Value>(ORDER).unwrap());
    assert_eq!(create(&router, format!("{ORDER} ")).await.status, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test]
async fn an_announced_length_over_the_limit_is_refused_before_a_byte_arrives() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(axum::serve(listener, counting().0).into_future());
    let mut socket = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = "POST /orders HTTP/1.1\r\nhost: x\r\nidempotency-key: k\r\ncontent-length: 9000000000\r\n\r\n";
    socket.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 64];
    let read = socket.read(&mut answer).await.unwrap();
    assert!(answer[..read].starts_with(b"HTTP/1.1 413"), "{}", String::from_utf8_lossy(&answer));
}

#[tokio::test]
async fn a_body_that_breaks_off_never_reaches_the_handler() {
    let (router, runs) = counting();
    let frames = vec![Ok(Bytes::from_static(b"{\"currency\"")), Err(std::io::Error::other("reset"))];
    let answer = create(&router, Body::from_stream(futures_util::stream::iter(frames))).await;
    assert_eq!((answer.status, runs.load(Ordering::SeqCst)), (StatusCode::BAD_REQUEST, 0));
}

#[tokio::test]
async fn a_bad_body_is_told_where_it_is_bad() {
    let (router, _) = counting();
    for (body, told) in [
        ("{\"currency\":\n oops}", "`body` is no JSON: expected value at line 2 column 2"),
        ("", "`body` is missing; send JSON"),
        (r#"{"currency":"EUR"}"#, "`items` is missing"),
        (r#"{"currency":"EUR","items":[{"unit_price":1}]}"#, "`items[0].quantity` is missing"),
        (r#"{"currency":7,"items":[]}"#, "`currency` must be a string at line 1 column 13"),
        ("[]", "`body` must be "),
    ] {
        let answer = create(&router, body).await;
        assert_eq!((answer.status, answer.code().as_str()), (StatusCode::BAD_REQUEST, "INVALID_REQUEST"), "{body}");
        assert!(answer.message().starts_with(told), "{body}: {}", answer.message());
    }
}

#[tokio::test]
async fn a_secret_in_the_wrong_field_is_not_echoed() {
    let answer = create(&counting().0, r#"{"currency":"EUR","items":[{"unit_price":"4111 1111","quantity":1}]}"#).await;
    assert!(answer.message().starts_with("`items[0].unit_price` must be i64"), "{}", answer.message());
    assert!(!answer.message().contains("4111"));
}

// === paths and queries ===

#[tokio::test]
async fn path_segments_arrive_decoded_whatever_they_hold() {
    let router = serving(&GET, |incoming| async move { incoming.path::<String>("order_no") });
    for (encoded, meant) in
        [("a%2Fb", "a/b"), ("%2e%2e", ".."), ("%3Fx%3D1%23", "?x=1#"), ("%E6%88%90", "成"), ("100%25", "100%")]
    {
        assert_eq!(get(&router, &format!("/orders/{encoded}")).await.json()["data"], meant);
    }
    assert_eq!(get(&router, "/orders/%ff").await.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn arguments_name_their_rule() {
    let router = serving(&GET, |incoming| async move {
        incoming.path::<u32>("order_no")?;
        let filter: Filter = incoming.query_struct()?;
        let size = incoming.query_opt::<u32>("page_size")?;
        let strict = incoming.query::<u32>("strict")?;
        incoming.header_opt::<u32>("x-version")?;
        Ok(json!([filter.page, filter.status, filter.currency, size, strict]))
    });
    for (uri, told) in [
        ("/orders/x", "`order_no` cannot be read: invalid digit found in string"),
        ("/orders/1", "`currency` is missing"),
        ("/orders/1?currency=", "`currency` is missing"),
        ("/orders/1?currency=EUR&page=-1", "`page` "),
        ("/orders/1?currency=EUR&page_size=x&strict=1", "`page_size` cannot be read"),
        ("/orders/1?currency=EUR", "`strict` is missing from the query"),
    ] {
        let answer = get(&router, uri).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{uri}");
        assert!(answer.message().starts_with(told), "{uri}: {}", answer.message());
    }
    let answer = get(&router, "/orders/1?currency=E%20U+R&page=&status=a%26b&strict=2&page_size=").await;
    assert_eq!(answer.json()["data"], json!([null, "a&b", "E U R", null, 2]));
    let odd = request("GET", "/orders/1?currency=EUR&strict=1").header("x-version", "new").body(Body::empty()).unwrap();
    assert!(ask(&router, odd).await.message().starts_with("`x-version` cannot be read"));
}

#[tokio::test]
async fn raw_bodies_and_headers_arrive_as_sent() {
    let router = serving(&PAY, |incoming| async move {
        Ok(format!("{} {:?}", incoming.header::<String>("stripe-signature")?, incoming.raw()))
    });
    let signed =
        request("POST", "/orders/1/pay").header("stripe-signature", "v1=ab").body(Body::from("{ }\n")).unwrap();
    assert_eq!(ask(&router, signed).await.json()["data"], "v1=ab b\"{ }\\n\"");
    let unsigned = request("POST", "/orders/1/pay").body(Body::empty()).unwrap();
    assert_eq!(ask(&router, unsigned).await.message(), "`stripe-signature` is missing from the headers");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_answered_in_the_envelope_after_merging_too() {
    let router = counting().0.merge(serving(&GET, |_| async { Ok(()) })).merge(serving(&PAY, |_| async { Ok(()) }));
    let answer = get(&router, "/nothing/here").await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::NOT_FOUND, "RESOURCE_NOT_FOUND"));
    assert_eq!(answer.json()["trace_id"], answer.header("x-request-id").unwrap());
    let answer = get(&router, "/orders").await;
    assert_eq!((answer.status, answer.code().as_str()), (StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED"));
    assert_eq!(answer.header("allow"), Some("POST"));
    assert_eq!(get(&router, "/orders/OD1").await.status, StatusCode::OK);
}

#[tokio::test]
async fn two_apis_may_name_one_argument_differently() {
    static DELETE: Operation =
        Operation::new(SERVICE, "delete", Method::DELETE, "/orders/{id}").class(Class::Idempotent);
    static SHIP: Operation = Operation::new(SERVICE, "ship", Method::GET, "/orders/{order_no}/parcels/{id}");
    let router = serving(&GET, |incoming| async move { incoming.path::<String>("order_no") })
        .merge(serving(&DELETE, |incoming| async move { incoming.path::<String>("id") }))
        .merge(serving(&SHIP, |incoming| async move {
            Ok([incoming.path::<String>("id")?, incoming.path::<String>("order_no")?])
        }));
    assert_eq!(get(&router, "/orders/OD1").await.json()["data"], "OD1");
    let delete = request("DELETE", "/orders/OD2").body(Body::empty()).unwrap();
    assert_eq!(ask(&router, delete).await.json()["data"], "OD2");
    assert_eq!(get(&router, "/orders/OD3/parcels/7").await.json()["data"], json!(["7", "OD3"]));
}

#[tokio::test]
async fn two_apis_may_share_a_path() {
    static LIST: Operation = Operation::new(SERVICE, "list_orders", Method::GET, "/orders");
    let router = counting().0.merge(serving(&LIST, |_| async { Ok("listed") }));
    assert_eq!(get(&router, "/orders").await.json()["data"], "listed");
    assert_eq!(create(&router, ORDER).await.status, StatusCode::OK);
    let put = request("PUT", "/orders").body(Body::empty()).unwrap();
    assert_eq!(ask(&router, put).await.code(), "METHOD_NOT_ALLOWED");
}
