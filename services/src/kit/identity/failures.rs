//! Throttles whoever fails to prove a key. Only failures count, and a proof that holds is never refused for them: nobody
//! can lock a merchant out by guessing at its key, not even from the merchant's own address.

use std::{net::IpAddr, time::Duration};

use moka::sync::Cache;

use crate::kit::clock::{Clock, millis};

/// Failures of one key from one address that are told what was wrong.
const FREE: u32 = 10;
/// How long they count.
const WINDOW: Duration = Duration::from_secs(60);
/// Pairs of key and address that are remembered; the least used is forgotten first.
const PAIRS: u64 = 10_000;

/// Who failed lately.
#[derive(Debug)]
pub struct Failures {
    counted: Cache<(String, IpAddr), Count>,
    clock: Clock,
}

#[derive(Clone, Copy, Debug)]
struct Count {
    since: i64,
    failed: u32,
}

// === impl Failures ===

impl Failures {
    /// Nobody has failed yet.
    pub fn new(clock: Clock) -> Self {
        Self { counted: Cache::new(PAIRS), clock }
    }

    /// Notes a failure. Tells how long to wait when there were too many.
    pub fn note(&self, api_key: &str, address: IpAddr) -> Option<Duration> {
        let now = self.clock.now();
        let end = |count: Count| count.since.saturating_add(millis(WINDOW));
        let entry = self.counted.entry((api_key.to_owned(), address)).and_upsert_with(|known| {
            let running = known.map(moka::Entry::into_value).filter(|count| (count.since..end(*count)).contains(&now));
            let Count { since, failed } = running.unwrap_or(Count { since: now, failed: 0 });
            Count { since, failed: failed.saturating_add(1) }
        });
        let count = entry.into_value();
        let left = u64::try_from(end(count).saturating_sub(now)).unwrap_or(0);
        (count.failed > FREE).then(|| Duration::from_millis(left))
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn too_many_failures_wait_and_are_forgotten() {
        let (clock, hand) = Clock::manual(0);
        let failures = Failures::new(clock);
        let [here, there] = [1, 2].map(|last| IpAddr::from(Ipv4Addr::new(10, 0, 0, last)));
        for _ in 0..FREE {
            assert_eq!(failures.note("pk_1", here), None);
        }
        hand.advance(Duration::from_secs(20));
        assert_eq!(failures.note("pk_1", here), Some(Duration::from_secs(40)));
        assert_eq!(failures.note("pk_1", there), None, "another address");
        assert_eq!(failures.note("pk_2", here), None, "another key");
        hand.advance(Duration::from_secs(40));
        assert_eq!(failures.note("pk_1", here), None);
    }

    #[test]
    fn nobody_waits_for_a_clock_that_went_back() {
        let (clock, hand) = Clock::manual(36_000_000);
        let failures = Failures::new(clock);
        let here = IpAddr::from(Ipv4Addr::LOCALHOST);
        let waits: Vec<_> = (0..=FREE).map(|_| failures.note("pk_1", here)).collect();
        assert_eq!(waits.last(), Some(&Some(WINDOW)));
        hand.turn_back(Duration::from_secs(36_000));
        assert_eq!(failures.note("pk_1", here), None);
    }
}
