//! All that a declaration knows of a stack: something takes a request and answers it.

use std::future::Future;

use super::{
    error::Result,
    operation::{Operation, Service},
    request::Request,
    response::Response,
};

/// Takes one request through whatever stands behind it. Every layer of the stack is a `Call` around another one, a
/// client holds one, and a mock replaces one.
pub trait Call: Send + Sync {
    /// Answers the request with a classified response: `Ok` is a success whose payload can be decoded.
    fn call(&self, request: Request) -> impl Future<Output = Result<Response>> + Send;
}

impl<C: Call + ?Sized> Call for &C {
    fn call(&self, request: Request) -> impl Future<Output = Result<Response>> + Send {
        (**self).call(request)
    }
}

impl<C: Call + ?Sized> Call for std::sync::Arc<C> {
    fn call(&self, request: Request) -> impl Future<Output = Result<Response>> + Send {
        (**self).call(request)
    }
}

/// Says that a client offers an API, written by `#[derive(ServiceClient)]`; `#[api]` implements the API's trait for
/// every such client. `A` is the trait object type, such as `dyn OrderApi`.
pub trait Exposes<A: ?Sized> {
    /// What carries the calls out.
    type Caller: Call;

    /// The caller behind this client.
    fn caller(&self) -> &Self::Caller;
}

/// What `#[api]` knows about an API, implemented for its trait object type.
pub trait Described {
    /// The service that serves the API.
    const SERVICE: Service;
    /// Every operation, in the order of the declaration.
    const OPERATIONS: &'static [&'static Operation];
}
