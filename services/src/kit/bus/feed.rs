//! Reads the feeds of the services that publish: one typed client a publisher, and the place where to read on.

use std::{collections::BTreeMap, sync::Arc};

use async_trait::async_trait;
use payment_clients::{contract::error::Result, platform::Platform};

use super::{Delivery, Source};
use crate::kit::{
    events::Topic,
    outbox::feed::{EventFeedApi, EventFeedClient, EventPage, Published},
};

/// Events that are asked for at once.
const MOST: i64 = 200;
/// How long the publisher may wait for the first of them, in milliseconds.
const WAIT: i64 = 2_000;

/// A publisher's feed, from one listener's place on.
pub struct FeedSource {
    feed: Arc<dyn EventFeedApi>,
    publisher: String,
    topics: String,
    after: i64,
}

/// A source for each publisher of these topics.
pub(super) fn sources(topics: &[Topic], platform: &Platform) -> Result<Vec<Box<dyn Source>>> {
    let mut publishers = BTreeMap::<_, (_, Vec<_>)>::new();
    for topic in topics {
        let (_, names) = publishers.entry(topic.producer.name).or_insert((topic.producer, Vec::new()));
        names.push(topic.name);
    }
    let source = |(publisher, names): (_, Vec<_>)| {
        let feed = Arc::new(EventFeedClient::from(platform.base(publisher)?));
        Ok(Box::new(FeedSource::new(feed, publisher.name, &names)) as Box<dyn Source>)
    };
    publishers.into_values().map(source).collect()
}

// === impl FeedSource ===

impl FeedSource {
    /// Reads these topics of a publisher's feed.
    pub fn new(feed: Arc<dyn EventFeedApi>, publisher: &str, topics: &[&str]) -> Self {
        Self { feed, publisher: publisher.to_owned(), topics: topics.join(","), after: 0 }
    }
}

#[async_trait]
impl Source for FeedSource {
    fn name(&self) -> &str {
        &self.publisher
    }

    fn resume(&mut self, after: i64) {
        self.after = after;
    }

    async fn next(&mut self) -> Result<Vec<Delivery>> {
        let page = self.feed.read_events(self.after, Some(MOST), Some(WAIT), Some(&self.topics)).await?;
        let EventPage { events, next } = page;
        self.after = next;
        let deliver = |Published { seq, topic, event }| {
            let stream = self.publisher.clone();
            Delivery { stream, seq, topic, event: Ok(event) }
        };
        Ok(events.into_iter().map(deliver).collect())
    }

    /// The cursor is in the listener's store, and was committed with what the events did.
    async fn settle(&mut self) -> Result<()> {
        Ok(())
    }
}
