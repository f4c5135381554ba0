//! Stand-ins answer what a server would, and nothing else.
#![cfg(feature = "mock")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod faults;
mod stub;
#[cfg(feature = "order")]
mod typed;
mod wire;

use http::Method;
use payment_clients::contract::{
    call::Call,
    error::Result,
    operation::{Class, EnvelopeKind, Operation, Service, Tier},
    request::Request,
};
use serde::{Deserialize, Serialize};

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
