//! The embedded bus: a service serves what it has published, and each listener keeps a cursor of its own.

use std::time::Duration;

use async_trait::async_trait;
use axum::Router;
use payment_clients::{
    client::BaseClient,
    contract::error::{Error, Result},
    prelude::{ServiceClient, api},
};
use serde::{Deserialize, Serialize};

use super::relay::Relay;
use crate::kit::{events::Envelope, tasks::Shutdown};

/// Most events of one answer.
pub const MOST: i64 = 500;
/// Longest wait for an event that is not there yet.
pub const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// What every service that publishes events serves beside its own operations. The client is one of that service: it is
/// made from its base.
#[api(service = "event-feed", base_path = "/internal", tier = "standard", envelope = "bare")]
pub trait EventFeedApi {
    /// Lists published events behind a place, oldest first; waits for the first one when there is none.
    ///
    /// At most `limit` of them, 500 by default and at most; waits at most `wait_ms`, no time by default and 5,000 at
    /// most. Of these topics only, separated by commas; of all of them when absent.
    #[get("/events", long_poll, timeout = "12s", attempt_timeout = "7s")]
    async fn read_events(
        &self,
        after: i64,
        limit: Option<i64>,
        wait_ms: Option<i64>,
        topics: Option<&str>,
    ) -> Result<EventPage>;
}

/// Client of a service's feed.
#[derive(Clone, Debug, ServiceClient)]
#[client(api(EventFeedApi))]
pub struct EventFeedClient {
    base: BaseClient,
}

/// A part of a feed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EventPage {
    /// The events, oldest first.
    pub events: Vec<Published>,
    /// Where to read on: behind everything that was looked at, of whichever topic.
    pub next: i64,
}

/// One event of a feed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Published {
    /// Its place in the feed, from 1.
    pub seq: i64,
    /// The topic that it belongs to.
    pub topic: String,
    /// The event.
    pub event: Envelope,
}

/// Serves a feed.
pub struct Feed {
    relay: Relay,
    draining: Shutdown,
}

// === impl Feed ===

impl Feed {
    /// The feed of what a relay publishes. Nobody is kept waiting once `draining` has begun.
    pub fn new(relay: Relay, draining: Shutdown) -> Self {
        Self { relay, draining }
    }

    /// Its routes.
    pub fn router(self) -> Router {
        event_feed_api::router(self)
    }

    /// Events of these topics behind a place, and how far was looked.
    async fn look(&self, after: i64, most: i64, topics: Option<&[&str]>) -> Result<EventPage> {
        let (mut next, service) = (after, self.relay.service);
        loop {
            let rows = self.relay.store.read(move |view| super::published(view, service, next, most)).await?;
            let was_last = rows.is_empty();
            next = rows.last().map_or(next, |row| row.seq);
            let wanted =
                rows.into_iter().filter(|row| topics.is_none_or(|topics| topics.contains(&row.topic.as_str())));
            let events: Vec<_> =
                wanted.map(|row| Published { seq: row.seq, topic: row.topic, event: row.event }).collect();
            if was_last || !events.is_empty() {
                return Ok(EventPage { events, next });
            }
        }
    }

    /// A cursor that is ahead of the feed is of another feed: waiting for it would lose what comes in between.
    async fn refuse_foreign(&self, after: i64) -> Result<()> {
        let head = self.relay.store.read(super::head).await?;
        if after <= head {
            return Ok(());
        }
        let service = self.relay.service;
        let text = format!(
            "`after` is {after}, and the feed of {service} ends at {head}: its store is not the one that was read; \
             compare the books and set the cursor to where reading shall go on"
        );
        Err(Error::conflict("FEED_REPLACED", text))
    }
}

#[async_trait]
impl EventFeedApi for Feed {
    async fn read_events(
        &self,
        after: i64,
        limit: Option<i64>,
        wait_ms: Option<i64>,
        topics: Option<&str>,
    ) -> Result<EventPage> {
        within("after", after, i64::MAX)?;
        let most = limit.unwrap_or(MOST);
        within("limit", most.saturating_sub(1), MOST - 1)?;
        let wait = wait_ms.unwrap_or(0);
        within("wait_ms", wait, i64::try_from(LONGEST_WAIT.as_millis()).unwrap_or(i64::MAX))?;
        let topics: Option<Vec<_>> = topics.map(|topics| topics.split(',').collect());
        let mut head = self.relay.head.subscribe();
        let mut draining = self.draining.clone();
        let timeout = tokio::time::sleep(Duration::from_millis(u64::try_from(wait).unwrap_or(0)));
        tokio::pin!(timeout);
        let mut next = after;
        loop {
            // Marked as seen before the look, so that what is published during it is noticed.
            head.borrow_and_update();
            let page = self.look(next, most, topics.as_deref()).await?;
            if !page.events.is_empty() {
                return Ok(page);
            }
            next = page.next;
            let ended = tokio::select! {
                biased;
                () = draining.begun() => true,
                () = &mut timeout => true,
                changed = head.changed() => changed.is_err(),
            };
            if ended {
                self.refuse_foreign(after).await?;
                return Ok(page);
            }
        }
    }
}

fn within(field: &str, value: i64, most: i64) -> Result<()> {
    if (0..=most).contains(&value) {
        return Ok(());
    }
    let rule = match field {
        "limit" => format!("must be 1 to {MOST}"),
        _ => format!("is {value}; it must be 0 to {most}"),
    };
    Err(Error::invalid_input(field, rule))
}
