//! Answers that several services know together, such as an overview. Each part is asked for by itself and waited for only
//! so long; where its owner does not answer, what it last said stands in for a while, with its age. What is not known is
//! not known: no part is ever made up.

use std::{
    collections::BTreeMap,
    future::Future,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use payment_clients::{
    apis::words::PartState,
    contract::{error::Result, options::CallOptions, timestamp::Timestamp},
};
use tokio::time::timeout;

use super::clock::{Clock, millis};

/// How long an answer stands in for an owner who does not answer any more.
const SHOWN: Duration = Duration::from_secs(3600);
/// Most answers of one owner that are kept; the oldest goes first.
const MOST: usize = 4096;

/// One part of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part<T> {
    /// How far it can be trusted.
    pub state: PartState,
    /// What its owner says or said; nothing where that is not known.
    pub value: Option<T>,
    /// When it said so.
    pub as_of: Option<Timestamp>,
    /// Milliseconds since then.
    pub age_ms: Option<i64>,
}

/// What the owner of a part last said about each thing that it was asked about: in memory, since it is not ours to know.
#[derive(Debug)]
pub struct Owner<K, T> {
    name: &'static str,
    patience: Duration,
    said: Mutex<BTreeMap<K, Said<T>>>,
}

#[derive(Clone, Copy, Debug)]
struct Said<T> {
    value: T,
    at: i64,
}

// === impl Owner ===

impl<K: Ord + Clone, T: Clone> Owner<K, T> {
    /// An owner that is waited for so long and no longer. The name is that of its part.
    pub fn new(name: &'static str, patience: Duration) -> Self {
        Self { name, patience, said: Mutex::default() }
    }

    /// What a call of the question carries, so that the owner knows too how long it is waited for.
    pub fn options(&self) -> CallOptions {
        CallOptions::new().deadline(self.patience)
    }

    /// The part that `question` asks for: as its owner says now, as it said before about the same, or not known.
    pub async fn part(&self, about: K, clock: &Clock, question: impl Future<Output = Result<T>>) -> Part<T> {
        let why = match timeout(self.patience, question).await {
            Ok(Ok(value)) => return self.said_now(about, value, clock.now()),
            Ok(Err(error)) => error.to_string(),
            Err(_) => format!("no answer within {:?}", self.patience),
        };
        let earlier = self.said_earlier(&about, clock.now());
        tracing::warn!(part = self.name, state = %earlier.state, why, "a part of an answer has no owner who answers");
        earlier
    }

    fn said_now(&self, about: K, value: T, at: i64) -> Part<T> {
        let mut said = self.said();
        said.insert(about, Said { value: value.clone(), at });
        if said.len() > MOST {
            let oldest = said.iter().min_by_key(|(_, said)| said.at).map(|(about, _)| about.clone());
            oldest.and_then(|about| said.remove(&about));
        }
        Part { state: PartState::Ok, value: Some(value), as_of: Some(Timestamp::from_unix_ms(at)), age_ms: Some(0) }
    }

    fn said_earlier(&self, about: &K, now: i64) -> Part<T> {
        let said = self.said();
        // A clock that was turned back makes nothing younger than now.
        let age = |at: i64| now.saturating_sub(at).max(0);
        match said.get(about).filter(|said| age(said.at) <= millis(SHOWN)) {
            Some(Said { value, at }) => Part {
                state: PartState::Stale,
                value: Some(value.clone()),
                as_of: Some(Timestamp::from_unix_ms(*at)),
                age_ms: Some(age(*at)),
            },
            None => Part { state: PartState::Unavailable, value: None, as_of: None, age_ms: None },
        }
    }

    fn said(&self) -> MutexGuard<'_, BTreeMap<K, Said<T>>> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, time::Duration};

    use payment_clients::{apis::words::PartState, contract::error::Error};

    use super::{MOST, Owner};
    use crate::kit::clock::Clock;

    const PATIENCE: Duration = Duration::from_millis(300);

    #[tokio::test(start_paused = true)]
    async fn what_an_owner_said_stands_in_for_it_for_an_hour_and_only_about_the_same() {
        let (clock, hand) = Clock::manual(0);
        let owner = Owner::new("balance", PATIENCE);
        assert_eq!(owner.part("ada", &clock, async { Ok(5) }).await.age_ms, Some(0));
        hand.advance(Duration::from_secs(3600));
        let stale = owner.part("ada", &clock, pending()).await;
        assert_eq!((stale.state, stale.value, stale.age_ms), (PartState::Stale, Some(5), Some(3_600_000)));
        let other = owner.part("bob", &clock, async { Err(Error::internal("down")) }).await;
        assert_eq!((other.state, other.value, other.as_of), (PartState::Unavailable, None, None));
        hand.advance(Duration::from_millis(1));
        assert_eq!(owner.part("ada", &clock, pending()).await.state, PartState::Unavailable);
    }

    #[tokio::test]
    async fn no_more_is_kept_than_there_is_room_for_and_the_oldest_goes_first() {
        let (clock, hand) = Clock::manual(0);
        let owner = Owner::new("balance", PATIENCE);
        for about in 0..=MOST {
            owner.part(about, &clock, async { Ok(about) }).await;
            hand.advance(Duration::from_millis(1));
        }
        assert_eq!(owner.said().len(), MOST);
        let gone = |about| owner.part(about, &clock, async { Err(Error::internal("down")) });
        assert_eq!(gone(0).await.value, None);
        assert_eq!((gone(1).await.value, gone(MOST).await.value), (Some(1), Some(MOST)));
    }
}
