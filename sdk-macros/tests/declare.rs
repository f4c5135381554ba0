//! Declarations that compile, from call to handler: what a client sends is what the generated router hands on.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use axum::{Router, body::Body};
use payment_clients::{
    conformance::Arguments,
    contract::{
        call::{Call, Described, Exposes},
        error::{ErrorKind, Result},
        headers,
        operation::{Class, Operation, Tier},
        options::{CallOptions, WithOptions},
        page::Page,
        request::Request,
        response::Response,
    },
    mock::Wire,
    openapi::Document,
};
use serde_json::{Map, Value, json};
use tower::ServiceExt;

mod odd;
mod order;

use odd::{MockOddApi, OddApi, OddClient, Request as OddRequest, Word, odd_api, shared_api};
use order::{CreateOrder, MockOrderApi, Order, OrderApi, OrderClient, OrderFilter, OrderNo, order_api};

/// Carries calls to a router without a socket.
struct Served(Router);

impl Call for Served {
    async fn call(&self, request: Request) -> Result<Response> {
        let operation = request.operation();
        let uri = format!("{}?{}", request.path(), request.query());
        let mut sent = http::Request::builder().method(&operation.method).uri(uri);
        for (name, value) in request.headers() {
            sent = sent.header(name, value);
        }
        let sent = sent.header(headers::IDEMPOTENCY_KEY, "key-1").body(Body::from(request.body().clone())).unwrap();
        let (head, body) = self.0.clone().oneshot(sent).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Response::classify(operation, head.status, head.headers, &body)
    }
}

impl<A: ?Sized> Exposes<A> for Served {
    type Caller = Self;

    fn caller(&self) -> &Self {
        self
    }
}

fn order(number: &str) -> Order {
    Order { order_no: OrderNo::from(number), amount: 100 }
}

// === the small API ===

#[tokio::test]
async fn the_router_hands_on_what_the_client_sends() {
    let mock = MockOrderApi::new()
        .on_create_order(|new| Ok(Order { amount: new.amount, ..order("OD1") }))
        .on_get_order(|number| Ok(order(number.as_str())))
        .on_list_orders(|filter, page| {
            assert_eq!((filter.status.as_deref(), page), (Some("paid, or not"), Some(2)));
            Ok(Page { list: vec![order("OD2")], total: 1, page: 2, page_size: 1 })
        });
    let served = Served(order_api::router(mock));
    assert_eq!(served.create_order(&CreateOrder { amount: 7 }).await.unwrap().amount, 7);
    assert_eq!(served.get_order(&OrderNo::from("a/b c")).await.unwrap(), order("a/b c"));
    let filter = OrderFilter { status: Some("paid, or not".to_owned()) };
    assert_eq!(served.list_orders(&filter, Some(2)).await.unwrap().list, [order("OD2")]);
}

#[tokio::test]
async fn shared_boxed_and_bound_handles_are_the_api_too() {
    let mock = Arc::new(MockOrderApi::new().on_get_order(|number| Ok(order(number.as_str()))));
    let shared: Arc<dyn OrderApi> = mock.clone();
    let bound = shared.with(CallOptions::new().max_attempts(1));
    let boxed: Box<dyn OrderApi> = Box::new(bound.clone());
    for api in [&shared as &dyn OrderApi, &bound, &boxed] {
        assert_eq!(api.get_order(&OrderNo::from("OD1")).await.unwrap(), order("OD1"));
    }
    assert_eq!((mock.calls(&order_api::GET_ORDER), mock.calls(&order_api::LIST_ORDERS)), (3, 0));
}

#[tokio::test]
async fn a_bound_handle_sends_its_options() {
    let wire = Wire::new().on(&order_api::GET_ORDER, |_| Ok(order("OD1")));
    let bound = payment_clients::contract::options::Scoped::new(wire.clone(), CallOptions::new().max_attempts(3));
    bound.get_order(&OrderNo::from("OD1")).await.unwrap();
    assert_eq!(wire.requests()[0].options().max_attempts, Some(3));
}

#[tokio::test]
async fn a_mock_that_was_told_nothing_says_how_to_tell_it() {
    let error = MockOrderApi::new().get_order(&OrderNo::from("OD1")).await.unwrap_err();
    assert!(error.message().contains("on_get_order"), "{error}");
}

#[test]
fn the_operations_are_data() {
    let names: Vec<&str> = order_api::OPERATIONS.iter().map(|operation| operation.name).collect();
    assert_eq!(names, ["create_order", "get_order", "list_orders"]);
    assert_eq!(<dyn OrderApi as Described>::OPERATIONS.len(), 3);
    let create = &order_api::CREATE_ORDER;
    assert_eq!((create.path, create.class, create.money), ("/api/v1/orders", Class::Keyed, true));
    assert_eq!((create.tier, order_api::LIST_ORDERS.tier), (Tier::Critical, Tier::Standard));
    assert_eq!(create.summary, "Creates an order.");
}

#[test]
fn a_document_describes_every_operation() {
    let mut document = Document::new(&order_api::SERVICE, "Orders", "1");
    order_api::describe(&mut document);
    let json = document.into_json();
    assert_eq!(json["paths"]["/api/v1/orders"]["post"]["operationId"], "createOrder");
    assert_eq!(json["paths"]["/api/v1/orders/{order_no}"]["get"]["parameters"][0]["name"], "order_no");
}

#[test]
fn a_client_is_made_from_a_url() {
    let client = OrderClient::connect("http://localhost:40004").unwrap();
    assert_eq!(client.base().service(), &order_api::SERVICE);
    assert_eq!(OrderClient::from(client.base().clone()).base().service().name, "order-service");
    assert!(OrderClient::connect("no address").is_err());
}

// === the odd one ===

#[tokio::test]
async fn every_place_and_shape_of_an_argument_arrives() {
    let mock = MockOddApi::new()
        .on_send(|request, service, incoming| Ok(format!("{} {service} {incoming}", request.x)))
        .on_nothing(|| Ok(()))
        .on_find(|page, kind, renamed, maybe, maybe_text, fields| {
            Ok(format!("{page} {kind} {renamed} {maybe:?} {maybe_text:?} {}", fields.x))
        })
        .on_hook(|signature, other, body| Ok(format!("{signature} {other:?} {}", String::from_utf8_lossy(&body))))
        .on_by_value(|value| Ok(value.x.to_string()));
    let served = Served(odd_api::router(mock));
    let (word, request) = (Word::from("a&b"), OddRequest { x: 4 });

    assert_eq!(served.send(&request, &word, true).await.unwrap(), "4 a&b true");
    served.nothing().await.unwrap();
    assert_eq!(
        served.find(1, "k=1", &word, Some(&word), Some("ü"), &request).await.unwrap(),
        format!("1 k=1 a&b {:?} {:?} 4", Some(&word), Some("ü"))
    );
    assert_eq!(served.find(1, "k", &word, None, None, &request).await.unwrap(), "1 k a&b None None 4");
    assert_eq!(served.hook("sig", Some(3), "{ }".into()).await.unwrap(), "sig Some(3) { }");
    assert_eq!(served.hook("sig", None, "".into()).await.unwrap(), "sig None ");
    assert_eq!(served.by_value(request).await.unwrap(), "4");
}

#[tokio::test]
async fn names_of_the_sdk_are_free_for_operations_and_arguments() {
    let mock = MockOddApi::new().on_call(Ok).on_caller(|request, answer| Ok(request + answer.x));
    let served = Served(odd_api::router(mock));
    #[allow(deprecated, reason = "a deprecated operation is one still")]
    let called = OddApi::call(&served, 4).await;
    assert_eq!(called.unwrap(), 4);
    assert_eq!(OddApi::caller(&served, 1, OddRequest { x: 2 }).await.unwrap(), 3);
}

#[tokio::test]
async fn an_operation_is_driven_by_its_name_and_json() {
    let mock = MockOddApi::new()
        .on_nothing(|| Ok(()))
        .on_find(|page, kind, renamed, maybe, maybe_text, fields| {
            Ok(format!("{page} {kind} {renamed} {maybe:?} {maybe_text:?} {}", fields.x))
        })
        .on_hook(|signature, other, body| Ok(format!("{signature} {other:?} {}", String::from_utf8_lossy(&body))));
    let mut given = Arguments::default();
    assert_eq!(odd_api::drive(&mock, "nothing", &given).await.unwrap(), Value::Null);

    given.query = object(&json!({ "page": 1, "type": "k", "also": "a&b", "x": 4 }));
    assert_eq!(odd_api::drive(&mock, "find", &given).await.unwrap(), "1 k a&b None None 4");
    given.headers = object(&json!({ "x-signature": "sig", "x-other": 3 }));
    given.body = Some(json!({ "x": 1 }));
    assert_eq!(odd_api::drive(&mock, "hook", &given).await.unwrap(), r#"sig Some(3) {"x":1}"#);

    for (operation, why) in [("send", "service"), ("by_value", "on_by_value"), ("search", "no operation `search`")] {
        let error = odd_api::drive(&mock, operation, &given).await.unwrap_err();
        assert!(error.message().contains(why), "{error}");
    }
    given.query.insert("page".to_owned(), json!("first"));
    let error = odd_api::drive(&mock, "find", &given).await.unwrap_err();
    assert_eq!((error.kind(), error.message().contains("`page` = `first`")), (ErrorKind::InvalidRequest, true));
}

fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

#[test]
fn words_of_a_declaration_reach_the_operation() {
    let send = &odd_api::SEND;
    assert_eq!(send.path, "/api/send/{service}");
    assert_eq!(send.timeout, Some(std::time::Duration::from_secs(5)));
    assert_eq!(send.attempt_timeout, Some(std::time::Duration::from_millis(800)));
    assert_eq!(send.envelope, payment_clients::contract::operation::EnvelopeKind::Bare);
    assert_eq!(odd_api::NOTHING.path, "/api", "the path `/` is the base path");
    assert_eq!(odd_api::SERVICE.port, None);
    let classes: Vec<Class> = odd_api::OPERATIONS.iter().map(|operation| operation.class).collect();
    let (safe, idempotent, by_default) = (Class::Safe, Class::Idempotent, Class::Unsafe);
    assert_eq!(classes, [Class::Keyed, safe, safe, idempotent, by_default, idempotent, idempotent]);
}

#[test]
fn what_may_be_kept_and_what_travels_together_reaches_the_operation() {
    let kept = |operation: &Operation| operation.cache.map(|kept| (kept.ttl.as_secs(), kept.stale_if_error.as_secs()));
    assert_eq!(kept(&shared_api::RATES), Some((5, 300)));
    assert_eq!(kept(&shared_api::LIMITS), Some((60, 0)));
    assert_eq!(kept(&shared_api::LOOK_UP), None);
    assert!(shared_api::LOOK_UP.batch.is_some_and(|many| many.is(&shared_api::LOOK_UP_ALL)));
    assert!(shared_api::TELL.batch.is_some_and(|many| many.is(&shared_api::TELL_ALL)));
    assert!(shared_api::TELL_ALL.batch.is_none());
}

#[tokio::test]
async fn a_client_may_offer_several_apis_and_keep_fields_of_its_own() {
    let client = OddClient::connect("http://localhost:1").unwrap();
    assert_eq!(client.extra, None);
    fn offers<C: OddApi + odd::SecondApi>(_: &C) {}
    offers(&client);
}
