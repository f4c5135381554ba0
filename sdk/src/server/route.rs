//! Operations → an axum router that merges with others and answers unknown paths and methods like any refusal.

use std::{convert::Infallible, fmt, future::Future, sync::Arc};

use axum::{
    Extension, Router,
    extract::Request,
    response::Response,
    routing::{MethodFilter, MethodRouter},
};
use http::StatusCode;
use serde::Serialize;
use tower::{Layer, layer::layer_fn, service_fn};

use super::{BodyLimit, Incoming, extract::path_arguments, respond, serve};
use crate::contract::{
    error::{Error, Result},
    operation::Operation,
};

/// Collects the routes of one service; generated `router` functions are written with it.
pub struct Routes<S> {
    service: Arc<S>,
    router: Router,
    limit: Option<BodyLimit>,
}

// === impl Routes ===

impl<S> Routes<S> {
    /// No routes yet; `service` will answer them.
    pub fn new(service: S) -> Self {
        // Laid around the empty router, so that it replaces the answer to unknown paths and nothing else. Unlike a
        // fallback of our own it lets routers merge.
        let router = Router::new().layer(answer_with(no_such_path));
        Self { service: Arc::new(service), router, limit: None }
    }

    /// Sets the most bytes of a request's body; the default is 256 KiB.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.limit = Some(BodyLimit(bytes));
        self
    }

    /// Serves an operation by a handler. A method that axum cannot route, such as `PROPFIND`, is answered with 404.
    ///
    /// # Panics
    /// When two operations have one method and path.
    #[must_use]
    pub fn route<F, Fut, T>(self, operation: &'static Operation, handler: F) -> Self
    where
        S: Send + Sync + 'static,
        F: Fn(Arc<S>, Incoming) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Result<T>> + Send + 'static,
        T: Serialize + Send + 'static,
    {
        let service = Arc::clone(&self.service);
        // A plain service: axum boxes its future, and nothing else does.
        let served = service_fn(move |request: Request| {
            let (service, handler) = (Arc::clone(&service), handler.clone());
            async move {
                let response = serve::serve(operation, request, move |incoming| handler(service, incoming)).await;
                Ok::<_, Infallible>(response)
            }
        });
        let Ok(method) = MethodFilter::try_from(operation.method.clone()) else { return self };
        let routes = MethodRouter::<()>::new().layer(answer_with(no_such_method)).on_service(method, served);
        Self { router: self.router.route(&matched_path(operation), routes), ..self }
    }

    /// The router.
    pub fn into_router(self) -> Router {
        match self.limit {
            Some(limit) => self.router.layer(Extension(limit)),
            None => self.router,
        }
    }
}

impl<S> fmt::Debug for Routes<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Routes").field("limit", &self.limit).finish_non_exhaustive()
    }
}

/// The path under which a router knows an operation, and which axum's `MatchedPath` tells to a layer around it: its
/// arguments are numbered, because axum refuses `/a/{x}` beside `/a/{y}`.
pub fn matched_path(operation: &'static Operation) -> String {
    let numbered = |path: String, (number, name)| path.replacen(&format!("{{{name}}}"), &format!("{{{number}}}"), 1);
    path_arguments(operation).enumerate().fold(operation.path.to_owned(), numbered)
}

// === unknown paths and methods ===

/// Replaces a service by one that refuses every request.
fn answer_with<Inner>(refusal: fn(&Request) -> Error) -> impl Layer<Inner, Service = Refusing> + Clone {
    layer_fn(move |_: Inner| Refusing(refusal))
}

#[derive(Clone, Copy)]
struct Refusing(fn(&Request) -> Error);

impl tower::Service<Request> for Refusing {
    type Response = Response;
    type Error = Infallible;
    type Future = std::future::Ready<Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut std::task::Context<'_>) -> std::task::Poll<Result<(), Infallible>> {
        std::task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request) -> Self::Future {
        std::future::ready(Ok(respond::refuse(request.headers(), &(self.0)(&request))))
    }
}

fn no_such_path(request: &Request) -> Error {
    Error::not_found(format_args!("an operation at {} {}", request.method(), request.uri().path()))
}

fn no_such_method(request: &Request) -> Error {
    let message = format!("{} is not served at {}; see the Allow header", request.method(), request.uri().path());
    Error::declined("METHOD_NOT_ALLOWED", message).with_status(StatusCode::METHOD_NOT_ALLOWED)
}
