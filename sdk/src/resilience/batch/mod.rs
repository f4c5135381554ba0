//! Lets single calls travel together, for operations declared with `batch = "…"`.
//!
//! Calls that come within a short window become one call of the named operation: its body is the list of their bodies,
//! its answer the list of their answers. Calls travel together only if they have the same principal and tier, so that
//! nobody's call is made in another's name and no tier pays for another.
//!
//! * A batch is a task of its own. A caller that gives up takes only itself away: before the batch leaves, its call is
//!   not sent; afterwards its effect may happen, whether or not the batch had reached the wire when it gave up.
//! * The nearest deadline shortens the window: no call waits longer than half of the time it has. The batch itself has
//!   until the latest deadline.
//! * The certainty of a batch is that of each call in it, and so is its failure: a service that refuses a list for one
//!   entry refuses all. An answer of another length could be anybody's and is unreadable for all.
//! * A call with a key of its own travels alone, since a key names one effect; so `keyed` operations are never batched,
//!   and events that must not count twice carry their ids in their bodies. A call with a number of attempts of its own
//!   travels alone, too.

mod parts;
mod window;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;
use tracing::Instrument;

use super::{live::Live, settings::ClientConfig, wait::wait_span};
use crate::{
    contract::{
        call::Call,
        context::CallContext,
        error::{Error, ErrorKind, Result},
        explain::Decision,
        operation::{Operation, Tier},
        record::Settled,
        request::Request,
        response::Response,
    },
    seams::Clock,
};
use window::{Member, Window};

/// How long calls gather, and how many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchSettings {
    /// Longest wait for company. Default 5 ms, as Kafka's producers have waited since version 4.0 (KIP-1030).
    pub window: Duration,
    /// Most calls in a batch, which then leaves at once. Default 100: the fixed cost of a call is then one per cent.
    pub max_calls: usize,
    /// Most bytes of bodies in a batch, which then leaves at once; a larger body travels alone. Default 256 KiB, a
    /// quarter of what proxies take by default (nginx: `client_max_body_size 1m`).
    pub max_bytes: usize,
}

impl Default for BatchSettings {
    fn default() -> Self {
        Self { window: Duration::from_millis(5), max_calls: 100, max_bytes: 256 << 10 }
    }
}

/// The batch layer.
#[derive(Debug)]
pub struct Batch<C> {
    inner: Arc<C>,
    windows: Arc<Windows>,
    config: Live<ClientConfig>,
    clock: Clock,
}

/// The open windows. Never iterated, so its order decides nothing; a window leaves it with its batch.
#[derive(Debug, Default)]
struct Windows(Mutex<HashMap<Group, Arc<Window>>>);

/// What calls must have in common to travel together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Group {
    operation: &'static str,
    principal: Option<String>,
    on_behalf_of: Option<String>,
    tier: Tier,
    /// Whether the attempts of the call being served are used up.
    spent: bool,
}

// === impl Batch ===

impl<C> Batch<C> {
    /// Lets calls through `inner` travel together.
    pub fn new(inner: C, config: Live<ClientConfig>, clock: Clock) -> Self {
        Self { inner: Arc::new(inner), windows: Arc::default(), config, clock }
    }
}

/// The operation with which this call can travel in company.
fn company(request: &Request) -> Option<&'static Operation> {
    let operation = request.operation();
    let alone = || operation.money || request.state.settled().key.is_some() || request.options().max_attempts.is_some();
    operation.batch.filter(|_| !alone())
}

impl<C: Call + 'static> Call for Batch<C> {
    async fn call(&self, request: Request) -> Result<Response> {
        let Some(many) = company(&request) else { return self.inner.call(request).await };
        let record = request.state.record.clone();
        let (reply, answer) = oneshot::channel();
        let window = self.board(&request, many, reply);
        let mut passenger = Passenger { answer, window };
        let answer = (&mut passenger.answer).instrument(wait_span("batch")).await;
        answer.unwrap_or_else(|_| {
            let text = "the batch that carried the call was dropped with its runtime";
            Err(Error::new(ErrorKind::Interrupted, record.certainty(), text))
        })
    }
}

impl<C: Call + 'static> Batch<C> {
    /// Puts the call into the open window of its group, or opens one.
    fn board(
        &self,
        request: &Request,
        many: &'static Operation,
        reply: oneshot::Sender<Result<Response>>,
    ) -> Arc<Window> {
        let (settings, now) = (self.config.load().batch, self.clock.now());
        let member = Member::new(request, reply, settings.window, now);
        let context = CallContext::current();
        let Settled { tier, spent, .. } = *request.state.settled();
        let principal = context.as_ref().and_then(|context| context.principal.clone());
        let on_behalf_of = context.as_ref().and_then(|context| context.on_behalf_of.clone());
        let group = Group { operation: request.operation().name, principal, on_behalf_of, tier, spent };
        let mut windows = self.windows.lock();
        let member = match windows.get(&group) {
            Some(window) => match window.join(member, settings, now) {
                Ok(()) => return Arc::clone(window),
                Err(member) => member,
            },
            None => member,
        };
        let window = Arc::new(Window::open(member, settings, now));
        windows.insert(group.clone(), Arc::clone(&window));
        drop(windows);
        let journey = Journey {
            inner: Arc::clone(&self.inner),
            listed: Listed { windows: Arc::clone(&self.windows), group, window: Arc::clone(&window) },
            many,
            first: request.state.settled().clone(),
        };
        // On behalf of whom, and in which trace: as the call that opened the window.
        tokio::spawn(CallContext::scope_of(context, journey.go()).in_current_span());
        window
    }
}

/// A caller that waits for its part of a batch.
struct Passenger {
    answer: oneshot::Receiver<Result<Response>>,
    window: Arc<Window>,
}

impl Drop for Passenger {
    fn drop(&mut self) {
        self.window.give_up(&mut self.answer);
    }
}

// === impl Windows ===

impl Windows {
    fn lock(&self) -> MutexGuard<'_, HashMap<Group, Arc<Window>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A window in its list, taken off however its task ends.
#[derive(Debug)]
struct Listed {
    windows: Arc<Windows>,
    group: Group,
    window: Arc<Window>,
}

impl Listed {
    /// Takes it off the list; whoever comes now opens another one.
    fn take_off(&self) {
        let mut windows = self.windows.lock();
        if windows.get(&self.group).is_some_and(|window| Arc::ptr_eq(window, &self.window)) {
            windows.remove(&self.group);
        }
    }
}

impl Drop for Listed {
    fn drop(&mut self) {
        self.take_off();
        self.window.abandon();
    }
}

// === impl Journey ===

/// A window and then its batch.
struct Journey<C> {
    inner: Arc<C>,
    listed: Listed,
    many: &'static Operation,
    /// What was settled for the call that opened the window.
    first: Settled,
}

impl<C: Call> Journey<C> {
    async fn go(self) {
        self.listed.window.gathered().await;
        self.listed.take_off();
        let mut request = Request::new(self.many);
        request.state.settle(self.first);
        let record = Arc::clone(&request.state.record);
        let members = self.listed.window.depart(&record);
        let Some(latest) = members.iter().map(Member::deadline).max() else { return };
        request.raw(parts::join(&members));
        request.state.deadline = latest;
        let calls = u32::try_from(members.len()).unwrap_or(u32::MAX);
        members.iter().for_each(|member| member.record().note(Decision::Batched(calls)));
        let answer = self.inner.call(request);
        let answer = match latest {
            Some(latest) => tokio::time::timeout_at(latest.instant().into(), answer).await,
            None => Ok(answer.await),
        };
        let answer = answer.unwrap_or_else(|_| {
            let text = "the deadline passed before an answer came";
            Err(Error::new(ErrorKind::Timeout, record.certainty(), text))
        });
        parts::hand_out(&answer, members);
    }
}

#[cfg(test)]
mod tests;
