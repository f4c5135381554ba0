//! What the clients under test call: one operation of each class, with numbers small enough for tests.

use std::time::Duration;

use http::{HeaderName, HeaderValue, Method};
use payment_clients::{
    client::{BaseClient, ClientBuilder},
    contract::{
        error::Result,
        idempotency::IdempotencyKey,
        operation::{Class, Operation, Service, Tier},
        options::{CallOptions, Scoped},
        request::Request,
    },
    resilience::gate::settings::Rate,
};
use serde::Deserialize;

/// Says which of the caller's calls for one intent this is, so that the book can tell whose effect it was.
pub const CALL: HeaderName = HeaderName::from_static("x-call");

/// Every class, in the order of the tables.
pub const CLASSES: [Class; 4] = [Class::Safe, Class::Idempotent, Class::Keyed, Class::Unsafe];

const SERVICE: Service = Service { name: "book-service", port: None, tier: Tier::Critical };

static OPERATIONS: [Operation; 4] = [
    Operation::new(SERVICE, "read", Method::GET, "/safe/{intent}"),
    Operation::new(SERVICE, "put", Method::PUT, "/idempotent/{intent}").class(Class::Idempotent),
    Operation::new(SERVICE, "pay", Method::POST, "/keyed/{intent}").class(Class::Keyed).money(),
    Operation::new(SERVICE, "send", Method::POST, "/unsafe/{intent}").class(Class::Unsafe).money(),
];

/// What every operation answers.
#[derive(Debug, Deserialize)]
pub struct Done {
    /// Always true.
    pub done: bool,
}

/// A request of `class` for an intent. `call` numbers the calls for it; `key` is the caller's own, if it has one.
///
/// # Errors
/// Never, for a well-formed table above.
pub async fn request(class: Class, intent: u64, call: u32, key: Option<IdempotencyKey>) -> Result<Request> {
    let mut options = CallOptions::new();
    options.key = key;
    // A request takes the options in whose scope it is made.
    let mut request = Scoped::new((), options).scope(async { Request::new(&OPERATIONS[class as usize]) }).await;
    request.path_arg("intent", &intent)?;
    request.headers_mut().insert(CALL, HeaderValue::from(call));
    if class != Class::Safe {
        request.json(&serde_json::json!({ "amount": 1999 }))?;
    }
    Ok(request)
}

/// More failures in a row, and more attempts at once, than any run has.
const NEVER: u64 = 1000;

/// A client builder whose attempts end soon and whose retries come at once, with the largest retry budget. Breakers and
/// limits never hold an attempt back: a call that is not sent cannot show whether it would have been repeated rightly.
pub fn client(url: &str, max_attempts: u32, attempt_timeout: Duration) -> ClientBuilder {
    BaseClient::builder(SERVICE).url(url).configure(|config| {
        config.all_tiers(|tier| {
            tier.attempt_timeout = attempt_timeout;
            tier.total = 10 * attempt_timeout;
            tier.max_attempts = max_attempts;
            (tier.backoff.base, tier.backoff.cap) = (Duration::from_millis(1), Duration::from_millis(2));
        });
        config.retry_budget_permille = 1000;
        (config.gate.consecutive, config.gate.unreachable, config.gate.abandoned) = (NEVER, NEVER, NEVER);
        (config.gate.failing, config.gate.slow) = (Rate { permille: 1000, of_at_least: NEVER }, None);
        (config.limit.start, config.limit.min, config.limit.max) = (NEVER, NEVER, NEVER);
        config.transport.connect_timeout = attempt_timeout;
    })
}
