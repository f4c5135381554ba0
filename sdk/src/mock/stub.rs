//! Typed answers of a wiremock server: an operation's declaration says what to match, its payload type what to answer.

use std::{collections::BTreeMap, fmt::Display, io, marker::PhantomData, time::Duration};

use http::{HeaderMap, HeaderName};
use percent_encoding::percent_decode_str;
use serde::Serialize;
use wiremock::{Match, Mock, MockBuilder, Request, ResponseTemplate, matchers};

use crate::{
    answer::Answer,
    contract::{error::Error, headers, idempotency::IdempotencyKey, operation::Operation},
};

/// The id in the envelopes of stubs, which mint none.
const REQUEST_ID: &str = "stub";

/// Matches the requests of one operation, and answers them as a server would. `T` is the payload of the operation.
///
/// ```
/// # use payment_clients::{contract::{error::Error, operation::{Operation, Service, Tier}}, mock::Stub};
/// # const SERVICE: Service = Service { name: "order-service", port: None, tier: Tier::Standard };
/// # static GET_ORDER: Operation = Operation::new(SERVICE, "get_order", http::Method::GET, "/orders/{no}");
/// # fn stub() -> Stub<String> { Stub::new(&GET_ORDER) }
/// let found = stub().path_arg("no", "OD1").answers(&"an order".to_owned()).expect(1);
/// let missing = stub().fails(&Error::not_found("order"));
/// # let _ = (found, missing);
/// ```
#[must_use = "a stub does nothing before its mock is mounted"]
pub struct Stub<T> {
    route: Route,
    builder: MockBuilder,
    delay: Duration,
    payload: PhantomData<fn() -> T>,
}

/// Matches method and path; arguments that were given must be equal once percent-decoded.
#[derive(Clone)]
struct Route {
    operation: &'static Operation,
    arguments: BTreeMap<String, String>,
}

// === impl Stub ===

impl<T: Serialize + 'static> Stub<T> {
    /// Matches every request of an operation; the methods below narrow it.
    pub fn new(operation: &'static Operation) -> Self {
        let route = Route { operation, arguments: BTreeMap::new() };
        Self { route, builder: Mock::given(matchers::any()), delay: Duration::ZERO, payload: PhantomData }
    }

    /// Only with this path argument.
    pub fn path_arg(mut self, name: &str, value: impl Display) -> Self {
        self.route.arguments.insert(name.to_owned(), value.to_string());
        self
    }

    /// Only with this query argument.
    pub fn query_arg(self, name: &str, value: impl Display) -> Self {
        self.and(matchers::query_param(name, value.to_string()))
    }

    /// Only with this header.
    pub fn header(self, name: HeaderName, value: impl Display) -> Self {
        let value = value.to_string();
        self.and(move |request: &Request| request.headers.get(&name).is_some_and(|found| *found == value))
    }

    /// Only with this idempotency key.
    pub fn with_key(self, key: &IdempotencyKey) -> Self {
        self.header(headers::IDEMPOTENCY_KEY, key)
    }

    /// Only with a body that holds at least these fields.
    pub fn body(self, fields: impl Serialize) -> Self {
        self.and(matchers::body_partial_json(fields))
    }

    /// Answers that much later, by the machine's clock: wiremock knows no other.
    pub fn delayed(self, time: Duration) -> Self {
        Self { delay: time, ..self }
    }

    /// Answers with a payload.
    pub fn answers(self, payload: &T) -> Mock {
        let answer = Answer::success(self.route.operation.envelope, payload, REQUEST_ID);
        self.respond(&answer.unwrap_or_else(|error| Answer::error(&error, REQUEST_ID)))
    }

    /// Answers with an error: status, code, text, `Retry-After` and `x-nack` as a server would write them.
    pub fn fails(self, error: &Error) -> Mock {
        self.respond(&Answer::error(error, REQUEST_ID))
    }

    /// Closes the connection without an answer, so that the effect is in doubt.
    pub fn breaks(self) -> Mock {
        let name = format!("{} breaking the connection", self.route.operation);
        let aborted = |_: &Request| io::Error::from(io::ErrorKind::ConnectionAborted);
        self.builder.and(self.route).respond_with_err(aborted).named(name)
    }

    /// Answers with anything, such as the page of a proxy: `ResponseTemplate::new(502)`.
    pub fn responds(self, template: ResponseTemplate) -> Mock {
        let name = format!("{} answering as scripted", self.route.operation);
        self.builder.and(self.route).respond_with(template.set_delay(self.delay)).named(name)
    }

    fn and(self, matcher: impl Match + 'static) -> Self {
        Self { builder: self.builder.and(matcher), ..self }
    }

    fn respond(self, answer: &Answer) -> Mock {
        let mut headers = HeaderMap::new();
        answer.write_headers(&mut headers);
        let mut template = ResponseTemplate::new(answer.status.as_u16()).set_body_bytes(answer.body.to_vec());
        for (name, value) in &headers {
            template = template.insert_header(name, value);
        }
        // What wiremock calls the stub when an expectation is not met.
        let name = format!("{} answering {}", self.route.operation, answer.code());
        self.responds(template).named(name)
    }
}

// === impl Route ===

impl Match for Route {
    fn matches(&self, request: &Request) -> bool {
        request.method == self.operation.method && self.matches_path(request.url.path()).is_some()
    }
}

impl Route {
    fn matches_path(&self, path: &str) -> Option<()> {
        let mut segments = path.split('/');
        for wanted in self.operation.path.split('/') {
            let found = segments.next()?;
            let argument = wanted.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
            let same = match argument.map(|name| self.arguments.get(name)) {
                None => found == wanted,
                Some(None) => !found.is_empty(),
                Some(Some(value)) => percent_decode_str(found).eq(value.bytes()),
            };
            same.then_some(())?;
        }
        segments.next().is_none().then_some(())
    }
}
