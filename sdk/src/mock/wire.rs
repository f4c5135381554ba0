//! A scripted stack: records what a declaration asks for and answers by operation.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use http::{HeaderMap, StatusCode};
use serde::Serialize;

use super::witness::{Seen, Witness};
use crate::{
    answer::Answer,
    contract::{
        call::{Call, Exposes},
        error::{Error, Result},
        operation::Operation,
        request::Request,
        response::Response,
    },
};

/// Every API at once, without a stack: each call is recorded as its [`Request`], and answered by what was scripted
/// with [`on`](Self::on). Clones share script and record.
///
/// ```
/// # use payment_clients::{contract::{operation::{Operation, Service, Tier}, request::Request, call::Call}, mock::Wire};
/// # const SERVICE: Service = Service { name: "order-service", port: None, tier: Tier::Standard };
/// # static GET_ORDER: Operation = Operation::new(SERVICE, "get_order", http::Method::GET, "/orders/{no}");
/// let wire = Wire::new().on(&GET_ORDER, |request: &Request| Ok(request.path().to_owned()));
/// // wire.get_order(&order_no).await?  for any API declared with #[api]
/// assert!(wire.requests().is_empty());
/// ```
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    script: Vec<(&'static Operation, Script)>,
    requests: Vec<Request>,
    witness: Option<Witness>,
}

type Script = Arc<dyn Fn(&Request) -> Result<Response> + Send + Sync>;

// === impl Wire ===

impl Wire {
    /// Answers nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers an operation: a payload travels through its envelope as on the wire, an error is returned as it is. A
    /// later script replaces an earlier one.
    #[must_use]
    pub fn on<T, F>(self, operation: &'static Operation, answer: F) -> Self
    where
        T: Serialize + 'static,
        F: Fn(&Request) -> Result<T> + Send + Sync + 'static,
    {
        let script = move |request: &Request| {
            let operation = request.operation();
            let written = Answer::success(operation.envelope, &answer(request)?, "wire")?;
            Response::classify(operation, StatusCode::OK, HeaderMap::new(), &written.body)
        };
        self.inner().script.push((operation, Arc::new(script)));
        self
    }

    /// Lets `witness` see the calls, too, among those of other mocks.
    #[must_use]
    pub fn seen_by(self, witness: &Witness) -> Self {
        self.inner().witness = Some(witness.clone());
        self
    }

    /// What was asked for so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.inner().requests.clone()
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn record(&self, request: Request) -> Option<Script> {
        let mut inner = self.inner();
        let asked = request.operation();
        if let Some(witness) = &inner.witness {
            witness.note(Seen::call(&request));
        }
        inner.requests.push(request);
        inner.script.iter().rev().find(|(operation, _)| operation.is(asked)).map(|(_, script)| Arc::clone(script))
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wire").field("requests", &self.inner().requests).finish_non_exhaustive()
    }
}

impl Call for Wire {
    async fn call(&self, request: Request) -> Result<Response> {
        // The script runs outside of the lock: it may ask the wire itself.
        match self.record(request.clone()) {
            Some(script) => script(&request),
            None => {
                let asked = request.operation();
                Err(Error::rejected(format!("{asked} was called and has no answer; script one with Wire::on")))
            }
        }
    }
}

impl<A: ?Sized> Exposes<A> for Wire {
    type Caller = Self;

    fn caller(&self) -> &Self {
        self
    }
}
