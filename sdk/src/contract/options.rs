//! What a caller sets for one call. The options travel beside the arguments, so that a trait's methods stay plain:
//! `orders.with(CallOptions::new().deadline(..)).get_order(..)` works on clients and on `Arc<dyn OrderApi>`.

use std::{cell::RefCell, future::Future, sync::Arc, time::Duration};

use super::{context::Ambient, idempotency::IdempotencyKey, operation::Tier};

thread_local! {
    static SCOPED: RefCell<Option<CallOptions>> = const { RefCell::new(None) };
}

/// Settings of one call; each overrides the client's.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct CallOptions {
    /// Longest time for the whole call. A deadline inherited from the call being served still ends it earlier.
    pub deadline: Option<Duration>,
    /// Key of the intended effect; the default is a random one for keyed operations.
    pub key: Option<IdempotencyKey>,
    /// Name of the intended effect, from which the client derives the key.
    pub intent: Option<Arc<str>>,
    /// Most attempts, at least 1; cannot exceed the client's.
    pub max_attempts: Option<u32>,
    /// Tier of this call; can only lower an inherited one.
    pub tier: Option<Tier>,
    /// Whether the service must answer, and not the cache or an equal call that began earlier.
    pub fresh: bool,
}

impl CallOptions {
    /// No overrides.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the longest time for the whole call; the default is the operation's or the tier's.
    #[must_use]
    pub fn deadline(mut self, total: Duration) -> Self {
        self.deadline = Some(total);
        self
    }

    /// Sets the idempotency key; the default is a random one for keyed operations.
    #[must_use]
    pub fn key(mut self, key: IdempotencyKey) -> Self {
        self.key = Some(key);
        self
    }

    /// Sets the name of the intended effect, such as `order-17/capture`, from which the client derives the key; see
    /// [`ClientBuilder::key_secret`](crate::client::ClientBuilder::key_secret). A process that was restarted derives the
    /// same key again. The default is no name, and so a random key.
    #[must_use]
    pub fn intent(mut self, intent: impl Into<Arc<str>>) -> Self {
        self.intent = Some(intent.into());
        self
    }

    /// Sets the most attempts; the default is the tier's.
    #[must_use]
    pub fn max_attempts(mut self, attempts: u32) -> Self {
        self.max_attempts = Some(attempts);
        self
    }

    /// Sets the tier; the default is the operation's.
    #[must_use]
    pub fn tier(mut self, tier: Tier) -> Self {
        self.tier = Some(tier);
        self
    }

    /// Asks the service even when an answer is kept, and neither joins an equal call under way nor takes an expired
    /// answer when the service fails: for reading what one has just written. The new answer is kept.
    #[must_use]
    pub fn fresh(mut self) -> Self {
        self.fresh = true;
        self
    }

    /// Takes the options of the surrounding scope. The first call made inside takes them, so that a handler reached
    /// without a wire cannot hand its caller's key on to calls of its own.
    pub(crate) fn take_scoped() -> Self {
        SCOPED.with(|slot| slot.borrow_mut().take()).unwrap_or_default()
    }
}

/// A handle bound to options; `#[api]` implements each API's trait for it.
#[derive(Clone, Debug)]
pub struct Scoped<T> {
    inner: T,
    options: CallOptions,
}

impl<T> Scoped<T> {
    /// Binds `inner` to `options`.
    pub fn new(inner: T, options: CallOptions) -> Self {
        Self { inner, options }
    }

    /// The handle itself.
    pub fn inner(&self) -> &T {
        &self.inner
    }

    /// Runs one call with the options in scope. Used by generated code.
    pub fn scope<F: Future + Send>(&self, call: F) -> impl Future<Output = F::Output> + Send {
        Ambient::new(&SCOPED, Some(self.options.clone()), call)
    }
}

/// Gives `.with(options)`.
pub trait WithOptions: Clone {
    /// This handle with options for the calls made through it. Bind it before joining several calls.
    fn with(&self, options: CallOptions) -> Scoped<Self> {
        Scoped::new(self.clone(), options)
    }
}

impl<A: ?Sized> WithOptions for Arc<A> {}
