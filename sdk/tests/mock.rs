//! Stand-ins answer what a server would, and nothing else.
#![cfg(feature = "mock")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use std::time::Duration;

use http::Method;
use payment_clients::{
    client::BaseClient,
    contract::{
        call::{Call, Exposes},
        certainty::Certainty,
        error::{Error, ErrorKind, Nack, Result},
        headers,
        idempotency::IdempotencyKey,
        operation::{Class, EnvelopeKind, Operation, Service, Tier},
        options::CallOptions,
        options::Scoped,
        request::Request,
    },
    mock::{Calls, Stub, Wire, unanswered},
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use wiremock::MockServer;

const SERVICE: Service = Service { name: "order-service", port: None, tier: Tier::Standard };

static CREATE: Operation = Operation::new(SERVICE, "create_order", Method::POST, "/orders").class(Class::Keyed);
static GET: Operation = Operation::new(SERVICE, "get_order", Method::GET, "/orders/{order_no}");
static CANCEL: Operation =
    Operation::new(SERVICE, "cancel_order", Method::POST, "/orders/{order_no}/cancel").class(Class::Unsafe);
static LOCATE: Operation = Operation::new(SERVICE, "locate", Method::GET, "/{ip}/json/").envelope(EnvelopeKind::Bare);

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
struct Order {
    order_no: String,
}

fn order(number: &str) -> Order {
    Order { order_no: number.to_owned() }
}

// === calls, as a declaration writes them ===

async fn get_order(client: &impl Call, number: &str) -> Result<Order> {
    let mut request = Request::new(&GET);
    request.path_arg("order_no", number)?;
    client.call(request).await?.decode()
}

async fn create_order(client: &impl Call, order: &Order) -> Result<Order> {
    let mut request = Request::new(&CREATE);
    request.json(order)?;
    client.call(request).await?.decode()
}

async fn cancel_order(client: &impl Call, number: &str) -> Result<()> {
    let mut request = Request::new(&CANCEL);
    request.path_arg("order_no", number)?;
    client.call(request).await?.decode()
}

async fn client() -> (MockServer, BaseClient) {
    let server = MockServer::start().await;
    let client = BaseClient::connect(SERVICE, &server.uri()).unwrap();
    (server, client)
}

// === Stub ===

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

// === Wire ===

#[tokio::test]
async fn a_wire_records_what_a_declaration_asks_for() {
    let wire = Wire::new()
        .on(&GET, |request: &Request| Ok(order(request.path())))
        .on(&CREATE, |_| Err::<Order, _>(Error::conflict("ORDER_EXISTS", "there already")));
    assert_eq!(get_order(&wire, "a b").await.unwrap(), order("/orders/a%20b"));
    let error = create_order(&wire, &order("OD1")).await.unwrap_err();
    assert_eq!(error.code(), Some("ORDER_EXISTS"), "errors pass as they are");

    let requests = wire.requests();
    let asked: Vec<_> = requests.iter().map(|request| request.operation().name).collect();
    assert_eq!(asked, ["get_order", "create_order"]);
    assert_eq!(requests[1].body(), r#"{"order_no":"OD1"}"#);
    assert_eq!(requests[1].headers()["content-type"], "application/json");
}

#[tokio::test]
async fn an_unscripted_call_says_what_to_script_and_the_last_script_counts() {
    let error = get_order(&Wire::new(), "OD1").await.unwrap_err();
    assert!(error.message().contains("get_order") && error.message().contains("Wire::on"), "{error}");
    let wire = Wire::new().on(&GET, |_| Ok(order("old"))).on(&GET, |_| Ok(order("new")));
    assert_eq!(get_order(&wire, "OD1").await.unwrap(), order("new"));
}

#[tokio::test]
async fn a_wire_stands_behind_every_api() {
    trait AnyApi {}
    fn caller<C: Exposes<dyn AnyApi>>(client: &C) -> &C::Caller {
        client.caller()
    }
    let wire = Wire::new().on(&GET, |_| Ok(order("OD1")));
    assert_eq!(get_order(caller(&wire), "OD1").await.unwrap(), order("OD1"));
    assert_eq!(wire.requests().len(), 1);
}

// === network ===

#[cfg(feature = "server")]
#[tokio::test]
async fn a_network_puts_the_whole_stack_in_front_of_the_real_routes() {
    use payment_clients::{
        mock::network,
        server::{self, Routes},
    };

    let router = Routes::new(()).route(&CREATE, |_, incoming| async move {
        let context = server::current();
        assert!(context.deadline.is_some() && context.key.is_some() && context.trace.is_some());
        match context.attempt {
            1 => Err(Error::unavailable("busy", Duration::ZERO)),
            _ => incoming.json::<Order>(),
        }
    });
    let client = BaseClient::builder(SERVICE).url("http://orders").build_on(&network(router.into_router())).unwrap();
    assert_eq!(create_order(&client, &order("OD1")).await.unwrap(), order("OD1"), "the second attempt");
}

// === what typed mocks are made of ===

#[test]
fn calls_are_counted_by_operation_and_clones_count_together() {
    let calls = Calls::default();
    calls.clone().record("get_order");
    calls.record("get_order");
    assert_eq!((calls.count("get_order"), calls.count("create_order")), (2, 0));
    let error = unanswered("MockOrderApi", "create_order");
    assert!(error.message().ends_with("set one with on_create_order"), "{error}");
    assert_eq!(error.certainty(), Certainty::NotSent);
}
