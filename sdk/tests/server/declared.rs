//! One declaration, both ends: the generated client against the generated router, without a socket.

use axum::{Router, body::Body};
use payment_clients::{
    contract::{
        call::{Call, Exposes},
        error::{Error, ErrorKind, Result},
        request::Request,
        response::Response,
    },
    prelude::api,
    server,
};
use serde::{Deserialize, Serialize};
use tower::ServiceExt;

/// An order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(schemars::JsonSchema))]
pub struct Order {
    /// Its number.
    pub number: String,
    /// Who created it, and in which operation.
    pub seen: String,
}

/// Orders.
#[api(service = "order-service", base_path = "/api/v1")]
pub trait OrderApi {
    /// Creates an order.
    #[post("/orders", keyed)]
    async fn create_order(&self, #[body] order: &Order) -> Result<Order>;

    /// One order.
    #[get("/orders/{number}")]
    async fn get_order(&self, number: &str, page: Option<u32>) -> Result<Order>;

    /// Cancels an order.
    #[post("/orders/{number}/cancel", idempotent)]
    async fn cancel_order(&self, number: &str) -> Result<()>;
}

struct Orders;

#[payment_clients::__private::async_trait]
impl OrderApi for Orders {
    async fn create_order(&self, order: &Order) -> Result<Order> {
        let context = server::current();
        let seen = format!("{} with {}", context.operation.unwrap().name, context.key.as_ref().unwrap());
        Ok(Order { seen, ..order.clone() })
    }

    async fn get_order(&self, number: &str, page: Option<u32>) -> Result<Order> {
        Ok(Order { number: number.to_owned(), seen: format!("{page:?}") })
    }

    async fn cancel_order(&self, number: &str) -> Result<()> {
        Err(Error::not_found(format_args!("order {number}")))
    }
}

/// The wire in memory: what a stack would send, put into a router.
struct InMemory(Router);

impl Call for InMemory {
    async fn call(&self, request: Request) -> Result<Response> {
        let operation = request.operation();
        let uri = format!("{}?{}", request.path(), request.query());
        let mut sent = http::Request::builder().method(&operation.method).uri(uri).header("idempotency-key", "k1");
        sent.headers_mut().unwrap().extend(request.headers().clone());
        let (parts, body) =
            self.0.clone().oneshot(sent.body(Body::from(request.body().clone())).unwrap()).await.unwrap().into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap();
        Response::classify(operation, parts.status, parts.headers, &body)
    }
}

impl Exposes<dyn OrderApi> for InMemory {
    type Caller = Self;

    fn caller(&self) -> &Self {
        self
    }
}

#[tokio::test]
async fn what_the_generated_client_sends_the_generated_router_understands() {
    let orders = InMemory(order_api::router(Orders));
    let order = Order { number: "OD1".to_owned(), seen: String::new() };
    let created = orders.create_order(&order).await.unwrap();
    assert_eq!(created, Order { number: "OD1".to_owned(), seen: "create_order with k1".to_owned() });
    for hostile in ["a/b", "?x=1&y", "100%", "日本", "a b"] {
        let found = orders.get_order(hostile, Some(2)).await.unwrap();
        assert_eq!((found.number.as_str(), found.seen.as_str()), (hostile, "Some(2)"));
    }
    let refused = orders.cancel_order("OD9").await.unwrap_err();
    assert_eq!((refused.kind(), refused.message()), (ErrorKind::NotFound, "order OD9 not found"));
}
