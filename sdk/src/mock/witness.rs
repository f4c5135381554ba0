//! Who was asked what, in which order, over as many mocks as a test has.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use bytes::Bytes;
use http::HeaderMap;
use percent_encoding::percent_decode_str;
use serde::de::DeserializeOwned;

use crate::contract::{
    error::{Error, Result},
    headers,
    idempotency::IdempotencyKey,
    operation::Operation,
    options::CallOptions,
    request::Request,
};

/// Remembers what it sees of typed mocks, wires and networks that were told to be `seen_by` it. Clones share what they
/// saw.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// use payment_clients::{
///     apis::order::{CancelOrder, MockOrderApi, order_api},
///     mock::Witness,
///     prelude::*,
/// };
///
/// let witness = Witness::new();
/// let orders = MockOrderApi::new().on_cancel_order(|_, _| Ok(())).seen_by(&witness);
///
/// orders.cancel_order(&"OD1".into(), &CancelOrder::default()).await.unwrap();
/// assert_eq!(witness.order(), ["cancel_order"]);
/// assert_eq!(witness.of(&order_api::CANCEL_ORDER)[0].arg("order_no").as_deref(), Some("OD1"));
/// # }
/// ```
#[derive(Clone, Default)]
pub struct Witness(Arc<Mutex<Vec<Seen>>>);

/// What was asked once: a call of a typed mock or a wire, an attempt on a network.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Seen {
    /// The operation.
    pub operation: &'static Operation,
    /// The encoded path; on a network with the path of the client's URL in front.
    pub path: String,
    /// The encoded query; empty when there is none.
    pub query: String,
    /// Headers: those of the declaration alone, on a network all of them.
    pub headers: HeaderMap,
    /// The body as it is sent.
    pub body: Bytes,
    /// The idempotency key: on a network the one sent, which clients mint, else the one that the caller chose.
    pub key: Option<IdempotencyKey>,
    /// Number of the attempt, from 1; 0 where calls are seen and no attempts.
    pub attempt: u32,
    /// What the caller set with `.with(options)`; on a network nothing but the key and the attempt is left of it.
    pub options: CallOptions,
}

// === impl Witness ===

impl Witness {
    /// Has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// All that was seen, in order.
    pub fn all(&self) -> Vec<Seen> {
        self.seen().clone()
    }

    /// What was seen of one operation, in order.
    pub fn of(&self, operation: &Operation) -> Vec<Seen> {
        self.seen().iter().filter(|seen| seen.operation.is(operation)).cloned().collect()
    }

    /// How often one operation was seen.
    pub fn count(&self, operation: &Operation) -> usize {
        self.seen().iter().filter(|seen| seen.operation.is(operation)).count()
    }

    /// The idempotency keys that one operation was asked with, in order.
    pub fn keys(&self, operation: &Operation) -> Vec<IdempotencyKey> {
        self.of(operation).into_iter().filter_map(|seen| seen.key).collect()
    }

    /// The names of the operations, in the order in which they were asked.
    pub fn order(&self) -> Vec<&'static str> {
        self.seen().iter().map(|seen| seen.operation.name).collect()
    }

    pub(super) fn note(&self, seen: Seen) {
        self.seen().push(seen);
    }

    fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Witness").field(&self.order()).finish()
    }
}

// === impl Seen ===

impl Seen {
    /// An argument of the path, or else of the query, decoded.
    pub fn arg(&self, name: &str) -> Option<String> {
        let (template, path) = (self.operation.path.rsplit('/'), self.path.rsplit('/'));
        let is_named = |part: &str| part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) == Some(name);
        let in_path = template.zip(path).find_map(|(part, value)| is_named(part).then_some(value));
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        let value = in_path.or_else(|| pairs.into_iter().find_map(|(key, value)| (key == name).then_some(value)))?;
        Some(percent_decode_str(&value.replace('+', "%20")).decode_utf8_lossy().into_owned())
    }

    /// The body as the type that the operation takes.
    ///
    /// # Errors
    /// When it is no JSON of that type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        serde_json::from_slice(&self.body).map_err(|error| {
            Error::invalid_request(format!("the body of {} is something else: {error}", self.operation))
                .with_source(error)
        })
    }

    /// A call, before any client has made attempts of it.
    pub(super) fn call(request: &Request) -> Self {
        let options = request.options().clone();
        Self {
            operation: request.operation(),
            path: request.path().to_owned(),
            query: request.query().to_owned(),
            headers: request.headers().clone(),
            body: request.body().clone(),
            key: options.key.clone(),
            attempt: request.attempt(),
            options,
        }
    }

    /// An attempt on its way.
    pub(super) fn attempt(operation: &'static Operation, request: &http::Request<Bytes>) -> Self {
        let text = |name| request.headers().get(name).and_then(|value| value.to_str().ok());
        let attempt = text(headers::ATTEMPT).and_then(|value| value.split('/').next()?.parse().ok());
        Self {
            operation,
            path: request.uri().path().to_owned(),
            query: request.uri().query().unwrap_or_default().to_owned(),
            headers: request.headers().clone(),
            body: request.body().clone(),
            key: text(headers::IDEMPOTENCY_KEY).and_then(|key| IdempotencyKey::new(key).ok()),
            attempt: attempt.unwrap_or_default(),
            options: CallOptions::new(),
        }
    }
}
