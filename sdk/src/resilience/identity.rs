//! Puts a credential on each attempt: cached, renewed before it expires, and once more when the service refuses it.
//!
//! It stands outside of the instance's permit and breaker, so that a slow token server holds no place at the service
//! and is not blamed on it; the call's deadline covers it. One fetch serves all calls that wait for it.

use std::{
    fmt,
    future::Future,
    pin::Pin,
    sync::Arc,
    time::{Duration, Instant},
};

use arc_swap::ArcSwapOption;
use http::{HeaderName, HeaderValue, header};
use tokio::sync::Mutex;

use crate::{
    contract::{
        call::Call,
        certainty::Certainty,
        error::{Error, ErrorKind, Result},
        explain::Decision,
        request::Request,
        response::Response,
        secret::Secret,
    },
    seams::Clock,
};

/// A credential is renewed when this part of its life is left, and at least this long before its end.
const EARLY_SHARE: u32 = 5;
/// See [`EARLY_SHARE`]; as in the identity cache of the AWS SDKs.
const EARLY: Duration = Duration::from_secs(10);

/// What proves who calls.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Credential {
    /// The header that carries it.
    pub name: HeaderName,
    /// Its value.
    pub value: Secret<HeaderValue>,
    /// How long it is good for from now on; `None` for one that does not expire.
    pub lifetime: Option<Duration>,
}

impl Credential {
    /// `Authorization: Bearer …`.
    ///
    /// # Errors
    /// When the token holds characters that no header may carry.
    pub fn bearer(token: &str, lifetime: Option<Duration>) -> Result<Self> {
        Ok(Self { lifetime, ..Self::key(header::AUTHORIZATION, &format!("Bearer {token}"))? })
    }

    /// A key that stands in a header of its own and does not expire, such as `X-Api-Key`.
    ///
    /// # Errors
    /// When the key holds characters that no header may carry.
    pub fn key(name: HeaderName, key: &str) -> Result<Self> {
        let mut value = HeaderValue::try_from(key).map_err(|_| {
            Error::configuration(format!("the credential in `{name}` must be visible ASCII without line breaks"))
        })?;
        value.set_sensitive(true);
        Ok(Self { name, value: Secret::new(value), lifetime: None })
    }
}

/// A credential that does not change is a source of itself.
impl Credentials for Credential {
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Credential>> + Send + '_>> {
        Box::pin(std::future::ready(Ok(self.clone())))
    }
}

/// Where credentials come from: a token server, a file, a vault.
pub trait Credentials: fmt::Debug + Send + Sync + 'static {
    /// Fetches a new one.
    fn fetch(&self) -> Pin<Box<dyn Future<Output = Result<Credential>> + Send + '_>>;
}

/// A credential and when to renew it.
#[derive(Debug)]
struct Held {
    header: Arc<(HeaderName, Secret<HeaderValue>)>,
    renew_at: Option<Instant>,
    expires_at: Option<Instant>,
}

/// The current credential of one client.
#[derive(Debug)]
struct Cache {
    source: Arc<dyn Credentials>,
    held: ArcSwapOption<Held>,
    /// Held while one call fetches for all.
    fetching: Mutex<()>,
    clock: Clock,
}

impl Cache {
    /// The credential to use now; fetches when there is none, and renews early while the old one is still good.
    async fn get(&self, request: &Request) -> Result<Arc<Held>> {
        let now = self.clock.now();
        let held = self.held.load_full().filter(|held| held.expires_at.is_none_or(|end| now < end));
        if let Some(held) = held {
            let due = held.renew_at.is_some_and(|renew_at| now >= renew_at);
            // Whoever gets the lock renews; everybody else goes on with the old one.
            if !due || self.fetching.try_lock().is_err() {
                return Ok(held);
            }
            let renewed = self.fetch(request, Some(&held)).await;
            return renewed.or_else(|error| {
                tracing::warn!(%error, "a credential could not be renewed early; the old one is used until it expires");
                Ok(held)
            });
        }
        self.fetch(request, None).await
    }

    /// Fetches, unless somebody has done it since `stale` was seen.
    async fn fetch(&self, request: &Request, stale: Option<&Arc<Held>>) -> Result<Arc<Held>> {
        let _one = self.fetching.lock().await;
        let current = self.held.load_full();
        let now = self.clock.now();
        if let Some(current) = current
            && stale.is_none_or(|stale| !Arc::ptr_eq(stale, &current))
            && current.expires_at.is_none_or(|end| now < end)
        {
            return Ok(current);
        }
        let credential = self.source.fetch().await.map_err(|error| {
            let text = format!("no credential for {}: {error}; nothing was sent", request.operation().service.name);
            Error::new(ErrorKind::Unreachable, Certainty::NotSent, text).with_source(error)
        })?;
        request.state.record.note(Decision::Refreshed);
        let now = self.clock.now();
        let early = |lifetime: Duration| lifetime.saturating_sub((lifetime / EARLY_SHARE).max(EARLY.min(lifetime / 2)));
        let held = Arc::new(Held {
            // A life that ends beyond what a clock can say does not end.
            renew_at: credential.lifetime.and_then(|lifetime| now.checked_add(early(lifetime))),
            expires_at: credential.lifetime.and_then(|lifetime| now.checked_add(lifetime)),
            header: Arc::new((credential.name, credential.value)),
        });
        self.held.store(Some(Arc::clone(&held)));
        Ok(held)
    }

    /// Throws a refused credential away, unless it has been replaced meanwhile.
    fn refuse(&self, refused: &Arc<Held>) {
        let current = self.held.load_full();
        if current.is_some_and(|current| Arc::ptr_eq(&current, refused)) {
            self.held.store(None);
        }
    }
}

/// The identity layer.
#[derive(Debug)]
pub struct Identity<C> {
    inner: C,
    cache: Option<Cache>,
}

impl<C> Identity<C> {
    /// Puts credentials from `source` on attempts through `inner`.
    pub fn new(inner: C, source: Option<Arc<dyn Credentials>>, clock: Clock) -> Self {
        let cache =
            source.map(|source| Cache { source, held: ArcSwapOption::empty(), fetching: Mutex::new(()), clock });
        Self { inner, cache }
    }
}

impl<C: Call> Call for Identity<C> {
    async fn call(&self, mut request: Request) -> Result<Response> {
        let Some(cache) = &self.cache else { return self.inner.call(request).await };
        let held = cache.get(&request).await?;
        request.state.credential = Some(Arc::clone(&held.header));
        let record = Arc::clone(&request.state.record);
        let answer = self.inner.call(request).await;
        if answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unauthenticated) {
            cache.refuse(&held);
            record.refresh_once();
        }
        answer
    }
}
