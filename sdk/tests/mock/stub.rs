//! Stubs answer over a socket what a server would, and break what wiremock can break. No paused time here.

use std::time::Duration;

use payment_clients::{
    client::BaseClient,
    contract::{
        call::Call,
        certainty::Certainty,
        error::{Error, ErrorKind, Nack},
        headers,
        idempotency::IdempotencyKey,
        options::{CallOptions, Scoped},
        request::Request,
    },
    mock::Stub,
};
use serde_json::json;
use wiremock::{MockServer, ResponseTemplate};

use super::{CANCEL, CREATE, GET, LOCATE, Order, SERVICE, cancel_order, create_order, get_order, order};

async fn client() -> (MockServer, BaseClient) {
    let server = MockServer::start().await;
    let client = BaseClient::connect(SERVICE, &server.uri()).unwrap();
    (server, client)
}

#[tokio::test]
async fn a_stub_answers_its_operation_with_its_type() {
    let (server, client) = client().await;
    Stub::new(&GET).answers(&order("any")).expect(2).mount(&server).await;
    assert_eq!(get_order(&client, "OD1").await.unwrap(), order("any"));
    assert_eq!(get_order(&client, "a/b?c=1").await.unwrap(), order("any"), "one segment, whatever it holds");
}

#[tokio::test]
async fn a_stub_matches_no_other_route() {
    let (server, client) = client().await;
    Stub::new(&GET).answers(&order("any")).expect(0).mount(&server).await;
    assert_eq!(cancel_order(&client, "OD1").await.unwrap_err().kind(), ErrorKind::NotFound, "longer path");
    assert_eq!(create_order(&client, &order("OD1")).await.unwrap_err().kind(), ErrorKind::NotFound, "other method");
}

#[tokio::test]
async fn a_path_argument_narrows_a_stub_however_it_was_encoded() {
    let (server, client) = client().await;
    Stub::new(&GET).path_arg("order_no", "O/D 1~").answers(&order("one")).mount(&server).await;
    Stub::new(&GET).path_arg("order_no", "OD2").answers(&order("two")).mount(&server).await;
    assert_eq!(get_order(&client, "O/D 1~").await.unwrap(), order("one"));
    assert_eq!(get_order(&client, "OD2").await.unwrap(), order("two"));
    assert_eq!(get_order(&client, "OD3").await.unwrap_err().kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn key_header_query_and_body_narrow_a_stub() {
    let (server, client) = client().await;
    let key = IdempotencyKey::new("step-7").unwrap();
    let stub = Stub::new(&CREATE).with_key(&key).body(json!({ "order_no": "OD1" }));
    stub.answers(&order("stored")).expect(1).mount(&server).await;
    let scoped = Scoped::new(client.clone(), CallOptions::new().key(key));
    let stored = scoped.scope(create_order(scoped.inner(), &order("OD1"))).await.unwrap();
    assert_eq!(stored, order("stored"));
    assert!(create_order(&client, &order("OD1")).await.is_err(), "another key");
    assert!(scoped.scope(create_order(scoped.inner(), &order("OD2"))).await.is_err(), "another body");

    let named = |version| Stub::new(&GET).query_arg("page", 2).header(headers::BAGGAGE, version);
    named("v=1").answers(&order("paged")).expect(1).mount(&server).await;
    let mut request = Request::new(&GET);
    request.path_arg("order_no", "OD1").unwrap();
    request.query_arg("page", Some(&2));
    request.header_arg("baggage", Some("v=1")).unwrap();
    assert_eq!(client.call(request).await.unwrap().decode::<Order>().unwrap(), order("paged"));
}

#[tokio::test]
async fn no_payload_and_bare_payloads_read_back() {
    let (server, client) = client().await;
    Stub::new(&CANCEL).answers(&()).mount(&server).await;
    cancel_order(&client, "OD1").await.unwrap();
    Stub::new(&LOCATE).path_arg("ip", "10.0.0.1").answers(&json!({ "country": "DE" })).mount(&server).await;
    let mut request = Request::new(&LOCATE);
    request.path_arg("ip", "10.0.0.1").unwrap();
    let located: serde_json::Value = client.call(request).await.unwrap().decode().unwrap();
    assert_eq!(located["country"], "DE");
}

#[tokio::test]
async fn a_stub_fails_as_a_server_would() {
    let (server, client) = client().await;
    let refusal = Error::declined("ORDER_PAID", "paid already").with_details("paid at noon");
    Stub::<()>::new(&CANCEL).fails(&refusal).expect(1).mount(&server).await;
    let error = cancel_order(&client, "OD1").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.code(), error.message()),
        (ErrorKind::Declined, Some("ORDER_PAID"), "paid already")
    );
    assert_eq!((error.details(), error.trace_id()), (Some("paid at noon"), Some("stub")));

    server.reset().await;
    let busy = Error::unavailable("draining", Duration::ZERO).with_nack(Nack::Final);
    Stub::<()>::new(&CANCEL).fails(&busy).expect(1).mount(&server).await;
    let error = cancel_order(&client, "OD1").await.unwrap_err();
    assert_eq!((error.certainty(), error.nack()), (Certainty::NotProcessed, Some(Nack::Final)));
}

#[tokio::test]
async fn a_broken_connection_leaves_an_unsafe_call_in_doubt_and_a_read_goes_again() {
    let (server, client) = client().await;
    Stub::<()>::new(&CANCEL).breaks().expect(1).mount(&server).await;
    let error = cancel_order(&client, "OD1").await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Interrupted, Certainty::PossiblyProcessed));

    Stub::<()>::new(&GET).breaks().up_to_n_times(1).expect(1).mount(&server).await;
    Stub::new(&GET).answers(&order("OD1")).expect(1).mount(&server).await;
    assert_eq!(get_order(&client, "OD1").await.unwrap(), order("OD1"), "mounts answer in their order");
}

#[tokio::test]
async fn a_proxys_page_has_no_nack_and_so_the_effect_is_in_doubt() {
    let (server, client) = client().await;
    Stub::<()>::new(&CANCEL).responds(ResponseTemplate::new(503).set_body_string("no")).expect(1).mount(&server).await;
    let error = cancel_order(&client, "OD1").await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Unavailable, Certainty::PossiblyProcessed));
}

#[tokio::test]
async fn an_answer_that_comes_after_the_deadline_is_in_doubt() {
    let (server, client) = client().await;
    Stub::new(&CANCEL).delayed(Duration::from_secs(30)).answers(&()).mount(&server).await;
    let brief = Scoped::new(client, CallOptions::new().deadline(Duration::from_millis(50)));
    let error = brief.scope(cancel_order(brief.inner(), "OD1")).await.unwrap_err();
    assert_eq!((error.kind(), error.certainty()), (ErrorKind::Timeout, Certainty::PossiblyProcessed));
}
