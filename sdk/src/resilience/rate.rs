//! Keeps to a quota: the configured one, and the one that the service announces.
//!
//! The configured quota is a generic cell rate algorithm (ITU-T I.371): one number, the time at which the quota would be
//! whole again, moves forward with each call. What the service says, `Retry-After` on a 429 or `RateLimit` with nothing
//! left, closes the quota until then; a hint is believed for five minutes at most. A call that would have to wait longer
//! than its tier allows is refused before it is sent. Part of the burst is kept for calls that matter more.
//!
//! Further attempts are charged when the call ends, however it does, and never wait: a retry already waits for its
//! backoff.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tracing::Instrument;

use super::{live::Live, settings::ClientConfig, wait::wait_span};
use crate::{
    contract::{
        call::Call,
        error::{Error, ErrorKind, Result},
        explain::{Decision, Reason},
        headers,
        record::CallRecord,
        request::Request,
        response::Response,
    },
    seams::{
        Clock,
        sync::{AtomicU64, Ordering},
    },
};

/// Longest time that a service's word can close the quota for.
pub const LONGEST_HINT: Duration = Duration::from_secs(300);

/// A configured quota.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RateSettings {
    /// Calls a second.
    pub per_second: u32,
    /// Calls that may come at once after a pause.
    pub burst: u32,
}

impl RateSettings {
    /// So many calls a second, and so many at once after a pause.
    pub const fn new(per_second: u32, burst: u32) -> Self {
        Self { per_second, burst }
    }
}

/// How far the quota of one dependency is used up. Lock-free.
#[derive(Debug)]
pub struct Quota {
    epoch: Instant,
    /// Nanoseconds after `epoch` at which the whole burst is free again.
    whole_at: AtomicU64,
    /// Nanoseconds after `epoch` until which the service wants no calls.
    closed_until: AtomicU64,
}

// === impl Quota ===

impl Quota {
    /// Nothing used yet.
    pub fn new(epoch: Instant) -> Self {
        Self { epoch, whole_at: AtomicU64::new(0), closed_until: AtomicU64::new(0) }
    }

    /// Takes one call's quota and tells how long to wait for it; `None`, and nothing taken, when that exceeds `patience`.
    pub fn take(
        &self,
        settings: Option<RateSettings>,
        share_permille: u64,
        patience: Duration,
        now: Instant,
    ) -> Option<Duration> {
        let now = self.nanos(now);
        let closed = self.closed_until.load(Ordering::Relaxed).saturating_sub(now);
        let Some(settings) = settings else { return within(closed, patience) };
        let gap = gap(settings);
        let burst = u64::from(settings.burst) * share_permille / 1000;
        let tolerance = gap * burst.saturating_sub(1);
        let mut wait = None;
        let _ = self.whole_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |whole_at| {
            let begin = whole_at.max(now);
            wait = within(begin.saturating_sub(now + tolerance).max(closed), patience);
            wait.is_some().then_some(begin + gap)
        });
        wait
    }

    /// Charges attempts beyond the first.
    fn charge(&self, settings: Option<RateSettings>, attempts: u32, now: Instant) {
        if let Some(settings) = settings.filter(|_| attempts > 0) {
            let now = self.nanos(now);
            let further = |whole_at: u64| Some(whole_at.max(now) + gap(settings) * u64::from(attempts));
            let _ = self.whole_at.fetch_update(Ordering::Relaxed, Ordering::Relaxed, further);
        }
    }

    /// The service wants no calls for so long.
    fn close(&self, wait: Duration, now: Instant) {
        self.closed_until.fetch_max(self.nanos(now + wait.min(LONGEST_HINT)), Ordering::Relaxed);
    }

    fn nanos(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.epoch).as_nanos()).unwrap_or(u64::MAX)
    }
}

fn gap(settings: RateSettings) -> u64 {
    1_000_000_000 / u64::from(settings.per_second.max(1))
}

fn within(nanos: u64, patience: Duration) -> Option<Duration> {
    let wait = Duration::from_nanos(nanos);
    (wait <= patience).then_some(wait)
}

// === the layer ===

/// The rate-limit layer.
#[derive(Debug)]
pub struct RateLimit<C> {
    inner: C,
    quota: Quota,
    config: Live<ClientConfig>,
    clock: Clock,
}

impl<C> RateLimit<C> {
    /// Keeps calls through `inner` to the quota.
    pub fn new(inner: C, config: Live<ClientConfig>, clock: Clock) -> Self {
        Self { inner, quota: Quota::new(clock.now()), config, clock }
    }

    /// Waits for quota, or refuses.
    async fn admit(&self, request: &Request) -> Result<()> {
        let now = self.clock.now();
        let (settings, tier) = {
            let config = self.config.load();
            (config.rate, config.queue.tiers[request.state.settled().tier as usize])
        };
        let left = request.deadline().map_or(Duration::MAX, |deadline| deadline.remaining(now));
        let Some(wait) = self.quota.take(settings, tier.permille, tier.wait.min(left), now) else {
            request.state.record.note(Decision::Refused(Reason::NoQuota));
            let text = format!("{}: {}", request.operation().service.name, Reason::NoQuota);
            return Err(Error::rejected(text));
        };
        if !wait.is_zero() {
            request.state.record.note(Decision::AwaitedQuota(wait));
            tokio::time::sleep(wait).instrument(wait_span("quota")).await;
        }
        Ok(())
    }

    /// Takes the service at its word: see <https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/>.
    fn learn(&self, answer: &Result<Response>) {
        let wait = match answer {
            Ok(response) => headers::quota_used_up(response.headers()),
            Err(error) if error.kind() == ErrorKind::RateLimited => error.retry_after(),
            Err(_) => None,
        };
        if let Some(wait) = wait {
            self.quota.close(wait, self.clock.now());
        }
    }
}

impl<C: Call> Call for RateLimit<C> {
    async fn call(&self, request: Request) -> Result<Response> {
        self.admit(&request).await?;
        let _further = Further { layer: self, record: Arc::clone(&request.state.record) };
        let answer = self.inner.call(request).await;
        self.learn(&answer);
        answer
    }
}

/// Charges the attempts of a call beyond its first when dropped.
struct Further<'a, C> {
    layer: &'a RateLimit<C>,
    record: Arc<CallRecord>,
}

impl<C> Drop for Further<'_, C> {
    fn drop(&mut self) {
        let (further, layer) = (self.record.issued().saturating_sub(1), self.layer);
        if further > 0 {
            layer.quota.charge(layer.config.load().rate, further, layer.clock.now());
        }
    }
}
