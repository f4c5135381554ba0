//! One declaration as a value, so that code written once can call and serve every API.

use std::{fmt, future::Future, pin::Pin};

use axum::Router;
use serde::Serialize;
use serde_json::Value;

use super::Arguments;
use crate::{
    client::BaseClient,
    contract::{
        call::Exposes,
        error::{Error, Result},
        operation::{Operation, Service},
        options::Scoped,
    },
    mock::Wire,
    openapi::Document,
};

/// What `#[api]` made of a trait; `order_api::DECLARATION` is one.
#[derive(Clone, Copy)]
pub struct Declaration {
    /// The trait's name, such as `OrderApi`.
    pub api: &'static str,
    /// The service that serves it.
    pub service: Service,
    /// Every operation, in the order of the declaration.
    pub operations: &'static [&'static Operation],
    /// Adds the operations to a document.
    pub describe: fn(&mut Document),
    /// The generated routes in front of a handler that hands every call on to a wire: the router reads the arguments,
    /// and the handler writes them down again as a client would.
    pub router: fn(Wire) -> Router,
    /// Calls one operation through a client, from JSON to JSON.
    pub drive: Drive,
}

/// An API that has a [`Declaration`]; `#[api]` writes it for the trait object.
pub trait Declared {
    /// The API as one value.
    const DECLARATION: Declaration;
}

/// How an operation is called whose types are not known.
pub type Drive = fn(Scoped<AnyClient>, &'static Operation, Arguments) -> Driven;

/// An answer under way, as JSON.
pub type Driven = Pin<Box<dyn Future<Output = Result<Value>> + Send>>;

/// A client that offers every API. Only a suite wants that: whose service it calls is up to its `BaseClient`.
#[derive(Clone, Debug)]
pub struct AnyClient(pub BaseClient);

// === impl Declaration ===

impl fmt::Debug for Declaration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Declaration({} {})", self.service.name, self.api)
    }
}

// === impl AnyClient ===

impl<A: ?Sized> Exposes<A> for AnyClient {
    type Caller = BaseClient;

    fn caller(&self) -> &BaseClient {
        &self.0
    }
}

// === for generated code ===

/// The JSON of an answer, as it would be written on a wire.
///
/// # Errors
/// When the value cannot be JSON.
pub fn json_of(answer: &impl Serialize) -> Result<Value> {
    // By way of text, as routers and clients do: no further code is generated for the type.
    serde_json::to_vec(answer).and_then(|text| serde_json::from_slice(&text)).map_err(Error::internal)
}

/// Nothing to drive.
pub fn unknown_operation(api: &str, operation: &str) -> Error {
    Error::invalid_request(format!("{api} has no operation `{operation}`"))
}
