//! What goes wrong between a client and the handler, attempt by attempt.

use std::{
    collections::VecDeque,
    future::Future,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};

use crate::{
    contract::{error::Nack, headers, operation::Operation},
    seams::Rng,
    transport::failure::Failure,
};

/// What happens to one attempt, and what its client can know of it afterwards:
///
/// | fault | handler runs | error | certainty |
/// |---|---|---|---|
/// | [`none`](Self::none) | once | | |
/// | [`refuse`](Self::refuse) | never | `Unreachable` | `NotSent` |
/// | [`drop_before`](Self::drop_before) | never | `Interrupted` | `PossiblyProcessed` |
/// | [`drop_after`](Self::drop_after) | once | `Interrupted` | `PossiblyProcessed` |
/// | [`truncate`](Self::truncate) | once | `Interrupted` | `PossiblyProcessed` |
/// | [`status`](Self::status) 503 | never | `Unavailable` | `PossiblyProcessed` |
/// | the same with [`nack`](Self::nack) | never | `Unavailable` | `NotProcessed` |
/// | [`delay`](Self::delay) past the attempt's timeout | once | `Timeout` | `PossiblyProcessed` |
///
/// No client can tell `drop_before` from `drop_after`: that is why there is a certainty, and why a test wants both.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    event: Event,
    delay: Duration,
}

#[derive(Clone, Copy, Debug)]
enum Event {
    None,
    Refuse,
    DropBefore,
    DropAfter,
    Truncate,
    Status { status: StatusCode, nack: Option<Nack>, retry_after: Option<Duration> },
}

/// When a fault happens: made from a [`Fault`], or from an array of them, one for each attempt in turn.
#[derive(Clone, Debug)]
pub struct Plan(Steps);

#[derive(Clone, Debug)]
enum Steps {
    InTurn(VecDeque<Fault>),
    Always(Fault),
    Share { permille: u64, fault: Fault, rng: Rng },
}

/// The faults of a [`Network`](super::Network), operation by operation. The first plan that has a fault for an attempt
/// decides; where none has, the attempt passes. Clones share the script, so that a test can add to it and
/// [`clear`](Self::clear) it while calls go on.
///
/// ```
/// # use payment_clients::{contract::operation::{Operation, Service, Tier}, mock::{Fault, Faults}, seams::Rng};
/// # const SERVICE: Service = Service { name: "order-service", port: None, tier: Tier::Standard };
/// # static CREATE_ORDER: Operation = Operation::new(SERVICE, "create_order", http::Method::POST, "/orders");
/// # static GET_ORDER: Operation = Operation::new(SERVICE, "get_order", http::Method::GET, "/orders/{no}");
/// let faults = Faults::new()
///     .on(&CREATE_ORDER, [Fault::drop_after(), Fault::none()]) // the first answer is lost, the second arrives
///     .on(&GET_ORDER, Fault::refuse().always())
///     .on_all(Fault::drop_before().share(100, Rng::seeded(7))); // a tenth of all others
/// # let _ = faults;
/// ```
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Mutex<Vec<Rule>>>);

#[derive(Debug)]
struct Rule {
    /// `None` stands for all.
    operation: Option<&'static Operation>,
    plan: Plan,
}

type Exchange = Result<Response<Bytes>, Failure>;

// === making one ===

impl Fault {
    /// The attempt passes; for arrays in which only some fail.
    pub const fn none() -> Self {
        Self::of(Event::None)
    }

    /// Nobody accepts the connection.
    pub const fn refuse() -> Self {
        Self::of(Event::Refuse)
    }

    /// The connection breaks before the request reaches the handler.
    pub const fn drop_before() -> Self {
        Self::of(Event::DropBefore)
    }

    /// The handler runs to its end, and the connection breaks before its answer.
    pub const fn drop_after() -> Self {
        Self::of(Event::DropAfter)
    }

    /// The handler runs to its end, and the connection breaks within its answer.
    pub const fn truncate() -> Self {
        Self::of(Event::Truncate)
    }

    /// Something in front of the handler answers with this status and an empty body.
    pub const fn status(status: StatusCode) -> Self {
        Self::of(Event::Status { status, nack: None, retry_after: None })
    }

    /// The handler runs to its end, and its answer comes that much later.
    pub const fn delay(time: Duration) -> Self {
        Self::none().delayed(time)
    }

    const fn of(event: Event) -> Self {
        Self { event, delay: Duration::ZERO }
    }

    /// Whatever comes back comes that much later, by tokio's clock.
    #[must_use]
    pub const fn delayed(mut self, time: Duration) -> Self {
        self.delay = time;
        self
    }

    /// Adds `x-nack` to a status: whoever answers says that it did not begin. Nothing but a status carries it.
    #[must_use]
    pub const fn nack(mut self, word: Nack) -> Self {
        if let Event::Status { nack, .. } = &mut self.event {
            *nack = Some(word);
        }
        self
    }

    /// Adds `Retry-After`, in whole seconds, to a status. Nothing but a status carries it.
    #[must_use]
    pub const fn retry_after(mut self, wait: Duration) -> Self {
        if let Event::Status { retry_after, .. } = &mut self.event {
            *retry_after = Some(wait);
        }
        self
    }
}

// === planning ===

impl Fault {
    /// For the next attempt alone.
    pub fn once(self) -> Plan {
        [self].into()
    }

    /// For every attempt.
    pub fn always(self) -> Plan {
        Plan(Steps::Always(self))
    }

    /// For so many in a thousand attempts, which `rng` chooses: the same ones for the same seed and order of attempts.
    pub fn share(self, permille: u64, rng: Rng) -> Plan {
        Plan(Steps::Share { permille, fault: self, rng })
    }
}

impl<const N: usize> From<[Fault; N]> for Plan {
    fn from(faults: [Fault; N]) -> Self {
        Self(Steps::InTurn(faults.into()))
    }
}

impl Plan {
    fn next(&mut self) -> Option<Fault> {
        match &mut self.0 {
            Steps::InTurn(left) => left.pop_front(),
            Steps::Always(fault) => Some(*fault),
            Steps::Share { permille, fault, rng } => (rng.bits() % 1000 < *permille).then_some(*fault),
        }
    }
}

// === impl Faults ===

impl Faults {
    /// No faults yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Plans faults for the attempts of one operation.
    #[must_use]
    pub fn on(self, operation: &'static Operation, plan: impl Into<Plan>) -> Self {
        self.rules().push(Rule { operation: Some(operation), plan: plan.into() });
        self
    }

    /// Plans faults for all attempts, and for the probes with which a client looks after instances.
    #[must_use]
    pub fn on_all(self, plan: impl Into<Plan>) -> Self {
        self.rules().push(Rule { operation: None, plan: plan.into() });
        self
    }

    /// From now on every attempt passes.
    pub fn clear(&self) {
        self.rules().clear();
    }

    /// The fault of an attempt that begins now.
    pub(super) fn next(&self, operation: Option<&'static Operation>) -> Fault {
        let mut rules = self.rules();
        let concerned = rules.iter_mut().filter(|rule| match rule.operation {
            Some(wanted) => operation.is_some_and(|asked| asked.is(wanted)),
            None => true,
        });
        concerned.into_iter().find_map(|rule| rule.plan.next()).unwrap_or_else(Fault::none)
    }

    fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// === happening ===

impl Fault {
    /// What comes of an exchange. It is begun only where the request reaches the handler.
    pub(super) async fn strike(self, exchange: impl Future<Output = Exchange> + Send) -> Exchange {
        const TEXT: &str = "as the test wants";
        let outcome = match self.event {
            Event::None => exchange.await,
            Event::Refuse => Err(Failure::Connect(TEXT.into())),
            Event::DropBefore => Err(Failure::Broken(TEXT.into())),
            Event::DropAfter => exchange.await.and(Err(Failure::Broken(TEXT.into()))),
            Event::Truncate => exchange.await.and(Err(Failure::Truncated(TEXT.into()))),
            Event::Status { status, nack, retry_after } => Ok(page(status, nack, retry_after)),
        };
        tokio::time::sleep(self.delay).await;
        outcome
    }
}

/// An empty page.
fn page(status: StatusCode, nack: Option<Nack>, retry_after: Option<Duration>) -> Response<Bytes> {
    let mut page = Response::new(Bytes::new());
    *page.status_mut() = status;
    if let Some(nack) = nack {
        page.headers_mut().insert(headers::NACK, HeaderValue::from_static(nack.as_str()));
    }
    if let Some(wait) = retry_after {
        page.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs()));
    }
    page
}
