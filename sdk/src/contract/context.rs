//! What a served call hands to every call made on its behalf: deadline, criticality, trace, principal. Handlers do
//! nothing for it; a spawned task takes it along with [`CallContext::scope`].

use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    thread::LocalKey,
};

use http::HeaderValue;

use super::{
    deadline::Deadline,
    idempotency::{Fingerprint, IdempotencyKey},
    operation::{Operation, Tier},
    trace::TraceContext,
};

thread_local! {
    static CURRENT: RefCell<Option<Arc<CallContext>>> = const { RefCell::new(None) };
}

/// The call being served, as far as handlers and the calls they make need to know it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CallContext {
    /// The operation being served.
    pub operation: Option<&'static Operation>,
    /// When the caller stops waiting.
    pub deadline: Option<Deadline>,
    /// Tier of the call; calls made on its behalf never rank higher.
    pub tier: Option<Tier>,
    /// Trace that the call belongs to.
    pub trace: Option<TraceContext>,
    /// Name of the request through all services.
    pub request_id: Option<HeaderValue>,
    /// Who calls, once authenticated.
    pub principal: Option<String>,
    /// For whom the caller acts, where it is not for itself; a service says it of a merchant, say.
    pub on_behalf_of: Option<String>,
    /// Key of the request, for the handler's transaction; not handed on.
    pub key: Option<IdempotencyKey>,
    /// Fingerprint of the request, for the handler's transaction; not handed on.
    pub fingerprint: Option<Fingerprint>,
    /// Number of the caller's attempt, from 1.
    pub attempt: u32,
    /// Whether the attempts of this call are used up in front of us: calls made for it are then tried once.
    pub retries_spent: bool,
}

impl CallContext {
    /// The context of the call being served, if there is one.
    pub fn current() -> Option<Arc<Self>> {
        CURRENT.with(|slot| slot.borrow().clone())
    }

    /// Runs `work` as part of this call.
    pub fn scope<F: Future>(self: &Arc<Self>, work: F) -> impl Future<Output = F::Output> + use<F> {
        Self::scope_of(Some(Arc::clone(self)), work)
    }

    /// Runs `work` as part of a call that may or may not be there.
    pub(crate) fn scope_of<F: Future>(context: Option<Arc<Self>>, work: F) -> impl Future<Output = F::Output> + use<F> {
        Ambient::new(&CURRENT, context, work)
    }
}

pin_project_lite::pin_project! {
    /// Runs a future with a value in a thread-local slot: put there before each poll, taken back after it.
    pub(crate) struct Ambient<T: 'static, F> {
        slot: &'static LocalKey<RefCell<Option<T>>>,
        value: Option<T>,
        #[pin]
        inner: F,
    }
}

impl<T, F> Ambient<T, F> {
    pub(crate) fn new(slot: &'static LocalKey<RefCell<Option<T>>>, value: Option<T>, inner: F) -> Self {
        Self { slot, value, inner }
    }
}

/// Swaps value and slot, and swaps them back when dropped, so that a panicking poll leaves nothing behind.
struct Swap<'a, T: 'static> {
    slot: &'static LocalKey<RefCell<Option<T>>>,
    value: &'a mut Option<T>,
}

impl<'a, T> Swap<'a, T> {
    fn new(slot: &'static LocalKey<RefCell<Option<T>>>, value: &'a mut Option<T>) -> Self {
        slot.with(|inside| std::mem::swap(&mut *inside.borrow_mut(), value));
        Self { slot, value }
    }
}

impl<T> Drop for Swap<'_, T> {
    fn drop(&mut self) {
        self.slot.with(|inside| std::mem::swap(&mut *inside.borrow_mut(), self.value));
    }
}

impl<T, F: Future> Future for Ambient<T, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _swap = Swap::new(this.slot, this.value);
        this.inner.poll(context)
    }
}
