//! The kept answers of one client: how many is moka's business, how long is ours.
//!
//! Expiry is stored with each answer and judged by our [`Clock`](crate::seams::Clock), so that it moves with virtual
//! time. The hasher is seeded from our [`Rng`], so that two runs of a simulation evict alike and nobody outside can
//! choose keys that collide.

use std::{
    hash::{BuildHasher, DefaultHasher, Hasher},
    sync::{Arc, OnceLock},
    time::{Duration, Instant},
};

use bytes::Bytes;
use moka::{Entry, ops::compute::Op, sync::Cache};

use super::CacheSettings;
use crate::{
    contract::{headers, operation::CachePolicy, question::Question, response::Response},
    seams::Rng,
};

/// Answers by what was asked.
#[derive(Debug)]
pub(crate) struct Answers {
    settings: CacheSettings,
    hasher: Seeded,
    /// Made with the first answer: many clients never keep one.
    cache: OnceLock<Cache<Arc<Question>, Arc<Kept>, Seeded>>,
}

/// An answer and how long it is good for.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) response: Response,
    asked: Instant,
    fresh_until: Instant,
    usable_until: Instant,
}

/// Makes hashers that agree with each other and with nobody else's.
#[derive(Clone, Debug)]
struct Seeded(u64);

impl BuildHasher for Seeded {
    type Hasher = DefaultHasher;

    fn build_hasher(&self) -> DefaultHasher {
        let mut hasher = DefaultHasher::new();
        hasher.write_u64(self.0);
        hasher
    }
}

// === impl Answers ===

impl Answers {
    /// Keeps as much as `settings` allow.
    pub(crate) fn new(settings: CacheSettings, rng: &Rng) -> Self {
        Self { settings, hasher: Seeded(rng.bits()), cache: OnceLock::new() }
    }

    /// The answer to `question`, however old it is.
    pub(crate) fn get(&self, question: &Arc<Question>) -> Option<Arc<Kept>> {
        self.cache.get()?.get(question)
    }

    /// Keeps an answer as long as the declaration and the answer itself allow, unless one is there that was asked for
    /// later.
    pub(crate) fn keep(&self, question: Arc<Question>, response: &Response, policy: CachePolicy, asked: Instant) {
        let Some(kept) = Kept::new(response, policy, asked).map(Arc::new) else { return };
        let cache = self.cache.get_or_init(|| {
            let cache = Cache::builder().max_capacity(self.settings.max_bytes).weigher(weight);
            cache.build_with_hasher(self.hasher.clone())
        });
        cache.entry(question).and_compute_with(|there: Option<Entry<_, Arc<Kept>>>| match there {
            Some(there) if there.value().asked > asked => Op::Nop,
            _ => Op::Put(kept),
        });
    }
}

fn weight(question: &Arc<Question>, kept: &Arc<Kept>) -> u32 {
    let headers: usize = kept.response.headers().iter().map(|(name, value)| name.as_str().len() + value.len()).sum();
    let bytes = question.size() + headers + kept.response.payload().len();
    u32::try_from(bytes).unwrap_or(u32::MAX).max(CacheSettings::LEAST_WEIGHT)
}

// === impl Kept ===

impl Kept {
    /// `None` when the service forbids keeping it.
    fn new(response: &Response, policy: CachePolicy, asked: Instant) -> Option<Self> {
        let control = headers::cache_control(response.headers());
        if control.no_store {
            return None;
        }
        let fresh_until = asked + control.max_age.map_or(policy.ttl, |max_age| max_age.min(policy.ttl));
        let stale = if control.must_revalidate { Duration::ZERO } else { policy.stale_if_error };
        // A payload is a slice of its body; a copy keeps only itself in memory.
        let response = response.with_payload(Bytes::copy_from_slice(response.payload()));
        Some(Self { response, asked, fresh_until, usable_until: fresh_until + stale })
    }

    /// Whether it may answer instead of the service.
    pub(crate) fn is_fresh(&self, now: Instant) -> bool {
        now < self.fresh_until
    }

    /// Whether it may answer when the service cannot.
    pub(crate) fn is_usable(&self, now: Instant) -> bool {
        now < self.usable_until
    }

    /// Time since it was asked for.
    pub(crate) fn age(&self, now: Instant) -> Duration {
        now.saturating_duration_since(self.asked)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use http::Method;

    use super::*;
    use crate::{
        contract::{
            operation::{Operation, Service, Tier},
            request::Request,
        },
        seams::Clock,
    };

    #[test]
    fn one_number_bounds_both_bytes_and_entries() {
        const SERVICE: Service = Service { name: "test-service", port: None, tier: Tier::Standard };
        static READ: Operation = Operation::new(SERVICE, "read", Method::GET, "/things/{id}");
        let policy = CachePolicy { ttl: Duration::from_secs(60), stale_if_error: Duration::ZERO };
        for payload in [1, 10_000] {
            let answers = Answers::new(CacheSettings { max_bytes: 64 << 10 }, &Rng::seeded(1));
            for id in 0..1000 {
                let mut request = Request::new(&READ);
                request.path_arg("id", &id).unwrap();
                let response = Response::made(vec![b'1'; payload].into());
                answers.keep(Question::of(&request), &response, policy, Clock::system().now());
            }
            let cache = answers.cache.get().unwrap();
            cache.run_pending_tasks();
            assert!(cache.weighted_size() <= 64 << 10);
            assert!((1..=64).contains(&cache.entry_count()), "{} entries", cache.entry_count());
        }
    }
}
