//! What is asked of a service: each request by its route, method and answer.

use std::sync::Arc;

use axum::{
    Router,
    body::HttpBody,
    extract::{MatchedPath, Request, State},
    middleware::{self, Next},
    response::Response,
};
use http::{Method, StatusCode};
use payment_clients::{
    contract::operation::Operation,
    platform::REGISTRY,
    server::{self, Served},
};
use prometheus_client::{metrics::histogram::Histogram, registry::Registry};
use tokio::time::Instant;

use super::family::{Bounded, Seen, TraceId, Traced, bytes, size, traced};
use crate::kit::outbox::feed::event_feed_api;

/// What stands for the route of a path that no route has.
const UNMATCHED: &str = "unmatched";
/// Methods that are told apart; OpenTelemetry's word stands for any other.
const METHODS: [(Method, &str); 7] = [
    (Method::GET, "GET"),
    (Method::POST, "POST"),
    (Method::PUT, "PUT"),
    (Method::DELETE, "DELETE"),
    (Method::PATCH, "PATCH"),
    (Method::HEAD, "HEAD"),
    (Method::OPTIONS, "OPTIONS"),
];
const OTHER_METHOD: &str = "_OTHER";

/// Most paths of a router, methods of one, and answers of these, that are found without a lock.
const KEPT: usize = 2048;

/// Records what a service serves. Cheap to clone.
#[derive(Clone, Debug)]
pub(super) struct Requests(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    service: &'static str,
    durations: Bounded<3, Traced>,
    request_sizes: Bounded<2, Histogram>,
    response_sizes: Bounded<2, Histogram>,
    /// By the path that the router knows, which is not the declared one: its arguments are numbered.
    routes: Seen<Box<str>, Arc<Route>>,
}

#[derive(Debug)]
struct Route {
    template: String,
    methods: Seen<&'static str, Arc<OfMethod>>,
}

#[derive(Debug)]
struct OfMethod {
    request_sizes: Histogram,
    response_sizes: Histogram,
    answers: Seen<u16, Traced>,
}

/// What is known of a request and its answer.
struct Exchange {
    method: &'static str,
    began: Instant,
    /// Bytes of the bodies, where they are known beforehand.
    sizes: [Option<usize>; 2],
    status: StatusCode,
    trace: Option<TraceId>,
}

// === impl Requests ===

impl Requests {
    pub(super) fn register(service: &'static str, registry: &mut Registry) -> Self {
        let durations = Bounded::register(
            registry,
            "http_server_request_duration_seconds",
            "Requests to this service, until their answer was ready",
            ["http_request_method", "http_route", "http_response_status_code"],
            traced,
        );
        let sizes = ["http_request_method", "http_route"];
        let request_sizes = Bounded::register(
            registry,
            "http_server_request_body_size_bytes",
            "Bodies of requests to this service",
            sizes,
            bytes,
        );
        let response_sizes = Bounded::register(
            registry,
            "http_server_response_body_size_bytes",
            "Bodies of this service's answers",
            sizes,
            bytes,
        );
        Self(Arc::new(Shared { service, durations, request_sizes, response_sizes, routes: Seen::at_most(KEPT) }))
    }

    /// Records everything that goes through a router.
    pub(super) fn around(&self, router: Router) -> Router {
        router.layer(middleware::from_fn_with_state(self.clone(), pass))
    }

    fn record(&self, path: Option<&str>, operation: Option<&'static Operation>, exchange: &Exchange) {
        let shared = &*self.0;
        let path = path.unwrap_or_default();
        let route = || {
            let template = operation.map(|operation| operation.path).or_else(|| declared(shared.service, path));
            let template = template.unwrap_or(if path.is_empty() { UNMATCHED } else { path }).to_owned();
            Arc::new(Route { template, methods: Seen::at_most(KEPT) })
        };
        shared.routes.of(path, |path| path.into(), route, |route| shared.of_route(route, exchange));
    }
}

impl Shared {
    fn of_route(&self, route: &Route, exchange: &Exchange) {
        let Exchange { method, began, sizes: [asked, answered], status, trace } = exchange;
        let labels = || [(*method).into(), route.template.clone().into()];
        let unseen = || {
            let (request_sizes, response_sizes) = (self.request_sizes.of(labels()), self.response_sizes.of(labels()));
            Arc::new(OfMethod { request_sizes, response_sizes, answers: Seen::at_most(KEPT) })
        };
        let record = |of: &Arc<OfMethod>| {
            for (sizes, bytes) in [(&of.request_sizes, asked), (&of.response_sizes, answered)] {
                if let Some(bytes) = bytes {
                    sizes.observe(size(*bytes));
                }
            }
            let series = || {
                let [method, template] = labels();
                self.durations.of([method, template, status.as_str().to_owned().into()])
            };
            let elapsed = began.elapsed().as_secs_f64();
            of.answers.of(&status.as_u16(), |code| *code, series, |series| series.observe(elapsed, *trace, None));
        };
        route.methods.of(method, |method| method, unseen, record);
    }
}

/// The layer.
async fn pass(State(requests): State<Requests>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let method = METHODS.iter().find(|(known, _)| known == request.method()).map_or(OTHER_METHOD, |(_, word)| word);
    let path = request.extensions().get::<MatchedPath>().cloned();
    let asked = bytes_of(request.body());
    let answer = next.run(request).await;
    let (served, status) = (answer.extensions().get::<Served>().copied(), answer.status());
    let sizes = [asked, bytes_of(answer.body())];
    let trace = TraceId::sampled(served.map(|served| served.trace));
    let exchange = Exchange { method, began, sizes, status, trace };
    let path = path.as_ref().map(MatchedPath::as_str);
    requests.record(path, served.map(|served| served.operation), &exchange);
    answer
}

/// The declared path of a route that was refused before its operation was reached.
fn declared(service: &str, path: &str) -> Option<&'static str> {
    let entry = REGISTRY.iter().find(|entry| entry.service.name == service);
    let own = entry.into_iter().flat_map(|entry| entry.operations());
    let mut all = own.chain(event_feed_api::OPERATIONS.iter().copied());
    all.find(|operation| server::matched_path(operation) == path).map(|operation| operation.path)
}

fn bytes_of(body: &impl HttpBody) -> Option<usize> {
    usize::try_from(body.size_hint().exact()?).ok()
}
